//! The validated neighbour graph.

pub(crate) mod link;
mod normalization;
mod selection;
#[cfg(test)]
mod tests;

use crate::GraphError;
use link::Link;
use sprs::CsMatViewI;

/// A directed, weighted graph of N spots in compressed rows.
///
/// Row i lists the spots from which i *receives*: `A · X` with this matrix gathers the neighbours of each spot. Every graph
/// satisfies: row pointers ascend from 0; the indices of a row are strictly ascending and below N; weights are finite; distances,
/// if there are any, are finite and not negative. Self-links are allowed.
///
/// # Examples
/// ```
/// use semst_spatial_graph::{GraphError, SpatialGraph};
///
/// let graph = SpatialGraph::from_parts(2, vec![0, 1, 2], vec![1, 0], vec![1.0, 1.0], None)?;
/// assert!(graph.is_symmetric());
/// let wrong = SpatialGraph::from_parts(2, vec![0, 1, 2], vec![1, 2], vec![1.0, 1.0], None);
/// assert_eq!(wrong, Err(GraphError::OutOfRange { row: 1, index: 2, n: 2 }));
/// # Ok::<(), GraphError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SpatialGraph {
    indptr: Vec<usize>,
    indices: Vec<u32>,
    weights: Vec<f32>,
    distances: Option<Vec<f32>>,
}

impl SpatialGraph {
    /// Checks the parts of a CSR matrix and makes a graph from them. O(nnz).
    ///
    /// # Errors
    /// Lengths that do not fit, pointers that decrease, indices out of range, out of order or repeated, values that are not
    /// finite.
    pub fn from_parts(
        n: usize,
        indptr: Vec<usize>,
        indices: Vec<u32>,
        weights: Vec<f32>,
        distances: Option<Vec<f32>>,
    ) -> Result<Self, GraphError> {
        let length = |what, got, expected| {
            if got == expected {
                Ok(())
            } else {
                Err(GraphError::Length {
                    what,
                    got,
                    expected,
                })
            }
        };
        if n >= u32::MAX as usize {
            return Err(GraphError::TooManySpots { n });
        }
        length("indptr", indptr.len(), n + 1)?;
        for (row, &value) in indptr.iter().enumerate() {
            let floor = if row == 0 { 0 } else { indptr[row - 1] };
            if value < floor || (row == 0 && value != 0) {
                return Err(GraphError::RowPointer { row, value });
            }
        }
        length("indices", indices.len(), indptr[n])?;
        length("weights", weights.len(), indptr[n])?;
        if let Some(distances) = &distances {
            length("distances", distances.len(), indptr[n])?;
        }
        let graph = Self {
            indptr,
            indices,
            weights,
            distances,
        };
        (0..n).try_for_each(|row| graph.check_row(row))?;
        Ok(graph)
    }

    /// Makes a graph from links in any order. O(nnz log nnz).
    ///
    /// # Errors
    /// Links out of range, repeated, or with values that are not finite.
    /// Distances are kept when every link has one.
    ///
    /// # Examples
    /// ```
    /// use semst_spatial_graph::{Link, SpatialGraph};
    /// let graph = SpatialGraph::from_edges(3, [Link::new(2, 0), Link::new(0, 1), Link::new(0, 2)])?;
    /// assert_eq!(graph.row(0).0, &[1, 2]);
    /// # Ok::<(), semst_spatial_graph::GraphError>(())
    /// ```
    pub fn from_edges(n: usize, edges: impl IntoIterator<Item = Link>) -> Result<Self, GraphError> {
        let mut edges: Vec<Link> = edges.into_iter().collect();
        edges.sort_by_key(|edge| (edge.source, edge.target));
        let mut indptr = vec![0; n + 1];
        for edge in &edges {
            let row = edge.source as usize;
            if row >= n {
                return Err(GraphError::OutOfRange {
                    row,
                    index: edge.target as usize,
                    n,
                });
            }
            indptr[row + 1] += 1;
        }
        (0..n).for_each(|row| indptr[row + 1] += indptr[row]);
        let distances = edges.iter().map(|edge| edge.distance).collect();
        let indices = edges.iter().map(|edge| edge.target).collect();
        Self::from_parts(
            n,
            indptr,
            indices,
            edges.iter().map(|edge| edge.weight).collect(),
            distances,
        )
    }

    /// Makes a graph of weight one from the neighbours of every spot, with their distances; each row may be in any order.
    pub(crate) fn from_rows(rows: Vec<Vec<(u32, f32)>>) -> Result<Self, GraphError> {
        let n = rows.len();
        let nnz = rows.iter().map(Vec::len).sum();
        let (mut indptr, mut indices, mut distances) = (
            Vec::with_capacity(n + 1),
            Vec::with_capacity(nnz),
            Vec::with_capacity(nnz),
        );
        indptr.push(0);
        for mut row in rows {
            row.sort_unstable_by_key(|&(index, _)| index);
            indices.extend(row.iter().map(|&(index, _)| index));
            distances.extend(row.iter().map(|&(_, distance)| distance));
            indptr.push(indices.len());
        }
        Self::from_parts(n, indptr, indices, vec![1.0; nnz], Some(distances))
    }

    /// The number of spots, N.
    pub fn n(&self) -> usize {
        self.indptr.len() - 1
    }

    /// The number of stored links.
    pub fn nnz(&self) -> usize {
        self.indices.len()
    }

    /// The neighbours of spot `i`, ascending, and the weights of their links.
    ///
    /// # Panics
    /// When `i` is not below [`n`](Self::n).
    pub fn row(&self, i: usize) -> (&[u32], &[f32]) {
        let range = self.indptr[i]..self.indptr[i + 1];
        (&self.indices[range.clone()], &self.weights[range])
    }

    /// Row pointers, length N + 1.
    pub fn indptr(&self) -> &[usize] {
        &self.indptr
    }

    /// Neighbour indices, in row order.
    pub fn indices(&self) -> &[u32] {
        &self.indices
    }

    /// Link weights, in row order.
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// Link distances, in row order, in the unit of the coordinates (or 1 − similarity for expression graphs).
    pub fn distances(&self) -> Option<&[f32]> {
        self.distances.as_deref()
    }

    /// The number of stored links of every row (self-links included).
    pub fn degrees(&self) -> Vec<usize> {
        self.indptr
            .windows(2)
            .map(|pair| pair[1] - pair[0])
            .collect()
    }

    /// All links, in row order.
    pub fn iter_edges(&self) -> impl Iterator<Item = Link> + '_ {
        (0..self.n()).flat_map(move |source| {
            (self.indptr[source]..self.indptr[source + 1]).map(move |at| Link {
                source: source as u32,
                target: self.indices[at],
                weight: self.weights[at],
                distance: self.distances.as_ref().map(|distances| distances[at]),
            })
        })
    }

    /// The graph with every link reversed. O(N + nnz).
    pub fn transpose(&self) -> Self {
        let n = self.n();
        // Transposes positions instead of values, so that weights and distances follow.
        let positions: Vec<usize> = (0..self.nnz()).collect();
        let links = CsMatViewI::new((n, n), &self.indptr[..], &self.indices[..], &positions[..]);
        let (indptr, indices, from) = links.to_other_storage().into_raw_storage();
        let turned = |values: &[f32]| from.iter().map(|&at| values[at]).collect();
        Self {
            weights: turned(&self.weights),
            distances: self.distances.as_deref().map(turned),
            indptr,
            indices,
        }
    }

    /// Whether links and weights are the same in both directions, bit for bit.
    pub fn is_symmetric(&self) -> bool {
        let other = self.transpose();
        self.indptr == other.indptr
            && self.indices == other.indices
            && self.weights == other.weights
    }

    /// The same links with other weights.
    ///
    /// # Errors
    /// When the number of weights differs from the number of links, or a weight is not finite.
    pub fn with_weights(self, weights: Vec<f32>) -> Result<Self, GraphError> {
        let n = self.n();
        Self::from_parts(n, self.indptr, self.indices, weights, self.distances)
    }

    /// Keeps the links for which `keep(link)` holds. O(nnz).
    pub fn filter_edges(&self, mut keep: impl FnMut(Link) -> bool) -> Self {
        let mut kept = Self {
            indptr: vec![0],
            indices: Vec::new(),
            weights: Vec::new(),
            distances: self.distances.as_ref().map(|_| Vec::new()),
        };
        let mut edges = self.iter_edges();
        for degree in self.degrees() {
            for edge in edges.by_ref().take(degree).filter(|&edge| keep(edge)) {
                kept.indices.push(edge.target);
                kept.weights.push(edge.weight);
                kept.distances
                    .iter_mut()
                    .for_each(|distances| distances.extend(edge.distance));
            }
            kept.indptr.push(kept.indices.len());
        }
        kept
    }

    fn check_row(&self, row: usize) -> Result<(), GraphError> {
        let n = self.n();
        let range = self.indptr[row]..self.indptr[row + 1];
        let mut before = None;
        for at in range {
            let index = self.indices[at];
            if index as usize >= n {
                return Err(GraphError::OutOfRange {
                    row,
                    index: index as usize,
                    n,
                });
            }
            if before.is_some_and(|before| before >= index) {
                return Err(GraphError::Unsorted { row, index });
            }
            before = Some(index);
            if !self.weights[at].is_finite() {
                return Err(GraphError::Value {
                    what: "weight",
                    row,
                    index,
                    value: self.weights[at],
                });
            }
            if let Some(&value) = self.distances.as_ref().map(|distances| &distances[at])
                && !(value.is_finite() && value >= 0.0)
            {
                return Err(GraphError::Value {
                    what: "distance",
                    row,
                    index,
                    value,
                });
            }
        }
        Ok(())
    }
}
