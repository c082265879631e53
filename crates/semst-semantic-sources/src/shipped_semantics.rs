//! The shipped sources of semantics.

use crate::source_config::{
    SourceConfig, SourceRequest, SourceSettings, log_expression, spot_expression,
};
use crate::{SourceError, VectorPlace};
use semst_io::{ReadConfig, SpatialDataset};
use semst_semantic_embedding::{
    Control, GeneTable, Precomputed, SemanticSource, Semantics, Species, TableOrigin,
};
use semst_text_models::{EmbeddingProgress, ModelAddress};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The source of the vectors: the shipped table, a control, a file or a language model.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ShippedSemantics {
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
    /// Control: vectors of texts that are not about biology.
    Unrelated,
    /// A gene table in a file, or in `varm` of an `.h5ad`.
    Table(VectorPlace),
    /// Vectors of spots in a file, or in `obsm` of an `.h5ad`.
    Spots(VectorPlace),
    /// A language model that reads the genes of each spot: in a folder, in the Hugging Face cache, or on a server.
    Llm(ModelAddress),
}

impl ShippedSemantics {
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

impl SourceConfig for ShippedSemantics {
    fn names() -> &'static [&'static str] {
        &[
            "builtin",
            "none",
            "random",
            "random-spots",
            "shuffled",
            "unrelated",
            "table:FILE",
            "spots:FILE",
            "llm:MODEL",
        ]
    }

    /// Reads `builtin`, the name of a control, `table:FILE`, `spots:FILE`, or `llm:MODEL`; the file can be `FILE.h5ad#varm/KEY`
    /// or `FILE.h5ad#obsm/KEY`, or `varm/KEY` or `obsm/KEY` of the slide itself.
    fn parse(text: &str) -> Result<Self, SourceError> {
        Ok(match text {
            "builtin" => Self::Builtin,
            "none" => Self::None,
            "random" => Self::Random,
            "random-spots" => Self::RandomSpots,
            "shuffled" => Self::Shuffled,
            "unrelated" => Self::Unrelated,
            other => match other.split_once(':') {
                Some(("table", place)) => Self::Table(short(place)),
                Some(("spots", place)) => Self::Spots(short(place)),
                Some(("llm", model)) => Self::Llm(model.parse()?),
                _ => return Err(SourceError::unknown::<Self>(other)),
            },
        })
    }

    fn name(&self) -> String {
        match self {
            Self::Builtin => "builtin".into(),
            Self::None => "none".into(),
            Self::Random => "random".into(),
            Self::RandomSpots => "random-spots".into(),
            Self::Shuffled => "shuffled".into(),
            Self::Unrelated => "unrelated".into(),
            Self::Table(place) => format!("table:{place}"),
            Self::Spots(place) => format!("spots:{place}"),
            Self::Llm(model) => format!("llm:{model}"),
        }
    }

    fn check(&self, settings: &SourceSettings<'_>) -> Result<(), SourceError> {
        match self {
            Self::Table(place) | Self::Spots(place) => place.check(),
            Self::Llm(model) => {
                let prompted = settings.prompted;
                Ok(model.check(&prompted.served, &prompted.local)?)
            }
            _ => Ok(()),
        }
    }

    fn needs(&self, reading: ReadConfig) -> ReadConfig {
        match self {
            Self::Table(place) | Self::Spots(place) => place.needs(reading),
            _ => reading,
        }
    }

    fn make(
        &self,
        request: &SourceRequest<'_>,
        watch: &mut dyn FnMut(EmbeddingProgress),
    ) -> Result<Semantics, SourceError> {
        let (slide, settings) = (request.slide, &request.settings);
        match self {
            Self::Llm(model) => {
                let prompted = settings.prompted;
                let model = model.open(&prompted.served, &prompted.local)?;
                prompted.embed(model, slide, settings.scaling.clone(), None, watch)
            }
            Self::Spots(place) => {
                let expression = log_expression(slide);
                let vectors = of_spots(place, slide)?.with_scaling(settings.scaling.clone());
                let mut made = vectors.spot_embeddings(&spot_expression(slide, &expression))?;
                if matches!(place, VectorPlace::Slot { file: None, .. }) {
                    // Rows of the slide itself were read with it.
                    made.provenance.join = None;
                }
                Ok(made)
            }
            Self::Table(place) => request.pool(table(place, slide)?, None),
            _ => {
                let species = settings
                    .species
                    .or_else(|| Species::detect(&slide.genes.symbols, slide.genes.ids.as_deref()))
                    .unwrap_or(Species::Human);
                request.pool(GeneTable::builtin(species)?, self.control())
            }
        }
    }

    fn is_drawn(&self) -> bool {
        !matches!(self.control(), None | Some(Control::None))
    }

    fn is_control(&self) -> bool {
        self.control().is_some()
    }

    fn map_file(&mut self, change: impl FnOnce(&Path) -> PathBuf) {
        match self {
            Self::Table(place) | Self::Spots(place) => place.map_file(change),
            Self::Llm(ModelAddress::Folder(folder)) => *folder = change(folder),
            _ => {}
        }
    }
}

/// Every text is a valid place.
fn short(text: &str) -> VectorPlace {
    let Ok(place) = text.parse();
    place
}

/// The gene table at a place.
fn table(place: &VectorPlace, slide: &SpatialDataset) -> Result<GeneTable, SourceError> {
    Ok(match place {
        VectorPlace::File(file) => {
            GeneTable::open_for(file, &slide.genes.symbols, slide.genes.ids.as_deref())?
        }
        VectorPlace::Slot { file, slot } => {
            let found = slot.rows(file.as_deref(), slide)?;
            GeneTable::new(found.names, found.rows, TableOrigin::new(place.to_string()))?
        }
    })
}

/// The vectors of spots at a place.
fn of_spots(place: &VectorPlace, slide: &SpatialDataset) -> Result<Precomputed, SourceError> {
    Ok(match place {
        VectorPlace::File(file) => Precomputed::open(file)?,
        VectorPlace::Slot { file, slot } => {
            let found = slot.rows(file.as_deref(), slide)?;
            Precomputed::new(place.to_string(), found.rows, Some(found.names))
                .with_names_from("the index of obs")
        }
    })
}
