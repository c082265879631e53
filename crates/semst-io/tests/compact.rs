//! Files stay as large as what they hold.

use ndarray::Array2;
use semst_io::{ObsColumn, ReadConfig, Slots, UnsValue, read, read_run, write_h5ad};

use crate::made::{Made, Outcome};

/// Results like those of a run: a record of many small values, labels, an embedding.
fn slots(n: usize, round: usize) -> Slots {
    let values = (0..300).map(|at| {
        (
            format!("value_{at}"),
            UnsValue::from(format!("{round} {at}")),
        )
    });
    let labels: Vec<u32> = (0..n).map(|at| (at % 3) as u32).collect();
    Slots::new()
        .with_obs(
            "semst_domain",
            ObsColumn::from_codes(&labels, |k| k.to_string()),
        )
        .with_obsm("X_semst", Array2::from_elem((n, 64), round as f32))
        .with_uns("semst", UnsValue::Dict(values.collect()))
}

#[test]
fn reruns_do_not_grow_a_file() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("s.h5ad");
    Made::default().write(&path)?;
    let before = read(&path, &ReadConfig::new())?.0;
    let mut first = None;
    for round in 0..6 {
        let (slide, _) = read(&path, &ReadConfig::new())?;
        let note = write_h5ad(&slide, &path, &slots(slide.n_spots(), round))?;
        assert_eq!(note, None);
        let size = std::fs::metadata(&path)?.len();
        let first = *first.get_or_insert(size);
        assert!(
            5 * size <= 6 * first,
            "round {round}: {first} became {size}"
        );
    }
    let run = read_run(&path, &["X_semst"])?;
    let wanted = UnsValue::from("5 299".to_owned());
    let UnsValue::Dict(values) = run.uns("semst").cloned().unwrap_or(wanted.clone()) else {
        return Err("the record is no dictionary".into());
    };
    assert!(values.contains(&("value_299".into(), wanted)));
    assert_eq!(run.embedding("X_semst")?[[0, 63]], 5.0);
    let after = read(&path, &ReadConfig::new())?.0;
    assert_eq!(after.counts, before.counts);
    assert_eq!(after.obs.labels("layer")?, before.obs.labels("layer")?);
    Ok(())
}
