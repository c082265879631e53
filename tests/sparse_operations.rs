//! Compares sparse operations and their gradients with dense ones, and their bits under one and many threads.

use burn::tensor::{Device, Int, Tensor, TensorData};
use semst_sparse::{CountLoss, SparseMatrix, neighbour_loss, sampled_neighbour_loss};
use semst_tests::golden::{compare, values};

/// Numbers without symmetry, the same everywhere.
fn wave(n: usize, phase: f32) -> Vec<f32> {
    (0..n).map(|i| (i as f32 * 0.37 + phase).sin()).collect()
}

fn dense(n: usize, d: usize, phase: f32, device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::new(wave(n * d, phase), [n, d]), device)
}

/// A rectangular pattern with an empty row and an empty column.
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

fn to_dense(indptr: &[usize], indices: &[u32], vals: Tensor<1>, cols: usize) -> Tensor<2> {
    let rows = indptr.len() - 1;
    let mut place = vec![0f32; indices.len() * rows * cols];
    for (row, w) in indptr.windows(2).enumerate() {
        for e in w[0]..w[1] {
            place[e * rows * cols + row * cols + indices[e] as usize] = 1.0;
        }
    }
    let place = Tensor::<2>::from_data(
        TensorData::new(place, [indices.len(), rows * cols]),
        &vals.device(),
    );
    vals.unsqueeze::<2>().matmul(place).reshape([rows, cols])
}

#[test]
fn products_equal_dense_ones_with_gradients() {
    let device = Device::flex().autodiff();
    let (rows, cols, d) = (23, 14, 9);
    let (indptr, indices, numbers) = pattern(rows, cols);
    let nnz = indices.len();
    // Product, gradient of x and gradient of the entries, by the kernel or by a dense product.
    let run = |transposed: bool, sparse: bool| {
        let vals =
            Tensor::<1>::from_data(TensorData::new(numbers.clone(), [nnz]), &device).require_grad();
        let (n_in, n_out) = if transposed {
            (rows, cols)
        } else {
            (cols, rows)
        };
        let x = dense(n_in, d, 1.3, &device).require_grad();
        let y = if sparse {
            let a = SparseMatrix::new(&indptr, &indices, &wave(nnz, 0.0), cols, &device)
                .expect("a valid pattern");
            let a = a.with_values(vals.clone());
            if transposed {
                a.spmm_t(x.clone())
            } else {
                a.spmm(x.clone())
            }
        } else {
            let a = to_dense(&indptr, &indices, vals.clone(), cols);
            let a = if transposed { a.transpose() } else { a };
            a.matmul(x.clone())
        };
        let grads = (y.clone() * dense(n_out, d, 2.1, &device)).sum().backward();
        [
            values(y),
            values(x.grad(&grads).expect("tracked")),
            values(vals.grad(&grads).expect("tracked")),
        ]
    };
    for transposed in [false, true] {
        for (got, want) in run(transposed, true).iter().zip(&run(transposed, false)) {
            compare("product or gradient", got, want, 1e-5);
        }
    }
}

#[test]
fn edge_dots_and_softmax_equal_dense_ones_with_gradients() {
    let device = Device::flex().autodiff();
    let (rows, cols, d) = (12, 10, 17);
    let (indptr, indices, vals) = pattern(rows, cols);
    let nnz = indices.len();
    let m = SparseMatrix::new(&indptr, &indices, &vals, cols, &device).expect("a valid pattern");
    let row: Vec<i32> = indptr
        .windows(2)
        .enumerate()
        .flat_map(|(i, w)| vec![i as i32; w[1] - w[0]])
        .collect();
    let row = Tensor::<1, Int>::from_data(TensorData::new(row, [nnz]), &device);
    let run = |sparse: bool| {
        let (a, b) = (
            dense(rows, d, 0.2, &device).require_grad(),
            dense(cols, d, 0.8, &device).require_grad(),
        );
        let softmax = if sparse {
            m.edge_softmax(m.sddmm(a.clone(), b.clone()))
        } else {
            let dots = a.clone().select(0, row.clone()) * b.clone().select(0, m.columns());
            let e = dots.sum_dim(1).squeeze_dim::<1>(1).exp();
            let sums = to_dense(&indptr, &indices, e.clone(), cols).sum_dim(1);
            e / sums.select(0, row.clone()).squeeze_dim::<1>(1)
        };
        let probe = Tensor::<1>::from_data(TensorData::new(wave(nnz, 0.4), [nnz]), &device);
        let grads = (softmax.clone() * probe).sum().backward();
        [
            values(softmax),
            values(a.grad(&grads).expect("tracked")),
            values(b.grad(&grads).expect("tracked")),
        ]
    };
    for (got, want) in run(true).iter().zip(&run(false)) {
        compare("softmax or gradient", got, want, 1e-4);
    }
}

#[test]
fn the_sampled_regulariser_is_unbiased() {
    let device = Device::flex();
    let n = 60;
    let z = dense(n, 6, 0.1, &device);
    let ring: Vec<u32> = (0..n as u32).map(|i| (i + 1) % n as u32).collect();
    let a = SparseMatrix::new(
        &(0..=n).collect::<Vec<_>>(),
        &ring,
        &vec![1.0; n],
        n,
        &device,
    )
    .expect("a valid ring");
    let exact = values(neighbour_loss(z.clone(), &a, 0))[0];
    let draws: Vec<f32> = (0..400)
        .map(|seed| values(sampled_neighbour_loss(z.clone(), &a, 8, seed))[0])
        .collect();
    let mean = draws.iter().sum::<f32>() / 400.0;
    let sd = (draws.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / 399.0).sqrt();
    // Four standard errors of the mean.
    assert!(
        (mean - exact).abs() < 4.0 * sd / 20.0,
        "{mean} ± {sd} against {exact}"
    );
    assert!(sd > 0.0, "different seeds draw different pairs");
}

#[test]
fn the_sampled_gradient_belongs_to_the_sampled_value() {
    let device = Device::flex().autodiff();
    let n = 11;
    let ring: Vec<u32> = (0..n as u32).map(|i| (i + 3) % n as u32).collect();
    let a = SparseMatrix::new(
        &(0..=n).collect::<Vec<_>>(),
        &ring,
        &vec![0.7; n],
        n,
        &device,
    )
    .expect("a valid ring");
    let numbers = wave(n * 3, 0.5);
    let z =
        Tensor::<2>::from_data(TensorData::new(numbers.clone(), [n, 3]), &device).require_grad();
    let grads = sampled_neighbour_loss(z.clone(), &a, 4, 9).backward();
    let got = values(z.grad(&grads).expect("tracked"));
    let at = |i: usize, h: f32| {
        let mut moved = numbers.clone();
        moved[i] += h;
        let z = Tensor::<2>::from_data(TensorData::new(moved, [n, 3]), &device);
        values(sampled_neighbour_loss(z, &a, 4, 9))[0]
    };
    for (i, got) in got.into_iter().enumerate() {
        let want = (at(i, 1e-2) - at(i, -1e-2)) / 2e-2;
        assert!((got - want).abs() < 2e-4, "{i}: {got} {want}");
    }
}

#[test]
fn bits_do_not_depend_on_threads() {
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("a pool");
        pool.install(|| {
            let device = Device::flex().autodiff();
            let (n, genes, d) = (700, 600, 32);
            let (indptr, indices, vals) = pattern(n, genes);
            let counts: Vec<f32> = vals.iter().map(|v| (v.abs() * 9.0).floor()).collect();
            let x = SparseMatrix::new(&indptr, &indices, &counts, genes, &device)
                .expect("a valid pattern");
            let w = dense(genes, d, 0.1, &device).require_grad();
            let h = x.spmm(w.clone()) * 0.01;
            let heads = dense(d, 3 * genes, 0.7, &device).require_grad();
            let bias = Tensor::<1>::zeros([3 * genes], &device);
            let ring: Vec<u32> = (0..n as u32).map(|i| (i + 1) % n as u32).collect();
            let a = SparseMatrix::new(
                &(0..=n).collect::<Vec<_>>(),
                &ring,
                &vec![1.0; n],
                n,
                &device,
            )
            .expect("a ring");
            let loss = CountLoss::zinb(0.05).forward(h.clone(), heads.clone(), bias, &x)
                + neighbour_loss(h, &a, 0);
            let grads = loss.backward();
            let mut out = values(loss);
            out.extend(values(w.grad(&grads).expect("tracked")));
            out.extend(values(heads.grad(&grads).expect("tracked")));
            out
        })
    };
    let one = run(1);
    assert!(one.iter().all(|v| v.is_finite()));
    for threads in [2, 5] {
        let many = run(threads);
        assert!(
            one.iter()
                .zip(&many)
                .all(|(a, b)| a.to_bits() == b.to_bits()),
            "{threads} threads gave other bits"
        );
    }
}
