//! What a model is trained on and applied to: a slide at once, or in parts.

use super::parts::{SlideParts, to_tensor};
use super::training::Model;
use super::{Pipeline, Prepared, to_device};
use crate::Error;
use burn::module::Module;
use burn::tensor::{Device, Tensor};
use ndarray::Array2;
use semst_gnn_encoders::{Batch, Encoder, Host, SlideData};
use semst_semantic_embedding::Semantics;
use semst_training::{
    History, Observer, Parts, TrainConfig, embed_in_parts, train, train_in_parts,
};

/// A prepared slide with its semantics, as the size of the batch asks for it.
pub(super) struct Material<'a> {
    prepared: &'a Prepared,
    semantics: &'a Array2<f32>,
    device: &'a Device,
    whole: Option<(Batch, Tensor<2>)>,
    parts: Option<SlideParts<'a>>,
}

impl<'a> Material<'a> {
    pub(super) fn new(
        pipeline: &'a Pipeline,
        prepared: &'a Prepared,
        semantics: &'a Semantics,
        host: &Encoder,
    ) -> Result<Self, Error> {
        let (config, device) = (&pipeline.config, &pipeline.device);
        let mut material = Self {
            prepared,
            semantics: &semantics.vectors,
            device,
            whole: None,
            parts: None,
        };
        match config.train.batch.spots(prepared.features.shape().0) {
            Some(most) => {
                let k = config.encoder.needs_expression_graph();
                material.parts = Some(SlideParts::new(
                    prepared,
                    semantics.vectors.view(),
                    k.then_some(config.n_neighbors),
                    (most, host.hops()),
                    device,
                )?);
            }
            None => material.whole = Some(material.at_once(host)?),
        }
        Ok(material)
    }

    /// Trains on the slide, or on part after part.
    pub(super) fn train(
        &self,
        model: Model,
        config: &TrainConfig,
        observer: &mut dyn Observer,
    ) -> Result<(Model, History), Error> {
        Ok(match (&self.whole, &self.parts) {
            (Some((batch, semantics)), _) => train(model, batch, semantics, config, observer)?,
            (_, Some(parts)) => train_in_parts(model, parts, self.device, config, observer)?,
            _ => unreachable!("new() makes one of them"),
        })
    }

    /// What a model makes of all spots, [n, d]: part by part where that is the same, else at once.
    pub(super) fn embed(&self, model: &Model) -> Result<Array2<f32>, Error> {
        let model = model.valid();
        let n = self.semantics.nrows();
        let (values, width) = match (&self.whole, &self.parts) {
            (Some(whole), _) => embed_at_once(&model, whole.clone()),
            (_, Some(parts)) if model.host().hops().is_some() => {
                embed_in_parts(&model, parts, n, self.device)?
            }
            _ => embed_at_once(&model, self.at_once(model.host())?),
        };
        Ok(Array2::from_shape_vec((n, width), values)
            .expect("a tensor has as many values as its shape says"))
    }

    /// The latent that the modulator of the latent sees, [spots, d_latent]: of all spots, or of those of the first part.
    pub(super) fn latent(&self, model: &Model) -> Result<Array2<f32>, Error> {
        let model = model.valid();
        let (batch, semantics) = match (&self.whole, &self.parts) {
            (_, Some(parts)) => {
                let part = parts.part(0)?;
                (
                    model.host().prepare(&part.slide, self.device)?,
                    part.semantics,
                )
            }
            (Some(whole), _) => whole.clone(),
            _ => unreachable!("new() makes one of them"),
        };
        let latent = model.latent(&batch, semantics);
        let [n, d] = latent.dims();
        Ok(
            Array2::from_shape_vec((n, d), latent.into_data().iter::<f32>().collect())
                .expect("a tensor has as many values as its shape says"),
        )
    }

    /// The whole slide on the device.
    fn at_once(&self, host: &Encoder) -> Result<(Batch, Tensor<2>), Error> {
        let data = SlideData {
            features: to_device(&self.prepared.features, self.device)?,
            spatial: self.prepared.spatial.clone(),
            expression: self.prepared.expression.clone(),
        };
        let batch = host.prepare(&data, self.device)?;
        Ok((batch, to_tensor(self.semantics, self.device)))
    }
}

fn embed_at_once(model: &Model, (batch, semantics): (Batch, Tensor<2>)) -> (Vec<f32>, usize) {
    let embedding = model.embed(&batch, semantics);
    let width = embedding.dims()[1];
    (embedding.into_data().iter::<f32>().collect(), width)
}
