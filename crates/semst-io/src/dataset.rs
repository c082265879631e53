//! One slide in memory.

use std::collections::BTreeMap;

use ndarray::{Array2, Axis};
use sha2::{Digest, Sha256};
use sprs::CsMatI;

use crate::error::{CountDefect, IoError};
use crate::genes::Genes;
use crate::obs::{Obs, ObsColumn};
use crate::source::Source;
use crate::sparse_counts::select_both;
use crate::tissue::TissueImage;

/// Counts in CSR, `[N spots × G genes]`: whole numbers ≥ 0 kept as `f32`, or log-normalised values.
pub type CountMatrix = CsMatI<f32, u32, usize>;

/// One slide: counts, genes, coordinates, annotation, picture.
///
/// Data sets from the readers and from [`new`](Self::new) have passed [`check`](Self::check).
#[derive(Debug, Clone, PartialEq)]
pub struct SpatialDataset {
    /// A short name: the stem of the file or folder.
    pub name: String,
    /// Counts, CSR, `[N × G]`.
    pub counts: CountMatrix,
    /// Whether `counts` holds log-normalised values instead ([`InputIs::Lognorm`](crate::InputIs)).
    pub lognorm: bool,
    /// One barcode per spot, unique.
    pub barcodes: Vec<String>,
    /// The genes, one per column of `counts`.
    pub genes: Genes,
    /// Coordinates (x, y), `[N × 2]`, in the unit of the file (full-resolution pixels for Visium);
    /// y points down if the file has a picture.
    pub spatial: Array2<f64>,
    /// The third coordinate of each spot, where `obsm` has one. A run works in two dimensions, so spots with different z are
    /// refused by [`read`](crate::read).
    pub z: Option<Vec<f64>>,
    /// Annotation, `N` values per column.
    pub obs: Obs,
    /// Arrays with a row per spot, `[N × anything]`, by key: those that [`ReadConfig::obsm`](crate::ReadConfig::obsm) names.
    pub obsm: BTreeMap<String, Array2<f32>>,
    /// Arrays with a row per gene, `[G × anything]`, by key: those that [`ReadConfig::varm`](crate::ReadConfig::varm) names.
    pub varm: BTreeMap<String, Array2<f32>>,
    /// Weights between spots, CSR, `[N × N]`, by key: those that [`ReadConfig::obsp`](crate::ReadConfig::obsp) names.
    pub obsp: BTreeMap<String, CountMatrix>,
    /// The picture of the tissue, if there is one.
    pub image: Option<TissueImage>,
    /// Where it came from.
    pub source: Source,
}

impl SpatialDataset {
    /// Makes a data set in memory and checks it.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    ///
    /// # Examples
    /// ```
    /// use ndarray::array;
    /// use semst_io::{CountMatrix, Genes, SpatialDataset};
    ///
    /// let counts = CountMatrix::new((2, 2), vec![0, 1, 2], vec![0, 1], vec![3.0, 1.0]);
    /// let names = |n: [&str; 2]| n.map(String::from).to_vec();
    /// let slide = SpatialDataset::new(
    ///     "toy",
    ///     counts,
    ///     names(["spot1", "spot2"]),
    ///     Genes::new(names(["MBP", "SNAP25"])),
    ///     array![[0.0, 0.0], [1.0, 0.0]],
    /// )?;
    /// assert_eq!((slide.n_spots(), slide.n_genes()), (2, 2));
    /// # Ok::<(), semst_io::IoError>(())
    /// ```
    pub fn new(
        name: impl Into<String>,
        counts: CountMatrix,
        barcodes: Vec<String>,
        genes: Genes,
        spatial: Array2<f64>,
    ) -> Result<Self, IoError> {
        let dataset = Self {
            name: name.into(),
            counts,
            lognorm: false,
            barcodes,
            genes,
            spatial,
            z: None,
            obs: Obs::new(),
            obsm: BTreeMap::new(),
            varm: BTreeMap::new(),
            obsp: BTreeMap::new(),
            image: None,
            source: Source::Memory,
        };
        dataset.check()?;
        Ok(dataset)
    }

    /// Adds a column of annotation.
    ///
    /// # Errors
    /// [`IoError::Length`] when it does not have one value per spot.
    pub fn with_obs(mut self, key: impl Into<String>, column: ObsColumn) -> Result<Self, IoError> {
        let key = key.into();
        check_length(format!("obs column `{key}`"), self.n_spots(), column.len())?;
        self.obs.insert(key, column);
        Ok(self)
    }

    /// Adds an array with a row per spot.
    ///
    /// # Errors
    /// [`IoError::Length`] when it does not have one row per spot.
    pub fn with_obsm(
        mut self,
        key: impl Into<String>,
        array: Array2<f32>,
    ) -> Result<Self, IoError> {
        let key = key.into();
        check_length(format!("rows of obsm/{key}"), self.n_spots(), array.nrows())?;
        self.obsm.insert(key, array);
        Ok(self)
    }

    /// Adds an array with a row per gene.
    ///
    /// # Errors
    /// [`IoError::Length`] when it does not have one row per gene.
    pub fn with_varm(
        mut self,
        key: impl Into<String>,
        array: Array2<f32>,
    ) -> Result<Self, IoError> {
        let key = key.into();
        check_length(format!("rows of varm/{key}"), self.n_genes(), array.nrows())?;
        self.varm.insert(key, array);
        Ok(self)
    }

    /// Adds weights between spots, CSR, `[N × N]`.
    ///
    /// # Errors
    /// [`IoError::Length`] when it is not square with one row per spot, [`IoError::Malformed`] when it is not CSR.
    pub fn with_obsp(
        mut self,
        key: impl Into<String>,
        matrix: CountMatrix,
    ) -> Result<Self, IoError> {
        let key = key.into();
        self.check_weights(&key, &matrix)?;
        self.obsp.insert(key, matrix);
        Ok(self)
    }

    /// The array of `obsm` of that name.
    ///
    /// # Errors
    /// [`IoError::MissingKey`], with the keys that were read.
    pub fn spot_array(&self, key: &str) -> Result<&Array2<f32>, IoError> {
        found("obsm", key, &self.obsm)
    }

    /// The array of `varm` of that name.
    ///
    /// # Errors
    /// [`IoError::MissingKey`], with the keys that were read.
    pub fn gene_array(&self, key: &str) -> Result<&Array2<f32>, IoError> {
        found("varm", key, &self.varm)
    }

    /// The weights of `obsp` of that name.
    ///
    /// # Errors
    /// [`IoError::MissingKey`], with the keys that were read.
    pub fn weights(&self, key: &str) -> Result<&CountMatrix, IoError> {
        found("obsp", key, &self.obsp)
    }

    /// The number of spots.
    pub fn n_spots(&self) -> usize {
        self.counts.rows()
    }

    /// The number of genes.
    pub fn n_genes(&self) -> usize {
        self.counts.cols()
    }

    /// The number of stored counts.
    pub fn nnz(&self) -> usize {
        self.counts.nnz()
    }

    /// Checks that all parts agree and that counts and coordinates are valid. O(nnz).
    ///
    /// # Errors
    /// [`IoError::Empty`] without a spot or a gene, [`IoError::Length`] when parts disagree,
    /// [`IoError::NotCounts`] for a count that is not a whole number ≥ 0, and
    /// [`IoError::NotFiniteCoordinate`] and [`IoError::CoordinateScale`].
    pub fn check(&self) -> Result<(), IoError> {
        let (n, g) = (self.n_spots(), self.n_genes());
        if n == 0 || g == 0 || self.nnz() == 0 {
            return Err(IoError::Empty {
                name: self.name.clone(),
                n_spots: n,
                n_genes: g,
            });
        }
        if !self.counts.is_csr() {
            return Err(IoError::Malformed {
                path: self.source.path().unwrap_or(self.name.as_ref()).into(),
                slot: "counts".into(),
                detail: "must be CSR".into(),
            });
        }
        check_length("barcodes", n, self.barcodes.len())?;
        check_length("gene symbols", g, self.genes.len())?;
        if let Some(ids) = &self.genes.ids {
            check_length("gene ids", g, ids.len())?;
        }
        check_length("coordinates", n, self.spatial.nrows())?;
        check_length("coordinate axes", 2, self.spatial.ncols())?;
        if let Some(z) = &self.z {
            check_length("third coordinates", n, z.len())?;
        }
        for (key, column) in self.obs.iter() {
            check_length(format!("obs column `{key}`"), n, column.len())?;
        }
        for (key, array) in &self.obsm {
            check_length(format!("rows of obsm/{key}"), n, array.nrows())?;
        }
        for (key, array) in &self.varm {
            check_length(format!("rows of varm/{key}"), g, array.nrows())?;
        }
        for (key, matrix) in &self.obsp {
            self.check_weights(key, matrix)?;
        }
        if let Some((rows, n_rows)) = self.source.rows() {
            check_length("rows of the source", n, rows.len())?;
            if let Some(&row) = rows.iter().find(|&&row| row >= n_rows) {
                return Err(IoError::Length {
                    what: format!("row {row} of the source"),
                    expected: n_rows,
                    got: row,
                });
            }
        }
        self.check_counts()?;
        self.check_coordinates()
    }

    /// SHA-256 of barcodes, gene symbols, counts and coordinates, in hexadecimal. O(nnz).
    ///
    /// Two slides with the same digest give the same results.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for name in self.barcodes.iter().chain(&self.genes.symbols) {
            hash.update(name.as_bytes());
            hash.update([0]);
        }
        for start in self.counts.indptr().raw_storage() {
            hash.update((*start as u64).to_le_bytes());
        }
        for (index, value) in self.counts.indices().iter().zip(self.counts.data()) {
            hash.update(index.to_le_bytes());
            hash.update(value.to_le_bytes());
        }
        for value in &self.spatial {
            hash.update(value.to_le_bytes());
        }
        hex::encode(hash.finalize())
    }

    /// The data set of some spots, in the given order. O(nnz).
    ///
    /// # Errors
    /// As [`check`](Self::check); nothing else is dropped.
    ///
    /// # Panics
    /// When an index is not below [`n_spots`](Self::n_spots).
    pub fn select_spots(&self, keep: &[usize]) -> Result<Self, IoError> {
        let mut indptr = Vec::with_capacity(keep.len() + 1);
        let mut indices = Vec::new();
        let mut data = Vec::new();
        indptr.push(0);
        for &row in keep {
            if let Some(row) = self.counts.outer_view(row) {
                indices.extend_from_slice(row.indices());
                data.extend_from_slice(row.data());
            }
            indptr.push(data.len());
        }
        let selected = Self {
            name: self.name.clone(),
            counts: CountMatrix::new((keep.len(), self.n_genes()), indptr, indices, data),
            lognorm: self.lognorm,
            barcodes: keep.iter().map(|&at| self.barcodes[at].clone()).collect(),
            genes: self.genes.clone(),
            spatial: self.spatial.select(Axis(0), keep),
            z: self
                .z
                .as_ref()
                .map(|z| keep.iter().map(|&at| z[at]).collect()),
            obs: self.obs.select(keep),
            obsm: self
                .obsm
                .iter()
                .map(|(key, array)| (key.clone(), array.select(Axis(0), keep)))
                .collect(),
            varm: self.varm.clone(),
            obsp: self
                .obsp
                .iter()
                .map(|(key, matrix)| (key.clone(), select_both(matrix, keep)))
                .collect(),
            image: self.image.clone(),
            source: self.source.select(keep),
        };
        selected.check()?;
        Ok(selected)
    }

    fn check_weights(&self, key: &str, matrix: &CountMatrix) -> Result<(), IoError> {
        let n = self.n_spots();
        check_length(format!("rows of obsp/{key}"), n, matrix.rows())?;
        check_length(format!("columns of obsp/{key}"), n, matrix.cols())?;
        if matrix.is_csr() {
            return Ok(());
        }
        Err(IoError::Malformed {
            path: self.source.path().unwrap_or(self.name.as_ref()).into(),
            slot: format!("obsp/{key}"),
            detail: "must be CSR".into(),
        })
    }

    fn check_counts(&self) -> Result<(), IoError> {
        for (row, view) in self.counts.outer_iterator().enumerate() {
            for (col, &value) in view.iter() {
                let defect = CountDefect::of(f64::from(value), row, col);
                if let Some(defect) = defect.filter(|defect| !self.allows(*defect)) {
                    return Err(IoError::NotCounts {
                        path: self.source.path().unwrap_or(self.name.as_ref()).into(),
                        slot: "counts".into(),
                        defect,
                        slots: Vec::new(),
                    });
                }
            }
        }
        Ok(())
    }

    /// Log-normalised values are fractions.
    fn allows(&self, defect: CountDefect) -> bool {
        self.lognorm && matches!(defect, CountDefect::Fraction { .. })
    }

    fn check_coordinates(&self) -> Result<(), IoError> {
        for (row, point) in self.spatial.outer_iter().enumerate() {
            for (axis, &value) in ['x', 'y'].into_iter().zip(point) {
                if !value.is_finite() {
                    return Err(IoError::NotFiniteCoordinate {
                        axis,
                        row,
                        barcode: self.barcodes[row].clone(),
                        value,
                    });
                }
            }
        }
        let largest = self
            .spatial
            .iter()
            .fold(0.0_f64, |most, v| most.max(v.abs()));
        if largest > 0.0 && !(1e-18..=1e18).contains(&largest) {
            return Err(IoError::CoordinateScale { largest });
        }
        Ok(())
    }
}

impl CountDefect {
    /// The reason why a value is not a count, if it is not.
    pub(crate) fn of(value: f64, row: usize, col: usize) -> Option<Self> {
        if !value.is_finite() {
            Some(Self::NotFinite { row, col, value })
        } else if value.fract() != 0.0 {
            Some(Self::Fraction { row, col, value })
        } else if value < 0.0 {
            Some(Self::Negative { row, col, value })
        } else {
            None
        }
    }
}

fn found<'a, T>(
    table: &str,
    key: &str,
    entries: &'a BTreeMap<String, T>,
) -> Result<&'a T, IoError> {
    entries.get(key).ok_or_else(|| IoError::MissingKey {
        table: format!("the {table} that was read"),
        key: key.into(),
        keys: entries.keys().cloned().collect(),
    })
}

pub(crate) fn check_length(
    what: impl Into<String>,
    expected: usize,
    got: usize,
) -> Result<(), IoError> {
    if expected == got {
        Ok(())
    } else {
        Err(IoError::Length {
            what: what.into(),
            expected,
            got,
        })
    }
}
