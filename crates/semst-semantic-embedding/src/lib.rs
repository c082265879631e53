//! Turns the genes of a spot into a vector that represents their meaning.
//!
//! ```
//! use semst_semantic_embedding::{CountMatrix, GeneTable, PooledGenes, SemanticSource, Species, SpotExpression};
//! let symbols = ["Mbp", "Plp1", "Gfap"].map(String::from);
//! let barcodes = ["spot-1"].map(String::from);
//! let expression = CountMatrix::new((1, 3), vec![0, 2], vec![0, 2], vec![5.0, 3.0]);
//! let spots = SpotExpression { expression: &expression, symbols: &symbols, ids: None, barcodes: &barcodes };
//!
//! let species = Species::detect(&symbols, None).unwrap_or(Species::Human);
//! let semantics = PooledGenes::new(GeneTable::builtin(species)?).spot_embeddings(&spots)?;
//! assert_eq!(semantics.vectors.nrows(), 1);
//! # Ok::<(), semst_semantic_embedding::SemanticError>(())
//! ```
//!
//! Every source is a [`SemanticSource`]: [`PooledGenes`] pools a [`GeneTable`], shipped or from the user, over the genes of a
//! spot in one of several ways ([`Pooling`]); [`Precomputed`] holds vectors of spots made elsewhere. [`Control`] replaces real
//! vectors by vectors without meaning. [`Semantics`] keep their [`Origin`]: [`PooledSpots`] maps the vectors of
//! spots back to their genes, for `semst-interpretation`. [`TermTable`] holds names of functions in the same space.
//!
//! This crate does not run language models: `semst-text-models` turns texts into vectors ([`GeneTexts`] holds the texts of
//! genes). It has no graphs or networks: `semst-fsm-modulation` uses the vectors, `semst-preprocess` makes the expression.

mod chance;
mod control;
mod error;
mod gene_table;
mod gene_texts;
mod gene_vectors;
mod pooled_genes;
mod pooled_spots;
mod pooling;
mod precomputed;
mod scaling;
mod scaling_map;
mod semantics;
mod semtab;
mod species;
mod spelling;
mod spot_expression;
mod term_table;

pub use self::control::Control;
pub use self::error::SemanticError;
pub use self::gene_table::{GeneMatch, GeneTable, LookupReport, TableOrigin};
pub use self::gene_texts::GeneTexts;
pub use self::gene_vectors::GeneVectors;
pub use self::pooled_genes::PooledGenes;
pub use self::pooled_spots::PooledSpots;
pub use self::pooling::{ExpressionMean, Pooling, RankMean, TfIdf, TopK, ZScore};
pub use self::precomputed::Precomputed;
pub use self::scaling::{ColumnScale, Scaling};
pub use self::scaling_map::ScalingMap;
pub use self::semantics::{Origin, Provenance, SemanticSource, Semantics};
pub use self::species::Species;
pub use self::spot_expression::{CountMatrix, SpotExpression};
pub use self::term_table::TermTable;
