//! The hexagonal lattice of a Visium array.

/// Distance of neighbouring spot centres in µm (10x Genomics, Visium).
pub(crate) const PITCH_UM: f64 = 100.0;

/// Spot diameter in µm (10x Genomics, Visium).
pub(crate) const SPOT_UM: f64 = 55.0;

/// Pixels of the full-resolution image per µm; near the value of DLPFC 151673 (96.4 px for 55 µm).
pub(crate) const PX_PER_UM: f64 = 1.75;

/// A place of the lattice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Site {
    /// Row of the array.
    pub(crate) row: u32,
    /// Column of the array, counted as 10x does: by half pitches, so a row uses every second column.
    pub(crate) column: u32,
}

impl Site {
    /// Centre in µm: x to the right, y downwards.
    pub(crate) fn um(self) -> [f64; 2] {
        let x = f64::from(self.column) * PITCH_UM / 2.0;
        let y = f64::from(self.row) * PITCH_UM * 3.0_f64.sqrt() / 2.0;
        [x, y]
    }
}

/// Iterates over the lattice row by row, each row `columns` spots wide, without end.
pub(crate) fn sites(columns: u32) -> impl Iterator<Item = Site> {
    (0..u32::MAX).flat_map(move |row| {
        (0..columns).map(move |c| Site {
            row,
            column: 2 * c + row % 2,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_neighbours_lie_one_pitch_away() {
        let all: Vec<_> = sites(5).take(25).map(Site::um).collect();
        let [x, y] = all[12];
        let near = all
            .iter()
            .filter(|[a, b]| ((a - x).hypot(b - y) - PITCH_UM).abs() < 1e-9)
            .count();
        assert_eq!(near, 6);
    }
}
