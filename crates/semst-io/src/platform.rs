//! Guesses the technology behind a slide.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::dataset::SpatialDataset;
use crate::lattice::Lattice;
use crate::source::Source;

/// A family of technologies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Platform {
    /// 10x Visium: whole transcriptome, 55 µm spots on a hexagonal lattice.
    Visium,
    /// 10x Visium HD: whole transcriptome, bins on a fine square lattice.
    VisiumHd,
    /// Spatial Transcriptomics v1: whole transcriptome, a few hundred spots on a square lattice.
    St,
    /// Imaging of a gene panel in single cells: MERFISH, STARmap, osmFISH, Xenium, CosMx.
    ImageBased,
    /// Dense sequencing: Slide-seq, Stereo-seq, Seq-Scope.
    SequencingDense,
    /// None of these.
    Unknown,
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Visium => "Visium",
            Self::VisiumHd => "Visium HD",
            Self::St => "Spatial Transcriptomics v1",
            Self::ImageBased => "image-based",
            Self::SequencingDense => "dense sequencing",
            Self::Unknown => "unknown",
        })
    }
}

/// A guess and its reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlatformGuess {
    /// The guess.
    pub platform: Platform,
    /// The reason, in plain words.
    pub reason: String,
}

/// Panels are smaller than this; whole transcriptomes larger.
const PANEL_GENES: usize = 2_000;
/// ST v1 has 1,007 spots per array; several arrays stay below this.
const ST_SPOTS: usize = 3_000;
/// Visium has 4,992 spots (6.5 mm) or 14,336 (11 mm).
const VISIUM_SPOTS: usize = 15_000;

/// Guesses the technology from the number of genes, the lattice of the coordinates and the metadata of the
/// file. A rule of thumb for defaults: a setting of the user always takes precedence.
///
/// # Complexity
/// O(N) time and memory (points are binned on a grid; lattices are judged on 2,000 spots).
pub fn guess_platform(dataset: &SpatialDataset) -> PlatformGuess {
    let guess = |platform, reason: String| PlatformGuess { platform, reason };
    let (n, genes) = (dataset.n_spots(), dataset.n_genes());
    let is_bin = |name: &String| name.starts_with("s_0") && name.contains("um_");
    if dataset.barcodes.first().is_some_and(is_bin) {
        return guess(Platform::VisiumHd, "barcodes name bins of Visium HD".into());
    }
    if matches!(dataset.source, Source::SpaceRanger { .. }) {
        return guess(Platform::Visium, "a Space Ranger folder".into());
    }
    if genes < PANEL_GENES {
        return guess(
            Platform::ImageBased,
            format!("{genes} genes: a panel, not a transcriptome"),
        );
    }
    let lattice = Lattice::of(&dataset.spatial);
    let has = |key: &str| dataset.obs.get(key).is_some();
    let spot_size = dataset.image.as_ref().and_then(|image| image.spot_diameter);
    match lattice {
        Lattice::Hexagonal if n <= VISIUM_SPOTS => guess(
            Platform::Visium,
            format!("{genes} genes on a hexagonal lattice of {n} spots"),
        ),
        Lattice::Square if n <= ST_SPOTS => guess(
            Platform::St,
            format!("{genes} genes on a square lattice of {n} spots"),
        ),
        Lattice::Square => guess(
            Platform::VisiumHd,
            format!("{genes} genes on a square lattice of {n} bins"),
        ),
        _ if n <= VISIUM_SPOTS && spot_size.is_some() && has("array_row") => guess(
            Platform::Visium,
            "array positions and a spot diameter as Space Ranger writes them".into(),
        ),
        _ if n > ST_SPOTS => guess(
            Platform::SequencingDense,
            format!("{genes} genes at {n} places without a coarse lattice"),
        ),
        _ => guess(
            Platform::Unknown,
            format!("{genes} genes at {n} places without a lattice"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::{Platform, guess_platform};
    use crate::dataset::{CountMatrix, SpatialDataset};
    use crate::genes::Genes;

    #[track_caller]
    fn check(genes: usize, points: &[[f64; 2]], expected: Platform) {
        let n = points.len();
        let indptr = (0..=n).collect();
        let counts = CountMatrix::new((n, genes), indptr, vec![0; n], vec![1.0; n]);
        let names = |n: usize| (0..n).map(|i| i.to_string()).collect::<Vec<_>>();
        let spatial = Array2::from_shape_fn((n, 2), |(row, axis)| points[row][axis]);
        let slide = SpatialDataset::new("s", counts, names(n), Genes::new(names(genes)), spatial);
        assert_eq!(
            slide.map(|slide| guess_platform(&slide).platform).ok(),
            Some(expected)
        );
    }

    fn lattice(n: usize, hexagonal: bool) -> Vec<[f64; 2]> {
        let mut points = Vec::new();
        for row in 0..n {
            for column in 0..n {
                let shift = if hexagonal && row % 2 == 1 { 0.5 } else { 0.0 };
                let height = if hexagonal { 0.75f64.sqrt() } else { 1.0 };
                points.push([column as f64 + shift, row as f64 * height]);
            }
        }
        points
    }

    #[test]
    fn lattices_and_panels() {
        check(3000, &lattice(20, true), Platform::Visium);
        check(3000, &lattice(20, false), Platform::St);
        check(2500, &lattice(60, false), Platform::VisiumHd);
        check(150, &lattice(20, true), Platform::ImageBased);
        let line: Vec<_> = (0..9).map(|i| [f64::from(i), 0.0]).collect();
        check(3000, &line, Platform::Unknown);
    }
}
