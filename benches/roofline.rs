//! Compares the speed of each CPU kernel with the limits of the machine: a Markdown table.
//!
//! The limits are measured in the same run: a triad over arrays that are larger than any cache, and a dense product of burn. The
//! shortest possible time of a kernel is the larger of its bytes at that bandwidth and its operations at that rate. Its share is
//! that time divided by the measured one. Bytes are those of its inputs and outputs, each counted once. Times are processor
//! times, so all rates are those of one core.
//!
//! ```sh
//! cargo run --release -p semst-benches --bin roofline
//! ```

#![allow(clippy::print_stdout, reason = "a table is what this program is for")]

use burn::tensor::{Device, Tensor};
use rayon::prelude::*;
use semst_benches::{counts, random_tensor, spatial_matrix};
use semst_sparse::{CountLoss, SparseMatrix, neighbour_loss};
use std::hint::black_box;
use std::time::Instant;

const SPOTS: usize = 4_000;
const GENES: usize = 3_000;
const FLOAT: f64 = 4.0;

/// Processor seconds of one call, over all threads: other users of the machine affect it least.
fn seconds(mut run: impl FnMut()) -> f64 {
    run();
    let (begin, before) = (Instant::now(), processor_seconds());
    let mut rounds = 0;
    loop {
        run();
        rounds += 1;
        let spent = processor_seconds() - before;
        if spent > 0.5 || begin.elapsed().as_secs() > 30 {
            return spent.max(0.01) / f64::from(rounds);
        }
    }
}

/// Processor time of all threads so far, in steps of 10 ms.
fn processor_seconds() -> f64 {
    const TICKS: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks = fields.split_whitespace().skip(11).take(2);
    ticks.filter_map(|t| t.parse::<f64>().ok()).sum::<f64>() / TICKS
}

/// Bytes per second of `a = b + 3 c` over arrays of 256 MB, three of which are accessed.
fn bandwidth() -> f64 {
    const N: usize = 1 << 26;
    let (b, c) = (vec![1f32; N], vec![2f32; N]);
    let mut a = vec![0f32; N];
    let time = seconds(|| {
        a.par_chunks_mut(1 << 16)
            .zip(b.par_chunks(1 << 16).zip(c.par_chunks(1 << 16)))
            .for_each(|(a, (b, c))| {
                for ((a, b), c) in a.iter_mut().zip(b).zip(c) {
                    *a = b + 3.0 * c;
                }
            });
        black_box(&a);
    });
    3.0 * FLOAT * N as f64 / time
}

/// Operations per second of a dense product of 2,048³.
fn arithmetic(device: &Device) -> f64 {
    let x = random_tensor(2_048, 2_048, 0, device);
    2.0 * 2_048f64.powi(3) / seconds(|| drop(black_box(x.clone().matmul(x.clone()))))
}

struct Roof {
    bandwidth: f64,
    arithmetic: f64,
}

impl Roof {
    fn row(&self, name: &str, size: &str, operations: f64, bytes: f64, run: impl FnMut()) {
        let time = seconds(run);
        let (memory, arithmetic) = (bytes / self.bandwidth, operations / self.arithmetic);
        let bound = if memory > arithmetic {
            "memory"
        } else {
            "arithmetic"
        };
        println!(
            "| {name} | {size} | {:.2} | {:.1} | {:.1} | {bound} | {:.0} % |",
            time * 1e3,
            operations / time / 1e9,
            bytes / time / 1e9,
            100.0 * memory.max(arithmetic) / time,
        );
    }
}

fn main() {
    let (plain, tracked) = (Device::flex(), Device::flex().autodiff());
    let roof = Roof {
        bandwidth: bandwidth(),
        arithmetic: arithmetic(&plain),
    };
    println!(
        "Roof of a core: {:.1} GB/s (triad), {:.0} GFLOP/s (dense product).\n",
        roof.bandwidth / 1e9,
        roof.arithmetic / 1e9
    );
    println!("| kernel | size | processor ms | GFLOP/s | GB/s | bound by | share of the roof |");
    println!("|---|---|---|---|---|---|---|");
    links(&roof, &plain);
    features(&roof, &plain);
    losses(&roof, &plain, &tracked);
}

/// Operations along the links of a slide.
fn links(roof: &Roof, device: &Device) {
    for (n, k, d) in [(SPOTS, 6, 128), (SPOTS, 6, 512), (100_000, 6, 128)] {
        let a = spatial_matrix(n, k, device);
        let (x, y) = (
            random_tensor(n, d, 0, device),
            random_tensor(n, d, 1, device),
        );
        let (edges, cells) = (a.nnz() as f64, (n * d) as f64);
        let size = format!("n={n} k={k} d={d}");
        let pattern = 2.0 * FLOAT * edges;
        let operations = 2.0 * edges * d as f64;
        let once = 2.0 * FLOAT * cells + pattern;
        roof.row("spmm", &size, operations, once, || {
            drop(black_box(a.spmm(x.clone())));
        });
        roof.row("spmm_t", &size, operations, once + FLOAT * edges, || {
            drop(black_box(a.spmm_t(x.clone())));
        });
        roof.row("sddmm", &size, operations, once, || {
            drop(black_box(a.sddmm(x.clone(), y.clone())));
        });
        if d == 128 {
            let scores = a.values();
            roof.row(
                "edge_softmax",
                &size,
                5.0 * edges,
                2.0 * FLOAT * edges,
                || {
                    drop(black_box(a.edge_softmax(scores.clone())));
                },
            );
        }
    }
}

/// Sparse features times weights, and the gradient of the weights.
fn features(roof: &Roof, device: &Device) {
    let x = expression(device);
    for d in [64, 512] {
        let (w, g) = (
            random_tensor(GENES, d, 0, device),
            random_tensor(SPOTS, d, 1, device),
        );
        let entries = x.nnz() as f64;
        let size = format!("n={SPOTS} genes={GENES} d={d}");
        let operations = 2.0 * entries * d as f64;
        let once = FLOAT * ((SPOTS + GENES) * d) as f64 + 2.0 * FLOAT * entries;
        roof.row("sparse linear", &size, operations, once, || {
            drop(black_box(x.spmm(w.clone())));
        });
        roof.row(
            "sparse linear, gradient",
            &size,
            operations,
            once + FLOAT * entries,
            || {
                drop(black_box(x.spmm_t(g.clone())));
            },
        );
    }
}

/// The fused losses; operations are those of their dense products.
fn losses(roof: &Roof, plain: &Device, tracked: &Device) {
    const HIDDEN: usize = 256;
    let size = format!("n={SPOTS} genes={GENES} hidden={HIDDEN}");
    let product = 2.0 * (SPOTS * GENES * HIDDEN) as f64;
    let weights = FLOAT * (3 * GENES * HIDDEN + SPOTS * HIDDEN) as f64;
    let inputs = |device: &Device| {
        (
            random_tensor(SPOTS, HIDDEN, 0, device).abs(),
            random_tensor(HIDDEN, 3 * GENES, 1, device) * 0.06,
            Tensor::<1>::zeros([3 * GENES], device),
            expression(device),
        )
    };
    let zinb = CountLoss::zinb(0.05);
    let (h, w, b, target) = inputs(plain);
    let bytes = weights + 2.0 * FLOAT * target.nnz() as f64;
    roof.row("count_head", &size, 3.0 * product, bytes, || {
        drop(black_box(zinb.forward(
            h.clone(),
            w.clone(),
            b.clone(),
            &target,
        )));
    });
    let (h, w, b, target) = inputs(tracked);
    let (h, w, b) = (
        h.detach().require_grad(),
        w.detach().require_grad(),
        b.detach().require_grad(),
    );
    roof.row(
        "count_head, gradients",
        &size,
        9.0 * product,
        bytes + weights,
        || {
            let value = zinb.forward(h.clone(), w.clone(), b.clone(), &target);
            black_box(value.backward());
        },
    );
    let d = 128;
    let (z, a) = (
        random_tensor(SPOTS, d, 0, plain),
        spatial_matrix(SPOTS, 6, plain),
    );
    let operations = 4.0 * (SPOTS * SPOTS * d) as f64;
    let bytes = 2.0 * FLOAT * (SPOTS * d) as f64;
    let size = format!("n={SPOTS} d={d}");
    roof.row(
        "neighbour_loss, all pairs",
        &size,
        operations,
        bytes,
        || {
            drop(black_box(neighbour_loss(z.clone(), &a, 0)));
        },
    );
}

fn expression(device: &Device) -> SparseMatrix {
    let tissue = counts(SPOTS, GENES);
    SparseMatrix::new(
        tissue.counts.proper_indptr().as_ref(),
        tissue.counts.indices(),
        tissue.counts.data(),
        GENES,
        device,
    )
    .expect("counts are a valid matrix")
}
