//! Trains on a slide and applies the model to it, at once or in parts.

use crate::slide_parts::SlideParts;
use crate::training_slide::{TrainingSlide, to_tensor};
use crate::{
    EpochEnd, History, Modulated, Observer, Parts, TrainConfig, TrainError, embed_in_parts, train,
    train_in_parts,
};
use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use ndarray::{Array2, ArrayView2};
use semst_fsm_modulation::Modulator;
use semst_gnn_encoders::Encoder;
use semst_seed::{Seed, Stream};

/// Clusters an embedding [n, d] into the given number of groups: a label for each spot. A later phase of training starts from
/// their centres.
pub type Clustering<'a> = dyn Fn(ArrayView2<'_, f32>, usize) -> Result<Vec<u32>, TrainError> + 'a;

/// A slide with its semantics, prepared for one encoder.
pub struct Trainer<'a, E: Encoder> {
    slide: &'a TrainingSlide,
    semantics: &'a Array2<f32>,
    device: &'a Device,
    data: Data<'a, E>,
}

/// The slide in the form that the batch size requires.
enum Data<'a, E: Encoder> {
    Whole(E::Input, Tensor<2>),
    Parts(SlideParts<'a>),
}

impl<'a, E: Encoder> Trainer<'a, E> {
    /// Prepares a slide with semantics [n, s] for an encoder, whole or in parts according to the batch size.
    ///
    /// # Errors
    /// When spots do not match, or the encoder cannot use the slide.
    pub fn new(
        encoder: &E,
        slide: &'a TrainingSlide,
        semantics: &'a Array2<f32>,
        config: &TrainConfig,
        device: &'a Device,
    ) -> Result<Self, TrainError> {
        let (expected, got) = (slide.n_spots(), semantics.nrows());
        if expected != got {
            return Err(TrainError::Spots {
                part: "semantics",
                expected,
                got,
            });
        }
        let data = match config.batch.spots(slide.n_spots()) {
            Some(most) => Data::Parts(SlideParts::new(
                slide,
                semantics.view(),
                (most, encoder.hops()),
                device,
            )?),
            None => Data::Whole(
                encoder.prepare(&slide.whole(device)?, device)?,
                to_tensor(semantics, device),
            ),
        };
        Ok(Self {
            slide,
            semantics,
            device,
            data,
        })
    }

    /// Trains a model in all phases of its encoder ([`Encoder::next_phase`]), each as long as the first.
    ///
    /// # Errors
    /// As [`train`](crate::train()); when a phase cannot be entered.
    pub fn train<M: Modulator>(
        &self,
        model: Modulated<E, M>,
        config: &TrainConfig,
        cluster: &Clustering<'_>,
        observer: &mut dyn Observer,
    ) -> Result<(Modulated<E, M>, History), TrainError> {
        let phases = 1 + usize::from(model.encoder().next_phase().is_some());
        let mut in_phase = |before: usize, config: &TrainConfig, model: Modulated<E, M>| {
            let mut all = |event: EpochEnd| {
                observer.epoch_end(EpochEnd {
                    epoch: before + event.epoch,
                    epochs: phases * event.epochs,
                    loss: event.loss,
                })
            };
            self.train_phase(model, config, &mut all)
        };
        let (mut model, mut history) = in_phase(0, config, model)?;
        for entered in 1.. {
            let (Some(phase), true) = (model.encoder().next_phase(), history.epochs() > 0) else {
                break;
            };
            let z = self.embed(&model)?;
            let centres = self.centres(&z, phase.n_centres, cluster)?;
            let centres = Tensor::from_data(centres, &self.device.clone().autodiff());
            model = model.try_map_encoder(|encoder| encoder.enter_phase(centres))?;
            // The masks and dropout must differ from those in the phases before.
            let config = config.with_seed(Seed(config.seed).stream(Stream::Phase(entered)).into());
            let (next, more) = in_phase(history.epochs(), &config, model)?;
            (model, history) = (next, history.then(more));
        }
        Ok((model, history))
    }

    fn train_phase<M: Modulator>(
        &self,
        model: Modulated<E, M>,
        config: &TrainConfig,
        observer: &mut dyn Observer,
    ) -> Result<(Modulated<E, M>, History), TrainError> {
        match &self.data {
            Data::Whole(input, semantics) => train(model, input, semantics, config, observer),
            Data::Parts(parts) => train_in_parts(model, parts, self.device, config, observer),
        }
    }

    /// The embedding of all spots by a model, [n, d]: part by part if that gives the same result, else at once.
    ///
    /// # Errors
    /// When a part cannot be made.
    pub fn embed<M: Modulator>(&self, model: &Modulated<E, M>) -> Result<Array2<f32>, TrainError> {
        let model = model.valid();
        match &self.data {
            Data::Whole(input, semantics) => Ok(to_array(model.embed(input, semantics.clone()))),
            Data::Parts(parts) if model.encoder().hops().is_some() => {
                let n = self.slide.n_spots();
                let (values, width) = embed_in_parts(&model, parts, n, self.device)?;
                Ok(Array2::from_shape_vec((n, width), values).expect("a row for each spot"))
            }
            Data::Parts(_) => {
                let whole = self.slide.whole(self.device)?;
                let input = model.encoder().prepare(&whole, self.device)?;
                let semantics = to_tensor(self.semantics, self.device);
                Ok(to_array(model.embed(&input, semantics)))
            }
        }
    }

    /// The latent before its modulation, [spots, d_latent]: of all spots, or of those of the first part.
    ///
    /// # Errors
    /// When the part cannot be made.
    pub fn latent<M: Modulator>(&self, model: &Modulated<E, M>) -> Result<Array2<f32>, TrainError> {
        let model = model.valid();
        match &self.data {
            Data::Whole(input, semantics) => Ok(to_array(model.latent(input, semantics.clone()))),
            Data::Parts(parts) => {
                let part = parts.part(0)?;
                let input = model.encoder().prepare(&part.slide, self.device)?;
                Ok(to_array(model.latent(&input, part.semantics)))
            }
        }
    }

    /// Means [k, d] of the groups of an embedding [n, d].
    fn centres(
        &self,
        z: &Array2<f32>,
        k: usize,
        cluster: &Clustering<'_>,
    ) -> Result<TensorData, TrainError> {
        let (n, d) = z.dim();
        if n <= k {
            return Err(TrainError::TooFewSpots { n, n_centres: k });
        }
        let labels = cluster(z.view(), k)?;
        let mut centres = Array2::<f64>::zeros((k, d));
        let mut sizes = vec![0.0f64; k];
        for (row, &label) in z.rows().into_iter().zip(&labels) {
            let mut centre = centres.row_mut(label as usize);
            centre.zip_mut_with(&row, |sum, &v| *sum += f64::from(v));
            sizes[label as usize] += 1.0;
        }
        let means = centres.rows().into_iter().zip(sizes);
        let means = means.flat_map(|(sum, size)| sum.mapv(|v| (v / size.max(1.0)) as f32).to_vec());
        Ok(TensorData::new(means.collect::<Vec<_>>(), [k, d]))
    }
}

fn to_array(x: Tensor<2>) -> Array2<f32> {
    let [n, d] = x.dims();
    let values = x.into_data().iter::<f32>().collect();
    Array2::from_shape_vec((n, d), values).expect("a tensor has as many values as its shape says")
}
