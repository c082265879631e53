//! Tests on six genes and a modulator that is a matrix.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use ndarray::{Array2, array};
use semst_fsm_modulation::{FsmConfig, Modulator};
use semst_semantic_embedding::{
    CountMatrix, GeneTable, PooledGenes, PooledSpots, SemanticError, SemanticSource,
    SpotExpression, TableOrigin, TermTable,
};

use crate::{GeneSource, InterpretConfig, InterpretError, Interpretation, Subject};

/// z' = z + s W: a modulator as a third party writes it.
#[derive(Module, Debug)]
struct Shift {
    weight: Param<Tensor<2>>,
}

impl Modulator for Shift {
    fn forward(&self, latent: Tensor<2>, semantics: Tensor<2>) -> Tensor<2> {
        latent + semantics.matmul(self.weight.val())
    }
}

fn symbols() -> Vec<String> {
    ["A", "B", "C", "D", "E", "F"].map(String::from).to_vec()
}

/// Vectors that are centred already: A and B lie on the first axis, C and D on the second; F is in no spot.
fn vectors() -> Array2<f32> {
    array![
        [2.0, 0.0],
        [1.0, 0.0],
        [0.0, 2.0],
        [0.0, 1.0],
        [-0.1, -0.1],
        [-2.9, -2.9]
    ]
}

/// Two spots of a domain that has A and B, two of one that has C and D; all have E; all sums are 10.
fn counts() -> CountMatrix {
    CountMatrix::new(
        (4, 6),
        vec![0, 3, 6, 9, 12],
        vec![0, 1, 4, 0, 1, 4, 2, 3, 4, 2, 3, 4],
        vec![1.0, 1.0, 8.0, 1.5, 0.5, 8.0, 1.0, 1.0, 8.0, 1.5, 0.5, 8.0],
    )
}

fn pooled() -> Result<(Array2<f32>, PooledSpots), SemanticError> {
    let table = GeneTable::new(symbols(), vectors(), TableOrigin::new("made here"))?;
    let (symbols, expression) = (symbols(), counts());
    let barcodes = ["a", "b", "c", "d"].map(String::from);
    let spots = SpotExpression {
        expression: &expression,
        symbols: &symbols,
        ids: None,
        barcodes: &barcodes,
    };
    let source = PooledGenes::new(table);
    let pooled = source.decompose(&spots)?.expect("no control");
    Ok((source.spot_embeddings(&spots)?.vectors, pooled))
}

fn told(modulator: &impl Modulator, terms: Option<&TermTable>) -> Result<Interpretation, String> {
    let (semantics, pooled) = pooled().map_err(|e| e.to_string())?;
    let (latent, symbols) = (Array2::ones((4, 3)), symbols());
    let subject = Subject::new(modulator, latent.view(), semantics.view(), &[0, 0, 1, 1]);
    let genes = GeneSource::new(&pooled, &symbols);
    let genes = match terms {
        Some(terms) => genes.with_terms(terms),
        None => genes,
    };
    InterpretConfig::new()
        .with_occlusion(2, 4)
        .interpret(&subject, Some(genes))
        .map_err(|e| e.to_string())
}

fn shift() -> Shift {
    let device = Device::flex().autodiff();
    Shift {
        weight: Param::from_tensor(Tensor::from_floats(
            [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
            &device,
        )),
    }
}

#[test]
fn a_linear_modulation_is_shared_out_by_hand() -> Result<(), String> {
    let told = told(&shift(), None)?;
    for domain in &told.domains {
        assert!(domain.strength > 1.0, "{}", domain.strength);
        assert_eq!(domain.genes.len(), 2);
        let (first, second) = (&domain.genes[0], &domain.genes[1]);
        let names = (first.gene.as_str(), second.gene.as_str());
        let expected = [("A", "B"), ("C", "D")][domain.domain as usize];
        assert_eq!(names, expected);
        assert_eq!((first.here, first.elsewhere), (1.25, 0.0));
        // h ∝ (1, -1), p·h = 0.30 and 0.35: A has (1 · 1.70 + 1.5 · 1.65) / 20, B has (1 · 0.70 + 0.5 · 0.65) / 20.
        let ratio = first.attribution / second.attribution;
        assert!((ratio - 4.175 / 1.025).abs() < 1e-3, "{ratio}");
    }
    Ok(())
}

#[test]
fn taking_the_leading_genes_away_makes_the_answer_fall() -> Result<(), String> {
    for domain in told(&shift(), None)?.domains {
        let check = domain.occlusion.ok_or("no check")?;
        assert_eq!((check.genes, check.random.len()), (2, 4));
        assert!(check.change > 0.0 && check.fall > 0.0, "{check:?}");
    }
    Ok(())
}

#[test]
fn functions_are_those_of_the_leading_genes() -> Result<(), String> {
    let names = ["first axis", "second axis", "neither"]
        .map(String::from)
        .to_vec();
    let vectors = array![[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]];
    let terms =
        TermTable::new(names, vectors, TableOrigin::new("made here")).map_err(|e| e.to_string())?;
    let told = told(&shift(), Some(&terms))?;
    let nearest = |k: usize| told.domains[k].centroid_terms[0].0.as_str();
    assert_eq!((nearest(0), nearest(1)), ("first axis", "second axis"));
    // Six genes are too few for a z-score of 5: nothing is made up.
    assert!(told.domains.iter().all(|d| d.functions.is_empty()));
    assert!(told.domains[0].sentence("x").starts_with("x: A, B"));
    Ok(())
}

#[test]
fn fsm_answers_too_and_the_same_way_twice() -> Result<(), String> {
    let fsm = FsmConfig::new(3, 2)
        .with_d_hidden(64)
        .init(3, &Device::flex().autodiff())
        .map_err(|e| e.to_string())?;
    let first = told(&fsm, None)?;
    assert_eq!(told(&fsm, None)?, first);
    assert!(first.domains.iter().all(|d| d.strength.is_finite()));
    let table = told(&shift(), None)?
        .to_csv(|k| format!("L{k}"))
        .map_err(|e| e.to_string())?;
    assert!(
        table.starts_with("domain,rank,gene,attribution,"),
        "{table}"
    );
    assert!(table.contains("\nL0,1,A,"), "{table}");
    Ok(())
}

#[test]
fn what_does_not_fit_is_named() -> Result<(), SemanticError> {
    let (semantics, pooled) = pooled()?;
    let (modulator, latent, symbols) = (shift(), Array2::ones((4, 3)), symbols());
    let ask = |labels: &[u32]| {
        let subject = Subject::new(&modulator, latent.view(), semantics.view(), labels);
        InterpretConfig::new()
            .interpret(&subject, Some(GeneSource::new(&pooled, &symbols)))
            .unwrap_err()
    };
    assert!(matches!(
        ask(&[0, 0, 0, 0]),
        InterpretError::TooFewDomains { domains: 1 }
    ));
    assert!(ask(&[0, 1]).to_string().contains("expected 2, got 4"));
    Ok(())
}
