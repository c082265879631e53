//! Damaged configurations and plans, and options that make no sense.

use super::attempt::{begin, start};
use super::bases::{GoodSlide, quick_run};
use super::campaign::{Try, campaign};
use super::dice::Dice;
use super::{mutate, toml};
use crate::binary::Outcome;

/// Options of the configurations that are damaged, one for each part with settings.
const CONFIGURATIONS: [&str; 18] = [
    "",
    "--no-model --smoothing 2.5",
    "--head kmeans",
    "--preset paper-dlpfc",
    "--preset paper-hbc",
    "--preset paper-mba",
    "--encoder graphst --modulator fsm-low-rank",
    "--encoder stagate --modulator fsm-grouped",
    "--encoder spatial-mgcn --modulator add",
    "--encoder mafn --modulator concat",
    "--encoder sedr --modulator gate",
    "--encoder diffusion --modulator cross-attention",
    "--encoder pca --modulator none --head kmeans",
    "--graph delaunay --semantics random",
    "--graph radius:2 --semantics shuffled --modulator fsm@all",
    "--graph spacing:1.5 --semantics spots:obsm/spatial",
    "--graph directed-knn:3 --semantics llm:http://127.0.0.1:1/v1#m",
    "--semantics table:genes.csv --batch 64",
];

/// A plan with every kind of entry.
const PLAN: &str = r#"name = "study"
output = "out"
preset = "default"
encoders = ["pca", { name = "semst", epochs = 1 }, { name = "stagate", label = "s" }]
floors = ["diffusion"]
modulators = ["none", "fsm", { name = "gate", label = "g" }]
semantics = ["builtin", "shuffled", { source = "random", label = "r" }]
seeds = [0, 1]
epochs = 2
jobs = 1
memory = 8192
heads = ["kmeans", "gmm"]
baseline = [{ modulator = "none" }, { encoder = "pca", modulator = "none" }]

[[datasets]]
path = "slide.h5ad"
name = "made"
truth = "band"
domains = 3
input_is = "counts"
spatial_key = "spatial"

[[external]]
name = "other"
labels = "labels.csv"
"#;

/// Texts for options, next to those of [`mutate::WORDS`].
const VALUES: [&str; 30] = [
    "0",
    "1",
    "2",
    "3",
    "-1",
    "1.5",
    "1e300",
    "-0",
    "1e-300",
    "nan",
    "inf",
    "auto",
    "full",
    "none",
    "obsp:x",
    "obsm/spatial",
    "knn:0",
    "knn:3",
    "knn:1000000000000",
    "radius:1e300",
    "radius:nan",
    "spacing:-1",
    "directed-knn:200",
    "spots:/dev/null",
    "table:/dev/null",
    "band",
    "=",
    "a=b",
    "band=top",
    "/dev/null",
];

/// Options of `semst run` with a value.
const RUN: [&str; 26] = [
    "--domains",
    "--key-added",
    "--preset",
    "--config",
    "--encoder",
    "--modulator",
    "--semantics",
    "--head",
    "--device",
    "--seed",
    "--truth",
    "--n-top-genes",
    "--min-cells",
    "--min-counts",
    "--n-neighbors",
    "--n-spatial-neighbors",
    "--radius",
    "--graph",
    "--learning-rate",
    "--batch",
    "--layer",
    "--input-is",
    "--gene-symbols",
    "--spatial-key",
    "--subset",
    "--memory-mib",
];

#[test]
fn damaged_settings_end_in_an_answer() -> Outcome {
    let good = GoodSlide::new()?;
    let mut bases = Vec::new();
    for options in CONFIGURATIONS {
        let mut args = vec!["run", &*good.path, "--domains", "3"];
        args.extend(options.split_whitespace());
        args.push("--print-config");
        let ended = start(&args, &[])?;
        assert_eq!(ended.code, Some(0), "{options}: {}", ended.stderr);
        bases.push(ended.stdout);
    }
    campaign("settings", 600, |dice, folder| {
        let base = dice.pick(&bases);
        let file = folder.join("config.toml");
        let unknown = dice.one_in(6);
        let text = match unknown {
            true => toml::with_unknown_key(dice, base),
            false => toml::damage(dice, base),
        };
        std::fs::write(&file, &text)?;
        let file = file.display().to_string();
        let out = folder.join("out").display().to_string();
        let mut args = vec!["run", &*good.path, "--config", &file];
        match dice.one_in(8) {
            // Epochs are what the user asks for, however many.
            true => args.extend(["-o", &out, "-q", "--epochs", "1", "--no-interpret"]),
            false => args.push("--print-config"),
        }
        let ended = start(&args, &[])?;
        let ignored = unknown && !ended.is_refusal();
        let fault = ignored.then(|| "ignored an unknown key".to_owned());
        Ok(Try::of(&ended, good.bytes).or_fault(fault))
    })
}

#[test]
fn damaged_plans_end_in_an_answer() -> Outcome {
    let good = GoodSlide::new()?;
    let labels: String = (0..121)
        .map(|at| format!("SPOT{at:02}-1,{}\n", at % 3))
        .collect();
    campaign("plans", 2_200, |dice, folder| {
        std::fs::copy(&good.path, folder.join("slide.h5ad"))?;
        std::fs::write(
            folder.join("labels.csv"),
            format!("barcode,label\n{labels}"),
        )?;
        let unknown = dice.one_in(6);
        let text = match unknown {
            true => toml::with_unknown_key(dice, PLAN),
            false => toml::damage(dice, PLAN),
        };
        let plan = folder.join("plan.toml");
        std::fs::write(&plan, text)?;
        let plan = plan.display().to_string();
        let ended = start(&["ablate", &plan, "--dry-run"], &[])?;
        let ignored = unknown && !ended.is_refusal();
        let fault = ignored.then(|| "ignored an unknown key".to_owned());
        Ok(Try::of(&ended, good.bytes).or_fault(fault))
    })
}

#[test]
fn options_without_sense_end_in_an_answer() -> Outcome {
    let good = GoodSlide::new()?;
    campaign("options", 2_200, |dice, folder| {
        let out = folder.join("out").display().to_string();
        let (mut args, options): (Vec<&str>, &[&str]) = match dice.below(12) {
            0..5 => (vec!["run", &*good.path, "--print-config"], &RUN),
            5 => (quick_run(&good.path, &out), &RUN),
            6 => (
                vec!["demo", "-q", "-o", &out, "--spots", *dice.pick(&SPOTS)],
                &["--seed", "--threads"],
            ),
            7 => (
                vec!["evaluate", &*good.path, "--pred", "band"],
                &["--truth", "--spatial-key", "--pred"],
            ),
            8 => (
                vec!["embed", "spots", &*good.path, "--dry-run"],
                &[
                    "--top-k",
                    "--template",
                    "--format",
                    "--tokens",
                    "--ranking",
                    "--batch-size",
                ],
            ),
            9 => (
                vec![
                    "embed",
                    "genes",
                    "--text",
                    "labels.csv",
                    "-o",
                    "x.npz",
                    "--no-cache",
                    "--retries",
                    "0",
                    "--model",
                    "http://127.0.0.1:1/v1#m",
                ],
                &[
                    "--model",
                    "--model-name",
                    "--timeout",
                    "--concurrency",
                    "--dimensions",
                ],
            ),
            10 => (
                vec![*dice.pick(&COMMANDS), &*good.path],
                &["--output", "-o", "--pred"],
            ),
            _ => (
                vec!["inspect", &*good.path],
                &[
                    "--layer",
                    "--gene-symbols",
                    "--spatial-key",
                    "--subset",
                    "--memory-mib",
                    "--input-is",
                ],
            ),
        };
        for _ in 0..=dice.below(2) {
            let option = *dice.pick(options);
            // Given before: the parser says so, and there is nothing to learn.
            if let Some(at) = args.iter().position(|a| *a == option) {
                args.drain(at..(at + 2).min(args.len()));
            }
            args.extend([option, value(dice)]);
        }
        std::fs::write(folder.join("labels.csv"), "MBP,myelin\nGFAP,glia\n")?;
        let home = folder.display().to_string();
        let running = begin(&args, &[("XDG_CACHE_HOME", &home)], &format!("cd '{home}'"))?;
        Ok(Try::of(&running.end()?, good.bytes))
    })
}

const SPOTS: [&str; 7] = [
    "0",
    "1",
    "2",
    "30",
    "-3",
    "1000000000000",
    "18446744073709551615",
];

const COMMANDS: [&str; 4] = ["report", "completions", "ablate", "help"];

fn value(dice: &mut Dice) -> &'static str {
    // No argument of a program can have a zero byte.
    let value = match dice.one_in(3) {
        true => *dice.pick(&mutate::WORDS),
        false => *dice.pick(&VALUES),
    };
    if value.contains('\u{0}') { "" } else { value }
}
