//! Inputs: a lattice, its graph, counts of a simulated tissue, an embedding with seven domains.

use burn::tensor::{Device, Tensor, TensorData};
use ndarray::Array2;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;
use semst_gnn_encoders::to_matrix;
use semst_simulate::{LayeredTissue, SimulatedTissue};
use semst_sparse::SparseMatrix;
use semst_spatial_graph::{AddSelfLoops, GraphBuilder, Postprocess, SymmetricKnnGraph};

/// Centres of `n` spots on a hexagonal lattice of pitch 100, [n, 2].
pub fn coords(n: usize) -> Array2<f64> {
    let width = (n as f64).sqrt().ceil() as usize;
    Array2::from_shape_fn((n, 2), |(i, axis)| {
        let (row, column) = (i / width, i % width);
        match axis {
            0 => 100.0 * column as f64 + 50.0 * (row % 2) as f64,
            _ => 50.0 * 3f64.sqrt() * row as f64,
        }
    })
}

/// A simulated cortex of `n` spots and `genes` genes.
///
/// # Panics
/// When the simulation does not accept these sizes.
pub fn counts(n: usize, genes: usize) -> SimulatedTissue {
    LayeredTissue::new(0)
        .with_spots(n)
        .with_genes(genes)
        .generate()
        .expect("sizes are in range")
}

/// Seven overlapping Gaussian clouds, [n, d].
pub fn embedding(n: usize, d: usize) -> Array2<f32> {
    let mut rng = Pcg64::seed_from_u64(0);
    let mut normal = || -> f32 { StandardNormal.sample(&mut rng) };
    let centres = Array2::from_shape_simple_fn((7, d), || 1.5 * normal());
    Array2::from_shape_fn((n, d), |(i, j)| centres[[i % 7, j]] + normal())
}

/// Numbers of U(-1, 1), [rows, cols].
pub fn random_tensor(rows: usize, cols: usize, seed: u64, device: &Device) -> Tensor<2> {
    let mut rng = Pcg64::seed_from_u64(seed);
    let values: Vec<f32> = (0..rows * cols)
        .map(|_| rng.random::<f32>() * 2.0 - 1.0)
        .collect();
    Tensor::from_data(TensorData::new(values, [rows, cols]), device)
}

/// The row-normalised graph of the `k` nearest spots of a lattice, and each spot itself.
///
/// # Panics
/// When there are no more than `k` spots.
pub fn spatial_matrix(n: usize, k: usize, device: &Device) -> SparseMatrix {
    let graph = SymmetricKnnGraph::new(k)
        .build(coords(n).view())
        .and_then(|graph| AddSelfLoops::default().apply(graph))
        .expect("more spots than neighbours");
    to_matrix(&graph.row_normalized(), device).expect("a graph is a valid matrix")
}
