//! The report of a run, as JSON lines.

use anyhow::{Context, Result};
use serde_json::Value;
use std::fmt::Write;

/// A finished run.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Record {
    pub(super) spots: usize,
    pub(super) genes: usize,
    /// Stages and their seconds, in order.
    pub(super) stages: Vec<(String, f64)>,
    pub(super) seconds: f64,
    pub(super) peak_mib: f64,
    pub(super) ari: Option<f64>,
}

impl Record {
    /// Reads the lines of `semst run --log-format json`; `None` if the run has not ended. Other lines are ignored.
    pub(super) fn parse(text: &str) -> Result<Option<Self>> {
        let mut begun: Vec<(String, f64)> = Vec::new();
        let (mut spots, mut genes, mut ari, mut end) = (0, 0, None, None);
        for line in text.lines().filter(|line| line.starts_with('{')) {
            let line: Value = serde_json::from_str(line)?;
            let number = |key: &str| line[key].as_f64();
            let seconds = number("seconds").context("a line without seconds")?;
            if let Some(stage) = line["stage"].as_str() {
                // `read` is reported only at its end.
                let at = if stage == "read" { 0.0 } else { seconds };
                begun.push((stage.into(), at));
            }
            if let (Some(n), Some(g)) = (line["n_spots"].as_u64(), line["n_genes"].as_u64()) {
                (spots, genes) = (n as usize, g as usize);
            }
            if line["score"] == "ARI" {
                ari = number("value");
            }
            if let Some(peak) = number("peak_mib") {
                end = Some((seconds, peak));
            }
        }
        let Some((seconds, peak_mib)) = end else {
            return Ok(None);
        };
        let ends = begun.iter().skip(1).map(|(_, at)| *at).chain([seconds]);
        let stages = begun
            .iter()
            .zip(ends)
            .map(|((name, at), end)| (name.clone(), end - at));
        Ok(Some(Self {
            spots,
            genes,
            stages: stages.collect(),
            seconds,
            peak_mib,
            ari,
        }))
    }
}

/// The exponent b of cost = a · spotsᵇ between the smallest and the largest run.
pub(super) fn exponent(records: &[Record], cost: impl Fn(&Record) -> f64) -> Option<f64> {
    let (first, last) = (records.first()?, records.last()?);
    let ratio = last.spots as f64 / first.spots as f64;
    (ratio > 1.0).then(|| (cost(last) / cost(first)).ln() / ratio.ln())
}

/// One row per stage.
pub(super) fn csv(records: &[Record]) -> String {
    let mut out = String::from("spots,genes,stage,seconds,peak_mib,ari\n");
    for r in records {
        let ari = r.ari.map_or_else(String::new, |ari| format!("{ari:.4}"));
        let (spots, genes, peak) = (r.spots, r.genes, r.peak_mib);
        for (stage, seconds) in &r.stages {
            let _ = writeln!(out, "{spots},{genes},{stage},{seconds:.2},,");
        }
        let _ = writeln!(out, "{spots},{genes},all,{:.2},{peak:.0},{ari}", r.seconds);
    }
    out
}

/// As Markdown, with a column per slide.
pub(super) fn table(records: &[Record]) -> String {
    let row = |name: &str, cell: &dyn Fn(&Record) -> String| {
        let cells: Vec<String> = records.iter().map(cell).collect();
        format!("| {name} | {} |\n", cells.join(" | "))
    };
    let mut out = row("spots", &|r| r.spots.to_string());
    out += &row("---", &|_| "---:".into());
    let names = records
        .last()
        .map(|r| r.stages.iter().map(|(name, _)| name.clone()));
    for name in names.into_iter().flatten() {
        out += &row(&format!("{name}, s"), &|r| {
            let found = r.stages.iter().find(|(stage, _)| *stage == name);
            found.map_or_else(String::new, |(_, seconds)| format!("{seconds:.1}"))
        });
    }
    out += &row("all, s", &|r| format!("{:.0}", r.seconds));
    out += &row("peak, MiB", &|r| format!("{:.0}", r.peak_mib));
    out += &row("ARI", &|r| {
        r.ari.map_or_else(String::new, |ari| format!("{ari:.3}"))
    });
    if let (Some(time), Some(memory)) = (
        exponent(records, |r| r.seconds),
        exponent(records, |r| r.peak_mib),
    ) {
        let _ = writeln!(out, "\nexponent of time {time:.2}, of memory {memory:.2}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_read() -> Result<()> {
        let log = r#"{"seconds":2.0,"stage":"read","n_spots":100,"n_genes":7}
{"seconds":2.5,"stage":"train"}
{"seconds":3.0,"epoch":1,"epochs":2,"loss":0.5}
{"seconds":9.0,"score":"ARI","value":0.75}
{"seconds":10.5,"peak_mib":64.0}
	Command exited"#;
        let record = Record::parse(log)?.context("it has ended")?;
        assert_eq!(
            (record.spots, record.genes, record.ari),
            (100, 7, Some(0.75))
        );
        assert_eq!(record.stages, [("read".into(), 2.5), ("train".into(), 8.0)]);
        let large = Record {
            spots: 1000,
            seconds: 105.0,
            ..record.clone()
        };
        let cost = exponent(&[record.clone(), large], |r| r.seconds).context("two sizes")?;
        assert!((cost - 1.0).abs() < 1e-12);
        assert!(csv(std::slice::from_ref(&record)).ends_with("100,7,all,10.50,64,0.7500\n"));
        assert!(table(&[record]).contains("| train, s | 8.0 |"));
        assert_eq!(Record::parse("{\"seconds\":1.0}")?, None);
        Ok(())
    }
}
