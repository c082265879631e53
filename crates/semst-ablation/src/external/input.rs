//! Writes the file that a command reads.

use std::fs::File;
use std::io::{BufWriter, Result, Write};
use std::path::Path;

use semst::Prepared;
use semst::graph::SpatialGraph;
use semst::io::NpzWriter;
use semst::preprocess::FeatureMatrix;

use crate::slide::Slide;

type Archive = NpzWriter<BufWriter<File>>;

/// Writes features, graphs, coordinates, names and the seed, as listed in [`crate::CommandEntry`]. It writes no labels.
pub(crate) fn write(path: &Path, slide: &Slide, prepared: &Prepared, seed: u64) -> Result<()> {
    let mut file = NpzWriter::new(BufWriter::new(File::create(path)?));
    let (n, width) = prepared.slide.features().shape();
    match prepared.slide.features() {
        FeatureMatrix::Dense(values) => {
            file.put("features", &[n, width], values.iter().copied())?
        }
        FeatureMatrix::Sparse(matrix) => {
            let pointers = matrix.indptr();
            let parts = Csr {
                shape: (n, width),
                indptr: pointers.raw_storage(),
                indices: matrix.indices(),
                data: matrix.data(),
            };
            parts.write(&mut file, "features")?;
        }
    }
    // Gene names are only written if each feature is a gene; principal components are made from many genes.
    if prepared.genes.len() == width {
        let symbols = prepared
            .genes
            .iter()
            .map(|&g| slide.data.genes.symbols[g].as_str());
        file.put_text("genes", &symbols.collect::<Vec<_>>())?;
    }
    graph(&mut file, "spatial", prepared.slide.spatial())?;
    if let Some(expression) = prepared.slide.expression() {
        graph(&mut file, "expression", expression)?;
    }
    let coords = prepared.slide.coords();
    file.put("coords", &[n, coords.ncols()], coords.iter().copied())?;
    file.put_text("barcodes", &slide.data.barcodes)?;
    file.put("seed", &[], [seed])?;
    file.finish()?.flush()
}

fn graph(file: &mut Archive, name: &str, graph: &SpatialGraph) -> Result<()> {
    let parts = Csr {
        shape: (graph.n(), graph.n()),
        indptr: graph.indptr(),
        indices: graph.indices(),
        data: graph.weights(),
    };
    parts.write(file, name)
}

/// The parts of a sparse matrix, with the names of `scipy.sparse.csr_matrix`.
struct Csr<'a> {
    shape: (usize, usize),
    indptr: &'a [usize],
    indices: &'a [u32],
    data: &'a [f32],
}

impl Csr<'_> {
    fn write(&self, file: &mut Archive, name: &str) -> Result<()> {
        let nnz = self.data.len();
        let (indptr, indices) = (self.indptr.iter(), self.indices.iter());
        let (rows, columns) = self.shape;
        file.put(&format!("{name}_data"), &[nnz], self.data.iter().copied())?;
        // scipy uses signed indices.
        file.put(
            &format!("{name}_indices"),
            &[nnz],
            indices.map(|&i| i as i32),
        )?;
        file.put(
            &format!("{name}_indptr"),
            &[rows + 1],
            indptr.map(|&p| p as i64),
        )?;
        file.put(
            &format!("{name}_shape"),
            &[2],
            [rows as i64, columns as i64],
        )
    }
}
