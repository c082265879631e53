//! How far features are spread: a number, or the best one for a slide.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};
use serde::ser::{Serialize, Serializer};

use super::{Laplacian, strength_scores};
use crate::{GraphError, SpatialGraph};

/// The strength a of a diffusion `(I + aL)⁻¹`: a number, or `auto`.
///
/// # Examples
/// ```
/// use semst_spatial_graph::Strength;
/// let [fixed, auto]: [Strength; 2] = serde_json::from_str(r#"[2.5, "auto"]"#)?;
/// assert_eq!((fixed, auto), (Strength::Fixed(2.5), Strength::Auto));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Strength {
    /// This strength; 0 changes nothing.
    Fixed(f64),
    /// The strength that predicts the spots of the slide best from each other ([`strength_scores`]); 0 if no spot has a neighbour.
    Auto,
}

impl Strength {
    /// The largest strength: above it, the solver meets the limits of its numbers.
    pub const MOST: f64 = 1e6;

    /// The strengths of which [`Strength::Auto`] takes one.
    pub const CANDIDATES: [f64; 8] = [0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0];

    /// The strength for features over a graph; features are read for [`Strength::Auto`] only.
    ///
    /// # Shapes
    /// `x`: [n, d], centred columns
    ///
    /// # Errors
    /// As [`strength_scores`].
    pub fn on(self, graph: &SpatialGraph, x: &[f32]) -> Result<f64, GraphError> {
        match self {
            Self::Fixed(strength) => Ok(strength),
            Self::Auto => best(graph, x),
        }
    }

    /// The number, if there is one.
    pub fn fixed(self) -> Option<f64> {
        match self {
            Self::Fixed(strength) => Some(strength),
            Self::Auto => None,
        }
    }
}

/// The candidate with the least score, found by steps from the middle: the score has one valley, so that half of the candidates
/// need no solve.
fn best(graph: &SpatialGraph, x: &[f32]) -> Result<f64, GraphError> {
    let candidates = &Strength::CANDIDATES;
    let score = |at: usize| -> Result<f64, GraphError> {
        // One seed for all runs: what is prepared for a slide serves every seed.
        let one = &candidates[at..=at];
        Ok(strength_scores(graph, x, one, Laplacian::Symmetric, 0)?[0])
    };
    let middle = candidates.len() / 2;
    let (mut at, mut least) = (middle, score(middle)?);
    if least.is_infinite() {
        return Ok(0.0);
    }
    for next in (0..middle).rev() {
        let found = score(next)?;
        if found > least {
            break;
        }
        (at, least) = (next, found);
    }
    if at < middle {
        return Ok(candidates[at]);
    }
    for next in middle + 1..candidates.len() {
        let found = score(next)?;
        if found >= least {
            break;
        }
        (at, least) = (next, found);
    }
    Ok(candidates[at])
}

impl Default for Strength {
    /// No diffusion.
    fn default() -> Self {
        Self::Fixed(0.0)
    }
}

impl Serialize for Strength {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Fixed(strength) => to.serialize_f64(*strength),
            Self::Auto => to.serialize_str("auto"),
        }
    }
}

impl<'de> Deserialize<'de> for Strength {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Written)
    }
}

/// Reads a number or a word.
struct Written;

impl Visitor<'_> for Written {
    type Value = Strength;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a number, or \"auto\"")
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Strength, E> {
        Ok(Strength::Fixed(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Strength, E> {
        Ok(Strength::Fixed(value as f64))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Strength, E> {
        Ok(Strength::Fixed(value as f64))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Strength, E> {
        match value {
            "auto" => Ok(Strength::Auto),
            _ => Err(E::invalid_value(Unexpected::Str(value), &self)),
        }
    }
}

impl std::str::FromStr for Strength {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match (word, word.parse()) {
            ("auto", _) => Ok(Self::Auto),
            (_, Ok(strength)) if (0.0..=Self::MOST).contains(&strength) => {
                Ok(Self::Fixed(strength))
            }
            _ => Err(format!(
                "`{word}` is not a strength of diffusion: give a number from 0 to 1e6, or auto"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Link;

    #[test]
    fn written_and_read() -> Result<(), serde_json::Error> {
        for (strength, text) in [(Strength::Fixed(2.5), "2.5"), (Strength::Auto, "\"auto\"")] {
            assert_eq!(serde_json::to_string(&strength)?, text);
            assert_eq!(serde_json::from_str::<Strength>(text)?, strength);
        }
        assert_eq!(serde_json::from_str::<Strength>("3")?, Strength::Fixed(3.0));
        for wrong in ["\"some\"", "true", "[1]"] {
            let said = serde_json::from_str::<Strength>(wrong)
                .unwrap_err()
                .to_string();
            assert!(said.contains("a number, or \"auto\""), "{said}");
        }
        assert_eq!("10".parse(), Ok(Strength::Fixed(10.0)));
        for wrong in ["-1", "2e6", "NaN", "Auto", ""] {
            assert!(wrong.parse::<Strength>().is_err(), "{wrong}");
        }
        Ok(())
    }

    #[test]
    fn wide_domains_want_more_than_narrow_ones() -> Result<(), GraphError> {
        let path = (0..399).map(|i| Link::new(i, i + 1));
        let path = SpatialGraph::from_edges(400, path)?;
        // Domains of ±1, with noise that repeats only after 101 spots.
        let signal = |width: u32| -> Vec<f32> {
            let noise = |i: u32| (i * i % 101) as f32 / 50.0 - 1.0;
            let sign = |i: u32| match (i / width).is_multiple_of(2) {
                true => 1.0,
                false => -1.0,
            };
            (0..400).map(|i| sign(i) + noise(i)).collect()
        };
        let best = |width| Strength::Auto.on(&path, &signal(width));
        assert!(best(4)? < best(50)?);
        // Steps from the middle find what all candidates give.
        let all = &Strength::CANDIDATES;
        for width in [2, 4, 10, 50, 200] {
            let scores = strength_scores(&path, &signal(width), all, Laplacian::Symmetric, 0)?;
            let least = (0..scores.len()).min_by(|&a, &b| scores[a].total_cmp(&scores[b]));
            assert_eq!(Some(best(width)?), least.map(|i| all[i]), "{width}");
        }
        let apart = SpatialGraph::from_edges(400, [])?;
        assert_eq!(Strength::Auto.on(&apart, &signal(4)), Ok(0.0));
        assert_eq!(Strength::Fixed(3.0).on(&path, &[]), Ok(3.0));
        Ok(())
    }
}
