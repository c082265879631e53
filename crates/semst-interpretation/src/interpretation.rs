//! The result of an interpretation, in numbers and in words.

use serde::{Deserialize, Serialize};

use semst_record::{DomainSemantics, Function};

/// The genes and functions that the modulator of a run responds to, for each domain.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Interpretation {
    /// One entry per domain, in the order of their numbers.
    pub domains: Vec<DomainSemantics>,
    /// A note for the reader: why genes or functions are not named.
    pub note: Option<String>,
}

impl Interpretation {
    /// A result without domains, and the reason.
    pub fn unnamed(note: impl Into<String>) -> Self {
        Self {
            domains: Vec::new(),
            note: Some(note.into()),
        }
    }
}

/// A table with a line for each gene of each domain: domain, rank, gene, attribution, mean expression here and elsewhere, and
/// the functions that the gene supports.
///
/// `name` gives the name of a domain.
///
/// # Errors
/// None in practice: the table is written to memory.
pub fn gene_table(
    domains: &[DomainSemantics],
    name: impl Fn(u32) -> String,
) -> Result<String, csv::Error> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record([
        "domain",
        "rank",
        "gene",
        "attribution",
        "expression",
        "expression_elsewhere",
        "terms",
    ])?;
    for domain in domains {
        for (rank, gene) in domain.genes.iter().enumerate() {
            let mut terms: Vec<String> = domain
                .functions
                .iter()
                .chain(&domain.answered)
                .filter(|f| f.genes.contains(&gene.gene))
                .map(Function::label)
                .collect();
            terms.sort();
            terms.dedup();
            table.write_record([
                name(domain.domain),
                (rank + 1).to_string(),
                gene.gene.clone(),
                format!("{:.6e}", gene.attribution),
                format!("{:.4}", gene.here),
                format!("{:.4}", gene.elsewhere),
                terms.join("; "),
            ])?;
        }
    }
    let bytes = table.into_inner().map_err(|e| e.into_error())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
