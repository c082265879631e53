//! The trait for configurations of the spatial graph.

use crate::Error;
use semst_io::{ReadConfig, SpatialDataset};
use semst_spatial_graph::SpatialGraph;
use serde::{Serialize, de::DeserializeOwned};
use std::fmt::Debug;

/// A configuration that builds the spatial graph of a slide.
///
/// [`ShippedGraph`](crate::ShippedGraph) implements it for the builders of `semst-spatial-graph`.
/// Implement it to add a builder.
///
/// | method | | purpose |
/// |---|---|---|
/// | [`names`](Self::names), [`parse`](Self::parse) | required | the short forms of the command line |
/// | [`name`](Self::name) | required | names the builder in records |
/// | [`check`](Self::check) | required | finds bad parameters before any work |
/// | [`build`](Self::build) | required | builds the graph |
/// | [`needs`](Self::needs) | optional | names what the builder takes from the file |
/// | [`neighbors`](Self::neighbors) | optional | the fewest other spots that a slide must have |
pub trait GraphConfig:
    Clone + Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// The short forms that [`parse`](Self::parse) reads, such as `knn:K`, for messages.
    fn names() -> &'static [&'static str];

    /// Reads a short form.
    ///
    /// # Errors
    /// [`Error::UnknownGraph`] for another text.
    fn parse(text: &str) -> Result<Self, Error>;

    /// Name of the builder, for records.
    fn name(&self) -> &str;

    /// Checks everything that can be checked without a slide.
    ///
    /// # Errors
    /// The first parameter out of its bounds.
    fn check(&self) -> Result<(), Error>;

    /// Adds to a way of reading what the builder takes from the file; nothing, unless it says so.
    fn needs(&self, reading: ReadConfig) -> ReadConfig {
        reading
    }

    /// The number of other spots that a slide must have at least, where the builder asks for one.
    fn neighbors(&self) -> Option<usize> {
        None
    }

    /// Builds the graph of a slide.
    ///
    /// # Errors
    /// As the builder. For weights from the file, [`IoError::MissingKey`](semst_io::IoError::MissingKey) when the key was not
    /// read; read the slide with [`needs`](Self::needs).
    fn build(&self, slide: &SpatialDataset) -> Result<SpatialGraph, Error>;
}
