//! All scores of one answer, as one record and one table.

use std::fmt;

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use crate::{
    Contingency, EvaluationError, accuracy, adjusted_mutual_information, adjusted_rand_index,
    chaos, completeness, fowlkes_mallows, homogeneity, macro_f1, normalized_mutual_information,
    pas, purity, spatial_silhouette, v_measure,
};

/// Agreement with the truth.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AgreementScores {
    /// Adjusted Rand index.
    pub ari: f64,
    /// Normalised mutual information, arithmetic.
    pub nmi: f64,
    /// Adjusted mutual information, arithmetic.
    pub ami: f64,
    /// Homogeneity.
    pub homogeneity: f64,
    /// Completeness.
    pub completeness: f64,
    /// V-measure.
    pub v_measure: f64,
    /// Fowlkes-Mallows index.
    pub fowlkes_mallows: f64,
    /// Accuracy after matching.
    pub accuracy: f64,
    /// Macro F1 after matching.
    pub macro_f1: f64,
    /// Purity.
    pub purity: f64,
    /// Spots with a true label; only these were scored.
    pub spots: u64,
    /// True classes.
    pub classes: usize,
}

/// Coherence in space, which needs no truth.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SpatialScores {
    /// CHAOS (SDMBench), lower is better.
    pub chaos: f64,
    /// PAS (SDMBench, ten neighbours), lower is better.
    pub pas: f64,
    /// Spatial silhouette (ASW), higher is better; `None` for one domain.
    pub asw: Option<f64>,
}

/// All scores of one answer. `Display` is a two-column table.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Domains in the prediction.
    pub domains: usize,
    /// Spots with a predicted domain.
    #[serde(default)]
    pub spots: u64,
    /// Agreement, if a truth was given.
    pub agreement: Option<AgreementScores>,
    /// Coherence, if coordinates were given.
    pub spatial: Option<SpatialScores>,
}

/// Scores a prediction against truth and space, if given; spots without a true label only count for space.
///
/// # Shapes
/// `truth` and `predicted`: one entry per spot; `coords`: `[N, 2]`.
///
/// # Errors
/// [`EvaluationError`] if lengths differ, no spot has a true label, or coordinates are not finite.
///
/// # Examples
/// ```
/// use semst_evaluation::evaluate;
///
/// let truth = [Some(0), Some(0), Some(1), Some(1), None];
/// let scores = evaluate(Some(&truth), &[3, 3, 1, 1, 1], None)?;
/// let agreement = scores.agreement.expect("a truth was given");
/// assert_eq!((agreement.ari, agreement.spots), (1.0, 4));
/// # Ok::<(), semst_evaluation::EvaluationError>(())
/// ```
pub fn evaluate(
    truth: Option<&[Option<u32>]>,
    predicted: &[u32],
    coords: Option<ArrayView2<'_, f64>>,
) -> Result<Scores, EvaluationError> {
    let mut names = predicted.to_vec();
    names.sort_unstable();
    names.dedup();
    let agreement = truth.map(|t| agreement(t, predicted)).transpose()?;
    let spatial = coords
        .map(|c| spatial(predicted, c, names.len()))
        .transpose()?;
    Ok(Scores {
        domains: names.len(),
        spots: predicted.len() as u64,
        agreement,
        spatial,
    })
}

fn agreement(truth: &[Option<u32>], predicted: &[u32]) -> Result<AgreementScores, EvaluationError> {
    let table = Contingency::new(truth, predicted)?;
    Ok(AgreementScores {
        ari: adjusted_rand_index(&table),
        nmi: normalized_mutual_information(&table),
        ami: adjusted_mutual_information(&table),
        homogeneity: homogeneity(&table),
        completeness: completeness(&table),
        v_measure: v_measure(&table),
        fowlkes_mallows: fowlkes_mallows(&table),
        accuracy: accuracy(&table),
        macro_f1: macro_f1(&table),
        purity: purity(&table),
        spots: table.total(),
        classes: table.classes().len(),
    })
}

fn spatial(
    labels: &[u32],
    coords: ArrayView2<'_, f64>,
    domains: usize,
) -> Result<SpatialScores, EvaluationError> {
    let asw = if domains > 1 {
        Some(spatial_silhouette(labels, coords, 0)?)
    } else {
        None
    };
    Ok(SpatialScores {
        chaos: chaos(labels, coords)?,
        pas: pas(labels, coords)?,
        asw,
    })
}

/// Scores of agreement, which are the first of [`Scores::rows`].
const AGREEMENTS: usize = 10;

impl Scores {
    /// Name and value of every available score, in the order of the table.
    pub fn rows(&self) -> Vec<(&'static str, f64)> {
        let mut rows = Vec::new();
        if let Some(a) = &self.agreement {
            rows.extend([
                ("ARI", a.ari),
                ("NMI", a.nmi),
                ("AMI", a.ami),
                ("HOM", a.homogeneity),
                ("COM", a.completeness),
            ]);
            rows.extend([
                ("V", a.v_measure),
                ("FMI", a.fowlkes_mallows),
                ("ACC", a.accuracy),
            ]);
            rows.extend([("F1", a.macro_f1), ("purity", a.purity)]);
        }
        if let Some(s) = &self.spatial {
            rows.extend([("CHAOS", s.chaos), ("PAS", s.pas)]);
            rows.extend(s.asw.map(|asw| ("ASW", asw)));
        }
        rows
    }
}

impl fmt::Display for Scores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<8}{:>7}", "domains", self.domains)?;
        let part = self.agreement.filter(|a| a.spots < self.spots);
        for (at, (name, value)) in self.rows().into_iter().enumerate() {
            write!(f, "\n{name:<8}{value:>7.3}")?;
            if let Some(part) = part.filter(|_| at < AGREEMENTS) {
                write!(f, "  on {} of {} spots", part.spots, self.spots)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::evaluate;

    #[test]
    fn the_table_has_what_was_asked_for() {
        let coords = ndarray::Array2::from_shape_fn((12, 2), |(i, c)| {
            if c == 0 {
                (i % 4) as f64
            } else {
                (i / 4) as f64
            }
        });
        let predicted: Vec<u32> = (0..12).map(|i| u32::from(i % 4 > 1)).collect();
        let bare = evaluate(None, &predicted, None).unwrap();
        assert_eq!(bare.to_string(), "domains       2");
        let truth: Vec<Option<u32>> = predicted.iter().map(|&p| Some(5 - p)).collect();
        let full = evaluate(Some(&truth), &predicted, Some(coords.view())).unwrap();
        assert_eq!(full.to_string().lines().nth(1), Some("ARI       1.000"));
        assert_eq!(full.rows().len(), 13);
        let few: Vec<_> = truth.iter().map(|t| t.filter(|t| *t == 5)).collect();
        let few = evaluate(Some(&few), &predicted, Some(coords.view())).unwrap();
        let lines = few.to_string();
        let shared = lines.lines().filter(|l| l.ends_with("on 6 of 12 spots"));
        assert_eq!(shared.count(), super::AGREEMENTS);
        let one = evaluate(None, &[0; 12], Some(coords.view())).unwrap();
        assert_eq!(one.spatial.unwrap().asw, None);
    }
}
