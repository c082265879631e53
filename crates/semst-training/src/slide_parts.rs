//! Slides that are too large for one step: features, graphs and semantics of one part at a time.

use crate::training_slide::{TrainingSlide, to_tensor};
use crate::{BatchSize, Part, Parts, TrainError};
use burn::tensor::Device;
use ndarray::{ArrayView2, Axis};
use semst_spatial_graph::{Partition, Postprocess, SpatialGraph, Symmetrize};
use std::sync::OnceLock;

/// The width of a halo in links if the encoder has no limit: that of two convolutions.
const HOPS: usize = 2;
/// Tiles of a part, spread over the slide (docs/decisions/0013).
const TILES: usize = 8;

/// A slide, cut in space.
pub(crate) struct SlideParts<'a> {
    slide: &'a TrainingSlide,
    semantics: ArrayView2<'a, f32>,
    parts: Vec<Partition>,
    /// The expression graph of each part, after its first use.
    expression: Vec<OnceLock<Option<SpatialGraph>>>,
    device: &'a Device,
}

impl<'a> SlideParts<'a> {
    /// Parts of at most `most` spots, each with a halo as wide as the reach of the encoder in links.
    pub(crate) fn new(
        slide: &'a TrainingSlide,
        semantics: ArrayView2<'a, f32>,
        (most, hops): (usize, Option<usize>),
        device: &'a Device,
    ) -> Result<Self, TrainError> {
        let links = Symmetrize.apply(slide.spatial().clone())?;
        let parts: Vec<_> = Partition::scatter(slide.coords().view(), most, TILES)?
            .into_iter()
            .map(|part| part.with_halo(&links, hops.unwrap_or(HOPS)))
            .collect();
        Ok(Self {
            slide,
            semantics,
            expression: vec![OnceLock::new(); parts.len()],
            parts,
            device,
        })
    }

    /// The part as a slide of its own.
    fn make(&self, index: usize) -> Result<Part, TrainError> {
        let part = &self.parts[index];
        let spots = part.spots();
        let expression = match self.expression[index].get() {
            Some(known) => known.clone(),
            None => {
                let found = self.slide.expression_of(spots)?;
                self.expression[index].get_or_init(|| found).clone()
            }
        };
        Ok(Part {
            core: part.core().to_vec(),
            slide: self.slide.part(spots, expression, self.device)?,
            semantics: to_tensor(&self.semantics.select(Axis(0), spots), self.device),
        })
    }
}

impl Parts for SlideParts<'_> {
    fn len(&self) -> usize {
        self.parts.len()
    }

    fn per_step(&self) -> usize {
        BatchSize::parts_a_step(self.slide.n_spots(), self.parts.len())
    }

    fn part(&self, index: usize) -> Result<Part, TrainError> {
        self.make(index).map_err(|error| match error {
            part @ TrainError::Part { .. } => part,
            source => TrainError::Part {
                index,
                source: Box::new(source),
            },
        })
    }
}
