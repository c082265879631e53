//! Tables of scores: a row for each method, a column for each data set.

use semst::report::{Better, Cell, Column, Table};

use crate::grid::OWN;
use crate::{AblationError, CellRecord, Method, Role};

/// The main score.
pub(crate) const MAIN: &str = "ARI";

/// Scores of the second table, and whether higher or lower is better.
const OTHERS: [(&str, Better); 7] = [
    ("ARI", Better::Higher),
    ("NMI", Better::Higher),
    ("AMI", Better::Higher),
    ("ACC", Better::Higher),
    ("F1", Better::Higher),
    ("CHAOS", Better::Lower),
    ("PAS", Better::Lower),
];

/// The cells of a plan as input of the tables.
pub(crate) struct Cells<'a> {
    pub(crate) records: &'a [CellRecord],
    /// Names of the data sets, in the order of the plan.
    pub(crate) datasets: &'a [String],
    /// Rows, in the order of the plan.
    pub(crate) methods: &'a [Method],
    /// Seeds of the plan.
    pub(crate) seeds: usize,
}

impl Cells<'_> {
    /// Cells of a method on a data set with a head; labels of other tools are listed for every head.
    pub(crate) fn of<'s>(
        &'s self,
        method: &'s Method,
        dataset: &'s str,
        head: &'s str,
    ) -> impl Iterator<Item = &'s CellRecord> {
        self.records.iter().filter(move |r| {
            r.method == *method && r.dataset == dataset && (r.head == head || r.head == OWN)
        })
    }

    /// One score over the seeds.
    pub(crate) fn values(
        &self,
        method: &Method,
        dataset: &str,
        head: &str,
        score: &str,
    ) -> Vec<f64> {
        let cells = self.of(method, dataset, head);
        cells.filter_map(|r| r.scores.get(score).copied()).collect()
    }

    /// Mean ± sd of the main score over seeds, by data set, and the mean of these means.
    pub(crate) fn main_table(&self, head: &str) -> Result<Table, AblationError> {
        let mut columns = names();
        let number = |name: &str| Column::number(name, Better::Higher);
        columns.extend(self.datasets.iter().map(|d| number(d)));
        columns.push(number("mean"));
        let mut table = Table::new(format!("{MAIN}, head {head}"), columns);
        for method in self.methods {
            let mut row = words(method);
            let mut means = Vec::new();
            for dataset in self.datasets {
                let values = self.values(method, dataset, head, MAIN);
                if !values.is_empty() {
                    means.push(mean(&values));
                }
                row.push(self.cell(method, dataset, head, &values));
            }
            row.push(over_sets(&means, self.datasets.len()));
            table = table.with_row(row)?;
        }
        let mut note =
            String::from("Mean ± sample sd over seeds; `mean` is that of the data sets.");
        for part in self.parts(head) {
            note += &format!(" {part}");
        }
        Ok(table.with_note(note))
    }

    /// Results that were scored only on a part of a slide; such a score cannot be compared with one of all spots.
    fn parts(&self, head: &str) -> Vec<String> {
        let mut parts = Vec::new();
        for dataset in self.datasets {
            let scored = |method| {
                let cells = self.of(method, dataset, head);
                cells.filter_map(|r| Some((r.scored?, r.spots))).min()
            };
            let least: Vec<_> = self.methods.iter().map(|m| (m, scored(m))).collect();
            // Spots without a known label are scored for no method.
            let most = least.iter().filter_map(|(_, scored)| *scored).max();
            let is_part = |(scored, spots): &(usize, usize)| scored < spots;
            if let Some((scored, spots)) = most.filter(is_part) {
                parts.push(format!("{dataset}: {scored} of {spots} spots only."));
            }
            for (method, scored) in least {
                if let Some((scored, spots)) = scored.filter(is_part).filter(|s| Some(*s) != most) {
                    parts.push(format!(
                        "{method} on {dataset}: {scored} of {spots} spots only."
                    ));
                }
            }
        }
        parts
    }

    /// Means of all scores and costs over data sets.
    pub(crate) fn other_table(&self, head: &str) -> Result<Table, AblationError> {
        let mut columns = names();
        columns.extend(OTHERS.map(|(name, better)| Column::number(name, better)));
        let cost = |name: &str| Column::number(name, None).with_digits(0);
        columns.extend([
            Column::number("seconds", None).with_digits(1),
            cost("MiB"),
            cost("epochs"),
            cost("failed"),
        ]);
        let title = format!("All scores, head {head}, mean over data sets");
        let mut table = Table::new(title, columns);
        for method in self.methods {
            let mut row = words(method);
            for (score, _) in OTHERS {
                row.push(self.average(method, head, |r| r.scores.get(score).copied()));
            }
            row.push(self.average(method, head, |r| {
                Some(r.costs.seconds()).filter(|_| r.error.is_none())
            }));
            row.push(self.average(method, head, |r| r.costs.peak_mib));
            row.push(self.average(method, head, |r| {
                Some(r.costs.epochs as f64).filter(|_| r.error.is_none())
            }));
            let failed = self.datasets.iter().flat_map(|d| self.of(method, d, head));
            let failed = failed.filter(|r| r.error.is_some()).count();
            row.push(Cell::Number(failed as f64));
            table = table.with_row(row)?;
        }
        Ok(table.with_note(
            "Only methods with a result on every data set are averaged. Seconds are those of a run on its own (features, graphs and semantics counted, reading not); MiB is the peak of the process.",
        ))
    }

    fn average(
        &self,
        method: &Method,
        head: &str,
        value: impl Fn(&CellRecord) -> Option<f64>,
    ) -> Cell {
        let means: Vec<f64> = self
            .datasets
            .iter()
            .map(|d| self.of(method, d, head).filter_map(&value).collect())
            .filter(|values: &Vec<f64>| !values.is_empty())
            .map(|values| mean(&values))
            .collect();
        if means.len() < self.datasets.len() {
            return Cell::Missing(String::new());
        }
        Cell::Number(mean(&means))
    }

    fn cell(&self, method: &Method, dataset: &str, head: &str, values: &[f64]) -> Cell {
        let failed = self
            .of(method, dataset, head)
            .filter(|r| r.error.is_some())
            .count();
        match (values.is_empty(), failed) {
            (true, 0) => Cell::Missing(String::new()),
            (true, _) => Cell::Missing("failed".into()),
            // Results of another tool may have no seeds.
            _ if method.role == Role::External => Cell::mean_sd_of(values, values.len() + failed),
            _ => Cell::mean_sd_of(values, self.seeds),
        }
    }
}

/// The columns that name a method.
pub(crate) fn names() -> Vec<Column> {
    ["encoder", "modulator", "semantics", "role"]
        .map(Column::text)
        .into()
}

/// The cells that name a method.
pub(crate) fn words(method: &Method) -> Vec<Cell> {
    [
        method.encoder.as_str(),
        &method.modulator,
        &method.semantics,
        method.role.word(),
    ]
    .map(Cell::text)
    .into()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// A mean over some data sets is not comparable with one over all of them.
fn over_sets(means: &[f64], sets: usize) -> Cell {
    if means.is_empty() {
        Cell::Missing(String::new())
    } else if means.len() < sets {
        Cell::Missing(format!("{} of {sets} sets", means.len()))
    } else {
        Cell::Number(mean(means))
    }
}
