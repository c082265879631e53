//! SemST's search for a distance threshold.

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use super::GraphBuilder;
use crate::lattice::pitch_of;
use crate::points::Points;
use crate::{GraphError, RadiusGraph, SpatialGraph};

/// A radius graph whose radius is found by search. It is the first threshold at which every spot has more than `min_degree`
/// neighbours and some spot has more than `max_degree`. The spot itself does not count.
///
/// SemST uses it for HBC and MBA: t = 100, 200, … up to 1000, then in steps of 10, then of 5; smallest degree above 2, largest above 15
/// (docs/methods.md 1.1). Both conditions can only become true as t grows, so the finer steps matter only if `stop` is not a
/// multiple of the coarser.
///
/// # Errors
/// Besides those of [`GraphBuilder::build`]: bounds that make an empty range, and a search that ends without a threshold.
///
/// # Complexity
/// One radius search per threshold tried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ThresholdGraph {
    /// First threshold (SemST: 100).
    pub start: f64,
    /// Last threshold, included (SemST: 1000).
    pub stop: f64,
    /// Step widths, tried one after another (SemST: 100, 10, 5).
    pub steps: Vec<f64>,
    /// The smallest degree must exceed this (SemST: 2).
    pub min_degree: usize,
    /// The largest degree must exceed this (SemST: 15).
    pub max_degree: usize,
}

impl Default for ThresholdGraph {
    fn default() -> Self {
        Self {
            start: 100.0,
            stop: 1000.0,
            steps: vec![100.0, 10.0, 5.0],
            min_degree: 2,
            max_degree: 15,
        }
    }
}

impl ThresholdGraph {
    /// SemST's search.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same search in another unit: all lengths times `factor`.
    pub fn scaled(self, factor: f64) -> Self {
        let steps = self.steps.iter().map(|step| step * factor).collect();
        Self {
            start: self.start * factor,
            stop: self.stop * factor,
            steps,
            ..self
        }
    }

    fn thresholds(&self) -> impl Iterator<Item = f64> + '_ {
        self.steps.iter().flat_map(move |step| {
            (0..)
                .map(move |i| self.start + f64::from(i) * step)
                .take_while(|&t| t <= self.stop * (1.0 + 1e-9))
        })
    }
}

impl GraphBuilder for ThresholdGraph {
    fn check(&self) -> Result<(), GraphError> {
        let positive = |field, value: f64| {
            if value.is_finite() && value > 0.0 {
                Ok(())
            } else {
                Err(GraphError::Parameter {
                    field,
                    value,
                    bound: "positive and finite",
                })
            }
        };
        positive("start", self.start)?;
        positive("stop", self.stop)?;
        self.steps
            .iter()
            .try_for_each(|&step| positive("step", step))?;
        if self.stop < self.start {
            return Err(GraphError::Parameter {
                field: "stop",
                value: self.stop,
                bound: "not below start",
            });
        }
        Ok(())
    }

    fn build(&self, coords: ArrayView2<f64>) -> Result<SpatialGraph, GraphError> {
        self.check()?;
        let points = Points::new(coords)?;
        for radius in self.thresholds() {
            let degrees: Vec<usize> = points.within(radius).iter().map(Vec::len).collect();
            let (least, most) = degrees.iter().fold((usize::MAX, 0), |(least, most), &d| {
                (least.min(d), most.max(d))
            });
            if least > self.min_degree && most > self.max_degree {
                return RadiusGraph::new(radius).build(coords);
            }
        }
        let (start, stop, min_degree, max_degree) =
            (self.start, self.stop, self.min_degree, self.max_degree);
        Err(GraphError::NoThreshold {
            start,
            stop,
            min_degree,
            max_degree,
            median: pitch_of(&points)?,
        })
    }
}
