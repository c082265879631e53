//! Damaged folders of local language models.

use std::path::Path;

use super::attempt::start;
use super::bases::{Base, golden};
use super::campaign::{Try, campaign, say};
use super::dice::Dice;
use super::mutate;
use crate::binary::{Outcome, names};

/// Small models of each kind.
const MODELS: [&str; 2] = ["bert-mean", "qwen3-tied"];

#[test]
fn damaged_models_end_in_an_answer() -> Outcome {
    let mut models = Vec::new();
    for name in MODELS {
        let mut files = Vec::new();
        read(
            &golden("semst-text-models/tests/golden/local").join(name),
            "",
            &mut files,
        )?;
        models.push(files);
    }
    let texts = tempfile::tempdir()?;
    let table = texts.path().join("genes.tsv");
    std::fs::write(
        &table,
        "MBP\tthe gene of myelin\nSNAP25\ta gene of synapses\n",
    )?;
    let table = table.display().to_string();
    let embed = |files: &[Base], folder: &Path| {
        let mut size = 0;
        for file in files {
            size += file.write(&folder.join("model"))?.1;
        }
        let model = folder.join("model").display().to_string();
        let out = folder.join("out.csv").display().to_string();
        let args = [
            "embed",
            "genes",
            "--text",
            &table,
            "--model",
            &model,
            "-o",
            &out,
            "--no-cache",
            "-q",
        ];
        Ok::<_, Box<dyn std::error::Error>>((start(&args, &[])?, size))
    };
    for files in &models {
        let folder = tempfile::tempdir()?;
        let (ended, _) = embed(files, folder.path())?;
        if ended.stderr.contains("feature") {
            say("hostile: models: skipped, the binary is built without the feature local-llm");
            return Ok(());
        }
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    }
    campaign("models", 1_200, |dice, folder| {
        let mut files = dice.pick(&models).clone();
        let at = dice.below(files.len());
        damage(dice, &mut files[at]);
        let (ended, size) = embed(&files, folder)?;
        Ok(Try::of(&ended, size))
    })
}

/// The files of a folder and of those in it.
fn read(folder: &Path, prefix: &str, files: &mut Vec<Base>) -> Outcome {
    for name in names(folder) {
        let path = folder.join(&name);
        match path.is_dir() {
            true => read(&path, &format!("{prefix}{name}/"), files)?,
            false => files.push(Base {
                name: format!("{prefix}{name}"),
                bytes: std::fs::read(path)?,
            }),
        }
    }
    Ok(())
}

fn damage(dice: &mut Dice, file: &mut Base) {
    match dice.below(4) {
        0 if file.name.ends_with(".json") => mutate::text(dice, &mut file.bytes),
        0 | 1 => mutate::bytes(dice, &mut file.bytes),
        _ => mutate::digits(dice, &mut file.bytes),
    }
}
