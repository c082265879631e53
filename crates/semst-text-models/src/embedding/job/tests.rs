//! Tests: each text is embedded once, in any order, and an interrupted job continues.

use std::sync::atomic::Ordering;

use ndarray::array;
use tempfile::TempDir;

use super::*;
use crate::text_model::lettered::Lettered;

type Outcome = Result<(), Box<dyn std::error::Error>>;

const TEXTS: [&str; 6] = ["A", "CC", "A", "GGG", "TTTT", "CC"];

fn run(model: &Lettered, cache: Option<&EmbeddingCache>) -> Result<Array2<f32>, TextModelError> {
    let requests = TEXTS.map(TextRequest::new);
    EmbeddingJob::new(model)
        .with_cache(cache)
        .run(&requests, &mut |_| {})
}

fn expected() -> Array2<f32> {
    array![
        [1.0, 0.0, 0.0, 0.0, 1.0],
        [0.0, 2.0, 0.0, 0.0, 1.0],
        [1.0, 0.0, 0.0, 0.0, 1.0],
        [0.0, 0.0, 3.0, 0.0, 1.0],
        [0.0, 0.0, 0.0, 4.0, 1.0],
        [0.0, 2.0, 0.0, 0.0, 1.0],
    ]
}

#[test]
fn equal_texts_are_embedded_once_and_told_before() -> Outcome {
    for concurrency in [1, 3, 50] {
        let model = Lettered {
            concurrency,
            ..Lettered::default()
        };
        let mut told = Vec::new();
        let requests = TEXTS.map(TextRequest::new);
        let vectors = EmbeddingJob::new(&model).run(&requests, &mut |p| told.push(p))?;
        assert_eq!(vectors, expected());
        assert_eq!(model.asked.load(Ordering::SeqCst), 4);
        let done: Vec<usize> = told.iter().map(|p| p.done).collect();
        assert_eq!(done, [0, 2, 4]);
        assert_eq!(
            (told[0].texts, told[0].distinct, told[0].pending()),
            (6, 4, 4)
        );
    }
    Ok(())
}

#[test]
fn a_second_job_asks_for_nothing() -> Outcome {
    let folder = TempDir::new()?;
    let cache = EmbeddingCache::open(folder.path())?;
    let model = Lettered::default();
    assert_eq!(run(&model, Some(&cache))?, expected());
    assert_eq!(run(&model, Some(&cache))?, expected());
    assert_eq!(model.asked.load(Ordering::SeqCst), 4);
    // Another model gets its own vectors.
    let other = Lettered {
        spans: true,
        ..Lettered::default()
    };
    run(&other, Some(&cache))?;
    assert_eq!(other.asked.load(Ordering::SeqCst), 4);
    Ok(())
}

#[test]
fn an_interrupted_job_goes_on_where_it_stopped() -> Outcome {
    let folder = TempDir::new()?;
    let cache = EmbeddingCache::open(folder.path())?;
    let tired = Lettered {
        fails_after: Some(2),
        ..Lettered::default()
    };
    let error = run(&tired, Some(&cache)).map_err(|e| e.to_string());
    assert_eq!(error, Err("lettered: is tired".into()));
    assert_eq!(cache.len()?, 2);
    let fresh = Lettered::default();
    assert_eq!(run(&fresh, Some(&cache))?, expected());
    assert_eq!(fresh.asked.load(Ordering::SeqCst), 2);
    Ok(())
}

#[test]
fn a_model_that_breaks_its_word_is_told() -> Outcome {
    let nan = Lettered {
        gives: Some(f32::NAN),
        ..Lettered::default()
    };
    let error = run(&nan, None).map_err(|e| e.to_string());
    let words = "lettered: gives NaN in column 4 for the text \"TTTT\"";
    assert!(
        error.as_ref().is_err_and(|e| e.starts_with(words)),
        "{error:?}"
    );
    // The cache holds vectors of another width under the same name.
    let folder = TempDir::new()?;
    let cache = EmbeddingCache::open(folder.path())?;
    let one = [TextRequest::new("A")];
    EmbeddingJob::new(&Lettered::default())
        .with_cache(Some(&cache))
        .run(&one, &mut |_| {})?;
    let wider = Lettered {
        wider: 3,
        ..Lettered::default()
    };
    let error = run(&wider, Some(&cache)).map_err(|e| e.to_string());
    let words = "lettered: gives vectors of 5 and of 8 numbers";
    assert!(
        error.as_ref().is_err_and(|e| e.starts_with(words)),
        "{error:?}"
    );
    Ok(())
}

#[test]
fn no_texts_are_no_rows() -> Outcome {
    let none = EmbeddingJob::new(&Lettered::default()).run(&[], &mut |_| {})?;
    assert_eq!(none.dim(), (0, 0));
    Ok(())
}
