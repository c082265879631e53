//! Training in the phases of an encoder's authors.

use super::material::Material;
use super::{Pipeline, Watch};
use crate::Error;
use burn::tensor::{Tensor, TensorData};
use ndarray::{Array2, Axis};
use semst_clustering_heads::{ClusterHead, KMeansConfig};
use semst_fsm_modulation::Modulation;
use semst_gnn_encoders::Encoder;
use semst_training::{Depth, EpochEnd, History, Modulated, Observer, TrainConfig};

/// What is trained here.
pub(super) type Model = Modulated<Encoder, Modulation>;

impl Pipeline {
    /// Host and modulators as one model.
    pub(super) fn modulated(
        &self,
        host: Encoder,
        latent: Modulation,
        inner: Vec<Modulation>,
    ) -> Result<Model, Error> {
        let deep = self.config.depth == Depth::All && self.config.modulation.uses_semantics();
        if deep && inner.is_empty() {
            let encoder = self.config.encoder.name();
            return Err(Error::NoInnerLayers { encoder });
        }
        let model = Modulated::new(host, latent);
        Ok(if deep {
            model.with_inner(inner)?
        } else {
            model
        })
    }

    /// Trains; where the encoder has a second phase, k-means of the embedding gives its centres, and it is as long as the first.
    pub(super) fn train(
        &self,
        model: Model,
        material: &Material<'_>,
        watch: &mut dyn Watch,
    ) -> Result<(Model, History), Error> {
        let config = &self.config.train;
        let next = self.config.encoder.second_phase();
        let phases = 1 + usize::from(next.is_some());
        let mut watched = |before: usize, config: &TrainConfig, model: Model| {
            let mut observer = |event: EpochEnd| {
                watch.epoch_end(EpochEnd {
                    epoch: before + event.epoch,
                    epochs: phases * event.epochs,
                    loss: event.loss,
                })
            };
            let observer: &mut dyn Observer = &mut observer;
            material.train(model, config, observer)
        };
        let (model, history) = watched(0, config, model)?;
        let (Some(next), true) = (next, history.epochs() > 0) else {
            return Ok((model, history));
        };
        let centres = self.centres(material.embed(&model)?, next.centres)?;
        let centres = Tensor::from_data(centres, &self.device.clone().autodiff());
        let model = model.try_map_host(|host| host.with_dec(centres, next.weight))?;
        // Other masks and dropout than in the first phase.
        let config = config.with_seed(config.seed ^ (1 << 40));
        let (model, second) = watched(history.epochs(), &config, model)?;
        Ok((model, history.then(second)))
    }

    /// Centres [k, d] of k-means on an embedding [n, d], the best of 2k starts as in the released SEDR.
    fn centres(&self, z: Array2<f32>, k: usize) -> Result<TensorData, Error> {
        let (n, d) = z.dim();
        if n <= k {
            let what = "centres of the second phase";
            return Err(Error::TooFewSpots { n, k, what });
        }
        let kmeans = KMeansConfig::new().with_restarts(2 * k).init(k)?;
        let labels = kmeans.assign(z.view(), self.config.seed)?.labels;
        let mut centres = Array2::<f64>::zeros((k, d));
        let mut sizes = vec![0.0f64; k];
        for (row, &label) in z.axis_iter(Axis(0)).zip(&labels) {
            let mut centre = centres.row_mut(label as usize);
            centre.zip_mut_with(&row, |sum, &v| *sum += f64::from(v));
            sizes[label as usize] += 1.0;
        }
        let means = centres.axis_iter(Axis(0)).zip(sizes);
        let means = means.flat_map(|(sum, size)| sum.mapv(|v| (v / size.max(1.0)) as f32).to_vec());
        Ok(TensorData::new(means.collect::<Vec<_>>(), [k, d]))
    }
}
