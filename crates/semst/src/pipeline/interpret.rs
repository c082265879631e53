//! Finds what the modulation of a finished training responds to.

use super::{ModulatorOf, Pipeline};
use crate::{Error, Plugins, SourceConfig};
use ndarray::Array2;
use semst_fsm_modulation::{ModulatorConfig, ShippedModulatorModule};
use semst_interpretation::{GeneSource, InterpretConfig, Interpretation, Subject};
use semst_io::SpatialDataset;
use semst_semantic_embedding::{Origin, PooledSpots, Semantics, TermTable};
use semst_semantic_sources::{log_expression, spot_expression};
use semst_training::History;

/// Larger slides are not interpreted. The gradient with respect to the genes needs a second copy of the log-normalised
/// expression, and some arrays of spots × semantics: 50 kB per spot when it was last measured (docs/results/scale.md, scale).
const INTERPRETED_UP_TO: usize = 50_000;

/// The results of a training: the embedding, and what an interpretation needs.
#[derive(Debug)]
pub struct Trained<M = ShippedModulatorModule> {
    /// The matrix that is clustered, [n, d].
    pub embedding: Array2<f32>,
    /// Losses over the epochs.
    pub history: History,
    /// The modulator of the latent, after the last epoch.
    pub modulator: M,
    /// The latent that it modulates, [n, d_latent].
    pub latent: Array2<f32>,
}

impl<P: Plugins> Pipeline<P> {
    /// Finds for each domain, counted from 0 in `labels`, the genes and functions to which the modulation of a training responds.
    ///
    /// If genes or functions cannot be named, the note of the result contains the reason.
    ///
    /// # Errors
    /// When the gene table cannot be read, or fewer than two domains have spots.
    pub fn interpret(
        &self,
        slide: &SpatialDataset,
        semantics: &Semantics,
        trained: &Trained<ModulatorOf<P>>,
        labels: &[u32],
    ) -> Result<Interpretation, Error> {
        if !self.config.modulator.uses_semantics() {
            return Ok(Interpretation::unnamed(
                "the run had no modulator, so no domain depends on semantics",
            ));
        }
        if slide.n_spots() > INTERPRETED_UP_TO {
            return Ok(Interpretation::unnamed(format!(
                "slides of more than {INTERPRETED_UP_TO} spots are not interpreted: cut out a part of the slide to see what its domains answer to"
            )));
        }
        let subject = Subject::new(
            &trained.modulator,
            trained.latent.view(),
            semantics.vectors.view(),
            labels,
        );
        let config = InterpretConfig::new().with_seed(self.config.seed);
        let (pooled, note) = self.genes(slide, semantics)?;
        let terms = match has_terms(semantics) {
            true => Some(TermTable::builtin()?),
            false => None,
        };
        let names = shown_names(slide, semantics);
        let genes = pooled.as_ref().map(|pooled| {
            let genes = GeneSource::new(pooled, &names);
            match &terms {
                Some(terms) => genes.with_terms(terms),
                None => genes,
            }
        });
        let mut interpretation = config.interpret(&subject, genes)?;
        interpretation.note = note;
        Ok(interpretation)
    }

    /// The pooled genes of the semantics if there are any, and a note for the reader.
    fn genes(
        &self,
        slide: &SpatialDataset,
        semantics: &Semantics,
    ) -> Result<(Option<PooledSpots>, Option<String>), Error> {
        let unknown = |why: &str| (None, Some(format!("{why}, so no gene can be named")));
        let Origin::Genes(genes) = &semantics.origin else {
            return Ok(unknown(
                "the semantics are vectors of spots, made elsewhere or by a language model that read all genes of a spot at once",
            ));
        };
        let expression = log_expression(slide);
        let Some(pooled) = genes.decompose(&spot_expression(slide, &expression))? else {
            return Ok(unknown("the semantics are a control without genes"));
        };
        if pooled.pooled().nrows() != semantics.vectors.nrows() {
            return Ok(unknown(
                "the semantics were not pooled from the genes of this slide alone",
            ));
        }
        let note = match genes.control() {
            None if genes.table().origin().shipped => None,
            None => Some(
                "functions are not named: the terms lie in the space of the shipped gene table, not in that of this one".into(),
            ),
            Some(_) => Some(format!(
                "the vectors are a control ({}): genes are named by what the control gave them, functions are not",
                self.config.semantics.source.name()
            )),
        };
        Ok((Some(pooled), note))
    }
}

/// The names of the genes in results: where the slide has an Ensembl id for a symbol, the symbol of the gene table.
fn shown_names(slide: &SpatialDataset, semantics: &Semantics) -> Vec<String> {
    let table = match &semantics.origin {
        Origin::Genes(genes) => Some(genes.table()),
        _ => None,
    };
    let shown = |name: &String| {
        let symbol = table.filter(|_| name.starts_with("ENS"))?.symbol(name)?;
        Some(symbol.to_owned())
    };
    let names = slide.genes.symbols.iter();
    names
        .map(|name| shown(name).unwrap_or_else(|| name.clone()))
        .collect()
}

/// Whether the terms are in the space of the vectors of the genes, and these vectors are not a control.
fn has_terms(semantics: &Semantics) -> bool {
    match &semantics.origin {
        Origin::Genes(genes) => genes.control().is_none() && genes.table().origin().shipped,
        _ => false,
    }
}
