//! Damaged caches of vectors, cells of ablations, and what killed programs leave in a folder.

use std::path::Path;

use super::attempt::{Ended, start};
use super::bases::{Base, GoodSlide, finished};
use super::campaign::{Try, campaign, say};
use super::dice::Dice;
use super::mutate;
use super::server::Server;
use crate::binary::{Outcome, contents, names};

const CACHE: &str = "embeddings.redb";

/// The vectors are the same whatever the cache holds: a damaged entry is made again.
#[test]
fn damaged_caches_change_no_vector() -> Outcome {
    let good = GoodSlide::new()?;
    let server = Server::well()?;
    let folder = tempfile::tempdir()?;
    let embed = |cache: &Path, out: &Path| -> Outcome<Ended> {
        let url = format!("{}#m", server.url);
        let (cache, out) = (cache.display().to_string(), out.display().to_string());
        let args = [
            "embed",
            "spots",
            &good.path,
            "--model",
            &url,
            "--top-k",
            "2",
            "-q",
            "--cache",
            &cache,
            "-o",
            &out,
            "--retries",
            "0",
        ];
        start(&args, &[("NO_PROXY", "127.0.0.1")])
    };
    let first = folder.path().join("first.npz");
    let ended = embed(folder.path(), &first)?;
    if ended.stderr.contains("feature") {
        say("hostile: caches: skipped, the binary is built without the feature served");
        return Ok(());
    }
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let right = std::fs::read(first)?;
    let base = Base::read(&folder.path().join(CACHE))?;
    campaign("caches", 100, |dice, folder| {
        let mut cache = base.clone();
        damage(dice, &mut cache.bytes);
        let (_, size) = cache.write(&folder.join("cache"))?;
        let out = folder.join("vectors.npz");
        let ended = embed(&folder.join("cache"), &out)?;
        let fault = match std::fs::read(&out) {
            Ok(vectors) if vectors != right => Some("other vectors".into()),
            Err(_) if ended.code == Some(0) => Some("no vectors".into()),
            _ => None,
        };
        Ok(Try::of(&ended, size + good.bytes).or_fault(fault))
    })
}

/// A cache is mostly empty pages: half of the time bytes are changed that are not zero.
fn damage(dice: &mut Dice, bytes: &mut Vec<u8>) {
    if dice.one_in(2) {
        return mutate::bytes(dice, bytes);
    }
    let used: Vec<usize> = (0..bytes.len()).filter(|&at| bytes[at] != 0).collect();
    for _ in 0..=dice.below(4) {
        let at = *dice.pick(&used);
        bytes[at] = match dice.one_in(2) {
            true => dice.byte(),
            false => bytes[at] ^ (1 << dice.below(8)),
        };
    }
}

/// A plan of two cells.
const PLAN: &str = "name = \"study\"\noutput = \"out\"\nencoders = [\"pca\", \"diffusion\"]\nmodulators = [\"none\"]\nseeds = 1\n\
    heads = [\"kmeans\"]\n[[datasets]]\npath = \"slide.h5ad\"\ntruth = \"band\"\n";

#[test]
fn damaged_cells_end_in_an_answer() -> Outcome {
    let good = GoodSlide::new()?;
    let study = tempfile::tempdir()?;
    let begin = |folder: &Path| -> Outcome<String> {
        std::fs::copy(&good.path, folder.join("slide.h5ad"))?;
        std::fs::write(folder.join("plan.toml"), PLAN)?;
        Ok(folder.join("plan.toml").display().to_string())
    };
    let plan = begin(study.path())?;
    let ended = start(&["ablate", &plan, "-q"], &[])?;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let cells = study.path().join("out/cells");
    let mut bases = Vec::new();
    for name in names(&cells) {
        let mut base = Base::read(&cells.join(&name))?;
        base.name = format!("cells/{name}");
        bases.push(base);
    }
    campaign("cells", 40, |dice, folder| {
        let plan = begin(folder)?;
        let damaged = dice.below(bases.len());
        let mut size = good.bytes;
        for (at, base) in bases.iter().enumerate() {
            let mut base = base.clone();
            if at == damaged {
                match dice.below(3) {
                    0 => mutate::digits(dice, &mut base.bytes),
                    1 => mutate::text(dice, &mut base.bytes),
                    _ => mutate::bytes(dice, &mut base.bytes),
                }
            }
            size += base.write(&folder.join("out"))?.1;
        }
        let args = match dice.below(4) {
            0 => vec!["ablate", &*plan, "-q"],
            1 => vec!["ablate", &*plan, "--dry-run"],
            _ => vec!["ablate", &*plan, "--tables"],
        };
        Ok(Try::of(&start(&args, &[])?, size))
    })
}

/// Files that look like those of a killed program, with other things in them.
#[test]
fn leftovers_end_in_an_answer() -> Outcome {
    let result = finished("slide.h5ad")?;
    campaign("leftovers", 100, |dice, folder| {
        let results = folder.join("results");
        let (path, size) = result.write(&results)?;
        // Where a link may lead, and nothing may change.
        let elsewhere = folder.join("elsewhere");
        std::fs::create_dir(&elsewhere)?;
        std::fs::write(elsewhere.join("slide.svg"), "a bystander")?;
        for number in 0..=dice.below(2) {
            leave(dice, &results, number)?;
        }
        let args = match dice.below(4) {
            0 => vec!["report", &*path, "--overwrite"],
            1 => vec!["inspect", &*path],
            _ => vec!["evaluate", &*path, "--truth", "band"],
        };
        let ended = start(&args, &[])?;
        let kept = contents(&elsewhere)? == [("slide.svg".to_owned(), b"a bystander".to_vec())];
        let fault = (!kept).then(|| "followed a link to another folder".to_owned());
        Ok(Try::of(&ended, size).or_fault(fault))
    })
}

fn leave(dice: &mut Dice, folder: &Path, number: usize) -> Outcome {
    let ending = dice.pick(&["publish", "part", "publish"]);
    let hidden = folder.join(format!(".semst-7-{number}.{ending}"));
    if dice.one_in(8) {
        let target = *dice.pick(&["/dev/null", "../elsewhere", ".", "nowhere", "../elsewhere"]);
        return Ok(std::os::unix::fs::symlink(target, hidden)?);
    }
    if dice.one_in(8) {
        return Ok(std::fs::write(hidden, "a file")?);
    }
    std::fs::create_dir(&hidden)?;
    for _ in 0..=dice.below(3) {
        let name = *dice.pick(&[
            "slide.png",
            "slide_report.html",
            "absent",
            "other",
            "\u{1b}[31m",
            "slide.svg",
        ]);
        let place = hidden.join(name);
        if place.symlink_metadata().is_ok() {
            continue;
        }
        match dice.below(4) {
            0 => std::fs::create_dir(&place)?,
            1 => std::os::unix::fs::symlink("../../elsewhere", &place)?,
            2 => {
                // A folder stands where the file should go.
                std::fs::create_dir_all(folder.join(name))?;
                std::fs::write(&place, "new")?;
            }
            _ => std::fs::write(&place, "new")?,
        }
        let is_folder = place.symlink_metadata().is_ok_and(|m| m.is_dir());
        if dice.one_in(4) && is_folder {
            std::fs::write(place.join("slide.svg"), "")?;
        }
    }
    Ok(())
}
