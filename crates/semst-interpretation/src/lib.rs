//! Finds the genes and functions that a semantic modulator responds to, for each domain.
//!
//! ```
//! use burn::tensor::Device;
//! use ndarray::Array2;
//! use semst_fsm_modulation::FsmConfig;
//! use semst_interpretation::{GeneSource, InterpretConfig, Subject};
//! use semst_semantic_embedding::{CountMatrix, GeneTable, PooledGenes, SemanticSource, Species, SpotExpression, TermTable};
//!
//! let symbols = ["MBP", "PLP1", "MOBP", "SNAP25", "SYT1", "SYN1"].map(String::from);
//! let expression = CountMatrix::new((2, 6), vec![0, 3, 6], vec![0, 1, 2, 3, 4, 5], vec![5.0, 3.0, 2.0, 4.0, 4.0, 1.0]);
//! let barcodes = ["white", "grey"].map(String::from);
//! let spots = SpotExpression { expression: &expression, symbols: &symbols, ids: None, barcodes: &barcodes };
//! let source = PooledGenes::new(GeneTable::builtin(Species::Human)?);
//! let (semantics, pooled) = (source.spot_embeddings(&spots)?.vectors, source.decompose(&spots)?);
//!
//! // A trained run has its own modulator and latent; see `semst`.
//! let modulator = FsmConfig::new(4, semantics.ncols()).init(0, &Device::flex().autodiff())?;
//! let (latent, terms) = (Array2::ones((2, 4)), TermTable::builtin()?);
//! let subject = Subject::new(&modulator, latent.view(), semantics.view(), &[0, 1]);
//! let genes = pooled.as_ref().map(|pooled| GeneSource::new(pooled, &symbols).with_terms(&terms));
//! let interpretation = InterpretConfig::new().interpret(&subject, genes)?;
//! assert_eq!(interpretation.domains.len(), 2);
//! println!("{}", interpretation.domains[0].sentence("White"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The formulas are in docs/methods.md, section 6: the genes that the modulator responds to, by expected gradients of α and β
//! ([`Subject`], [`GeneScore`]), checked by removing genes ([`Occlusion`]); the functions that these genes share, and those
//! nearest to the position of the domain in the semantic space ([`Function`]).
//!
//! It does not test enrichment of annotated gene sets, and is not a test of significance. It describes what the *modulation* of
//! one trained run responds to, which need not be the most differentially expressed genes.
//!
//! Related crates: `semst-fsm-modulation` has the modulators, `semst-semantic-embedding` the vectors of genes and terms,
//! `semst` runs this after a training and writes what it finds.

mod attribution;
mod centroid;
mod config;
mod error;
mod function;
mod gradient;
mod interpretation;
mod occlusion;
mod response;
mod subject;
#[cfg(test)]
mod tests;
mod whitening;

pub use config::InterpretConfig;
pub use error::InterpretError;
pub use interpretation::{Interpretation, gene_table};
#[doc(inline)]
pub use semst_record::{DomainSemantics, Function, GeneScore, Occlusion};
pub use subject::{GeneSource, Subject};
