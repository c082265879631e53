//! Graphs of chosen spots, and of several slides.

use crate::{GraphError, SpatialGraph};

impl SpatialGraph {
    /// The graph of the spots in `nodes`, in that order: new spot i is old spot `nodes[i]`. Links to other spots are dropped.
    ///
    /// # Errors
    /// A spot out of range, or repeated.
    ///
    /// # Complexity
    /// O(N + links of the chosen rows, sorted).
    ///
    /// # Examples
    /// ```
    /// use semst_spatial_graph::{Link, SpatialGraph};
    /// let path = SpatialGraph::from_edges(3, [Link::new(0, 1), Link::new(1, 2)])?;
    /// let part = path.subgraph(&[2, 1])?;
    /// assert_eq!((part.row(0).0, part.row(1).0), (&[][..], &[0][..]));
    /// # Ok::<(), semst_spatial_graph::GraphError>(())
    /// ```
    pub fn subgraph(&self, nodes: &[usize]) -> Result<Self, GraphError> {
        const OUTSIDE: u32 = u32::MAX;
        let n = self.n();
        let mut position = vec![OUTSIDE; n];
        for (new, &old) in nodes.iter().enumerate() {
            match position.get_mut(old) {
                None => {
                    return Err(GraphError::OutOfRange {
                        row: new,
                        index: old,
                        n,
                    });
                }
                Some(slot) if *slot != OUTSIDE => return Err(GraphError::Repeated { index: old }),
                Some(slot) => *slot = new as u32,
            }
        }
        let mut part = Self {
            indptr: vec![0],
            indices: Vec::new(),
            weights: Vec::new(),
            distances: self.distances.as_ref().map(|_| Vec::new()),
        };
        for &old in nodes {
            let mut row: Vec<(u32, usize)> = (self.indptr[old]..self.indptr[old + 1])
                .map(|at| (position[self.indices[at] as usize], at))
                .filter(|&(new, _)| new != OUTSIDE)
                .collect();
            row.sort_unstable();
            part.indices.extend(row.iter().map(|&(new, _)| new));
            part.weights
                .extend(row.iter().map(|&(_, at)| self.weights[at]));
            if let (Some(to), Some(from)) = (&mut part.distances, &self.distances) {
                to.extend(row.iter().map(|&(_, at)| from[at]));
            }
            part.indptr.push(part.indices.len());
        }
        Ok(part)
    }

    /// The same graph with its spots in another order: new spot i is old spot `order[i]`.
    ///
    /// # Errors
    /// When `order` is not a permutation of 0..N.
    pub fn permute(&self, order: &[usize]) -> Result<Self, GraphError> {
        if order.len() != self.n() {
            return Err(GraphError::Length {
                what: "order",
                got: order.len(),
                expected: self.n(),
            });
        }
        self.subgraph(order)
    }
}
