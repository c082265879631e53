//! The parts of a run, as one choice of types.

use crate::{GraphConfig, ShippedGraph, ShippedSemantics, SourceConfig};
use semst_clustering_heads::{HeadConfig, ShippedHead};
use semst_fsm_modulation::{ModulatorConfig, ShippedModulator};
use semst_gnn_encoders::{EncoderConfig, ShippedEncoder};
use semst_io::Reader;
use std::fmt::Debug;

/// A set of encoders, modulators, sources of semantics, graphs, heads and formats that configurations, pipelines, plans and the command line choose from.
///
/// [`Shipped`] has the parts of semst, and is the default everywhere. A third party adds its own parts to the shipped ones with
/// [`EitherEncoder`](semst_gnn_encoders::EitherEncoder) and [`EitherModulator`](semst_fsm_modulation::EitherModulator):
///
/// ```
/// use semst::encoders::{EitherEncoder, PcaConfig, ShippedEncoder};
/// use semst::clustering::ShippedHead;
/// use semst::modulation::ShippedModulator;
/// use semst::{Plugins, RunConfig, ShippedGraph, ShippedSemantics};
///
/// #[derive(Debug, Clone, Copy, Default, PartialEq)]
/// struct Mine;
///
/// impl Plugins for Mine {
///     type Encoder = EitherEncoder<PcaConfig, ShippedEncoder>; // PcaConfig stands for an encoder of your own
///     type Modulator = ShippedModulator;
///     type Semantics = ShippedSemantics;
///     type Graph = ShippedGraph;
///     type Head = ShippedHead;
/// }
///
/// let config = RunConfig::<Mine>::of_preset("default")?.with_encoder_named("pca")?;
/// assert_eq!(config.encoder, EitherEncoder::First(PcaConfig::new()));
/// # Ok::<(), semst::Error>(())
/// ```
pub trait Plugins: Copy + Debug + Default + PartialEq + Send + Sync + 'static {
    /// Encoders.
    type Encoder: EncoderConfig + From<ShippedEncoder>;
    /// Modulators.
    type Modulator: ModulatorConfig + From<ShippedModulator>;
    /// Sources of semantics.
    type Semantics: SourceConfig;
    /// Builders of the spatial graph.
    type Graph: GraphConfig + From<ShippedGraph>;
    /// Clustering heads.
    type Head: HeadConfig + From<ShippedHead>;

    /// Formats from which slides are read, tried in this order; by default the shipped ones.
    fn readers() -> Vec<&'static dyn Reader> {
        semst_io::READERS.to_vec()
    }
}

/// The parts that are shipped with semst.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shipped;

impl Plugins for Shipped {
    type Encoder = ShippedEncoder;
    type Modulator = ShippedModulator;
    type Semantics = ShippedSemantics;
    type Graph = ShippedGraph;
    type Head = ShippedHead;
}
