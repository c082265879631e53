//! Normalised message-passing operators.
//!
//! | recipe | steps |
//! |---|---|
//! | SemST, both graphs | `AddSelfLoops` (on a graph that may already hold the spot itself), then `row_normalized` |
//! | GraphST, Visium | `sym_normalized`, then `AddSelfLoops` |
//! | GraphST, Stereo-seq; SEDR | `AddSelfLoops`, then `sym_normalized` |
//! | GraphST readout, BANKSY, CellCharter means | `row_normalized` |

use crate::SpatialGraph;

impl SpatialGraph {
    /// The sum of the weights of every row, added in f64.
    pub fn row_sums(&self) -> Vec<f64> {
        (0..self.n())
            .map(|row| {
                self.row(row)
                    .1
                    .iter()
                    .map(|&weight| f64::from(weight))
                    .sum()
            })
            .collect()
    }

    /// D⁻¹ A with D the row sums: each row is a weighted mean over the neighbours. Rows that sum to zero stay unchanged.
    ///
    /// Distances are kept.
    pub fn row_normalized(&self) -> Self {
        let scale: Vec<f64> = self
            .row_sums()
            .into_iter()
            .map(|sum| if sum == 0.0 { 1.0 } else { 1.0 / sum })
            .collect();
        self.rescaled(|row, _| scale[row])
    }

    /// D^-½ A D^-½ with D the row sums (Kipf and Welling, 2017). For symmetric graphs; spots whose row sums to zero or less have no links
    /// to scale and get the factor zero.
    ///
    /// Add self-links before, for GCN's Ã, or after, for GraphST's D^-½ A D^-½ + I. Distances are kept.
    pub fn sym_normalized(&self) -> Self {
        let scale: Vec<f64> = self
            .row_sums()
            .into_iter()
            .map(|sum| if sum > 0.0 { sum.sqrt().recip() } else { 0.0 })
            .collect();
        self.rescaled(|row, column| scale[row] * scale[column])
    }

    /// A + w·I: adds `weight` to the diagonal, to an existing entry or as a new link of distance zero.
    pub fn with_diagonal_added(&self, weight: f32) -> Self {
        let n = self.n();
        let mut sum = Self {
            indptr: vec![0],
            indices: Vec::with_capacity(self.nnz() + n),
            weights: Vec::with_capacity(self.nnz() + n),
            distances: self
                .distances
                .as_ref()
                .map(|_| Vec::with_capacity(self.nnz() + n)),
        };
        for row in 0..n {
            let range = self.indptr[row]..self.indptr[row + 1];
            let at = range.start
                + self.indices[range.clone()].partition_point(|&index| (index as usize) < row);
            let own = at < range.end && self.indices[at] as usize == row;
            sum.extend_from(self, range.start..at);
            sum.indices.push(row as u32);
            sum.weights.push(if own {
                self.weights[at] + weight
            } else {
                weight
            });
            sum.distances
                .iter_mut()
                .for_each(|distances| distances.push(0.0));
            sum.extend_from(self, at + usize::from(own)..range.end);
            sum.indptr.push(sum.indices.len());
        }
        sum
    }

    /// The graph without its self-links.
    pub fn without_diagonal(&self) -> Self {
        self.filter_edges(|edge| edge.source != edge.target)
    }

    fn extend_from(&mut self, other: &Self, range: std::ops::Range<usize>) {
        self.indices
            .extend_from_slice(&other.indices[range.clone()]);
        self.weights
            .extend_from_slice(&other.weights[range.clone()]);
        if let (Some(to), Some(from)) = (&mut self.distances, &other.distances) {
            to.extend_from_slice(&from[range]);
        }
    }

    fn rescaled(&self, factor: impl Fn(usize, usize) -> f64) -> Self {
        let weights = self.iter_edges().map(|edge| {
            (f64::from(edge.weight) * factor(edge.source as usize, edge.target as usize)) as f32
        });
        Self {
            weights: weights.collect(),
            ..self.clone()
        }
    }
}
