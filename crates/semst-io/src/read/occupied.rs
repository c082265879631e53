//! A slide without its empty spots and genes.

use ndarray::{Array2, Axis};

use crate::dataset::{CountMatrix, SpatialDataset};
use crate::error::IoError;
use crate::report::ReadReport;
use crate::sparse_counts::{Compressed, select_both};

/// Drops the spots and genes without a single count, and counts them in the report.
pub(crate) fn only_occupied(
    mut slide: SpatialDataset,
    report: &mut ReadReport,
) -> Result<SpatialDataset, IoError> {
    if !slide.counts.is_csr() {
        // The code below needs rows; `check` returns an error when there are none.
        slide.check()?;
    }
    let (n, g) = (slide.n_spots(), slide.n_genes());
    report.spots_in_file = n;
    report.genes_in_file = g;
    let (spots, genes) = occupied(&slide.counts);
    report.zero_spots_dropped = n - spots.len();
    report.zero_genes_dropped = g - genes.len();
    if spots.is_empty() || genes.is_empty() {
        return Err(IoError::Empty {
            name: slide.name,
            n_spots: spots.len(),
            n_genes: genes.len(),
        });
    }
    let rows = |array: &mut Array2<f32>, keep: &[usize]| *array = array.select(Axis(0), keep);
    if spots.len() < n {
        slide.spatial = slide.spatial.select(Axis(0), &spots);
        slide.barcodes = spots
            .iter()
            .map(|&at| std::mem::take(&mut slide.barcodes[at]))
            .collect();
        slide.obs = slide.obs.select(&spots);
        slide
            .obsm
            .values_mut()
            .for_each(|array| rows(array, &spots));
        for matrix in slide.obsp.values_mut() {
            *matrix = select_both(matrix, &spots);
        }
        slide.source = slide.source.select(&spots);
    }
    if genes.len() < g {
        slide.genes = slide.genes.select(&genes);
        slide
            .varm
            .values_mut()
            .for_each(|array| rows(array, &genes));
    }
    if spots.len() < n || genes.len() < g {
        let (indptr, indices, data) = slide.counts.into_raw_storage();
        let counts = Compressed {
            n_major: n,
            n_minor: g,
            indptr,
            indices,
            data,
        };
        let counts = if spots.len() < n {
            counts.select_major(&spots)
        } else {
            counts
        };
        slide.counts = counts.select_minor(&genes).into_matrix();
    }
    Ok(slide)
}

fn occupied(counts: &CountMatrix) -> (Vec<usize>, Vec<usize>) {
    let mut seen = vec![false; counts.cols()];
    let mut spots = Vec::with_capacity(counts.rows());
    for (row, view) in counts.outer_iterator().enumerate() {
        if view.nnz() > 0 {
            spots.push(row);
        }
        for &column in view.indices() {
            seen[column as usize] = true;
        }
    }
    let genes = (0..counts.cols()).filter(|&column| seen[column]).collect();
    (spots, genes)
}
