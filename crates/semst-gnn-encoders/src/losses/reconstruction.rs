//! Mean squared error of a linear decoder.

use crate::Features;
use burn::tensor::Tensor;
use semst_sparse::with_gradients;

/// Mean of `(X - H W)²` over all entries of X [n, f]; hidden H [n, d], weight W [d, f]. Returns `[1]`.
///
/// Sparse features are never made dense: `|X - HW|² = |X|² - 2 <X Wᵀ, H> + <Hᵀ H, W Wᵀ>` costs nnz·d + (n + f)·d² instead of
/// n·f·d. For a reconstruction of expression the three terms are about as large as the error itself, so the loss of digits does
/// not matter. Dense features may be reconstructed almost exactly, so they are subtracted one by one.
///
/// # Panics
/// When the shapes do not fit together.
pub fn reconstruction_loss(features: &Features, hidden: Tensor<2>, weight: Tensor<2>) -> Tensor<1> {
    let [n, f] = features.dims();
    // Summed row by row: burn-flex adds more than four million numbers in an order that depends on the threads.
    let sum = match features {
        Features::Dense(x) => {
            let error = hidden.matmul(weight) - x.clone();
            error.square().sum_dim(1).sum()
        }
        Features::Sparse(x) => {
            let squares = x.values().square().sum();
            let cross = x.spmm(weight.clone().transpose()) * hidden.clone();
            let gram = hidden.clone().transpose().matmul(hidden);
            let fitted = gram * weight.clone().matmul(weight.transpose());
            squares - cross.sum_dim(1).sum().mul_scalar(2.0) + fitted.sum()
        }
    };
    sum.div_scalar((n * f).max(1) as f64)
}

/// [`reconstruction_loss`] for a decoder W [d, f] that equals the transposed encoder, with its known `product` X Wᵀ [n, d].
///
/// The gradients are hand-written, `2 (H W Wᵀ - X Wᵀ)` for H and `2 (Hᵀ H W - Hᵀ X)` for W. They need one sparse and four dense
/// products instead of two and six.
///
/// # Panics
/// When the shapes do not fit together.
pub(crate) fn tied_reconstruction_loss(
    features: &Features,
    hidden: Tensor<2>,
    weight: Tensor<2>,
    product: Tensor<2>,
) -> Tensor<1> {
    let Features::Sparse(x) = features else {
        return reconstruction_loss(features, hidden, weight);
    };
    let [n, f] = x.dims();
    // Genes in rows, in the memory order of the encoder's weight.
    let weight = weight.transpose();
    let (h, w, product) = (
        hidden.clone().detach(),
        weight.clone().detach(),
        product.detach(),
    );
    let gram_h = h.clone().transpose().matmul(h.clone());
    let gram_w = w.clone().transpose().matmul(w.clone());
    let dot = |a: Tensor<2>, b: Tensor<2>| (a * b).sum_dim(1).sum();
    let value = x.values().square().sum() - dot(product.clone(), h.clone()).mul_scalar(2.0)
        + dot(gram_h.clone(), gram_w.clone());
    let to_hidden = h.clone().matmul(gram_w) - product;
    let to_weight = w.clone().matmul(gram_h) - x.spmm_t(h.clone());
    with_gradients(value * 0.5, [hidden, weight], [to_hidden, to_weight])
        .mul_scalar(2.0 / (n * f).max(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData};

    #[test]
    fn sparse_equals_dense_with_gradients() {
        let device = Device::flex().autodiff();
        let (n, f, d) = (7, 9, 3);
        let wave = |n: usize, d: usize, phase: f32| {
            let values: Vec<f32> = (0..n * d).map(|i| (i as f32 * 0.7 + phase).sin()).collect();
            Tensor::<2>::from_data(TensorData::new(values, [n, d]), &device)
        };
        let dense = Features::Dense((wave(n, f, 0.1) - 0.6).clamp_min(0.0));
        let sparse = Features::Sparse(dense.to_sparse().expect("finite"));
        let run = |features: &Features| {
            let (h, w) = (
                wave(n, d, 0.4).require_grad(),
                wave(d, f, 1.4).require_grad(),
            );
            let loss = reconstruction_loss(features, h.clone(), w.clone());
            let grads = loss.backward();
            let mut out: Vec<f32> = loss.into_data().iter::<f32>().collect();
            for x in [h, w] {
                out.extend(x.grad(&grads).expect("tracked").into_data().iter::<f32>());
            }
            out
        };
        let (a, b) = (run(&dense), run(&sparse));
        for (a, b) in a.iter().zip(&b) {
            assert!((a - b).abs() < 1e-6, "{a} {b}");
        }
    }

    #[test]
    fn tied_equals_untied_with_gradients() {
        let device = Device::flex().autodiff();
        let (n, f, d) = (7, 9, 3);
        let wave = |n: usize, d: usize, phase: f32| {
            let values: Vec<f32> = (0..n * d).map(|i| (i as f32 * 0.7 + phase).sin()).collect();
            Tensor::<2>::from_data(TensorData::new(values, [n, d]), &device)
        };
        let dense = Features::Dense((wave(n, f, 0.1) - 0.6).clamp_min(0.0));
        let sparse = Features::Sparse(dense.to_sparse().expect("finite"));
        let run = |tied: bool| {
            let (h, w) = (
                wave(n, d, 0.4).require_grad(),
                wave(d, f, 1.4).require_grad(),
            );
            let loss = match tied {
                true => {
                    let product = sparse.matmul(w.clone().detach().transpose());
                    tied_reconstruction_loss(&sparse, h.clone(), w.clone(), product)
                }
                false => reconstruction_loss(&sparse, h.clone(), w.clone()),
            };
            let grads = loss.backward();
            let mut out: Vec<f32> = loss.into_data().iter::<f32>().collect();
            for x in [h, w] {
                out.extend(x.grad(&grads).expect("tracked").into_data().iter::<f32>());
            }
            out
        };
        for (a, b) in run(true).iter().zip(&run(false)) {
            assert!((a - b).abs() < 1e-6, "{a} {b}");
        }
    }
}
