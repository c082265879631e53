//! One entry of a graph.

/// A link of a [`SpatialGraph`](crate::SpatialGraph): row, column, weight and, if known, distance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Link {
    /// The row: the spot that receives.
    pub source: u32,
    /// The column: its neighbour.
    pub target: u32,
    /// The weight.
    pub weight: f32,
    /// The distance in the unit of the coordinates.
    pub distance: Option<f32>,
}

impl Link {
    /// A link of weight one, with no distance.
    pub fn new(source: u32, target: u32) -> Self {
        Self {
            source,
            target,
            weight: 1.0,
            distance: None,
        }
    }

    /// With another weight.
    pub fn with_weight(self, weight: f32) -> Self {
        Self { weight, ..self }
    }

    /// With a distance.
    pub fn with_distance(self, distance: f32) -> Self {
        Self {
            distance: Some(distance),
            ..self
        }
    }
}
