//! Paired differences against a baseline (docs/protocol.md, rule 7).

use semst::evaluation::{Comparison, Verdict, holm};
use semst::report::{Cell, Column, Table};

use crate::grid::OWN;
use crate::scored::{Cells, MAIN, names, words};
use crate::{AblationError, Baseline, CellRecord, Method};

/// Seed of the bootstrap: a table written again has the same intervals.
const SEED: u64 = 0;

impl Baseline {
    /// The method that a method is compared with; `None` if it is not in the plan, or is the method itself.
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
                // Results of another tool have neither modulator nor semantics, so the name is enough.
                let named = self.encoder.is_some() && other.modulator == "-";
                is(&self.encoder, &method.encoder, &other.encoder)
                    && (named || is(&self.modulator, &method.modulator, &other.modulator))
                    && (other.modulator == "none"
                        || other.semantics == "-"
                        || is(&self.semantics, &method.semantics, &other.semantics))
            })
    }

    /// Words for the title.
    pub(crate) fn words(&self) -> String {
        let parts = [
            ("encoder", &self.encoder),
            ("modulator", &self.modulator),
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
    /// Differences of the main score over (data set, seed); `None` if nothing can be compared.
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
            // One pair tells nothing of chance.
            if own.len() > 1 {
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

    /// The main score of two methods for pairs that both have. Labels of another tool without a seed are paired with every seed.
    fn pairs(&self, first: &Method, second: &Method, head: &str) -> (Vec<f64>, Vec<f64>) {
        let mut pairs = (Vec::new(), Vec::new());
        for dataset in self.datasets {
            let [ours, theirs] =
                [first, second].map(|m| self.of(m, dataset, head).collect::<Vec<_>>());
            let seeds = if seedless(&ours) { &theirs } else { &ours };
            for seed in seeds.iter().map(|r| r.seed) {
                let main = |records: &[&CellRecord]| {
                    let mut found = records.iter();
                    let record = found.find(|r| r.seed == seed || seedless(records))?;
                    record.scores.get(MAIN).copied()
                };
                if let (Some(own), Some(other)) = (main(&ours), main(&theirs)) {
                    pairs.0.push(own);
                    pairs.1.push(other);
                }
            }
        }
        pairs
    }
}

/// Whether a row has labels without a seed.
fn seedless(records: &[&CellRecord]) -> bool {
    matches!(records, [only] if only.head == OWN)
}

#[cfg(test)]
mod tests {
    use super::Baseline;
    use crate::scored::{Cells, MAIN};
    use crate::{CellRecord, Costs, Method, Origin, Role};

    fn record(method: &Method, seed: u64, head: &str, ari: Option<f64>) -> CellRecord {
        CellRecord {
            hash: String::new(),
            dataset: "a".into(),
            method: method.clone(),
            seed,
            head: head.into(),
            error: ari.is_none().then(|| "diverged".into()),
            spots: 10,
            scored: Some(if method.encoder == "peer" { 9 } else { 10 }),
            domains: 2,
            found: 2,
            scores: ari.map(|v| (MAIN.to_string(), v)).into_iter().collect(),
            costs: Costs::default(),
            origin: Origin::default(),
        }
    }

    #[test]
    fn differences_are_paired_by_seed_and_corrected() -> Result<(), Box<dyn std::error::Error>> {
        let alone = method("semst", "none", "-");
        let fsm = method("semst", "fsm", "builtin");
        let add = method("semst", "add", "builtin");
        let peer = Method {
            role: Role::External,
            ..method("peer", "-", "-")
        };
        let mut records = Vec::new();
        // In another order than that of the seeds; one seed has no partner.
        for seed in [3, 1, 4, 0, 2, 5] {
            let s = seed as f64;
            records.push(record(&alone, seed, "gmm", Some(0.3 + 0.01 * s)));
            records.push(record(&add, seed, "gmm", Some(0.29 + 0.01 * s)));
            let gained = Some(0.4 + 0.01 * s + 0.001 * s).filter(|_| seed < 5);
            records.push(record(&fsm, seed, "gmm", gained));
        }
        records.push(record(&peer, 0, "own", Some(0.3)));
        let methods = [alone, fsm, add, peer];
        let datasets = ["a".to_string()];
        let cells = Cells {
            records: &records,
            datasets: &datasets,
            methods: &methods,
            seeds: 6,
        };
        let host = Baseline {
            modulator: Some("none".into()),
            ..Baseline::default()
        };
        let table = cells.paired_table("gmm", &host)?.ok_or("no table")?;
        let csv = table.to_csv()?;
        let rows: Vec<Vec<&str>> = csv
            .lines()
            .skip(1)
            .map(|l| l.split(',').collect())
            .collect();
        // Mean of 0.100, 0.101, 0.102, 0.103, 0.104; all have the same sign, so p is 2 / 2^5 and, the smaller of two, 2 / 2^4 by
        // Holm.
        let number = |text: &str| text.parse::<f64>().unwrap_or(f64::NAN);
        let of = |row: &[&str]| [5, 7, 8, 9].map(|at| number(row[at]));
        let near = |got: [f64; 4], wanted: [f64; 4]| {
            got.iter().zip(wanted).all(|(g, w)| (g - w).abs() < 1e-12)
        };
        assert_eq!((rows[0][1], rows[1][1]), ("fsm", "add"));
        assert!(near(of(&rows[0]), [0.102, 0.0625, 0.0625, 5.0]), "{csv}");
        assert!(near(of(&rows[1]), [-0.01, 0.03125, 0.0625, 6.0]), "{csv}");

        // Labels without a seed are paired with every seed.
        let outsider = Baseline {
            encoder: Some("peer".into()),
            ..Baseline::default()
        };
        let table = cells.paired_table("gmm", &outsider)?.ok_or("no table")?;
        let csv = table.to_csv()?;
        let first: Vec<&str> = csv.lines().nth(1).unwrap_or_default().split(',').collect();
        assert!(
            (number(first[5]) - 0.025).abs() < 1e-12 && first[9] == "6",
            "{csv}"
        );

        // The table of means shows which scores are missing.
        let md = cells.main_table("gmm")?.to_markdown();
        assert!(md.contains("(5 of 6)"), "{md}");
        assert!(md.contains("peer on a: 9 of 10 spots only."), "{md}");
        Ok(())
    }

    fn method(encoder: &str, modulator: &str, semantics: &str) -> Method {
        Method {
            encoder: encoder.into(),
            modulator: modulator.into(),
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
            modulator: Some("none".into()),
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
            modulator: Some("none".into()),
            semantics: None,
        };
        assert_eq!(floor.opponent(&methods[2], &methods), Some(&methods[4]));
        assert_eq!(floor.words(), "encoder pca, modulator none, same semantics");
    }
}
