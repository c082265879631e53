//! The builders of this crate, as one choice.

use crate::{
    DelaunayGraph, GraphBuilder, GraphConfig, GraphData, GraphError, GridGraph, HexGraph, KnnGraph,
    Precomputed, RadiusGraph, SpatialGraph, SymmetricKnnGraph, ThresholdGraph,
    median_kth_neighbor_distance,
};
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// One builder with its settings, tagged by `graph`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "graph", rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum ShippedGraph {
    /// The k nearest spots of each spot, made symmetric.
    Knn(SymmetricKnnGraph),
    /// The k nearest spots of each spot, directed (GraphST).
    DirectedKnn(KnnGraph),
    /// All spots within a radius, in the unit of the coordinates.
    Radius(RadiusGraph),
    /// All spots within a multiple of the median distance to the nearest, or another near, spot; needs no unit.
    Spacing {
        /// The multiple.
        spacings: f64,
        /// The rank of the spot to which the distance is measured: 1 is the spacing of a lattice, 6 gives scattered cells and
        /// lattices about as many neighbours.
        #[serde(default = "first")]
        neighbor: usize,
        /// Whether every spot is linked to itself.
        #[serde(default)]
        include_self: bool,
    },
    /// SemST's search for a radius that gives enough neighbours.
    Threshold(ThresholdGraph),
    /// Delaunay triangulation without its longest edges.
    Delaunay(DelaunayGraph),
    /// Rings on a square lattice.
    Grid(GridGraph),
    /// Rings on a hexagonal lattice.
    Hex(HexGraph),
    /// A graph from the file: its links, directions and weights are kept.
    Obsp {
        /// The key in `obsp`, such as squidpy's `spatial_connectivities`.
        key: String,
        /// Takes max(A, Aᵀ) of a graph that is not symmetric.
        #[serde(default)]
        symmetrize: bool,
    },
}

impl GraphConfig for ShippedGraph {
    fn names() -> &'static [&'static str] {
        &[
            "obsp:KEY",
            "knn:K",
            "directed-knn:K",
            "radius:R",
            "spacing:X",
            "delaunay",
        ]
    }

    /// Reads the short forms of [`names`](GraphConfig::names); other builders and settings need a configuration file.
    fn parse(text: &str) -> Result<Self, GraphError> {
        let unknown = || GraphError::unknown::<Self>(text);
        let whole = |n: &str| n.parse::<usize>().map_err(|_| unknown());
        let number = |n: &str| n.parse::<f64>().map_err(|_| unknown());
        Ok(match text.split_once(':') {
            Some(("obsp", key)) if !key.is_empty() => Self::Obsp {
                key: key.into(),
                symmetrize: false,
            },
            Some(("knn", k)) => Self::Knn(SymmetricKnnGraph::new(whole(k)?)),
            Some(("directed-knn", k)) => Self::DirectedKnn(KnnGraph::new(whole(k)?)),
            Some(("radius", r)) => Self::Radius(RadiusGraph::new(number(r)?)),
            Some(("spacing", x)) => Self::Spacing {
                spacings: number(x)?,
                neighbor: first(),
                include_self: false,
            },
            None if text == "delaunay" => Self::Delaunay(DelaunayGraph::default()),
            _ => return Err(unknown()),
        })
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Knn(_) => "knn",
            Self::DirectedKnn(_) => "directed-knn",
            Self::Radius(_) => "radius",
            Self::Spacing { .. } => "spacing",
            Self::Threshold(_) => "threshold",
            Self::Delaunay(_) => "delaunay",
            Self::Grid(_) => "grid",
            Self::Hex(_) => "hex",
            Self::Obsp { .. } => "obsp",
        }
    }

    fn check(&self) -> Result<(), GraphError> {
        match self {
            Self::Knn(b) => b.check()?,
            Self::DirectedKnn(b) => b.check()?,
            Self::Radius(b) => b.check()?,
            Self::Spacing {
                spacings, neighbor, ..
            } => {
                inside("neighbor", *neighbor as f64, "from 1 to 100000", 1.0..=1e5)?;
                inside("spacings", *spacings, "from 1e-6 to 1e6", 1e-6..=1e6)?;
            }
            Self::Threshold(b) => b.check()?,
            Self::Delaunay(b) => b.check()?,
            Self::Grid(b) => b.check()?,
            Self::Hex(b) => b.check()?,
            Self::Obsp { key, .. } if key.is_empty() => {
                let reason = "key is empty, must be the name of an entry of obsp".into();
                return Err(GraphError::Config { reason });
            }
            Self::Obsp { .. } => {}
        }
        Ok(())
    }

    fn obsp(&self) -> Vec<String> {
        match self {
            Self::Obsp { key, .. } => vec![key.clone()],
            _ => Vec::new(),
        }
    }

    fn neighbors(&self) -> Option<usize> {
        match self {
            Self::Knn(b) => Some(b.k),
            Self::DirectedKnn(b) => Some(b.k),
            Self::Spacing { neighbor, .. } => Some(*neighbor),
            _ => None,
        }
    }

    fn build(&self, slide: &GraphData<'_>) -> Result<SpatialGraph, GraphError> {
        let coords = slide.coords;
        Ok(match self {
            Self::Knn(b) => b.build(coords)?,
            Self::DirectedKnn(b) => b.build(coords)?,
            Self::Radius(b) => b.build(coords)?,
            Self::Spacing {
                spacings,
                neighbor,
                include_self,
            } => {
                let radius = spacings * median_kth_neighbor_distance(coords, *neighbor)?;
                let include_self = *include_self;
                let builder = RadiusGraph {
                    include_self,
                    ..RadiusGraph::new(radius)
                };
                builder.build(coords)?
            }
            Self::Threshold(b) => b.build(coords)?,
            Self::Delaunay(b) => b.build(coords)?,
            Self::Grid(b) => b.build(coords)?,
            Self::Hex(b) => b.build(coords)?,
            Self::Obsp { key, symmetrize } => {
                let weights = slide.obsp.get(key).ok_or_else(|| GraphError::MissingKey {
                    key: key.clone(),
                    known: slide.obsp.keys().cloned().collect::<Vec<_>>().join(", "),
                })?;
                let (indptr, indices, weights) = weights.clone().into_raw_storage();
                let graph = Precomputed::new(coords.nrows(), indptr, indices, weights);
                match symmetrize {
                    true => graph.symmetrized().build()?,
                    false => graph.build()?,
                }
            }
        })
    }
}

fn inside(
    field: &'static str,
    value: f64,
    bound: &'static str,
    range: RangeInclusive<f64>,
) -> Result<(), GraphError> {
    match range.contains(&value) {
        true => Ok(()),
        false => Err(GraphError::Parameter {
            field,
            value,
            bound,
        }),
    }
}

fn first() -> usize {
    1
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use sprs::CsMatI;
    use std::collections::BTreeMap;

    #[test]
    fn a_graph_comes_from_the_file() -> Result<(), GraphError> {
        let weights = CsMatI::new(
            (3, 3),
            vec![0, 1, 3, 5],
            vec![1, 0, 2, 1, 2],
            vec![0.5, 0.25, 2.0, 1.5, 0.125],
        );
        let obsp = BTreeMap::from([("csr".to_owned(), weights)]);
        let coords = array![[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]];
        let slide = GraphData {
            coords: coords.view(),
            obsp: &obsp,
        };
        let config = ShippedGraph::parse("obsp:csr")?;
        assert_eq!(config.obsp(), ["csr"]);
        let graph = config.build(&slide)?;
        assert_eq!(graph.row(0), (&[1][..], &[0.5][..]));
        assert_eq!(graph.row(1), (&[0, 2][..], &[0.25, 2.0][..]));
        assert_eq!(graph.row(2), (&[1, 2][..], &[1.5, 0.125][..]));
        assert!(!graph.is_symmetric());
        let both = ShippedGraph::Obsp {
            key: "csr".into(),
            symmetrize: true,
        };
        let graph = both.build(&slide)?;
        assert!(graph.is_symmetric());
        assert_eq!(graph.row(0), (&[1][..], &[0.5][..]));
        assert_eq!(graph.row(2), (&[1, 2][..], &[2.0, 0.125][..]));
        let error = ShippedGraph::parse("obsp:none")?.build(&slide).err();
        let said = error.map(|e| e.to_string()).unwrap_or_default();
        assert_eq!(
            said,
            "`none` is not in the obsp that was read; keys that are there: csr"
        );
        Ok(())
    }

    #[test]
    fn every_builder_is_checked_without_a_slide() {
        for graph in [
            ShippedGraph::Knn(SymmetricKnnGraph::new(0)),
            ShippedGraph::DirectedKnn(KnnGraph::new(0)),
            ShippedGraph::Radius(RadiusGraph::new(-1.0)),
            ShippedGraph::Spacing {
                spacings: f64::NAN,
                neighbor: 1,
                include_self: false,
            },
            ShippedGraph::Threshold(ThresholdGraph::new().scaled(-1.0)),
            ShippedGraph::Delaunay(DelaunayGraph::new().with_max_percentile(101.0)),
            ShippedGraph::Grid(GridGraph::new(0)),
            ShippedGraph::Hex(HexGraph::new(0)),
            ShippedGraph::Obsp {
                key: String::new(),
                symmetrize: false,
            },
        ] {
            assert!(graph.check().is_err(), "{graph:?}");
        }
        for text in ["knn:6", "delaunay", "obsp:a"] {
            let graph = ShippedGraph::parse(text).and_then(|graph| graph.check());
            assert!(graph.is_ok(), "{text}");
        }
    }

    #[test]
    fn names_are_read() -> Result<(), GraphError> {
        for (text, name) in [
            ("knn:6", "knn"),
            ("directed-knn:3", "directed-knn"),
            ("radius:1.5", "radius"),
            ("spacing:1.1", "spacing"),
            ("delaunay", "delaunay"),
            ("obsp:a:b", "obsp"),
        ] {
            assert_eq!(ShippedGraph::parse(text)?.name(), name);
        }
        for text in ["knn", "knn:x", "obsp:", "grid:1", ""] {
            assert!(ShippedGraph::parse(text).is_err(), "{text}");
        }
        Ok(())
    }
}
