//! The part of the record about semantics.

use serde::{Deserialize, Serialize};

use crate::{DomainSemantics, GeneLookup, Parameters};

/// The source of the semantics of a run, and what its domains respond to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SemanticsRecord {
    /// Source, model, pooling, scaling, checksum, … of the vectors.
    pub provenance: Parameters,
    /// How the genes of the slide were found, if a gene table was used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lookup: Option<GeneLookup>,
    /// How genes and functions were found; `None` if the run was not interpreted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// A note for the reader, such as why genes are not named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What each domain responds to, in the order of their numbers.
    #[serde(with = "by_number", skip_serializing_if = "Vec::is_empty")]
    pub domains: Vec<DomainSemantics>,
}

impl SemanticsRecord {
    /// The domains with named genes.
    pub fn named(&self) -> impl Iterator<Item = &DomainSemantics> {
        self.domains.iter().filter(|d| !d.genes.is_empty())
    }
}

/// Domains in a file: a dictionary by number, counted from 1 as in `obs["semst_domain"]`.
mod by_number {
    use super::*;
    use serde::{Deserializer, Serializer};
    use std::collections::BTreeMap;

    pub(super) fn serialize<S: Serializer>(
        domains: &[DomainSemantics],
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_map(domains.iter().map(|d| (d.domain + 1, d)))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Vec<DomainSemantics>, D::Error> {
        let domains = BTreeMap::<u32, DomainSemantics>::deserialize(from)?;
        let numbered = |(number, domain): (u32, DomainSemantics)| DomainSemantics {
            domain: number.saturating_sub(1),
            ..domain
        };
        Ok(domains.into_iter().map(numbered).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Function, GeneScore, Occlusion};

    #[test]
    fn genes_and_functions_survive() -> Result<(), serde_json::Error> {
        let domain = |domain, genes: &[&str]| DomainSemantics {
            domain,
            strength: 2.5,
            genes: genes
                .iter()
                .map(|gene| GeneScore {
                    gene: (*gene).into(),
                    attribution: 0.5,
                    here: 1.0,
                    elsewhere: 0.25,
                })
                .collect(),
            ..DomainSemantics::default()
        };
        let mut semantics = SemanticsRecord {
            domains: vec![domain(1, &["MBP", "PLP1"]), domain(10, &[])],
            ..SemanticsRecord::default()
        };
        semantics.domains[0].functions = vec![Function {
            term: "myelination".into(),
            id: "GO:0042552".into(),
            z: 9.0,
            genes: vec!["MBP".into()],
        }];
        semantics.domains[0].occlusion = Some(Occlusion {
            genes: 2,
            change: 1.5,
            random: vec![0.5, 0.25],
            fall: 1.0,
            random_fall: vec![0.0, 0.125],
        });
        let value = serde_json::to_value(&semantics)?;
        assert_eq!(value["domains"]["2"]["genes"]["symbol"][1], "PLP1");
        assert_eq!(serde_json::from_value::<SemanticsRecord>(value)?, semantics);
        assert_eq!(semantics.named().count(), 1);
        Ok(())
    }
}
