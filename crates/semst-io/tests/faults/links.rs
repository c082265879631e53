//! Soft and external links, and groups that hold themselves (`golden/io/make_links.py`).

use semst_io::{
    IoError, ObsColumn, ReadConfig, Slots, UnsValue, check_extendable, inspect, read, read_run,
    write_h5ad,
};

use super::{golden, said};
use crate::made::Outcome;

/// An edit would lose them: the file is refused in one line, and before a run.
#[test]
fn links_that_an_edit_would_lose_are_refused() -> Outcome {
    let folder = tempfile::tempdir()?;
    for name in [
        "soft_root",
        "soft_obs",
        "soft_obsm",
        "soft_uns",
        "soft_new",
        "soft_heap",
        "external",
        "external_new",
    ] {
        let path = golden(&format!("links/{name}.h5ad"));
        let (slide, report) = read(&path, &ReadConfig::new())?;
        assert!(report.left_out.is_empty(), "{name}: {report}");
        assert!(slide.obs.len() == 1 || slide.obs.len() == 12, "{name}");
        let text = said(check_extendable(&slide, folder.path()));
        assert!(
            text.contains("would be lost); save it with anndata's `write_h5ad`"),
            "{text}"
        );
        let error = write_h5ad(&slide, &folder.path().join("out.h5ad"), &Slots::new()).err();
        assert!(
            matches!(error, Some(IoError::CannotExtend { .. })),
            "{name}: {error:?}"
        );
        // One line, or an answer.
        if let Err(error) = inspect(&path, &ReadConfig::new()) {
            said::<()>(Err(error));
        }
    }
    assert_eq!(std::fs::read_dir(folder.path())?.count(), 0);
    Ok(())
}

/// No walk runs forever, and none runs out of stack.
#[test]
fn walks_end() -> Outcome {
    let folder = tempfile::tempdir()?;
    for (name, written) in [
        ("cycle", true),
        ("deep", true),
        ("wide_new", true),
        // These must be rewritten, which would not end.
        ("cycle_root", false),
        ("cycle_new", false),
        ("deep_new", false),
    ] {
        let path = golden(&format!("links/{name}.h5ad"));
        let (slide, _) = read(&path, &ReadConfig::new())?;
        inspect(&path, &ReadConfig::new())?;
        let run = read_run(&path, &[])?;
        assert_eq!(run.uns("note"), Some(&UnsValue::Int(1)), "{name}");
        let out = folder.path().join(format!("{name}.h5ad"));
        let labels = ObsColumn::from_codes(&[0, 1, 2], |k| k.to_string());
        let slots = Slots::new().with_obs("semst_domain", labels);
        if written {
            check_extendable(&slide, folder.path())?;
            write_h5ad(&slide, &out, &slots)?;
            assert_eq!(
                read_run(&out, &[])?.obs.len(),
                slide.obs.len() + 1,
                "{name}"
            );
        } else {
            let text = said(check_extendable(&slide, folder.path()));
            assert!(
                text.contains("holds groups nested deeper than 100"),
                "{text}"
            );
            // The check writes to more tables, so it may refuse more.
            if name != "cycle_root" {
                assert_eq!(said(write_h5ad(&slide, &out, &slots)), text);
            }
        }
    }
    assert_eq!(std::fs::read_dir(folder.path())?.count(), 3);
    Ok(())
}
