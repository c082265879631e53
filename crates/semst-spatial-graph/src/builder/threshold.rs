//! SemST's search for a distance threshold.

use ndarray::ArrayView2;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::GraphBuilder;
use super::radius::check_links;
use crate::lattice::pitch_of;
use crate::points::Points;
use crate::{GraphError, RadiusGraph, SpatialGraph};

/// A radius graph whose radius is found by search, as in SemST's released code (HBC and MBA; docs/methods.md 1.1).
///
/// A threshold t passes when every spot has more than `min_degree` spots within t and some spot more than `max_degree`; the spot
/// itself counts. The search takes the first of 100, 200, … 900 that passes. From 100 below it, it takes the first that passes in
/// steps of 10, and from 10 below that the first in steps of 5. The graph has no self-links.
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
    /// End of the thresholds, excluded (SemST: 1000).
    pub stop: f64,
    /// Step widths, tried one after another (SemST: 100, 10, 5).
    pub steps: Vec<f64>,
    /// The smallest count, with the spot itself, must exceed this (SemST: 2).
    pub min_degree: usize,
    /// The largest count, with the spot itself, must exceed this (SemST: 15).
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

    fn threshold(&self, points: &Points) -> Result<Option<f64>, GraphError> {
        let mut from = self.start;
        let mut found = None;
        for step in &self.steps {
            let mut thresholds = (0..)
                .map(|i| from + f64::from(i) * step)
                .take_while(|&t| t < self.stop * (1.0 - 1e-9));
            let passing = loop {
                let Some(t) = thresholds.next() else {
                    return Ok(None);
                };
                check_links(points, t)?;
                if self.passes(points, t) {
                    break t;
                }
            };
            found = Some(passing);
            from = passing - step;
        }
        Ok(found)
    }

    fn passes(&self, points: &Points, threshold: f64) -> bool {
        let counts = (0..points.len()).into_par_iter();
        let counts = counts.map(|spot| points.count_within(spot, threshold) + 1);
        let (least, most) = counts
            .map(|count| (count, count))
            .reduce(|| (usize::MAX, 0), |a, b| (a.0.min(b.0), a.1.max(b.1)));
        least > self.min_degree && most > self.max_degree
    }
}

/// The most thresholds that are tried with one step.
const MOST_STEPS: f64 = 1e6;

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
        let reach = self.stop - self.start;
        if let Some(&step) = self.steps.iter().find(|&&step| reach / step > MOST_STEPS) {
            return Err(GraphError::Parameter {
                field: "steps",
                value: step,
                bound: "at least a millionth of stop - start",
            });
        }
        Ok(())
    }

    fn build(&self, coords: ArrayView2<f64>) -> Result<SpatialGraph, GraphError> {
        self.check()?;
        let points = Points::new(coords)?;
        if let Some(radius) = self.threshold(&points)? {
            return RadiusGraph::new(radius).build(coords);
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
