//! The reports of both sides, and their medians and ratios.

use anyhow::{Context, Result};
use serde_json::{Value, json};

/// One training of one side.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    setup: f64,
    /// Median of all epochs after the first.
    epoch: f64,
    /// The same without the work after the step (evaluation, k-means).
    step: f64,
    /// Processor time of an epoch over all threads, which depends least on the load of the machine.
    processor: f64,
    end: f64,
    total: f64,
    peak_mib: f64,
    losses: Vec<f64>,
}

impl Sample {
    /// Reads the line of JSON that a side prints.
    pub(crate) fn read(line: &str) -> Result<Self> {
        let value: Value = serde_json::from_str(line).context("a side must print JSON")?;
        let number = |key: &str| value[key].as_f64().with_context(|| format!("no {key}"));
        let list = |key: &str| -> Vec<f64> {
            let list = value[key].as_array().into_iter().flatten();
            list.filter_map(Value::as_f64).collect()
        };
        let epochs = list("epoch_s");
        let steps = match list("train_only_s") {
            steps if steps.is_empty() => epochs.clone(),
            steps => steps,
        };
        Ok(Self {
            setup: number("setup_s")?,
            epoch: median(epochs.into_iter().skip(1)),
            step: median(steps.into_iter().skip(1)),
            processor: number("processor_s")?,
            end: number("end_s")?,
            total: number("total_s")?,
            peak_mib: number("peak_mib")?,
            losses: list("losses"),
        })
    }

    /// The whole run over the authors' number of epochs.
    fn whole(&self, epochs: usize) -> f64 {
        self.setup + epochs as f64 * self.epoch + self.end
    }
}

/// Both sides of one method.
#[derive(Debug)]
pub(crate) struct Comparison {
    method: &'static str,
    recipe_epochs: usize,
    slide: Value,
    pub(crate) ours: Vec<Sample>,
    pub(crate) theirs: Vec<Sample>,
}

impl Comparison {
    pub(crate) fn new(method: &'static str, recipe_epochs: usize, exported: &str) -> Result<Self> {
        Ok(Self {
            method,
            recipe_epochs,
            slide: serde_json::from_str(exported)?,
            ours: Vec::new(),
            theirs: Vec::new(),
        })
    }

    /// The last turn in one line.
    pub(crate) fn last(&self) -> String {
        match (self.ours.last(), self.theirs.last()) {
            (Some(a), Some(b)) => format!(
                "{}: epoch {:.3} s against {:.3} s, {:.0} against {:.0} MiB",
                self.method, a.epoch, b.epoch, a.peak_mib, b.peak_mib
            ),
            _ => String::new(),
        }
    }

    /// Medians of both sides and of their ratios, which are computed for each turn.
    fn numbers(&self, of: impl Fn(&Sample) -> f64) -> (f64, f64, f64) {
        let pairs = || self.ours.iter().map(&of).zip(self.theirs.iter().map(&of));
        (
            median(pairs().map(|(a, _)| a)),
            median(pairs().map(|(_, b)| b)),
            median(pairs().map(|(a, b)| b / a)),
        )
    }

    /// Largest relative difference between the loss curves of both sides.
    fn loss_gap(&self) -> f64 {
        let curves = self.ours.iter().zip(&self.theirs);
        let gaps = curves.flat_map(|(a, b)| a.losses.iter().zip(&b.losses));
        gaps.map(|(a, b)| (a - b).abs() / b.abs())
            .fold(0.0, f64::max)
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => values[half],
        _ => (values[half - 1] + values[half]) / 2.0,
    }
}

/// A Markdown table: time of semst, time of PyTorch, and the ratio of PyTorch to semst.
pub(crate) fn table(comparisons: &[Comparison]) -> String {
    let mut out =
        String::from("| method | what | ours | PyTorch | ratio |\n|---|---|---|---|---|\n");
    for c in comparisons {
        let mut row = |what: &str, unit: &str, (a, b, ratio): (f64, f64, f64)| {
            let line = format!(
                "| {} | {what} | {a:.3} {unit} | {b:.3} {unit} | {ratio:.1} |\n",
                c.method
            );
            out.push_str(&line);
        };
        row(
            "an epoch, as the reference has it",
            "s",
            c.numbers(|s| s.epoch),
        );
        row("an epoch, training alone", "s", c.numbers(|s| s.step));
        let processor = c.numbers(|s| s.processor);
        row("an epoch, processor time", "s", processor);
        let whole = format!("whole run of {} epochs, projected", c.recipe_epochs);
        row(&whole, "s", c.numbers(|s| s.whole(c.recipe_epochs)));
        row("peak memory", "MiB", c.numbers(|s| s.peak_mib));
        let gap = c.loss_gap();
        out.push_str(&format!(
            "| {} | largest relative difference of the losses | | | {gap:.1e} |\n",
            c.method
        ));
    }
    out
}

/// Every number, for the record.
pub(crate) fn json(
    comparisons: &[Comparison],
    epochs: usize,
    repeats: usize,
    load: &str,
) -> Result<String> {
    let side = |samples: &[Sample]| -> Vec<Value> {
        let one = |s: &Sample| {
            json!({"setup_s": s.setup, "epoch_s": s.epoch, "step_s": s.step, "processor_s": s.processor, "end_s": s.end,
                   "total_s": s.total, "peak_mib": s.peak_mib, "losses": s.losses})
        };
        samples.iter().map(one).collect()
    };
    let methods: Vec<Value> = comparisons
        .iter()
        .map(|c| {
            json!({"method": c.method, "slide": c.slide, "loss_gap": c.loss_gap(),
                   "ours": side(&c.ours), "theirs": side(&c.theirs)})
        })
        .collect();
    let value = json!({"slide": "dlpfc_151673", "epochs": epochs, "repeats": repeats,
                       "load_average": load.trim(), "methods": methods});
    Ok(serde_json::to_string_pretty(&value)? + "\n")
}

/// Prints to standard output.
#[allow(clippy::print_stdout, reason = "the table is what the command is for")]
pub(crate) fn print(table: &str) {
    println!("{table}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_epoch_warms_up() -> Result<()> {
        let line = r#"{"setup_s": 1, "epoch_s": [9, 2, 4, 3], "processor_s": 5, "end_s": 1, "total_s": 20, "peak_mib": 5, "losses": [1.0]}"#;
        let sample = Sample::read(line)?;
        assert_eq!((sample.epoch, sample.step), (3.0, 3.0));
        assert_eq!(sample.whole(10), 32.0);
        Ok(())
    }
}
