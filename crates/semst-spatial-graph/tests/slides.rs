//! Compares the development slides with known lattices and scikit-learn's link counts. Skipped with a message if the data is
//! missing.

use std::path::PathBuf;

use ndarray::Array2;
use semst_spatial_graph::{
    GraphBuilder, GraphError, HexGraph, KnnGraph, LatticeKind, RadiusGraph, ThresholdGraph,
    lattice, median_kth_neighbor_distance, median_neighbor_distance,
};

fn read(name: &str) -> Option<Array2<f64>> {
    let folder = std::env::var_os("SEMST_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let path = folder.join(format!("{name}.h5ad"));
    if !path.exists() {
        let required = std::env::var_os("SEMST_REQUIRE_DATA").is_some_and(|v| v == "1");
        assert!(
            !required,
            "{} is not there, and SEMST_REQUIRE_DATA=1",
            path.display()
        );
        eprintln!("skipped: no {} (set SEMST_DATA)", path.display());
        return None;
    }
    let file = hdf5_pure::File::open(&path).expect("opens");
    let xy = file
        .dataset("obsm/spatial")
        .and_then(|set| set.read_f64())
        .expect("coordinates");
    Some(Array2::from_shape_vec((xy.len() / 2, 2), xy).expect("pairs"))
}

#[test]
fn visium_is_hexagonal() -> Result<(), GraphError> {
    // scikit-learn's radius_neighbors_graph without the spot itself: links within 150 px (STAGATE) and 560 px (SemST).
    for (name, near, wide) in [
        ("dlpfc_151673", 21_124, 202_338),
        ("dlpfc_151675", 20_762, 198_264),
    ] {
        let Some(xy) = read(name) else { continue };
        let found = lattice(xy.view())?.expect("a lattice");
        assert_eq!(found.kind, LatticeKind::Hex);
        assert!((found.pitch - 137.003_65).abs() < 1e-4);
        assert_eq!(RadiusGraph::new(150.0).build(xy.view())?.nnz(), near);
        assert_eq!(RadiusGraph::new(560.0).build(xy.view())?.nnz(), wide);
        assert_eq!(HexGraph::new(1).build(xy.view())?.nnz(), near);
        assert_eq!(
            RadiusGraph::new(560.0).with_self().build(xy.view())?.nnz(),
            wide + xy.nrows()
        );
    }
    Ok(())
}

/// The released search (in Python, with scipy) gives 445 px on the lattice of 151673 at a pitch of 110 px: 55.6 links per spot, and
/// 55.8 on the spots that have a label.
#[test]
fn the_threshold_is_that_of_the_released_search() -> Result<(), GraphError> {
    let Some(xy) = read("dlpfc_151673") else {
        return Ok(());
    };
    let scaled = xy.mapv(|v| v * 110.0 / 137.003_65);
    let graph = ThresholdGraph::new().build(scaled.view())?;
    let links = graph.nnz() as f64 / scaled.nrows() as f64;
    assert!((links - 55.602_64).abs() < 1e-4, "{links} links per spot");
    Ok(())
}

#[test]
fn single_cells_are_no_lattice() -> Result<(), GraphError> {
    for (name, median, near) in [
        // 952 of its cells share their position with another; the median excludes them.
        ("osmfish", 189.334_166, 8226),
        ("starmap_mvc", 151.731_745, 1650),
        ("starmap_mpfc_bz5", 165.186_663, 1728),
    ] {
        let Some(xy) = read(name) else { continue };
        assert_eq!(lattice(xy.view())?, None, "{name}");
        let pitch = median_neighbor_distance(xy.view())?;
        assert!((pitch - median).abs() < 1e-5, "{name}: {pitch}");
        assert_eq!(
            RadiusGraph::new(1.3 * pitch).build(xy.view())?.nnz(),
            near,
            "{name}"
        );
        let sixth = median_kth_neighbor_distance(xy.view(), 6)?;
        let degrees = RadiusGraph::new(1.1 * sixth).build(xy.view())?.degrees();
        let mean = degrees.iter().sum::<usize>() as f64 / degrees.len() as f64;
        assert!((5.0..10.0).contains(&mean), "{name}: {mean} neighbours");
        assert!(
            KnnGraph::new(15)
                .build(xy.view())?
                .degrees()
                .iter()
                .all(|&d| d == 15)
        );
    }
    Ok(())
}

#[test]
fn the_first_arrays_were_square() -> Result<(), GraphError> {
    let Some(xy) = read("st_mob") else {
        return Ok(());
    };
    assert_eq!(
        lattice(xy.view())?.map(|found| found.kind),
        Some(LatticeKind::Square)
    );
    Ok(())
}
