//! How far apart spots lie.

/// Spots whose neighbours are searched.
const SAMPLE: usize = 1_000;

/// The neighbour whose distance counts: on a square or hexagonal lattice the fourth nearest lies one
/// pitch away, and of points strewn at random it lies about as far as on a lattice equally dense.
const NEIGHBOUR: usize = 4;

/// Median distance of the fourth nearest neighbour, or of the farthest there is; none for one spot.
///
/// A grid of cells with about two spots each answers a sample of 1,000 spots. O(spots).
pub(crate) fn spacing(coords: &[[f64; 2]]) -> Option<f64> {
    let grid = Grid::new(coords)?;
    let step = coords.len().div_ceil(SAMPLE);
    let mut distances: Vec<f64> = (0..coords.len())
        .step_by(step)
        .filter_map(|i| grid.neighbour(i))
        .collect();
    distances.sort_by(f64::total_cmp);
    distances.get(distances.len() / 2).copied()
}

struct Grid<'a> {
    coords: &'a [[f64; 2]],
    origin: [f64; 2],
    cell: f64,
    shape: [usize; 2],
    /// Spots by cell; `starts` has one entry per cell and one more.
    spots: Vec<u32>,
    starts: Vec<usize>,
}

impl<'a> Grid<'a> {
    fn new(coords: &'a [[f64; 2]]) -> Option<Self> {
        let mut low = [f64::INFINITY; 2];
        let mut high = [f64::NEG_INFINITY; 2];
        for point in coords {
            for axis in 0..2 {
                low[axis] = low[axis].min(point[axis]);
                high[axis] = high[axis].max(point[axis]);
            }
        }
        let (width, height) = (high[0] - low[0], high[1] - low[1]);
        let longer = width.max(height);
        if coords.len() < 2 || longer <= 0.0 {
            return None;
        }
        let area = (width * height).max(longer * longer / coords.len() as f64);
        let cell = (area * 2.0 / coords.len() as f64).sqrt();
        let shape = [(width / cell) as usize + 1, (height / cell) as usize + 1];
        let mut grid = Self {
            coords,
            origin: low,
            cell,
            shape,
            spots: Vec::new(),
            starts: vec![0; shape[0] * shape[1] + 1],
        };
        let cells: Vec<usize> = coords
            .iter()
            .map(|p| grid.index(grid.cell_of(*p)))
            .collect();
        cells.iter().for_each(|c| grid.starts[c + 1] += 1);
        for c in 1..grid.starts.len() {
            grid.starts[c] += grid.starts[c - 1];
        }
        let mut next = grid.starts.clone();
        grid.spots = vec![0; coords.len()];
        for (spot, c) in cells.into_iter().enumerate() {
            grid.spots[next[c]] = spot as u32;
            next[c] += 1;
        }
        Some(grid)
    }

    fn cell_of(&self, point: [f64; 2]) -> [usize; 2] {
        std::array::from_fn(|axis| {
            (((point[axis] - self.origin[axis]) / self.cell) as usize).min(self.shape[axis] - 1)
        })
    }

    fn index(&self, [column, row]: [usize; 2]) -> usize {
        row * self.shape[0] + column
    }

    /// Distance of the fourth nearest among spots that lie elsewhere, searched in growing rings.
    fn neighbour(&self, spot: usize) -> Option<f64> {
        let here = self.coords[spot];
        let [column, row] = self.cell_of(here);
        let reach = self.shape[0].max(self.shape[1]);
        let mut ring = 2;
        loop {
            let mut near = Vec::new();
            for r in row.saturating_sub(ring)..=(row + ring).min(self.shape[1] - 1) {
                for c in column.saturating_sub(ring)..=(column + ring).min(self.shape[0] - 1) {
                    let at = self.index([c, r]);
                    for other in &self.spots[self.starts[at]..self.starts[at + 1]] {
                        let [x, y] = self.coords[*other as usize];
                        near.push((x - here[0]).hypot(y - here[1]));
                    }
                }
            }
            near.retain(|d| *d > 0.0);
            near.sort_by(f64::total_cmp);
            let sure = ring as f64 * self.cell;
            match near.get(NEIGHBOUR - 1) {
                Some(distance) if *distance <= sure => return Some(*distance),
                _ if ring > reach => return near.get(NEIGHBOUR - 1).or(near.last()).copied(),
                _ => ring *= 2,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_lattice_has_its_pitch() {
        let coords: Vec<_> = (0..400)
            .map(|i| [f64::from(i % 20) * 3.0, f64::from(i / 20) * 3.0])
            .collect();
        assert_eq!(spacing(&coords), Some(3.0));
    }

    #[test]
    fn odd_layouts_have_an_answer() {
        assert_eq!(spacing(&[[1.0, 1.0]]), None);
        assert_eq!(spacing(&[[1.0, 1.0], [1.0, 1.0]]), None);
        assert_eq!(spacing(&[[0.0, 0.0], [0.0, 2.0]]), Some(2.0));
        let line: Vec<_> = (0..3_000).map(|i| [f64::from(i), 0.0]).collect();
        assert_eq!(spacing(&line), Some(2.0));
    }
}
