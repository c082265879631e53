//! Where a file of vectors lies: a file, or a slot of an `.h5ad`.

use crate::Error;
use semst_io::{AlignedRows, IoError, Source, SpatialDataset, make_unique, read_aligned};
use std::path::{Path, PathBuf};

/// A file of vectors, as `--semantics` writes it: `FILE`, `FILE.h5ad#obsm/KEY`, or `obsm/KEY` of the slide itself (`varm/KEY`
/// alike).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VectorPlace {
    /// A file of named vectors.
    File(PathBuf),
    /// A slot of an `.h5ad`; of the slide itself where there is no file.
    Slot {
        /// The file.
        file: Option<PathBuf>,
        /// `obsm/KEY` or `varm/KEY`.
        slot: String,
    },
}

impl VectorPlace {
    /// Takes a path apart.
    pub fn parse(path: &Path) -> Self {
        let text = path.to_string_lossy();
        let is_slot = |text: &str| text.starts_with("obsm/") || text.starts_with("varm/");
        match text.rsplit_once('#') {
            Some((file, slot)) if is_slot(slot) => Self::Slot {
                file: Some(file.into()),
                slot: slot.into(),
            },
            _ if is_slot(&text) => Self::Slot {
                file: None,
                slot: text.into_owned(),
            },
            _ => Self::File(path.into()),
        }
    }

    /// The file, where it is not that of the slide.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(file) => Some(file),
            Self::Slot { file, .. } => file.as_deref(),
        }
    }

    /// The path that [`VectorPlace::parse`] takes apart, with the file changed.
    pub fn map_file(&self, change: impl FnOnce(&Path) -> PathBuf) -> PathBuf {
        match self {
            Self::File(file) => change(file),
            Self::Slot { file: None, slot } => slot.into(),
            Self::Slot {
                file: Some(file),
                slot,
            } => {
                let mut path = change(file).into_os_string();
                path.push("#");
                path.push(slot);
                path.into()
            }
        }
    }

    /// Sees that there is such a file, before any work is done.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match self.file() {
            Some(file) if !file.exists() => Err(IoError::NotFound { path: file.into() }.into()),
            _ => Ok(()),
        }
    }

    /// The rows of a slot and their names, unique as those of the slide are; `None` where the place is a whole file.
    pub(crate) fn rows(&self, slide: &SpatialDataset) -> Result<Option<AlignedRows>, Error> {
        let Self::Slot { file, slot } = self else {
            return Ok(None);
        };
        let own = match &slide.source {
            Source::H5ad { path, .. } => Some(path),
            _ => None,
        };
        let (table, key) = slot.split_once('/').unwrap_or(("obsm", slot));
        let path = file.as_ref().or(own).ok_or_else(|| IoError::MissingKey {
            table: format!("{table} of a slide that is no .h5ad"),
            key: key.into(),
            keys: Vec::new(),
        })?;
        let mut found = read_aligned(path, slot)?;
        make_unique(&mut found.names);
        Ok(Some(found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SemanticsConfig, ShippedSemantics, SourceConfig};
    use ndarray::array;
    use semst_io::{ReadConfig, read};
    use semst_semantic_embedding::{ColumnScale, Scaling};

    /// Written by anndata (semst-io/tests/golden/io/make_aligned.py): a-1, c-1, d-1 of four spots are kept.
    fn path() -> PathBuf {
        let file = "../semst-io/tests/golden/io/aligned.h5ad";
        Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
    }

    #[test]
    fn vectors_of_a_slot_follow_the_barcodes() -> Result<(), Error> {
        let (slide, _) = read(&path(), &ReadConfig::new())?;
        let embed = |text: &str| {
            let config = SemanticsConfig {
                source: ShippedSemantics::parse(text)?,
                scaling: Scaling::new(ColumnScale::Keep),
                ..SemanticsConfig::default()
            };
            config.embed(&slide, 0)
        };
        let own = embed("spots:obsm/X_llm")?;
        assert_eq!(own.vectors, array![[0.0, 0.25], [1.0, 1.25], [1.5, 1.75]]);
        assert_eq!(own.provenance.reordered, Some(true));
        let other = embed(&format!("spots:{}#obsm/X_llm", path().display()))?;
        assert_eq!(other.vectors, own.vectors);
        for text in [
            "table:varm/text",
            &format!("table:{}#varm/text", path().display()),
        ] {
            let pooled = embed(text)?;
            assert_eq!(pooled.vectors.dim(), (3, 2));
            assert_eq!(pooled.provenance.genes_found, Some(3));
            // Spot c-1 has SNAP25 alone: its centred vector, [3, 4] - [3, 25/6].
            let row = pooled.vectors.row(1);
            assert!(
                row[0].abs() < 1e-6 && (row[1] + 1.0 / 6.0).abs() < 1e-6,
                "{row}"
            );
        }
        let said = embed("spots:obsm/other").err().map(|e| e.to_string());
        let keys = "keys that are there: X_llm, spatial";
        assert_eq!(said, Some(format!("`other` is not in obsm; {keys}")));
        Ok(())
    }

    #[test]
    fn places_are_taken_apart_and_put_together() {
        for (text, file) in [
            ("a/b.npy", Some("a/b.npy")),
            ("a#1.npy", Some("a#1.npy")),
            ("a.h5ad#obsm/X", Some("a.h5ad")),
            ("varm/text", None),
        ] {
            let place = VectorPlace::parse(Path::new(text));
            assert_eq!(place.file(), file.map(Path::new), "{text}");
            assert_eq!(place.map_file(Path::to_path_buf), Path::new(text));
        }
    }
}
