//! Tests: the vectors of a model are scaled and recorded, and permuted names are a control.

use super::*;
use ndarray::Array2;
use semst_semantic_embedding::ColumnScale;
use semst_text_models::{PromptFormat, PromptTemplate, TextModelError, TextRequest};
use std::sync::Mutex;

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Records the texts that it reads; all texts get the same vector.
#[derive(Default)]
struct Keeping {
    texts: Mutex<Vec<String>>,
}

impl TextModel for Keeping {
    fn name(&self) -> &str {
        "keeping"
    }

    fn checksum(&self) -> String {
        "keeping 1".into()
    }

    fn batch_size(&self) -> usize {
        9
    }

    fn embed(&self, batch: &[TextRequest<'_>]) -> Result<Array2<f32>, TextModelError> {
        let texts = self.texts.lock();
        let mut texts = texts.map_err(|_| TextModelError::model("keeping", "lock"))?;
        texts.extend(batch.iter().map(|r| r.text.to_owned()));
        Ok(Array2::ones((batch.len(), 2)))
    }
}

/// Four spots: A C, C A, no genes, A C; the genes are called AA, C and GT.
fn read(
    model: &Arc<Keeping>,
    scaling: Scaling,
    seed: Option<u64>,
) -> Result<(Semantics, Vec<String>), Box<dyn std::error::Error>> {
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
    let template = PromptTemplate::parse("{genes}");
    let source = PromptedSpots::new(model.clone())
        .with_config(PromptConfig::default().with_template(template))
        .with_ranked_on("counts");
    let made = read_spots(&source, model.as_ref(), &spots, scaling, seed, &mut |_| {})?;
    let texts = std::mem::take(&mut *model.texts.lock().map_err(|_| "lock")?);
    Ok((made, texts))
}

#[test]
fn provenance_says_all() -> Outcome {
    let model = Arc::new(Keeping::default());
    let (made, _) = read(&model, Scaling::new(ColumnScale::Keep), None)?;
    assert_eq!(made.vectors, Array2::<f32>::ones((4, 2)));
    let p = &made.provenance;
    assert_eq!(p.source, "prompted spots: keeping");
    assert_eq!(p.checksum.as_deref(), Some("keeping 1"));
    assert_eq!(p.spots_without_genes, Some(1));
    assert_eq!(
        p.recipe.as_deref(),
        Some(
            "the 10 highest genes of a spot, highest first, in a prompt; pooled as the model does"
        )
    );
    let record = p.prompts.as_ref().ok_or("no record")?;
    assert_eq!(record["distinct"], 2);
    assert_eq!(record["format"], serde_json::to_value(PromptFormat::Plain)?);
    assert_eq!(record["ranked_on"], "counts");
    Ok(())
}

#[test]
fn the_default_centres_the_shared_words_away() -> Outcome {
    let (made, _) = read(&Arc::default(), Scaling::default(), None)?;
    assert!(
        made.vectors.iter().all(|v| v.abs() < 1e-6),
        "{:?}",
        made.vectors
    );
    Ok(())
}

#[test]
fn shuffled_names_are_a_control() -> Outcome {
    let model = Arc::new(Keeping::default());
    let read = |seed| read(&model, Scaling::default(), seed);
    assert_eq!(read(None)?.1, ["AA, C", "C, AA"]);
    let shuffled = (0..20)
        .map(|seed| Ok(read(Some(seed))?.1))
        .collect::<Result<Vec<_>, Box<dyn std::error::Error>>>()?;
    assert!(shuffled.iter().any(|s| s[0].contains("GT")), "{shuffled:?}");
    let (made, texts) = read(Some(3))?;
    assert_eq!(texts, shuffled[3]);
    assert_eq!(made.provenance.control, Some(Control::Shuffled));
    assert_eq!(made.provenance.seed, Some(3));
    Ok(())
}
