//! The place of vectors: a file, or a slot of an `.h5ad`.

use crate::SourceError;
use semst_io::{AlignedRows, IoError, ReadConfig, SpatialDataset, make_unique, read_aligned};
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use std::convert::Infallible;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The place of the vectors of genes or spots.
///
/// In a configuration it is a table: `{ file = "genes.npz" }`, `{ file = "a.h5ad", slot = { obsm = "X_llm" } }`, or
/// `{ slot = { varm = "text" } }` for a slot of the slide itself. The short form of [`VectorPlace::from_str`] is accepted as
/// well.
///
/// # Examples
/// ```
/// use semst_semantic_sources::{VectorPlace, VectorSlot};
///
/// let place: VectorPlace = "a.h5ad#obsm/X_llm".parse()?;
/// let slot = VectorSlot::Obsm("X_llm".into());
/// assert_eq!(place, VectorPlace::Slot { file: Some("a.h5ad".into()), slot });
/// # Ok::<(), std::convert::Infallible>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VectorPlace {
    /// A file of named vectors.
    File(PathBuf),
    /// A slot of an `.h5ad`.
    Slot {
        /// The file; `None` for the file of the slide.
        file: Option<PathBuf>,
        /// The slot in it.
        slot: VectorSlot,
    },
}

/// A slot of an `.h5ad` that holds vectors.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VectorSlot {
    /// Vectors of spots, by their key in `obsm`.
    Obsm(String),
    /// Vectors of genes, by their key in `varm`.
    Varm(String),
}

impl VectorSlot {
    /// Reads `obsm/KEY` or `varm/KEY`.
    fn parse(text: &str) -> Option<Self> {
        match text.split_once('/') {
            Some(("obsm", key)) => Some(Self::Obsm(key.into())),
            Some(("varm", key)) => Some(Self::Varm(key.into())),
            _ => None,
        }
    }

    /// The table of the file, and the key in it.
    fn parts(&self) -> (&'static str, &str) {
        match self {
            Self::Obsm(key) => ("obsm", key),
            Self::Varm(key) => ("varm", key),
        }
    }
}

impl fmt::Display for VectorSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (table, key) = self.parts();
        write!(f, "{table}/{key}")
    }
}

impl FromStr for VectorPlace {
    type Err = Infallible;

    /// Reads the short form: `FILE`, `FILE.h5ad#obsm/KEY`, or `obsm/KEY` of the slide itself; `varm/KEY` likewise.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        let in_file = text
            .rsplit_once('#')
            .and_then(|(file, slot)| Some((file, VectorSlot::parse(slot)?)));
        Ok(match (in_file, VectorSlot::parse(text)) {
            (Some((file, slot)), _) => Self::Slot {
                file: Some(file.into()),
                slot,
            },
            (None, Some(slot)) => Self::Slot { file: None, slot },
            (None, None) => Self::File(text.into()),
        })
    }
}

impl fmt::Display for VectorPlace {
    /// The short form that [`VectorPlace::from_str`] accepts.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => write!(f, "{}", file.display()),
            Self::Slot { file: None, slot } => write!(f, "{slot}"),
            Self::Slot {
                file: Some(file),
                slot,
            } => write!(f, "{}#{slot}", file.display()),
        }
    }
}

/// A place as a table in a configuration.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    slot: Option<VectorSlot>,
}

impl Serialize for VectorPlace {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let table = match self.clone() {
            Self::File(file) => Table {
                file: Some(file),
                slot: None,
            },
            Self::Slot { file, slot } => Table {
                file,
                slot: Some(slot),
            },
        };
        table.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for VectorPlace {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrTable;

        impl<'de> Visitor<'de> for TextOrTable {
            type Value = VectorPlace;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table with `file` or `slot`, or the short form as text")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<VectorPlace, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_map<M: MapAccess<'de>>(self, table: M) -> Result<VectorPlace, M::Error> {
                let table = Table::deserialize(MapAccessDeserializer::new(table))?;
                match (table.file, table.slot) {
                    (file, Some(slot)) => Ok(VectorPlace::Slot { file, slot }),
                    (Some(file), None) => Ok(VectorPlace::File(file)),
                    (None, None) => Err(de::Error::custom("vectors need a `file` or a `slot`")),
                }
            }
        }

        deserializer.deserialize_any(TextOrTable)
    }
}

impl VectorPlace {
    /// The file, unless it is that of the slide.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(file) => Some(file),
            Self::Slot { file, .. } => file.as_deref(),
        }
    }

    /// Changes the path of the file, unless it is that of the slide.
    pub fn map_file(&mut self, change: impl FnOnce(&Path) -> PathBuf) {
        if let Self::File(file)
        | Self::Slot {
            file: Some(file), ..
        } = self
        {
            *file = change(file);
        }
    }

    /// Adds the slot to a configuration of reading, if it is one of the slide itself.
    pub(crate) fn needs(&self, reading: ReadConfig) -> ReadConfig {
        match self {
            Self::Slot { file: None, slot } => slot.needs(reading),
            _ => reading,
        }
    }

    /// Checks that the file exists.
    pub(crate) fn check(&self) -> Result<(), SourceError> {
        match self.file() {
            Some(file) if !file.exists() => Err(IoError::NotFound { path: file.into() }.into()),
            _ => Ok(()),
        }
    }
}

impl VectorSlot {
    /// Adds the slot to a configuration of reading, for a slot of the slide itself.
    fn needs(&self, reading: ReadConfig) -> ReadConfig {
        match self {
            Self::Obsm(key) => reading.with_obsm(key.as_str()),
            Self::Varm(key) => reading.with_varm(key.as_str()),
        }
    }

    /// The rows of the slot in a file, or those read with the slide, and their names, made unique as those of the slide.
    pub(crate) fn rows(
        &self,
        file: Option<&Path>,
        slide: &SpatialDataset,
    ) -> Result<AlignedRows, SourceError> {
        if let Some(file) = file {
            let mut found = read_aligned(file, &self.to_string())?;
            make_unique(&mut found.names);
            return Ok(found);
        }
        let (names, rows) = match self {
            Self::Obsm(key) => (&slide.barcodes, slide.spot_array(key)?),
            Self::Varm(key) => (&slide.genes.symbols, slide.gene_array(key)?),
        };
        Ok(AlignedRows {
            names: names.clone(),
            rows: rows.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SemanticsConfig, ShippedSemantics, SourceConfig};
    use ndarray::array;
    use semst_io::read;
    use semst_semantic_embedding::{ColumnScale, Scaling};

    /// Written by anndata (semst-io/tests/golden/io/make_aligned.py): a-1, c-1, d-1 of four spots are kept.
    fn path() -> PathBuf {
        let file = "../semst-io/tests/golden/io/aligned.h5ad";
        Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
    }

    #[test]
    fn vectors_of_a_slot_follow_the_barcodes() -> Result<(), SourceError> {
        let reading = ["spots:obsm/X_llm", "table:varm/text", "spots:a.h5ad#obsm/b"]
            .into_iter()
            .try_fold(ReadConfig::new(), |reading, text| {
                Ok::<_, SourceError>(ShippedSemantics::parse(text)?.needs(reading))
            })?;
        let (slide, _) = read(&path(), &reading)?;
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
        // Rows that were read with the slide are in its order; those of another file are reordered.
        assert_eq!(own.provenance.reordered, Some(false));
        let other = embed(&format!("spots:{}#obsm/X_llm", path().display()))?;
        assert_eq!(other.vectors, own.vectors);
        assert_eq!(other.provenance.reordered, Some(true));
        for text in [
            "table:varm/text",
            &format!("table:{}#varm/text", path().display()),
        ] {
            let pooled = embed(text)?;
            assert_eq!(pooled.vectors.dim(), (3, 2));
            assert_eq!(pooled.provenance.genes_found, Some(3));
            // Spot c-1 has only SNAP25: its centred vector, [3, 4] - [3, 25/6].
            let row = pooled.vectors.row(1);
            assert!(
                row[0].abs() < 1e-6 && (row[1] + 1.0 / 6.0).abs() < 1e-6,
                "{row}"
            );
        }
        let said = embed("spots:obsm/other").err().map(|e| e.to_string());
        let keys = "keys that are there: X_llm";
        let table = "the obsm that was read";
        assert_eq!(said, Some(format!("`other` is not in {table}; {keys}")));
        let missing = ShippedSemantics::parse("spots:obsm/other")?.needs(ReadConfig::new());
        let said = read(&path(), &missing).err().map(|e| e.to_string());
        let keys = "keys that are there: X_llm, spatial";
        assert_eq!(said, Some(format!("`other` is not in obsm; {keys}")));
        Ok(())
    }

    #[test]
    fn places_have_a_short_form_and_a_table() -> Result<(), Box<dyn std::error::Error>> {
        for (text, file, json) in [
            ("a/b.npy", Some("a/b.npy"), r#"{"file":"a/b.npy"}"#),
            ("a#1.npy", Some("a#1.npy"), r##"{"file":"a#1.npy"}"##),
            (
                "a.h5ad#obsm/X",
                Some("a.h5ad"),
                r#"{"file":"a.h5ad","slot":{"obsm":"X"}}"#,
            ),
            ("varm/text", None, r#"{"slot":{"varm":"text"}}"#),
        ] {
            let place: VectorPlace = text.parse()?;
            assert_eq!(place.file(), file.map(Path::new), "{text}");
            assert_eq!(place.to_string(), text);
            assert_eq!(serde_json::to_string(&place)?, json);
            assert_eq!(serde_json::from_str::<VectorPlace>(json)?, place);
            assert_eq!(serde_json::from_value::<VectorPlace>(text.into())?, place);
        }
        assert!(serde_json::from_str::<VectorPlace>("{}").is_err());
        Ok(())
    }
}
