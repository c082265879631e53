//! What a run adds to a file.

use std::collections::HashSet;

use ndarray::Array2;

use crate::dataset::{CountMatrix, check_length};
use crate::error::IoError;
use crate::obs::ObsColumn;

mod uns_value;

pub use uns_value::UnsValue;

/// What a run adds to a file, by table and key. A slot that exists already is replaced.
///
/// Rows are the spots of the data set that was read. The file may hold more spots, because spots without a
/// count are dropped on reading: those get no category, NaN, and empty graph rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Slots {
    /// Columns of `obs`, `N` values each.
    pub obs: Vec<(String, ObsColumn)>,
    /// Arrays of `obsm`, `[N × anything]`.
    pub obsm: Vec<(String, Array2<f32>)>,
    /// Sparse matrices of `obsp`, CSR, `[N × N]`.
    pub obsp: Vec<(String, CountMatrix)>,
    /// Entries of `uns`.
    pub uns: Vec<(String, UnsValue)>,
    /// Slots that the result does not have, such as `obsp/spatial_distances`: an earlier run may have left them.
    pub removed: Vec<String>,
}

impl Slots {
    /// No slots.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a column of `obs`.
    pub fn with_obs(mut self, key: impl Into<String>, column: ObsColumn) -> Self {
        self.obs.push((key.into(), column));
        self
    }

    /// Adds an array of `obsm`.
    pub fn with_obsm(mut self, key: impl Into<String>, array: Array2<f32>) -> Self {
        self.obsm.push((key.into(), array));
        self
    }

    /// Adds a sparse matrix of `obsp`.
    pub fn with_obsp(mut self, key: impl Into<String>, matrix: CountMatrix) -> Self {
        self.obsp.push((key.into(), matrix));
        self
    }

    /// Adds an entry of `uns`.
    pub fn with_uns(mut self, key: impl Into<String>, value: UnsValue) -> Self {
        self.uns.push((key.into(), value));
        self
    }

    /// Removes a slot, such as `obsp/spatial_distances`, where the file has it.
    pub fn without(mut self, slot: impl Into<String>) -> Self {
        self.removed.push(slot.into());
        self
    }

    /// The slots that are written, such as `obs/semst_domain`.
    pub fn written(&self) -> Vec<String> {
        let obs = self.obs.iter().map(|(key, _)| format!("obs/{key}"));
        let obsm = self.obsm.iter().map(|(key, _)| format!("obsm/{key}"));
        let obsp = self.obsp.iter().map(|(key, _)| format!("obsp/{key}"));
        let uns = self.uns.iter().map(|(key, _)| format!("uns/{key}"));
        obs.chain(obsm).chain(obsp).chain(uns).collect()
    }

    /// Checks that keys are valid and that every part has `n_spots` rows.
    ///
    /// # Errors
    /// [`IoError::InvalidSlot`] for an empty key, one with `/`, one given twice, or one that is written and removed, and
    /// [`IoError::Length`].
    pub fn check(&self, n_spots: usize) -> Result<(), IoError> {
        check_keys("obs", self.obs.iter().map(|(key, _)| key))?;
        check_keys("obsm", self.obsm.iter().map(|(key, _)| key))?;
        check_keys("obsp", self.obsp.iter().map(|(key, _)| key))?;
        check_keys("uns", self.uns.iter().map(|(key, _)| key))?;
        for (key, column) in &self.obs {
            if key == "_index" || key == "__categories" {
                return Err(IoError::InvalidSlot {
                    slot: format!("obs/{key}"),
                    detail: "the name is reserved".into(),
                });
            }
            check_length(format!("rows of obs/{key}"), n_spots, column.len())?;
        }
        for (key, array) in &self.obsm {
            check_length(format!("rows of obsm/{key}"), n_spots, array.nrows())?;
        }
        for (key, matrix) in &self.obsp {
            check_length(format!("rows of obsp/{key}"), n_spots, matrix.rows())?;
            check_length(format!("columns of obsp/{key}"), n_spots, matrix.cols())?;
            if !matrix.is_csr() {
                return Err(IoError::InvalidSlot {
                    slot: format!("obsp/{key}"),
                    detail: "the matrix must be CSR".into(),
                });
            }
        }
        let written = self.written();
        if let Some(slot) = self.removed.iter().find(|slot| written.contains(slot)) {
            return Err(IoError::InvalidSlot {
                slot: slot.clone(),
                detail: "it is written and removed".into(),
            });
        }
        for (key, value) in &self.uns {
            check_value(&format!("uns/{key}"), value)?;
        }
        Ok(())
    }

    /// Checks that names of columns with a slash can be paths of HDF5, as anndata writes them.
    pub(crate) fn check_paths(&self) -> Result<(), IoError> {
        let plain: HashSet<&str> = self
            .obs
            .iter()
            .filter(|(_, column)| !matches!(column, ObsColumn::Categorical { .. }))
            .map(|(key, _)| key.as_str())
            .collect();
        for (key, _) in &self.obs {
            let above = key.match_indices('/').map(|(at, _)| &key[..at]);
            let blocked = above.clone().find(|name| plain.contains(name));
            let detail = if let Some(name) = blocked {
                format!("a slash makes it a member of the column `{name}`; rename one of them")
            } else if key.split('/').any(|part| part.is_empty() || part == ".") {
                "a name of HDF5 has text on both sides of a slash; rename it".to_owned()
            } else {
                continue;
            };
            return Err(IoError::InvalidSlot {
                slot: format!("obs/{key}"),
                detail,
            });
        }
        Ok(())
    }

    /// Spreads rows over a file with more of them: row `i` goes to `rows[i]` of `n_rows`.
    pub(crate) fn spread(self, rows: &[usize], n_rows: usize) -> Self {
        if rows.len() == n_rows && rows.iter().enumerate().all(|(at, &row)| at == row) {
            return self;
        }
        Self {
            obs: self
                .obs
                .into_iter()
                .map(|(key, column)| (key, spread_column(column, rows, n_rows)))
                .collect(),
            obsm: self
                .obsm
                .into_iter()
                .map(|(key, array)| (key, spread_array(&array, rows, n_rows)))
                .collect(),
            obsp: self
                .obsp
                .into_iter()
                .map(|(key, matrix)| (key, spread_matrix(&matrix, rows, n_rows)))
                .collect(),
            uns: self.uns,
            removed: self.removed,
        }
    }
}

fn check_keys<'a>(table: &str, keys: impl Iterator<Item = &'a String>) -> Result<(), IoError> {
    let mut seen = HashSet::new();
    for key in keys {
        let detail = if key.is_empty() {
            "a key must not be empty"
        } else if key.contains('/') || key == "." {
            "a key must not contain `/`"
        } else if !seen.insert(key) {
            "the key is given twice"
        } else {
            continue;
        };
        return Err(IoError::InvalidSlot {
            slot: format!("{table}/{key}"),
            detail: detail.into(),
        });
    }
    Ok(())
}

fn check_value(slot: &str, value: &UnsValue) -> Result<(), IoError> {
    match value {
        UnsValue::Dict(entries) => {
            check_keys(slot, entries.iter().map(|(key, _)| key))?;
            for (key, value) in entries {
                check_value(&format!("{slot}/{key}"), value)?;
            }
        }
        UnsValue::List(values) => {
            for (at, value) in values.iter().enumerate() {
                check_value(&format!("{slot}/{at}"), value)?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn spread_column(column: ObsColumn, rows: &[usize], n_rows: usize) -> ObsColumn {
    fn spread<T: Clone>(values: Vec<T>, rows: &[usize], n_rows: usize, fill: T) -> Vec<T> {
        let mut all = vec![fill; n_rows];
        for (&row, value) in rows.iter().zip(values) {
            all[row] = value;
        }
        all
    }
    match column {
        ObsColumn::Categorical {
            codes,
            categories,
            ordered,
        } => ObsColumn::Categorical {
            codes: spread(codes, rows, n_rows, None),
            categories,
            ordered,
        },
        ObsColumn::Text(values) => ObsColumn::Text(spread(values, rows, n_rows, String::new())),
        // A missing value is neither yes nor no, so the column becomes categorical.
        ObsColumn::Bool(_) => {
            let labels = spread(column.texts(), rows, n_rows, None);
            ObsColumn::from_labels(&labels)
        }
        ObsColumn::Numeric(values) => ObsColumn::Numeric(spread(values, rows, n_rows, f64::NAN)),
        ObsColumn::Integer(values) => {
            let values = values.into_iter().map(|value| value as f64).collect();
            ObsColumn::Numeric(spread(values, rows, n_rows, f64::NAN))
        }
    }
}

fn spread_array(array: &Array2<f32>, rows: &[usize], n_rows: usize) -> Array2<f32> {
    let mut all = Array2::from_elem((n_rows, array.ncols()), f32::NAN);
    for (&row, values) in rows.iter().zip(array.outer_iter()) {
        all.row_mut(row).assign(&values);
    }
    all
}

fn spread_matrix(matrix: &CountMatrix, rows: &[usize], n_rows: usize) -> CountMatrix {
    let mut place = vec![None; n_rows];
    for (at, &row) in rows.iter().enumerate() {
        place[row] = Some(at);
    }
    let mut indptr = Vec::with_capacity(n_rows + 1);
    let mut indices = Vec::with_capacity(matrix.nnz());
    let mut data = Vec::with_capacity(matrix.nnz());
    indptr.push(0);
    let mut row: Vec<(u32, f32)> = Vec::new();
    for at in place {
        if let Some(view) = at.and_then(|at| matrix.outer_view(at)) {
            row.clear();
            row.extend(
                view.iter()
                    .map(|(column, &value)| (rows[column] as u32, value)),
            );
            row.sort_unstable_by_key(|&(column, _)| column);
            indices.extend(row.iter().map(|&(column, _)| column));
            data.extend(row.iter().map(|&(_, value)| value));
        }
        indptr.push(data.len());
    }
    CountMatrix::new((n_rows, n_rows), indptr, indices, data)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::{Slots, UnsValue};
    use crate::dataset::CountMatrix;
    use crate::obs::ObsColumn;

    #[test]
    fn dropped_spots_get_nothing() {
        let graph = CountMatrix::new((2, 2), vec![0, 1, 2], vec![1, 0], vec![1.0, 2.0]);
        let slots = Slots::new()
            .with_obs("d", ObsColumn::from_codes(&[0, 1], |k| k.to_string()))
            .with_obsm("z", array![[1.0], [2.0]])
            .with_obsp("g", graph)
            .spread(&[2, 0], 3);
        let label = |s: &str| Some(s.to_owned());
        assert_eq!(slots.obs[0].1.labels(), [label("1"), None, label("0")]);
        let z = &slots.obsm[0].1;
        assert!(z[[0, 0]] == 2.0 && z[[1, 0]].is_nan() && z[[2, 0]] == 1.0);
        let expected = CountMatrix::new((3, 3), vec![0, 1, 1, 2], vec![2, 0], vec![2.0, 1.0]);
        assert_eq!(slots.obsp[0].1, expected);
    }

    #[test]
    fn bad_slots_are_named() {
        #[track_caller]
        fn check(slots: Slots, message: &str) {
            let error = slots.check(1).err().map(|error| error.to_string());
            assert_eq!(error.as_deref(), Some(message));
        }
        check(
            Slots::new().with_uns("a/b", UnsValue::from(1i64)),
            "slot `uns/a/b` cannot be written: a key must not contain `/`",
        );
        check(
            Slots::new().with_obs("d", ObsColumn::Integer(vec![1, 2])),
            "rows of obs/d: expected 1, got 2",
        );
        check(
            Slots::new()
                .with_obsm("z", array![[1.0]])
                .with_obsm("z", array![[1.0]]),
            "slot `obsm/z` cannot be written: the key is given twice",
        );
    }
}
