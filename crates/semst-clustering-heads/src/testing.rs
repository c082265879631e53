//! Conformance kit: the requirements for every head, shipped or of a third party (feature `testing`).

use ndarray::{Array2, Axis, array};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use crate::{Assignment, ClusterError, ClusterHead, HeadConfig, name_or_table};

/// Checks the contract of [`HeadConfig`], and of every head that it names ([`check_head`]).
///
/// Names are different, and each gives the head of that name. Unknown names, unknown settings and zero domains are errors.
/// Defaults pass their check. The short search keeps the name. A table with `name`, where settings may be missing, and only a
/// name are both accepted ([`name_or_table`]), and what is written reads back the same.
///
/// # Errors
/// The first requirement that fails, in words.
///
/// # Examples
/// ```
/// use semst_clustering_heads::{ShippedHead, testing::check_head_config};
/// check_head_config::<ShippedHead>()?;
/// # Ok::<(), String>(())
/// ```
pub fn check_head_config<H: HeadConfig>() -> Result<(), String> {
    let names = H::names();
    ensure(!names.is_empty(), "there is no name")?;
    for (i, name) in names.iter().enumerate() {
        ensure(
            !names[..i].contains(name),
            &format!("two heads are called {name}"),
        )?;
        check_one::<H>(name).map_err(|e| format!("{name}: {e}"))?;
    }
    let unknown = H::from_name("no head has this name");
    ensure(
        matches!(unknown, Err(ClusterError::UnknownHead { .. })),
        "an unknown name is not `UnknownHead`",
    )
}

fn check_one<H: HeadConfig>(name: &str) -> Result<(), String> {
    let config = H::from_name(name).map_err(|e| e.to_string())?;
    config
        .check()
        .map_err(|e| format!("the defaults fail their check: {e}"))?;
    ensure(
        config.name() == name,
        "`name` is not what `from_name` was given",
    )?;
    let head = config.init(2).map_err(|e| e.to_string())?;
    ensure(
        head.name() == name,
        "the head has another name than its configuration",
    )?;
    ensure(config.init(0).is_err(), "zero domains were accepted")?;
    let short = config.short_search();
    ensure(short.name() == name, "the short search has another name")?;
    short.check().map_err(|e| format!("short search: {e}"))?;
    let table = serde_json::to_value(&config).map_err(|e| e.to_string())?;
    ensure(
        table["name"] == name,
        "the serde form is no table with the key `name`",
    )?;
    let mut misspelt = table.clone();
    misspelt["no setting has this name"] = 1.into();
    ensure(
        name_or_table::deserialize::<H, _>(misspelt).is_err(),
        "an unknown setting was accepted; derive with `deny_unknown_fields`",
    )?;
    for form in [table, name.into(), serde_json::json!({ "name": name })] {
        let read = name_or_table::deserialize::<H, _>(form).map_err(|e| e.to_string())?;
        ensure(read == config, "the serde form reads back as another head")?;
    }
    check_head(|k| config.init(k).map_err(|e| e.to_string()))?;
    check_head(|k| short.init(k).map_err(|e| e.to_string()))
        .map_err(|e| format!("short search: {e}"))
}

/// Checks the contract of [`ClusterHead`] on a head made by `make` for a number of domains.
///
/// Labels: one per row, all of `0..n_clusters` in use; confidences in `(0, 1]`. Well-separated groups are found for any
/// order of the rows. The same seed gives the same answer, also with a single thread. An empty
/// embedding, NaN, infinity, no domains, fewer rows than domains, and equal rows give errors, not panics.
///
/// # Errors
/// The first requirement that fails, in words.
///
/// # Examples
/// ```
/// use semst_clustering_heads::{KMeansConfig, testing::check_head};
/// check_head(|k| KMeansConfig::new().init(k).map(|h| Box::new(h) as _).map_err(|e| e.to_string()))?;
/// # Ok::<(), String>(())
/// ```
pub fn check_head(
    make: impl Fn(usize) -> Result<Box<dyn ClusterHead>, String>,
) -> Result<(), String> {
    let (z, truth) = blobs(4, 40, 3);
    let head = make(4)?;
    let run = |z: &Array2<f32>, seed| {
        head.assign(z.view(), seed)
            .map_err(|e| format!("separated groups: {e}"))
    };
    let first = run(&z, 3)?;
    check_labels(&first, z.nrows(), 4)?;
    ensure(
        same_partition(&first.labels, &truth),
        "separated groups were not found",
    )?;
    ensure(run(&z, 3)? == first, "the same seed gave two answers")?;
    let order: Vec<usize> = (0..z.nrows()).map(|i| i * 37 % z.nrows()).collect();
    let turned = run(&z.select(Axis(0), &order), 3)?;
    let expected: Vec<u32> = order.iter().map(|&i| truth[i]).collect();
    ensure(
        same_partition(&turned.labels, &expected),
        "the order of the rows changed the groups",
    )?;

    let (cloud, _) = blobs(1, 300, 6);
    let many = make(5)?;
    let all = |seed| {
        many.assign(cloud.view(), seed)
            .map_err(|e| format!("one cloud: {e}"))
    };
    let answer = all(1)?;
    check_labels(&answer, 300, 5)?;
    let single = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .map_err(|e| e.to_string())?;
    ensure(
        single.install(|| all(1))? == answer,
        "the number of threads changed the answer",
    )?;

    let refuses = |what: &str, k: usize, z: Array2<f32>| match make(k) {
        Err(_) if k == 0 => Ok(()),
        Err(e) => Err(format!("{what}: {e}")),
        Ok(h) => ensure(
            h.assign(z.view(), 0).is_err(),
            &format!("{what} was accepted"),
        ),
    };
    refuses("an embedding without rows", 2, Array2::zeros((0, 3)))?;
    refuses("an embedding without columns", 2, Array2::zeros((3, 0)))?;
    refuses("zero domains", 0, z.clone())?;
    refuses("a NaN", 2, array![[0.0, 1.0], [f32::NAN, 0.0], [1.0, 1.0]])?;
    refuses(
        "an infinity",
        2,
        array![[0.0, 1.0], [f32::INFINITY, 0.0], [1.0, 1.0]],
    )?;
    refuses(
        "fewer rows than domains",
        4,
        array![[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]],
    )?;
    refuses("equal rows", 2, Array2::ones((10, 3)))
}

/// `groups` groups of `each` rows, far from each other, and their labels.
fn blobs(groups: usize, each: usize, d: usize) -> (Array2<f32>, Vec<u32>) {
    let mut rng = Pcg64::seed_from_u64(7);
    let truth: Vec<u32> = (0..groups * each).map(|i| (i % groups) as u32).collect();
    let z = Array2::from_shape_fn((groups * each, d), |(i, c)| {
        let noise: f32 = (0..6).map(|_| rng.random::<f32>() - 0.5).sum();
        noise
            + 12.0
                * f32::from(u8::from(truth[i] as usize % d == c))
                * (1 + truth[i] as usize / d) as f32
    });
    (z, truth)
}

fn check_labels(a: &Assignment, rows: usize, k: usize) -> Result<(), String> {
    ensure(a.labels.len() == rows, "not one label per row")?;
    ensure(
        (1..=k).contains(&a.n_clusters),
        "n_clusters is not within 1..=k",
    )?;
    let used = |l: usize| a.labels.iter().any(|&x| x as usize == l);
    ensure(
        (0..a.n_clusters).all(used),
        "a label below n_clusters is not used",
    )?;
    ensure(
        a.labels.iter().all(|&l| (l as usize) < a.n_clusters),
        "a label is not below n_clusters",
    )?;
    let Some(confidence) = &a.confidence else {
        return Ok(());
    };
    ensure(confidence.len() == rows, "not one confidence per row")?;
    ensure(
        confidence.iter().all(|&c| c > 0.0 && c <= 1.0),
        "a confidence is not within (0, 1]",
    )
}

/// Whether two labellings have the same groups, with any names.
fn same_partition(a: &[u32], b: &[u32]) -> bool {
    let (mut there, mut back) = (
        std::collections::HashMap::new(),
        std::collections::HashMap::new(),
    );
    a.len() == b.len()
        && a.iter()
            .zip(b)
            .all(|(x, y)| *there.entry(x).or_insert(y) == y && *back.entry(y).or_insert(x) == x)
}

fn ensure(holds: bool, otherwise: &str) -> Result<(), String> {
    if holds {
        Ok(())
    } else {
        Err(otherwise.to_owned())
    }
}
