//! The walk of a slide: features, graphs, semantics, training, domains.

mod domain_count;
pub(crate) mod interpret;
mod material;
mod parts;
pub(crate) mod stage;
mod training;
pub(crate) mod views;

use crate::device::Place;
use crate::{Error, GraphConfig, RunConfig, semantics_config};
use burn::tensor::Device;
use domain_count::can_count;
use interpret::Trained;
use material::Material;
use ndarray::{Array2, ArrayView2, Axis, concatenate};
use semst_clustering_heads::{Assignment, DomainCount, assign_by_vote};
use semst_gnn_encoders::{Features, Host};
use semst_interpretation::Interpretation;
use semst_io::SpatialDataset;
use semst_preprocess::{FeatureMatrix, Preprocess, PreprocessReport, Transform};
use semst_semantic_embedding::Semantics;
use semst_spatial_graph::{Laplacian, SpatialGraph, diffuse};
use semst_training::{Depth, History};
use stage::{Stage, Watch};
use std::iter::once;

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
    device_name: String,
    interprets: bool,
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
    /// The principal components that this was searched in, where that is not done exactly (above 20,000 spots).
    pub scores: Option<Array2<f32>>,
    /// Diffused principal components that are clustered beside the embedding, where the configuration asks for them.
    pub floor: Option<Array2<f32>>,
    /// Principal components that are not diffused yet, one array for each transform of the configuration's views.
    pub components: Vec<Array2<f32>>,
    /// Where the spots lie, [n, 2].
    pub coords: Array2<f64>,
}

/// A finished run.
#[derive(Debug, Clone)]
pub struct Run {
    /// What was asked for, with the number of domains that was chosen where none was given.
    pub config: RunConfig,
    /// How the number of domains was chosen; none where it was given.
    pub count: Option<DomainCount>,
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
    /// Which genes and functions the modulation answers to; none where that was not asked for.
    pub interpretation: Option<Interpretation>,
}

impl Pipeline {
    /// Checks a configuration.
    ///
    /// # Errors
    /// As [`RunConfig::check`].
    pub fn new(config: RunConfig) -> Result<Self, Error> {
        config.check()?;
        let Place { device, name } = Place::find(&config.device)?;
        Ok(Self {
            config,
            device,
            device_name: name,
            interprets: true,
        })
    }

    /// Leaves out the question which genes and functions the modulation answers to.
    #[must_use]
    pub fn without_interpretation(mut self) -> Self {
        self.interprets = false;
        self
    }

    /// Where tensors live, e.g. `cpu (burn-flex)`; where `auto` fell back to the CPU, it says why.
    pub fn device_name(&self) -> &str {
        &self.device_name
    }

    /// The configuration.
    pub fn config(&self) -> &RunConfig {
        &self.config
    }

    /// Checks that a slide has more spots than there are domains and neighbours.
    ///
    /// # Errors
    /// [`Error::TooFewSpots`]; [`Error::NoDomains`].
    pub fn check(&self, slide: &SpatialDataset) -> Result<(), Error> {
        let n = slide.n_spots();
        let expression = self.config.encoder.needs_expression_graph();
        let needed = [
            (self.config.domains, "domains (--domains)"),
            (
                self.config.spatial_graph.neighbors(),
                "spatial neighbours (--n-spatial-neighbors)",
            ),
            (
                expression.then_some(self.config.n_neighbors),
                "expression neighbours (--n-neighbors)",
            ),
        ];
        match needed.into_iter().find(|(k, _)| k.is_some_and(|k| n <= k)) {
            Some((Some(k), what)) => Err(Error::TooFewSpots { n, k, what }),
            _ if self.config.domains.is_none() => can_count(n),
            _ => Ok(()),
        }
    }

    /// Everything, from counts to domains.
    ///
    /// # Errors
    /// The first stage that fails.
    pub fn run(&self, slide: &SpatialDataset, watch: &mut dyn Watch) -> Result<Run, Error> {
        let prepared = self.prepare(slide, watch)?;
        let (k, count) = match self.config.domains {
            Some(k) => (k, None),
            None => {
                watch.stage(Stage::Count);
                let count = self.count_domains(slide, &prepared)?;
                watch.domains_counted(&count);
                (count.chosen, Some(count))
            }
        };
        let semantics = self.semantics(slide, watch)?;
        watch.semantics_made(&semantics);
        let trained = self.fit(&prepared, &semantics, watch)?;
        watch.stage(Stage::Cluster);
        let assignment = self.domains(&prepared, trained.embedding.view(), k)?;
        let interpretation = self.interprets.then(|| {
            watch.stage(Stage::Interpret);
            // The domains stand, whatever they mean.
            self.interpret(slide, &semantics, &trained, &assignment.labels)
                .unwrap_or_else(|error| Interpretation::unnamed(error.to_string()))
        });
        Ok(Run {
            config: self.config.clone().with_domains(k),
            count,
            embedding: trained.embedding,
            semantics,
            assignment,
            history: trained.history,
            interpretation,
            report: prepared.report,
            spatial: prepared.spatial,
            device: self.device_name.clone(),
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
        let (expression, scores) = if self.config.encoder.needs_expression_graph() {
            let (graph, scores) = parts::resemblance(&features.matrix, self.config.n_neighbors)?;
            (Some(graph), scores)
        } else {
            (None, None)
        };
        let floor = (self.config.floor > 0.0).then_some(Transform::FreemanTukey);
        let views = self.views_of(slide.n_spots()).map(|v| &v.transforms[..]);
        let views = views.unwrap_or_default().iter().copied();
        let transforms: Vec<_> = floor.into_iter().chain(views).collect();
        let mut components = components_of(slide, &transforms)?;
        let floor = match floor {
            Some(_) => Some(smooth(
                &spatial,
                &components.remove(0),
                self.config.smoothing,
            )?),
            None => None,
        };
        Ok(Prepared {
            features: features.matrix,
            genes: features.genes,
            report,
            spatial,
            expression,
            scores,
            floor,
            components,
            coords: slide.spatial.clone(),
        })
    }

    /// Semantics of all spots; a column of zeros when the modulation looks at none.
    ///
    /// # Errors
    /// As [`SourceConfig::make`](crate::SourceConfig::make).
    pub fn semantics(
        &self,
        slide: &SpatialDataset,
        watch: &mut dyn Watch,
    ) -> Result<Semantics, Error> {
        if !self.config.modulation.uses_semantics() {
            return Ok(semantics_config::unused(slide.n_spots()));
        }
        watch.stage(Stage::Semantics);
        let mut told = |progress| watch.texts_read(progress);
        self.config
            .semantics
            .embed_watched(slide, self.config.seed, &mut told)
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
        let trained = self.fit(prepared, semantics, watch)?;
        Ok((trained.embedding, trained.history))
    }

    /// Trains and embeds, and keeps what [`Pipeline::interpret`] needs.
    ///
    /// # Errors
    /// As [`Pipeline::embed`].
    pub fn fit(
        &self,
        prepared: &Prepared,
        semantics: &Semantics,
        watch: &mut dyn Watch,
    ) -> Result<Trained, Error> {
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
        let material = Material::new(self, prepared, semantics, &host)?;
        let model = self.modulated(host, latent, inner)?;
        let (model, history) = self.train(model, &material, watch)?;
        watch.stage(Stage::Embed);
        let embedding = material.embed(&model)?;
        let latent = material.latent(&model)?;
        let modulator = model.modulator().clone();
        drop((model, material));
        let embedding = smooth(&prepared.spatial, &embedding, self.config.smoothing)?;
        let embedding = match &prepared.floor {
            Some(floor) => beside(floor, self.config.floor as f32, embedding),
            None => embedding,
        };
        Ok(Trained {
            embedding,
            history,
            modulator,
            latent,
        })
    }

    /// `k` domains of an embedding [n, d], by the head, and by a vote where the configuration has views.
    ///
    /// # Errors
    /// [`Error::TooFewDomains`] below two, or when the head fails.
    pub fn domains(
        &self,
        prepared: &Prepared,
        embedding: ArrayView2<'_, f32>,
        k: usize,
    ) -> Result<Assignment, Error> {
        self.config.check_domains(k)?;
        let others = self.views(prepared)?;
        let views: Vec<_> = once(embedding)
            .chain(others.iter().map(|view| view.view()))
            .collect();
        Ok(assign_by_vote(
            &self.config.head,
            k,
            &views,
            self.config.seed,
        )?)
    }
}

/// Twenty principal components of the counts, for each transform.
fn components_of(
    slide: &SpatialDataset,
    transforms: &[Transform],
) -> Result<Vec<Array2<f32>>, Error> {
    let all = Preprocess::stable_pca().run_each(&slide.counts, transforms)?;
    let components = all.into_iter().map(|(features, _)| features.matrix);
    Ok(components.map(|matrix| matrix.to_dense()).collect())
}

/// `(I + aL)⁻¹ x` of all columns; a = 0 returns them.
fn smooth(spatial: &SpatialGraph, x: &Array2<f32>, strength: f64) -> Result<Array2<f32>, Error> {
    if strength == 0.0 {
        return Ok(x.clone());
    }
    let values: Vec<f32> = x.iter().copied().collect();
    let values = diffuse(spatial, &values, strength, Laplacian::Symmetric)?;
    Ok(Array2::from_shape_vec(x.dim(), values).expect("diffusion keeps the shape"))
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
