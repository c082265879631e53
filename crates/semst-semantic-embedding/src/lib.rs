//! Turns the genes of a spot into a vector of meaning.
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
//! Every source of meaning is a [`SemanticSource`]: [`PooledGenes`] pools a [`GeneTable`], shipped or the user's,
//! over the genes of a spot in one of several ways ([`Pooling`]); [`Precomputed`] reads vectors made elsewhere.
//! [`Control`] puts vectors without meaning in the place of the real ones. [`PromptedSpots`] has a [`TextModel`], served or
//! run here, read the genes of each spot; [`GeneTexts`] makes a table of texts. [`TermTable`] holds names of functions in the
//! same space; [`PooledSpots`] leads from the vectors of spots back to their genes, for `semst-interpretation`.
//!
//! Not for graphs or networks: `semst-fsm-modulation` takes the vectors, `semst-preprocess` gives the expression.

mod chance;
mod control;
mod embedding;
mod error;
mod gene_table;
mod gene_texts;
mod gene_vectors;
mod local;
mod pooled_genes;
mod pooled_spots;
mod pooling;
mod precomputed;
mod prompt;
mod scaling;
mod scaling_map;
mod semantics;
mod semtab;
mod served;
mod species;
mod spelling;
mod spot_expression;
mod term_table;
mod text_model;
mod vector_file;

pub use self::control::Control;
pub use self::embedding::{EmbeddingCache, EmbeddingJob, EmbeddingProgress};
pub use self::error::SemanticError;
pub use self::gene_table::{GeneMatch, GeneTable, LookupReport, TableOrigin};
pub use self::gene_texts::GeneTexts;
pub use self::gene_vectors::GeneVectors;
#[cfg(feature = "local-llm")]
pub use self::local::LocalModel;
pub use self::local::{LocalConfig, LocalPooling};
pub use self::pooled_genes::PooledGenes;
pub use self::pooled_spots::PooledSpots;
pub use self::pooling::{ExpressionMean, Pooling, RankMean, TfIdf, TopK, ZScore};
pub use self::precomputed::Precomputed;
pub use self::prompt::{
    GENES, PooledTokens, PromptConfig, PromptFormat, PromptRecord, PromptTemplate, PromptText,
    PromptedSpots, Prompts,
};
pub use self::scaling::{ColumnScale, Scaling};
pub use self::scaling_map::ScalingMap;
pub use self::semantics::{Origin, Provenance, SemanticSource, Semantics};
pub use self::served::ServedConfig;
#[cfg(feature = "served")]
pub use self::served::ServedModel;
pub use self::species::Species;
pub use self::spot_expression::{CountMatrix, SpotExpression};
pub use self::term_table::TermTable;
pub use self::text_model::{ModelAddress, TextModel, TextRequest};
pub use self::vector_file::{VectorFile, VectorOutput};
