//! A section of layered cortex, from a seed.

use ndarray::Array2;
use rayon::prelude::*;
use semst_io::CountMatrix;
use semst_seed::{Seed, Stream, TissuePart};
use serde::{Deserialize, Serialize};

use crate::counts::draw;
use crate::error::SimulateError;
use crate::expression::{Expression, ExpressionSettings};
use crate::gene::GenePanel;
use crate::lattice::{PITCH_UM, PX_PER_UM, SPOT_UM, Site, sites};
use crate::layer::Layers;
use crate::tissue::SimulatedTissue;

/// Spots drawn from one random stream: fixed, so that the result does not depend on the threads.
const CHUNK: usize = 512;

/// Most spots of a section, some hundred bytes each.
const MOST_SPOTS: usize = 10_000_000;

/// Chunks processed at the same time: limits the memory in addition to the result.
const WAVE: usize = 64;

/// Settings of a simulated section: six cortical layers and white matter.
///
/// The defaults are not measurements; they were chosen so that the task has the difficulty of a Visium
/// section. Over seeds 0 to 4, with scikit-learn on log counts (`examples/calibrate.py`): k-means
/// on 20 principal components has an ARI of 0.35 to 0.45, on components averaged three times over
/// the six neighbours 0.55 to 0.70, a tied mixture on those 0.61 to 0.88.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LayeredTissue {
    /// Seed of all random numbers.
    pub seed: u64,
    /// Number of spots; default 2,000, about half a Visium capture area.
    pub n_spots: usize,
    /// Number of genes; all genes of the crate (about 990) by default. See [`GenePanel::with_genes`].
    pub n_genes: Option<usize>,
    /// Counts of a typical spot; default 2,500; the median spot of DLPFC 151673 has 1,449, spread over ten times the genes.
    pub depth: f64,
    /// Spread (log) of library sizes between neighbours; default 0.35; 0.59 over all of DLPFC 151673, part of which is due to
    /// layers.
    pub library_sd: f64,
    /// Typical size (inverse dispersion) of the negative binomial; default 3, so noise exceeds Poisson where genes are high.
    pub size: f64,
    /// Probability that a small count is lost; default 0.1, decreases with the squared mean (ZIFA, Pierson and Yau 2015).
    pub dropout: f64,
    /// Fold of a marker in its own programme over the others; default 14.
    pub contrast: f64,
    /// Concentration of the Dirichlet of cell shares; default 25.
    pub concentration: f64,
    /// Strength (log) of smooth fields over cell shares and library size, unrelated to layers; default 0.3.
    pub patchiness: f64,
    /// Share of counts from the mean of the section, because RNA diffuses on the array; default 0.15.
    pub ambient: f64,
    /// Scale in µm over which a layer fades into the next (logistic); default 60.
    pub border: f64,
}

impl LayeredTissue {
    /// Settings with the defaults of the fields and this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            n_spots: 2_000,
            n_genes: None,
            depth: 2_500.0,
            library_sd: 0.35,
            size: 3.0,
            dropout: 0.1,
            contrast: 14.0,
            concentration: 25.0,
            patchiness: 0.3,
            ambient: 0.15,
            border: 60.0,
        }
    }

    /// Sets the number of spots; the section grows, and its layers keep their proportions.
    #[must_use]
    pub fn with_spots(mut self, n_spots: usize) -> Self {
        self.n_spots = n_spots;
        self
    }

    /// Sets the number of genes: markers first, then background, then placeholders.
    #[must_use]
    pub fn with_genes(mut self, n_genes: usize) -> Self {
        self.n_genes = Some(n_genes);
        self
    }

    /// Sets the counts of a typical spot. With about 75 over 2,000 genes, 3 % of entries are non-zero.
    #[must_use]
    pub fn with_depth(mut self, depth: f64) -> Self {
        self.depth = depth;
        self
    }

    /// Sets the fold of a marker in its own programme; a higher fold makes the task easier.
    #[must_use]
    pub fn with_contrast(mut self, contrast: f64) -> Self {
        self.contrast = contrast;
        self
    }

    /// Sets the strength of smooth disturbances; stronger ones make the task harder, in particular for smoothing.
    #[must_use]
    pub fn with_patchiness(mut self, patchiness: f64) -> Self {
        self.patchiness = patchiness;
        self
    }

    /// Sets the concentration of cell shares: higher makes the spots of a layer more similar.
    #[must_use]
    pub fn with_concentration(mut self, concentration: f64) -> Self {
        self.concentration = concentration;
        self
    }

    /// Sets the probability that a small count is lost.
    #[must_use]
    pub fn with_dropout(mut self, dropout: f64) -> Self {
        self.dropout = dropout;
        self
    }

    /// Checks every field against its range.
    ///
    /// # Errors
    ///
    /// [`SimulateError::OutOfRange`] names the first field that is out of range.
    pub fn check(&self) -> Result<(), SimulateError> {
        let positive = |x: f64| x.is_finite() && x > 0.0;
        let moderate = |x: f64| (0.0..=3.0).contains(&x);
        let whole = |n: usize| n as f64;
        let checks = [
            (
                "n_spots",
                whole(self.n_spots),
                (49..=MOST_SPOTS).contains(&self.n_spots),
                "from 49 to 10 million",
            ),
            (
                "n_genes",
                whole(self.n_genes.unwrap_or(1)),
                self.n_genes != Some(0),
                "at least 1",
            ),
            (
                "depth",
                self.depth,
                positive(self.depth),
                "finite and above 0",
            ),
            (
                "library_sd",
                self.library_sd,
                moderate(self.library_sd),
                "from 0 to 3",
            ),
            ("size", self.size, positive(self.size), "finite and above 0"),
            (
                "dropout",
                self.dropout,
                (0.0..1.0).contains(&self.dropout),
                "from 0 to below 1",
            ),
            (
                "contrast",
                self.contrast,
                positive(self.contrast),
                "finite and above 0",
            ),
            (
                "concentration",
                self.concentration,
                positive(self.concentration),
                "finite and above 0",
            ),
            (
                "patchiness",
                self.patchiness,
                moderate(self.patchiness),
                "from 0 to 3",
            ),
            (
                "ambient",
                self.ambient,
                (0.0..=1.0).contains(&self.ambient),
                "from 0 to 1",
            ),
            (
                "border",
                self.border,
                positive(self.border),
                "finite and above 0",
            ),
        ];
        match checks.into_iter().find(|(_, _, good, _)| !good) {
            Some((field, value, _, bound)) => Err(SimulateError::OutOfRange {
                field,
                value,
                bound,
            }),
            None => Ok(()),
        }
    }

    /// Draws the section.
    ///
    /// Spots are drawn in chunks of fixed size with a random stream each, in parallel, so the bits
    /// are the same for any number of threads.
    ///
    /// # Errors
    ///
    /// [`SimulateError::OutOfRange`] as [`check`](Self::check).
    ///
    /// # Complexity
    ///
    /// O(spots × genes) time, memory of the non-zero counts. A million spots of 2,000 genes at
    /// 3 % non-zero are 60 million counts, 0.5 GB.
    pub fn generate(&self) -> Result<SimulatedTissue, SimulateError> {
        self.check()?;
        let columns = (self.n_spots as f64 * 0.75).sqrt().ceil();
        let width = columns * PITCH_UM;
        let height = self.n_spots as f64 / columns * PITCH_UM * 0.75_f64.sqrt();
        let layers = Layers::new(width, height, self.border, self.seed);
        let spots: Vec<(Site, f32)> = sites(columns as u32)
            .map(|site| (site, layers.depth(site.um())))
            .filter(|(_, depth)| *depth >= 0.0)
            .take(self.n_spots)
            .collect();

        let panel = self
            .n_genes
            .map_or_else(GenePanel::all, GenePanel::with_genes);
        let settings = ExpressionSettings {
            seed: self.seed,
            depth: self.depth,
            library_sd: self.library_sd,
            size: self.size,
            contrast: self.contrast,
            concentration: self.concentration,
            patchiness: self.patchiness,
            ambient: self.ambient,
        };
        let expression = Expression::new(&settings, &panel);
        let draw_chunk = |(index, chunk): (usize, &[(Site, f32)])| {
            let mut rng = Seed(self.seed)
                .stream(Stream::Tissue(TissuePart::Chunk(index as u64)))
                .rng();
            let mut rows = Rows::default();
            let mut means = vec![0.0; expression.genes()];
            for (site, depth) in chunk {
                let [x, y] = site.um();
                let place = [(x / width) as f32, (y / height) as f32];
                expression.means(&layers.shares(*depth), place, &mut rng, &mut means);
                for (gene, (mean, size)) in means.iter().zip(expression.sizes()).enumerate() {
                    let count = draw(*mean, *size, self.dropout as f32, &mut rng);
                    if count > 0 {
                        rows.genes.push(gene as u32);
                        rows.counts.push(count as f32);
                    }
                }
                rows.ends.push(rows.genes.len());
            }
            rows
        };

        let mut all = Rows {
            ends: vec![0],
            ..Rows::default()
        };
        let chunks: Vec<_> = spots.chunks(CHUNK).enumerate().collect();
        for wave in chunks.chunks(WAVE) {
            let drawn: Vec<Rows> = wave.par_iter().map(|chunk| draw_chunk(*chunk)).collect();
            drawn.iter().for_each(|rows| all.append(rows, self.n_spots));
        }
        let shape = (spots.len(), expression.genes());
        let counts = CountMatrix::new(shape, all.ends, all.genes, all.counts);
        let coords = Array2::from_shape_fn((spots.len(), 2), |(i, axis)| {
            spots[i].0.um()[axis] * PX_PER_UM
        });
        Ok(SimulatedTissue {
            counts,
            symbols: panel
                .genes()
                .iter()
                .map(|gene| gene.symbol.clone())
                .collect(),
            barcodes: spots
                .iter()
                .map(|(site, _)| format!("s_{:03}x{:03}", site.row, site.column))
                .collect(),
            coords,
            layers: spots
                .iter()
                .map(|(_, depth)| Layers::layer(*depth) as u8)
                .collect(),
            depth: spots.iter().map(|(_, depth)| *depth).collect(),
            spot_diameter: SPOT_UM * PX_PER_UM,
            pitch: PITCH_UM * PX_PER_UM,
        })
    }
}

impl Default for LayeredTissue {
    /// Seed 0.
    fn default() -> Self {
        Self::new(0)
    }
}

/// The rows of a CSR matrix under construction.
#[derive(Debug, Default)]
struct Rows {
    ends: Vec<usize>,
    genes: Vec<u32>,
    counts: Vec<f32>,
}

impl Rows {
    /// Appends rows; `expected` is the number of rows at the end, so that the vectors grow only once.
    fn append(&mut self, rows: &Rows, expected: usize) {
        if self.genes.is_empty() && !rows.ends.is_empty() {
            let room = (rows.genes.len() / rows.ends.len() + 1) * expected;
            self.genes.reserve(room);
            self.counts.reserve(room);
            self.ends.reserve(expected);
        }
        let start = self.genes.len();
        self.ends.extend(rows.ends.iter().map(|end| start + end));
        self.genes.extend_from_slice(&rows.genes);
        self.counts.extend_from_slice(&rows.counts);
    }
}

#[cfg(test)]
mod tests;
