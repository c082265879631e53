//! Graphs from a file.

use crate::{GraphError, Postprocess, SpatialGraph, Symmetrize};

/// A graph from the CSR parts of an AnnData `obsp` entry. Rows need not be sorted, and duplicates are added up, as in SciPy.
///
/// # Examples
/// ```
/// use semst_spatial_graph::Precomputed;
/// let graph = Precomputed::new(2, vec![0, 2, 2], vec![1, 1], vec![0.25, 0.5]).build()?;
/// assert_eq!(graph.row(0), (&[1][..], &[0.75][..]));
/// # Ok::<(), semst_spatial_graph::GraphError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Precomputed {
    n: usize,
    indptr: Vec<usize>,
    indices: Vec<u32>,
    weights: Vec<f32>,
    symmetrize: bool,
}

impl Precomputed {
    /// The parts of an N × N CSR matrix.
    pub fn new(n: usize, indptr: Vec<usize>, indices: Vec<u32>, weights: Vec<f32>) -> Self {
        Self {
            n,
            indptr,
            indices,
            weights,
            symmetrize: false,
        }
    }

    /// Takes max(A, Aᵀ).
    pub fn symmetrized(self) -> Self {
        Self {
            symmetrize: true,
            ..self
        }
    }

    /// Sorts, merges, drops stored zeros, and checks.
    ///
    /// # Errors
    /// Parts that do not fit together, links out of range, weights that are not finite.
    pub fn build(self) -> Result<SpatialGraph, GraphError> {
        let Self {
            n,
            indptr,
            indices,
            weights,
            symmetrize,
        } = self;
        if indptr.len() != n + 1 {
            return Err(GraphError::Length {
                what: "indptr",
                got: indptr.len(),
                expected: n + 1,
            });
        }
        if let Some(row) = (0..=n).find(|&row| {
            if row == 0 {
                indptr[0] != 0
            } else {
                indptr[row] < indptr[row - 1]
            }
        }) {
            return Err(GraphError::RowPointer {
                row,
                value: indptr[row],
            });
        }
        for (what, got) in [("indices", indices.len()), ("weights", weights.len())] {
            if got != indptr[n] {
                return Err(GraphError::Length {
                    what,
                    got,
                    expected: indptr[n],
                });
            }
        }
        let (mut starts, mut columns, mut values) = (
            vec![0],
            Vec::with_capacity(indices.len()),
            Vec::with_capacity(indices.len()),
        );
        for bounds in indptr.windows(2) {
            let mut row: Vec<(u32, f32)> = (bounds[0]..bounds[1])
                .map(|at| (indices[at], weights[at]))
                .collect();
            row.sort_by_key(|&(index, _)| index);
            for same in row.chunk_by(|a, b| a.0 == b.0) {
                let sum = same.iter().map(|&(_, weight)| weight).sum::<f32>();
                if sum != 0.0 {
                    columns.push(same[0].0);
                    values.push(sum);
                }
            }
            starts.push(columns.len());
        }
        let graph = SpatialGraph::from_parts(n, starts, columns, values, None)?;
        if symmetrize {
            Symmetrize.apply(graph)
        } else {
            Ok(graph)
        }
    }
}
