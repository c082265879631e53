//! Every kind of slot is written as anndata writes it (`golden/io/make_slots.py`): with the same parts, types and attributes.

use std::collections::BTreeMap;
use std::path::Path;

use hdf5_pure::{Error, File, Group};
use ndarray::Array2;
use semst_io::{
    CountMatrix, ObsColumn, ReadConfig, Slots, Source, SpatialDataset, UnsValue, read, write_h5ad,
};

use crate::made::{Made, Outcome};

/// A line for each part of a slot, by its path.
type Parts = BTreeMap<String, String>;

/// Adds what a group holds: types, ranks and attributes, but neither sizes nor values, which depend on the slide.
fn describe(path: &str, group: &Group, parts: &mut Parts) -> Result<(), Error> {
    let encoding = |attrs: &std::collections::HashMap<String, hdf5_pure::AttrValue>| {
        let encoding = attrs.get("encoding-type");
        encoding
            .and_then(|v| v.as_str())
            .unwrap_or("none")
            .to_owned()
    };
    let types = |types| -> BTreeMap<String, hdf5_pure::Datatype> { BTreeMap::from_iter(types) };
    let own = types(group.attr_datatypes()?);
    let kind = encoding(&group.attrs()?);
    parts.insert(path.into(), format!("{kind}, attributes {own:?}"));
    for (name, dataset) in group.iter_datasets()? {
        let own = types(dataset.attr_datatypes()?);
        let kind = encoding(&dataset.attrs()?);
        let (datatype, rank) = (dataset.datatype()?, dataset.shape()?.len());
        let line = format!("{kind}, {datatype:?} of rank {rank}, attributes {own:?}");
        parts.insert(format!("{path}/{name}"), line);
    }
    for (name, inner) in group.iter_groups()? {
        describe(&format!("{path}/{name}"), &inner, parts)?;
    }
    Ok(())
}

fn parts(path: &Path) -> Result<Parts, Error> {
    let mut parts = Parts::new();
    let file = File::open(path)?;
    for table in ["X", "obs", "obsm", "obsp", "uns/dict"] {
        describe(table, &file.group(table)?, &mut parts)?;
    }
    Ok(parts)
}

fn slots(slide: &SpatialDataset) -> Slots {
    let n = slide.n_spots();
    let column = |ordered| ObsColumn::Categorical {
        codes: vec![Some(0); n],
        categories: vec!["low".into(), "high".into()],
        ordered,
    };
    let diagonal = CountMatrix::new(
        (n, n),
        (0..=n).collect(),
        (0..n as u32).collect(),
        vec![1.0; n],
    );
    let values = [
        ("text", UnsValue::Str("a".into())),
        ("float", UnsValue::Float(0.5)),
        ("flag", UnsValue::Bool(true)),
        ("texts", UnsValue::StrArray(vec!["a".into(), "b".into()])),
        ("floats", UnsValue::FloatArray(vec![0.5, 1.0])),
    ];
    Slots::new()
        .with_obs("category", column(false))
        .with_obs("rank", column(true))
        .with_obs("number", ObsColumn::Numeric(vec![0.0; n]))
        .with_obs("flag", ObsColumn::Bool(vec![true; n]))
        .with_obsm("array", Array2::zeros((n, 2)))
        .with_obsp("graph", diagonal)
        .with_uns("dict", UnsValue::dict(values))
}

#[test]
fn slots_are_written_as_anndata_writes_them() -> Outcome {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/io/slots.h5ad");
    let theirs = parts(&golden)?;
    let folder = tempfile::tempdir()?;
    let made = folder.path().join("made.h5ad");
    Made::default().write(&made)?;
    let (slide, _) = read(&made, &ReadConfig::new())?;
    // A file of its own: no part of it is copied from the input.
    let mut fresh = slide.clone();
    fresh.source = Source::Memory;
    let out = folder.path().join("out.h5ad");
    write_h5ad(&fresh, &out, &slots(&slide))?;
    let ours = parts(&out)?;
    for (path, part) in &theirs {
        // The tables' own attributes name their columns.
        if ["obs", "obsm", "obs/_index"].contains(&path.as_str()) {
            continue;
        }
        assert_eq!(ours.get(path), Some(part), "{path}");
    }
    assert!(theirs.len() > 20, "{theirs:?}");
    Ok(())
}
