//! HDF5 as this crate uses it: slots by path, errors of this crate, no panic on a damaged file.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use hdf5_pure::{AttrValue, Dataset, Error, File};

use crate::budget::{Budget, bytes_of};
use crate::error::IoError;

mod failure;
mod holds;
mod links;
mod number;
mod same;
mod texts;
mod tree;
mod walk;

use failure::damaged;
pub(crate) use holds::Holds;
pub(crate) use same::difference;
use tree::{Members, Node, Tree};
pub(crate) use walk::DEEPEST;

/// An HDF5 file open for reading.
pub(crate) struct H5File {
    path: PathBuf,
    file: File,
    tree: Tree,
    budget: Budget,
}

/// Memory that hdf5-pure takes for each chunk of a data set.
const CHUNK_ENTRY: u64 = 128;

/// A data set within the budget.
struct Stored {
    dataset: Dataset,
    shape: Vec<u64>,
    /// Bytes of an element in the file.
    width: u64,
    /// Rows of a chunk; 1 where there are no chunks.
    chunk_rows: u64,
}

impl Stored {
    /// Memory of all elements, with each of them as so many bytes next to what is in the file.
    fn bytes(&self, each: u64) -> Option<u64> {
        bytes_of(&self.shape, each.saturating_add(self.width))
    }

    fn rows(&self) -> u64 {
        self.shape.first().copied().unwrap_or(1)
    }

    /// Elements of a row. The product of all is within the budget, where none is zero.
    fn row_width(&self) -> u64 {
        let inner = self.shape.get(1..).unwrap_or_default();
        inner.iter().fold(1, |n, &m| n.saturating_mul(m))
    }
}

/// What a path inside a file leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Group,
    Dataset,
}

impl H5File {
    pub(crate) fn open(path: &Path) -> Result<Self, IoError> {
        Self::open_within(path, None)
    }

    /// Opens a file of which reading may take so many bytes of memory, or by its size.
    pub(crate) fn open_within(path: &Path, memory: Option<u64>) -> Result<Self, IoError> {
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
            tree: Tree::new(&file, metadata.len()),
            budget: Budget::new(path, metadata.len(), memory),
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

    /// The number of elements of a data set; one beyond all numbers is over every budget.
    pub(crate) fn count(&self, slot: &str) -> Result<usize, IoError> {
        let shape = self.dataset(slot)?.shape();
        let shape = shape.map_err(|e| self.damaged(slot, &e))?;
        let count = bytes_of(&shape, 1);
        self.budget.check_streamed(slot, count)?;
        Ok(count.unwrap_or(0) as usize)
    }

    /// Takes memory for so many things of so many bytes, for good.
    pub(crate) fn take(&self, slot: &str, count: usize, each: u64) -> Result<(), IoError> {
        self.budget.take(slot, bytes_of(&[count as u64], each))
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

    /// A data set whose declared sizes are within the budget, as they must be before its values are read.
    ///
    /// The chunks count too: a value may stand in one that is larger than the data set, and each has an entry in an index.
    fn readable(&self, slot: &str) -> Result<Stored, IoError> {
        let dataset = self.dataset(slot)?;
        let failed = |e| self.damaged(slot, &e);
        let shape = dataset.shape().map_err(failed)?;
        let width = dataset.element_size().map_err(failed)?;
        self.budget.check_streamed(slot, bytes_of(&shape, width))?;
        let chunk = dataset.chunk_shape().map_err(failed)?;
        if let Some(chunk) = &chunk {
            self.budget.check(slot, bytes_of(chunk, width))?;
            let grid = shape.iter().zip(chunk);
            let grid: Vec<u64> = grid.map(|(n, of)| n.div_ceil((*of).max(1))).collect();
            self.budget.check(slot, bytes_of(&grid, CHUNK_ENTRY))?;
        }
        Ok(Stored {
            dataset,
            shape,
            width,
            chunk_rows: chunk.and_then(|chunk| chunk.first().copied()).unwrap_or(1),
        })
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
