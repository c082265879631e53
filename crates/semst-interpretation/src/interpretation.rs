//! What was found, in numbers and in words.

use serde::{Deserialize, Serialize};

use crate::{Function, GeneScore, Occlusion};

/// What the modulation of a run answers to, domain by domain.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Interpretation {
    /// One entry a domain, in the order of their numbers.
    pub domains: Vec<DomainMeaning>,
    /// What the reader must know: why genes or functions are not named.
    pub note: Option<String>,
}

/// What the modulation of one domain answers to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DomainMeaning {
    /// The domain, counted from 0.
    pub domain: u32,
    /// How far the domain's mean answer lies from that of the other spots, in standard deviations.
    pub strength: f64,
    /// Genes that the modulation answers to, the strongest first; empty where semantics do not come from genes.
    pub genes: Vec<GeneScore>,
    /// Functions that these genes share, the strongest first.
    pub answered: Vec<Function>,
    /// Functions nearest to where the domain lies in the space of meaning, seen from the rest of the slide, with the genes that
    /// move it there. They do not depend on the training.
    pub functions: Vec<Function>,
    /// The check by taking genes away.
    pub occlusion: Option<Occlusion>,
}

impl Interpretation {
    /// No domain, and why.
    pub fn unnamed(note: impl Into<String>) -> Self {
        Self {
            domains: Vec::new(),
            note: Some(note.into()),
        }
    }

    /// A table with a line for each gene of each domain: domain, rank, gene, attribution, mean expression here and elsewhere, and
    /// the functions that the gene speaks for.
    ///
    /// `name` gives the name of a domain.
    ///
    /// # Errors
    /// None in practice: the table is written to memory.
    pub fn to_csv(&self, name: impl Fn(u32) -> String) -> Result<String, csv::Error> {
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
        for domain in &self.domains {
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
}

impl DomainMeaning {
    pub(crate) fn new(domain: u32, strength: f64) -> Self {
        Self {
            domain,
            strength,
            ..Self::default()
        }
    }

    /// The domain in one line: `WM: positive regulation of myelination (MOBP, PLP1, MOG, MBP), …; modulated by MAL, MAG`.
    ///
    /// Where the domain lies comes first, then what the modulation answers to.
    pub fn sentence(&self, name: &str) -> String {
        let few = |genes: &[String]| genes.iter().take(4).cloned().collect::<Vec<_>>().join(", ");
        let words = |f: &Function| format!("{} ({})", f.term, few(&f.genes));
        let own: Vec<String> = self.functions.iter().take(3).map(words).collect();
        let mut answered: Vec<String> = self.answered.iter().take(1).map(words).collect();
        // Strong genes that this function does not cover are named by themselves.
        let covered = |g: &String| self.answered.iter().take(1).any(|f| f.genes.contains(g));
        let free: Vec<String> = self
            .genes
            .iter()
            .take(8)
            .map(|g| g.gene.clone())
            .filter(|g| !covered(g))
            .collect();
        if !free.is_empty() {
            answered.push(few(&free));
        }
        let parts = [
            own.join(", "),
            match answered.is_empty() {
                true => String::new(),
                false => format!("modulated by {}", answered.join(", ")),
            },
        ];
        let told: Vec<String> = parts.into_iter().filter(|p| !p.is_empty()).collect();
        match told.is_empty() {
            true => format!("{name}: no gene stands out"),
            false => format!("{name}: {}", told.join("; ")),
        }
    }
}

impl Function {
    /// The term, with its id where it has one.
    pub fn label(&self) -> String {
        if self.id.is_empty() {
            self.term.clone()
        } else {
            format!("{} [{}]", self.term, self.id)
        }
    }
}
