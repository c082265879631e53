//! `cells.csv`: one line a cell, for whoever wants to look with other eyes.

use crate::{AblationError, CellRecord};

/// Scores with a column of their own, in the order of the table.
pub(crate) const SCORES: [&str; 13] = [
    "ARI", "NMI", "AMI", "ACC", "F1", "HOM", "COM", "V", "FMI", "purity", "CHAOS", "PAS", "ASW",
];

/// The cells as CSV; `rerun` makes the line that runs a cell again.
pub(crate) fn csv(
    records: &[CellRecord],
    rerun: impl Fn(&CellRecord) -> String,
) -> Result<String, AblationError> {
    let mut out = csv::Writer::from_writer(Vec::new());
    let bad = |reason: String| AblationError::Record { reason };
    let mut head: Vec<&str> = vec![
        "dataset",
        "encoder",
        "modulation",
        "semantics",
        "role",
        "head",
        "seed",
        "status",
        "domains",
        "found",
    ];
    head.extend(SCORES);
    head.extend([
        "seconds",
        "seconds_shared",
        "seconds_embed",
        "seconds_head",
        "peak_mib",
        "epochs",
        "final_loss",
        "log_likelihood",
        "spots",
        "version",
        "commit",
        "cpu",
        "cores",
        "finished",
        "hash",
        "rerun",
        "error",
    ]);
    out.write_record(&head).map_err(|e| bad(e.to_string()))?;
    for record in records {
        let number = |v: Option<f64>| v.map(|v| v.to_string()).unwrap_or_default();
        let (method, costs, origin) = (&record.method, &record.costs, &record.origin);
        let status = if record.error.is_some() {
            "failed"
        } else {
            "ok"
        };
        let mut line = vec![
            record.dataset.clone(),
            method.encoder.clone(),
            method.modulation.clone(),
            method.semantics.clone(),
            method.role.word().into(),
            record.head.clone(),
            record.seed.to_string(),
            status.into(),
            record.domains.to_string(),
            record.found.to_string(),
        ];
        line.extend(SCORES.map(|s| number(record.scores.get(s).copied())));
        line.extend([
            costs.seconds().to_string(),
            costs.seconds_shared.to_string(),
            costs.seconds_embed.to_string(),
            costs.seconds_head.to_string(),
            number(costs.peak_mib),
            costs.epochs.to_string(),
            number(costs.final_loss),
            number(costs.log_likelihood),
            record.spots.to_string(),
            origin.version.clone(),
            origin.commit.clone().unwrap_or_default(),
            origin.cpu.clone(),
            origin.cores.to_string(),
            crate::machine::date(origin.finished),
            record.hash.clone(),
            rerun(record),
            record.error.clone().unwrap_or_default(),
        ]);
        out.write_record(&line).map_err(|e| bad(e.to_string()))?;
    }
    let bytes = out.into_inner().map_err(|e| bad(e.to_string()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
