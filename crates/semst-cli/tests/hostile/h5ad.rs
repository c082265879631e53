//! Damaged `.h5ad` files, in every command that opens one.

use std::path::Path;

use super::attempt::start;
use super::bases::{Base, golden, quick_run, slides};
use super::campaign::{Try, campaign};
use super::dice::Dice;
use super::mutate;
use crate::binary::{Outcome, names};

/// Bytes of a small file.
const SMALL: usize = 20_000;

#[test]
fn damaged_h5ad_files_end_in_an_answer() -> Outcome {
    let mut bases = slides()?;
    // Small files, in which a damaged byte more often meets a link or a size.
    for folder in ["links", "bombs"] {
        for entry in std::fs::read_dir(golden("semst-io/tests/golden/io").join(folder))? {
            let base = Base::read(&entry?.path())?;
            if base.bytes.len() < SMALL {
                bases.push(base);
            }
        }
    }
    bases.sort_by(|a, b| a.name.cmp(&b.name));
    campaign("h5ad", 2_300, |dice, folder| {
        let mut base = dice.pick(&bases).clone();
        mutate::bytes(dice, &mut base.bytes);
        tried(dice, folder, &base)
    })
}

/// Gives the file to a command, and looks at what is left.
fn tried(dice: &mut Dice, folder: &Path, base: &Base) -> Outcome<Try> {
    let (path, size) = base.write(&folder.join("in"))?;
    let out = folder.join("out").display().to_string();
    let args = match dice.below(8) {
        0 => vec!["evaluate", &*path, "--truth", "band"],
        1 => vec!["report", &*path, "-o", &out],
        2 | 3 => quick_run(&path, &out),
        _ => vec!["inspect", &*path],
    };
    let ended = start(&args, &[])?;
    let changed = std::fs::read(&path)? != base.bytes;
    let left = names(&folder.join("out"));
    let fault = match () {
        () if changed => Some("changed its input".into()),
        () if ended.is_refusal() && !left.is_empty() => Some(format!("refused, and left {left:?}")),
        () => None,
    };
    Ok(Try::of(&ended, size).or_fault(fault))
}
