//! Which spatial graph a run builds.

use ndarray::ArrayView2;
use semst_spatial_graph::{
    DelaunayGraph, GraphBuilder, GraphError, GridGraph, HexGraph, KnnGraph, RadiusGraph,
    SpatialGraph, SymmetricKnnGraph, ThresholdGraph, median_neighbor_distance,
};
use serde::{Deserialize, Serialize};

/// One builder of `semst-spatial-graph` with its settings, tagged by `graph`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "graph", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum GraphConfig {
    /// The k nearest spots of each spot, made symmetric.
    Knn(SymmetricKnnGraph),
    /// The k nearest spots of each spot, directed (GraphST).
    DirectedKnn(KnnGraph),
    /// All spots within a radius, in the unit of the coordinates.
    Radius(RadiusGraph),
    /// All spots within a multiple of the median distance between nearest spots: the same ring on any platform.
    Spacing {
        /// The multiple.
        spacings: f64,
    },
    /// SemST's search for a radius that gives enough neighbours.
    Threshold(ThresholdGraph),
    /// Delaunay triangulation without its longest edges.
    Delaunay(DelaunayGraph),
    /// Rings on a square lattice.
    Grid(GridGraph),
    /// Rings on a hexagonal lattice.
    Hex(HexGraph),
}

impl GraphConfig {
    /// Builds the graph of coordinates [n, 2].
    ///
    /// # Errors
    /// As the builder.
    pub fn build(&self, coords: ArrayView2<'_, f64>) -> Result<SpatialGraph, GraphError> {
        match self {
            Self::Knn(b) => b.build(coords),
            Self::DirectedKnn(b) => b.build(coords),
            Self::Radius(b) => b.build(coords),
            Self::Spacing { spacings } => {
                let radius = spacings * median_neighbor_distance(coords)?;
                RadiusGraph::new(radius).build(coords)
            }
            Self::Threshold(b) => b.build(coords),
            Self::Delaunay(b) => b.build(coords),
            Self::Grid(b) => b.build(coords),
            Self::Hex(b) => b.build(coords),
        }
    }

    /// Neighbours that every spot must have at least, where the builder asks for a number.
    pub(crate) fn neighbors(&self) -> Option<usize> {
        match self {
            Self::Knn(b) => Some(b.k),
            Self::DirectedKnn(b) => Some(b.k),
            _ => None,
        }
    }

    /// Name of the builder, for records.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Knn(_) => "knn",
            Self::DirectedKnn(_) => "directed-knn",
            Self::Radius(_) => "radius",
            Self::Spacing { .. } => "spacing",
            Self::Threshold(_) => "threshold",
            Self::Delaunay(_) => "delaunay",
            Self::Grid(_) => "grid",
            Self::Hex(_) => "hex",
        }
    }
}
