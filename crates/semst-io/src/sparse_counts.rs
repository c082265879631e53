//! Sparse counts during reading: checks, sorting, conversion to CSR, removal of empty rows and columns.

use crate::dataset::CountMatrix;
use crate::error::CountDefect;

/// A compressed matrix as a file holds it: `major` are rows (CSR) or columns (CSC).
pub(crate) struct Compressed {
    pub(crate) n_major: usize,
    pub(crate) n_minor: usize,
    pub(crate) indptr: Vec<usize>,
    pub(crate) indices: Vec<u32>,
    pub(crate) data: Vec<f32>,
}

impl Compressed {
    /// Checks a pointer array: it starts at 0, never decreases and ends at the number of values.
    pub(crate) fn check_indptr(
        raw: &[i64],
        n_major: usize,
        nnz: usize,
    ) -> Result<Vec<usize>, String> {
        if raw.len() != n_major + 1 {
            return Err(format!(
                "has {} row pointers; {} rows need {}",
                raw.len(),
                n_major,
                n_major + 1
            ));
        }
        if raw[0] != 0 {
            return Err(format!("starts at {}; row pointers start at 0", raw[0]));
        }
        if let Some(at) = raw.windows(2).position(|pair| pair[1] < pair[0]) {
            return Err(format!(
                "falls from {} to {} after row {at}; row pointers never fall",
                raw[at],
                raw[at + 1]
            ));
        }
        let pointers: Option<Vec<usize>> = raw
            .iter()
            .map(|&value| usize::try_from(value).ok())
            .collect();
        match pointers {
            Some(pointers) if pointers[n_major] == nnz => Ok(pointers),
            _ => Err(format!(
                "ends at {}, but {nnz} values are there",
                raw[n_major]
            )),
        }
    }

    /// The major index that holds the value at `at`.
    pub(crate) fn major_of(&self, at: usize) -> usize {
        self.indptr.partition_point(|&start| start <= at) - 1
    }

    /// Sorts triplets (major, minor, value) into rows. O(values + majors).
    pub(crate) fn from_triplets(
        n_major: usize,
        n_minor: usize,
        triplets: &[(u32, u32, f32)],
    ) -> Self {
        let mut indptr = vec![0usize; n_major + 1];
        for &(major, ..) in triplets {
            indptr[major as usize + 1] += 1;
        }
        for at in 0..n_major {
            indptr[at + 1] += indptr[at];
        }
        let mut next = indptr.clone();
        let mut indices = vec![0; triplets.len()];
        let mut data = vec![0.0; triplets.len()];
        for &(major, minor, value) in triplets {
            let slot = &mut next[major as usize];
            indices[*slot] = minor;
            data[*slot] = value;
            *slot += 1;
        }
        Self {
            n_major,
            n_minor,
            indptr,
            indices,
            data,
        }
    }

    /// Exchanges majors and minors: CSC to CSR or back. O(values + minors).
    pub(crate) fn transposed(self) -> Self {
        let mut indptr = vec![0usize; self.n_minor + 1];
        for &minor in &self.indices {
            indptr[minor as usize + 1] += 1;
        }
        for at in 0..self.n_minor {
            indptr[at + 1] += indptr[at];
        }
        let mut next = indptr.clone();
        let mut indices = vec![0u32; self.indices.len()];
        let mut data = vec![0f32; self.data.len()];
        for major in 0..self.n_major {
            for at in self.indptr[major]..self.indptr[major + 1] {
                let slot = &mut next[self.indices[at] as usize];
                indices[*slot] = major as u32;
                data[*slot] = self.data[at];
                *slot += 1;
            }
        }
        Self {
            n_major: self.n_minor,
            n_minor: self.n_major,
            indptr,
            indices,
            data,
        }
    }

    /// Sorts each row, adds up repeated entries and removes stored zeros. O(values) when sorted.
    pub(crate) fn tidied(mut self) -> Self {
        let mut kept = 0;
        let mut order: Vec<(u32, f32)> = Vec::new();
        let mut start = 0;
        for major in 0..self.n_major {
            let end = self.indptr[major + 1];
            let row_start = kept;
            let sorted = self.indices[start..end].windows(2).all(|p| p[0] < p[1]);
            if sorted {
                for at in start..end {
                    if self.data[at] != 0.0 {
                        self.indices[kept] = self.indices[at];
                        self.data[kept] = self.data[at];
                        kept += 1;
                    }
                }
            } else {
                order.clear();
                order.extend((start..end).map(|at| (self.indices[at], self.data[at])));
                order.sort_by_key(|&(minor, _)| minor);
                for &(minor, value) in &order {
                    if value == 0.0 {
                        continue;
                    }
                    if kept > row_start && self.indices[kept - 1] == minor {
                        self.data[kept - 1] += value;
                    } else {
                        self.indices[kept] = minor;
                        self.data[kept] = value;
                        kept += 1;
                    }
                }
            }
            start = end;
            self.indptr[major + 1] = kept;
        }
        self.indices.truncate(kept);
        self.data.truncate(kept);
        self
    }

    /// Keeps some rows, in the given order.
    pub(crate) fn select_major(&self, keep: &[usize]) -> Self {
        let mut indptr = Vec::with_capacity(keep.len() + 1);
        indptr.push(0);
        let mut indices = Vec::new();
        let mut data = Vec::new();
        for &major in keep {
            let range = self.indptr[major]..self.indptr[major + 1];
            indices.extend_from_slice(&self.indices[range.clone()]);
            data.extend_from_slice(&self.data[range]);
            indptr.push(data.len());
        }
        Self {
            n_major: keep.len(),
            n_minor: self.n_minor,
            indptr,
            indices,
            data,
        }
    }

    /// Keeps some columns; `keep` is ascending.
    pub(crate) fn select_minor(mut self, keep: &[usize]) -> Self {
        const GONE: u32 = u32::MAX;
        let mut place = vec![GONE; self.n_minor];
        for (new, &old) in keep.iter().enumerate() {
            place[old] = new as u32;
        }
        let mut kept = 0;
        let mut start = 0;
        for major in 0..self.n_major {
            let end = self.indptr[major + 1];
            for at in start..end {
                let new = place[self.indices[at] as usize];
                if new != GONE {
                    self.indices[kept] = new;
                    self.data[kept] = self.data[at];
                    kept += 1;
                }
            }
            start = end;
            self.indptr[major + 1] = kept;
        }
        self.indices.truncate(kept);
        self.data.truncate(kept);
        self.n_minor = keep.len();
        self
    }

    /// The matrix; it must be tidied first.
    pub(crate) fn into_matrix(self) -> CountMatrix {
        CountMatrix::new(
            (self.n_major, self.n_minor),
            self.indptr,
            self.indices,
            self.data,
        )
    }
}

/// The rows and columns of some spots in a square matrix, in the given order. O(stored values, sorted per row).
pub(crate) fn select_both(matrix: &CountMatrix, keep: &[usize]) -> CountMatrix {
    let mut place = vec![None; matrix.rows()];
    for (at, &row) in (0u32..).zip(keep) {
        place[row] = Some(at);
    }
    let (mut indptr, mut indices, mut data) = (vec![0], Vec::new(), Vec::new());
    let mut links: Vec<(u32, f32)> = Vec::new();
    for &row in keep {
        links.clear();
        if let Some(view) = matrix.outer_view(row) {
            links.extend(view.iter().filter_map(|(to, &w)| Some((place[to]?, w))));
        }
        links.sort_by_key(|link| link.0);
        indices.extend(links.iter().map(|link| link.0));
        data.extend(links.iter().map(|link| link.1));
        indptr.push(indices.len());
    }
    CountMatrix::new((keep.len(), keep.len()), indptr, indices, data)
}

/// Checks values one by one and keeps the worst value that is not a count.
#[derive(Default)]
pub(crate) struct CountWatch {
    worst: Option<CountDefect>,
    /// Whether fractions are no defect.
    lognorm: bool,
}

impl CountWatch {
    /// For counts, or for log-normalised values.
    pub(crate) fn new(lognorm: bool) -> Self {
        Self {
            lognorm,
            ..Self::default()
        }
    }

    /// Checks one value; true when the scan can stop because the values are not counts.
    pub(crate) fn see(&mut self, value: f64, place: impl FnOnce() -> (usize, usize)) -> bool {
        if value >= 0.0 && (self.lognorm || value.fract() == 0.0) && value.is_finite() {
            return false;
        }
        let (row, col) = place();
        let defect = CountDefect::of(value, row, col);
        let stop = matches!(defect, Some(CountDefect::Fraction { .. }));
        if stop || severity(defect) > severity(self.worst) {
            self.worst = defect;
        }
        stop
    }

    pub(crate) fn verdict(self) -> Result<(), CountDefect> {
        self.worst.map_or(Ok(()), Err)
    }
}

fn severity(defect: Option<CountDefect>) -> u8 {
    match defect {
        None => 0,
        Some(CountDefect::Negative { .. }) => 1,
        Some(CountDefect::NotFinite { .. }) => 2,
        Some(CountDefect::Fraction { .. }) => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::{Compressed, CountWatch};
    use crate::error::CountDefect;

    // [0 2 1]
    // [0 0 0]
    // [4 0 0]
    fn toy() -> Compressed {
        Compressed {
            n_major: 3,
            n_minor: 3,
            indptr: vec![0, 4, 4, 5],
            indices: vec![2, 1, 1, 0, 0],
            data: vec![1.0, 1.0, 1.0, 0.0, 4.0],
        }
    }

    #[test]
    fn tidying_sorts_adds_up_and_drops_zeros() {
        let tidy = toy().tidied();
        assert_eq!(tidy.indptr, [0, 2, 2, 3]);
        assert_eq!(tidy.indices, [1, 2, 0]);
        assert_eq!(tidy.data, [2.0, 1.0, 4.0]);
    }

    #[test]
    fn transposing_twice_is_identity() {
        let once = toy().tidied().transposed();
        assert_eq!(once.indptr, [0, 1, 2, 3]);
        assert_eq!(once.indices, [2, 0, 0]);
        assert_eq!(once.data, [4.0, 2.0, 1.0]);
        let twice = once.transposed();
        assert_eq!(twice.indices, [1, 2, 0]);
    }

    #[test]
    fn selecting_columns_renumbers_them() {
        let some = toy().tidied().select_minor(&[0, 2]);
        assert_eq!(some.indptr, [0, 1, 1, 2]);
        assert_eq!(some.indices, [1, 0]);
        assert_eq!(some.data, [1.0, 4.0]);
    }

    #[test]
    fn pointers_are_checked() {
        assert!(Compressed::check_indptr(&[0, 2, 3], 2, 3).is_ok());
        assert!(Compressed::check_indptr(&[0, 2], 2, 2).is_err());
        assert!(Compressed::check_indptr(&[1, 2, 3], 2, 3).is_err());
        assert!(Compressed::check_indptr(&[0, 3, 2], 2, 2).is_err());
        assert!(Compressed::check_indptr(&[0, 2, 4], 2, 3).is_err());
        assert!(Compressed::check_indptr(&[0, -2, 3], 2, 3).is_err());
    }

    #[test]
    fn the_worst_defect_is_kept() {
        let mut watch = CountWatch::default();
        assert!(!watch.see(1.0, || (0, 0)));
        assert!(!watch.see(-1.0, || (0, 1)));
        assert!(!watch.see(f64::NAN, || (0, 2)));
        assert!(!watch.see(-3.0, || (0, 3)));
        assert!(matches!(
            watch.verdict(),
            Err(CountDefect::NotFinite { col: 2, .. })
        ));
        let mut watch = CountWatch::default();
        assert!(watch.see(0.5, || (1, 1)));
    }
}
