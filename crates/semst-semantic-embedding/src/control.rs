//! Controls: a gain from semantics must be larger than theirs.

use ndarray::{Array2, ArrayView2, Axis};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::SemanticError;
use crate::chance::Chance;
use crate::semtab::Semtab;

static UNRELATED: &[u8] = include_bytes!("../data/unrelated.semtab");

/// Vectors without meaning that replace the real ones; each is deterministic by its seed.
///
/// A random projection of expression is already a good feature. So a semantic gain counts only relative to
/// [`Control::Shuffled`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Control {
    /// Every spot gets the zero vector: the network is the same, but gets no semantics.
    None,
    /// Every spot gets its own Gaussian vector, which contains not even expression.
    RandomSpots,
    /// Every gene gets a Gaussian vector with the column variances of the real ones; pooled in the same way.
    RandomGenes,
    /// The vectors of the genes present, permuted among them; pooled in the same way.
    Shuffled,
    /// Every gene gets the vector of a sentence that is not about biology (2,000 shipped, picked by a hash of the symbol), at
    /// the overall scale of the real ones; pooled in the same way.
    Unrelated,
}

impl Control {
    /// All controls, in the order of a table.
    pub const ALL: [Self; 5] = [
        Self::None,
        Self::RandomSpots,
        Self::RandomGenes,
        Self::Shuffled,
        Self::Unrelated,
    ];

    /// Name as written in files and tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::RandomSpots => "random_spots",
            Self::RandomGenes => "random_genes",
            Self::Shuffled => "shuffled",
            Self::Unrelated => "unrelated",
        }
    }

    /// [`Control::Shuffled`] for models that read names: the names of the genes, permuted among them.
    pub fn shuffled_names(symbols: &[String], seed: u64) -> Vec<String> {
        let order = Chance::new(seed).permutation(symbols.len());
        order.into_iter().map(|g| symbols[g].clone()).collect()
    }

    /// Vectors that replace `real` `[genes, dims]`; controls of whole spots do not change the genes.
    pub(crate) fn gene_vectors(
        self,
        real: Array2<f32>,
        symbols: &[&str],
        seed: u64,
    ) -> Result<Array2<f32>, SemanticError> {
        match self {
            Self::None | Self::RandomSpots => Ok(real),
            Self::Shuffled => {
                Ok(real.select(Axis(0), &Chance::new(seed).permutation(real.nrows())))
            }
            Self::RandomGenes => {
                let deviation = real.std_axis(Axis(0), 0.0);
                let mut chance = Chance::new(seed);
                let mut random = Array2::from_shape_simple_fn(real.dim(), || chance.normal());
                random *= &deviation;
                Ok(random)
            }
            Self::Unrelated => {
                let sentences = Semtab::parse("shipped unrelated sentences", UNRELATED)?
                    .table("unrelated")?
                    .vectors;
                let picked = symbols
                    .iter()
                    .map(|s| pick(s, seed, sentences.nrows()))
                    .collect::<Vec<_>>();
                let mut vectors = fit_width(sentences.select(Axis(0), &picked), real.ncols());
                vectors *= rms(real.view()) / rms(vectors.view()).max(f32::MIN_POSITIVE);
                Ok(vectors)
            }
        }
    }
}

/// The sentence of a gene.
fn pick(symbol: &str, seed: u64, sentences: usize) -> usize {
    let hash = Sha256::new()
        .chain_update(seed.to_le_bytes())
        .chain_update(symbol.as_bytes())
        .finalize();
    let number = u64::from_le_bytes([
        hash[0], hash[1], hash[2], hash[3], hash[4], hash[5], hash[6], hash[7],
    ]);
    (number % sentences as u64) as usize
}

/// Keeps the first columns, or appends zeros: the axes are ordered by variance.
fn fit_width(vectors: Array2<f32>, dims: usize) -> Array2<f32> {
    let mut out = Array2::zeros((vectors.nrows(), dims));
    let shared = dims.min(vectors.ncols());
    out.slice_mut(ndarray::s![.., ..shared])
        .assign(&vectors.slice(ndarray::s![.., ..shared]));
    out
}

fn rms(vectors: ArrayView2<'_, f32>) -> f32 {
    let sum: f64 = vectors.iter().map(|&v| f64::from(v).powi(2)).sum();
    (sum / vectors.len().max(1) as f64).sqrt() as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn real() -> Array2<f32> {
        Array2::from_shape_fn((50, 4), |(g, d)| ((g * 7 + d * 3) % 11) as f32 - 5.0)
    }

    fn names() -> Vec<String> {
        (0..50).map(|g| format!("G{g}")).collect()
    }

    fn draw(control: Control, seed: u64) -> Array2<f32> {
        let names = names();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        control
            .gene_vectors(real(), &names, seed)
            .expect("the shipped sentences are sound")
    }

    #[test]
    fn shuffled_keeps_the_multiset_of_vectors() {
        let rows = |a: &Array2<f32>| {
            let mut rows: Vec<Vec<i32>> = a
                .outer_iter()
                .map(|r| r.iter().map(|&v| v as i32).collect())
                .collect();
            rows.sort();
            rows
        };
        let shuffled = draw(Control::Shuffled, 5);
        assert_ne!(shuffled, real());
        assert_eq!(rows(&shuffled), rows(&real()));
    }

    #[test]
    fn every_control_is_deterministic_by_seed() {
        for control in [Control::Shuffled, Control::RandomGenes, Control::Unrelated] {
            assert_eq!(draw(control, 1), draw(control, 1), "{control:?}");
            assert_ne!(draw(control, 1), draw(control, 2), "{control:?}");
        }
    }

    #[test]
    fn unrelated_vectors_have_the_scale_of_the_real_ones() {
        let (a, b) = (rms(real().view()), rms(draw(Control::Unrelated, 1).view()));
        assert!((a - b).abs() < 1e-4 * a, "{a} {b}");
    }

    #[test]
    fn unrelated_vectors_follow_the_gene_not_its_place() -> Result<(), SemanticError> {
        let both =
            Control::Unrelated.gene_vectors(array![[1.0, 0.0], [0.0, 1.0]], &["A", "B"], 1)?;
        let turned =
            Control::Unrelated.gene_vectors(array![[1.0, 0.0], [0.0, 1.0]], &["B", "A"], 1)?;
        assert_eq!(both.row(0), turned.row(1));
        Ok(())
    }

    #[test]
    fn names_are_what_serde_writes() -> Result<(), serde_json::Error> {
        for control in Control::ALL {
            assert_eq!(serde_json::to_value(control)?, control.name());
        }
        Ok(())
    }
}
