//! What is written is read back: any small slide, any slots, twice; the rest stays unchanged.

use image::RgbImage;
use ndarray::Array2;
use proptest::prelude::*;
use semst_io::{
    CountMatrix, Genes, ImageResolution, ObsColumn, ReadConfig, Slots, SpatialDataset, TissueImage,
    UnsValue, read, read_run, write_h5ad,
};

use crate::made::{Made, Outcome};

/// A slide in memory without an empty spot or gene.
fn slide(n: usize, g: usize, seed: u64) -> Result<SpatialDataset, semst_io::IoError> {
    let mut state = seed;
    let mut next = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    let mut counts = Array2::<f32>::zeros((n, g));
    for at in 0..n.max(g) {
        counts[[at % n, at % g]] = 1.0 + (next() % 1000) as f32;
        counts[[next() % n, next() % g]] = 1.0 + (next() % 9) as f32;
    }
    let mut indptr = vec![0];
    let (mut indices, mut data) = (Vec::new(), Vec::new());
    for row in counts.outer_iter() {
        for (column, &value) in row.iter().enumerate().filter(|(_, v)| **v > 0.0) {
            indices.push(column as u32);
            data.push(value);
        }
        indptr.push(data.len());
    }
    let counts = CountMatrix::new((n, g), indptr, indices, data);
    let names = |kind: &str, n: usize| (0..n).map(|i| format!("{kind}-é-{i}")).collect::<Vec<_>>();
    let genes = Genes::new(names("g", g)).with_ids(names("id", g))?;
    let spatial = Array2::from_shape_fn((n, 2), |(r, c)| (r * 3 + c) as f64 / 7.0 - 1.0);
    SpatialDataset::new("made", counts, names("b", n), genes, spatial)
}

fn column(n: usize) -> impl Strategy<Value = ObsColumn> {
    prop_oneof![
        prop::collection::vec(prop::option::of(0u32..300), n).prop_map(|codes| {
            let labels: Vec<Option<String>> = codes
                .iter()
                .map(|c| c.map(|c| format!("c{c:03}")))
                .collect();
            ObsColumn::from_labels(&labels)
        }),
        prop::collection::vec(-1e9f64..1e9, n).prop_map(ObsColumn::Numeric),
        prop::collection::vec(any::<i64>(), n).prop_map(ObsColumn::Integer),
        prop::collection::vec("[a-zé ]{0,5}", n).prop_map(ObsColumn::Text),
        prop::collection::vec(any::<bool>(), n).prop_map(ObsColumn::Bool),
    ]
}

fn uns() -> impl Strategy<Value = UnsValue> {
    let leaf = prop_oneof![
        "[a-zé ]{0,9}".prop_map(UnsValue::Str),
        any::<bool>().prop_map(UnsValue::Bool),
        any::<i64>().prop_map(UnsValue::Int),
        any::<u64>().prop_map(UnsValue::from),
        (-1e300f64..1e300).prop_map(UnsValue::Float),
        prop::collection::vec(any::<i64>(), 0..4).prop_map(UnsValue::IntArray),
        prop::collection::vec(any::<u64>(), 1..4).prop_map(UnsValue::from),
        prop::collection::vec(-1.0f64..1.0, 0..4).prop_map(UnsValue::FloatArray),
        prop::collection::vec("[a-z]{0,3}", 0..4).prop_map(UnsValue::StrArray),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::btree_map("[a-z_]{1,8}", inner.clone(), 0..12)
                .prop_map(UnsValue::dict),
            prop::collection::vec(inner, 1..12).prop_map(UnsValue::List),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_slide_and_slots(
        (n, g, seed, columns) in (1usize..40, 1usize..30, any::<u64>()).prop_flat_map(|(n, g, seed)| {
            (Just(n), Just(g), Just(seed), prop::collection::vec(column(n), 0..14))
        }),
        value in uns(),
        wide in 1usize..6,
    ) {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("out.h5ad");
        let mut made = slide(n, g, seed).map_err(|e| TestCaseError::fail(e.to_string()))?;
        let own = ObsColumn::Integer((0..n as i64).collect());
        made.obs.insert("own", own.clone());
        let z = Array2::from_shape_fn((n, wide), |(r, c)| r as f32 - c as f32 / 3.0);
        let graph = CountMatrix::new((n, n), (0..=n).collect(), (0..n as u32).rev().collect(), vec![0.5; n]);
        let mut slots = Slots::new().with_obsm("X_semst", z.clone()).with_obsp("g", graph).with_uns("semst", value.clone());
        for (at, column) in columns.iter().enumerate() {
            slots.obs.push((format!("c{at}"), column.clone()));
        }
        let fail = |e: semst_io::IoError| TestCaseError::fail(e.to_string());
        write_h5ad(&made, &path, &slots).map_err(fail)?;
        let (back, report) = read(&path, &ReadConfig::new()).map_err(fail)?;
        prop_assert!(report.is_clean(), "{report}");
        prop_assert_eq!(&back.counts, &made.counts);
        prop_assert_eq!(&back.genes, &made.genes);
        prop_assert_eq!(&back.barcodes, &made.barcodes);
        prop_assert_eq!(&back.spatial, &made.spatial);
        // Writes again over its own output: the slots are replaced, the rest stays.
        write_h5ad(&back, &path, &slots).map_err(fail)?;
        let run = read_run(&path, &["X_semst"]).map_err(fail)?;
        prop_assert_eq!(run.embedding("X_semst").map_err(fail)?, &z);
        prop_assert_eq!(run.uns("semst"), Some(&value));
        prop_assert_eq!(run.obs.len(), columns.len() + 1);
        prop_assert_eq!(run.obs.get("own"), Some(&own));
        for (at, column) in columns.iter().enumerate() {
            prop_assert_eq!(run.obs.get(&format!("c{at}")), Some(column));
        }
    }
}

#[test]
fn pictures_and_dropped_spots() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("out.h5ad");
    let mut made = slide(4, 3, 1)?;
    let pixels = RgbImage::from_fn(5, 3, |x, y| image::Rgb([x as u8, y as u8, 200]));
    made.image = Some(TissueImage {
        pixels,
        scale: 0.25,
        spot_diameter: Some(2.5),
        resolution: ImageResolution::Lowres,
        library: "section".into(),
    });
    write_h5ad(&made, &path, &Slots::new())?;
    let (back, _) = read(&path, &ReadConfig::new())?;
    assert_eq!(back.image, made.image);
    // The results of two of four spots go to their rows.
    let some = back.select_spots(&[3, 1])?;
    let labels = ObsColumn::from_codes(&[0, 1], |k| format!("d{k}"));
    write_h5ad(&some, &path, &Slots::new().with_obs("semst_domain", labels))?;
    let run = read_run(&path, &[])?;
    let label = |s: &str| Some(s.to_owned());
    assert_eq!(
        run.obs.labels("semst_domain")?,
        [None, label("d1"), None, label("d0")]
    );
    assert_eq!(run.image, made.image);
    Ok(())
}

/// Every stored byte of the input is still at its place: the edit only appends.
#[test]
fn the_input_stays_byte_for_byte() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (path, out) = (
        folder.path().join("in.h5ad"),
        folder.path().join("out.h5ad"),
    );
    Made::default().write(&path)?;
    let (slide, _) = read(&path, &ReadConfig::new())?;
    let labels = ObsColumn::from_codes(&[0, 1, 0], |k| k.to_string());
    write_h5ad(&slide, &out, &Slots::new().with_obs("semst_domain", labels))?;
    let (before, after) = (hdf5_pure::File::open(&path)?, hdf5_pure::File::open(&out)?);
    for slot in ["X", "obs/_index", "obs/layer", "var/_index", "obsm/spatial"] {
        let (a, b) = (before.dataset(slot)?, after.dataset(slot)?);
        assert_eq!(a.datatype()?, b.datatype()?, "{slot}");
        assert_eq!(a.read_raw()?, b.read_raw()?, "{slot}");
        assert_eq!(a.attrs()?, b.attrs()?, "{slot}");
    }
    let order = after.group("obs")?.attrs()?;
    let order = order
        .get("column-order")
        .and_then(hdf5_pure::AttrValue::as_strings);
    assert_eq!(
        order,
        Some(&["layer".to_owned(), "semst_domain".to_owned()][..])
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path| std::fs::metadata(path).map(|m| m.permissions().mode() & 0o777);
        assert_eq!(mode(&out)?, mode(&path)?);
    }
    Ok(())
}

/// What an earlier run left and this one does not have is removed: in every table, and from the list of columns.
#[test]
fn slots_that_a_result_does_not_have_are_removed() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("out.h5ad");
    let made = slide(3, 2, 1)?;
    let graph = CountMatrix::new((3, 3), vec![0, 1, 2, 3], vec![1, 0, 0], vec![1.0; 3]);
    let slots = Slots::new()
        .with_obs("share", ObsColumn::Numeric(vec![0.5, 1.0, 1.0]))
        .with_obsm("X_old", Array2::zeros((3, 2)))
        .with_obsp("g_distances", graph)
        .with_uns("note", UnsValue::from("a note"));
    write_h5ad(&made, &path, &slots)?;
    let (back, _) = read(&path, &ReadConfig::new())?;
    let gone = ["obs/share", "obsm/X_old", "obsp/g_distances", "uns/note"];
    let slots = gone
        .iter()
        .fold(Slots::new(), |slots, slot| slots.without(*slot));
    write_h5ad(&back, &path, &slots.clone().without("obsm/X_never"))?;
    let run = read_run(&path, &[])?;
    assert_eq!(
        (run.obs.len(), run.obsm_keys.as_slice()),
        (0, &["spatial".to_owned()][..])
    );
    assert_eq!(run.uns("note"), None);
    let file = hdf5_pure::File::open(&path)?;
    assert!(file.group("obsp/g_distances").is_err());
    let order = file.group("obs")?.attrs()?.remove("column-order");
    assert_eq!(
        order.as_ref().and_then(|o| o.as_strings()).map(<[_]>::len),
        Some(0)
    );
    let both = slots.with_uns("note", UnsValue::from(1_i64));
    assert!(write_h5ad(&back, &path, &both).is_err());
    Ok(())
}
