//! Writes the record of a run into a file, as `uns["semst"]`, and reads it.

use crate::Error;
use semst_io::{RunFile, UnsValue};
use semst_record::RunRecord;
use serde_json::Value;

/// The key in `uns`.
const KEY: &str = "semst";

/// The entry of `uns` with a record.
///
/// # Errors
/// None in practice: every part of a record can be written.
pub(crate) fn entry(record: &RunRecord) -> Result<(&'static str, UnsValue), Error> {
    Ok((KEY, UnsValue::of(record).map_err(unreadable)?))
}

/// The record of a run in a file; `None` if the file was not written by a run.
///
/// # Errors
/// [`Error::Record`] for a record of another layout, or one that was changed.
pub fn read_record(file: &RunFile) -> Result<Option<RunRecord>, Error> {
    let Some(value) = file.uns(KEY) else {
        return Ok(None);
    };
    let value = serde_json::to_value(value).map_err(unreadable)?;
    let layout = value.get("layout").and_then(Value::as_u64);
    if layout != Some(u64::from(RunRecord::LAYOUT)) {
        let layout = layout.map_or_else(|| "an older one".into(), |l| l.to_string());
        return Err(Error::Record {
            reason: format!(
                "its layout is {layout}, this version reads {}: run semst again on the slide",
                RunRecord::LAYOUT
            ),
        });
    }
    serde_json::from_value(value).map(Some).map_err(unreadable)
}

fn unreadable(error: serde_json::Error) -> Error {
    Error::Record {
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use semst_io::{ReadConfig, Slots, read, read_run, write_h5ad};
    use semst_record::{DomainAgreements, DomainSemantics, GeneLookup, GeneScore, Occlusion};
    use semst_record::{
        Dropped, Function, LossCurve, Losses, Parameters, SemanticsRecord, TruthSource,
    };
    use serde_json::json;

    fn full() -> Result<RunRecord, serde_json::Error> {
        let texts = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        let function = |term: &str| Function {
            term: term.into(),
            id: String::new(),
            z: 5.5,
            genes: texts(&["MBP, of old", "PLP1"]),
        };
        let domain = DomainSemantics {
            domain: 0,
            strength: -1.5,
            genes: vec![GeneScore {
                gene: "MBP".into(),
                attribution: 0.1 + 0.2,
                here: 1.0,
                elsewhere: 0.0,
            }],
            answered: (0..11).map(|i| function(&i.to_string())).collect(),
            functions: Vec::new(),
            occlusion: Some(Occlusion {
                genes: 1,
                change: 1.0,
                random: vec![0.5, 2.0],
                fall: 0.0,
                random_fall: Vec::new(),
            }),
        };
        let mut record = RunRecord {
            layout: RunRecord::LAYOUT,
            version: "0.1.0".into(),
            domains: 2,
            domain_count: Some(DomainAgreements {
                domains: vec![4, 5],
                agreement: vec![1.0, 0.5],
                weak: false,
            }),
            seed: u64::MAX,
            program: "semst".into(),
            params: Parameters::of(&json!({
                "seed": u64::MAX, "widths": [64, 16], "clip": null, "weights": [1.0, 0.5], "mixed": [1, "a"],
                "steps": [{ "scale": { "to": 1.0 } }, "centre"], "nothing": [], "name": "",
                "inner": { "is": true, "not": null },
            }))?,
            losses: Losses::new(
                vec![3.0, 1.0],
                vec![LossCurve {
                    name: "zinb".into(),
                    weight: 1.0,
                    values: vec![3.0, f64::MIN_POSITIVE],
                }],
            ),
            truth: Some(TruthSource {
                key: "layer".into(),
                labelled: 2,
                classes: 1,
                file: None,
            }),
            semantics: SemanticsRecord {
                provenance: Parameters::of(&json!({ "source": "gene table", "dims": 3 }))?,
                lookup: Some(GeneLookup {
                    asked: 2,
                    missing: texts(&["X"]),
                    ..GeneLookup::default()
                }),
                method: Some("m".into()),
                note: None,
                domains: vec![domain],
            },
            ..RunRecord::default()
        };
        record.drop_counted(Dropped::ZeroSpots, 3);
        record.score("ARI", 0.1 + 0.7);
        Ok(record)
    }

    #[test]
    fn a_record_survives_the_file() -> Result<(), Box<dyn std::error::Error>> {
        let folder = std::env::temp_dir().join(format!("semst-record-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let slide = semst_simulate::LayeredTissue::new(0)
            .with_spots(60)
            .generate()?;
        let slide = slide.into_dataset()?;
        let (first, second) = (folder.join("first.h5ad"), folder.join("second.h5ad"));
        let mut seen = Vec::new();
        for (path, record) in [
            (&first, full()?),
            (
                &second,
                RunRecord {
                    layout: RunRecord::LAYOUT,
                    ..RunRecord::default()
                },
            ),
        ] {
            let (key, value) = entry(&record)?;
            write_h5ad(&slide, path, &Slots::new().with_uns(key, value))?;
            seen.push((read_record(&read_run(path, &[])?)?, record));
        }
        // A slide that was written by a run can be read again.
        read(&first, &ReadConfig::new())?;
        std::fs::remove_dir_all(&folder)?;
        for (read, written) in seen {
            assert_eq!(read, Some(written));
        }
        Ok(())
    }
}
