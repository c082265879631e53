//! Tests of valid and invalid plans.

use super::{Baseline, Plan};
use semst::clustering::HeadConfig;

const DATA: &str = "[[datasets]]\npath = \"a.h5ad\"\ntruth = \"layer\"\n";

#[track_caller]
fn refused(head: &str, part: &str) {
    let text = format!("name = \"x\"\n{head}\n{DATA}");
    let error = Plan::from_toml(&text)
        .expect_err("no such plan")
        .to_string();
    assert!(error.contains(part), "`{error}` says nothing of `{part}`");
}

#[test]
fn a_plan_is_read() -> Result<(), Box<dyn std::error::Error>> {
    let text = format!(
        r#"
        name = "x"
        encoders = ["semst", {{ label = "narrow", name = "stagate", d_latent = 16, epochs = 5 }}]
        modulators = ["none", {{ label = "wide", name = "fsm", ratio = 2.0 }}]
        floors = ["pca"]
        seeds = [4, 7]
        baseline = {{ modulator = "none" }}
        {DATA}"#
    );
    let plan = Plan::from_toml(&text)?;
    assert_eq!(plan.seeds.list(), [4, 7]);
    let heads: Vec<&str> = plan.heads.iter().map(|h| h.label.as_str()).collect();
    assert_eq!(heads, ["gmm", "kmeans"]);
    assert_eq!(plan.encoders[1].label, "narrow");
    assert_eq!(
        (plan.encoders[1].epochs, plan.encoders[1].plain),
        (Some(5), false)
    );
    assert_eq!(plan.modulators[1].label, "wide");
    assert_eq!(plan.datasets[0].name(), "a");
    let baseline = Baseline {
        modulator: Some("none".into()),
        ..Baseline::default()
    };
    assert_eq!(plan.baseline, [baseline]);
    Ok(())
}

#[test]
fn a_head_takes_settings() -> Result<(), Box<dyn std::error::Error>> {
    let short = "{ label = \"short\", name = \"gmm\", starts = 10, hierarchy_rows = 1000, finalists = 3, improved = 1, rounds = 0, tolerance = 1e-6 }";
    let text = format!("name = \"x\"\nencoders = [\"pca\"]\nheads = [\"gmm\", {short}]\n{DATA}");
    let heads = Plan::from_toml(&text)?.heads;
    assert!(heads[0].plain && !heads[1].plain);
    assert_eq!(heads[1].label, "short");
    let full = heads[0].config.clone();
    assert_eq!(heads[1].config, full.short_search());
    Ok(())
}

#[test]
fn what_is_wrong_is_named() {
    refused("encoders = [\"gat\"]", "no encoder is called `gat`");
    refused(
        "encoders = [{ name = \"stagate\", d_latnt = 3 }]",
        "d_latnt",
    );
    refused("encoders = [\"semst\", \"semst\"]", "`semst` twice");
    refused(
        "encoders = [\"semst\"]\nheads = [\"mclust\"]",
        "no head is called `mclust`",
    );
    let head = |settings: &str| {
        format!("encoders = [\"semst\"]\nheads = [{{ name = \"gmm\", {settings} }}]")
    };
    refused(&head("strats = 3"), "unknown field `strats`");
    refused(&head("clusters = 3"), "unknown field `clusters`");
    refused(&head("finalists = 0"), "finalists");
    refused(
        "encoders = [\"semst\"]\nheads = [{ starts = 3 }]",
        "needs its `name`",
    );
    refused(
        "encoders = [\"semst\"]\nheads = [\"gmm\", { name = \"gmm\", starts = 3 }]",
        "`gmm` twice",
    );
    let host = |settings: &str| format!("encoders = [{{ name = \"semst\", {settings} }}]");
    refused(
        &host("modulations = [\"fms\"]"),
        "`fms` is none of the plan",
    );
    refused(&host("preprocess = { n_top_gene = 300 }"), "n_top_gene");
    refused(
        &host("preprocess = { scale = { max = 10.0 } }"),
        "unknown field `max`",
    );
    refused(
        &host("spatial_graph = { graph = \"knn\", k = 6, n = 3 }"),
        "unknown field `n`",
    );
    refused(
        &host("spatial_graph = { graph = \"spacing\", spacings = 1.1, self = true }"),
        "unknown field `self`",
    );
    refused(
        "encoders = [\"semst\"]\nmodulations = [{ name = \"fsm\", ratio = 2.0, wide = true }]",
        "unknown field `wide`",
    );
    refused(
        "external = [{ name = \"peer\", labels = { b = \"x.csv\" } }]",
        "`peer` has a place for `b`",
    );
    let row = |settings: &str| format!("external = [{{ name = \"peer\", {settings} }}]");
    refused(
        &row("labels = \"a\", command = \"b\""),
        "exactly one of embedding, labels, command",
    );
    refused(&row("labels = \"a\", timeout = 3"), "no setting `timeout`");
    refused(&row("command = \"a\", timout = 3"), "timout");
    refused(&row("command = \"a\", timeout = 0"), "above 0 seconds");
    refused(&row("command = []"), "`command` is empty");
    refused(&row("command = \"a\", like = \"gat\""), "called `gat`");
    refused(&row("command = \"a\", output = \"pkl\""), "pkl");
    refused("external = [{ command = \"a\" }]", "needs its `name`");
    refused("encoders = [\"semst\"]\nmodulations = [\"film\"]", "`film`");
    refused("encoders = [\"semst\"]\nsemantics = [\"gpt\"]", "`gpt`");
    refused("encoders = [\"semst\"]\npreset = \"papr\"", "`papr`");
    refused(
        "encoders = [\"semst\"]\nbaseline = { encoder = \"sedr\" }",
        "baseline.encoder",
    );
    refused("encoders = [\"semst\"]\nseeds = 0", "`seeds` is empty");
    refused(
        "encoders = [\"semst\"]\nseeds = 1000000000000",
        "at most 10000",
    );
    refused("", "`encoders` is empty");
    refused("encoders = [\"semst\"]\nepoch = 3", "epoch");
}

/// A plan with every field. The values of entries that have several forms are the longer ones.
const EVERYTHING: &str = r#"
name = "x"
output = "out"
preset = "default"
seeds = [0, 1]
epochs = 3
jobs = 1
memory = 4000
baseline = [{ encoder = "semst", modulator = "none", semantics = "builtin" }]
encoders = [
    "semst",
    { label = "narrow", name = "stagate", d_latent = 16, epochs = 5, learning_rate = 0.1, n_neighbors = 5, modulators = ["none"], spatial_graph = { graph = "knn", k = 6 } },
]
floors = ["pca"]
modulators = ["none", { label = "wide", name = "fsm", ratio = 2.0 }]
semantics = ["builtin", { label = "idf", source = "builtin", pooling = { kind = "tf_idf" } }]
heads = ["gmm", { label = "short", name = "gmm", starts = 10, finalists = 3, improved = 1, rounds = 0, tolerance = 1e-6 }]

[[external]]
name = "peer"
command = ["a", "b"]
like = "stagate"
n_neighbors = 3
timeout = 3.5
output = "csv"
files = ["c"]
keep = "kept"

[[external]]
name = "labels"
labels = { a = "b.csv" }

[[datasets]]
path = "a.h5ad"
name = "a"
truth = "layer"
domains = 3
layer = "counts"
input_is = "counts"
gene_symbols = "symbol"
spatial_key = "spatial"
subset = "a=b"
one_slide = true
preset = "default"
"#;

/// Every value that is neither a table nor a list, with its path.
fn leaves(value: &toml::Value, path: &str, found: &mut Vec<(String, Vec<String>)>, at: &[String]) {
    let inner = |key: &str| [at, &[key.to_string()]].concat();
    match value {
        toml::Value::Table(table) => {
            for (key, item) in table {
                let path = format!("{path}.{key}");
                leaves(item, path.trim_start_matches('.'), found, &inner(key));
            }
        }
        toml::Value::Array(items) => {
            for (nth, item) in items.iter().enumerate() {
                leaves(
                    item,
                    &format!("{path}[{nth}]"),
                    found,
                    &inner(&nth.to_string()),
                );
            }
        }
        _ => found.push((path.into(), at.to_vec())),
    }
}

#[test]
fn a_value_of_the_wrong_type_is_named_by_its_path() -> Result<(), Box<dyn std::error::Error>> {
    Plan::from_toml(EVERYTHING)?;
    let whole: toml::Value = toml::Value::Table(toml::from_str(EVERYTHING)?);
    let (mut found, mut wrong) = (Vec::new(), Vec::new());
    leaves(&whole, "", &mut found, &[]);
    assert!(found.len() >= 60, "{} fields", found.len());
    for (path, keys) in &found {
        for new in [toml::Value::Float(-1.5), toml::Value::Boolean(false)] {
            let mut changed = whole.clone();
            let place =
                keys.iter()
                    .try_fold(&mut changed, |value, key| match key.parse::<usize>() {
                        Ok(nth) => value.get_mut(nth),
                        Err(_) => value.get_mut(key),
                    });
            let place = place.ok_or("no such field")?;
            if place.type_str() == new.type_str() {
                continue;
            }
            *place = new;
            let text = toml::to_string(&changed)?;
            let said =
                Plan::from_toml(&text).map_or_else(|e| e.to_string(), |_| "it is accepted".into());
            // A value of a list may be named by its list.
            let list = path.rsplit_once('[').filter(|_| path.ends_with(']'));
            let names = [Some(&**path), list.map(|(list, _)| list)];
            let named = names
                .iter()
                .flatten()
                .any(|name| said.contains(&format!("`{name}`: ")));
            if !(named && said.contains("line ")) {
                wrong.push(format!("{path}: {said}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}
