//! A vector for each gene.

mod lookup;
mod some_genes;

use std::collections::HashMap;
use std::path::Path;

use ndarray::{Array2, ArrayView1, ArrayView2};
use semst_io::{VectorFile, read_record};

pub use self::lookup::{GeneMatch, LookupReport};
use crate::semtab::Semtab;
use crate::spelling;
use crate::{Provenance, SemanticError, Species};

static GENES: &[u8] = include_bytes!("../data/genes.semtab");

/// Vectors of genes, found by symbol, alias or Ensembl id.
///
/// The shipped tables ([`GeneTable::builtin`]) hold all-MiniLM-L6-v2 of "symbol: approved name. RefSeq summary",
/// centred over the genes of both species, on their first 256 principal axes, in one quantisation step
/// (mean cosine to the original vectors 0.99). Other tables come from files ([`GeneTable::open`]).
///
/// ```
/// use semst_semantic_embedding::{GeneTable, Species};
/// let table = GeneTable::builtin(Species::Human)?;
/// let near: Vec<&str> = table.nearest("MBP", 20).into_iter().map(|(gene, _)| gene).collect();
/// assert!(near.contains(&"MOBP"));
/// # Ok::<(), semst_semantic_embedding::SemanticError>(())
/// ```
#[derive(Clone, Debug)]
pub struct GeneTable {
    vectors: Array2<f32>,
    symbols: Vec<String>,
    origin: TableOrigin,
    by_symbol: HashMap<String, u32>,
    by_id: HashMap<String, u32>,
    by_alias: HashMap<String, u32>,
    /// Upper-cased symbols, each with its first gene.
    by_folded: HashMap<String, u32>,
}

/// Where a table comes from; becomes part of the provenance of vectors made with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableOrigin {
    /// Name of the table, e.g. `builtin human` or the file.
    pub name: String,
    /// Text model, if known.
    pub model: Option<String>,
    /// The text that was used for a gene, if known.
    pub text: Option<String>,
    /// Date on which it was made, if known.
    pub made: Option<String>,
    /// sha256 of the payload (shipped) or of the file.
    pub checksum: Option<String>,
    /// Species, if known.
    pub species: Option<Species>,
    /// Whether it is a shipped table: the shipped terms are in the same space.
    pub shipped: bool,
}

impl TableOrigin {
    /// An origin with only a name.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            model: None,
            text: None,
            made: None,
            checksum: None,
            species: None,
            shipped: false,
        }
    }

    /// The origin of a file, with the record that `semst embed` wrote into it.
    fn of_file(path: &Path, checksum: String) -> Self {
        let record = read_record::<Provenance>(path).unwrap_or_default();
        Self {
            model: record.model,
            text: record.recipe,
            made: record.made,
            checksum: Some(checksum),
            ..Self::new(path.display().to_string())
        }
    }
}

impl GeneTable {
    /// The shipped table of a species; its checksum is verified.
    ///
    /// # Errors
    /// When the bytes in the binary differ from those that were built in.
    ///
    /// # Complexity
    /// Inflates and expands about 24 MB in about 0.1 seconds.
    pub fn builtin(species: Species) -> Result<Self, SemanticError> {
        let file = Semtab::parse("shipped gene table", GENES)?;
        let entries = file.table(species.name())?;
        let origin = TableOrigin {
            name: format!("builtin {species}"),
            model: Some(file.header.model.clone()),
            text: Some(file.header.text.clone()),
            made: Some(file.header.made.clone()),
            checksum: Some(file.header.sha256.clone()),
            species: Some(species),
            shipped: true,
        };
        let mut table = Self::new(entries.names, entries.vectors, origin)?;
        table.by_id = entries.ids.into_iter().collect();
        table.by_alias = entries.aliases.into_iter().collect();
        Ok(table)
    }

    /// Reads a table from `.npy`, `.npz`, `.safetensors`, `.parquet`, `.csv` or `.tsv` (also `.csv.gz`, `.tsv.gz`).
    ///
    /// The names of the genes are in the file (see [`VectorFile`]) or, for `.npy`, in a text file next to it. They
    /// can be symbols or Ensembl ids.
    ///
    /// # Errors
    /// When the file cannot be read, has no names, has NaN or infinite values, or names a gene twice.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, SemanticError> {
        Self::from_file(VectorFile::open(path)?)
    }

    /// Reads vectors from one file and the names of the genes, one per line, from another (GenePT style).
    ///
    /// # Errors
    /// As [`GeneTable::open`], and when the number of names differs from the number of vectors.
    pub fn open_with_names(
        vectors: impl AsRef<Path>,
        names: impl AsRef<Path>,
    ) -> Result<Self, SemanticError> {
        Self::from_file(VectorFile::open_with_names(vectors, names)?)
    }

    /// Makes a table of vectors `[genes, dims]` in memory.
    ///
    /// # Errors
    /// When the lengths differ, a value is not finite, or a symbol occurs twice.
    pub fn new(
        symbols: Vec<String>,
        vectors: Array2<f32>,
        origin: TableOrigin,
    ) -> Result<Self, SemanticError> {
        if symbols.len() != vectors.nrows() {
            return Err(SemanticError::Length {
                what: format!("gene names of {}", origin.name),
                expected: vectors.nrows(),
                got: symbols.len(),
            });
        }
        if let Some(((row, column), &value)) = vectors.indexed_iter().find(|(_, v)| !v.is_finite())
        {
            return Err(SemanticError::Value {
                what: origin.name,
                row,
                column,
                value,
            });
        }
        let (mut by_symbol, mut by_id, mut by_folded) =
            (HashMap::new(), HashMap::new(), HashMap::new());
        for (row, symbol) in symbols.iter().enumerate() {
            if let Some(first) = by_symbol.insert(symbol.clone(), row as u32) {
                return Err(SemanticError::DuplicateName {
                    what: origin.name,
                    name: symbol.clone(),
                    first: first as usize,
                    second: row,
                });
            }
            by_folded.entry(symbol.to_uppercase()).or_insert(row as u32);
            if symbol.starts_with("ENS") {
                by_id
                    .entry(spelling::without_version(symbol).to_owned())
                    .or_insert(row as u32);
            }
        }
        Ok(Self {
            vectors,
            symbols,
            origin,
            by_symbol,
            by_id,
            by_alias: HashMap::new(),
            by_folded,
        })
    }

    /// Adds other names of genes, as `(alias, symbol)`. An alias never hides a symbol of the table, and the first of two equal
    /// aliases is used. Pairs whose symbol is not in the table are left out.
    #[must_use]
    pub fn with_aliases(mut self, aliases: impl IntoIterator<Item = (String, String)>) -> Self {
        for (alias, symbol) in aliases {
            if let Some(&row) = self.by_symbol.get(&symbol) {
                self.by_alias.entry(alias).or_insert(row);
            }
        }
        self
    }

    /// Vectors `[genes, dims]`.
    pub fn vectors(&self) -> ArrayView2<'_, f32> {
        self.vectors.view()
    }

    /// Symbols in the order of the vectors.
    pub fn symbols(&self) -> &[String] {
        &self.symbols
    }

    /// Where the table comes from.
    pub fn origin(&self) -> &TableOrigin {
        &self.origin
    }

    /// Number of genes.
    pub fn len(&self) -> usize {
        self.symbols.len()
    }

    /// Whether there are no genes.
    pub fn is_empty(&self) -> bool {
        self.symbols.is_empty()
    }

    /// Length of a vector.
    pub fn dims(&self) -> usize {
        self.vectors.ncols()
    }

    /// Vector of one gene, by symbol, alias or Ensembl id, in any spelling that [`GeneTable::lookup`] accepts.
    pub fn vector(&self, name: &str) -> Option<ArrayView1<'_, f32>> {
        self.find(name)
            .map(|(row, _)| self.vectors.row(row as usize))
    }

    /// The symbol of a gene in the table, by any name that [`GeneTable::lookup`] accepts.
    pub fn symbol(&self, name: &str) -> Option<&str> {
        self.find(name)
            .map(|(row, _)| self.symbols[row as usize].as_str())
    }

    /// The `k` genes whose vectors are nearest by cosine, nearest first, without the gene itself; empty when the
    /// gene is unknown. The vectors are not centred here, so centre the table first if it is not centred.
    ///
    /// # Complexity
    /// O(genes · dims).
    pub fn nearest(&self, name: &str, k: usize) -> Vec<(&str, f32)> {
        let Some((row, _)) = self.find(name) else {
            return Vec::new();
        };
        let own = self.vectors.row(row as usize);
        let length = |v: ArrayView1<'_, f32>| v.dot(&v).sqrt().max(f32::MIN_POSITIVE);
        let mut all: Vec<(u32, f32)> = (0..self.len() as u32)
            .filter(|&r| r != row)
            .map(|r| {
                let v = self.vectors.row(r as usize);
                (r, v.dot(&own) / (length(v) * length(own)))
            })
            .collect();
        all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        all.truncate(k);
        all.into_iter()
            .map(|(r, c)| (self.symbols[r as usize].as_str(), c))
            .collect()
    }

    fn from_file(file: VectorFile) -> Result<Self, SemanticError> {
        let name = file.path.display().to_string();
        let names = file.names.ok_or_else(|| {
            SemanticError::malformed(
                &name,
                "has no gene names; give them in a text file, one per line, or as an array `names`",
            )
        })?;
        let origin = TableOrigin::of_file(&file.path, file.checksum);
        Self::new(names, file.vectors, origin)
    }
}

#[cfg(test)]
mod tests;
