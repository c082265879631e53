//! The trait for readers of file formats.

use std::path::Path;

use crate::contents::Contents;
use crate::dataset::SpatialDataset;
use crate::error::IoError;
use crate::read_config::ReadConfig;
use crate::report::ReadReport;

/// Reads one file format.
///
/// Implement it to add a format, and pass it to [`read_with`](crate::read_with) next to the shipped
/// [`READERS`](crate::READERS).
///
/// | method | | purpose |
/// |---|---|---|
/// | [`name`](Self::name) | required | names the format in messages and records |
/// | [`recognises`](Self::recognises) | required | returns whether a path has this format |
/// | [`read`](Self::read) | required | reads the slide |
/// | [`contents`](Self::contents) | optional | lists what a file holds, for `inspect` |
///
/// # Examples
/// ```
/// use std::path::Path;
/// use ndarray::array;
/// use semst_io::{
///     CountMatrix, Genes, IoError, Match, READERS, ReadConfig, ReadReport, Reader, SpatialDataset,
///     read_with,
/// };
///
/// /// One line per spot: x, y and the count of MBP.
/// struct Toy;
///
/// impl Reader for Toy {
///     fn name(&self) -> &'static str {
///         "toy"
///     }
///     fn recognises(&self, path: &Path) -> Match {
///         Match::when(path.extension().is_some_and(|end| end == "toy"))
///     }
///     fn read(&self, path: &Path, _: &ReadConfig) -> Result<(SpatialDataset, ReadReport), IoError> {
///         let text = std::fs::read_to_string(path).map_err(|e| IoError::reader("toy", path, e))?;
///         let count: f32 = text.trim().parse().map_err(|e| IoError::reader("toy", path, e))?;
///         let counts = CountMatrix::new((1, 1), vec![0, 1], vec![0], vec![count]);
///         let genes = Genes::new(vec!["MBP".into()]);
///         let slide = SpatialDataset::new("toy", counts, vec!["spot".into()], genes, array![[0.0, 0.0]])?;
///         Ok((slide, ReadReport::default()))
///     }
/// }
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("a.toy");
/// std::fs::write(&path, "3")?;
/// let readers: Vec<&dyn Reader> = [&Toy as &dyn Reader].into_iter().chain(READERS.iter().copied()).collect();
/// let (slide, _) = read_with(&readers, &path, &ReadConfig::new())?;
/// assert_eq!(slide.n_spots(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Reader: Send + Sync {
    /// The name of the format in kebab case, such as `h5ad`.
    fn name(&self) -> &'static str;

    /// Returns whether the path has this format, from names and the first bytes only.
    fn recognises(&self, path: &Path) -> Match;

    /// Reads every spot and every gene of the slide.
    ///
    /// [`read_with`](crate::read_with) then drops the spots and genes without a single count and checks the slide.
    ///
    /// # Errors
    /// Any [`IoError`]; [`IoError::reader`] wraps an error of another crate.
    /// A key of the config that the format does not have is [`IoError::MissingKey`].
    fn read(
        &self,
        path: &Path,
        config: &ReadConfig,
    ) -> Result<(SpatialDataset, ReadReport), IoError>;

    /// Lists the contents of a file, for formats that hold more than a slide; `None` for the others.
    ///
    /// # Errors
    /// As [`read`](Self::read), for a file whose tables cannot be listed.
    fn contents(&self, path: &Path) -> Result<Option<Contents>, IoError> {
        let _ = path;
        Ok(None)
    }
}

/// How well a path fits a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Match {
    /// The path has another format.
    No,
    /// The path may have this format. Reading it gives the error that names what is missing.
    Maybe,
    /// The path has this format.
    Yes,
}

impl Match {
    /// [`Match::Yes`] or [`Match::No`].
    pub fn when(fits: bool) -> Self {
        if fits { Self::Yes } else { Self::No }
    }
}
