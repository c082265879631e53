//! The sources of semantics that we ship.

use crate::source_config::{SourceConfig, SourceRequest, SourceSettings, log_expression, spots};
use crate::{Error, VectorPlace};
use semst_io::SpatialDataset;
use semst_semantic_embedding::{
    Control, EmbeddingProgress, GeneTable, ModelAddress, Precomputed, SemanticSource, Semantics,
    Species, TableOrigin,
};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Which vectors: ours, or those of a file or a language model.
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

impl ShippedSemantics {
    /// Where the vectors are, where they are not ours.
    fn place(&self) -> Option<VectorPlace> {
        match self {
            Self::Table(path) | Self::Spots(path) => Some(VectorPlace::parse(path)),
            _ => None,
        }
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

    /// Reads `builtin`, a control's name, `table:FILE`, `spots:FILE`, or `llm:MODEL`; the file may be `FILE.h5ad#varm/KEY` or
    /// `FILE.h5ad#obsm/KEY`, or `varm/KEY` or `obsm/KEY` of the slide itself.
    fn parse(text: &str) -> Result<Self, Error> {
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
                _ => return Err(Error::unknown_semantics::<Self>(other)),
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
            Self::Table(path) => format!("table:{}", path.display()),
            Self::Spots(path) => format!("spots:{}", path.display()),
            Self::Llm(model) => format!("llm:{model}"),
        }
    }

    fn check(&self, settings: &SourceSettings<'_>) -> Result<(), Error> {
        match (self, self.place()) {
            (_, Some(place)) => place.check(),
            (Self::Llm(model), _) => settings.prompted.check_model(model),
            _ => Ok(()),
        }
    }

    fn make(
        &self,
        request: &SourceRequest<'_>,
        watch: &mut dyn FnMut(EmbeddingProgress),
    ) -> Result<Semantics, Error> {
        let (slide, settings) = (request.slide, &request.settings);
        match self {
            Self::Llm(model) => {
                let model = settings.prompted.open(model)?;
                let scaling = settings.scaling.clone();
                settings.prompted.embed(model, slide, scaling, None, watch)
            }
            Self::Spots(path) => {
                let expression = log_expression(slide);
                let vectors = of_spots(path, slide)?.with_scaling(settings.scaling.clone());
                Ok(vectors.spot_embeddings(&spots(slide, &expression))?)
            }
            Self::Table(path) => request.pool(table(path, slide)?, None),
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
}

/// The gene table at a place.
fn table(path: &Path, slide: &SpatialDataset) -> Result<GeneTable, Error> {
    Ok(match VectorPlace::parse(path).rows(slide)? {
        Some(found) => {
            let origin = TableOrigin::new(path.display().to_string());
            GeneTable::new(found.names, found.rows, origin)?
        }
        None => GeneTable::open_for(path, &slide.genes.symbols, slide.genes.ids.as_deref())?,
    })
}

/// The vectors of spots at a place.
fn of_spots(path: &Path, slide: &SpatialDataset) -> Result<Precomputed, Error> {
    Ok(match VectorPlace::parse(path).rows(slide)? {
        Some(found) => Precomputed::new(path.display().to_string(), found.rows, Some(found.names)),
        None => Precomputed::open(path)?,
    })
}
