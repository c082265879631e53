//! The backend extension: which operations a backend must offer, and their gradients.
//!
//! Tensors are primitives here; the public face is in [`crate::SparseMatrix`] and the loss functions.

mod autodiff;
mod flex;

use burn::backend::{
    Backend, ExtensionType, backend_extension,
    tensor::{FloatTensor, IntTensor},
};

/// A CSR pattern and its transpose, as int tensors of one backend.
#[derive(ExtensionType, Debug, Clone)]
pub struct Csr<B: Backend> {
    /// Row pointers, [n_rows + 1].
    pub ptr: IntTensor<B>,
    /// Column of each edge, `[n_edges]`.
    pub col: IntTensor<B>,
    /// Row pointers of the transpose, [n_cols + 1].
    pub t_ptr: IntTensor<B>,
    /// Column of each edge of the transpose, `[n_edges]`.
    pub t_col: IntTensor<B>,
    /// Where the value of each edge of the transpose stands in the original order, `[n_edges]`.
    pub t_perm: IntTensor<B>,
}

/// Sparse and fused operations of a backend. Gradients of gradients are not supported.
#[backend_extension(Flex, Autodiff)]
pub trait SparseOps: Backend {
    /// `y[i] = Σ_e vals[e] · x[col[e]]` over the edges of row i: [n_cols, d] -> [n_rows, d].
    fn spmm(
        vals: FloatTensor<Self>,
        x: FloatTensor<Self>,
        #[extension_type] g: Csr<Self>,
    ) -> FloatTensor<Self>;
    /// The same with the transposed matrix: [n_rows, d] -> [n_cols, d].
    fn spmm_t(
        vals: FloatTensor<Self>,
        y: FloatTensor<Self>,
        #[extension_type] g: Csr<Self>,
    ) -> FloatTensor<Self>;
    /// `out[e] = <a[row(e)], b[col(e)]>`: [n_rows, d], [n_cols, d] -> `[n_edges]`.
    fn sddmm(
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        #[extension_type] g: Csr<Self>,
    ) -> FloatTensor<Self>;
    /// Softmax of the scores over the edges of each row: `[n_edges]` -> `[n_edges]`.
    fn edge_softmax(scores: FloatTensor<Self>, #[extension_type] g: Csr<Self>)
    -> FloatTensor<Self>;
    /// Gradient of [`SparseOps::edge_softmax`] from its output and the gradient of that.
    fn edge_softmax_backward(
        softmax: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        #[extension_type] g: Csr<Self>,
    ) -> FloatTensor<Self>;
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
    /// Neighbourhood regulariser of an embedding [n, d]; `shifts` is empty for all pairs. Returns `[1]` and its gradient [n, d].
    fn pair_loss(
        z: FloatTensor<Self>,
        vals: FloatTensor<Self>,
        shifts: IntTensor<Self>,
        #[extension_type] g: Csr<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
}
