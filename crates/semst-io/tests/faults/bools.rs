//! Bools as anndata writes them: an enumeration of `FALSE` and `TRUE` on one signed byte, in attributes and data sets.

use std::path::Path;

use hdf5_pure::{Datatype, File};
use semst_io::{ObsColumn, ReadConfig, Slots, Source, UnsValue, read, read_run, write_h5ad};

use super::fault;
use crate::made::{Made, Outcome};

/// The bool that h5py wrote into `aligned.h5ad` and the like is of this type.
fn is_bool(kind: &Datatype) -> bool {
    let Datatype::Enumeration {
        size: 1,
        base_type,
        members,
    } = kind
    else {
        return false;
    };
    let members: Vec<(&str, &[u8])> = members
        .iter()
        .map(|m| (m.name.as_str(), &m.value[..]))
        .collect();
    **base_type == hdf5_pure::make_i8_type() && members == [("FALSE", &[0][..]), ("TRUE", &[1][..])]
}

fn check(out: &Path) -> Outcome {
    let file = File::open(out)?;
    for (key, ordered) in [("semst_domain", 0), ("semst_rank", 1)] {
        let column = file.group(&format!("obs/{key}"))?;
        let kinds = column.attr_datatypes()?;
        assert!(
            kinds.get("ordered").is_some_and(is_bool),
            "{key}: {kinds:?}"
        );
        let attrs = column.attrs()?;
        assert_eq!(attrs.get("ordered").and_then(|v| v.as_i64()), Some(ordered));
    }
    for slot in ["obs/semst_core", "uns/semst/flag"] {
        assert!(is_bool(&file.dataset(slot)?.datatype()?), "{slot}");
    }
    // The version of the type, in four bits before the class 8: HDF5 1.8 knows three.
    let (bytes, name) = (std::fs::read(out)?, b"ordered\0");
    let ends = bytes.windows(9).filter(|window| window.starts_with(name));
    let types: Vec<u8> = ends.map(|window| window[8]).collect();
    assert!(
        types.contains(&0x38) && !types.contains(&0x58),
        "{types:x?}"
    );
    Ok(())
}

#[test]
fn bools_are_written_as_anndata_writes_them() -> Outcome {
    let folder = tempfile::tempdir()?;
    let made = folder.path().join("made.h5ad");
    Made::default().write(&made)?;
    let inputs = [Some(made), fault("plain.h5ad")];
    for input in inputs.into_iter().flatten() {
        let (slide, _) = read(&input, &ReadConfig::new())?;
        let codes: Vec<Option<u32>> = (0..slide.n_spots())
            .map(|at| Some(u32::from(at > 0)))
            .collect();
        let column = |ordered| ObsColumn::Categorical {
            codes: codes.clone(),
            categories: vec!["low".into(), "high".into()],
            ordered,
        };
        let slots = Slots::new()
            .with_obs("semst_domain", column(false))
            .with_obs("semst_rank", column(true))
            .with_obs("semst_core", ObsColumn::Bool(vec![true; slide.n_spots()]))
            .with_uns("semst", UnsValue::dict([("flag", UnsValue::Bool(true))]));
        let mut fresh = slide.clone();
        fresh.source = Source::Memory;
        let out = folder.path().join("out.h5ad");
        // The second time, our own slots are replaced.
        for slide in [&fresh, &slide] {
            write_h5ad(slide, &out, &slots)?;
            check(&out)?;
            let (again, _) = read(&out, &ReadConfig::new())?;
            write_h5ad(&again, &out, &slots)?;
            check(&out)?;
            let run = read_run(&out, &[])?;
            assert_eq!(run.obs.get("semst_rank"), Some(&column(true)));
            assert_eq!(run.obs.get("semst_domain"), Some(&column(false)));
        }
    }
    Ok(())
}
