//! The number of domains, chosen without a label.

use super::{Pipeline, Prepared, components_of, smooth, views};
use crate::{Error, presets};
use ndarray::{Array2, s};
use semst_clustering_heads::{ClusterError, ClusterHead, GaussianMixtureConfig, HeadConfig};
use semst_evaluation::{Contingency, adjusted_rand_index};
use semst_io::SpatialDataset;
use semst_preprocess::Transform;
use serde::{Deserialize, Serialize};

/// Numbers that are tried. Two is left out: nearly every view finds the border between the two largest parts of a tissue.
const TRIED: std::ops::RangeInclusive<usize> = 3..=15;
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

/// The number of domains on which the views of a slide agree most.
///
/// Where a number fits the tissue, the strength of the diffusion and the number of components hardly matter; where it does not,
/// each view splits or joins something else (docs/methods.md 1.12; the idea is that of Lange et al. 2004, Neural Comput. 16:1299,
/// with views in the place of resampled halves).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DomainCount {
    /// The number with the best agreement, the smaller of a tie.
    pub chosen: usize,
    /// Every number that was tried, ascending.
    pub tried: Vec<DomainAgreement>,
}

impl DomainCount {
    /// The best of some agreements; none of an empty list.
    fn best(tried: Vec<DomainAgreement>) -> Option<Self> {
        let best = tried
            .iter()
            .rev()
            .max_by(|a, b| a.agreement.total_cmp(&b.agreement))?;
        Some(Self {
            chosen: best.domains,
            tried,
        })
    }

    /// What it rests on, in one sentence.
    pub fn words(&self) -> String {
        let mut order: Vec<_> = self.tried.iter().collect();
        order.sort_by(|a, b| b.agreement.total_cmp(&a.agreement));
        let next: Vec<_> = order.iter().skip(1).take(2).collect();
        let next = next
            .iter()
            .map(|t| format!("{} ({:.2})", t.domains, t.agreement));
        format!(
            "{} domains: the number on which the views of the slide agree most ({:.2}); next {}; give --domains K where you know it",
            self.chosen,
            order.first().map_or(0.0, |t| t.agreement),
            next.collect::<Vec<_>>().join(", "),
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
            let head = self.quick_head(domains)?;
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
                components_of(slide, transform.unwrap_or(Transform::Log1p))?
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

    /// The head of the configuration with a short search: it is asked some eighty times.
    fn quick_head(&self, domains: usize) -> Result<Box<dyn ClusterHead>, Error> {
        let head = match self.config.head_of(domains)? {
            HeadConfig::Gmm(full) => HeadConfig::Gmm(GaussianMixtureConfig {
                starts: 8,
                finalists: 2,
                improved: 1,
                rounds: 0,
                tolerance: 1e-6,
                ..full
            }),
            other => other,
        };
        Ok(head.init()?)
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
    fn the_best_is_taken_and_of_a_tie_the_smaller() {
        let at = |domains, agreement| DomainAgreement { domains, agreement };
        let count = DomainCount::best(vec![at(3, 0.5), at(4, 0.9), at(5, 0.9), at(6, 0.7)]);
        let count = count.expect("there are some");
        assert_eq!(count.chosen, 4);
        assert!(
            count.words().contains("next 5 (0.90), 6 (0.70)"),
            "{}",
            count.words()
        );
        assert_eq!(DomainCount::best(Vec::new()), None);
    }
}
