//! Components and paths, through petgraph.

use petgraph::algo::dijkstra;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::unionfind::UnionFind;

use crate::SpatialGraph;

/// The weakly connected components of a graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Components {
    /// The component of every spot, numbered by their first spot.
    pub labels: Vec<u32>,
    /// The number of spots in every component.
    pub sizes: Vec<usize>,
}

/// What the length of a path adds up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathLength {
    /// Links.
    Hops,
    /// Link distances; a graph without distances counts each link as one.
    Distance,
}

impl SpatialGraph {
    /// The graph as petgraph's type: nodes in order, one directed edge per link (row → column), its weight the link's.
    pub fn to_petgraph(&self) -> DiGraph<(), f32> {
        let mut graph = DiGraph::with_capacity(self.n(), self.nnz());
        (0..self.n()).for_each(|_| {
            graph.add_node(());
        });
        for edge in self.iter_edges() {
            graph.add_edge(
                NodeIndex::new(edge.source as usize),
                NodeIndex::new(edge.target as usize),
                edge.weight,
            );
        }
        graph
    }

    /// The weakly connected components: links count in both directions. O(N + nnz), nearly.
    ///
    /// # Examples
    /// ```
    /// use semst_spatial_graph::{Link, SpatialGraph};
    /// let graph = SpatialGraph::from_edges(3, [Link::new(2, 0)])?;
    /// let components = graph.components();
    /// assert_eq!((components.labels, components.sizes), (vec![0, 1, 0], vec![2, 1]));
    /// # Ok::<(), semst_spatial_graph::GraphError>(())
    /// ```
    pub fn components(&self) -> Components {
        let mut sets = UnionFind::<u32>::new(self.n());
        for edge in self.iter_edges() {
            sets.union(edge.source, edge.target);
        }
        let mut number = vec![u32::MAX; self.n()];
        let mut components = Components {
            labels: Vec::with_capacity(self.n()),
            sizes: Vec::new(),
        };
        for root in sets.into_labeling() {
            let label = &mut number[root as usize];
            if *label == u32::MAX {
                *label = components.sizes.len() as u32;
                components.sizes.push(0);
            }
            components.labels.push(*label);
            components.sizes[*label as usize] += 1;
        }
        components
    }

    /// The length of the shortest path from `source` to every spot, along the links; `None` where there is none.
    ///
    /// # Panics
    /// When `source` is not below N.
    ///
    /// # Complexity
    /// O((N + nnz) log N), Dijkstra.
    pub fn shortest_paths(&self, source: usize, length: PathLength) -> Vec<Option<f64>> {
        assert!(
            source < self.n(),
            "spot {source} of a graph of {}",
            self.n()
        );
        let lengths = match (length, self.distances()) {
            (PathLength::Distance, Some(distances)) => Some(distances),
            _ => None,
        };
        let graph = self.to_petgraph();
        let reached = dijkstra(&graph, NodeIndex::new(source), None, |edge| {
            let at: usize = petgraph::visit::EdgeRef::id(&edge).index();
            lengths.map_or(1.0, |lengths| f64::from(lengths[at]))
        });
        (0..self.n())
            .map(|node| reached.get(&NodeIndex::new(node)).copied())
            .collect()
    }
}
