//! Tests: the texts that the model reads, the tokens that are pooled, and the record.

use std::sync::atomic::Ordering;

use ndarray::array;
use tempfile::TempDir;

use super::*;
use crate::PromptTemplate;
use crate::text_model::lettered::Lettered;

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Four spots: A C, C A, no genes, A C; the genes are called AA, C and GT.
fn made(
    source: &PromptedSpots,
    watch: &mut dyn FnMut(EmbeddingProgress),
) -> Result<PromptedVectors, TextModelError> {
    let symbols = ["AA", "C", "GT"].map(String::from);
    let spots = SpotGenes {
        symbols: &symbols,
        highest: &[vec![0, 1], vec![1, 0], vec![], vec![0, 1]],
    };
    source.embed(&spots, watch)
}

fn source(model: Lettered) -> PromptedSpots {
    let template = PromptTemplate::parse("TTT\n---\n{genes}");
    PromptedSpots::new(Arc::new(model)).with_config(PromptConfig::default().with_template(template))
}

#[test]
fn all_tokens_or_those_of_the_genes() -> Outcome {
    let whole = made(&source(Lettered::default()), &mut |_| {})?;
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
        made(&genes, &mut |_| {})?.vectors,
        array![row, row, row, row]
    );
    let mut served = source(Lettered::default());
    served.config.tokens = PooledTokens::Genes;
    let error = made(&served, &mut |_| {}).map_err(|e| e.to_string());
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
    let first = made(&prompted, &mut |p| told.push((p.texts, p.known, p.done)))?;
    assert_eq!(told, [(2, 0, 0), (2, 0, 2)]);
    told.clear();
    let again = made(&prompted, &mut |p| told.push((p.texts, p.known, p.done)))?;
    assert_eq!(told, [(2, 2, 0)]);
    assert_eq!(first.vectors, again.vectors);
    assert_eq!(first.spots_without_genes, 1);
    Ok(())
}

#[test]
fn the_record_says_how_prompts_were_written() -> Outcome {
    let chatting = Lettered {
        chat: true,
        ..Lettered::default()
    };
    let vectors = made(&source(chatting).with_ranked_on("counts"), &mut |_| {})?;
    assert_eq!(vectors.pooling, "pooled as the model does");
    let record = &vectors.record;
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
fn no_gene_anywhere_is_an_error() {
    let symbols = ["A"].map(String::from);
    let spots = SpotGenes {
        symbols: &symbols,
        highest: &[vec![]],
    };
    let model = Arc::new(Lettered::default());
    let vectors = PromptedSpots::new(model.clone()).embed(&spots, &mut |_| {});
    assert!(vectors.is_err_and(|e| e.to_string().contains("spots that express a gene")));
    assert_eq!(model.asked.load(Ordering::SeqCst), 0);
}
