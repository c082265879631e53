//! Losses by epoch.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::not_a_number;

/// The losses of a training.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Losses {
    /// Weighted sum of all terms, one value per epoch.
    #[serde(deserialize_with = "not_a_number::list")]
    pub total: Vec<f64>,
    /// The terms by name.
    #[serde(with = "by_name")]
    pub terms: Vec<LossCurve>,
}

/// One term of the loss by epoch, before weighting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LossCurve {
    /// Name of the term.
    pub name: String,
    /// Weight in the total.
    pub weight: f64,
    /// One value per epoch.
    #[serde(deserialize_with = "not_a_number::list")]
    pub values: Vec<f64>,
}

impl Losses {
    /// Losses with the terms in the order of their names, as in a file.
    pub fn new(total: Vec<f64>, mut terms: Vec<LossCurve>) -> Self {
        terms.sort_by(|a, b| a.name.cmp(&b.name));
        Self { total, terms }
    }

    /// Every curve with its name, the total first.
    pub fn curves(&self) -> impl Iterator<Item = (&str, &[f64])> {
        let terms = self.terms.iter().map(|t| (t.name.as_str(), &t.values[..]));
        std::iter::once(("total", &self.total[..])).chain(terms)
    }
}

/// Terms in a file: a dictionary by name.
mod by_name {
    use super::*;
    use serde::{Deserializer, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Term {
        weight: f64,
        #[serde(deserialize_with = "not_a_number::list")]
        values: Vec<f64>,
    }

    pub(super) fn serialize<S: Serializer>(terms: &[LossCurve], to: S) -> Result<S::Ok, S::Error> {
        let term = |t: &LossCurve| Term {
            weight: t.weight,
            values: t.values.clone(),
        };
        to.collect_map(terms.iter().map(|t| (&t.name, term(t))))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Vec<LossCurve>, D::Error> {
        let terms = BTreeMap::<String, Term>::deserialize(from)?;
        let curve = |(name, Term { weight, values })| LossCurve {
            name,
            weight,
            values,
        };
        Ok(terms.into_iter().map(curve).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_named_and_gaps_survive() -> Result<(), serde_json::Error> {
        let curve = |name: &str, values: Vec<f64>| LossCurve {
            name: name.into(),
            weight: 0.5,
            values,
        };
        let terms = vec![curve("zinb", vec![2.0]), curve("dicr", vec![f64::NAN])];
        let losses = Losses::new(vec![3.0], terms);
        let value = serde_json::to_value(&losses)?;
        assert_eq!(value["terms"]["zinb"]["values"][0], 2.0);
        let back: Losses = serde_json::from_value(value)?;
        assert_eq!(back.terms[1], losses.terms[1]);
        assert!(back.terms[0].name == "dicr" && back.terms[0].values[0].is_nan());
        let names: Vec<&str> = back.curves().map(|(name, _)| name).collect();
        assert_eq!(names, ["total", "dicr", "zinb"]);
        Ok(())
    }
}
