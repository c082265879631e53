//! Principal components of any width.

use crate::EncoderError;
use ndarray::{Array2, s};
use semst_preprocess::{FeatureView, Pca};

/// The first `k` principal components [n, k]. A slide with fewer has zeros in the columns beyond, because the width of a latent is
/// fixed before its slide is read.
///
/// # Errors
/// When there are no spots or features, or a number is not finite.
pub(crate) fn components<'a>(
    features: impl Into<FeatureView<'a>>,
    k: usize,
) -> Result<Array2<f32>, EncoderError> {
    let features = features.into();
    let (n, f) = features.shape();
    let most = n.saturating_sub(1).min(f).max(1);
    let scores = Pca::new(k.min(most)).fit(features)?.scores;
    if scores.ncols() == k {
        return Ok(scores);
    }
    let mut padded = Array2::zeros((n, k));
    padded.slice_mut(s![.., ..scores.ncols()]).assign(&scores);
    Ok(padded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn missing_components_are_zero() -> Result<(), EncoderError> {
        let two = array![[0.0f32, 0.0], [3.0, 4.0]];
        let found = components(&two, 3)?;
        assert_eq!(found.dim(), (2, 3));
        // The points are five apart, so each is 2.5 from their mean.
        assert!((found[[0, 0]].abs() - 2.5).abs() < 1e-6);
        assert_eq!(found.slice(s![.., 1..]), Array2::<f32>::zeros((2, 2)));
        assert_eq!(components(&array![[7.0f32]], 1)?, array![[0.0]]);
        assert!(components(&Array2::<f32>::zeros((0, 2)), 1).is_err());
        Ok(())
    }
}
