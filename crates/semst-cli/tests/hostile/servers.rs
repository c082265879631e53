//! Servers that misbehave: the vectors are right, or there are none.

use super::attempt::start;
use super::campaign::{Try, campaign, say};
use super::dice::Dice;
use super::misbehaviour::{KEY, KINDS, misbehave};
use super::server::Server;
use crate::binary::Outcome;
use crate::made::Made;

#[test]
fn misbehaving_servers_end_in_an_answer() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (table, size) = genes(folder.path())?;
    if !is_built_in(&table)? {
        say("hostile: servers: skipped, the binary is built without the feature served");
        return Ok(());
    }
    campaign("servers", 200, |dice, folder| {
        let (kind, salt) = (dice.below(KINDS), dice.seed());
        let server = Server::start(move |nth, body, stream| {
            misbehave(kind, &mut Dice::new(salt, "connection", nth), body, stream)
        })?;
        let url = match dice.one_in(4) {
            true => server.url.clone(),
            false => format!("{}#m", server.url),
        };
        let out = folder.join("vectors.csv");
        let target = out.display().to_string();
        let retries = if dice.one_in(12) { "1" } else { "0" };
        let parallel = if dice.one_in(4) { "3" } else { "1" };
        let args = [
            "embed",
            "genes",
            "--text",
            &table,
            "--model",
            &url,
            "-o",
            &target,
            "--no-cache",
            "--batch-size",
            "4",
            "--timeout",
            "0.3",
            "--retries",
            retries,
            "--concurrency",
            parallel,
        ];
        let ended = start(&args, &[("SEMST_API_KEY", KEY), ("NO_PROXY", "127.0.0.1")])?;
        let written = std::fs::read_to_string(&out).unwrap_or_default();
        let words = [&ended.stdout, &ended.stderr, &written];
        let fault = match () {
            () if words.iter().any(|w| w.contains(KEY)) => Some("the key is shown".into()),
            () if ended.is_refusal() && out.exists() => Some("refused, and wrote a file".into()),
            () if !numbers_are_finite(&written) => Some(format!("wrote {written:.300}")),
            () => None,
        };
        Ok(Try::of(&ended, size).or_fault(fault))
    })
}

/// Whether the binary talks to servers at all.
fn is_built_in(table: &str) -> Outcome<bool> {
    let args = [
        "embed",
        "genes",
        "--text",
        table,
        "--model",
        "http://127.0.0.1:1/v1#m",
        "-o",
        "x.csv",
        "--no-cache",
        "--retries",
        "0",
    ];
    Ok(!start(&args, &[])?.stderr.contains("feature"))
}

/// Texts of genes.
fn genes(folder: &std::path::Path) -> Outcome<(String, u64)> {
    let path = folder.join("genes.tsv");
    let genes = Made::default().genes;
    let text: String = genes
        .iter()
        .map(|g| format!("{g}\tthe gene {g}\n"))
        .collect();
    std::fs::write(&path, &text)?;
    Ok((path.display().to_string(), text.len() as u64))
}

fn numbers_are_finite(table: &str) -> bool {
    let numbers = table.lines().flat_map(|line| line.split(',').skip(1));
    numbers
        .filter_map(|n| n.parse::<f64>().ok())
        .all(f64::is_finite)
}
