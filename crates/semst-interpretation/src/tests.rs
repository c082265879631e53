//! Tests on six genes and a modulator that is a matrix.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use ndarray::{Array2, array, s};
use semst_fsm_modulation::{Fsm, FsmConfig, Modulator};
use semst_semantic_embedding::{
    CountMatrix, GeneTable, GeneVectors, LookupReport, PooledGenes, PooledSpots, SemanticError,
    SemanticSource, SpotExpression, TableOrigin, TermTable,
};

use crate::attribution::attribute;
use crate::centroid;
use crate::function::FunctionFinder;
use crate::response::Answers;
use crate::{GeneSource, InterpretConfig, InterpretError, Interpretation, Subject, gene_table};

/// Features of the latent.
const D_LATENT: usize = 3;

/// z' = z + s W: a modulator of a third party.
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

/// Vectors that are already centred: A and B are on the first axis, C and D on the second; F is in no spot.
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
    pooled_from(vectors())
}

fn pooled_from(vectors: Array2<f32>) -> Result<(Array2<f32>, PooledSpots), SemanticError> {
    let table = GeneTable::new(symbols(), vectors, TableOrigin::new("made here"))?;
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

fn interpreted(
    modulator: &impl Modulator,
    terms: Option<&TermTable>,
) -> Result<Interpretation, String> {
    told_from(vectors(), modulator, terms)
}

fn told_from(
    vectors: Array2<f32>,
    modulator: &impl Modulator,
    terms: Option<&TermTable>,
) -> Result<Interpretation, String> {
    let (semantics, pooled) = pooled_from(vectors).map_err(|e| e.to_string())?;
    let (latent, symbols) = (Array2::ones((4, D_LATENT)), symbols());
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
    let interpreted = interpreted(&shift(), None)?;
    for domain in &interpreted.domains {
        assert!(domain.strength > 1.0, "{}", domain.strength);
        assert_eq!(domain.genes.len(), 2);
        let (first, second) = (&domain.genes[0], &domain.genes[1]);
        let names = (first.gene.as_str(), second.gene.as_str());
        let expected = [("A", "B"), ("C", "D")][domain.domain as usize];
        assert_eq!(names, expected);
        assert_eq!((first.here, first.elsewhere), (1.25, 0.0));
        // h ∝ (1, -1), and p·h is between -0.35 and 0.35, around 0 on the paths: A has about 1.25 · 2, B 0.75 · 1.
        let ratio = first.attribution / second.attribution;
        assert!((ratio - 2.5 / 0.75).abs() < 0.3, "{ratio}");
    }
    Ok(())
}

#[test]
fn taking_the_leading_genes_away_makes_the_answer_fall() -> Result<(), String> {
    for domain in interpreted(&shift(), None)?.domains {
        let check = domain.occlusion.ok_or("no check")?;
        assert_eq!((check.genes, check.random.len()), (2, 4));
        assert!(check.change > 0.0 && check.fall > 0.0, "{check:?}");
    }
    Ok(())
}

#[test]
fn no_function_is_made_up() -> Result<(), String> {
    let names = ["first axis", "second axis", "neither"]
        .map(String::from)
        .to_vec();
    let vectors = array![[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]];
    let terms =
        TermTable::new(names, vectors, TableOrigin::new("made here")).map_err(|e| e.to_string())?;
    let interpreted = interpreted(&shift(), Some(&terms))?;
    // Six genes are too few for a z-score of 5, so no function is named.
    assert!(interpreted.domains.iter().all(|d| d.functions.is_empty()));
    assert_eq!(interpreted.domains[0].sentence("x"), "x: modulated by A, B");
    Ok(())
}

/// The same vectors, padded with zeros. The head of an FSM is half as wide as the semantics, and its only unit for two axes may
/// be zero for all spots (it is at seed 3), so that all have the same response and no domain differs.
fn wide() -> Array2<f32> {
    let mut wide = Array2::zeros((6, 32));
    wide.slice_mut(s![.., ..2]).assign(&vectors());
    wide
}

fn fsm(d_semantics: usize) -> Result<Fsm, String> {
    FsmConfig::new(D_LATENT, d_semantics)
        .with_d_hidden(64)
        .init(3, &Device::flex().autodiff())
        .map_err(|e| e.to_string())
}

#[test]
fn fsm_answers_too_and_the_same_way_twice() -> Result<(), String> {
    let first = told_from(wide(), &fsm(32)?, None)?;
    assert_eq!(told_from(wide(), &fsm(32)?, None)?, first);
    for domain in &first.domains {
        assert!(domain.strength > 1.0, "{}", domain.strength);
        let names: Vec<&str> = domain.genes.iter().map(|g| g.gene.as_str()).collect();
        let expected = [["A", "B"], ["C", "D"]][domain.domain as usize];
        assert_eq!(names, expected);
    }
    let table = gene_table(&interpreted(&shift(), None)?.domains, |k| format!("L{k}"))
        .map_err(|e| e.to_string())?;
    assert!(
        table.starts_with("domain,rank,gene,attribution,"),
        "{table}"
    );
    assert!(table.contains("\nL0,1,A,"), "{table}");
    Ok(())
}

#[test]
fn attributions_add_up_to_the_difference_from_the_others() -> Result<(), String> {
    let (semantics, pooled) = pooled_from(wide()).map_err(|e| e.to_string())?;
    let (latent, symbols, fsm) = (Array2::ones((4, D_LATENT)), symbols(), fsm(32)?);
    let subject = Subject::new(&fsm, latent.view(), semantics.view(), &[0, 0, 1, 1]);
    let source = GeneSource::new(&pooled, &symbols);
    let answers = Answers::of(&subject).map_err(|e| e.to_string())?;
    let scores = attribute(&subject, &source, &answers, 0).map_err(|e| e.to_string())?;
    for (scores, strength) in scores.iter().zip(&answers.strengths) {
        let sum: f64 = scores.attribution.iter().sum();
        assert!((sum - strength).abs() < 0.1 * strength, "{sum} {strength}");
    }
    Ok(())
}

#[test]
fn genes_that_move_the_centroid_are_weighed_by_hand() -> Result<(), String> {
    let (semantics, pooled) = pooled().map_err(|e| e.to_string())?;
    let (latent, symbols, shift) = (Array2::ones((4, D_LATENT)), symbols(), shift());
    let subject = Subject::new(&shift, latent.view(), semantics.view(), &[0, 0, 1, 1]);
    let source = GeneSource::new(&pooled, &symbols);
    let answers = Answers::of(&subject).map_err(|e| e.to_string())?;
    let scores = attribute(&subject, &source, &answers, 0).map_err(|e| e.to_string())?;
    let weights = centroid::weights(&source, subject.labels, &scores);
    // Δp is (0.325, -0.325), p̄·Δp is 0: A has 1.25 · 0.65, B has 0.75 · 0.325, and C to F are not higher here.
    let expected = [0.8125, 0.24375, 0.0, 0.0, 0.0, 0.0];
    for (got, expected) in weights[0].iter().zip(expected) {
        assert!((got - expected).abs() < 1e-5, "{:?}", weights[0]);
    }
    Ok(())
}

#[test]
fn a_function_is_what_several_genes_share() -> Result<(), SemanticError> {
    // Four genes of a hundred and one are on the first axis, where a term is.
    let mut vectors = Array2::zeros((101, 3));
    for (gene, mut vector) in vectors.outer_iter_mut().enumerate() {
        vector[if gene < 4 { 0 } else { 1 + gene % 2 }] = 1.0;
    }
    let genes = GeneVectors {
        vectors,
        columns: (0..101).collect(),
        report: LookupReport::default(),
    };
    let symbols: Vec<String> = (0..101).map(|g| format!("G{g}")).collect();
    let names = ["first axis", "second axis"].map(String::from).to_vec();
    let places = array![[2.0, 0.0, 0.0], [0.0, 1.0, 0.0]];
    let terms = TermTable::new(names, places, TableOrigin::new("made here"))?;
    let finder = FunctionFinder::new(&genes, &symbols, &terms);
    let weights = |of: &[usize]| {
        let mut weights = vec![0.0; 101];
        of.iter().for_each(|g| weights[*g] = 1.0);
        weights
    };
    let interpreted = finder.functions(&[weights(&[0, 1, 2, 3]), weights(&[0])], 5);
    let function = &interpreted[0][0];
    assert_eq!(
        (interpreted[0].len(), function.term.as_str()),
        (1, "first axis")
    );
    assert_eq!(function.genes, ["G0", "G1", "G2", "G3"]);
    // P is 0.8 for four genes: (3 · 0.8 - 4 · 3.2/101) / (√(4 - 16/101) · (√(4 · 0.64/101 - (3.2/101)²) + 0.001)).
    assert!((function.z - 7.3867).abs() < 1e-3, "{}", function.z);
    assert!(interpreted[1].is_empty(), "one gene is no function");
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
