//! The mean of every gene in a spot: programmes weighted by the cells of the spot, plus disturbances.

use rand_distr::{Distribution, Gamma, LogNormal};
use rand_pcg::Pcg64;
use semst_seed::{Seed, Stream, TissuePart};

use crate::cell_type::{BLOOD, CELL_TYPES, COMPOSITION, PROGRAMMES, STRESS};
use crate::field::Field;
use crate::gene::GenePanel;
use crate::layer::LAYERS;

/// RNA of a spot by layer relative to layer 2: layer 1 and white matter have fewer counts.
const RICHNESS: [f32; LAYERS] = [0.65, 1.0, 1.1, 1.1, 1.05, 0.85, 0.55];

/// Abundance of one level over the level below.
const STEP: f32 = 2.0;

/// Spread (log) of a background gene from programme to programme.
const PROGRAMME_SD: f32 = 0.12;

/// Spread (log) of genes of one level.
const GENE_SD: f32 = 0.5;

/// Correlation length of the fields that disturb the section, as a fraction of its width.
const FIELD_LENGTH: f32 = 0.12;

/// The settings of expression. The ranges are those of `LayeredTissue`, which checks them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ExpressionSettings {
    pub(crate) seed: u64,
    pub(crate) depth: f64,
    pub(crate) library_sd: f64,
    pub(crate) size: f64,
    pub(crate) contrast: f64,
    pub(crate) concentration: f64,
    pub(crate) patchiness: f64,
    pub(crate) ambient: f64,
}

/// The profiles of the genes, and the fields over the section.
#[derive(Debug, Clone)]
pub(crate) struct Expression {
    genes: usize,
    /// Share of each gene in each programme \[programmes × genes\]; rows sum to one.
    profiles: Vec<f32>,
    /// Mean profile of the section \[genes\], which diffuses between spots.
    ambient: Vec<f32>,
    /// Size of the negative binomial of each gene.
    sizes: Vec<f32>,
    /// One field per programme, and one for the library size.
    fields: Vec<Field>,
    concentration: f32,
    patchiness: f32,
    ambient_share: f32,
    library: LogNormal<f32>,
    library_scale: f32,
}

impl Expression {
    /// Draws the genes of a section. The caller checks the settings.
    pub(crate) fn new(config: &ExpressionSettings, panel: &GenePanel) -> Self {
        let part = |part| Seed(config.seed).stream(Stream::Tissue(part));
        let mut rng = part(TissuePart::Programmes).rng();
        let genes = panel.genes().len();
        let mut profiles = vec![0.0; PROGRAMMES * genes];
        let mut sizes = Vec::with_capacity(genes);
        for (g, gene) in panel.genes().iter().enumerate() {
            let base = STEP.powi(i32::from(gene.level)) * log_normal(GENE_SD).sample(&mut rng);
            for (p, fold) in gene.folds(config.contrast as f32).into_iter().enumerate() {
                profiles[p * genes + g] = base * fold * log_normal(PROGRAMME_SD).sample(&mut rng);
            }
            sizes.push(config.size as f32 * log_normal(GENE_SD).sample(&mut rng));
        }
        for row in profiles.chunks_exact_mut(genes) {
            let sum: f32 = row.iter().sum();
            row.iter_mut().for_each(|x| *x /= sum);
        }
        let mut ambient = vec![0.0; genes];
        for shares in &COMPOSITION {
            add(&mut ambient, &profiles, shares, 1.0 / LAYERS as f32);
        }
        let fields =
            (0..=PROGRAMMES).map(|f| Field::new(FIELD_LENGTH, part(TissuePart::Field(f as u64))));
        Self {
            genes,
            profiles,
            ambient,
            sizes,
            fields: fields.collect(),
            concentration: config.concentration as f32,
            patchiness: config.patchiness as f32,
            ambient_share: config.ambient as f32,
            library: log_normal(config.library_sd as f32),
            library_scale: config.depth as f32,
        }
    }

    /// Writes the mean of every gene for a spot with these layer shares at `(u, v)` of the section.
    pub(crate) fn means(
        &self,
        layers: &[f32; LAYERS],
        [u, v]: [f32; 2],
        rng: &mut Pcg64,
        out: &mut [f32],
    ) {
        let mut cells = [0.0; PROGRAMMES];
        for (share, row) in layers.iter().zip(&COMPOSITION) {
            cells
                .iter_mut()
                .zip(row)
                .for_each(|(cell, part)| *cell += share * part);
        }
        let mut total = 0.0;
        for (cell, field) in cells.iter_mut().zip(&self.fields).take(CELL_TYPES) {
            let tilted = *cell * (self.patchiness * field.at(u, v)).exp();
            *cell =
                Gamma::new(self.concentration * tilted, 1.0).map_or(0.0, |gamma| gamma.sample(rng));
            total += *cell;
        }
        let scale = if total > 0.0 { 1.0 / total } else { 0.0 };
        cells.iter_mut().for_each(|cell| *cell *= scale);
        cells[STRESS] = 0.25 * self.patchiness * self.fields[STRESS].at(u, v).max(0.0);
        cells[BLOOD] = 0.15 * self.patchiness * (self.fields[BLOOD].at(u, v) - 1.0).max(0.0);

        let richness: f32 = layers
            .iter()
            .zip(&RICHNESS)
            .map(|(share, rich)| share * rich)
            .sum();
        let tilt = (0.5 * self.patchiness * self.fields[PROGRAMMES].at(u, v)).exp();
        let library = self.library_scale * richness * tilt * self.library.sample(rng);
        for (mean, ambient) in out.iter_mut().zip(&self.ambient) {
            *mean = library * self.ambient_share * ambient;
        }
        add(
            out,
            &self.profiles,
            &cells,
            library * (1.0 - self.ambient_share),
        );
    }

    /// Size of the negative binomial of each gene.
    pub(crate) fn sizes(&self) -> &[f32] {
        &self.sizes
    }

    /// Number of genes.
    pub(crate) fn genes(&self) -> usize {
        self.genes
    }
}

/// Adds `factor` · Σ weight · profile to `out`.
fn add(out: &mut [f32], profiles: &[f32], weights: &[f32], factor: f32) {
    for (row, weight) in profiles.chunks_exact(out.len()).zip(weights) {
        let weight = weight * factor;
        if weight > 0.0 {
            out.iter_mut().zip(row).for_each(|(x, p)| *x += weight * p);
        }
    }
}

/// Log-normal with median one. `LayeredTissue::check` rejects a spread that is not a number.
fn log_normal(sd: f32) -> LogNormal<f32> {
    LogNormal::new(0.0, sd).unwrap_or_else(|_| unreachable!("spread is checked"))
}
