//! The walk of a slide: features, graphs, semantics, training, domains.

pub(crate) mod stage;
mod training;

use crate::{Error, RunConfig, SemanticsConfig};
use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use ndarray::{Array2, Axis, concatenate};
use semst_clustering_heads::{Assignment, ClusterHead};
use semst_gnn_encoders::{Features, Host, Laplacian, SlideData, diffuse};
use semst_io::SpatialDataset;
use semst_preprocess::{FeatureMatrix, Preprocess, PreprocessReport};
use semst_semantic_embedding::Semantics;
use semst_spatial_graph::{CosineKnn, Postprocess, SpatialGraph, Symmetrize};
use semst_training::{Depth, History};
use stage::{Stage, Watch};

/// Runs a configuration on slides.
///
/// # Examples
/// ```no_run
/// use semst::prelude::*;
///
/// let (slide, dropped) = read("sample/outs".as_ref(), &ReadConfig::new())?;
/// print!("{dropped}");
/// let run = Pipeline::new(RunConfig::preset("default")?.with_domains(7))?.run(&slide, &mut Silent)?;
/// println!("first spot: domain {}", run.assignment.labels[0]);
/// # Ok::<(), semst::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Pipeline {
    config: RunConfig,
    device: Device,
}

/// What does not depend on encoder, modulation or seed: made once, used by many runs.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// Features of all spots.
    pub features: FeatureMatrix,
    /// Which genes of the slide the features are made of.
    pub genes: Vec<usize>,
    /// What preprocessing dropped.
    pub report: PreprocessReport,
    /// Who lies next to whom.
    pub spatial: SpatialGraph,
    /// Who resembles whom, where the encoder looks.
    pub expression: Option<SpatialGraph>,
    /// Diffused principal components that are clustered beside the embedding, where the configuration asks for them.
    pub floor: Option<Array2<f32>>,
}

/// A finished run.
#[derive(Debug, Clone)]
pub struct Run {
    /// What was asked for.
    pub config: RunConfig,
    /// Embedding of all spots, [n, d].
    pub embedding: Array2<f32>,
    /// Semantics of all spots.
    pub semantics: Semantics,
    /// Domains.
    pub assignment: Assignment,
    /// Losses over the epochs.
    pub history: History,
    /// What preprocessing dropped.
    pub report: PreprocessReport,
    /// The spatial graph.
    pub spatial: SpatialGraph,
    /// Where the tensors were.
    pub device: String,
}

impl Pipeline {
    /// Checks a configuration.
    ///
    /// # Errors
    /// As [`RunConfig::check`].
    pub fn new(config: RunConfig) -> Result<Self, Error> {
        config.check()?;
        let device = crate::device(&config.device)?;
        Ok(Self { config, device })
    }

    /// The configuration.
    pub fn config(&self) -> &RunConfig {
        &self.config
    }

    /// Checks that a slide has more spots than there are domains and neighbours, and that a file of semantics is there: what can
    /// be known before any work.
    ///
    /// # Errors
    /// [`Error::TooFewSpots`]; [`semst_io::IoError::NotFound`].
    pub fn check(&self, slide: &SpatialDataset) -> Result<(), Error> {
        if self.config.modulation.uses_semantics()
            && let Some(place) = self.config.semantics.source.place()
        {
            place.check()?;
        }
        let n = slide.n_spots();
        let expression = self.config.encoder.needs_expression_graph();
        let needed = [
            (self.config.domains, "domains"),
            (self.config.spatial_graph.neighbors(), "spatial neighbours"),
            (
                expression.then_some(self.config.n_neighbors),
                "expression neighbours",
            ),
        ];
        match needed.into_iter().find(|(k, _)| k.is_some_and(|k| n <= k)) {
            Some((Some(k), what)) => Err(Error::TooFewSpots { n, k, what }),
            _ => Ok(()),
        }
    }

    /// Everything, from counts to domains.
    ///
    /// # Errors
    /// The first stage that fails.
    pub fn run(&self, slide: &SpatialDataset, watch: &mut dyn Watch) -> Result<Run, Error> {
        let prepared = self.prepare(slide, watch)?;
        let semantics = self.semantics(slide, watch)?;
        let (embedding, history) = self.embed(&prepared, &semantics, watch)?;
        watch.stage(Stage::Cluster);
        let assignment = self.head()?.assign(embedding.view(), self.config.seed)?;
        Ok(Run {
            config: self.config.clone(),
            embedding,
            semantics,
            assignment,
            history,
            report: prepared.report,
            spatial: prepared.spatial,
            device: "cpu (burn-flex)".into(),
        })
    }

    /// Features and graphs.
    ///
    /// # Errors
    /// When counts or coordinates do not allow them, or there are fewer spots than neighbours or domains.
    pub fn prepare(
        &self,
        slide: &SpatialDataset,
        watch: &mut dyn Watch,
    ) -> Result<Prepared, Error> {
        self.check(slide)?;
        watch.stage(Stage::Preprocess);
        let (features, report) = self.config.preprocess.run(&slide.counts)?;
        watch.stage(Stage::Graphs);
        let spatial = self.config.spatial_graph.build(slide)?;
        let expression = if self.config.encoder.needs_expression_graph() {
            let knn = CosineKnn::new(self.config.n_neighbors);
            let directed = match &features.matrix {
                FeatureMatrix::Sparse(x) => knn.build(x)?,
                FeatureMatrix::Dense(x) => knn.build(x)?,
            };
            // The released code symmetrises by the maximum (docs/methods.md 1.1).
            Some(Symmetrize.apply(directed)?)
        } else {
            None
        };
        let floor = match self.config.floor > 0.0 {
            true => Some(floor(slide, &spatial, self.config.smoothing)?),
            false => None,
        };
        Ok(Prepared {
            features: features.matrix,
            genes: features.genes,
            report,
            spatial,
            expression,
            floor,
        })
    }

    /// Semantics of all spots; a column of zeros when the modulation looks at none.
    ///
    /// # Errors
    /// As [`SemanticsConfig::embed`].
    pub fn semantics(
        &self,
        slide: &SpatialDataset,
        watch: &mut dyn Watch,
    ) -> Result<Semantics, Error> {
        if !self.config.modulation.uses_semantics() {
            return Ok(SemanticsConfig::unused(slide.n_spots()));
        }
        watch.stage(Stage::Semantics);
        self.config.semantics.embed(slide, self.config.seed)
    }

    /// Trains and embeds: [n, d] and the history of the losses.
    ///
    /// # Errors
    /// When encoder or modulation cannot be set up, or training fails.
    pub fn embed(
        &self,
        prepared: &Prepared,
        semantics: &Semantics,
        watch: &mut dyn Watch,
    ) -> Result<(Array2<f32>, History), Error> {
        watch.stage(Stage::Train);
        let trained_on = self.device.clone().autodiff();
        let (_, n_features) = prepared.features.shape();
        let d_semantics = semantics.vectors.ncols();
        let seed = self.config.seed;
        let host = self.config.encoder.init(n_features, seed, &trained_on)?;
        let modulator = |width, depth: u64| {
            let seed = (seed ^ 0x5e57).wrapping_add(depth << 32);
            let modulation = &self.config.modulation;
            modulation.init(width, d_semantics, seed, &trained_on)
        };
        let inner = match self.config.depth {
            Depth::All if self.config.modulation.uses_semantics() => host.inner_widths(),
            _ => Vec::new(),
        };
        let (latent, inner) = (modulator(host.d_latent(), 0)?, (1..).zip(inner));
        let inner = inner.map(|(depth, width)| modulator(width, depth));
        let inner = inner.collect::<Result<Vec<_>, _>>()?;
        let data = SlideData {
            features: to_device(&prepared.features, &self.device)?,
            spatial: prepared.spatial.clone(),
            expression: prepared.expression.clone(),
        };
        let batch = host.prepare(&data, &self.device)?;
        drop(data);
        let vectors: Vec<f32> = semantics.vectors.iter().copied().collect();
        let vectors = TensorData::new(vectors, [semantics.vectors.nrows(), d_semantics]);
        let meaning = Tensor::<2>::from_data(vectors, &self.device);
        let model = self.modulated(host, latent, inner)?;
        let (model, history) = self.train(model, &batch, &meaning, watch)?;
        let embedding = model.valid().embed(&batch, meaning);
        let [n, d] = embedding.dims();
        let values: Vec<f32> = embedding.into_data().iter::<f32>().collect();
        let values = smooth(&prepared.spatial, values, self.config.smoothing)?;
        let embedding = Array2::from_shape_vec((n, d), values)
            .expect("a tensor has as many values as its shape says");
        let embedding = match &prepared.floor {
            Some(floor) => beside(floor, self.config.floor as f32, embedding),
            None => embedding,
        };
        Ok((embedding, history))
    }

    /// The clustering head.
    ///
    /// # Errors
    /// As [`RunConfig::head`].
    pub fn head(&self) -> Result<Box<dyn ClusterHead>, Error> {
        Ok(self.config.head()?.init()?)
    }
}

/// Twenty principal components of the variance-stabilised counts, diffused over the spatial graph.
fn floor(
    slide: &SpatialDataset,
    spatial: &SpatialGraph,
    strength: f64,
) -> Result<Array2<f32>, Error> {
    let scores = Preprocess::stable_pca().run(&slide.counts)?.0.matrix.to_dense();
    let shape = scores.dim();
    let values = smooth(spatial, scores.iter().copied().collect(), strength)?;
    Ok(Array2::from_shape_vec(shape, values).expect("diffusion keeps the shape"))
}

/// `(I + aL)⁻¹ x` of row-major values; a = 0 returns them.
fn smooth(spatial: &SpatialGraph, values: Vec<f32>, strength: f64) -> Result<Vec<f32>, Error> {
    if strength == 0.0 {
        return Ok(values);
    }
    Ok(diffuse(spatial, &values, strength, Laplacian::Symmetric)?)
}

/// Both centred and scaled to a mean squared length of one, the floor times its weight: [n, floor + embedding].
fn beside(floor: &Array2<f32>, weight: f32, embedding: Array2<f32>) -> Array2<f32> {
    let unit = |x: &Array2<f32>, weight: f32| {
        let centred = x - &x.mean_axis(Axis(0)).unwrap_or_default();
        let squares: f64 = centred.iter().map(|v| f64::from(*v).powi(2)).sum();
        let length = (squares / x.nrows().max(1) as f64)
            .sqrt()
            .max(f64::MIN_POSITIVE) as f32;
        centred * (weight / length)
    };
    concatenate![Axis(1), unit(floor, weight), unit(&embedding, 1.0)]
}

/// Sparse features stay sparse where that pays ([`Features::by_density`]).
fn to_device(features: &FeatureMatrix, device: &Device) -> Result<Features, Error> {
    match features {
        FeatureMatrix::Dense(x) => {
            let values = x.iter().copied().collect();
            Ok(Features::dense(values, x.nrows(), x.ncols(), device))
        }
        FeatureMatrix::Sparse(x) => Ok(Features::by_density(x.view(), device)
            .map_err(semst_gnn_encoders::EncoderError::from)?),
    }
}
