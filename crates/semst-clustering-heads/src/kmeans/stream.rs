//! Lloyd iterations over the rows of a long file, chunk by chunk.

use ndarray::{Array1, Array2, ArrayView2, Axis};
use rayon::prelude::*;

use super::lloyd::nearest;

/// Rows of a chunk. Fixed, so that sums do not depend on threads.
const CHUNK: usize = 4096;

/// The contribution of a chunk to the next centres.
struct Sums {
    labels: Vec<u32>,
    sums: Array2<f64>,
    sizes: Vec<usize>,
    moments: (Array1<f64>, Array1<f64>),
}

/// Lloyd iterations from `centres`: labels, and whether they converged. A cluster that becomes empty keeps its centre.
pub(super) fn lloyd(
    z: ArrayView2<'_, f32>,
    mut centres: Array2<f64>,
    max_iterations: usize,
    tolerance: f64,
) -> (Vec<u32>, bool) {
    let mut labels = Vec::new();
    for _ in 0..max_iterations {
        let before = std::mem::take(&mut labels);
        let (all, next) = pass(z, &centres);
        labels = all;
        let stop = tolerance * mean_variance(z.nrows(), &next.moments);
        let mut shift = 0.0;
        for (c, &size) in next.sizes.iter().enumerate().filter(|(_, size)| **size > 0) {
            let mean = &next.sums.row(c) / size as f64;
            let moved = &mean - &centres.row(c);
            shift += moved.dot(&moved);
            centres.row_mut(c).assign(&mean);
        }
        if shift <= stop || before == labels {
            return (pass(z, &centres).0, true);
        }
    }
    (pass(z, &centres).0, false)
}

/// Labels of all rows, and the sums over them in the order of the chunks.
fn pass(z: ArrayView2<'_, f32>, centres: &Array2<f64>) -> (Vec<u32>, Sums) {
    let chunks: Vec<Sums> = z
        .axis_chunks_iter(Axis(0), CHUNK)
        .into_par_iter()
        .map(|z| of_chunk(z, centres))
        .collect();
    let mut labels = Vec::with_capacity(z.nrows());
    let mut all: Option<Sums> = None;
    for mut chunk in chunks {
        labels.append(&mut chunk.labels);
        match &mut all {
            None => all = Some(chunk),
            Some(all) => {
                all.sums += &chunk.sums;
                all.sizes
                    .iter_mut()
                    .zip(chunk.sizes)
                    .for_each(|(a, b)| *a += b);
                all.moments.0 += &chunk.moments.0;
                all.moments.1 += &chunk.moments.1;
            }
        }
    }
    (labels, all.expect("rows were checked"))
}

fn of_chunk(z: ArrayView2<'_, f32>, centres: &Array2<f64>) -> Sums {
    let x = z.mapv(f64::from);
    let (mut labels, mut distance) = (vec![0; x.nrows()], vec![0.0; x.nrows()]);
    nearest(&x, centres, &mut labels, &mut distance);
    let mut sums = Array2::zeros(centres.dim());
    let mut sizes = vec![0; centres.nrows()];
    for (row, &l) in x.rows().into_iter().zip(&labels) {
        sums.row_mut(l as usize).scaled_add(1.0, &row);
        sizes[l as usize] += 1;
    }
    Sums {
        labels,
        sums,
        sizes,
        moments: (x.sum_axis(Axis(0)), x.mapv(|v| v * v).sum_axis(Axis(0))),
    }
}

/// Mean variance of the columns.
fn mean_variance(n: usize, (sum, square): &(Array1<f64>, Array1<f64>)) -> f64 {
    let n = n as f64;
    let variances = square / n - (sum / n).mapv(|m| m * m);
    variances.mean().unwrap_or(0.0).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::s;

    #[test]
    fn chunks_settle_where_the_whole_settles() {
        let z = Array2::from_shape_fn((2 * CHUNK + 55, 4), |(i, c)| {
            ((i % 3) * (c + 2)) as f32 + ((i * (5 + 2 * c)) as f32 * 0.917).sin()
        });
        let x = z.mapv(f64::from);
        let start = x.slice(s![0..3, ..]).to_owned();
        let whole = super::super::lloyd(&x, start.clone(), 50, 1e-6);
        let (labels, converged) = lloyd(z.view(), start, 50, 1e-6);
        assert!(converged && whole.converged);
        assert_eq!(labels, whole.labels);
    }
}
