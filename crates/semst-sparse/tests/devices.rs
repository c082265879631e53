//! Compares every operation and its gradients on every device of this machine with the CPU.
//!
//! There is one test, because a process compiles each kernel once. Without a Vulkan driver it prints a message and passes;
//! `SEMST_REQUIRE_WGPU=1` makes that a failure.

use burn::tensor::{Device, Tensor, TensorData};
use semst_sparse::{
    AdamStep, CountLoss, SparseMatrix, elu, neighbour_loss, sampled_neighbour_loss, with_gradients,
};

type Outputs = Vec<(String, Vec<f32>)>;

#[test]
fn every_operation_agrees_with_the_cpu() {
    let others = others();
    if others.is_empty() {
        let required = std::env::var_os("SEMST_REQUIRE_WGPU").is_some_and(|v| v == "1");
        assert!(
            !required,
            "SEMST_REQUIRE_WGPU=1, and there is no device except the CPU: install a Vulkan driver"
        );
        eprintln!("skipped: no device beside the CPU on this machine");
        return;
    }
    let want = outputs(&Device::flex().autodiff());
    for device in others {
        let got = outputs(&device.clone().autodiff());
        assert_eq!(got.len(), want.len());
        for ((name, got), (_, want)) in got.iter().zip(&want) {
            compare(&format!("{name} on {device:?}"), got, want);
        }
    }
}

/// Devices except the CPU; the same GPU appears several times only if it has several drivers.
fn others() -> Vec<Device> {
    let mut found: Vec<Device> = Vec::new();
    #[cfg(feature = "wgpu")]
    found.extend(Device::enumerate(burn::tensor::DeviceType::Wgpu));
    #[cfg(feature = "cuda")]
    found.extend(Device::enumerate(burn::tensor::DeviceType::Cuda));
    found
}

/// Allows a difference of 2e-5 relative to the largest number, because sums in 32 bits have another order.
fn compare(name: &str, got: &[f32], want: &[f32]) {
    assert_eq!(got.len(), want.len(), "{name}");
    let top = want.iter().fold(1e-30f32, |a, b| a.max(b.abs()));
    for (i, (g, w)) in got.iter().zip(want).enumerate() {
        assert!(
            (g - w).abs() <= 2e-5 * top,
            "{name}, number {i}: {g} instead of {w} (largest {top})"
        );
    }
}

fn outputs(device: &Device) -> Outputs {
    let mut out = Vec::new();
    products(device, &mut out);
    attention(device, &mut out);
    for zero_inflated in [false, true] {
        for rows in [5, 37] {
            counts(device, zero_inflated, rows, &mut out);
        }
    }
    pairs(device, &mut out);
    nothing(device, &mut out);
    elementwise(device, &mut out);
    out
}

fn elementwise(device: &Device, out: &mut Outputs) {
    let x = table(5, 9, 0.4, device).require_grad();
    let y = elu(x.clone() * 3.0);
    let grads = (y.clone() * table(5, 9, 1.1, device)).sum().backward();
    out.push(("elu".into(), numbers(y)));
    let slope = x.grad(&grads).expect("tracked");
    out.push(("elu, gradient".into(), numbers(slope)));
    let known = table(5, 9, 2.3, device);
    let value = tensor(1, 0.7, device);
    let loss = with_gradients(value, [x.clone(), x.clone()], [known.clone(), known]);
    let grads = (loss.clone() * 2.0).backward();
    out.push(("known gradients".into(), numbers(loss)));
    let slope = x.grad(&grads).expect("tracked");
    out.push(("known gradients, passed on".into(), numbers(slope)));
    let (mut weight, mut moments) = (table(5, 9, 0.2, device).inner(), None);
    for time in 1..=2 {
        let step = AdamStep {
            learning_rate: 1e-2,
            weight_decay: 1e-2,
            time,
        };
        let grad = table(5, 9, time as f32, device).inner();
        let (moved, after) = step.apply(weight, grad, moments);
        (weight, moments) = (moved, Some(after));
    }
    out.push(("a step of Adam".into(), numbers(weight)));
}

fn products(device: &Device, out: &mut Outputs) {
    for transposed in [false, true] {
        let a = matrix(23, 14, device);
        let vals = tensor(a.nnz(), 0.9, device).require_grad();
        let a = a.with_values(vals.clone());
        let (n_in, n_out) = if transposed { (23, 14) } else { (14, 23) };
        let x = table(n_in, 9, 1.3, device).require_grad();
        // A view that is not contiguous is accepted like a plain tensor.
        let seen = x.clone().swap_dims(0, 1).swap_dims(0, 1);
        let y = if transposed {
            a.spmm_t(seen)
        } else {
            a.spmm(seen)
        };
        let grads = (y.clone() * table(n_out, 9, 2.1, device)).sum().backward();
        let name = |what: &str| format!("product, transposed: {transposed}, {what}");
        out.push((name("value"), numbers(y)));
        out.push((
            name("gradient of x"),
            numbers(x.grad(&grads).expect("tracked")),
        ));
        out.push((
            name("gradient of the entries"),
            numbers(vals.grad(&grads).expect("tracked")),
        ));
    }
}

fn attention(device: &Device, out: &mut Outputs) {
    let m = matrix(12, 10, device);
    let a = table(10, 17, 0.2, device)
        .transpose()
        .slice([0..17, 0..10])
        .transpose();
    let left = table(12, 17, 0.2, device).require_grad();
    let right = a.require_grad();
    let dots = m.sddmm(left.clone(), right.clone());
    let p = m.edge_softmax(dots.clone());
    let y = m.clone().with_values(p.clone()).spmm(right.clone());
    let grads = (y.clone() * table(12, 17, 0.4, device)).sum().backward();
    out.push(("edge dots".into(), numbers(dots)));
    out.push(("edge softmax".into(), numbers(p)));
    out.push(("attention".into(), numbers(y)));
    out.push((
        "gradient of queries".into(),
        numbers(left.grad(&grads).expect("tracked")),
    ));
    out.push((
        "gradient of keys".into(),
        numbers(right.grad(&grads).expect("tracked")),
    ));
}

/// Counts up to thousands, means and dispersions over the whole range of the clamps.
fn counts(device: &Device, zero_inflated: bool, rows: usize, out: &mut Outputs) {
    let (genes, hidden) = (29, 6);
    let loss = if zero_inflated {
        CountLoss::zinb(0.05)
    } else {
        CountLoss::nb()
    };
    let (indptr, indices, vals) = pattern(rows, genes);
    let x: Vec<f32> = vals.iter().map(|v| (8.0 * v).exp().floor()).collect();
    let x = SparseMatrix::new(&indptr, &indices, &x, genes, device).expect("a valid pattern");
    for spread in [0.5, 6.0] {
        let h = table(rows, hidden, 0.3, device).require_grad();
        let w = (table(hidden, loss.n_heads() * genes, 1.1, device) * spread).require_grad();
        let b = tensor(loss.n_heads() * genes, 2.2, device).require_grad();
        let value = loss.forward(h.clone(), w.clone(), b.clone(), &x);
        let alone = loss.forward(
            h.clone().inner(),
            w.clone().inner(),
            b.clone().inner(),
            &inner(&x, &indptr, &indices, genes, device),
        );
        let grads = value.backward();
        let name = |what: &str| {
            format!("counts, zinb: {zero_inflated}, {rows} rows, spread {spread}, {what}")
        };
        out.push((name("value"), numbers(value)));
        out.push((name("value alone"), numbers(alone)));
        out.push((
            name("gradient of h"),
            numbers(h.grad(&grads).expect("tracked")),
        ));
        out.push((
            name("gradient of weights"),
            numbers(w.grad(&grads).expect("tracked")),
        ));
        out.push((
            name("gradient of biases"),
            numbers(b.grad(&grads).expect("tracked")),
        ));
    }
}

fn inner(
    x: &SparseMatrix,
    indptr: &[usize],
    indices: &[u32],
    genes: usize,
    device: &Device,
) -> SparseMatrix {
    let vals = numbers(x.values());
    SparseMatrix::new(indptr, indices, &vals, genes, &device.clone().inner()).expect("valid before")
}

fn pairs(device: &Device, out: &mut Outputs) {
    let n = 41;
    // Neighbours at two distances, and every third spot its own neighbour, which does not count.
    let (mut indptr, mut indices) = (vec![0], Vec::new());
    for i in 0..n {
        let mut row = vec![(i + 1) % n, (i + 5) % n];
        if i % 3 == 0 {
            row.push(i);
        }
        row.sort_unstable();
        indices.extend(row.iter().map(|&j| j as u32));
        indptr.push(indices.len());
    }
    let vals: Vec<f32> = (0..indices.len()).map(|e| 0.5 + 0.01 * e as f32).collect();
    let a = SparseMatrix::new(&indptr, &indices, &vals, n, device).expect("a valid graph");
    for sampled in [false, true] {
        let z = table(n, 7, 0.5, device).require_grad();
        let loss = if sampled {
            sampled_neighbour_loss(z.clone(), &a, 6, 9)
        } else {
            neighbour_loss(z.clone(), &a, 0)
        };
        let grads = loss.backward();
        out.push((format!("pairs, sampled: {sampled}"), numbers(loss)));
        out.push((
            format!("pairs, sampled: {sampled}, gradient"),
            numbers(z.grad(&grads).expect("tracked")),
        ));
    }
}

/// A matrix without entries is valid.
fn nothing(device: &Device, out: &mut Outputs) {
    let a = SparseMatrix::new(&[0; 4], &[], &[], 2, device).expect("a valid pattern");
    let x = table(2, 3, 0.1, device).require_grad();
    let grads = a.spmm(x.clone()).sum().backward();
    out.push(("no entries".into(), numbers(a.spmm(x.clone()))));
    out.push((
        "no entries, gradient".into(),
        numbers(x.grad(&grads).expect("tracked")),
    ));
    let x = SparseMatrix::new(&[0; 4], &[], &[], 5, device).expect("a valid pattern");
    let (h, w) = (table(3, 2, 0.1, device), table(2, 10, 0.4, device));
    let loss = CountLoss::nb().forward(h, w, tensor(10, 0.3, device), &x);
    out.push(("no counts".into(), numbers(loss)));
}

fn numbers<const D: usize>(t: Tensor<D>) -> Vec<f32> {
    t.into_data().try_to_vec::<f32>().expect("f32")
}

/// Numbers without symmetry, the same everywhere.
fn wave(n: usize, phase: f32) -> Vec<f32> {
    (0..n).map(|i| (i as f32 * 0.37 + phase).sin()).collect()
}

fn tensor(n: usize, phase: f32, device: &Device) -> Tensor<1> {
    Tensor::from_data(TensorData::new(wave(n, phase), [n]), device)
}

fn table(n: usize, d: usize, phase: f32, device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::new(wave(n * d, phase), [n, d]), device)
}

fn matrix(rows: usize, cols: usize, device: &Device) -> SparseMatrix {
    let (indptr, indices, vals) = pattern(rows, cols);
    SparseMatrix::new(&indptr, &indices, &vals, cols, device).expect("a valid pattern")
}

/// A rectangular pattern with empty rows and empty columns.
fn pattern(rows: usize, cols: usize) -> (Vec<usize>, Vec<u32>, Vec<f32>) {
    let (mut indptr, mut indices) = (vec![0], Vec::new());
    for i in 0..rows {
        if i % 7 != 3 {
            indices.extend(
                (0..cols as u32)
                    .filter(|j| (i as u32 * 31 + j * 17).is_multiple_of(5) && j % 11 != 4),
            );
        }
        indptr.push(indices.len());
    }
    let values = wave(indices.len(), 0.9);
    (indptr, indices, values)
}
