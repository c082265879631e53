//! The number of domains, chosen without a label.

use super::{Pipeline, Prepared, components_of, smooth, views};
use crate::{Error, presets};
use ndarray::{Array2, s};
use semst_clustering_heads::ClusterError;
use semst_evaluation::{Contingency, adjusted_rand_index};
use semst_io::SpatialDataset;
use semst_preprocess::Transform;
use serde::{Deserialize, Serialize};

/// Numbers that are tried. Two and three are left out: nearly every view finds the borders between the largest parts of a tissue,
/// and who asks for domains wants more than those.
const TRIED: std::ops::RangeInclusive<usize> = 4..=15;
/// Agreements this near are equal: about what another pair of views more or less changes.
const EQUAL: f64 = 0.03;
/// A domain of fewer spots than this on average is no number to try.
const SPOTS_PER_DOMAIN: usize = 15;

/// How far the views of a slide agree on one number of domains.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DomainAgreement {
    /// The number of domains.
    pub domains: usize,
    /// Mean adjusted Rand index over all pairs of views, at most 1.
    pub agreement: f64,
}

/// The number of domains on which the views of a slide agree: the best, or the finest of those right above it that are as good.
///
/// Where a number fits the tissue, the strength of the diffusion and the number of components hardly matter; where it does not,
/// each view splits or joins something else (docs/methods.md 1.12; the idea is that of Lange et al. 2004, Neural Comput. 16:1299,
/// with views in the place of resampled halves).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DomainCount {
    /// The number that is taken.
    pub chosen: usize,
    /// Every number that was tried, ascending.
    pub tried: Vec<DomainAgreement>,
}

impl DomainCount {
    /// The choice from some agreements, ascending in their numbers; none of an empty list.
    fn best(tried: Vec<DomainAgreement>) -> Option<Self> {
        let of = |i: &usize| tried[*i].agreement;
        let best = (0..tried.len())
            .rev()
            .max_by(|a, b| of(a).total_cmp(&of(b)))?;
        let as_good = (best..tried.len()).take_while(|i| of(i) >= of(&best) - EQUAL);
        let chosen = tried[as_good.last()?].domains;
        Some(Self { chosen, tried })
    }

    /// What it rests on, in one sentence.
    pub fn words(&self) -> String {
        let (own, mut others): (Vec<DomainAgreement>, Vec<DomainAgreement>) =
            self.tried.iter().partition(|t| t.domains == self.chosen);
        others.sort_by(|a, b| b.agreement.total_cmp(&a.agreement));
        let others = others.iter().take(2);
        let others = others.map(|t| format!("{} ({:.2})", t.domains, t.agreement));
        format!(
            "{} domains, on which the views of the slide agree ({:.2}; {}): give --domains K where you know it",
            self.chosen,
            own.first().map_or(0.0, |t| t.agreement),
            others.collect::<Vec<_>>().join(", "),
        )
    }
}

impl Pipeline {
    /// Whether the number of domains can be chosen on a slide of `n` spots.
    ///
    /// # Errors
    /// [`Error::NoDomains`] says why not.
    pub(super) fn can_count(&self, n: usize) -> Result<(), Error> {
        let why = if n > views::UP_TO {
            "it is chosen on slides of up to 50,000 spots"
        } else if n < TRIED.start() * SPOTS_PER_DOMAIN {
            "there are too few spots to choose it"
        } else {
            return Ok(());
        };
        Err(Error::NoDomains { why })
    }

    /// Chooses the number of domains by the agreement of the diffused views, before anything is trained.
    ///
    /// # Errors
    /// [`Error::NoDomains`] where the slide is too large or too small; when the diffusion or the head fails.
    pub fn count_domains(
        &self,
        slide: &SpatialDataset,
        prepared: &Prepared,
    ) -> Result<DomainCount, Error> {
        let n = prepared.coords.nrows();
        self.can_count(n)?;
        let views = self.counting_views(slide, prepared)?;
        let largest = (n / SPOTS_PER_DOMAIN).min(*TRIED.end());
        let tried = (*TRIED.start()..=largest).map(|domains| {
            let head = self.config.head_of(domains)?.short_search().init()?;
            let labels: Result<Vec<_>, ClusterError> = views
                .iter()
                .map(|view| Ok(head.assign(view.view(), self.config.seed)?.labels))
                .collect();
            match labels {
                Ok(labels) => Ok(Some(DomainAgreement {
                    domains,
                    agreement: agreement(&labels)?,
                })),
                // So many domains cannot be told apart.
                Err(ClusterError::Degenerate { .. }) => Ok(None),
                Err(error) => Err(error.into()),
            }
        });
        let tried: Result<Vec<_>, Error> = tried.collect();
        let tried = tried?.into_iter().flatten().collect();
        DomainCount::best(tried).ok_or(Error::NoDomains {
            why: "no number of domains could be told apart",
        })
    }

    /// The views of the first transform, diffused with every strength, with the fewest and the most components. A configuration
    /// that does not vote is counted by the views of its preset, else by those of `default`.
    fn counting_views(
        &self,
        slide: &SpatialDataset,
        prepared: &Prepared,
    ) -> Result<Vec<Array2<f32>>, Error> {
        let views = match &self.config.views {
            Some(views) => views.clone(),
            None => presets::views(&self.config.preset).unwrap_or_else(presets::around),
        };
        let components = match prepared.components.first() {
            Some(components) => components.clone(),
            None => {
                let transform = views.transforms.first().copied();
                components_of(slide, &[transform.unwrap_or(Transform::Log1p)])?.remove(0)
            }
        };
        let least = views.components.iter().min();
        let most = views.components.iter().max();
        let mut seen = Vec::new();
        for &strength in &views.strengths {
            let spread = smooth(&prepared.spatial, &components, strength)?;
            for &d in least
                .into_iter()
                .chain(most.filter(|most| Some(*most) != least))
            {
                seen.push(spread.slice(s![.., ..d.min(spread.ncols())]).to_owned());
            }
        }
        Ok(seen)
    }
}

/// Mean adjusted Rand index over all pairs; 1 for fewer than two.
fn agreement(labels: &[Vec<u32>]) -> Result<f64, Error> {
    let (mut sum, mut pairs) = (0.0, 0.0);
    for (i, a) in labels.iter().enumerate() {
        let known: Vec<_> = a.iter().copied().map(Some).collect();
        for b in &labels[..i] {
            sum += adjusted_rand_index(&Contingency::new(&known, b)?);
            pairs += 1.0;
        }
    }
    Ok(if pairs > 0.0 { sum / pairs } else { 1.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agreement_is_the_mean_over_pairs() {
        let a = vec![0, 0, 1, 1];
        let renamed = vec![1, 1, 0, 0];
        let other = vec![0, 1, 0, 1];
        assert_eq!(agreement(&[a.clone(), renamed.clone()]).unwrap(), 1.0);
        // The adjusted Rand index of the two crossed halves is -0.5.
        assert!(agreement(&[a, renamed, other]).unwrap().abs() < 1e-12);
    }

    #[test]
    fn the_best_is_taken_or_the_finest_that_is_as_good_right_above() {
        let choice = |agreements: &[f64]| {
            let tried = (3..).zip(agreements);
            let tried = tried.map(|(domains, &agreement)| DomainAgreement { domains, agreement });
            DomainCount::best(tried.collect()).expect("there are some")
        };
        assert_eq!(choice(&[0.5, 0.9, 0.6, 0.7]).chosen, 4);
        let count = choice(&[0.5, 0.9, 0.88, 0.7, 0.89]);
        assert_eq!(count.chosen, 5);
        let words = count.words();
        assert!(words.contains("(0.88; 4 (0.90), 7 (0.89))"), "{words}");
        assert_eq!(DomainCount::best(Vec::new()), None);
    }
}
