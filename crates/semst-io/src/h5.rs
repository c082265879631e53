//! HDF5 as this crate uses it: slots by path, errors of this crate, no panic on a damaged file.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use hdf5_pure::{AttrValue, Dataset, Error, File, FormatError};

use crate::error::IoError;

mod holds;
mod links;
mod number;
mod tree;
mod walk;

pub(crate) use holds::Holds;
use tree::{Members, Node, Tree};
pub(crate) use walk::DEEPEST;

/// An HDF5 file open for reading.
pub(crate) struct H5File {
    path: PathBuf,
    file: File,
    tree: Tree,
}

/// What a path inside a file leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Group,
    Dataset,
}

impl H5File {
    pub(crate) fn open(path: &Path) -> Result<Self, IoError> {
        let metadata = std::fs::metadata(path).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => IoError::NotFound { path: path.into() },
            _ => IoError::Read {
                path: path.into(),
                source,
            },
        })?;
        if metadata.is_dir() {
            return Err(IoError::NotFile { path: path.into() });
        }
        let read = |source| IoError::Read {
            path: path.into(),
            source,
        };
        if !hdf5_pure::is_hdf5(path).map_err(read)? {
            return Err(IoError::NotHdf5 { path: path.into() });
        }
        let file = File::open(path).map_err(|error| damaged(path, "/", &error))?;
        let end = file.superblock().eof_address;
        if end > metadata.len() {
            return Err(IoError::Damaged {
                path: path.into(),
                slot: "/".into(),
                detail: format!("{} of {end} bytes are there", metadata.len()),
            });
        }
        Ok(Self {
            path: path.into(),
            tree: Tree::new(&file),
            file,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn malformed(&self, slot: &str, detail: impl Into<String>) -> IoError {
        IoError::Malformed {
            path: self.path.clone(),
            slot: slot.into(),
            detail: detail.into(),
        }
    }

    /// What a path leads to; `None` for nothing, and for a soft or external link.
    pub(crate) fn kind(&self, slot: &str) -> Result<Option<Kind>, IoError> {
        Ok(self.node(slot)?.map(|node| match node {
            Node::Group(_) => Kind::Group,
            Node::Dataset(_) => Kind::Dataset,
        }))
    }

    pub(crate) fn is_group(&self, slot: &str) -> Result<bool, IoError> {
        Ok(self.kind(slot)? == Some(Kind::Group))
    }

    pub(crate) fn is_dataset(&self, slot: &str) -> Result<bool, IoError> {
        Ok(self.kind(slot)? == Some(Kind::Dataset))
    }

    /// The names in a group, groups and data sets, sorted; empty when there is no such group.
    pub(crate) fn children(&self, slot: &str) -> Result<Vec<String>, IoError> {
        self.names(slot, |_| true)
    }

    /// The names of the groups in a group, sorted; empty when there is no such group.
    pub(crate) fn groups(&self, slot: &str) -> Result<Vec<String>, IoError> {
        self.names(slot, |node| matches!(node, Node::Group(_)))
    }

    fn names(&self, slot: &str, wanted: impl Fn(&Node) -> bool) -> Result<Vec<String>, IoError> {
        let members = self.tree.members(slot);
        match members.map_err(|e| self.damaged(slot, &e))?.as_deref() {
            None => Ok(Vec::new()),
            Some(Members::Listed(members)) => Ok(members
                .iter()
                .filter(|(_, node)| wanted(node))
                .map(|(name, _)| name.clone())
                .collect()),
            Some(Members::Linked) => Err(self.malformed(
                slot,
                "holds a soft link, which semst does not follow; save the file again with anndata's `write_h5ad`",
            )),
        }
    }

    pub(crate) fn attrs(&self, slot: &str) -> Result<HashMap<String, AttrValue>, IoError> {
        let attrs = match self.node(slot)? {
            None => return Ok(HashMap::new()),
            Some(Node::Dataset(dataset)) => dataset.attrs(),
            Some(Node::Group(group)) => group.attrs(),
        };
        attrs.map_err(|e| self.damaged(slot, &e))
    }

    pub(crate) fn text_attr(&self, slot: &str, name: &str) -> Result<Option<String>, IoError> {
        let attrs = self.attrs(slot)?;
        Ok(attrs
            .get(name)
            .and_then(AttrValue::as_str)
            .map(str::to_owned))
    }

    pub(crate) fn shape(&self, slot: &str) -> Result<Vec<usize>, IoError> {
        let shape = self
            .dataset(slot)?
            .shape()
            .map_err(|e| self.damaged(slot, &e))?;
        Ok(shape
            .into_iter()
            .map(|n| usize::try_from(n).unwrap_or(usize::MAX))
            .collect())
    }

    /// What the elements of a data set are.
    pub(crate) fn holds(&self, slot: &str) -> Result<Holds, IoError> {
        let kind = self.dataset(slot)?.datatype();
        Ok(Holds::of(&kind.map_err(|e| self.damaged(slot, &e))?))
    }

    /// Text, or numbers as text.
    pub(crate) fn strings(&self, slot: &str) -> Result<Vec<String>, IoError> {
        match self.holds(slot)? {
            Holds::Text => {
                let texts = self.dataset(slot)?.read_string();
                texts.map_err(|e| self.damaged(slot, &e))
            }
            Holds::Whole { unsigned: true, .. } => {
                let numbers = self.u64s(slot)?;
                Ok(numbers.iter().map(ToString::to_string).collect())
            }
            Holds::Whole { .. } => {
                let numbers = self.i64s(slot)?;
                Ok(numbers.iter().map(ToString::to_string).collect())
            }
            Holds::Float(_) => {
                let numbers = self.f64s(slot)?;
                Ok(numbers.iter().map(ToString::to_string).collect())
            }
            Holds::Bool => Err(self.malformed(slot, "holds yes-or-no values; text was expected")),
            Holds::Enumeration(name) | Holds::Other(name) => {
                Err(self.malformed(slot, format!("holds {name}; text was expected")))
            }
        }
    }

    /// The first data set with a chunk dimension above `limit`, anywhere in the file.
    pub(crate) fn large_chunk(&self, limit: u64) -> Result<Option<String>, IoError> {
        let mut found = None;
        self.walk("", |slot, kind| {
            if kind == Kind::Group {
                return Ok(true);
            }
            let chunk = self.dataset(slot)?.chunk_shape();
            let chunk = chunk.map_err(|e| self.damaged(slot, &e))?;
            if chunk.is_some_and(|dims| dims.iter().any(|&n| n > limit)) {
                found = Some(slot.to_owned());
            }
            Ok(found.is_none())
        })?;
        Ok(found)
    }

    fn node(&self, slot: &str) -> Result<Option<Node>, IoError> {
        self.tree.node(slot).map_err(|e| self.damaged(slot, &e))
    }

    fn dataset(&self, slot: &str) -> Result<Dataset, IoError> {
        match self.node(slot)? {
            Some(Node::Dataset(dataset)) => Ok(*dataset),
            _ => Err(self.malformed(slot, "is missing")),
        }
    }

    fn damaged(&self, slot: &str, error: &Error) -> IoError {
        damaged(&self.path, slot, error)
    }
}

/// Runs reading code so that a panic inside the reader of a format becomes an error about the file.
pub(crate) fn guarded<T>(
    path: &Path,
    work: impl FnOnce() -> Result<T, IoError>,
) -> Result<T, IoError> {
    semst_guard::guarded(work).unwrap_or_else(|panic| {
        Err(IoError::Damaged {
            path: path.into(),
            slot: "/".into(),
            detail: format!("its reader failed: {panic}"),
        })
    })
}

fn damaged(path: &Path, slot: &str, error: &Error) -> IoError {
    match error {
        Error::Io(source) if source.raw_os_error().is_some() => IoError::Read {
            path: path.into(),
            source: std::io::Error::new(source.kind(), source.to_string()),
        },
        Error::Format(FormatError::UnsupportedFilter(filter)) => IoError::Compression {
            path: path.into(),
            slot: slot.into(),
            filter: *filter,
        },
        Error::Format(
            FormatError::UnsupportedVirtualLayout | FormatError::UnsupportedExternalStorage,
        ) => IoError::Malformed {
            path: path.into(),
            slot: slot.into(),
            detail: "keeps its values in other files, which semst does not follow; save it again with anndata's `write_h5ad`".into(),
        },
        other => IoError::Damaged {
            path: path.into(),
            slot: slot.into(),
            detail: other.to_string().replace('\n', " "),
        },
    }
}

fn rows_and_width(shape: &[usize]) -> (usize, usize) {
    match shape {
        [] => (1, 1),
        [rows, inner @ ..] => (*rows, inner.iter().product()),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use hdf5_pure::{Error, FormatError};

    #[test]
    fn a_foreign_compression_is_no_damage() {
        let error = Error::Format(FormatError::UnsupportedFilter(32015));
        let said = super::damaged(Path::new("a.h5ad"), "X/data", &error).to_string();
        assert_eq!(
            said,
            "a.h5ad is compressed at `X/data` by the HDF5 filter 32015, which semst cannot read; \
             save it again with anndata's `write_h5ad(path, compression=\"gzip\")`"
        );
    }
}
