//! The starts of EM.

use std::fmt;

use ndarray::{Array2, Axis};
use semst_seed::{Seed, Stream};

use super::frame::Frame;
use super::hierarchical::model_based;
use super::ward::ward;
use crate::kmeans::{lloyd, plus_plus};

/// Lloyd iterations of a start: enough to leave the seeds; EM continues from there.
const LLOYD: usize = 30;

/// How a fit was found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin {
    pub(super) start: Start,
    pub(super) moves: usize,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.start.fmt(f)?;
        if self.moves > 0 {
            write!(f, " + {} split-merges", self.moves)
        } else {
            Ok(())
        }
    }
}

/// The start of a run of EM.
#[derive(Debug, Clone, Copy)]
pub(super) enum Start {
    ModelBased,
    Ward { whitened: bool },
    KMeans { number: usize, whitened: bool },
}

impl fmt::Display for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, whitened) = match self {
            Self::ModelBased => ("model-based hierarchy".into(), false),
            Self::Ward { whitened } => ("ward".into(), *whitened),
            Self::KMeans { number, whitened } => (format!("k-means {number}"), *whitened),
        };
        write!(f, "{name}{}", if whitened { " (whitened)" } else { "" })
    }
}

impl Start {
    /// The hierarchical starts, then k-means alternating between the caller's and whitened coordinates.
    pub(super) fn list(k_means: usize, hierarchical: bool) -> Vec<Self> {
        let trees = [
            Self::ModelBased,
            Self::Ward { whitened: false },
            Self::Ward { whitened: true },
        ];
        let turns = (0..k_means).map(|number| Self::KMeans {
            number,
            whitened: number % 2 == 1,
        });
        trees
            .into_iter()
            .filter(|_| hierarchical)
            .chain(turns)
            .collect()
    }

    /// Labels of all rows, or of the returned rows.
    pub(super) fn partition<'a>(
        self,
        x: &Array2<f64>,
        frame: &Frame,
        hierarchy: &'a [usize],
        k: usize,
        seed: u64,
    ) -> (Option<&'a [usize]>, Vec<u32>) {
        let whole = |whitened: bool| if whitened { &frame.x } else { x };
        match self {
            Self::ModelBased => (
                Some(hierarchy),
                model_based(&x.select(Axis(0), hierarchy), k),
            ),
            Self::Ward { whitened } => (
                Some(hierarchy),
                ward(&whole(whitened).select(Axis(0), hierarchy), k),
            ),
            Self::KMeans { number, whitened } => {
                let mut rng = Seed(seed).stream(Stream::Restart(number as u64 + 1)).rng();
                let x = whole(whitened);
                (
                    None,
                    lloyd(x, plus_plus(x, k, &mut rng), LLOYD, 1e-3).labels,
                )
            }
        }
    }
}
