//! `semst inspect`: what is in a file.

use crate::args::InspectArgs;
use crate::shown;
use crate::step::Step;
use anyhow::{Result, bail};
use semst::io::inspect;
use std::io::Write;

pub(crate) fn main(args: &InspectArgs) -> Result<()> {
    let reading = Step::begin(&format!("reading {}", args.input.display()));
    let found = inspect(&args.input, &args.read.config())?;
    drop(reading);
    let mut out = std::io::stdout();
    if args.json {
        writeln!(
            out,
            "{}",
            shown::json(&serde_json::to_string_pretty(&found)?)
        )?;
    } else {
        writeln!(out, "{}", shown::lines(&found.to_string()))?;
    }
    if let Err(reason) = &found.counts {
        bail!("{} cannot be run: {reason}", args.input.display());
    }
    Ok(())
}
