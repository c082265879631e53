//! The trait for configurations of the spatial graph.

use crate::{GraphError, SpatialGraph};
use ndarray::ArrayView2;
use serde::{Serialize, de::DeserializeOwned};
use sprs::CsMatI;
use std::collections::BTreeMap;
use std::fmt::Debug;

/// The input of a graph.
#[derive(Debug, Clone, Copy)]
pub struct GraphData<'a> {
    /// Coordinates, `[n, 2]`.
    pub coords: ArrayView2<'a, f64>,
    /// Weights between spots from the file of the slide, CSR, `[n, n]`, by their key in `obsp`.
    pub obsp: &'a BTreeMap<String, CsMatI<f32, u32, usize>>,
}

/// A configuration that builds the spatial graph of a slide.
///
/// [`ShippedGraph`](crate::ShippedGraph) implements it for the builders of this crate.
/// Implement it to add a builder.
///
/// | method | | purpose |
/// |---|---|---|
/// | [`names`](Self::names), [`parse`](Self::parse) | required | the short forms of the command line |
/// | [`name`](Self::name) | required | names the builder in records |
/// | [`check`](Self::check) | required | finds bad parameters before any work |
/// | [`build`](Self::build) | required | builds the graph |
/// | [`obsp`](Self::obsp) | optional | names the weights that the builder takes from the file |
/// | [`neighbors`](Self::neighbors) | optional | the fewest other spots that a slide must have |
pub trait GraphConfig:
    Clone + Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// The short forms that [`parse`](Self::parse) accepts, such as `knn:K`, for messages.
    fn names() -> &'static [&'static str];

    /// Reads a short form.
    ///
    /// # Errors
    /// [`GraphError::Unknown`] for another text.
    fn parse(text: &str) -> Result<Self, GraphError>;

    /// Name of the builder, for records.
    fn name(&self) -> &str;

    /// Checks everything that can be checked without a slide.
    ///
    /// # Errors
    /// The first parameter out of its bounds.
    fn check(&self) -> Result<(), GraphError>;

    /// The keys in `obsp` that the builder takes from the file; none by default.
    fn obsp(&self) -> Vec<String> {
        Vec::new()
    }

    /// The smallest number of other spots that a slide must have, if the builder needs one.
    fn neighbors(&self) -> Option<usize> {
        None
    }

    /// Builds the graph of a slide.
    ///
    /// # Errors
    /// As the builder. For weights from the file, [`GraphError::MissingKey`] when the key was not read; read the slide with
    /// the keys of [`obsp`](Self::obsp).
    fn build(&self, slide: &GraphData<'_>) -> Result<SpatialGraph, GraphError>;
}
