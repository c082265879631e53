//! Where a run takes meaning from.

use crate::{Error, PromptedConfig, VectorPlace};
use ndarray::Array2;
use semst_io::SpatialDataset;
use semst_preprocess::Normalize;
use semst_semantic_embedding::{
    Control, CountMatrix, EmbeddingProgress, GeneTable, ModelAddress, PooledGenes, Pooling,
    Precomputed, Provenance, Scaling, SemanticSource, Semantics, Species, SpotExpression,
    TableOrigin,
};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Source of the semantics of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SemanticsConfig {
    /// The vectors.
    pub source: MeaningSource,
    /// How gene vectors become a spot's vector.
    pub pooling: Pooling,
    /// What happens to the spots' vectors then.
    pub scaling: Scaling,
    /// Species of the shipped table; `None` looks at the genes.
    pub species: Option<Species>,
    /// How a language model is asked, where one is the source.
    #[serde(skip_serializing_if = "is_default")]
    pub prompted: PromptedConfig,
}

/// Which vectors.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum MeaningSource {
    /// The shipped gene table.
    #[default]
    Builtin,
    /// Control: zeros.
    None,
    /// Control: a random vector for each spot.
    RandomSpots,
    /// Control: a random vector for each gene.
    Random,
    /// Control: the shipped vectors, permuted between genes.
    Shuffled,
    /// Control: vectors of texts that have nothing to do with biology.
    Unrelated,
    /// A gene table in a file, or in `varm` of an `.h5ad` (see [`VectorPlace`]).
    Table(PathBuf),
    /// Vectors of spots in a file, or in `obsm` of an `.h5ad` (see [`VectorPlace`]).
    Spots(PathBuf),
    /// A language model that reads the genes of each spot: a folder, `hf:ORG/NAME`, or an address such as
    /// `http://localhost:8000/v1#NAME` (see [`ModelAddress`]).
    Llm(String),
}

impl Default for SemanticsConfig {
    fn default() -> Self {
        Self {
            source: MeaningSource::Builtin,
            pooling: Pooling::default(),
            scaling: Scaling::default(),
            species: None,
            prompted: PromptedConfig::default(),
        }
    }
}

impl MeaningSource {
    /// Reads `builtin`, a control's name, `table:FILE`, `spots:FILE`, or `llm:MODEL`; the file may be `FILE.h5ad#varm/KEY` or
    /// `FILE.h5ad#obsm/KEY`, or `varm/KEY` or `obsm/KEY` of the slide itself.
    ///
    /// # Errors
    /// When it is none of these.
    pub fn parse(text: &str) -> Result<Self, Error> {
        Ok(match text {
            "builtin" => Self::Builtin,
            "none" => Self::None,
            "random" => Self::Random,
            "random-spots" => Self::RandomSpots,
            "shuffled" => Self::Shuffled,
            "unrelated" => Self::Unrelated,
            other => match other.split_once(':') {
                Some(("table", path)) => Self::Table(path.into()),
                Some(("spots", path)) => Self::Spots(path.into()),
                Some(("llm", model)) => {
                    ModelAddress::parse(model)?;
                    Self::Llm(model.into())
                }
                _ => return Err(Error::UnknownSemantics { name: other.into() }),
            },
        })
    }

    /// The name that [`MeaningSource::parse`] reads.
    pub fn name(&self) -> String {
        match self {
            Self::Builtin => "builtin".into(),
            Self::None => "none".into(),
            Self::Random => "random".into(),
            Self::RandomSpots => "random-spots".into(),
            Self::Shuffled => "shuffled".into(),
            Self::Unrelated => "unrelated".into(),
            Self::Table(path) => format!("table:{}", path.display()),
            Self::Spots(path) => format!("spots:{}", path.display()),
            Self::Llm(model) => format!("llm:{model}"),
        }
    }

    /// Where the vectors lie, where they are not ours.
    pub fn place(&self) -> Option<VectorPlace> {
        match self {
            Self::Table(path) | Self::Spots(path) => Some(VectorPlace::parse(path)),
            _ => None,
        }
    }

    /// Changes the path of the file, where the vectors lie in one, or of a model's folder.
    pub fn map_file(&mut self, change: impl FnOnce(&Path) -> PathBuf) {
        if let Self::Llm(model) = self {
            if let Ok(ModelAddress::Folder(folder)) = ModelAddress::parse(model) {
                *model = change(&folder).display().to_string();
            }
            return;
        }
        if let Some(place) = self.place()
            && let Self::Table(path) | Self::Spots(path) = self
        {
            *path = place.map_file(change);
        }
    }

    /// Whether the vectors are drawn with the seed of the run, so that another seed gives others.
    pub fn is_drawn(&self) -> bool {
        !matches!(self.control(), None | Some(Control::None))
    }

    fn control(&self) -> Option<Control> {
        match self {
            Self::None => Some(Control::None),
            Self::Random => Some(Control::RandomGenes),
            Self::RandomSpots => Some(Control::RandomSpots),
            Self::Shuffled => Some(Control::Shuffled),
            Self::Unrelated => Some(Control::Unrelated),
            Self::Builtin | Self::Table(_) | Self::Spots(_) | Self::Llm(_) => None,
        }
    }
}

impl SemanticsConfig {
    /// Vectors of all spots of a slide, [n, s].
    ///
    /// Genes weigh by their log-normalised expression (10⁴ a spot, over all genes).
    ///
    /// # Errors
    /// When a file cannot be read, or no gene of the slide has a vector.
    pub fn embed(&self, slide: &SpatialDataset, seed: u64) -> Result<Semantics, Error> {
        self.embed_watched(slide, seed, &mut |_| {})
    }

    /// As [`SemanticsConfig::embed`], and tells how far a language model is.
    ///
    /// # Errors
    /// As there, and when the model or its cache cannot be used.
    pub fn embed_watched(
        &self,
        slide: &SpatialDataset,
        seed: u64,
        watch: &mut dyn FnMut(EmbeddingProgress),
    ) -> Result<Semantics, Error> {
        if let MeaningSource::Llm(model) = &self.source {
            let model = self.prompted.open(model)?;
            let scaling = self.scaling.clone();
            return self.prompted.embed(model, slide, scaling, None, watch);
        }
        let expression = log_expression(slide);
        let spots = SpotExpression {
            expression: &expression,
            symbols: &slide.genes.symbols,
            ids: slide.genes.ids.as_deref(),
            barcodes: &slide.barcodes,
        };
        if let Some(genes) = self.genes(slide, seed)? {
            return Ok(genes.spot_embeddings(&spots)?);
        }
        let (path, rows) = match (&self.source, self.source.place()) {
            (MeaningSource::Spots(path), Some(place)) => (path, place.rows(slide)?),
            _ => unreachable!("all other sources pool genes"),
        };
        let vectors = match rows {
            Some(found) => {
                Precomputed::new(path.display().to_string(), found.rows, Some(found.names))
            }
            None => Precomputed::open(path)?,
        };
        Ok(vectors
            .with_scaling(self.scaling.clone())
            .spot_embeddings(&spots)?)
    }

    /// The pooling of gene vectors; none where vectors belong to spots.
    pub(crate) fn genes(
        &self,
        slide: &SpatialDataset,
        seed: u64,
    ) -> Result<Option<PooledGenes>, Error> {
        let table = match &self.source {
            MeaningSource::Spots(_) | MeaningSource::Llm(_) => return Ok(None),
            MeaningSource::Table(path) => {
                let rows = match self.source.place() {
                    Some(place) => place.rows(slide)?,
                    None => None,
                };
                match rows {
                    Some(found) => {
                        let origin = TableOrigin::new(path.display().to_string());
                        GeneTable::new(found.names, found.rows, origin)?
                    }
                    None => {
                        GeneTable::open_for(path, &slide.genes.symbols, slide.genes.ids.as_deref())?
                    }
                }
            }
            _ => GeneTable::builtin(self.species(slide))?,
        };
        let pooled = PooledGenes::new(table)
            .with_pooling(self.pooling.clone())
            .with_scaling(self.scaling.clone())
            .with_control(self.source.control(), seed);
        Ok(Some(pooled))
    }

    /// A column of zeros, for runs that look at no semantics.
    pub(crate) fn unused(n: usize) -> Semantics {
        let provenance = Provenance {
            source: "none: the modulation looks at no semantics".into(),
            ..Provenance::default()
        };
        Semantics {
            vectors: Array2::zeros((n, 1)),
            provenance,
            lookup: None,
        }
    }

    fn species(&self, slide: &SpatialDataset) -> Species {
        self.species
            .or_else(|| Species::detect(&slide.genes.symbols, slide.genes.ids.as_deref()))
            .unwrap_or(Species::Human)
    }
}

fn is_default(prompted: &PromptedConfig) -> bool {
    *prompted == PromptedConfig::default()
}

/// Counts of each spot scaled to 10⁴, log(1 + x), all genes.
pub(crate) fn log_expression(slide: &SpatialDataset) -> CountMatrix {
    let normalize = Normalize::new(1e4);
    let mut x = slide.counts.clone();
    let factors = normalize.factors(&slide.counts);
    let indptr: Vec<usize> = x.indptr().raw_storage().to_vec();
    let values = x.data_mut();
    for (row, factor) in factors.into_iter().enumerate() {
        for v in &mut values[indptr[row]..indptr[row + 1]] {
            *v = (f64::from(*v) * factor).ln_1p() as f32;
        }
    }
    x
}
