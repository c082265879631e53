//! Names of functions in the space of the genes.

use std::path::Path;

use ndarray::{Array2, ArrayView1, ArrayView2};
use semst_io::VectorFile;

use crate::semtab::Semtab;
use crate::{SemanticError, TableOrigin};

static GO: &[u8] = include_bytes!("../data/go_terms.semtab");
static PHRASES: &[u8] = include_bytes!("../data/phrases.semtab");

/// Vectors of terms: names of functions, processes and cells, embedded by the model of the gene table and on its axes.
///
/// ```
/// use semst_semantic_embedding::{GeneTable, Species, TermTable};
/// let (genes, terms) = (GeneTable::builtin(Species::Human)?, TermTable::builtin()?);
/// let myelin = genes.vector("MBP").map(|v| terms.nearest(v, 3)).unwrap_or_default();
/// assert!(myelin.iter().any(|(term, _)| terms.names()[*term].contains("myelin")));
/// # Ok::<(), semst_semantic_embedding::SemanticError>(())
/// ```
#[derive(Clone, Debug)]
pub struct TermTable {
    names: Vec<String>,
    /// Empty for terms without an id.
    ids: Vec<String>,
    vectors: Array2<f32>,
    origin: TableOrigin,
}

impl TermTable {
    /// The shipped terms: those of the Gene Ontology, then the phrases.
    ///
    /// # Errors
    /// When the bytes in the binary differ from those that were built in.
    pub fn builtin() -> Result<Self, SemanticError> {
        let mut terms = Self::go()?;
        let phrases = Self::phrases()?;
        terms.vectors = ndarray::concatenate![ndarray::Axis(0), terms.vectors, phrases.vectors];
        terms.names.extend(phrases.names);
        terms.ids.extend(phrases.ids);
        terms.origin.name = "builtin terms".into();
        terms.origin.text =
            Some("name of the Gene Ontology term, or phrase of gene summaries".into());
        // Two payloads, two checksums.
        terms.origin.checksum = terms
            .origin
            .checksum
            .zip(phrases.origin.checksum)
            .map(|(go, phrases)| format!("{go} {phrases}"));
        Ok(terms)
    }

    /// The shipped names of 5,567 processes of the Gene Ontology that annotate 5 to 1,000 human genes.
    ///
    /// # Errors
    /// When the bytes in the binary differ from those that were built in.
    pub fn go() -> Result<Self, SemanticError> {
        Self::shipped("shipped GO terms", GO, "go")
    }

    /// The shipped phrases: cells, tissues and processes that several RefSeq summaries of human genes mention.
    ///
    /// # Errors
    /// When the bytes in the binary differ from those that were built in.
    pub fn phrases() -> Result<Self, SemanticError> {
        Self::shipped("shipped phrases", PHRASES, "phrases")
    }

    /// Reads terms from a file as [`GeneTable::open`](crate::GeneTable::open) reads genes. Their vectors must be in the space of
    /// the gene table with which they are used.
    ///
    /// # Errors
    /// When the file cannot be read, has no names, or has NaN or infinite values.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, SemanticError> {
        let file = VectorFile::open(path)?;
        let name = file.path.display().to_string();
        let names = file
            .names
            .ok_or_else(|| SemanticError::malformed(&name, "has no names of terms"))?;
        let origin = TableOrigin {
            checksum: Some(file.checksum),
            ..TableOrigin::new(name)
        };
        Self::new(names, file.vectors, origin)
    }

    /// Terms with vectors `[terms, dims]`, without ids.
    ///
    /// # Errors
    /// When the lengths differ or a value is not finite.
    pub fn new(
        names: Vec<String>,
        vectors: Array2<f32>,
        origin: TableOrigin,
    ) -> Result<Self, SemanticError> {
        if names.len() != vectors.nrows() {
            return Err(SemanticError::Length {
                what: format!("names of terms of {}", origin.name),
                expected: vectors.nrows(),
                got: names.len(),
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
        Ok(Self {
            ids: vec![String::new(); names.len()],
            names,
            vectors,
            origin,
        })
    }

    /// Names, in the order of the vectors.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Id of a term, such as `GO:0042552`, if it has one.
    pub fn id(&self, term: usize) -> Option<&str> {
        self.ids
            .get(term)
            .map(String::as_str)
            .filter(|id| !id.is_empty())
    }

    /// Vectors `[terms, dims]`.
    pub fn vectors(&self) -> ArrayView2<'_, f32> {
        self.vectors.view()
    }

    /// Where the terms come from.
    pub fn origin(&self) -> &TableOrigin {
        &self.origin
    }

    /// Number of terms.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there are no terms.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Length of a vector.
    pub fn dims(&self) -> usize {
        self.vectors.ncols()
    }

    /// The `k` terms nearest to a vector by cosine, nearest first; among equals the earlier term is first.
    ///
    /// # Panics
    /// When the length of the vector differs from that of the terms.
    pub fn nearest(&self, vector: ArrayView1<'_, f32>, k: usize) -> Vec<(usize, f32)> {
        let length = |v: ArrayView1<'_, f32>| v.dot(&v).sqrt().max(f32::MIN_POSITIVE);
        let own = length(vector);
        let mut all: Vec<(usize, f32)> = self
            .vectors
            .outer_iter()
            .map(|v| v.dot(&vector) / (length(v) * own))
            .enumerate()
            .collect();
        all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        all.truncate(k);
        all
    }

    fn shipped(file: &str, bytes: &[u8], table: &str) -> Result<Self, SemanticError> {
        let file = Semtab::parse(file, bytes)?;
        let entries = file.table(table)?;
        let origin = TableOrigin {
            model: Some(file.header.model.clone()),
            text: Some(file.header.text.clone()),
            made: Some(file.header.made.clone()),
            checksum: Some(file.header.sha256.clone()),
            shipped: true,
            ..TableOrigin::new(format!("builtin {table}"))
        };
        let mut terms = Self::new(entries.names, entries.vectors, origin)?;
        for (id, term) in entries.ids {
            terms.ids[term as usize] = id;
        }
        Ok(terms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn shipped_terms_are_there_with_their_ids() -> Result<(), SemanticError> {
        let terms = TermTable::builtin()?;
        assert_eq!(terms.len(), 5567 + TermTable::phrases()?.len());
        let at = |name: &str| terms.names().iter().position(|n| n == name);
        let myelination = at("myelination");
        assert_eq!(myelination.and_then(|t| terms.id(t)), Some("GO:0042552"));
        let phrase = at("schwann cells");
        assert!(phrase.is_some());
        assert_eq!(phrase.and_then(|t| terms.id(t)), None);
        assert_eq!(terms.dims(), 256);
        Ok(())
    }

    #[test]
    fn nearest_is_by_angle() -> Result<(), SemanticError> {
        let names = ["a", "b", "c"].map(String::from).to_vec();
        let vectors = array![[3.0, 0.0], [0.1, 0.1], [0.0, 9.0]];
        let terms = TermTable::new(names, vectors, TableOrigin::new("made here"))?;
        let near = terms.nearest(array![1.0, 0.9].view(), 2);
        assert_eq!(near.iter().map(|n| n.0).collect::<Vec<_>>(), [1, 0]);
        assert!(TermTable::new(vec![], array![[1.0]], TableOrigin::new("x")).is_err());
        Ok(())
    }
}
