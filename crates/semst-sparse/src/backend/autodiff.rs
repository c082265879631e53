//! Hand-written gradients of the extension.
//!
//! The fused losses compute their gradient together with their value; the backward pass only scales it.

use super::{Csr, SparseOps};
use burn::backend::{
    Autodiff, AutodiffBackend, Backend,
    autodiff::{
        checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
        grads::Gradients,
        ops::{Backward, Ops, OpsKind},
    },
    tensor::FloatTensor,
};

/// The error message for a second-order gradient.
const FIRST_ORDER: &str =
    "semst-sparse has no gradients of gradients: differentiate its operations once";

impl<B: SparseOps, C: CheckpointStrategy> SparseOps for Autodiff<B, C> {
    fn spmm(vals: FloatTensor<Self>, x: FloatTensor<Self>, g: Csr<Self>) -> FloatTensor<Self> {
        let g = inner(g);
        let vals_tracked = vals.is_tracked();
        match (SpmmBackward { transposed: false })
            .prepare::<C>([vals.node(), x.node()])
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prep) => {
                let (v, x) = (vals.into_primitive(), x.into_primitive());
                let y = B::spmm(v.clone(), x.clone(), g.clone());
                prep.finish((v, vals_tracked.then_some(x), g), y)
            }
            OpsKind::UnTracked(prep) => {
                prep.finish(B::spmm(vals.into_primitive(), x.into_primitive(), g))
            }
        }
    }

    fn spmm_t(vals: FloatTensor<Self>, y: FloatTensor<Self>, g: Csr<Self>) -> FloatTensor<Self> {
        let g = inner(g);
        let vals_tracked = vals.is_tracked();
        match (SpmmBackward { transposed: true })
            .prepare::<C>([vals.node(), y.node()])
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prep) => {
                let (v, y) = (vals.into_primitive(), y.into_primitive());
                let x = B::spmm_t(v.clone(), y.clone(), g.clone());
                prep.finish((v, vals_tracked.then_some(y), g), x)
            }
            OpsKind::UnTracked(prep) => {
                prep.finish(B::spmm_t(vals.into_primitive(), y.into_primitive(), g))
            }
        }
    }

    fn sddmm(a: FloatTensor<Self>, b: FloatTensor<Self>, g: Csr<Self>) -> FloatTensor<Self> {
        let g = inner(g);
        match SddmmBackward
            .prepare::<C>([a.node(), b.node()])
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prep) => {
                let (a, b) = (a.into_primitive(), b.into_primitive());
                let out = B::sddmm(a.clone(), b.clone(), g.clone());
                prep.finish((a, b, g), out)
            }
            OpsKind::UnTracked(prep) => {
                prep.finish(B::sddmm(a.into_primitive(), b.into_primitive(), g))
            }
        }
    }

    fn edge_softmax(scores: FloatTensor<Self>, g: Csr<Self>) -> FloatTensor<Self> {
        let g = inner(g);
        match EdgeSoftmaxBackward
            .prepare::<C>([scores.node()])
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prep) => {
                let p = B::edge_softmax(scores.into_primitive(), g.clone());
                prep.finish((p.clone(), g), p)
            }
            OpsKind::UnTracked(prep) => prep.finish(B::edge_softmax(scores.into_primitive(), g)),
        }
    }

    fn edge_softmax_backward(
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: Csr<Self>,
    ) -> FloatTensor<Self> {
        panic!("{FIRST_ORDER}")
    }

    fn count_head(
        h: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        values: FloatTensor<Self>,
        target: Csr<Self>,
        zero_inflated: bool,
        ridge: f32,
    ) -> FloatTensor<Self> {
        let target = inner(target);
        let values = values.into_primitive();
        match ScaleBackward
            .prepare::<C>([h.node(), weight.node(), bias.node()])
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prep) => {
                let (h, weight, bias) = (
                    h.into_primitive(),
                    weight.into_primitive(),
                    bias.into_primitive(),
                );
                let (loss, dh, dw, db) =
                    B::count_head_grads(h, weight, bias, values, target, zero_inflated, ridge);
                prep.finish([dh, dw, db], loss)
            }
            OpsKind::UnTracked(prep) => prep.finish(B::count_head(
                h.into_primitive(),
                weight.into_primitive(),
                bias.into_primitive(),
                values,
                target,
                zero_inflated,
                ridge,
            )),
        }
    }

    fn count_head_grads(
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: Csr<Self>,
        _: bool,
        _: f32,
    ) -> (
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
    ) {
        panic!("{FIRST_ORDER}")
    }

    fn pair_loss(
        z: FloatTensor<Self>,
        vals: FloatTensor<Self>,
        shifts: burn::backend::tensor::IntTensor<Self>,
        g: Csr<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let g = inner(g);
        let vals = vals.into_primitive();
        match ScaleBackward
            .prepare::<C>([z.node()])
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prep) => {
                let (loss, grad) = B::pair_loss(z.into_primitive(), vals, shifts, g);
                (prep.finish([grad.clone()], loss), Self::from_inner(grad))
            }
            OpsKind::UnTracked(prep) => {
                let (loss, grad) = B::pair_loss(z.into_primitive(), vals, shifts, g);
                (prep.finish(loss), Self::from_inner(grad))
            }
        }
    }

    fn elu(x: FloatTensor<Self>) -> FloatTensor<Self> {
        match EluBackward
            .prepare::<C>([x.node()])
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prep) => {
                let y = B::elu(x.into_primitive());
                prep.finish(y.clone(), y)
            }
            OpsKind::UnTracked(prep) => prep.finish(B::elu(x.into_primitive())),
        }
    }

    fn elu_backward(_: FloatTensor<Self>, _: FloatTensor<Self>) -> FloatTensor<Self> {
        panic!("{FIRST_ORDER}")
    }

    fn with_gradients(
        value: FloatTensor<Self>,
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        to_a: FloatTensor<Self>,
        to_b: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let value = value.into_primitive();
        match ScaleBackward
            .prepare::<C>([a.node(), b.node()])
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prep) => {
                prep.finish([to_a.into_primitive(), to_b.into_primitive()], value)
            }
            OpsKind::UnTracked(prep) => prep.finish(value),
        }
    }
}

/// The pattern for the inner backend: int tensors carry no gradient.
fn inner<B: Backend, C: CheckpointStrategy>(g: Csr<Autodiff<B, C>>) -> Csr<B> {
    Csr {
        ptr: g.ptr,
        col: g.col,
        t_ptr: g.t_ptr,
        t_col: g.t_col,
        t_perm: g.t_perm,
    }
}

/// `y = A x`: the gradient of x is `Aᵀ g`, that of the edge values `<g[row], x[col]>`; mirrored when transposed.
#[derive(Debug)]
struct SpmmBackward {
    transposed: bool,
}

impl<B: SparseOps> Backward<B, 2> for SpmmBackward {
    type State = (FloatTensor<B>, Option<FloatTensor<B>>, Csr<B>);

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [vals_node, x_node] = ops.parents;
        let grad = grads.consume::<B>(&ops.node);
        let (vals, x, g) = ops.state;
        if let (Some(node), Some(x)) = (vals_node, x) {
            let (a, b) = if self.transposed {
                (x, grad.clone())
            } else {
                (grad.clone(), x)
            };
            grads.register::<B>(node.id, B::sddmm(a, b, g.clone()));
        }
        if let Some(node) = x_node {
            let dx = if self.transposed {
                B::spmm(vals, grad, g)
            } else {
                B::spmm_t(vals, grad, g)
            };
            grads.register::<B>(node.id, dx);
        }
    }
}

/// `out[e] = <a[row], b[col]>`: each side gathers the other along the edges, weighted by the gradient.
#[derive(Debug)]
struct SddmmBackward;

impl<B: SparseOps> Backward<B, 2> for SddmmBackward {
    type State = (FloatTensor<B>, FloatTensor<B>, Csr<B>);

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [a_node, b_node] = ops.parents;
        let grad = grads.consume::<B>(&ops.node);
        let (a, b, g) = ops.state;
        if let Some(node) = a_node {
            grads.register::<B>(node.id, B::spmm(grad.clone(), b, g.clone()));
        }
        if let Some(node) = b_node {
            grads.register::<B>(node.id, B::spmm_t(grad, a, g));
        }
    }
}

#[derive(Debug)]
struct EdgeSoftmaxBackward;

impl<B: SparseOps> Backward<B, 1> for EdgeSoftmaxBackward {
    type State = (FloatTensor<B>, Csr<B>);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [node] = ops.parents;
        let grad = grads.consume::<B>(&ops.node);
        let (p, g) = ops.state;
        if let Some(node) = node {
            grads.register::<B>(node.id, B::edge_softmax_backward(p, grad, g));
        }
    }
}

#[derive(Debug)]
struct EluBackward;

impl<B: SparseOps> Backward<B, 1> for EluBackward {
    type State = FloatTensor<B>;

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [node] = ops.parents;
        let grad = grads.consume::<B>(&ops.node);
        if let Some(node) = node {
            grads.register::<B>(node.id, B::elu_backward(ops.state, grad));
        }
    }
}

/// A scalar loss whose gradients are already known: the chain rule multiplies them by the incoming scalar.
#[derive(Debug)]
struct ScaleBackward;

impl<B: Backend, const N: usize> Backward<B, N> for ScaleBackward {
    type State = [FloatTensor<B>; N];

    fn backward(self, ops: Ops<Self::State, N>, grads: &mut Gradients, _: &mut Checkpointer) {
        let grad = grads.consume::<B>(&ops.node);
        for (node, known) in ops.parents.into_iter().zip(ops.state) {
            if let Some(node) = node {
                let ones = vec![1; burn::backend::TensorMetadata::rank(&known)];
                let scalar = B::float_reshape(grad.clone(), ones.into());
                grads.register::<B>(node.id, B::float_mul(known, scalar));
            }
        }
    }
}
