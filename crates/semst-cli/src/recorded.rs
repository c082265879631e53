//! A finished run, opened from its `.h5ad`.

use anyhow::{Context, Result};
use semst::io::{ReadConfig, RunFile, read_run, read_run_as};
use semst::read_record;
use semst::record::RunRecord;
use std::path::Path;

/// Reads a file and its record, which may be of another version. The coordinates are those of `spatial_key`, else those that the
/// record names.
pub(crate) fn open(
    path: &Path,
    spatial_key: Option<&String>,
) -> Result<(RunFile, Result<Option<RunRecord>>)> {
    let file = read_run(path, &[])?;
    let record = read_record(&file).with_context(|| path.display().to_string());
    let known = record.as_ref().ok().and_then(Option::as_ref);
    let reading = known.map(|r| r.reading.clone()).unwrap_or_default();
    let mut config = ReadConfig::new();
    config.spatial_key = spatial_key.cloned().or(reading.spatial_key);
    config.subset = reading.subset.and_then(|subset| subset.parse().ok());
    if config == ReadConfig::new() {
        return Ok((file, record));
    }
    Ok((read_run_as(path, &[], &config)?, record))
}
