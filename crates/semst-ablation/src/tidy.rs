//! The cells as a flat table, one row each, for other tools: `cells.csv` and `cells.parquet`.

use crate::column::Column;
#[cfg(feature = "parquet")]
use crate::parquet_file;
use crate::{AblationError, CellRecord};

/// Scores with a column of their own, in the order of the table.
pub(crate) const SCORES: [&str; 13] = [
    "ARI", "NMI", "AMI", "ACC", "F1", "HOM", "COM", "V", "FMI", "purity", "CHAOS", "PAS", "ASW",
];

/// The cells, column by column.
pub(crate) struct Tidy {
    columns: Vec<(&'static str, Column)>,
    rows: usize,
}

impl Tidy {
    /// Makes the table of some cells; `rerun` returns the command that runs a cell again.
    pub(crate) fn new(records: &[CellRecord], rerun: impl Fn(&CellRecord) -> String) -> Self {
        let text = |of: &dyn Fn(&CellRecord) -> String| {
            Column::Text(records.iter().map(|r| Some(of(r))).collect())
        };
        let maybe = |of: &dyn Fn(&CellRecord) -> Option<String>| {
            Column::Text(records.iter().map(of).collect())
        };
        let whole = |of: &dyn Fn(&CellRecord) -> usize| {
            let values = records.iter().map(|r| i64::try_from(of(r)).ok());
            Column::Whole(values.collect())
        };
        let maybe_whole = |of: &dyn Fn(&CellRecord) -> Option<usize>| {
            let values = records.iter().map(|r| i64::try_from(of(r)?).ok());
            Column::Whole(values.collect())
        };
        let number = |of: &dyn Fn(&CellRecord) -> Option<f64>| {
            Column::Number(records.iter().map(of).collect())
        };
        let status = |r: &CellRecord| if r.error.is_some() { "failed" } else { "ok" };
        let mut columns = vec![
            ("dataset", text(&|r| r.dataset.clone())),
            ("encoder", text(&|r| r.method.encoder.clone())),
            ("modulator", text(&|r| r.method.modulator.clone())),
            ("semantics", text(&|r| r.method.semantics.clone())),
            ("role", text(&|r| r.method.role.word().into())),
            ("head", text(&|r| r.head.clone())),
            ("seed", whole(&|r| r.seed as usize)),
            ("status", text(&|r| status(r).into())),
            ("domains", whole(&|r| r.domains)),
            ("found", whole(&|r| r.found)),
        ];
        for score in SCORES {
            columns.push((score, number(&|r| r.scores.get(score).copied())));
        }
        columns.extend([
            ("seconds", number(&|r| Some(r.costs.seconds()))),
            ("seconds_shared", number(&|r| Some(r.costs.seconds_shared))),
            ("seconds_embed", number(&|r| Some(r.costs.seconds_embed))),
            ("seconds_head", number(&|r| Some(r.costs.seconds_head))),
            ("peak_mib", number(&|r| r.costs.peak_mib)),
            ("epochs", whole(&|r| r.costs.epochs)),
            ("final_loss", number(&|r| r.costs.final_loss)),
            ("log_likelihood", number(&|r| r.costs.log_likelihood)),
            ("spots", whole(&|r| r.spots)),
            ("scored", maybe_whole(&|r| r.scored)),
            ("version", text(&|r| r.origin.version.clone())),
            ("commit", maybe(&|r| r.origin.commit.clone())),
            ("cpu", text(&|r| r.origin.cpu.clone())),
            ("cores", whole(&|r| r.origin.cores)),
            (
                "finished",
                text(&|r| crate::machine::date(r.origin.finished)),
            ),
            ("hash", text(&|r| r.hash.clone())),
            ("rerun", text(&rerun)),
            ("error", maybe(&|r| r.error.clone())),
        ]);
        Self {
            columns,
            rows: records.len(),
        }
    }

    /// As CSV; missing values are empty cells.
    pub(crate) fn csv(&self) -> Result<String, AblationError> {
        let bad = |e: csv::Error| AblationError::Record {
            reason: e.to_string(),
        };
        let mut out = csv::Writer::from_writer(Vec::new());
        out.write_record(self.columns.iter().map(|c| c.0))
            .map_err(bad)?;
        for row in 0..self.rows {
            let line = self.columns.iter().map(|(_, column)| column.cell(row));
            out.write_record(line).map_err(bad)?;
        }
        let bytes = out.into_inner().map_err(|e| AblationError::Record {
            reason: e.to_string(),
        })?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// As Parquet; missing values are null.
    #[cfg(feature = "parquet")]
    pub(crate) fn parquet(&self) -> Result<Vec<u8>, AblationError> {
        let mut bytes = Vec::new();
        parquet_file::write(&self.columns, &mut bytes).map_err(|e| AblationError::Record {
            reason: e.to_string(),
        })?;
        Ok(bytes)
    }
}
