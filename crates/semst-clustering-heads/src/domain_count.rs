//! Chooses the number of domains without labels.

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use crate::{ClusterError, HeadConfig};

/// Numbers that are tried. Two and three are left out: nearly every view finds the borders between the largest parts of a
/// tissue, and users usually want more domains.
const TRIED: std::ops::RangeInclusive<usize> = 4..=15;
/// Agreements that differ by less are equal: adding or removing one pair of views has about this effect.
const EQUAL: f64 = 0.03;

/// Below this agreement the number is a guess. On the development slides the agreement on the chosen number is 0.82 to 0.93
/// (docs/results/leads/domain_count.md).
const WEAK: f64 = 0.6;
/// A number is not tried if its domains would have fewer spots than this on average.
const SPOTS_PER_DOMAIN: usize = 15;
/// Above this number of spots the search would take longer than the training.
const MOST_SPOTS: usize = 50_000;

/// How well the views of a slide agree on one number of domains.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DomainAgreement {
    /// The number of domains.
    pub domains: usize,
    /// Mean agreement over all pairs of views, at most 1.
    pub agreement: f64,
}

/// The number of domains on which the views of a slide agree: the best number, or the largest of those directly above it that are
/// equally good.
///
/// If a number fits the tissue, the strength of the diffusion and the number of components have little effect. If it does not,
/// each view splits or joins other domains (docs/methods.md 1.12).
///
/// # References
/// The idea is from Lange et al. 2004, Neural Comput. 16:1299, with views instead of resampled halves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DomainCount {
    /// The chosen number.
    pub chosen: usize,
    /// Every number that was tried, ascending.
    pub tried: Vec<DomainAgreement>,
}

impl DomainCount {
    /// Checks whether the number of domains can be chosen on a slide of `n` spots.
    ///
    /// # Errors
    /// [`ClusterError::NoCount`] with the reason.
    pub fn check(n: usize) -> Result<(), ClusterError> {
        let why = if n > MOST_SPOTS {
            "it is chosen on slides of up to 50,000 spots"
        } else if n < TRIED.start() * SPOTS_PER_DOMAIN {
            "there are too few spots to choose it"
        } else {
            return Ok(());
        };
        Err(ClusterError::NoCount { why })
    }

    /// The choice from some agreements, ascending in their numbers; `None` for an empty list.
    fn best(tried: Vec<DomainAgreement>) -> Option<Self> {
        let of = |i: &usize| tried[*i].agreement;
        let best = (0..tried.len())
            .rev()
            .max_by(|a, b| of(a).total_cmp(&of(b)))?;
        let as_good = (best..tried.len()).take_while(|i| of(i) >= of(&best) - EQUAL);
        let chosen = tried[as_good.last()?].domains;
        Some(Self { chosen, tried })
    }

    /// The agreement on the chosen number.
    pub fn agreement(&self) -> f64 {
        let own = self.tried.iter().find(|t| t.domains == self.chosen);
        own.map_or(0.0, |t| t.agreement)
    }

    /// Whether the views agree so little that the number is a guess.
    pub fn is_weak(&self) -> bool {
        self.agreement() < WEAK
    }

    /// The choice and the next best numbers, in one sentence without a full stop.
    pub fn words(&self) -> String {
        let other = |t: &&DomainAgreement| t.domains != self.chosen;
        let mut others: Vec<DomainAgreement> = self.tried.iter().filter(other).copied().collect();
        others.sort_by(|a, b| b.agreement.total_cmp(&a.agreement));
        let others = others.iter().take(2);
        let others = others.map(|t| format!("{} ({:.2})", t.domains, t.agreement));
        let how = match self.is_weak() {
            true => "a guess: the views of the slide agree on no number",
            false => "on which the views of the slide agree",
        };
        format!(
            "{} domains, {how} ({:.2}; {})",
            self.chosen,
            self.agreement(),
            others.collect::<Vec<_>>().join(", "),
        )
    }
}

/// Chooses the number of domains on which views of the same spots agree ([`Views::counting`](crate::Views::counting)).
///
/// Each view is clustered once for every number from 4 to 15, by the head's short search.
/// `agreement` compares two labellings: the adjusted Rand index of `semst-evaluation`, which this crate does not depend on.
///
/// # Shapes
/// Each view `[N spots, d]`, each with its own `d`.
///
/// # Errors
/// [`ClusterError::NoCount`] if there are fewer than two views, the slide is too large or too small, or no number could be tried; the errors of the head and of
/// `agreement`.
pub fn count_domains<H: HeadConfig, E: From<ClusterError>>(
    head: &H,
    views: &[ArrayView2<'_, f32>],
    seed: u64,
    agreement: impl Fn(&[u32], &[u32]) -> Result<f64, E>,
) -> Result<DomainCount, E> {
    let [first, _, ..] = views else {
        let why = "it is chosen by the agreement of at least two views";
        return Err(ClusterError::NoCount { why }.into());
    };
    let n = first.nrows();
    DomainCount::check(n)?;
    let largest = (n / SPOTS_PER_DOMAIN).min(*TRIED.end());
    let short = head.short_search();
    let mut tried = Vec::new();
    for domains in *TRIED.start()..=largest {
        let head = short.init(domains)?;
        let labels = views
            .iter()
            .map(|view| Ok(head.assign(*view, seed)?.labels));
        match labels.collect::<Result<Vec<_>, ClusterError>>() {
            Ok(labels) => tried.push(DomainAgreement {
                domains,
                agreement: mean_agreement(&labels, &agreement)?,
            }),
            // This many domains cannot be separated.
            Err(ClusterError::Degenerate { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let none = ClusterError::NoCount {
        why: "no number of domains could be separated",
    };
    Ok(DomainCount::best(tried).ok_or(none)?)
}

/// Mean over all pairs of at least two labellings.
fn mean_agreement<E>(
    labels: &[Vec<u32>],
    agreement: impl Fn(&[u32], &[u32]) -> Result<f64, E>,
) -> Result<f64, E> {
    let (mut sum, mut pairs): (f64, f64) = (0.0, 0.0);
    for (i, a) in labels.iter().enumerate() {
        for b in &labels[..i] {
            sum += agreement(a, b)?;
            pairs += 1.0;
        }
    }
    Ok(sum / pairs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ShippedHead;
    use ndarray::Array2;

    /// Share of spots with the same label: enough for a test.
    fn equal(a: &[u32], b: &[u32]) -> Result<f64, ClusterError> {
        let same = a.iter().zip(b).filter(|(a, b)| a == b).count();
        Ok(same as f64 / a.len() as f64)
    }

    #[test]
    fn agreement_is_the_mean_over_pairs() {
        let a = vec![0, 0, 1, 1];
        let other = vec![0, 1, 0, 1];
        assert_eq!(mean_agreement(&[a.clone(), a.clone()], equal), Ok(1.0));
        // Pairs: 1, 0.5, 0.5.
        let mean = mean_agreement(&[a.clone(), a.clone(), other], equal).unwrap();
        assert!((mean - 2.0 / 3.0).abs() < 1e-12);
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

    #[test]
    fn clear_groups_are_counted() -> Result<(), ClusterError> {
        // Five groups far apart, in two views that scatter differently.
        let view = |shift: f32| {
            Array2::from_shape_fn((100, 2), |(i, c)| {
                let centre = [[0, 0], [30, 0], [0, 30], [30, 30], [90, 70]][i % 5][c];
                centre as f32 + ((i * (3 + 2 * c)) as f32 * (0.7 + shift)).sin()
            })
        };
        let (a, b) = (view(0.0), view(0.1));
        let head = ShippedHead::from_name("kmeans")?;
        let count = count_domains(&head, &[a.view(), b.view()], 0, equal)?;
        assert_eq!((count.chosen, count.tried.len()), (5, 3));
        let few = a.slice(ndarray::s![..59, ..]);
        // Too few spots, and a view that has nothing to agree with.
        for views in [vec![few, few], vec![a.view()], Vec::new()] {
            let refused = count_domains(&head, &views, 0, equal);
            assert!(matches!(refused, Err(ClusterError::NoCount { .. })));
        }
        Ok(())
    }
}
