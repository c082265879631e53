//! The stages of a run: features, graphs, semantics, training, domains.

mod domain_count;
pub(crate) mod interpret;
mod sections;
pub(crate) mod stage;
pub(crate) mod views;

use crate::{Error, GraphConfig, GraphData, Plugins, RunConfig, Shipped};
use burn::tensor::Device;
use domain_count::can_count;
use interpret::Trained;
use ndarray::{Array2, ArrayView2, Axis, concatenate};
use semst_clustering_heads::{
    Assignment, ClusterError, ClusterHead, DomainCount, KMeansConfig, assign_by_vote,
};
use semst_device::Place;
use semst_fsm_modulation::ModulatorConfig;
use semst_gnn_encoders::{Encoder, EncoderConfig};
use semst_interpretation::Interpretation;
use semst_io::SpatialDataset;
use semst_preprocess::{FeatureMatrix, PreprocessReport, Transform};
use semst_seed::{Seed, Stream};
use semst_semantic_embedding::Semantics;
use semst_spatial_graph::{Laplacian, SpatialGraph, diffuse_pieces};
use semst_training::{Depth, History, Modulated, TrainError, Trainer, TrainingSlide};
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
pub struct Pipeline<P: Plugins = Shipped> {
    config: RunConfig<P>,
    device: Device,
    device_name: String,
    interprets: bool,
}

/// The data that depend on neither encoder, modulator nor seed: made once, used by many runs.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// Features, graphs and coordinates of all spots, and other parts that the encoder needs.
    pub slide: TrainingSlide,
    /// The genes of the slide from which the features are made.
    pub genes: Vec<usize>,
    /// What preprocessing dropped.
    pub report: PreprocessReport,
    /// Diffused principal components that are joined to the embedding, if the configuration requires them.
    pub floor: Option<Array2<f32>>,
    /// Strength of the diffusion: that of the configuration, or the one that was chosen for the slide.
    pub strength: f64,
    /// Principal components before diffusion, one array for each transform of the views in the configuration.
    pub components: Vec<Array2<f32>>,
}

/// A finished run.
#[derive(Debug, Clone)]
pub struct Run<P: Plugins = Shipped> {
    /// The configuration, with the chosen number of domains if none was given.
    pub config: RunConfig<P>,
    /// How the number of domains was chosen; `None` if it was given.
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
    /// Strength of the diffusion.
    pub strength: f64,
    /// The device of the tensors.
    pub device: String,
    /// The genes and functions to which the modulation responds; `None` if the run was not interpreted.
    pub interpretation: Option<Interpretation>,
}

impl<P: Plugins> Pipeline<P> {
    /// Checks a configuration.
    ///
    /// # Errors
    /// As [`RunConfig::check`].
    pub fn new(config: RunConfig<P>) -> Result<Self, Error> {
        config.check()?;
        let Place { device, name } = Place::find(&config.device)?;
        Ok(Self {
            config,
            device,
            device_name: name,
            interprets: true,
        })
    }

    /// Skips the interpretation: which genes and functions the modulation responds to.
    #[must_use]
    pub fn without_interpretation(mut self) -> Self {
        self.interprets = false;
        self
    }

    /// The device of the tensors, e.g. `cpu (burn-flex)`; if `auto` fell back to the CPU, it contains the reason.
    pub fn device_name(&self) -> &str {
        &self.device_name
    }

    /// The configuration.
    pub fn config(&self) -> &RunConfig<P> {
        &self.config
    }

    /// Checks that a slide has more spots than there are domains and neighbours, and that it is one section.
    ///
    /// # Errors
    /// [`Error::NeedsCounts`]; [`Error::TooFewSpots`]; [`Error::NoDomains`]; [`Error::Sections`].
    pub fn check(&self, slide: &SpatialDataset) -> Result<(), Error> {
        if slide.lognorm && self.config.model_needs().count_loss {
            let encoder = self.config.encoder.name();
            return Err(Error::NeedsCounts { encoder });
        }
        let n = slide.n_spots();
        let expression = self.config.model_needs().expression_graph;
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
            Some((Some(k), what)) => return Err(Error::TooFewSpots { n, k, what }),
            _ if self.config.domains.is_none() => {
                can_count(n)?;
                self.check_counting()?;
            }
            _ => {}
        }
        sections::check(&self.config, slide)
    }

    /// Runs all stages, from counts to domains and embedding.
    ///
    /// Domains that come from views alone are found first, and the model is trained afterwards.
    ///
    /// # Errors
    /// The first stage that fails.
    pub fn run(&self, slide: &SpatialDataset, watch: &mut dyn Watch) -> Result<Run<P>, Error> {
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
        let found = match self.config.domains_from_views() {
            true => {
                watch.stage(Stage::Cluster);
                Some(self.domains(&prepared, None, k)?)
            }
            false => None,
        };
        if let (false, Some(assignment)) = (self.config.model, &found) {
            let embedding = diffused_components(&prepared)?;
            return Ok(self.found(&prepared, embedding, assignment.clone(), k, count));
        }
        if let Some(assignment) = &found {
            watch.domains_found(assignment);
        }
        let semantics = self.semantics(slide, watch)?;
        watch.semantics_made(&semantics);
        let trained = self.fit(&prepared, &semantics, watch)?;
        let assignment = match found {
            Some(assignment) => assignment,
            None => {
                watch.stage(Stage::Cluster);
                self.domains(&prepared, Some(trained.embedding.view()), k)?
            }
        };
        let interpretation = self.interprets.then(|| {
            watch.stage(Stage::Interpret);
            // If the interpretation fails, the domains are kept, with the error as note.
            self.interpret(slide, &semantics, &trained, &assignment.labels)
                .unwrap_or_else(|error| Interpretation::unnamed(error.to_string()))
        });
        Ok(Run {
            semantics,
            history: trained.history,
            interpretation,
            ..self.found(&prepared, trained.embedding, assignment, k, count)
        })
    }

    /// A run that has domains and an embedding, and nothing of a model.
    fn found(
        &self,
        prepared: &Prepared,
        embedding: Array2<f32>,
        assignment: Assignment,
        k: usize,
        count: Option<DomainCount>,
    ) -> Run<P> {
        Run {
            config: self.config.clone().with_domains(k),
            count,
            embedding,
            semantics: Semantics::unused(prepared.slide.n_spots()),
            assignment,
            history: History::default(),
            interpretation: None,
            report: prepared.report.clone(),
            spatial: prepared.slide.spatial().clone(),
            strength: prepared.strength,
            device: self.device_name.clone(),
        }
    }

    /// Twenty principal components of the counts, for each transform.
    fn components_of(
        &self,
        slide: &SpatialDataset,
        transforms: &[Transform],
    ) -> Result<Vec<Array2<f32>>, Error> {
        let mut genes = self.config.view_genes;
        // As for the features, a bound for thousands of spots fits the slide.
        genes.min_cells = genes.min_cells.min(slide.n_spots().div_ceil(2));
        let recipe = genes.recipe().with_lognorm(slide.lognorm);
        let all = recipe.run_each(&slide.counts, transforms)?;
        let components = all.into_iter().map(|(features, _)| features.matrix);
        Ok(components.map(|matrix| matrix.to_dense()).collect())
    }

    /// Makes features and graphs.
    ///
    /// # Errors
    /// When counts or coordinates are not valid for them, or there are fewer spots than neighbours or domains.
    pub fn prepare(
        &self,
        slide: &SpatialDataset,
        watch: &mut dyn Watch,
    ) -> Result<Prepared, Error> {
        self.check(slide)?;
        if self.config.model {
            watch.stage(Stage::Preprocess);
        }
        let recipe = self.config.preprocess.clone().with_lognorm(slide.lognorm);
        let made = self.config.model.then(|| recipe.run_scaled(&slide.counts));
        let (features, genes, report) = match made.transpose()? {
            Some((features, report)) => (features.matrix, features.genes, report),
            None => (
                no_features(slide.n_spots()),
                Vec::new(),
                PreprocessReport::default(),
            ),
        };
        watch.stage(Stage::Graphs);
        let spatial = self.config.spatial_graph.build(&GraphData {
            coords: slide.spatial.view(),
            obsp: &slide.obsp,
        })?;
        let prepared = TrainingSlide::new(features, spatial, slide.spatial.clone())?.with_needs(
            self.config.model_needs(),
            self.config.n_neighbors,
            Some(&slide.counts),
            |key| slide.obsm.get(key).cloned(),
        )?;
        let has_floor = self.config.floor > 0.0;
        let views = self.views_of(slide.n_spots());
        let mut transforms = views.map(|v| v.transforms).unwrap_or_default();
        if transforms.is_empty() && has_floor {
            transforms.push(Transform::Log1p);
        }
        if !transforms.is_empty() {
            watch.stage(Stage::Views);
        }
        let components = self.components_of(slide, &transforms)?;
        let spatial = prepared.spatial();
        let (strength, floor) = match components.first() {
            Some(first) => {
                let values: Vec<f32> = first.iter().copied().collect();
                let strength = self.config.smoothing.on(spatial, &values)?;
                let floor = has_floor.then(|| smooth(spatial, first, strength));
                (strength, floor.transpose()?)
            }
            None => (self.config.smoothing.fixed().unwrap_or(0.0), None),
        };
        Ok(Prepared {
            slide: prepared,
            genes,
            report,
            floor,
            strength,
            components,
        })
    }

    /// Semantics of all spots; a column of zeros if the modulator does not use them.
    ///
    /// # Errors
    /// As [`SourceConfig::make`](crate::SourceConfig::make).
    pub fn semantics(
        &self,
        slide: &SpatialDataset,
        watch: &mut dyn Watch,
    ) -> Result<Semantics, Error> {
        if !self.config.uses_semantics() {
            return Ok(Semantics::unused(slide.n_spots()));
        }
        watch.stage(Stage::Semantics);
        let mut report = |progress| watch.texts_read(progress);
        let config = &self.config;
        let made = config
            .semantics
            .embed_watched(slide, config.seed, &mut report);
        Ok(made?)
    }

    /// Trains and embeds: [n, d] and the history of the losses.
    ///
    /// # Errors
    /// When encoder or modulator cannot be set up, or training fails.
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
    ) -> Result<Trained<ModulatorOf<P>>, Error> {
        watch.stage(Stage::Train);
        let model = self.start(prepared.slide.n_features(), semantics.vectors.ncols())?;
        let trainer = Trainer::new(
            model.encoder(),
            &prepared.slide,
            &semantics.vectors,
            &self.config.train,
            &self.device,
        )?;
        let mut observer = |event| watch.epoch_end(event);
        let cluster = |z: ArrayView2<'_, f32>, k| self.k_means(z, k);
        let (model, history) = trainer.train(model, &self.config.train, &cluster, &mut observer)?;
        watch.stage(Stage::Embed);
        let embedding = trainer.embed(&model)?;
        check_finite(&embedding)?;
        let latent = trainer.latent(&model)?;
        let modulator = model.modulator().clone();
        drop((model, trainer));
        let spatial = prepared.slide.spatial();
        let embedding = smooth(spatial, &embedding, prepared.strength)?;
        let embedding = match &prepared.floor {
            Some(floor) => joined_with(floor, self.config.floor as f32, embedding),
            None => embedding,
        };
        Ok(Trained {
            embedding,
            history,
            modulator,
            latent,
        })
    }

    /// Encoder and modulators with their initial parameters.
    fn start(&self, n_features: usize, d_semantics: usize) -> Result<Model<P>, Error> {
        let device = self.device.clone().autodiff();
        let (config, seed) = (&self.config, self.config.seed);
        let encoder = config.encoder.init(n_features, seed, &device)?;
        let modulator = |width, depth: u64| {
            let seed = Seed(seed).stream(Stream::Modulator { depth });
            let seed = seed.into();
            config.modulator.init(width, d_semantics, seed, &device)
        };
        let latent = modulator(encoder.d_latent(), 0)?;
        if config.depth == Depth::Latent || !config.modulator.uses_semantics() {
            return Ok(Modulated::new(encoder, latent));
        }
        let inner = (1..).zip(encoder.inner_widths());
        let inner = inner.map(|(depth, width)| modulator(width, depth));
        let inner = inner.collect::<Result<Vec<_>, _>>()?;
        if inner.is_empty() {
            let encoder = config.encoder.name();
            return Err(Error::NoInnerLayers { encoder });
        }
        Ok(Modulated::new(encoder, latent).with_inner(inner)?)
    }

    /// Groups of an embedding by k-means, the best of 2k starts as in the released SEDR; a later phase of training starts from
    /// them.
    fn k_means(&self, z: ArrayView2<'_, f32>, k: usize) -> Result<Vec<u32>, TrainError> {
        let assign = || {
            let kmeans = KMeansConfig::new().with_restarts(2 * k).init(k)?;
            Ok(kmeans.assign(z, self.config.seed)?.labels)
        };
        assign().map_err(|error: ClusterError| TrainError::Centres(Box::new(error)))
    }

    /// `k` domains, by the head: of an embedding [n, d], of the views of the configuration, or of both by a vote.
    ///
    /// # Errors
    /// [`Error::TooFewDomains`] below two, or when the head fails.
    pub fn domains(
        &self,
        prepared: &Prepared,
        embedding: Option<ArrayView2<'_, f32>>,
        k: usize,
    ) -> Result<Assignment, Error> {
        self.config.check_domains(k)?;
        let others = self.views(prepared)?;
        let views: Vec<_> = embedding
            .into_iter()
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

/// The modulator of a set of plug-ins.
pub(crate) type ModulatorOf<P> = <<P as Plugins>::Modulator as ModulatorConfig>::Modulator;
/// The model that is trained.
type Model<P> = Modulated<<<P as Plugins>::Encoder as EncoderConfig>::Encoder, ModulatorOf<P>>;

/// `(I + aL)⁻¹ x` of all columns, with a bound on a in small pieces; with a = 0 they are not changed.
fn smooth(spatial: &SpatialGraph, x: &Array2<f32>, strength: f64) -> Result<Array2<f32>, Error> {
    if strength == 0.0 {
        return Ok(x.clone());
    }
    let values: Vec<f32> = x.iter().copied().collect();
    let values = diffuse_pieces(spatial, &values, strength, Laplacian::Symmetric)?;
    Ok(Array2::from_shape_vec(x.dim(), values).expect("diffusion keeps the shape"))
}

/// The diffused components of the first transform: the floor, if there is one.
fn diffused_components(prepared: &Prepared) -> Result<Array2<f32>, Error> {
    match (&prepared.floor, prepared.components.first()) {
        (Some(floor), _) => Ok(floor.clone()),
        (None, Some(first)) => smooth(prepared.slide.spatial(), first, prepared.strength),
        (None, None) => Ok(Array2::zeros((prepared.slide.n_spots(), 0))),
    }
}

/// Features without columns, for a slide on which no model is trained.
fn no_features(n_spots: usize) -> FeatureMatrix {
    FeatureMatrix::Dense(Array2::zeros((n_spots, 0)))
}

/// Checks the output of a network before anything is made of it.
///
/// # Errors
/// [`Error::NotFinite`].
fn check_finite(embedding: &Array2<f32>) -> Result<(), Error> {
    let found = embedding.indexed_iter().find(|(_, v)| !v.is_finite());
    match found {
        Some(((spot, column), &value)) => Err(Error::NotFinite {
            spot,
            column,
            value,
        }),
        None => Ok(()),
    }
}

/// Both are centred and scaled to a mean squared length of one, and the floor is multiplied by its weight: [n, floor +
/// embedding].
fn joined_with(floor: &Array2<f32>, weight: f32, embedding: Array2<f32>) -> Array2<f32> {
    let unit = |x: &Array2<f32>, weight: f32| {
        let centred = x - &x.mean_axis(Axis(0)).unwrap_or_default();
        let squares: f64 = centred.iter().map(|v| f64::from(*v).powi(2)).sum();
        let length = (squares / x.nrows().max(1) as f64).sqrt() as f32;
        // Columns without variance say nothing: they become zero.
        let factor = if length >= f32::MIN_POSITIVE {
            weight / length
        } else {
            0.0
        };
        centred * factor
    };
    concatenate![Axis(1), unit(floor, weight), unit(&embedding, 1.0)]
}

#[cfg(test)]
mod tests {
    use super::{Pipeline, check_finite, joined_with};
    use crate::{Error, RunConfig, Stage, Watch};
    use ndarray::{Array2, array};
    use semst_clustering_heads::{Assignment, DomainCount};
    use semst_training::{EpochEnd, Flow};

    /// Keeps the stages and epochs in their order.
    #[derive(Default)]
    struct Steps(Vec<String>);

    impl Watch for Steps {
        fn stage(&mut self, stage: Stage) {
            self.0.push(format!("{stage:?}"));
        }

        fn epoch_end(&mut self, event: EpochEnd) -> Flow {
            self.0.push(format!("{}/{}", event.epoch + 1, event.epochs));
            Flow::Continue
        }

        fn domains_counted(&mut self, _: &DomainCount) {
            self.0.push("counted".into());
        }

        fn domains_found(&mut self, _: &Assignment) {
            self.0.push("found".into());
        }
    }

    #[test]
    fn every_step_is_reported_in_order() -> Result<(), Box<dyn std::error::Error>> {
        let tissue = semst_simulate::LayeredTissue::new(0).with_spots(240);
        let slide = tissue.generate()?.into_dataset()?;
        let mut config = RunConfig::preset("default")?;
        config.train.epochs = 2;
        let mut steps = Steps::default();
        let whole = Pipeline::new(config.clone())?.run(&slide, &mut steps)?;
        let expected = "Preprocess Graphs Views Count counted Cluster found Semantics Train 1/2 2/2 Embed Interpret";
        assert_eq!(steps.0.join(" "), expected);

        // Without a model, the domains are the same.
        config.model = false;
        let mut steps = Steps::default();
        let without = Pipeline::new(config.clone())?.run(&slide, &mut steps)?;
        assert_eq!(steps.0.join(" "), "Graphs Views Count counted Cluster");
        assert_eq!(without.assignment, whole.assignment);
        assert_eq!(without.embedding.dim(), (240, 20));
        assert!(without.history.total.is_empty());
        config.embedding_votes = true;
        let refused = Pipeline::new(config).unwrap_err().to_string();
        assert!(refused.contains("embedding_votes"), "{refused}");
        Ok(())
    }

    #[test]
    fn a_constant_embedding_leaves_the_floor() {
        let floor = array![[1.0f32, 0.0], [-1.0, 0.0]];
        let joined = joined_with(&floor, 2.0, Array2::from_elem((2, 1), 3.0));
        assert_eq!(joined, array![[2.0, 0.0, 0.0], [-2.0, 0.0, 0.0]]);
        let joined = joined_with(&Array2::zeros((2, 1)), 2.0, array![[1.0f32], [3.0]]);
        assert_eq!(joined, array![[0.0, -1.0], [0.0, 1.0]]);
    }

    #[test]
    fn values_that_are_not_finite_are_named_before_they_spread() {
        let error = check_finite(&array![[0.0f32, 1.0], [f32::NAN, 0.0]]).unwrap_err();
        assert!(matches!(
            error,
            Error::NotFinite {
                spot: 1,
                column: 0,
                ..
            }
        ));
    }
}
