//! Chooses the number of domains: the views that are used, and the measure of their agreement.

use super::{Pipeline, Prepared, smooth};
use crate::{Error, Plugins, Views, presets};
use ndarray::Array2;
use semst_clustering_heads::{ClusterError, DomainCount, count_domains};
use semst_evaluation::{Contingency, adjusted_rand_index};
use semst_io::SpatialDataset;
use semst_preprocess::Transform;

impl<P: Plugins> Pipeline<P> {
    /// Chooses the number of domains by the agreement of the diffused views, before anything is trained.
    ///
    /// # Errors
    /// [`Error::NoDomains`] if the slide is too large or too small; when the diffusion or the head fails.
    pub fn count_domains(
        &self,
        slide: &SpatialDataset,
        prepared: &Prepared,
    ) -> Result<DomainCount, Error> {
        can_count(prepared.slide.n_spots())?;
        self.check_counting()?;
        let views = self.counting_views(slide, prepared)?;
        let views: Vec<_> = views.iter().map(|view| view.view()).collect();
        let config = &self.config;
        count_domains(&config.head, &views, config.seed, rand_index).map_err(|error| match error {
            Error::Cluster(ClusterError::NoCount { why }) => Error::NoDomains { why },
            other => other,
        })
    }

    /// The configuration of the counting views.
    fn counting(&self) -> Views {
        let config = &self.config;
        let views = config.counting.as_ref().or(config.views.as_ref());
        views.cloned().unwrap_or_else(presets::counting)
    }

    /// Checks that there are views whose agreement can be measured.
    ///
    /// # Errors
    /// [`Error::NoDomains`] for fewer than two.
    pub(super) fn check_counting(&self) -> Result<(), Error> {
        match self.counting().n_counting() {
            0 | 1 => Err(Error::NoDomains {
                why: "it is chosen by the agreement of at least two views, and the configuration has fewer: give `counting` more strengths or components",
            }),
            _ => Ok(()),
        }
    }

    /// The counting views of the configuration, of their first transform.
    fn counting_views(
        &self,
        slide: &SpatialDataset,
        prepared: &Prepared,
    ) -> Result<Vec<Array2<f32>>, Error> {
        let views = self.counting();
        let transform = views.transforms.first().copied();
        let transform = transform.unwrap_or(Transform::Log1p);
        // Those of the voting views exist already.
        let voting = self.config.views.as_ref();
        let made = voting.is_some_and(|v| v.transforms.first() == Some(&transform));
        let components = match prepared.components.first().filter(|_| made) {
            Some(components) => components.clone(),
            None => self.components_of(slide, &[transform])?.remove(0),
        };
        let diffuse = |x: &Array2<f32>, strength| smooth(prepared.slide.spatial(), x, strength);
        views.counting(&components, prepared.strength, diffuse)
    }
}

/// Checks whether the number of domains can be chosen on a slide of `n` spots.
///
/// # Errors
/// [`Error::NoDomains`] with the reason.
pub(super) fn can_count(n: usize) -> Result<(), Error> {
    DomainCount::check(n).map_err(|error| match error {
        ClusterError::NoCount { why } => Error::NoDomains { why },
        other => other.into(),
    })
}

/// How well two labellings agree: the adjusted Rand index.
fn rand_index(a: &[u32], b: &[u32]) -> Result<f64, Error> {
    let known: Vec<_> = a.iter().copied().map(Some).collect();
    Ok(adjusted_rand_index(&Contingency::new(&known, b)?))
}

#[cfg(test)]
mod tests {
    use super::rand_index;

    #[test]
    fn agreement_is_the_adjusted_rand_index() {
        assert_eq!(rand_index(&[0, 0, 1, 1], &[1, 1, 0, 0]).unwrap(), 1.0);
        // Two halves, cut in perpendicular directions.
        let crossed = rand_index(&[0, 0, 1, 1], &[0, 1, 0, 1]).unwrap();
        assert!((crossed + 0.5).abs() < 1e-12);
    }
}
