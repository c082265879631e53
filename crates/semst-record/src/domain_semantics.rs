//! What the modulation of a domain responds to.

use serde::{Deserialize, Serialize};

/// The genes and functions that the modulator responds to in one domain.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DomainSemantics {
    /// The domain, counted from 0.
    #[serde(skip)]
    pub domain: u32,
    /// The difference between the domain's mean answer and that of the other spots, in standard deviations.
    pub strength: f64,
    /// Genes that the modulator responds to, the strongest first; empty if semantics do not come from genes.
    #[serde(with = "gene_columns", skip_serializing_if = "Vec::is_empty")]
    pub genes: Vec<GeneScore>,
    /// Functions that these genes share, the strongest first.
    #[serde(rename = "modulation_functions", skip_serializing_if = "Vec::is_empty")]
    pub answered: Vec<Function>,
    /// Functions nearest to the position of the domain in the space of the semantics, compared with the rest of the slide, with
    /// the genes that move it there. They do not depend on the training.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub functions: Vec<Function>,
    /// The check by removing genes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occlusion: Option<Occlusion>,
}

/// A gene that the modulator responds to in a domain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GeneScore {
    /// Symbol, as in the data.
    pub gene: String,
    /// Expected gradient, in standard deviations of the domain's answer: the part of its difference from the other spots that is
    /// due to this gene.
    pub attribution: f64,
    /// Mean weight of the gene in the domain; with the default pooling its log-normalised expression.
    pub here: f64,
    /// Its mean weight in the other spots.
    pub elsewhere: f64,
}

/// A function that several leading genes of a domain share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Function {
    /// The term.
    pub term: String,
    /// Its id, such as `GO:0042552`; empty for phrases.
    pub id: String,
    /// How much nearer the leading genes, except the strongest, are to the term than after exchanging the vectors of all genes of
    /// the slide, in standard deviations.
    pub z: f64,
    /// The leading genes that belong to it, the strongest first, at most 12.
    pub genes: Vec<String>,
}

/// The effect of removing the leading genes of a domain on its modulation, and that of random genes of similar expression.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Occlusion {
    /// Number of removed genes.
    pub genes: usize,
    /// Mean length of the change of the whole modulation of the domain's spots.
    pub change: f64,
    /// The same for each random set of genes.
    pub random: Vec<f64>,
    /// Mean decrease of the domain's answer, in standard deviations, which the attribution predicted. Negative if the answer
    /// increases.
    pub fall: f64,
    /// The same for each random set of genes.
    pub random_fall: Vec<f64>,
}

impl DomainSemantics {
    /// A domain with only its strength.
    pub fn new(domain: u32, strength: f64) -> Self {
        Self {
            domain,
            strength,
            ..Self::default()
        }
    }

    /// The domain in one line: `WM: positive regulation of myelination (MOBP, PLP1, MOG, MBP), …; modulated by MAL, MAG`.
    ///
    /// The position of the domain comes first, then the response of the modulator.
    pub fn sentence(&self, name: &str) -> String {
        let few = |genes: &[String]| genes.iter().take(4).cloned().collect::<Vec<_>>().join(", ");
        let words = |f: &Function| format!("{} ({})", f.term, few(&f.genes));
        let own: Vec<String> = self.functions.iter().take(3).map(words).collect();
        let mut answered: Vec<String> = self.answered.iter().take(1).map(words).collect();
        // Strong genes that are not part of this function are listed separately.
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
        let named: Vec<String> = parts.into_iter().filter(|p| !p.is_empty()).collect();
        match named.is_empty() {
            true => format!("{name}: no gene stands out"),
            false => format!("{name}: {}", named.join("; ")),
        }
    }
}

impl Function {
    /// The term, with its id if it has one.
    pub fn label(&self) -> String {
        if self.id.is_empty() {
            self.term.clone()
        } else {
            format!("{} [{}]", self.term, self.id)
        }
    }
}

impl Occlusion {
    /// Mean change of the random sets.
    pub fn random_mean(&self) -> f64 {
        mean(&self.random)
    }

    /// Mean decrease of the random sets.
    pub fn random_mean_fall(&self) -> f64 {
        mean(&self.random_fall)
    }

    /// The change of the modulation by the leading genes, divided by that of random genes; `None` if random genes change nothing.
    pub fn ratio(&self) -> Option<f64> {
        let random = self.random_mean();
        (random > 0.0).then(|| self.change / random)
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// Genes in a file: one column per field.
mod gene_columns {
    use super::*;
    use serde::de::Error;
    use serde::{Deserializer, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Columns {
        symbol: Vec<String>,
        attribution: Vec<f64>,
        expression: Vec<f64>,
        expression_elsewhere: Vec<f64>,
    }

    pub(super) fn serialize<S: Serializer>(genes: &[GeneScore], to: S) -> Result<S::Ok, S::Error> {
        let numbers = |of: fn(&GeneScore) -> f64| genes.iter().map(of).collect();
        Columns {
            symbol: genes.iter().map(|g| g.gene.clone()).collect(),
            attribution: numbers(|g| g.attribution),
            expression: numbers(|g| g.here),
            expression_elsewhere: numbers(|g| g.elsewhere),
        }
        .serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Vec<GeneScore>, D::Error> {
        let columns = Columns::deserialize(from)?;
        let n = columns.symbol.len();
        let numbers = [
            &columns.attribution,
            &columns.expression,
            &columns.expression_elsewhere,
        ];
        if let Some(other) = numbers.iter().find(|column| column.len() != n) {
            return Err(D::Error::invalid_length(other.len(), &"as many as symbols"));
        }
        let gene = |(at, gene)| GeneScore {
            gene,
            attribution: columns.attribution[at],
            here: columns.expression[at],
            elsewhere: columns.expression_elsewhere[at],
        };
        Ok(columns.symbol.into_iter().enumerate().map(gene).collect())
    }
}
