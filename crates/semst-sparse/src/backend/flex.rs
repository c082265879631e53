//! The extension on burn's CPU backend: unwraps tensors to slices and calls the kernels.

use super::{Csr, SparseOps};
use crate::kernels::{
    count_head::{CountGrads, CountHead},
    csr::{self, Pattern},
    elu,
    pairwise::{self, Pairs},
    spmm,
};
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::tensor::{Bytes, DType, Shape};
use burn_flex::{Flex, FlexTensor, Layout};

impl SparseOps for Flex {
    fn spmm(vals: FloatTensor<Self>, x: FloatTensor<Self>, g: Csr<Self>) -> FloatTensor<Self> {
        let (vals, x) = (contiguous(vals), contiguous(x));
        let d = width(&x);
        let g = forward(&g);
        float(
            spmm::spmm(g, floats(&vals), floats(&x), d),
            &[g.n_rows(), d],
        )
    }

    fn spmm_t(vals: FloatTensor<Self>, y: FloatTensor<Self>, g: Csr<Self>) -> FloatTensor<Self> {
        let (vals, y) = (contiguous(vals), contiguous(y));
        let d = width(&y);
        let g = transposed(&g);
        float(
            spmm::spmm(g, floats(&vals), floats(&y), d),
            &[g.n_rows(), d],
        )
    }

    fn sddmm(a: FloatTensor<Self>, b: FloatTensor<Self>, g: Csr<Self>) -> FloatTensor<Self> {
        let (a, b) = (contiguous(a), contiguous(b));
        let out = csr::sddmm(forward(&g), floats(&a), floats(&b), width(&a));
        let n = out.len();
        float(out, &[n])
    }

    fn edge_softmax(scores: FloatTensor<Self>, g: Csr<Self>) -> FloatTensor<Self> {
        let scores = contiguous(scores);
        let out = csr::edge_softmax(forward(&g), floats(&scores));
        let n = out.len();
        float(out, &[n])
    }

    fn edge_softmax_backward(
        softmax: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        g: Csr<Self>,
    ) -> FloatTensor<Self> {
        let (softmax, grad) = (contiguous(softmax), contiguous(grad));
        let out = csr::edge_softmax_backward(forward(&g), floats(&softmax), floats(&grad));
        let n = out.len();
        float(out, &[n])
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
        let out = fit(
            h,
            weight,
            bias,
            values,
            &target,
            zero_inflated,
            ridge,
            false,
        );
        float(vec![out.loss as f32], &[1])
    }

    fn count_head_grads(
        h: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        values: FloatTensor<Self>,
        target: Csr<Self>,
        zero_inflated: bool,
        ridge: f32,
    ) -> (
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
    ) {
        let shape = |t: &FlexTensor| t.layout().shape().to_vec();
        let (hs, ws, bs) = (shape(&h), shape(&weight), shape(&bias));
        let out = fit(h, weight, bias, values, &target, zero_inflated, ridge, true);
        (
            float(vec![out.loss as f32], &[1]),
            float(out.h, &hs),
            float(out.weight, &ws),
            float(out.bias, &bs),
        )
    }

    fn pair_loss(
        z: FloatTensor<Self>,
        vals: FloatTensor<Self>,
        shifts: IntTensor<Self>,
        g: Csr<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let (z, vals) = (contiguous(z), contiguous(vals));
        let d = width(&z);
        let shifts: Vec<usize> = ints(&shifts).iter().map(|s| *s as usize).collect();
        let pairs = if shifts.is_empty() {
            Pairs::All
        } else {
            Pairs::Shifts(&shifts)
        };
        let (loss, grad) = pairwise::run(
            floats(&z),
            d,
            forward(&g),
            transposed(&g),
            floats(&vals),
            pairs,
        );
        let n = grad.len() / d.max(1);
        (float(vec![loss as f32], &[1]), float(grad, &[n, d]))
    }

    fn elu(x: FloatTensor<Self>) -> FloatTensor<Self> {
        let mut x = whole(x);
        elu::forward(x.storage_mut());
        x
    }

    fn elu_backward(y: FloatTensor<Self>, grad: FloatTensor<Self>) -> FloatTensor<Self> {
        let (y, mut grad) = (contiguous(y), whole(grad));
        elu::backward(floats(&y), grad.storage_mut());
        grad
    }

    fn with_gradients(
        value: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        value
    }
}

#[allow(
    clippy::too_many_arguments,
    reason = "the signature of the extension, and one flag"
)]
fn fit(
    h: FlexTensor,
    weight: FlexTensor,
    bias: FlexTensor,
    values: FlexTensor,
    target: &Csr<Flex>,
    zero_inflated: bool,
    ridge: f32,
    with_grads: bool,
) -> CountGrads {
    let (h, weight, bias, values) = (
        contiguous(h),
        contiguous(weight),
        contiguous(bias),
        contiguous(values),
    );
    let heads = if zero_inflated { 3 } else { 2 };
    CountHead {
        hidden: width(&h),
        genes: width(&weight) / heads,
        h: floats(&h),
        weight: floats(&weight),
        bias: floats(&bias),
        target: forward(target),
        values: floats(&values),
        zero_inflated,
        ridge: f64::from(ridge),
    }
    .run(with_grads)
}

fn forward(g: &Csr<Flex>) -> Pattern<'_> {
    Pattern {
        ptr: ints(&g.ptr),
        col: ints(&g.col),
        perm: None,
    }
}

fn transposed(g: &Csr<Flex>) -> Pattern<'_> {
    Pattern {
        ptr: ints(&g.t_ptr),
        col: ints(&g.t_col),
        perm: Some(ints(&g.t_perm)),
    }
}

fn contiguous(t: FlexTensor) -> FlexTensor {
    if t.is_contiguous() {
        t
    } else {
        t.to_contiguous()
    }
}

/// A contiguous tensor that uses its whole buffer; it can be changed in place if it is not shared.
fn whole(t: FlexTensor) -> FlexTensor {
    let layout = t.layout();
    let all = t.storage::<f32>().len() == layout.num_elements();
    if layout.is_contiguous() && layout.start_offset() == 0 && all {
        return t;
    }
    FlexTensor::from_data(t.into_data())
}

fn floats(t: &FlexTensor) -> &[f32] {
    let (start, end) = t
        .layout()
        .contiguous_offsets()
        .expect("made contiguous before");
    &t.storage::<f32>()[start..end]
}

fn ints(t: &FlexTensor) -> &[i32] {
    t.as_slice::<i32>()
        .expect("patterns are built from contiguous i32 tensors")
}

fn width(t: &FlexTensor) -> usize {
    t.layout().shape()[1]
}

fn float(v: Vec<f32>, shape: &[usize]) -> FlexTensor {
    FlexTensor::new(
        Bytes::from_elems(v),
        Layout::contiguous(Shape::from(shape.to_vec())),
        DType::F32,
    )
}
