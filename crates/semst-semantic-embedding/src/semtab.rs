//! The binary format of the shipped tables: quantised vectors, names and provenance.
//!
//! Little-endian throughout.
//!
//! | bytes | content |
//! |---|---|
//! | 8 | `SEMTAB`, `0x01` (version), `0x0a` |
//! | 4 | `u32` length of the header |
//! | … | header, JSON: model, text, made, rows, dims, step, tables, sections, sha256 of all bytes after the header |
//! | … | the sections, each one zlib stream, in the order of `sections` |
//!
//! | section | content |
//! |---|---|
//! | `vectors` | `i8` codes, all rows of dimension 0, then of dimension 1, …; a component is `code · step` |
//! | `T/names` | UTF-8 names of the entries of table `T`, joined by line feeds |
//! | `T/rows` | for each entry the row of `vectors`; several entries may share one |
//! | `T/id_numbers` | number of an id; the id is the table's `id_prefix` and the number in eleven digits (`GO:`: seven) |
//! | `T/alias_names` | UTF-8 older names, joined by line feeds |
//! | `T/alias_genes` | for each older name the entry to which it belongs |
//! | `T/id_genes` | for each id the entry to which it belongs, as the difference from the previous one |
//!
//! Integers in sections are `u32` in byte planes: first the low bytes of all, then the second bytes of all, ….
//! One step for all dimensions spends bits in proportion to the variance; deflate then compresses the rest.

use std::collections::BTreeMap;
use std::io::Read;

use flate2::read::ZlibDecoder;
use ndarray::{Array2, Axis};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::SemanticError;

const MAGIC: &[u8; 8] = b"SEMTAB\x01\n";

/// Header of a table file.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Header {
    pub(crate) model: String,
    pub(crate) text: String,
    pub(crate) made: String,
    pub(crate) sha256: String,
    rows: usize,
    dims: usize,
    step: f32,
    tables: Vec<TableHeader>,
    sections: Vec<Section>,
}

#[derive(Clone, Debug, Deserialize)]
struct TableHeader {
    name: String,
    entries: usize,
    ids: usize,
    #[serde(default)]
    aliases: usize,
    id_prefix: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct Section {
    name: String,
    bytes: usize,
    raw: usize,
}

/// One table of a file, with its vectors as floats.
#[derive(Clone, Debug)]
pub(crate) struct Entries {
    pub(crate) names: Vec<String>,
    /// `(id, entry)`.
    pub(crate) ids: Vec<(String, u32)>,
    /// `(older name, entry)`.
    pub(crate) aliases: Vec<(String, u32)>,
    /// `[entries, dims]`
    pub(crate) vectors: Array2<f32>,
}

/// A verified file in memory.
pub(crate) struct Semtab<'a> {
    file: &'a str,
    pub(crate) header: Header,
    payload: BTreeMap<String, (&'a [u8], usize)>,
}

impl<'a> Semtab<'a> {
    /// Checks magic, header, lengths and checksum; inflates no section.
    pub(crate) fn parse(file: &'a str, bytes: &'a [u8]) -> Result<Self, SemanticError> {
        let bad = |problem: String| SemanticError::malformed(file, problem);
        if bytes.len() < 12 || &bytes[..8] != MAGIC {
            return Err(bad("no semtab file of version 1 (wrong first bytes)".into()));
        }
        let length = u32::from_le_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]) as usize;
        let rest = &bytes[12..];
        if length > rest.len() {
            return Err(bad(format!(
                "cut off inside the header ({} bytes of {length})",
                rest.len()
            )));
        }
        let (head, body) = rest.split_at(length);
        let header: Header = serde_json::from_slice(head)
            .map_err(|e| bad(format!("the header is not that of a table: {e}")))?;
        let listed = header
            .sections
            .iter()
            .try_fold(0usize, |sum, s| sum.checked_add(s.bytes));
        if listed != Some(body.len()) {
            return Err(bad(format!(
                "{} bytes of data, the header lists {listed:?}",
                body.len()
            )));
        }
        let got = hex::encode(Sha256::digest(body));
        if got != header.sha256 {
            return Err(SemanticError::Checksum {
                file: file.into(),
                expected: header.sha256,
                got,
            });
        }
        let (mut payload, mut at) = (BTreeMap::new(), 0);
        for s in &header.sections {
            payload.insert(s.name.clone(), (&body[at..at + s.bytes], s.raw));
            at += s.bytes;
        }
        Ok(Self {
            file,
            header,
            payload,
        })
    }

    /// Reads one of its tables.
    pub(crate) fn table(&self, name: &str) -> Result<Entries, SemanticError> {
        let table = self.header.tables.iter().find(|t| t.name == name);
        let table = table.ok_or_else(|| self.bad(format!("holds no table named {name}")))?;
        let names = self.lines(&format!("{name}/names"), table.entries)?;
        Ok(Entries {
            ids: self.ids(table)?,
            aliases: self.aliases(table)?,
            vectors: self.vectors(&self.integers(&format!("{name}/rows"), table.entries)?)?,
            names,
        })
    }

    fn vectors(&self, rows: &[u32]) -> Result<Array2<f32>, SemanticError> {
        let (n, dims, step) = (self.header.rows, self.header.dims, self.header.step);
        let size = n
            .checked_mul(dims)
            .ok_or_else(|| self.bad(format!("cannot hold {n} × {dims} vectors")))?;
        let codes = self.inflate("vectors", Some(size))?;
        if let Some(row) = rows.iter().find(|&&r| r as usize >= n) {
            return Err(self.bad(format!("an entry points at row {row} of {n}")));
        }
        let mut out = Array2::zeros((rows.len(), dims));
        // In blocks, so that the strided writes stay in the cache.
        for (mut block, rows) in out.axis_chunks_iter_mut(Axis(0), 64).zip(rows.chunks(64)) {
            for (d, plane) in codes.chunks_exact(n.max(1)).enumerate() {
                for (value, &row) in block.column_mut(d).iter_mut().zip(rows) {
                    *value = f32::from(plane[row as usize] as i8) * step;
                }
            }
        }
        Ok(out)
    }

    fn ids(&self, table: &TableHeader) -> Result<Vec<(String, u32)>, SemanticError> {
        let Some(prefix) = table.id_prefix.as_ref().filter(|_| table.ids > 0) else {
            return Ok(Vec::new());
        };
        let digits = if prefix == "GO:" { 7 } else { 11 };
        let numbers = self.integers(&format!("{}/id_numbers", table.name), table.ids)?;
        let steps = self.integers(&format!("{}/id_genes", table.name), table.ids)?;
        let mut entry = 0u32;
        let mut ids = Vec::with_capacity(table.ids);
        for (number, step) in numbers.into_iter().zip(steps) {
            entry = entry.saturating_add(step);
            if entry as usize >= table.entries {
                return Err(self.bad(format!(
                    "an id points at entry {entry} of {}",
                    table.entries
                )));
            }
            ids.push((format!("{prefix}{number:0digits$}"), entry));
        }
        Ok(ids)
    }

    fn aliases(&self, table: &TableHeader) -> Result<Vec<(String, u32)>, SemanticError> {
        if table.aliases == 0 {
            return Ok(Vec::new());
        }
        let names = self.lines(&format!("{}/alias_names", table.name), table.aliases)?;
        let entries = self.integers(&format!("{}/alias_genes", table.name), table.aliases)?;
        if let Some(entry) = entries.iter().find(|&&e| e as usize >= table.entries) {
            return Err(self.bad(format!(
                "an alias points at entry {entry} of {}",
                table.entries
            )));
        }
        Ok(names.into_iter().zip(entries).collect())
    }

    fn lines(&self, section: &str, count: usize) -> Result<Vec<String>, SemanticError> {
        let text = String::from_utf8(self.inflate(section, None)?)
            .map_err(|e| self.bad(format!("section {section} is not UTF-8: {e}")))?;
        let lines: Vec<String> = text.split('\n').map(String::from).collect();
        if lines.len() != count {
            return Err(self.bad(format!(
                "section {section} has {} names, expected {count}",
                lines.len()
            )));
        }
        Ok(lines)
    }

    fn integers(&self, section: &str, count: usize) -> Result<Vec<u32>, SemanticError> {
        let planes = self.inflate(section, count.checked_mul(4))?;
        Ok((0..count)
            .map(|i| u32::from_le_bytes([0, 1, 2, 3].map(|p| planes[p * count + i])))
            .collect())
    }

    fn inflate(&self, section: &str, expected: Option<usize>) -> Result<Vec<u8>, SemanticError> {
        let &(packed, raw) = self
            .payload
            .get(section)
            .ok_or_else(|| self.bad(format!("has no section {section}")))?;
        let mut out = Vec::new();
        // Reads at most the number of bytes in the header, even if the stream has more.
        ZlibDecoder::new(packed)
            .take((raw as u64).saturating_add(1))
            .read_to_end(&mut out)
            .map_err(|e| self.bad(format!("section {section} does not inflate: {e}")))?;
        if out.len() != raw || expected.is_some_and(|n| n != raw) {
            return Err(self.bad(format!(
                "section {section} holds {} bytes, expected {}",
                out.len(),
                expected.unwrap_or(raw)
            )));
        }
        Ok(out)
    }

    fn bad(&self, problem: String) -> SemanticError {
        SemanticError::malformed(self.file, problem)
    }
}

#[cfg(test)]
mod tests;
