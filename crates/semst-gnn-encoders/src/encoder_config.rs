//! The trait of configurations of encoders.

use crate::{Encoder, EncoderError, Needs, Recipe};
use burn::tensor::Device;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;

/// A configuration that initialises an encoder and has its needs and its recipe.
///
/// It is plain data. [`crate::EitherEncoder`] joins several configurations in one type, and writes the name of the one it holds
/// under `name`. Fields that are missing in a file get their default by `#[serde(default)]`.
///
/// # Examples
/// ```
/// use semst_gnn_encoders::{EncoderConfig, ShippedEncoder};
///
/// let config = ShippedEncoder::from_name("stagate")?;
/// assert_eq!(config.recipe().epochs, 1000);
/// assert!(!config.needs().expression_graph);
/// assert!(ShippedEncoder::from_name("graphsage").is_err());
/// # Ok::<(), semst_gnn_encoders::EncoderError>(())
/// ```
pub trait EncoderConfig:
    Clone + Debug + Default + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// The encoder that it initialises.
    type Encoder: Encoder;

    /// The name of the encoder in configuration files. A type for several encoders has its own `names`, `named` and `name`.
    const NAME: &'static str;

    /// Every name that [`EncoderConfig::from_name`] accepts.
    fn names() -> Vec<&'static str> {
        vec![Self::NAME]
    }

    /// The configuration of a name with its default settings, if the name exists.
    fn named(name: &str) -> Option<Self> {
        (name == Self::NAME).then(Self::default)
    }

    /// The configuration of a name with its default settings.
    ///
    /// # Errors
    /// [`EncoderError::UnknownName`] lists the names.
    fn from_name(name: &str) -> Result<Self, EncoderError> {
        Self::named(name).ok_or_else(|| EncoderError::UnknownName {
            name: name.into(),
            known: Self::names().join(", "),
        })
    }

    /// The name of the encoder.
    fn name(&self) -> &'static str {
        Self::NAME
    }

    /// Checks every field before any work.
    ///
    /// # Errors
    /// Names the first field that is out of range.
    fn check(&self) -> Result<(), EncoderError>;

    /// Parts of the slide that the encoder reads in addition to features and spatial graph; by default none.
    fn needs(&self) -> Needs {
        Needs::default()
    }

    /// How the authors prepare the data and train the encoder.
    fn recipe(&self) -> Recipe {
        Recipe::default()
    }

    /// Whether the encoder is a floor that a trained network must exceed (docs/protocol.md, rule 9); by default no.
    fn is_floor(&self) -> bool {
        false
    }

    /// Initialises the encoder for `n_features` features.
    ///
    /// # Errors
    /// As [`EncoderConfig::check`], or when there are no features.
    fn init(
        &self,
        n_features: usize,
        seed: u64,
        device: &Device,
    ) -> Result<Self::Encoder, EncoderError>;
}
