//! The backend extension: which operations a backend must offer, and their gradients.
//!
//! Tensors are primitives here; the public API is [`crate::SparseMatrix`] and the loss functions.

mod autodiff;
#[cfg(feature = "cube")]
mod cube;
mod flex;

use burn::backend::{
    Backend, ExtensionType, backend_extension,
    tensor::{FloatTensor, IntTensor},
};
#[cfg(feature = "cube")]
use burn::{backend::fusion::custom::TensorSpec, tensor::Shape};

/// A CSR pattern and its transpose, as int tensors of one backend.
#[derive(ExtensionType, Debug, Clone)]
#[extension_type(fusion: cfg(feature = "cube"))]
pub struct Csr<B: Backend> {
    /// Row pointers, [n_rows + 1].
    pub ptr: IntTensor<B>,
    /// Column of each edge, `[n_edges]`.
    pub col: IntTensor<B>,
    /// Row pointers of the transpose, [n_cols + 1].
    pub t_ptr: IntTensor<B>,
    /// Column of each edge of the transpose, `[n_edges]`.
    pub t_col: IntTensor<B>,
    /// The position of the value of each transposed edge in the original order, `[n_edges]`.
    pub t_perm: IntTensor<B>,
}

/// Sparse and fused operations of a backend, in 32-bit numbers. Gradients of gradients are not supported.
///
/// `Flex` is the CPU, `Cube` every GPU (wgpu, CUDA) with one set of kernels.
#[backend_extension(Flex, Cube: cfg(feature = "cube"), Fusion: cfg(feature = "cube"), Autodiff)]
pub trait SparseOps: Backend {
    #[fusion(meta = |_vals, x, g: &CsrMetadata| rows_like(&g.ptr, x))]
    /// `y[i] = Σ_e vals[e] · x[col[e]]` over the edges of row i: [n_cols, d] -> [n_rows, d].
    fn spmm(
        vals: FloatTensor<Self>,
        x: FloatTensor<Self>,
        #[extension_type] g: Csr<Self>,
    ) -> FloatTensor<Self>;
    #[fusion(meta = |_vals, y, g: &CsrMetadata| rows_like(&g.t_ptr, y))]
    /// The same with the transposed matrix: [n_rows, d] -> [n_cols, d].
    fn spmm_t(
        vals: FloatTensor<Self>,
        y: FloatTensor<Self>,
        #[extension_type] g: Csr<Self>,
    ) -> FloatTensor<Self>;
    #[fusion(meta = |a, _b, g: &CsrMetadata| along_edges(&g.col, a))]
    /// `out[e] = <a[row(e)], b[col(e)]>`: [n_rows, d], [n_cols, d] -> `[n_edges]`.
    fn sddmm(
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        #[extension_type] g: Csr<Self>,
    ) -> FloatTensor<Self>;
    #[fusion(meta = |scores, g: &CsrMetadata| along_edges(&g.col, scores))]
    /// Softmax of the scores over the edges of each row: `[n_edges]` -> `[n_edges]`.
    fn edge_softmax(scores: FloatTensor<Self>, #[extension_type] g: Csr<Self>)
    -> FloatTensor<Self>;
    #[fusion(meta = |softmax, _grad, g: &CsrMetadata| along_edges(&g.col, softmax))]
    /// Gradient of [`SparseOps::edge_softmax`] from its output and the gradient of that.
    fn edge_softmax_backward(
        softmax: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        #[extension_type] g: Csr<Self>,
    ) -> FloatTensor<Self>;
    #[fusion(meta = |h, _w, _b, _v, _target: &CsrMetadata, _zi, _ridge| one_like(h))]
    /// Mean count likelihood of linear heads on `h` [n, hidden]; see [`crate::CountLoss`]. Returns `[1]`.
    fn count_head(
        h: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        values: FloatTensor<Self>,
        #[extension_type] target: Csr<Self>,
        zero_inflated: bool,
        ridge: f32,
    ) -> FloatTensor<Self>;
    #[fusion(meta = |h, w, b, _v, _target: &CsrMetadata, _zi, _ridge| (one_like(h), h.clone(), w.clone(), b.clone()))]
    /// The same with its gradients by `h`, `weight` and `bias`.
    fn count_head_grads(
        h: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        values: FloatTensor<Self>,
        #[extension_type] target: Csr<Self>,
        zero_inflated: bool,
        ridge: f32,
    ) -> (
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
    );
    #[fusion(meta = |z, _vals, _shifts, _g: &CsrMetadata| (one_like(z), z.clone()))]
    /// Neighbourhood regulariser of an embedding [n, d]; empty `shifts` means all pairs. Returns `[1]` and its gradient [n, d].
    fn pair_loss(
        z: FloatTensor<Self>,
        vals: FloatTensor<Self>,
        shifts: IntTensor<Self>,
        #[extension_type] g: Csr<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
    #[fusion(meta = |x| x.clone())]
    /// `x` above zero, `eˣ - 1` below.
    fn elu(x: FloatTensor<Self>) -> FloatTensor<Self>;
    #[fusion(meta = |y, _grad| y.clone())]
    /// Gradient of [`SparseOps::elu`] from its output and the gradient of that.
    fn elu_backward(y: FloatTensor<Self>, grad: FloatTensor<Self>) -> FloatTensor<Self>;
    #[fusion(meta = |value, _a, _b, _to_a, _to_b| value.clone())]
    /// A value `[1]` whose gradients with respect to `a` and `b` are already known.
    fn with_gradients(
        value: FloatTensor<Self>,
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        to_a: FloatTensor<Self>,
        to_b: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
}

#[cfg(feature = "cube")]
fn rows_like(ptr: &TensorSpec, x: &TensorSpec) -> TensorSpec {
    TensorSpec::new(Shape::from(vec![ptr.shape[0] - 1, x.shape[1]]), x.dtype)
}

#[cfg(feature = "cube")]
fn along_edges(col: &TensorSpec, like: &TensorSpec) -> TensorSpec {
    TensorSpec::new(col.shape.clone(), like.dtype)
}

#[cfg(feature = "cube")]
fn one_like(x: &TensorSpec) -> TensorSpec {
    TensorSpec::new(Shape::from(vec![1]), x.dtype)
}
