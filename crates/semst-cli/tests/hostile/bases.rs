//! Good inputs, to be damaged.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::binary::{Outcome, QUICK, run};
use crate::made::Made;

/// Options of the quickest run on a slide of [`Made`].
pub(crate) const OPTIONS: &str = "--domains 3 --semantics none --no-interpret -q";

/// A file in memory.
#[derive(Clone)]
pub(crate) struct Base {
    /// Its name, with its ending.
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

impl Base {
    pub(crate) fn read(path: &Path) -> Outcome<Self> {
        let name = path.file_name().unwrap_or_default();
        Ok(Self {
            name: name.to_string_lossy().into_owned(),
            bytes: std::fs::read(path)?,
        })
    }

    /// Writes it into a folder; returns its path and size.
    pub(crate) fn write(&self, folder: &Path) -> Outcome<(String, u64)> {
        let path = folder.join(&self.name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(&path, &self.bytes)?;
        Ok((path.display().to_string(), self.bytes.len() as u64))
    }
}

/// `.h5ad` files of several writers: a dense one of these tests, one after a run, with its slots and record, and anndata's own.
pub(crate) fn slides() -> Outcome<Vec<Base>> {
    let folder = tempfile::tempdir()?;
    let mut bases = vec![Base::read(&made(folder.path())?)?, finished("slide.h5ad")?];
    let golden = golden("semst-io/tests/golden/io");
    for name in ["aligned.h5ad", "dtypes.h5ad"] {
        bases.push(Base::read(&golden.join(name))?);
    }
    Ok(bases)
}

/// A folder of another crate.
pub(crate) fn golden(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// A slide of 121 spots in a folder.
pub(crate) fn made(folder: &Path) -> Outcome<PathBuf> {
    let path = folder.join("slide.h5ad");
    Made::default().h5ad(&path)?;
    Ok(path)
}

/// A file that a run on that slide writes.
pub(crate) fn finished(name: &str) -> Outcome<Base> {
    let folder = tempfile::tempdir()?;
    let out = folder.path().join("out");
    let options = format!("{OPTIONS} {QUICK}");
    run(&made(folder.path())?, &options, &out)?.succeeded();
    Base::read(&out.join(name))
}

/// A slide in a folder that lives as long as the value.
pub(crate) struct GoodSlide {
    _folder: TempDir,
    pub(crate) path: String,
    pub(crate) bytes: u64,
}

impl GoodSlide {
    pub(crate) fn new() -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let path = made(folder.path())?;
        Ok(Self {
            bytes: std::fs::metadata(&path)?.len(),
            path: path.display().to_string(),
            _folder: folder,
        })
    }
}

/// The arguments of a quick run.
pub(crate) fn quick_run<'a>(input: &'a str, out: &'a str) -> Vec<&'a str> {
    let mut args = vec!["run", input, "-o", out];
    args.extend(OPTIONS.split_whitespace());
    args.extend(QUICK.split_whitespace());
    args
}
