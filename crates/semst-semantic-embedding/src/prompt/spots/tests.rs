//! Tests: what the model reads, which tokens count, and what is recorded.

use std::sync::Mutex;
use std::sync::atomic::Ordering;

use ndarray::array;
use tempfile::TempDir;

use super::*;
use crate::text_model::lettered::Lettered;
use crate::{ColumnScale, CountMatrix, PromptTemplate};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Four spots: A C, C A, nothing, A C; the genes are called AA, C and GT.
fn semantics(
    source: &PromptedSpots,
    watch: &mut dyn FnMut(EmbeddingProgress),
) -> Result<Semantics, SemanticError> {
    let symbols = ["AA", "C", "GT"].map(String::from);
    let barcodes = ["1", "2", "3", "4"].map(String::from);
    let expression = CountMatrix::new(
        (4, 3),
        vec![0, 2, 4, 4, 6],
        vec![0, 1, 0, 1, 0, 1],
        vec![5.0, 1.0, 1.0, 5.0, 3.0, 2.0],
    );
    let spots = SpotExpression {
        expression: &expression,
        symbols: &symbols,
        ids: None,
        barcodes: &barcodes,
    };
    source.embed(&spots, watch)
}

fn source(model: Lettered) -> PromptedSpots {
    let template = PromptTemplate::parse("TTT\n---\n{genes}");
    PromptedSpots::new(Arc::new(model))
        .with_config(PromptConfig::default().with_template(template))
        .with_scaling(Scaling::new(ColumnScale::Keep))
}

#[test]
fn all_tokens_or_those_of_the_genes() -> Outcome {
    let whole = semantics(&source(Lettered::default()), &mut |_| {})?;
    let row = [2.0, 1.0, 0.0, 3.0, 1.0];
    assert_eq!(whole.vectors, array![row, row, row, row]);
    let spanning = Lettered {
        spans: true,
        ..Lettered::default()
    };
    let mut genes = source(spanning);
    genes.config.tokens = PooledTokens::Genes;
    let row = [2.0, 1.0, 0.0, 0.0, 1.0];
    assert_eq!(
        semantics(&genes, &mut |_| {})?.vectors,
        array![row, row, row, row]
    );
    let mut served = source(Lettered::default());
    served.config.tokens = PooledTokens::Genes;
    let error = semantics(&served, &mut |_| {}).map_err(|e| e.to_string());
    assert!(
        error.as_ref().is_err_and(|e| e.contains("pool all tokens")),
        "{error:?}"
    );
    Ok(())
}

#[test]
fn equal_prompts_are_one_and_bare_spots_are_not_asked_about() -> Outcome {
    let folder = TempDir::new()?;
    let mut told = Vec::new();
    let prompted =
        source(Lettered::default()).with_cache(Some(EmbeddingCache::open(folder.path())?));
    let made = semantics(&prompted, &mut |p| told.push((p.texts, p.known, p.done)))?;
    assert_eq!(told, [(2, 0, 0), (2, 0, 2)]);
    told.clear();
    let again = semantics(&prompted, &mut |p| told.push((p.texts, p.known, p.done)))?;
    assert_eq!(told, [(2, 2, 0)]);
    assert_eq!(made.vectors, again.vectors);
    assert_eq!(made.provenance.spots_without_genes, Some(1));
    Ok(())
}

#[test]
fn provenance_says_all() -> Outcome {
    let chatting = Lettered {
        chat: true,
        ..Lettered::default()
    };
    let made = semantics(&source(chatting).with_ranked_on("counts"), &mut |_| {})?;
    let p = &made.provenance;
    assert_eq!(p.source, "prompted spots: lettered");
    assert_eq!(p.checksum.as_deref(), Some("lettered false"));
    assert_eq!(
        p.recipe.as_deref(),
        Some(
            "the 10 highest genes of a spot, highest first, in a prompt; pooled as the model does"
        )
    );
    let record = p.prompts.as_ref().ok_or("no record")?;
    assert_eq!(
        (
            record.distinct,
            record.config.format,
            record.ranked_on.as_deref()
        ),
        (2, PromptFormat::ChatMl, Some("counts"))
    );
    let json = serde_json::to_value(record)?;
    assert_eq!(
        (&json["top_k"], &json["template"]["system"]),
        (&10.into(), &"TTT".into())
    );
    Ok(())
}

#[test]
fn the_default_centres_the_shared_words_away() -> Outcome {
    let source = source(Lettered::default()).with_scaling(Scaling::default());
    let made = semantics(&source, &mut |_| {})?;
    assert!(
        made.vectors.iter().all(|v| v.abs() < 1e-6),
        "{:?}",
        made.vectors
    );
    Ok(())
}

#[test]
fn shuffled_names_are_a_control() -> Outcome {
    struct Keeping(Mutex<Vec<String>>);
    impl TextModel for Keeping {
        fn name(&self) -> &str {
            "keeping"
        }
        fn checksum(&self) -> String {
            "keeping".into()
        }
        fn batch_size(&self) -> usize {
            9
        }
        fn embed(&self, batch: &[TextRequest<'_>]) -> Result<Array2<f32>, SemanticError> {
            let mut kept = self
                .0
                .lock()
                .map_err(|_| SemanticError::model("keeping", "lock"))?;
            kept.extend(batch.iter().map(|r| r.text.to_owned()));
            Ok(Array2::ones((batch.len(), 1)))
        }
    }
    let read = |seed: Option<u64>| -> Result<Vec<String>, Box<dyn std::error::Error>> {
        let model = Arc::new(Keeping(Mutex::default()));
        let template = PromptTemplate::parse("{genes}");
        let source = PromptedSpots::new(model.clone())
            .with_config(PromptConfig::default().with_template(template))
            .with_shuffled_names(seed);
        semantics(&source, &mut |_| {})?;
        let kept = model.0.lock().map_err(|_| "lock")?.clone();
        Ok(kept)
    };
    assert_eq!(read(None)?, ["AA, C", "C, AA"]);
    let shuffled = (0..20)
        .map(|seed| read(Some(seed)))
        .collect::<Result<Vec<_>, _>>()?;
    assert!(shuffled.iter().any(|s| s[0].contains("GT")), "{shuffled:?}");
    assert_eq!(read(Some(3))?, shuffled[3]);
    Ok(())
}

#[test]
fn no_gene_anywhere_is_told() {
    let symbols = ["A"].map(String::from);
    let barcodes = ["1"].map(String::from);
    let expression = CountMatrix::zero((1, 1));
    let spots = SpotExpression {
        expression: &expression,
        symbols: &symbols,
        ids: None,
        barcodes: &barcodes,
    };
    let model = Arc::new(Lettered::default());
    let made = PromptedSpots::new(model.clone()).spot_embeddings(&spots);
    assert!(made.is_err_and(|e| e.to_string().contains("spots that express a gene")));
    assert_eq!(model.asked.load(Ordering::SeqCst), 0);
}
