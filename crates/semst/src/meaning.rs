//! What a run found out about meaning, as `uns`, the report and the table show it.

use crate::{Run, Truth, domain_name};
use semst_interpretation::DomainMeaning;
use semst_io::UnsValue;
use semst_report::{DomainMeaning as ReportMeaning, Ranked};

/// Genes of a domain that the report shows.
const SHOWN: usize = 12;

/// How the numbers were made, in the file that holds them.
const METHOD: &str = "expected gradients of the modulation down to the genes; functions nearest to where the domain lies in the space of meaning; docs/methods.md, section 6";

impl Run {
    /// One line for each domain: `domain 5: myelin assembly (PLP1, MOBP, MAG), …`; empty where nothing can be named.
    pub fn meanings(&self) -> Vec<String> {
        self.told()
            .iter()
            .filter(|domain| !domain.genes.is_empty())
            .map(|domain| domain.sentence(&format!("domain {}", domain_name(domain.domain))))
            .collect()
    }

    /// The genes of each domain with their attribution, expression and functions, as CSV; none where no gene can be named.
    pub fn meaning_table(&self) -> Option<String> {
        let told = self.interpretation.as_ref()?;
        if told.domains.iter().all(|domain| domain.genes.is_empty()) {
            return None;
        }
        told.to_csv(domain_name).ok()
    }

    /// What `uns["semst"]["semantics"]` holds besides the provenance.
    pub(crate) fn meaning_record(&self) -> Vec<(String, UnsValue)> {
        let Some(told) = &self.interpretation else {
            return Vec::new();
        };
        let mut entries = vec![("method".to_string(), UnsValue::Str(METHOD.into()))];
        entries.extend(
            told.note
                .iter()
                .map(|n| ("note".into(), UnsValue::Str(n.clone()))),
        );
        let domains: Vec<(String, UnsValue)> = told
            .domains
            .iter()
            .map(|domain| (domain_name(domain.domain), record(domain)))
            .collect();
        if !domains.is_empty() {
            entries.push(("domains".into(), UnsValue::Dict(domains)));
        }
        entries
    }

    /// The report's entries; a domain that mostly covers one known label says so.
    pub(crate) fn report_meanings(&self, truth: Option<&Truth>) -> Vec<ReportMeaning> {
        self.told()
            .iter()
            .filter(|domain| !domain.genes.is_empty())
            .map(|domain| {
                let known = truth.and_then(|t| self.known_as(domain.domain, t));
                let own = format!("Domain {}", domain_name(domain.domain));
                let name = known.map_or_else(|| own.clone(), |label| format!("{own} ({label})"));
                ReportMeaning {
                    domain: domain.domain,
                    sentence: domain.sentence(&name),
                    functions: domain
                        .functions
                        .iter()
                        .map(|f| Ranked {
                            name: format!("{} ({})", f.label(), f.genes.join(", ")),
                            score: f.z,
                        })
                        .collect(),
                    genes: domain
                        .genes
                        .iter()
                        .take(SHOWN)
                        .map(|g| Ranked {
                            name: g.gene.clone(),
                            score: g.attribution,
                        })
                        .collect(),
                }
            })
            .collect()
    }

    fn told(&self) -> &[DomainMeaning] {
        self.interpretation
            .as_ref()
            .map_or(&[], |told| &told.domains)
    }

    /// The known label of most of a domain's labelled spots.
    fn known_as<'t>(&self, domain: u32, truth: &'t Truth) -> Option<&'t str> {
        let mut labels: Vec<&str> = truth
            .labels
            .iter()
            .zip(&self.assignment.labels)
            .filter(|(_, own)| **own == domain)
            .filter_map(|(label, _)| label.as_deref())
            .collect();
        labels.sort_unstable();
        let most = labels
            .chunk_by(|a, b| a == b)
            .max_by_key(|chunk| chunk.len())?;
        (2 * most.len() > labels.len()).then(|| most[0])
    }
}

fn record(domain: &DomainMeaning) -> UnsValue {
    let text = |list: Vec<String>| UnsValue::StrArray(list);
    let mut entries = vec![("strength".to_string(), UnsValue::Float(domain.strength))];
    if !domain.genes.is_empty() {
        let name = format!("domain {}", domain_name(domain.domain));
        let genes = &domain.genes;
        let numbers = |of: fn(&semst_interpretation::GeneScore) -> f64| {
            UnsValue::FloatArray(genes.iter().map(of).collect())
        };
        entries.push(("summary".into(), UnsValue::Str(domain.sentence(&name))));
        entries.push((
            "genes".into(),
            text(genes.iter().map(|g| g.gene.clone()).collect()),
        ));
        entries.push(("attribution".into(), numbers(|g| g.attribution)));
        entries.push(("expression".into(), numbers(|g| g.here)));
        entries.push(("expression_elsewhere".into(), numbers(|g| g.elsewhere)));
    }
    for (of, functions) in [
        ("function", &domain.functions),
        ("modulation_function", &domain.answered),
    ] {
        if functions.is_empty() {
            continue;
        }
        entries.push((
            format!("{of}s"),
            text(functions.iter().map(|f| f.term.clone()).collect()),
        ));
        entries.push((
            format!("{of}_ids"),
            text(functions.iter().map(|f| f.id.clone()).collect()),
        ));
        entries.push((
            format!("{of}_z"),
            UnsValue::FloatArray(functions.iter().map(|f| f.z).collect()),
        ));
        entries.push((
            format!("{of}_genes"),
            text(functions.iter().map(|f| f.genes.join(", ")).collect()),
        ));
    }
    if let Some(check) = &domain.occlusion {
        entries.push((
            "occlusion".into(),
            UnsValue::Dict(vec![
                ("genes".into(), UnsValue::Int(check.genes as i64)),
                ("change".into(), UnsValue::Float(check.change)),
                ("random".into(), UnsValue::FloatArray(check.random.clone())),
                ("fall".into(), UnsValue::Float(check.fall)),
                (
                    "random_fall".into(),
                    UnsValue::FloatArray(check.random_fall.clone()),
                ),
            ]),
        ));
    }
    UnsValue::Dict(entries)
}
