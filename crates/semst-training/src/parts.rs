//! Slides that are trained on part by part.

use crate::train::{Step, run};
use crate::{History, Modulated, Observer, TrainConfig, TrainError};
use burn::tensor::{Device, Tensor};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;
use semst_fsm_modulation::Modulator;
use semst_gnn_encoders::{EncoderError, Host, SlideData};

/// A part of a slide, as a slide of its own.
#[derive(Debug, Clone)]
pub struct Part {
    /// The spots that the part owns, as rows of the slide: the first rows of the part, in this order. The rest is their halo.
    pub core: Vec<usize>,
    /// Features and graphs of all its spots.
    pub slide: SlideData,
    /// Their semantics [spots of the part, s].
    pub semantics: Tensor<2>,
}

/// A slide in parts, made one at a time: only one is ever held.
pub trait Parts {
    /// Number of parts.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Makes a part. Its features must be scaled over the slide, not over the part.
    ///
    /// # Errors
    /// [`TrainError::Part`] when its graphs or features cannot be made.
    fn part(&self, index: usize) -> Result<Part, TrainError>;
}

/// Trains a model on the parts of a slide, one part a step; each pass takes them in another order, drawn from the seed.
///
/// What is kept of a full-batch training is the number of steps: `epochs` of them, or one pass where there are more parts than
/// that. So the cost of a large slide grows with its parts, and that of a small one does not depend on its size.
/// A plateau is not looked for: the losses of parts differ more from each other than from step to step.
///
/// # Errors
/// As [`train`](crate::train()); [`TrainError::Part`] when a part cannot be made.
pub fn train_in_parts<H: Host, M: Modulator>(
    model: Modulated<H, M>,
    parts: &dyn Parts,
    device: &Device,
    config: &TrainConfig,
    observer: &mut dyn Observer,
) -> Result<(Modulated<H, M>, History), TrainError> {
    config.check()?;
    let config = TrainConfig {
        epochs: steps(config.epochs, parts.len()),
        min_improvement: 0.0,
        ..*config
    };
    let mut order: Vec<usize> = (0..parts.len()).collect();
    let mut rng = Pcg64::seed_from_u64(config.seed);
    run(model, &config, observer, |host, step| {
        let place = step % order.len();
        if place == 0 {
            order.shuffle(&mut rng);
        }
        let index = order[place];
        let failed = |reason: EncoderError| TrainError::Part {
            index,
            reason: reason.to_string(),
        };
        let part = parts.part(index)?;
        Ok(Step {
            batch: host.prepare(&part.slide, device).map_err(failed)?,
            semantics: part.semantics,
        })
    })
}

/// Embeds the n spots of a slide part by part, keeping the rows of each part's core: row-major values [n, d] and their width.
///
/// Equal to the embedding of the whole where halos are as wide as [`Host::hops`] says; the model is to be off the autodiff device.
///
/// # Errors
/// [`TrainError::Part`] when a part cannot be made.
pub fn embed_in_parts<H: Host, M: Modulator>(
    model: &Modulated<H, M>,
    parts: &dyn Parts,
    n: usize,
    device: &Device,
) -> Result<(Vec<f32>, usize), TrainError> {
    let (mut values, mut width) = (Vec::new(), 0);
    for index in 0..parts.len() {
        let failed = |reason: EncoderError| TrainError::Part {
            index,
            reason: reason.to_string(),
        };
        let part = parts.part(index)?;
        let batch = model.host().prepare(&part.slide, device).map_err(failed)?;
        let embedded = model.embed(&batch, part.semantics);
        width = embedded.dims()[1];
        values.resize(n * width, 0.0);
        let rows: Vec<f32> = embedded.into_data().iter::<f32>().collect();
        for (row, &spot) in rows.chunks(width.max(1)).zip(&part.core) {
            values[spot * width..][..width].copy_from_slice(row);
        }
    }
    Ok((values, width))
}

/// Steps of a training of so many epochs on so many parts.
fn steps(epochs: usize, parts: usize) -> usize {
    match epochs.min(parts) {
        0 => 0,
        _ => epochs.max(parts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NoObserver;
    use semst_fsm_modulation::ModulationConfig;
    use semst_gnn_encoders::{Features, SemstConfig};
    use semst_spatial_graph::{Link, SpatialGraph};
    use std::cell::RefCell;

    /// Rings of four spots; part i owns ring i.
    struct Rings {
        seen: RefCell<Vec<usize>>,
        device: Device,
    }

    impl Parts for Rings {
        fn len(&self) -> usize {
            3
        }

        fn part(&self, index: usize) -> Result<Part, TrainError> {
            self.seen.borrow_mut().push(index);
            let links = (0..4).map(|i| Link::new(i, (i + 1) % 4));
            let ring = SpatialGraph::from_edges(4, links).expect("a valid graph");
            let values = (0..8).map(|i| ((i * (index + 2)) % 5) as f32).collect();
            Ok(Part {
                core: (0..4).map(|i| 3 * i + index).collect(),
                slide: SlideData {
                    features: Features::dense(values, 4, 2, &self.device),
                    spatial: ring.clone(),
                    expression: Some(ring),
                },
                semantics: Tensor::ones([4, 3], &self.device),
            })
        }
    }

    fn model(
        device: &Device,
    ) -> Modulated<semst_gnn_encoders::Semst, semst_fsm_modulation::Modulation> {
        let device = device.clone().autodiff();
        let host = SemstConfig::new()
            .with_widths(8, 4)
            .init(2, 0, &device)
            .expect("a host");
        let fsm = ModulationConfig::from_name("fsm").expect("known");
        Modulated::new(host, fsm.init(8, 3, 0, &device).expect("a modulator"))
    }

    #[test]
    fn each_pass_takes_every_part_once() -> Result<(), TrainError> {
        let device = Device::flex();
        let rings = Rings {
            seen: RefCell::default(),
            device: device.clone(),
        };
        let config = TrainConfig::new(7).with_seed(3);
        let (_, history) =
            train_in_parts(model(&device), &rings, &device, &config, &mut NoObserver)?;
        assert_eq!(history.epochs(), 7);
        let seen = rings.seen.take();
        for pass in seen[..6].chunks(3) {
            let mut pass = pass.to_vec();
            pass.sort_unstable();
            assert_eq!(pass, [0, 1, 2]);
        }
        let (_, again) = train_in_parts(model(&device), &rings, &device, &config, &mut NoObserver)?;
        assert_eq!(
            again.total, history.total,
            "the same seed gives the same bits"
        );
        Ok(())
    }

    #[test]
    fn steps_are_kept_or_every_part_is_seen() {
        assert_eq!(
            (steps(100, 25), steps(100, 245), steps(0, 9), steps(5, 0)),
            (100, 245, 0, 0)
        );
    }

    #[test]
    fn rows_come_back_in_their_places() -> Result<(), TrainError> {
        use burn::module::Module;
        let device = Device::flex();
        let rings = Rings {
            seen: RefCell::default(),
            device: device.clone(),
        };
        let model = model(&device).valid();
        let (values, width) = embed_in_parts(&model, &rings, 12, &device)?;
        assert_eq!((values.len(), width), (48, 4));
        let part = rings.part(1).expect("a part");
        let batch = model.host().prepare(&part.slide, &device).expect("a batch");
        let alone: Vec<f32> = model
            .embed(&batch, part.semantics)
            .into_data()
            .iter::<f32>()
            .collect();
        for (i, row) in alone.chunks(4).enumerate() {
            assert_eq!(&values[(3 * i + 1) * 4..][..4], row);
        }
        Ok(())
    }
}
