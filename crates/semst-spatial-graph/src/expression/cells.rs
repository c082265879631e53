//! Approximate search for large slides: rows are grouped into cells, and only the nearest cells are searched.

use ndarray::{Array2, ArrayView2, linalg::general_mat_mul, s};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::direction::Directions;
use super::search::{Best, MARGIN, check, rescored};
use crate::points::rows;
use crate::{Expression, GraphError, SpatialGraph};

/// Rows of one product. Fixed, so that the bits do not depend on the number of threads.
const TILE: usize = 256;
/// The number of rows from which the centre of a cell is learnt.
const LEARNT_FROM: usize = 40;
/// Rounds of k-means.
const ROUNDS: usize = 8;

/// An approximate [`CosineKnn`](crate::CosineKnn) on dense rows of few columns (principal components): an inverted file.
///
/// Rows are grouped into cells by k-means on the sphere. A row is compared only with the rows of its `probes` nearest cells, by
/// products of small matrices, and the best k + 16 are scored again in f64. A neighbour is missed if it is in a cell that was not
/// probed.
/// The defaults find at least 95 % of the true neighbours on 20 principal components of Visium and of simulated slides (tests/scale.rs
/// measures it). Rows are assigned to cells, and cells to threads, in a fixed order: the same bits for any number of threads.
/// (Graph indices such as HNSW are built by insertions whose order depends on the threads; docs/decisions/0013.)
///
/// # Complexity
/// O(N · (cells + probes · N / cells) · d): N^1.5 with the default number of cells.
///
/// # References
/// Jégou, Douze, Schmid, *Product quantization for nearest neighbor search* (2011), the inverted file; own code.
///
/// # Examples
/// ```
/// use ndarray::Array2;
/// use semst_spatial_graph::{CellKnn, CosineKnn};
/// let x = Array2::from_shape_fn((500, 4), |(i, j)| ((i * (j + 2)) as f32 * 0.61).sin());
/// let exact = CosineKnn::new(5).build(&x)?;
/// let all_cells = CellKnn::new(5).with_cells(20).with_probes(20).build(x.view())?;
/// assert_eq!(all_cells.indices(), exact.indices());
/// # Ok::<(), semst_spatial_graph::GraphError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellKnn {
    /// Neighbours of every spot.
    pub k: usize,
    /// Number of cells; 2 √N by default.
    pub cells: Option<usize>,
    /// The number of cells that a row is compared with (64).
    pub probes: usize,
}

impl CellKnn {
    /// An approximate search for the k most similar by cosine.
    pub fn new(k: usize) -> Self {
        Self {
            k,
            cells: None,
            probes: 64,
        }
    }

    /// Sets the number of cells.
    #[must_use]
    pub fn with_cells(mut self, cells: usize) -> Self {
        self.cells = Some(cells);
        self
    }

    /// Sets the number of cells that a row is compared with.
    #[must_use]
    pub fn with_probes(mut self, probes: usize) -> Self {
        self.probes = probes;
        self
    }

    /// Finds the neighbours among the rows of features [n, d].
    ///
    /// # Errors
    /// As [`CosineKnn::build`](crate::CosineKnn::build); no cells or no probes.
    pub fn build(&self, features: ArrayView2<'_, f32>) -> Result<SpatialGraph, GraphError> {
        let directions = Directions::new(Expression::Dense(features), false)?;
        let n = directions.len();
        check(n, self.k)?;
        let cells = self.cells.unwrap_or(2 * n.isqrt()).min(n);
        for (field, value) in [("cells", cells), ("probes", self.probes)] {
            if value == 0 {
                return Err(GraphError::Parameter {
                    field,
                    value: 0.0,
                    bound: "at least 1",
                });
            }
        }
        let index = Index::new(&directions, cells);
        let tasks: Vec<&[u32]> = (0..index.centres.nrows())
            .flat_map(|cell| index.rows(cell).chunks(TILE))
            .collect();
        let found: Vec<Vec<Vec<(u32, f64)>>> = tasks
            .par_iter()
            .with_max_len(1)
            .map(|task| self.nearest_of(&directions, &index, task))
            .collect();
        let mut all = vec![Vec::new(); n];
        for (task, found) in tasks.iter().zip(found) {
            for (&row, near) in task.iter().zip(found) {
                all[row as usize] = near;
            }
        }
        SpatialGraph::from_rows(rows(all))
    }

    /// The neighbours of rows of one cell.
    fn nearest_of(
        &self,
        directions: &Directions<'_>,
        index: &Index,
        task: &[u32],
    ) -> Vec<Vec<(u32, f64)>> {
        let own = gathered(&index.unit, task.iter().map(|&row| row as usize));
        let probes = self.probes.min(index.centres.nrows());
        let mut looks: Vec<(u32, u32)> = Vec::with_capacity(task.len() * probes);
        let mut order: Vec<u32> = Vec::new();
        for (query, near) in own.dot(&index.centres.t()).rows().into_iter().enumerate() {
            order.clear();
            order.extend(0..near.len() as u32);
            if probes < order.len() {
                order.select_nth_unstable_by(probes - 1, |&a, &b| {
                    near[b as usize]
                        .total_cmp(&near[a as usize])
                        .then(a.cmp(&b))
                });
            }
            looks.extend(order[..probes].iter().map(|&cell| (cell, query as u32)));
        }
        looks.sort_unstable();
        let mut best: Vec<Best> = task.iter().map(|_| Best::new(self.k + MARGIN)).collect();
        let mut product = Array2::<f32>::zeros((0, 0));
        for group in looks.chunk_by(|a, b| a.0 == b.0) {
            let cell = group[0].0 as usize;
            let others = index.rows(cell);
            if others.is_empty() {
                continue;
            }
            let left = gathered(&own, group.iter().map(|&(_, query)| query as usize));
            let right = index.packed.slice(s![index.range(cell), ..]);
            if product.nrows() < left.nrows() || product.ncols() < right.nrows() {
                let shape = (
                    product.nrows().max(left.nrows()),
                    product.ncols().max(right.nrows()),
                );
                product = Array2::zeros(shape);
            }
            let mut out = product.slice_mut(s![..left.nrows(), ..right.nrows()]);
            general_mat_mul(1.0, &left, &right.t(), 0.0, &mut out);
            for (&(_, query), similarities) in group.iter().zip(out.rows()) {
                let (best, row) = (&mut best[query as usize], task[query as usize]);
                let similarities = similarities.to_slice().expect("rows of a standard layout");
                best.push_all(others, similarities, row);
            }
        }
        task.iter()
            .zip(best)
            .map(|(&row, best)| rescored(directions, row as usize, best.finish(), self.k))
            .collect()
    }
}

/// Unit rows assigned to cells.
struct Index {
    unit: Array2<f32>,
    /// Unit centres, [cells, d].
    centres: Array2<f32>,
    starts: Vec<usize>,
    /// Rows that have a direction, cell after cell, ascending within each cell.
    order: Vec<u32>,
    /// The unit rows in the order of `order`.
    packed: Array2<f32>,
}

impl Index {
    fn new(directions: &Directions<'_>, cells: usize) -> Self {
        let (n, d) = (directions.len(), directions.n_features());
        let mut unit = Array2::zeros((n, d));
        directions.fill(0..n, &mut unit);
        let exist: Vec<usize> = (0..n).filter(|&row| directions.exists(row)).collect();
        let centres = centres(&unit, &exist, cells);
        let cell = nearest_centre(&unit, &exist, &centres);
        let mut starts = vec![0; centres.nrows() + 1];
        cell.iter().for_each(|&c| starts[c as usize + 1] += 1);
        (0..centres.nrows()).for_each(|c| starts[c + 1] += starts[c]);
        let mut next = starts.clone();
        let mut order = vec![0u32; exist.len()];
        for (&row, &c) in exist.iter().zip(&cell) {
            order[next[c as usize]] = row as u32;
            next[c as usize] += 1;
        }
        let packed = gathered(&unit, order.iter().map(|&row| row as usize));
        Self {
            unit,
            centres,
            starts,
            order,
            packed,
        }
    }

    fn range(&self, cell: usize) -> std::ops::Range<usize> {
        self.starts[cell]..self.starts[cell + 1]
    }

    fn rows(&self, cell: usize) -> &[u32] {
        &self.order[self.range(cell)]
    }
}

/// Spherical k-means on evenly spaced rows; the first centres are evenly spaced rows of these. A cell that becomes empty keeps
/// its centre.
fn centres(unit: &Array2<f32>, exist: &[usize], cells: usize) -> Array2<f32> {
    let spaced = |from: &[usize], most: usize| -> Vec<usize> {
        let most = most.min(from.len());
        (0..most).map(|i| from[i * from.len() / most]).collect()
    };
    let sample = spaced(exist, cells.saturating_mul(LEARNT_FROM));
    let mut centres = gathered(unit, spaced(&sample, cells).into_iter());
    for _ in 0..ROUNDS {
        let cell = nearest_centre(unit, &sample, &centres);
        let mut sums = Array2::<f64>::zeros(centres.dim());
        for (&row, &c) in sample.iter().zip(&cell) {
            let mut sum = sums.row_mut(c as usize);
            sum.zip_mut_with(&unit.row(row), |s, &v| *s += f64::from(v));
        }
        for (mut centre, sum) in centres.rows_mut().into_iter().zip(sums.rows()) {
            let length = sum.dot(&sum).sqrt();
            if length > 0.0 {
                centre.zip_mut_with(&sum, |c, &s| *c = (s / length) as f32);
            }
        }
    }
    centres
}

/// The most similar centre of each of `rows` (ties: the first).
fn nearest_centre(unit: &Array2<f32>, rows: &[usize], centres: &Array2<f32>) -> Vec<u32> {
    let tiles: Vec<Vec<u32>> = rows
        .par_chunks(TILE)
        .map(|tile| {
            let near = gathered(unit, tile.iter().copied()).dot(&centres.t());
            near.rows()
                .into_iter()
                .map(|row| {
                    let (mut best, mut at) = (f32::NEG_INFINITY, 0);
                    for (c, &value) in row.iter().enumerate() {
                        if value > best {
                            (best, at) = (value, c as u32);
                        }
                    }
                    at
                })
                .collect()
        })
        .collect();
    tiles.concat()
}

fn gathered(x: &Array2<f32>, rows: impl ExactSizeIterator<Item = usize>) -> Array2<f32> {
    let mut out = Array2::zeros((rows.len(), x.ncols()));
    for (mut out, row) in out.rows_mut().into_iter().zip(rows) {
        out.assign(&x.row(row));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CosineKnn;

    /// Twelve directions with noise around them.
    fn clouds(n: usize, d: usize) -> Array2<f32> {
        let noise = |i: usize, j: usize| {
            let x = ((i * d + j) as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let x = (x ^ (x >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            (x >> 40) as f32 / (1 << 24) as f32 - 0.5
        };
        Array2::from_shape_fn((n, d), |(i, j)| {
            2.0 * ((i % 12 * (j + 1)) as f32).sin() + noise(i, j)
        })
    }

    fn recall(found: &SpatialGraph, exact: &SpatialGraph) -> f64 {
        let hits: usize = (0..exact.n())
            .map(|row| {
                let near = exact.row(row).0;
                let hit = found.row(row).0.iter();
                hit.filter(|spot| near.binary_search(spot).is_ok()).count()
            })
            .sum();
        hits as f64 / exact.nnz() as f64
    }

    #[test]
    fn most_neighbours_are_found() -> Result<(), GraphError> {
        let x = clouds(6000, 10);
        let exact = CosineKnn::new(14).build(&x)?;
        let found = CellKnn::new(14).build(x.view())?;
        assert!(recall(&found, &exact) >= 0.95, "{}", recall(&found, &exact));
        Ok(())
    }

    #[test]
    fn rows_without_direction_have_no_links() -> Result<(), GraphError> {
        let mut x = clouds(200, 4);
        x.row_mut(3).fill(0.0);
        let found = CellKnn::new(3)
            .with_cells(9)
            .with_probes(9)
            .build(x.view())?;
        assert_eq!(found.row(3).0, &[] as &[u32]);
        assert!(found.indices().iter().all(|&spot| spot != 3));
        assert_eq!(found.indices(), CosineKnn::new(3).build(&x)?.indices());
        Ok(())
    }

    #[test]
    fn bits_do_not_depend_on_threads() {
        let x = clouds(3000, 8);
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .expect("a pool");
            pool.install(|| CellKnn::new(7).with_probes(5).build(x.view()))
                .expect("a graph")
        };
        assert_eq!(run(1), run(3));
    }

    #[test]
    fn nothing_to_probe_is_refused() {
        let x = clouds(30, 3);
        for knn in [
            CellKnn::new(2).with_cells(0),
            CellKnn::new(2).with_probes(0),
            CellKnn::new(30),
        ] {
            assert!(knn.build(x.view()).is_err());
        }
    }
}
