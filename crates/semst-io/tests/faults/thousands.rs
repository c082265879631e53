//! Thousands of columns take no more than thousands of times the time of one.

use std::time::{Duration, Instant};

use semst_io::{
    ObsColumn, ReadConfig, Slots, Source, UnsValue, inspect, read, read_run, write_h5ad,
};

use crate::made::{Made, Outcome};

const COLUMNS: usize = 3000;

/// Ten times as long as it takes without optimisation on a slow machine.
const BOUND: Duration = Duration::from_secs(60);

#[test]
fn three_thousand_columns_take_linear_time() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("wide.h5ad");
    Made::default().write(&path)?;
    let (mut slide, _) = read(&path, &ReadConfig::new())?;
    slide.source = Source::Memory;
    for at in 0..COLUMNS {
        let column = match at % 3 {
            0 => ObsColumn::from_labels(&[Some("L1"), None, Some("L2")]),
            1 => ObsColumn::Numeric(vec![0.5, 1.5, 2.5]),
            _ => ObsColumn::Text(vec!["a".into(), "b".into(), "c".into()]),
        };
        slide.obs.insert(format!("column {at}"), column);
    }
    let entries = (0..COLUMNS).map(|at| (format!("entry {at:04}"), UnsValue::from(at)));
    let entries = UnsValue::dict(entries);
    let slots = Slots::new().with_uns("many", entries.clone());
    write_h5ad(&slide, &path, &slots)?;
    let start = Instant::now();
    let (again, _) = read(&path, &ReadConfig::new())?;
    // Not printed where they differ: they are long.
    assert!(again.obs == slide.obs);
    let run = read_run(&path, &[])?;
    assert_eq!(run.obs.len(), slide.obs.len());
    assert!(run.uns("many") == Some(&entries));
    inspect(&path, &ReadConfig::new())?;
    let time = start.elapsed();
    assert!(time < BOUND, "{time:?}");
    Ok(())
}
