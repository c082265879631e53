//! Training on slides part by part.

use crate::train::{Held, Step, run};
use crate::{History, Modulated, Observer, TrainConfig, TrainError};
use burn::tensor::{Device, Tensor};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;
use semst_fsm_modulation::Modulator;
use semst_gnn_encoders::{Encoder, EncoderError, SlideData};

/// A part of a slide, as a slide of its own.
#[derive(Debug, Clone)]
pub struct Part {
    /// The spots that the part owns, as rows of the slide: the first rows of the part, in this order. The other rows are the
    /// halo.
    pub core: Vec<usize>,
    /// Features and graphs of all spots of the part.
    pub slide: SlideData,
    /// Their semantics [spots of the part, s].
    pub semantics: Tensor<2>,
}

/// A slide in parts that are made one at a time, so that only one is in memory.
pub trait Parts {
    /// Number of parts.
    fn len(&self) -> usize;

    /// Whether there are no parts.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of parts in a step of the optimiser, which uses their mean gradient; at least one.
    fn per_step(&self) -> usize {
        1
    }

    /// Makes a part. Its features must be scaled over the slide, not over the part.
    ///
    /// # Errors
    /// [`TrainError::Part`] when its graphs or features cannot be made.
    fn part(&self, index: usize) -> Result<Part, TrainError>;
}

/// Trains a model on the parts of a slide, with [`Parts::per_step`] parts in a step; the order of each pass is drawn from the
/// seed.
///
/// The number of steps is that of a full-batch training: `epochs`, or one pass if that takes more steps. So the cost of a large
/// slide grows with the number of its parts, and that of a small one does not depend on its size. Training does not stop at a
/// plateau, because the losses of parts differ more from each other than from step to step.
///
/// # Errors
/// As [`train`](crate::train()); [`TrainError::Part`] when a part cannot be made.
pub fn train_in_parts<E: Encoder, M: Modulator>(
    model: Modulated<E, M>,
    parts: &dyn Parts,
    device: &Device,
    config: &TrainConfig,
    observer: &mut dyn Observer,
) -> Result<(Modulated<E, M>, History), TrainError> {
    config.check()?;
    let per_step = parts.per_step().max(1);
    let config = TrainConfig {
        epochs: steps(config.epochs, parts.len().div_ceil(per_step)),
        min_improvement: 0.0,
        ..*config
    };
    let mut order: Vec<usize> = (0..parts.len()).collect();
    let mut rng = Pcg64::seed_from_u64(config.seed);
    run(model, &config, per_step, observer, |encoder, part| {
        let place = part % order.len();
        if place == 0 {
            order.shuffle(&mut rng);
        }
        let index = order[place];
        let failed = |error: EncoderError| TrainError::Part {
            index,
            source: Box::new(error.into()),
        };
        let part = parts.part(index)?;
        Ok(Step {
            input: Held::Part(encoder.prepare(&part.slide, device).map_err(failed)?),
            semantics: part.semantics,
        })
    })
}

/// Embeds the n spots of a slide part by part, and keeps the rows of each part's core: row-major values [n, d] and their width.
///
/// Equals the embedding of the whole slide if halos are as wide as [`Encoder::hops`]; the model must be off the autodiff device.
///
/// # Errors
/// [`TrainError::Part`] when a part cannot be made.
pub fn embed_in_parts<E: Encoder, M: Modulator>(
    model: &Modulated<E, M>,
    parts: &dyn Parts,
    n: usize,
    device: &Device,
) -> Result<(Vec<f32>, usize), TrainError> {
    let (mut values, mut width) = (Vec::new(), 0);
    for index in 0..parts.len() {
        let failed = |error: EncoderError| TrainError::Part {
            index,
            source: Box::new(error.into()),
        };
        let part = parts.part(index)?;
        let encoder = model.encoder();
        let input = encoder.prepare(&part.slide, device).map_err(failed)?;
        let embedded = model.embed(&input, part.semantics);
        width = embedded.dims()[1];
        values.resize(n * width, 0.0);
        let rows: Vec<f32> = embedded.into_data().iter::<f32>().collect();
        for (row, &spot) in rows.chunks(width.max(1)).zip(&part.core) {
            values[spot * width..][..width].copy_from_slice(row);
        }
    }
    Ok((values, width))
}

/// The number of steps of a training of `epochs` epochs, if a pass over the slide takes `pass` steps.
fn steps(epochs: usize, pass: usize) -> usize {
    match epochs.min(pass) {
        0 => 0,
        _ => epochs.max(pass),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NoObserver, train};
    use semst_fsm_modulation::{ModulatorConfig, ShippedModulator};
    use semst_gnn_encoders::{Features, SemstConfig, StagateConfig};
    use semst_spatial_graph::{Link, SpatialGraph};
    use std::cell::RefCell;

    /// Rings of four spots; part i owns ring i.
    struct Rings {
        seen: RefCell<Vec<usize>>,
        per_step: usize,
        device: Device,
    }

    impl Rings {
        fn new(per_step: usize) -> Self {
            Self {
                seen: RefCell::default(),
                per_step,
                device: Device::flex(),
            }
        }
    }

    impl Parts for Rings {
        fn len(&self) -> usize {
            3
        }

        fn per_step(&self) -> usize {
            self.per_step
        }

        fn part(&self, index: usize) -> Result<Part, TrainError> {
            self.seen.borrow_mut().push(index);
            let links = (0..4).map(|i| Link::new(i, (i + 1) % 4));
            let ring = SpatialGraph::from_edges(4, links).expect("a valid graph");
            let values = (0..8).map(|i| ((i * (index + 2)) % 5) as f32).collect();
            Ok(Part {
                core: (0..4).map(|i| 3 * i + index).collect(),
                slide: SlideData::new(Features::dense(values, 4, 2, &self.device), ring.clone())
                    .with_expression(ring),
                semantics: Tensor::ones([4, 3], &self.device),
            })
        }
    }

    fn model(
        device: &Device,
    ) -> Modulated<semst_gnn_encoders::Semst, semst_fsm_modulation::ShippedModulatorModule> {
        let device = device.clone().autodiff();
        let encoder = SemstConfig::new()
            .with_widths(8, 4)
            .init(2, 0, &device)
            .expect("an encoder");
        let fsm = ShippedModulator::from_name("fsm").expect("known");
        Modulated::new(encoder, fsm.init(8, 3, 0, &device).expect("a modulator"))
    }

    #[test]
    fn each_pass_takes_every_part_once() -> Result<(), TrainError> {
        let device = Device::flex();
        let rings = Rings::new(1);
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

    /// For a loss that is a mean over spots, unlinked rings that are all in each step train like the slide of all rings.
    #[test]
    fn all_parts_in_a_step_train_as_the_whole() -> Result<(), TrainError> {
        let device = Device::flex();
        let rings = Rings::new(3);
        let (mut values, mut links) = (vec![0.0f32; 24], Vec::new());
        for index in 0..3 {
            let part = rings.part(index)?;
            let rows: Vec<f32> = part.slide.features.to_dense().into_data().iter().collect();
            for (row, &spot) in rows.chunks(2).zip(&part.core) {
                values[2 * spot..][..2].copy_from_slice(row);
            }
            let links_of = (0..4).map(|i| (part.core[i], part.core[(i + 1) % 4]));
            links.extend(links_of.map(|(i, j)| Link::new(i as u32, j as u32)));
        }
        let whole = SlideData::new(
            Features::dense(values, 12, 2, &device),
            SpatialGraph::from_edges(12, links).expect("a valid graph"),
        );
        let model = || {
            let device = device.clone().autodiff();
            let encoder = StagateConfig::new().with_widths(8, 4);
            let encoder = encoder.init(2, 0, &device).expect("an encoder");
            let fsm = ShippedModulator::from_name("fsm").expect("known");
            Modulated::new(encoder, fsm.init(4, 3, 0, &device).expect("a modulator"))
        };
        let config = TrainConfig::new(9).with_learning_rate(1e-2);
        let semantics = Tensor::ones([12, 3], &device);
        let input = model()
            .encoder()
            .prepare(&whole, &device)
            .expect("an input");
        let (_, want) = train(model(), &input, &semantics, &config, &mut NoObserver)?;
        let (_, got) = train_in_parts(model(), &rings, &device, &config, &mut NoObserver)?;
        assert_eq!(got.epochs(), 9);
        for (got, want) in got.total.iter().zip(&want.total) {
            assert!((got - want).abs() < 1e-5 * want.abs(), "{got} {want}");
        }
        Ok(())
    }

    #[test]
    fn rows_come_back_in_their_places() -> Result<(), TrainError> {
        use burn::module::Module;
        let device = Device::flex();
        let rings = Rings::new(1);
        let model = model(&device).valid();
        let (values, width) = embed_in_parts(&model, &rings, 12, &device)?;
        assert_eq!((values.len(), width), (48, 4));
        let part = rings.part(1).expect("a part");
        let input = model
            .encoder()
            .prepare(&part.slide, &device)
            .expect("an input");
        let alone: Vec<f32> = model
            .embed(&input, part.semantics)
            .into_data()
            .iter::<f32>()
            .collect();
        for (i, row) in alone.chunks(4).enumerate() {
            assert_eq!(&values[(3 * i + 1) * 4..][..4], row);
        }
        Ok(())
    }
}
