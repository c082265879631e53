//! Interrupts and full disks: the old files or none, never a half, never a `.part`.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use semst::io::{Slots, write_h5ad};
use semst::simulate::LayeredTissue;

use crate::binary::{Ended, Outcome, QUICK, contents, names, run, semst};
use crate::made::Made;

/// What Ctrl-C sends.
fn interrupt(child: &Child) -> Outcome {
    let id = child.id().to_string();
    let status = Command::new("kill").args(["-INT", &id]).status()?;
    assert!(status.success());
    Ok(())
}

/// A simulated cortex as a file.
fn simulated(folder: &Path, spots: usize) -> Outcome<PathBuf> {
    let path = folder.join("slide.h5ad");
    let slide = LayeredTissue::new(0).with_spots(spots).generate()?;
    write_h5ad(&slide.into_dataset()?, &path, &Slots::new())?;
    Ok(path)
}

#[test]
fn an_interrupted_training_leaves_nothing() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("slide.h5ad");
    Made::default().h5ad(&path)?;
    let out = folder.path().join("out");
    for old in [false, true] {
        if old {
            std::fs::create_dir(&out)?;
            std::fs::write(out.join("slide.h5ad"), "an older run")?;
        }
        let mut child = semst()
            .arg("run")
            .arg(&path)
            .args(["--domains", "3", "--epochs", "1000000"])
            .args(["--overwrite", "--log-format", "json", "-o"])
            .arg(&out)
            .stderr(Stdio::piped())
            .spawn()?;
        let told = BufReader::new(child.stderr.take().ok_or("no standard error")?);
        for line in told.lines() {
            if line?.contains("\"epoch\":3,") {
                interrupt(&child)?;
                break;
            }
        }
        assert_eq!(child.wait()?.code(), Some(130));
        if old {
            let kept = ("slide.h5ad".to_owned(), b"an older run".to_vec());
            assert_eq!(contents(&out)?, [kept]);
        } else {
            assert!(!out.exists(), "{:?}", names(&out));
        }
    }
    Ok(())
}

/// Interrupts a run as soon as it writes, a little later each time: the files of the run before, or all of the new one.
#[test]
fn an_interrupted_write_leaves_old_files_or_new_ones() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = simulated(folder.path(), 1200)?;
    let out = folder.path().join("out");
    let options = |domains: usize| format!("--domains {domains} {QUICK} -q");
    run(&path, &options(7), &out)?.succeeded();
    let old = contents(&out)?;
    let alike = |files: &[(String, Vec<u8>)], others: &[(String, Vec<u8>)]| {
        let mut pairs = files.iter().zip(others);
        let same = pairs.all(|(a, b)| a == b);
        files.len() == others.len() && same
    };
    let other = folder.path().join("other");
    run(&path, &options(5), &other)?.succeeded();
    let new = contents(&other)?;
    assert!(!alike(&old, &new));
    let mut stopped = 0;
    for delay in [0, 0, 5, 20, 80] {
        let mut child = semst()
            .arg("run")
            .arg(&path)
            .args(options(5).split_whitespace())
            .arg("-o")
            .arg(&out)
            .spawn()?;
        if writes(&mut child, &out)? {
            std::thread::sleep(Duration::from_millis(delay));
            interrupt(&child)?;
        }
        let code = child.wait()?.code();
        let found = contents(&out)?;
        if code == Some(130) && alike(&found, &old) {
            stopped += 1;
            assert!(found == old, "a file changed");
        } else {
            assert!(matches!(code, Some(0 | 130)), "{code:?}");
            assert!(alike(&found, &new), "{:?}", names(&out));
            run(&path, &options(7), &out)?.succeeded();
        }
    }
    assert!(stopped > 0, "no interrupt came in time");
    Ok(())
}

/// Waits until a file is in the hidden folder; false if the child ends before.
fn writes(child: &mut Child, out: &Path) -> Outcome<bool> {
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(120) {
        let hidden = names(out).into_iter().find(|n| n.ends_with(".part"));
        if hidden.is_some_and(|n| !names(&out.join(n)).is_empty()) {
            return Ok(true);
        }
        if child.try_wait()?.is_some() {
            return Ok(false);
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    Err("nothing was written within two minutes".into())
}

/// Runs on a small slide with a shell around, which ends with `exec "$@"` or the like.
fn in_shell(shell: &mut Command, input: &Path, out: &Path) -> Outcome<Ended> {
    shell.arg("semst").arg(env!("CARGO_BIN_EXE_semst"));
    shell.arg("run").arg(input);
    shell.args(["--domains", "3", "-q", "--overwrite"]);
    shell.args(QUICK.split_whitespace()).arg("-o").arg(out);
    Ok(shell.stdin(Stdio::null()).output()?.into())
}

/// A limit on the size of files stops a write as a full disk does.
#[test]
fn a_write_that_fails_leaves_what_was_there() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("slide.h5ad");
    Made::default().h5ad(&path)?;
    let out = folder.path().join("out");
    for old in [false, true] {
        std::fs::create_dir_all(&out)?;
        if old {
            std::fs::write(out.join("slide.h5ad"), "an older run")?;
        }
        let before = contents(&out)?;
        // In blocks of 512 bytes.
        let mut shell = Command::new("sh");
        shell.args(["-c", "ulimit -f 40; trap '' XFSZ; exec \"$@\""]);
        let ended = in_shell(&mut shell, &path, &out)?;
        let line = ended.refused();
        assert!(line.contains("cannot write"), "{line}");
        let target = out.join("slide.h5ad").display().to_string();
        assert!(line.contains(&target) && !line.contains(".part"), "{line}");
        assert_eq!(contents(&out)?, before);
    }
    Ok(())
}

/// A small disk, mounted for the child alone (which needs the right to mount): full at the first file, and at a later one.
#[test]
fn a_full_disk_is_told_and_left_as_it_was() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("slide.h5ad");
    Made::default().h5ad(&path)?;
    let out = folder.path().join("out");
    run(&path, &format!("--domains 3 {QUICK} -q"), &out)?.succeeded();
    let first = std::fs::metadata(out.join("slide.h5ad"))?.len();
    std::fs::remove_dir_all(&out)?;
    std::fs::create_dir(&out)?;
    let quoted = out.display().to_string();
    let mount = |size: u64| format!("mount -t tmpfs -o size={size} tmpfs '{quoted}'");
    let may = |flags: &&str| {
        let tried = Command::new("unshare")
            .args([flags, "sh", "-c", &mount(65_536)])
            .output();
        tried.is_ok_and(|output| output.status.success())
    };
    let Some(flags) = ["-m", "-rm"].into_iter().find(may) else {
        eprintln!("skipped: no right to mount a small disk here");
        return Ok(());
    };
    for size in [65_536, first + 65_536] {
        // What lies there at the end goes to standard output, before the disk is gone.
        let script = format!(
            "{}; echo old > '{quoted}/slide.h5ad'; \"$@\"; code=$?; \
             ls -A '{quoted}'; cat '{quoted}/slide.h5ad'; exit $code",
            mount(size)
        );
        let mut shell = Command::new("unshare");
        let ended = in_shell(shell.args([flags, "sh", "-c", &script]), &path, &out)?;
        let line = ended.refused();
        assert!(line.contains("cannot write"), "{line}");
        assert!(line.contains("No space left on device"), "{line}");
        assert_eq!(ended.stdout, "slide.h5ad\nold\n");
    }
    Ok(())
}
