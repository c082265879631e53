//! Vectors of spots, and where they come from.

use ndarray::Array2;
use semst_io::Join;
use serde::{Deserialize, Serialize};

use crate::{
    Control, LookupReport, PooledGenes, Pooling, Scaling, SemanticError, Species, SpotExpression,
    TableOrigin,
};

/// One vector per spot.
#[derive(Clone, Debug)]
pub struct Semantics {
    /// `[spots, dims]`, finite.
    pub vectors: Array2<f32>,
    /// How they were made; part of the output.
    pub provenance: Provenance,
    /// Genes found and missing, if a gene table was used.
    pub lookup: Option<LookupReport>,
    /// The input from which the vectors were made.
    pub origin: Origin,
}

impl Semantics {
    /// Vectors of whole spots, which cannot be mapped back to genes.
    pub fn of_spots(vectors: Array2<f32>, provenance: Provenance) -> Self {
        Self {
            vectors,
            provenance,
            lookup: None,
            origin: Origin::Spots,
        }
    }

    /// A column of zeros, for runs whose modulator uses no semantics.
    pub fn unused(n: usize) -> Self {
        let provenance = Provenance {
            source: "none: the modulation looks at no semantics".into(),
            ..Provenance::default()
        };
        Self::of_spots(Array2::zeros((n, 1)), provenance)
    }
}

/// The input from which the vectors of spots were made. An interpretation uses it to map them back to the genes.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Origin {
    /// Whole spots: the vectors come from a file, a language model, or another source that does not pool genes.
    #[default]
    Spots,
    /// Genes: this source pooled their vectors, only over the genes of the slide.
    Genes(Box<PooledGenes>),
}

/// A source of semantics.
///
/// | method | | purpose |
/// |---|---|---|
/// | `spot_embeddings` | required | vectors `[spots, dims]`, one row per barcode in the order given |
///
/// A source is deterministic: the same input gives the same bits, for any number of threads.
pub trait SemanticSource {
    /// Vectors of the spots, in their order.
    ///
    /// # Errors
    /// When the expression is malformed, or the source has nothing for these genes or spots.
    fn spot_embeddings(&self, spots: &SpotExpression<'_>) -> Result<Semantics, SemanticError>;
}

/// How vectors were made, as plain data for `uns["semst"]["semantics"]`. Fields that do not apply are `None`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// Kind and name of the source, e.g. `gene table: builtin human`.
    pub source: String,
    /// Text model.
    pub model: Option<String>,
    /// The text that was used.
    pub recipe: Option<String>,
    /// Date on which the table was made.
    pub made: Option<String>,
    /// Species of the table.
    pub species: Option<Species>,
    /// sha256 of the table or the file.
    pub checksum: Option<String>,
    /// How the vectors of the genes became the vector of a spot.
    pub pooling: Option<Pooling>,
    /// The scaling of the columns afterwards.
    pub scaling: Option<Scaling>,
    /// The control that replaced the real vectors.
    pub control: Option<Control>,
    /// Seed of the control.
    pub seed: Option<u64>,
    /// Number of genes in the data.
    pub genes_asked: Option<usize>,
    /// Number of genes of the data that have a vector.
    pub genes_found: Option<usize>,
    /// Number of spots that express no gene with a vector; they got the mean of the others.
    pub spots_without_genes: Option<usize>,
    /// Whether rows of a file were put into the order of the barcodes.
    pub reordered: Option<bool>,
    /// How the rows of a file were found among the spots; a record of a run has it with its other joins.
    #[serde(skip)]
    pub join: Option<Join>,
    /// How prompts were written, if a language model read the spots: the record of the crate that ran it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompts: Option<serde_json::Value>,
    /// Length of a vector.
    pub dims: usize,
}

impl Provenance {
    /// The facts known about a table.
    pub fn of_table(origin: &TableOrigin) -> Self {
        Self {
            source: format!("gene table: {}", origin.name),
            model: origin.model.clone(),
            recipe: origin.text.clone(),
            made: origin.made.clone(),
            species: origin.species,
            checksum: origin.checksum.clone(),
            ..Self::default()
        }
    }
}
