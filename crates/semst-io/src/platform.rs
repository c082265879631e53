//! Guesses the technology behind a slide.

use std::collections::HashMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::dataset::SpatialDataset;
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
    let lattice = Lattice::of(dataset);
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lattice {
    Hexagonal,
    Square,
    None,
}

impl Lattice {
    /// Uses angles: of the six nearest neighbours of a lattice point, those within 1.25 of the
    /// nearest distance are six in a hexagonal lattice and four in a square one.
    fn of(dataset: &SpatialDataset) -> Self {
        let points: Vec<[f64; 2]> = dataset
            .spatial
            .outer_iter()
            .map(|point| [point[0], point[1]])
            .collect();
        let Some(grid) = Grid::new(&points) else {
            return Self::None;
        };
        let step = points.len().div_ceil(2_000);
        let mut hexagonal = 0;
        let mut square = 0;
        let mut judged = 0;
        for at in (0..points.len()).step_by(step) {
            let near = grid.nearest(&points, at, 8);
            if near.len() < 8 || near[0] <= 0.0 {
                continue;
            }
            judged += 1;
            // The gap after the sixth (fourth) neighbour is a factor of 1.73 (1.41).
            let gap = |k: usize| near[k] > 1.2 * near[k - 1] && near[k - 1] < 1.2 * near[0];
            if gap(6) {
                hexagonal += 1;
            } else if gap(4) {
                square += 1;
            }
        }
        match (2 * hexagonal > judged, 2 * square > judged) {
            (true, _) => Self::Hexagonal,
            (_, true) => Self::Square,
            _ => Self::None,
        }
    }
}

/// Points binned so that a bin holds two on average.
struct Grid {
    bins: HashMap<(i64, i64), Vec<usize>>,
    origin: [f64; 2],
    width: f64,
}

impl Grid {
    fn new(points: &[[f64; 2]]) -> Option<Self> {
        let bound =
            |axis: usize, pick: fn(f64, f64) -> f64| points.iter().map(|p| p[axis]).reduce(pick);
        let origin = [bound(0, f64::min)?, bound(1, f64::min)?];
        let size = [
            bound(0, f64::max)? - origin[0],
            bound(1, f64::max)? - origin[1],
        ];
        let width = (size[0] * size[1] * 2.0 / points.len() as f64).sqrt();
        if !width.is_finite() || width <= 0.0 {
            return None;
        }
        let mut grid = Self {
            bins: HashMap::new(),
            origin,
            width,
        };
        for (at, point) in points.iter().enumerate() {
            let bin = grid.bin(point);
            grid.bins.entry(bin).or_default().push(at);
        }
        Some(grid)
    }

    fn bin(&self, point: &[f64; 2]) -> (i64, i64) {
        let place = |axis: usize| ((point[axis] - self.origin[axis]) / self.width) as i64;
        (place(0), place(1))
    }

    /// Distances to the `k` nearest points among the surrounding 5 × 5 bins, ascending.
    fn nearest(&self, points: &[[f64; 2]], at: usize, k: usize) -> Vec<f64> {
        let (bx, by) = self.bin(&points[at]);
        let mut near = Vec::new();
        for dx in -2..=2 {
            for dy in -2..=2 {
                for &other in self.bins.get(&(bx + dx, by + dy)).into_iter().flatten() {
                    if other != at {
                        let [x, y] = points[other];
                        near.push((x - points[at][0]).hypot(y - points[at][1]));
                    }
                }
            }
        }
        near.sort_unstable_by(f64::total_cmp);
        near.truncate(k);
        near
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
