//! Recipes: the steps and their parameters.

use serde::{Deserialize, Serialize};

use crate::{GeneFilter, GeneScope, Normalize, PreprocessError, Scale, Transform};

/// A whole preprocessing recipe, as plain data.
///
/// The steps that are set run in this order: gene filter, highly variable genes (seurat_v3, on the counts), normalise, transform,
/// scale, PCA. [`run`](Self::run) runs the recipe.
///
/// # Examples
/// ```
/// use semst_preprocess::Preprocess;
/// let recipe = Preprocess::semst_paper(3000);
/// assert_eq!((recipe.genes.min_cells, recipe.transform), (100, None));
/// assert!(recipe.with_n_components(0).check().is_err());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Preprocess {
    /// Which genes are used (default: all).
    pub genes: GeneFilter,
    /// How many highly variable genes to keep (default: all genes).
    pub n_top_genes: Option<usize>,
    /// Whether spots are scaled to a common total (default: no).
    pub normalize: Option<Normalize>,
    /// The function applied to every value (default: none).
    pub transform: Option<Transform>,
    /// Whether genes are scaled to unit variance (default: no).
    pub scale: Option<Scale>,
    /// How many principal components replace the genes (default: genes stay).
    pub n_components: Option<usize>,
    /// Whether the values are log-normalised instead of counts: normalisation and logarithm are skipped (default: no, and values
    /// that are not whole numbers are an error). The data say so, not the recipe: in a file, `input_is` of the run is the name.
    #[serde(
        rename = "allow_non_integers",
        deserialize_with = "only_false",
        skip_serializing
    )]
    pub lognorm: bool,
    /// Seed of the random start of the PCA (default 0).
    pub seed: u64,
}

impl Preprocess {
    /// No steps.
    pub fn new() -> Self {
        Self::default()
    }

    /// SemST (code 87200b5): genes in at least 100 spots; `n_top` HVGs (3000 DLPFC, embryo, MBA; 2000 HBC; 128 MVC); X / rowsum over the HVGs
    /// × 10⁴, **no log**; scale without centring, clip 10. Sparse.
    pub fn semst_paper(n_top: usize) -> Self {
        Self {
            genes: GeneFilter::new().with_min_cells(100),
            n_top_genes: Some(n_top),
            normalize: Some(Normalize::new(1e4).over(GeneScope::Selected)),
            scale: Some(Scale::new().with_max_value(10.0)),
            ..Self::default()
        }
    }

    /// GraphST 1.1.1: 3000 HVGs; 10⁴ over all genes; log1p; scale without centring, clip 10. Sparse (GraphST makes it dense).
    pub fn graphst() -> Self {
        Self {
            scale: Some(Scale::new().with_max_value(10.0)),
            ..Self::stagate()
        }
    }

    /// STAGATE_pyG (ae1158c): 3000 HVGs; 10⁴ over all genes; log1p; no scaling. Sparse.
    pub fn stagate() -> Self {
        Self {
            n_top_genes: Some(3000),
            normalize: Some(Normalize::new(1e4)),
            transform: Some(Transform::Log1p),
            ..Self::default()
        }
    }

    /// SEDR (ef48360): genes in at least 50 spots with at least 10 counts; 2000 HVGs; 10⁶ over all genes, no log; scale with centring; PCA 200.
    pub fn sedr() -> Self {
        Self {
            genes: GeneFilter::new().with_min_cells(50).with_min_counts(10.0),
            n_top_genes: Some(2000),
            normalize: Some(Normalize::new(1e6)),
            scale: Some(Scale::new().centered()),
            n_components: Some(200),
            ..Self::default()
        }
    }

    /// The usual recipe of the field: 3000 HVGs; 10⁴ over all genes; log1p; PCA 50 (scanpy's default number).
    pub fn log_pca() -> Self {
        Self {
            n_components: Some(50),
            ..Self::stagate()
        }
    }

    /// The recipe of semst: 5000 HVGs; the median total over all genes; Freeman–Tukey; PCA 20. On the six development slides a
    /// mixture of its diffused components scores 0.65; with logarithms it scores 0.59 (docs/results/README.md).
    pub fn stable_pca() -> Self {
        Self {
            n_top_genes: Some(5000),
            normalize: Some(Normalize::to_median()),
            transform: Some(Transform::FreemanTukey),
            n_components: Some(20),
            ..Self::default()
        }
    }

    /// With genes in at least `min_cells` spots.
    pub fn with_min_cells(mut self, min_cells: usize) -> Self {
        self.genes.min_cells = min_cells;
        self
    }

    /// With genes of at least `min_counts` counts.
    pub fn with_min_counts(mut self, min_counts: f64) -> Self {
        self.genes.min_counts = min_counts;
        self
    }

    /// With `n_top` highly variable genes.
    pub fn with_n_top_genes(self, n_top: usize) -> Self {
        Self {
            n_top_genes: Some(n_top),
            ..self
        }
    }

    /// With spots normalised.
    pub fn with_normalize(self, normalize: Normalize) -> Self {
        Self {
            normalize: Some(normalize),
            ..self
        }
    }

    /// With every value transformed.
    pub fn with_transform(self, transform: Transform) -> Self {
        Self {
            transform: Some(transform),
            ..self
        }
    }

    /// With genes scaled.
    pub fn with_scale(self, scale: Scale) -> Self {
        Self {
            scale: Some(scale),
            ..self
        }
    }

    /// With `n_components` principal components instead of genes.
    pub fn with_n_components(self, n_components: usize) -> Self {
        Self {
            n_components: Some(n_components),
            ..self
        }
    }

    /// For log-normalised values, or for counts.
    ///
    /// On log-normalised values the steps `normalize`, `log1p` and `freeman-tukey` are skipped, because the values are normalised
    /// and their variance is stabilised already. Ranks, scaling and PCA stay.
    pub fn with_lognorm(self, lognorm: bool) -> Self {
        Self { lognorm, ..self }
    }

    /// With a seed for the random start of the PCA.
    pub fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Checks every number.
    ///
    /// # Errors
    /// The first one that is out of range.
    pub fn check(&self) -> Result<(), PreprocessError> {
        let bounds = [
            (
                "min_counts",
                Some(self.genes.min_counts),
                0.0..=1e15,
                "from 0 to 1e15",
            ),
            (
                "n_top_genes",
                self.n_top_genes.map(|n| n as f64),
                1.0..=1e9,
                "from 1 to 1e9",
            ),
            (
                "target_sum",
                self.normalize.and_then(|n| n.target_sum),
                1e-6..=1e12,
                "from 1e-6 to 1e12",
            ),
            (
                "max_value",
                self.scale.and_then(|s| s.max_value),
                1e-6..=1e12,
                "from 1e-6 to 1e12",
            ),
            (
                "n_components",
                self.n_components.map(|n| n as f64),
                1.0..=16_384.0,
                "from 1 to 16384",
            ),
        ];
        for (field, value, range, bound) in bounds {
            if let Some(value) = value.filter(|value| !range.contains(value)) {
                return Err(PreprocessError::Parameter {
                    field,
                    value,
                    bound,
                });
            }
        }
        Ok(())
    }
}
/// Files of earlier versions have `allow_non_integers = false`.
fn only_false<'de, D: serde::Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    match bool::deserialize(from)? {
        false => Ok(false),
        true => Err(serde::de::Error::custom(
            "`allow_non_integers` is now `input_is = \"lognorm\"`, next to `preset`",
        )),
    }
}
