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
    let short = "{ label = \"short\", name = \"gmm\", starts = 10, finalists = 3, improved = 1, rounds = 0, tolerance = 1e-6 }";
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
