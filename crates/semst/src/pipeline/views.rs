//! Views of a slide that vote on its domains.

use super::{Pipeline, Prepared, smooth};
use crate::Error;
use ndarray::{Array2, s};
use serde::{Deserialize, Serialize};

/// Above this many spots the main view decides alone: twelve more mixtures would cost more than the training.
const UP_TO: usize = 50_000;

/// The floor seen with other strengths of diffusion and other numbers of components.
///
/// Which strength is right differs from tissue to tissue and no label tells it; domains that most views agree on do not hang on
/// the choice, and the share that agrees is the confidence of a spot (docs/methods.md 1.11).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Views {
    /// Strengths a of the diffusion `(I + aL)⁻¹`.
    pub strengths: Vec<f64>,
    /// Numbers of principal components, up to 20.
    pub components: Vec<usize>,
}

impl Views {
    /// Checks every number.
    ///
    /// # Errors
    /// [`Error::Config`] names the first that makes no sense.
    pub fn check(&self) -> Result<(), Error> {
        let strength = self.strengths.iter().find(|a| !(0.0..=1e6).contains(*a));
        let components = self.components.iter().find(|d| !(1..=20).contains(*d));
        let reason = match (strength, components) {
            (Some(a), _) => format!("views.strengths has {a}, but must be from 0 to 1e6"),
            (_, Some(d)) => format!("views.components has {d}, but must be from 1 to 20"),
            _ => return Ok(()),
        };
        Err(Error::Config { reason })
    }
}

impl Pipeline {
    /// The views that vote beside the embedding, each [n, components]; none when the configuration has none, or the slide more
    /// than 50,000 spots.
    ///
    /// # Errors
    /// When the diffusion fails.
    pub fn views(&self, prepared: &Prepared) -> Result<Vec<Array2<f32>>, Error> {
        let (Some(views), Some(components)) = (&self.config.views, &prepared.components) else {
            return Ok(Vec::new());
        };
        if components.nrows() > UP_TO {
            return Ok(Vec::new());
        }
        let mut seen = Vec::with_capacity(views.strengths.len() * views.components.len());
        for &strength in &views.strengths {
            let spread = smooth(&prepared.spatial, components, strength)?;
            for &d in &views.components {
                let d = d.min(spread.ncols());
                seen.push(spread.slice(s![.., ..d]).to_owned());
            }
        }
        Ok(seen)
    }
}
