//! Paired differences against a baseline (docs/protocol.md, rule 7).

use semst::evaluation::{Comparison, Verdict, holm};
use semst::report::{Cell, Column, Table};

use crate::scored::{Cells, MAIN, names, words};
use crate::{AblationError, Baseline, Method};

/// Seed of the bootstrap: a table written again has the same intervals.
const SEED: u64 = 0;

impl Baseline {
    /// The method that a method is compared with; `None` where it is none of the plan, or the method itself.
    pub(crate) fn opponent<'m>(
        &self,
        method: &Method,
        methods: &'m [Method],
    ) -> Option<&'m Method> {
        let is = |wanted: &Option<String>, own: &str, other: &str| match wanted {
            Some(wanted) => wanted == other,
            None => own == other,
        };
        methods
            .iter()
            .filter(|other| **other != *method)
            .find(|other| {
                is(&self.encoder, &method.encoder, &other.encoder)
                    && is(&self.modulation, &method.modulation, &other.modulation)
                    && (other.modulation == "none"
                        || other.semantics == "-"
                        || is(&self.semantics, &method.semantics, &other.semantics))
            })
    }

    /// Words for the title.
    pub(crate) fn words(&self) -> String {
        let parts = [
            ("encoder", &self.encoder),
            ("modulation", &self.modulation),
            ("semantics", &self.semantics),
        ];
        let parts: Vec<String> = parts
            .iter()
            .map(|(part, name)| match name {
                Some(name) => format!("{part} {name}"),
                None => format!("same {part}"),
            })
            .collect();
        parts.join(", ")
    }
}

impl Cells<'_> {
    /// Differences of the main score over (data set, seed); `None` where nothing can be compared.
    pub(crate) fn paired_table(
        &self,
        head: &str,
        baseline: &Baseline,
    ) -> Result<Option<Table>, AblationError> {
        let mut compared = Vec::new();
        for method in self.methods {
            let Some(opponent) = baseline.opponent(method, self.methods) else {
                continue;
            };
            let (own, other) = self.pairs(method, opponent, head);
            if !own.is_empty() {
                let comparison = Comparison::of(&own, &other, SEED)?;
                compared.push((method, opponent, comparison));
            }
        }
        if compared.is_empty() {
            return Ok(None);
        }
        let p: Vec<f64> = compared.iter().map(|(_, _, c)| c.p).collect();
        let adjusted = holm(&p);
        let mut columns = names();
        let number = |name: &str| Column::number(name, None);
        columns.extend([
            Column::text("against"),
            number("difference"),
            Column::text("95 % interval"),
            number("p"),
            number("p (Holm)"),
            number("pairs").with_digits(0),
            Column::text("verdict"),
        ]);
        let title = format!("Δ {MAIN}, head {head}, against {}", baseline.words());
        let mut table = Table::new(title, columns);
        for ((method, opponent, comparison), p) in compared.iter().zip(adjusted) {
            let (low, high) = comparison.interval;
            let mean = comparison.differences.mean;
            let mut row = words(method);
            row.extend([
                Cell::text(opponent.to_string()),
                Cell::Number(mean),
                Cell::text(format!("{low:+.3} to {high:+.3}")),
                Cell::Number(comparison.p),
                Cell::Number(p),
                Cell::Number(comparison.differences.n as f64),
                Cell::text(Verdict::of(mean, p).to_string()),
            ]);
            table = table.with_row(row)?;
        }
        Ok(Some(table.with_note(
            "Paired over (data set, seed); Wilcoxon signed-rank p, two-sided, with Holm's correction over the rows; percentile bootstrap of the mean, 10,000 resamples. A mean difference below 0.02, or a corrected p above 0.05, is no difference (docs/protocol.md, rule 7).",
        )))
    }

    /// The main score of two methods where both have it.
    fn pairs(&self, first: &Method, second: &Method, head: &str) -> (Vec<f64>, Vec<f64>) {
        let mut pairs = (Vec::new(), Vec::new());
        for dataset in self.datasets {
            for record in self.of(first, dataset, head) {
                let twin = self
                    .of(second, dataset, head)
                    .find(|other| other.seed == record.seed);
                let scores = twin
                    .and_then(|twin| Some((*record.scores.get(MAIN)?, *twin.scores.get(MAIN)?)));
                if let Some((own, other)) = scores {
                    pairs.0.push(own);
                    pairs.1.push(other);
                }
            }
        }
        pairs
    }
}

#[cfg(test)]
mod tests {
    use super::Baseline;
    use crate::{Method, Role};

    fn method(encoder: &str, modulation: &str, semantics: &str) -> Method {
        Method {
            encoder: encoder.into(),
            modulation: modulation.into(),
            semantics: semantics.into(),
            role: Role::Method,
        }
    }

    #[test]
    fn parts_left_out_are_the_methods_own() {
        let methods = [
            method("semst", "none", "-"),
            method("semst", "fsm", "builtin"),
            method("semst", "fsm", "shuffled"),
            method("sedr", "none", "-"),
            method("pca", "none", "-"),
        ];
        let none = Baseline {
            modulation: Some("none".into()),
            ..Baseline::default()
        };
        assert_eq!(none.opponent(&methods[1], &methods), Some(&methods[0]));
        assert_eq!(none.opponent(&methods[0], &methods), None);
        let shuffled = Baseline {
            semantics: Some("shuffled".into()),
            ..Baseline::default()
        };
        assert_eq!(shuffled.opponent(&methods[1], &methods), Some(&methods[2]));
        assert_eq!(shuffled.opponent(&methods[3], &methods), None);
        let floor = Baseline {
            encoder: Some("pca".into()),
            modulation: Some("none".into()),
            semantics: None,
        };
        assert_eq!(floor.opponent(&methods[2], &methods), Some(&methods[4]));
        assert_eq!(
            floor.words(),
            "encoder pca, modulation none, same semantics"
        );
    }
}
