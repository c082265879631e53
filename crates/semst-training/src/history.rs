//! The losses of each epoch.

use semst_record::LossCurve;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The course of a training.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// Weighted sum of all terms, one value per epoch, each before that epoch's step.
    pub total: Vec<f64>,
    /// The terms.
    pub terms: Vec<LossCurve>,
    /// Why training ended.
    pub ended: Ending,
    /// Wall time of all epochs.
    pub duration: Duration,
}

/// Why training ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// There was nothing to train.
    #[default]
    NothingToTrain,
    /// All epochs ran.
    LastEpoch,
    /// The loss did not fall any more.
    Plateau,
}

impl History {
    /// Number of epochs that ran.
    pub fn epochs(&self) -> usize {
        self.total.len()
    }

    /// Appends the course of a second training; a term that occurs in only one of them keeps its length.
    pub fn then(mut self, next: Self) -> Self {
        self.total.extend(next.total);
        for curve in next.terms {
            match self.terms.iter_mut().find(|term| term.name == curve.name) {
                Some(term) => term.values.extend(curve.values),
                None => self.terms.push(curve),
            }
        }
        (self.ended, self.duration) = (next.ended, self.duration + next.duration);
        self
    }

    /// Whether the best total of the last `patience` epochs is not lower by the fraction `share` than the best before.
    pub(crate) fn is_flat(&self, patience: usize, share: f64) -> bool {
        let Some(split) = self
            .total
            .len()
            .checked_sub(patience)
            .filter(|s| *s > 0 && share > 0.0)
        else {
            return false;
        };
        let best = |v: &[f64]| v.iter().copied().fold(f64::INFINITY, f64::min);
        let (before, last) = (best(&self.total[..split]), best(&self.total[split..]));
        before - last < share * before.abs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flat_when_the_last_epochs_gain_nothing() {
        let history = |total: &[f64]| History {
            total: total.to_vec(),
            ..History::default()
        };
        assert!(!history(&[4.0, 3.0, 2.0, 1.0]).is_flat(2, 0.01));
        assert!(history(&[4.0, 1.0, 1.001, 0.999]).is_flat(2, 0.01));
        assert!(!history(&[4.0, 1.0, 1.001, 0.999]).is_flat(2, 0.0));
        assert!(!history(&[1.0, 1.0]).is_flat(2, 0.01));
    }
}
