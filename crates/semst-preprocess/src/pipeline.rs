//! Runs a recipe.

use ndarray::Array2;
use sprs::CsMatI;

use crate::counts::{check_counts, column_moments, select_genes};
use crate::filter::gene_totals;
use crate::scale::inverse_deviations;
use crate::{
    Columns, CountMatrix, FeatureMatrix, Features, GeneScope, Pca, Preprocess, PreprocessError,
    Scale, SeuratV3, Transform,
};

/// What a recipe dropped, and which of its numbers were too large for the counts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PreprocessReport {
    /// Genes in the input.
    pub genes_in: usize,
    /// Genes that the filter dropped.
    pub genes_dropped: usize,
    /// The number of these without any count.
    pub genes_all_zero: usize,
    /// Genes in the features.
    pub genes_kept: usize,
    /// The bound that [`Preprocess::run_scaled`] used instead of `min_cells`.
    pub min_cells_scaled: Option<usize>,
    /// Requested number of highly variable genes, if there were fewer genes and all were taken.
    pub n_top_not_reached: Option<usize>,
    /// Spots without any count in the kept genes; they have the features of an empty spot.
    pub empty_spots: Vec<usize>,
    /// Requested number of components, if the data has fewer and all of these were taken.
    pub n_components_not_reached: Option<usize>,
    /// Number of components in the features; 0 if the features are genes.
    pub n_components: usize,
}

/// The normalised counts of the chosen genes, by rows.
#[derive(Debug, Clone)]
struct Shared {
    shape: (usize, usize),
    indptr: Vec<usize>,
    indices: Vec<u32>,
    values: Vec<f64>,
    genes: Vec<usize>,
    report: PreprocessReport,
}

impl Preprocess {
    /// Runs with bounds that fit the slide. Recipes are made for thousands of spots, so on a small slide a gene is kept if half
    /// of the spots have it. The report names the bound.
    ///
    /// # Errors
    /// As [`Preprocess::run`].
    pub fn run_scaled(
        &self,
        counts: &CountMatrix,
    ) -> Result<(Features, PreprocessReport), PreprocessError> {
        let half = counts.rows().div_ceil(2);
        if self.genes.min_cells <= half {
            return self.run(counts);
        }
        let (features, mut report) = self.clone().with_min_cells(half).run(counts)?;
        report.min_cells_scaled = Some(half);
        Ok((features, report))
    }

    /// Turns counts into features. Rows stay the same; only genes are dropped.
    ///
    /// # Errors
    /// A number of the recipe out of range; counts that are empty, not finite, negative, all zero, or not whole numbers (unless
    /// allowed); a filter that leaves no gene.
    ///
    /// # Complexity
    /// O(nnz) for all steps but PCA; dense only where centring or PCA makes it so.
    pub fn run(
        &self,
        counts: &CountMatrix,
    ) -> Result<(Features, PreprocessReport), PreprocessError> {
        self.finish(self.shared(counts)?, self.transform)
    }

    /// Turns counts into features once for each transform, in their order: the same as [`run`](Self::run) with each.
    ///
    /// Genes are filtered, chosen and normalised once. Repeated transforms are computed once.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    ///
    /// # Examples
    /// ```
    /// use semst_preprocess::{CountMatrix, Preprocess, Transform};
    /// let counts = CountMatrix::new((3, 2), vec![0, 2, 3, 5], vec![0, 1, 1, 0, 1], vec![2.0, 2.0, 1.0, 3.0, 5.0]);
    /// let recipe = Preprocess::log_pca().with_n_components(1);
    /// let both = recipe.run_each(&counts, &[Transform::Log1p, Transform::FreemanTukey])?;
    /// assert_eq!(both[1].0, recipe.with_transform(Transform::FreemanTukey).run(&counts)?.0);
    /// # Ok::<(), semst_preprocess::PreprocessError>(())
    /// ```
    pub fn run_each(
        &self,
        counts: &CountMatrix,
        transforms: &[Transform],
    ) -> Result<Vec<(Features, PreprocessReport)>, PreprocessError> {
        if transforms.is_empty() {
            return Ok(Vec::new());
        }
        let shared = self.shared(counts)?;
        let mut done: Vec<(Features, PreprocessReport)> = Vec::with_capacity(transforms.len());
        for (at, transform) in transforms.iter().enumerate() {
            let before = transforms[..at].iter().position(|other| other == transform);
            done.push(match before {
                Some(before) => done[before].clone(),
                None => self.finish(shared.clone(), Some(*transform))?,
            });
        }
        Ok(done)
    }

    /// All steps before the transform.
    fn shared(&self, counts: &CountMatrix) -> Result<Shared, PreprocessError> {
        self.check()?;
        check_counts(counts, !self.lognorm)?;
        if counts.data().iter().all(|&value| value == 0.0) {
            return Err(PreprocessError::AllZero {
                spots: counts.rows(),
            });
        }
        let filtered = self.genes.apply(counts);
        if filtered.kept.is_empty() {
            let widest = gene_totals(counts).0.into_iter().max().unwrap_or(0);
            let (min_cells, min_counts) = (self.genes.min_cells, self.genes.min_counts);
            return Err(PreprocessError::NoGenesLeft {
                genes: counts.cols(),
                min_cells,
                min_counts,
                widest,
            });
        }
        let mut report = PreprocessReport {
            genes_in: counts.cols(),
            genes_dropped: filtered.dropped,
            genes_all_zero: filtered.all_zero,
            ..PreprocessReport::default()
        };
        let all = select_genes(counts, &filtered.kept);
        let (genes, selected) = self.select(&all, &filtered.kept, &mut report)?;
        report.genes_kept = genes.len();
        report.empty_spots = empty_rows(&selected);

        let shape = selected.shape();
        let values = self.normalized(&all, &selected);
        drop(all);
        let (indptr, indices, _) = selected.into_raw_storage();
        Ok(Shared {
            shape,
            indptr,
            indices,
            values,
            genes,
            report,
        })
    }

    /// The transform and all steps after it.
    fn finish(
        &self,
        shared: Shared,
        transform: Option<Transform>,
    ) -> Result<(Features, PreprocessReport), PreprocessError> {
        let Shared {
            shape,
            indptr,
            indices,
            mut values,
            genes,
            mut report,
        } = shared;
        // Log-normalised values are transformed already; ranks do not depend on it.
        let transform = transform.filter(|t| !self.lognorm || *t == Transform::Rank);
        if let Some(transform) = transform {
            for bounds in indptr.windows(2) {
                transform.apply(&mut values[bounds[0]..bounds[1]], shape.1);
            }
        }
        let matrix = match self.scale {
            Some(scale) => scaled(scale, shape, indptr, indices, values),
            None => sparse(shape, indptr, indices, values),
        };
        let features = self.reduced(matrix, genes, &mut report)?;
        Ok((features, report))
    }

    fn select(
        &self,
        all: &CountMatrix,
        kept: &[usize],
        report: &mut PreprocessReport,
    ) -> Result<(Vec<usize>, CountMatrix), PreprocessError> {
        match self.n_top_genes {
            Some(n_top) if n_top < kept.len() => {
                let top = SeuratV3::new().rank(all)?.top(n_top);
                Ok((
                    top.iter().map(|&gene| kept[gene]).collect(),
                    select_genes(all, &top),
                ))
            }
            n_top => {
                report.n_top_not_reached = n_top.filter(|&n_top| n_top > kept.len());
                Ok((kept.to_vec(), all.clone()))
            }
        }
    }

    fn normalized(&self, all: &CountMatrix, selected: &CountMatrix) -> Vec<f64> {
        let mut values: Vec<f64> = selected
            .data()
            .iter()
            .map(|&value| f64::from(value))
            .collect();
        if let Some(normalize) = self.normalize.filter(|_| !self.lognorm) {
            let factors = normalize.factors(match normalize.over {
                GeneScope::All => all,
                GeneScope::Selected => selected,
            });
            for (row, factor) in factors.into_iter().enumerate() {
                values[selected.indptr().outer_inds_sz(row)]
                    .iter_mut()
                    .for_each(|value| *value *= factor);
            }
        }
        values
    }

    fn reduced(
        &self,
        matrix: FeatureMatrix,
        genes: Vec<usize>,
        report: &mut PreprocessReport,
    ) -> Result<Features, PreprocessError> {
        let Some(asked) = self.n_components else {
            return Ok(Features {
                matrix,
                genes,
                columns: Columns::Genes,
            });
        };
        let (n, f) = matrix.shape();
        let most = n.saturating_sub(1).min(f).max(1);
        report.n_components_not_reached = (asked > most).then_some(asked);
        report.n_components = asked.min(most);
        let fit = Pca::new(asked.min(most))
            .with_seed(self.seed)
            .fit(&matrix)?;
        let columns = Columns::Components {
            explained_variance_ratio: fit.explained_variance_ratio,
        };
        Ok(Features {
            matrix: FeatureMatrix::Dense(fit.scores),
            genes,
            columns,
        })
    }
}

fn empty_rows(counts: &CountMatrix) -> Vec<usize> {
    counts
        .outer_iterator()
        .enumerate()
        .filter(|(_, row)| row.nnz() == 0)
        .map(|(spot, _)| spot)
        .collect()
}

fn scaled(
    scale: Scale,
    shape: (usize, usize),
    indptr: Vec<usize>,
    indices: Vec<u32>,
    mut values: Vec<f64>,
) -> FeatureMatrix {
    let (means, variances) = column_moments(shape.0, shape.1, &indices, &values);
    let factors = inverse_deviations(&variances);
    if !scale.center {
        indices
            .iter()
            .zip(&mut values)
            .for_each(|(&gene, value)| *value = scale.clip(*value * factors[gene as usize]));
        return sparse(shape, indptr, indices, values);
    }
    let background: Vec<f32> = means
        .iter()
        .zip(&factors)
        .map(|(mean, factor)| scale.clip(-mean * factor) as f32)
        .collect();
    let mut dense = Array2::from_shape_fn(shape, |(_, gene)| background[gene]);
    for (mut row, bounds) in dense.rows_mut().into_iter().zip(indptr.windows(2)) {
        for at in bounds[0]..bounds[1] {
            let gene = indices[at] as usize;
            row[gene] = scale.clip((values[at] - means[gene]) * factors[gene]) as f32;
        }
    }
    FeatureMatrix::Dense(dense)
}

fn sparse(
    shape: (usize, usize),
    indptr: Vec<usize>,
    indices: Vec<u32>,
    values: Vec<f64>,
) -> FeatureMatrix {
    FeatureMatrix::Sparse(CsMatI::new(
        shape,
        indptr,
        indices,
        values.into_iter().map(|value| value as f32).collect(),
    ))
}

#[cfg(test)]
mod tests {
    use crate::{CountMatrix, Preprocess, PreprocessError, Transform};

    #[test]
    fn log_normalised_values_are_taken_as_they_are() -> Result<(), PreprocessError> {
        let values = vec![0.5, 1.5, 2.5, 0.25];
        let logged = CountMatrix::new((2, 2), vec![0, 2, 4], vec![0, 1, 0, 1], values.clone());
        let recipe = Preprocess::stagate();
        let refused = recipe.run(&logged);
        assert!(matches!(refused, Err(PreprocessError::NotCounts { .. })));
        let recipe = recipe.with_lognorm(true);
        let all = [Transform::Log1p, Transform::FreemanTukey, Transform::Rank];
        let all = recipe.run_each(&logged, &all)?;
        let data = |at: usize| {
            all[at]
                .0
                .matrix
                .to_dense()
                .into_iter()
                .collect::<Vec<f32>>()
        };
        assert_eq!(data(0), values);
        assert_eq!(data(1), values);
        assert_ne!(data(2), values);
        Ok(())
    }
}
