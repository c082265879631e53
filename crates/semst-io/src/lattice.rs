//! The lattice of the spots, and the distance between them.

use std::collections::HashMap;

use ndarray::Array2;

/// Points that are judged.
const JUDGED: usize = 2_000;

/// How the spots of a slide lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lattice {
    Hexagonal,
    Square,
    None,
}

impl Lattice {
    /// Uses angles: of the six nearest neighbours of a lattice point, those within 1.25 of the
    /// nearest distance are six in a hexagonal lattice and four in a square one.
    pub(crate) fn of(spatial: &Array2<f64>) -> Self {
        let points = pairs(spatial);
        let Some(grid) = Grid::new(&points) else {
            return Self::None;
        };
        let step = points.len().div_ceil(JUDGED);
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

/// The median distance from a spot to its nearest one; `None` for spots on a line or in one place.
pub(crate) fn pitch(spatial: &Array2<f64>) -> Option<f64> {
    let points = pairs(spatial);
    let grid = Grid::new(&points)?;
    let step = points.len().div_ceil(JUDGED);
    let judged = (0..points.len()).step_by(step);
    let mut nearest: Vec<f64> = judged
        .filter_map(|at| grid.nearest(&points, at, 1).first().copied())
        .filter(|distance| *distance > 0.0)
        .collect();
    nearest.sort_unstable_by(f64::total_cmp);
    nearest.get(nearest.len() / 2).copied()
}

fn pairs(spatial: &Array2<f64>) -> Vec<[f64; 2]> {
    let points = spatial.outer_iter();
    points.map(|point| [point[0], point[1]]).collect()
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
