//! Pools the hidden states of tokens into the vector of a text.

use std::ops::Range;

use ndarray::{Array1, ArrayView2, Axis};

use super::LocalPooling;

/// The indices of the tokens from which the vector of a text is made.
///
/// `offsets` are the bytes of each token in its text, empty for tokens that the tokenizer added. If there are spans, the tokens
/// in them are used; otherwise the pooling decides. The result is empty if no token is in a span.
pub(super) fn pooled_tokens(
    pooling: LocalPooling,
    offsets: &[(usize, usize)],
    spans: &[Range<usize>],
) -> Vec<usize> {
    if !spans.is_empty() {
        let inside = |&(start, end): &(usize, usize)| {
            spans
                .iter()
                .any(|span| !span.is_empty() && start < span.end && span.start < end)
        };
        return (0..offsets.len())
            .filter(|&t| inside(&offsets[t]))
            .collect();
    }
    match pooling {
        LocalPooling::Cls => vec![0],
        LocalPooling::Last => vec![offsets.len() - 1],
        LocalPooling::Auto | LocalPooling::Mean => (0..offsets.len()).collect(),
    }
}

/// The mean of these rows of `hidden [tokens, dims]`, scaled to length one on request.
pub(super) fn mean(hidden: ArrayView2<'_, f32>, tokens: &[usize], normalize: bool) -> Array1<f32> {
    let mut sum = Array1::<f64>::zeros(hidden.ncols());
    for &token in tokens {
        sum.zip_mut_with(&hidden.index_axis(Axis(0), token), |s, &h| {
            *s += f64::from(h)
        });
    }
    sum /= tokens.len() as f64;
    if normalize {
        // As torch's normalize: never divides by less than 1e-12.
        sum /= sum.dot(&sum).sqrt().max(1e-12);
    }
    sum.mapv(|v| v as f32)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn spans_take_the_tokens_they_touch() {
        let offsets = [(0, 0), (0, 2), (2, 4), (4, 6), (0, 0)];
        let touched = |spans: &[Range<usize>]| pooled_tokens(LocalPooling::Cls, &offsets, spans);
        assert_eq!(touched(&[1..3, 1..2]), [1, 2]);
        assert_eq!(touched(&[2..4, 5..6]), [2, 3]);
        assert_eq!(touched(&[]), [0]);
        assert!(touched(&[8..9, 3..3]).is_empty());
    }

    #[test]
    fn the_mean_is_of_the_chosen_rows() {
        let hidden = array![[3.0, 0.0], [100.0, 100.0], [3.0, 8.0]];
        assert_eq!(mean(hidden.view(), &[0, 2], false), array![3.0, 4.0]);
        assert_eq!(mean(hidden.view(), &[0, 2], true), array![0.6, 0.8]);
    }
}
