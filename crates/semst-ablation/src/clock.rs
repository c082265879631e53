//! Seconds of trainings and heads, learnt from finished cells.

use std::collections::HashMap;

/// A training before it runs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Task {
    pub(crate) dataset: String,
    pub(crate) encoder: String,
    pub(crate) modulator: String,
    /// Seconds by a rough model of spots, genes and epochs.
    pub(crate) modelled: f64,
    /// Whether the model describes it: a training, and not a floor, a file or a command.
    pub(crate) trains: bool,
}

/// Measured seconds, and what they are by the model.
#[derive(Debug, Default, Clone, Copy)]
struct Measured {
    seconds: f64,
    modelled: f64,
    count: f64,
}

/// Measured seconds of trainings and heads.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    /// By data set, encoder and modulator.
    same: HashMap<[String; 3], Measured>,
    /// By data set and encoder.
    encoder_here: HashMap<[String; 2], Measured>,
    /// By encoder, on all data sets.
    encoder: HashMap<String, Measured>,
    /// All that the model describes.
    trained: Measured,
    /// By data set and head.
    head_here: HashMap<[String; 2], Measured>,
    /// By head, on all data sets.
    head: HashMap<String, Measured>,
}

/// The model counts as much as this many measured seconds, so that one short training does not change all estimates.
const MODEL_SECONDS: f64 = 30.0;

impl Measured {
    fn add(&mut self, seconds: f64, modelled: f64) {
        self.seconds += seconds;
        self.modelled += modelled;
        self.count += 1.0;
    }

    fn mean(&self) -> f64 {
        self.seconds / self.count
    }

    /// The seconds of something of another size.
    fn scaled(&self, modelled: f64) -> Option<f64> {
        (self.modelled > 0.0).then(|| modelled * self.seconds / self.modelled)
    }
}

impl Clock {
    /// Adds a finished training.
    pub(crate) fn see_training(&mut self, task: &Task, seconds: f64) {
        let Task { modelled, .. } = *task;
        self.same
            .entry(same(task))
            .or_default()
            .add(seconds, modelled);
        let here = here(&task.dataset, &task.encoder);
        self.encoder_here
            .entry(here)
            .or_default()
            .add(seconds, modelled);
        let encoder = self.encoder.entry(task.encoder.clone()).or_default();
        encoder.add(seconds, modelled);
        if task.trains {
            self.trained.add(seconds, modelled);
        }
    }

    /// Adds a finished head.
    pub(crate) fn see_head(&mut self, dataset: &str, head: &str, modelled: f64, seconds: f64) {
        let here = here(dataset, head);
        self.head_here
            .entry(here)
            .or_default()
            .add(seconds, modelled);
        self.head
            .entry(head.into())
            .or_default()
            .add(seconds, modelled);
    }

    /// Seconds of a training, and whether one of its kind was measured on its data set.
    ///
    /// If not, those of its encoder on this data set, else on others, scaled by the model; else those of all trainings, scaled.
    pub(crate) fn training(&self, task: &Task) -> (f64, bool) {
        if let Some(measured) = self.same.get(&same(task)) {
            return (measured.mean(), true);
        }
        let here = self.encoder_here.get(&here(&task.dataset, &task.encoder));
        let encoder = here.or_else(|| self.encoder.get(&task.encoder));
        let scaled = encoder.and_then(|measured| measured.scaled(task.modelled));
        let all = || match task.trains {
            true => {
                let all = &self.trained;
                let scale = (all.seconds + MODEL_SECONDS) / (all.modelled + MODEL_SECONDS);
                scale * task.modelled
            }
            false => task.modelled,
        };
        (scaled.unwrap_or_else(all), false)
    }

    /// Seconds of a head: measured on its data set, else on others and scaled by the model, else by the model.
    pub(crate) fn head(&self, dataset: &str, head: &str, modelled: f64) -> f64 {
        if let Some(measured) = self.head_here.get(&here(dataset, head)) {
            return measured.mean();
        }
        let scaled = self.head.get(head).and_then(|m| m.scaled(modelled));
        scaled.unwrap_or(modelled)
    }
}

fn same(task: &Task) -> [String; 3] {
    [&task.dataset, &task.encoder, &task.modulator].map(String::clone)
}

fn here(dataset: &str, name: &str) -> [String; 2] {
    [dataset, name].map(String::from)
}

#[cfg(test)]
mod tests {
    use super::{Clock, Task};
    use crate::time_left::TimeLeft;

    /// A data set, an encoder, a modulator, the modelled and the true seconds.
    fn task(dataset: &str, encoder: &str, modulator: &str, modelled: f64, trains: bool) -> Task {
        Task {
            dataset: dataset.into(),
            encoder: encoder.into(),
            modulator: modulator.into(),
            modelled,
            trains,
        }
    }

    #[test]
    fn the_nearest_measure_counts() {
        let mut clock = Clock::default();
        let here = task("a", "semst", "none", 10.0, true);
        assert_eq!(clock.training(&here), (10.0, false));
        // A floor says nothing of trainings.
        clock.see_training(&task("a", "pca", "none", 0.1, false), 5.0);
        assert_eq!(clock.training(&here), (10.0, false));
        clock.see_training(&here, 30.0);
        assert_eq!(clock.training(&here), (30.0, true));
        // The same encoder: three times the model here, and on another data set of twice the size.
        let modulated = task("a", "semst", "fsm", 12.0, true);
        assert_eq!(clock.training(&modulated), (36.0, false));
        assert_eq!(
            clock.training(&task("b", "semst", "none", 20.0, true)),
            (60.0, false)
        );
        // Another encoder: (30 + 30) / (10 + 30) times the model.
        assert_eq!(
            clock.training(&task("a", "sedr", "none", 8.0, true)),
            (12.0, false)
        );
        clock.see_head("a", "gmm", 1.0, 4.0);
        assert_eq!(clock.head("a", "gmm", 1.0), 4.0);
        assert_eq!(clock.head("b", "gmm", 2.0), 8.0);
        assert_eq!(clock.head("b", "kmeans", 2.0), 2.0);
    }

    #[test]
    fn the_time_left_does_not_jump() {
        // Two data sets, the second three times as large; three seeds; the model is wrong by factors of 20, 3, 2 and 1/2.
        let mut jobs = Vec::new();
        for (dataset, size) in [("a", 1.0), ("b", 3.0)] {
            for _seed in 0..3 {
                for (encoder, modulator, modelled, wrong, trains) in [
                    ("pca", "none", 0.1, 20.0, false),
                    ("semst", "none", 20.0, 3.0, true),
                    ("semst", "fsm", 22.0, 3.0, true),
                    ("stagate", "none", 30.0, 2.0, true),
                    ("sedr", "none", 40.0, 0.5, true),
                ] {
                    let modelled = modelled * size;
                    jobs.push((
                        task(dataset, encoder, modulator, modelled, trains),
                        wrong * modelled,
                    ));
                }
            }
        }
        let truth: f64 = jobs.iter().map(|(_, seconds)| seconds).sum();
        let (mut clock, mut shown) = (Clock::default(), TimeLeft::default());
        let (mut now, mut before) = (0.0, None);
        for (at, (job, seconds)) in jobs.iter().enumerate() {
            let left: f64 = jobs[at..]
                .iter()
                .map(|(job, _)| clock.training(job).0)
                .sum();
            let left = shown.update(now, left, at as f64 / jobs.len() as f64);
            if let Some((then, before)) = before {
                let shift: f64 = now + left - (then + before);
                assert!(
                    shift.abs() < 0.4 * before,
                    "{before} s, then {left} s at {at}"
                );
            }
            // From a third of the cells on, the end is known within a quarter of the whole.
            if 3 * at >= jobs.len() {
                let wrong = (now + left - truth).abs() / truth;
                assert!(wrong < 0.25, "{now} s and {left} s left of {truth} s");
            }
            let then = now;
            now += seconds;
            clock.see_training(job, *seconds);
            before = Some((then, left));
        }
    }
}
