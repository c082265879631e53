//! Views of a slide that vote on its domains.

use ndarray::{Array2, ArrayView2, s};
use serde::{Deserialize, Serialize};

use crate::{ClusterError, Neighbours};

/// Above this many spots there is one view: a vote would cost more than everything else.
const MOST_SPOTS: usize = 50_000;
/// Largest number of principal components of a view.
const MOST_COMPONENTS: usize = 20;
/// Number of rings whose means are in a view of `rings`.
const RINGS: usize = 3;

/// Views of the slide with other transforms `T` of its counts, amounts of diffusion and numbers of components.
///
/// The best choice differs from tissue to tissue, and cannot be known without labels. Domains on which most views agree do not
/// depend on the choice, and the fraction of views that agree is the confidence of a spot (docs/methods.md 1.11).
///
/// This crate does not use `T`. The caller computes the principal components of each transform and diffuses them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Views<T> {
    /// Transforms of the counts, before the principal components.
    pub transforms: Vec<T>,
    /// Strengths of the diffusion, as multiples of that of the slide.
    pub scales: Vec<f64>,
    /// Numbers of principal components, up to 20.
    pub components: Vec<usize>,
    /// Numbers of principal components of the views of directions: diffused components of which every spot has length 1, so that only
    /// their ratios count. Where spots hold different numbers of cells, the length follows the cells and not the tissue.
    #[serde(default = "Vec::new")]
    pub directions: Vec<usize>,
    /// Numbers of principal components of the views with rings. Such a view has the components of a spot and their means over
    /// its first three rings: the spots exactly one, two and three links away.
    #[serde(default = "Vec::new")]
    pub rings: Vec<usize>,
}

impl<T> Views<T> {
    /// Checks every number.
    ///
    /// # Errors
    /// [`ClusterError::Config`] names the first that is out of bounds.
    pub fn check(&self) -> Result<(), ClusterError> {
        let error = |field, value, bound| ClusterError::Config {
            field,
            value,
            bound,
        };
        if let Some(a) = self.scales.iter().find(|a| !(0.0..=1e3).contains(*a)) {
            return Err(error("scales", a.to_string(), "from 0 to 1000"));
        }
        for (field, widths) in [
            ("components", &self.components),
            ("directions", &self.directions),
            ("rings", &self.rings),
        ] {
            if let Some(d) = widths.iter().find(|d| !(1..=MOST_COMPONENTS).contains(*d)) {
                return Err(error(field, d.to_string(), "from 1 to 20"));
            }
        }
        Ok(())
    }

    /// The views of a slide of `n` spots: all of them up to 50,000 spots; above, one view, with the first transform, the strength of
    /// the slide and the most components.
    pub fn for_spots(mut self, n: usize) -> Self {
        if n > MOST_SPOTS {
            let most = self.components.iter().chain(&self.rings).max().copied();
            let directions = self.directions.iter().max().copied();
            self.directions = directions.filter(|_| most.is_none()).into_iter().collect();
            self.components = most.into_iter().collect();
            self.transforms.truncate(1);
            self.scales = vec![1.0];
            self.rings.clear();
        }
        self
    }

    /// The views of the vote, for one transform.
    ///
    /// `strength` is that of the slide; `diffuse` returns the components diffused with a strength.
    ///
    /// # Shapes
    /// `components`: `[N spots, d]`. Each view `[N, min(width, d)]`; with rings `[N, 4 · min(width, d)]`.
    ///
    /// # Errors
    /// As `diffuse`, and [`ClusterError::Length`] if the neighbour lists are not those of the spots.
    pub fn voting<E: From<ClusterError>>(
        &self,
        components: &Array2<f32>,
        strength: f64,
        neighbours: Neighbours<'_>,
        diffuse: impl Fn(&Array2<f32>, f64) -> Result<Array2<f32>, E>,
    ) -> Result<Vec<Array2<f32>>, E> {
        let mut seen = Vec::new();
        for &scale in &self.scales {
            let spread = diffuse(components, scale * strength)?;
            seen.extend(self.components.iter().map(|&d| leading(&spread, d)));
            if !self.directions.is_empty() {
                let unit = unit_rows(spread);
                seen.extend(self.directions.iter().map(|&d| leading(&unit, d)));
            }
        }
        for &d in &self.rings {
            seen.push(with_rings(neighbours, leading(components, d).view())?);
        }
        Ok(seen)
    }

    /// The views that choose the number of domains ([`count_domains`](crate::count_domains)): every scale of diffusion, with
    /// the fewest and the most components.
    ///
    /// # Shapes
    /// As [`voting`](Self::voting), without rings.
    ///
    /// # Errors
    /// As `diffuse`.
    pub fn counting<E>(
        &self,
        components: &Array2<f32>,
        strength: f64,
        diffuse: impl Fn(&Array2<f32>, f64) -> Result<Array2<f32>, E>,
    ) -> Result<Vec<Array2<f32>>, E> {
        let mut seen = Vec::new();
        for &scale in &self.scales {
            let spread = diffuse(components, scale * strength)?;
            seen.extend(self.counted().map(|d| leading(&spread, d)));
        }
        Ok(seen)
    }

    /// The number of views that [`voting`](Self::voting) gives for all transforms.
    pub fn n_voting(&self) -> usize {
        self.transforms.len()
            * (self.scales.len() * (self.components.len() + self.directions.len())
                + self.rings.len())
    }

    /// The largest scale of a view that is diffused; 0 if there is none.
    pub fn most_scale(&self) -> f64 {
        match self.components.is_empty() && self.directions.is_empty() {
            true => 0.0,
            false => self.scales.iter().copied().fold(0.0, f64::max),
        }
    }

    /// The number of views that [`counting`](Self::counting) gives.
    pub fn n_counting(&self) -> usize {
        self.scales.len() * self.counted().count()
    }

    /// The fewest and the most components, once if they are equal.
    fn counted(&self) -> impl Iterator<Item = usize> {
        let least = self.components.iter().min().copied();
        let most = self.components.iter().max().copied();
        least.into_iter().chain(most.filter(|d| Some(*d) != least))
    }
}

/// The first `d` columns, or all if there are fewer.
fn leading(x: &Array2<f32>, d: usize) -> Array2<f32> {
    x.slice(s![.., ..d.min(x.ncols())]).to_owned()
}

/// Every row divided by its length; a row of zeros stays.
fn unit_rows(mut x: Array2<f32>) -> Array2<f32> {
    for mut row in x.rows_mut() {
        let squares: f64 = row.iter().map(|v| f64::from(*v).powi(2)).sum();
        if squares > 0.0 {
            row /= squares.sqrt() as f32;
        }
    }
    x
}

/// The row of each spot, then its means over the rings one, two and three links away, `[n, 4d]`; a ring without spots is zero.
fn with_rings(
    neighbours: Neighbours<'_>,
    x: ArrayView2<'_, f32>,
) -> Result<Array2<f32>, ClusterError> {
    let (n, d) = x.dim();
    if neighbours.n_spots() != n {
        return Err(ClusterError::Length {
            what: "the neighbour lists",
            got: neighbours.n_spots(),
            expected: n,
        });
    }
    let mut out = Array2::zeros((n, (RINGS + 1) * d));
    let mut seen_by = vec![usize::MAX; n];
    for spot in 0..n {
        out.slice_mut(s![spot, ..d]).assign(&x.row(spot));
        seen_by[spot] = spot;
        let mut ring = vec![spot];
        for hop in 1..=RINGS {
            let mut next = Vec::new();
            for &link in ring.iter().flat_map(|&i| neighbours.of(i)) {
                let j = link as usize;
                if seen_by[j] != spot {
                    seen_by[j] = spot;
                    next.push(j);
                }
            }
            let mut mean = out.slice_mut(s![spot, hop * d..(hop + 1) * d]);
            next.iter().for_each(|&j| mean += &x.row(j));
            mean /= next.len().max(1) as f32;
            ring = next;
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn views(components: Vec<usize>, rings: Vec<usize>) -> Views<()> {
        Views {
            transforms: vec![()],
            scales: vec![0.0, 0.5],
            components,
            directions: Vec::new(),
            rings,
        }
    }

    #[test]
    fn rings_are_what_lies_so_many_links_away() -> Result<(), ClusterError> {
        // Five spots on a line.
        let line = Neighbours::new(&[0, 1, 3, 5, 7, 8], &[1, 0, 2, 1, 3, 2, 4, 3])?;
        let x = array![[1.0f32], [2.0], [4.0], [8.0], [16.0]];
        let rings = with_rings(line, x.view())?;
        assert_eq!(rings.row(0).to_vec(), [1.0, 2.0, 4.0, 8.0]);
        assert_eq!(rings.row(2).to_vec(), [4.0, 5.0, 8.5, 0.0]);
        assert!(with_rings(line, array![[1.0f32]].view()).is_err());
        Ok(())
    }

    #[test]
    fn views_come_by_strength_then_width_then_rings() -> Result<(), ClusterError> {
        let pair = Neighbours::new(&[0, 1, 2], &[1, 0])?;
        let x = array![[1.0f32, 2.0, 3.0], [4.0, 5.0, 6.0]];
        let diffuse = |x: &Array2<f32>, a: f64| Ok(x + a as f32);
        let seen = views(vec![2, 9], vec![1]).voting::<ClusterError>(&x, 10.0, pair, diffuse)?;
        let shapes: Vec<_> = seen.iter().map(|v| (v.ncols(), v[[0, 0]])).collect();
        assert_eq!(shapes, [(2, 1.0), (3, 1.0), (2, 6.0), (3, 6.0), (4, 1.0)]);
        let count = |widths: Vec<usize>| {
            let seen = views(widths, Vec::new()).counting::<ClusterError>(&x, 10.0, diffuse)?;
            Ok::<_, ClusterError>(seen.iter().map(Array2::ncols).collect::<Vec<_>>())
        };
        assert_eq!(count(vec![2, 1, 3])?, [1, 3, 1, 3]);
        assert_eq!(count(vec![2])?, [2, 2]);
        for widths in [vec![2, 1, 3], vec![2], Vec::new()] {
            let n = count(widths.clone())?.len();
            assert_eq!(views(widths, Vec::new()).n_counting(), n);
        }
        Ok(())
    }

    #[test]
    fn a_large_slide_has_one_view() {
        let all = views(vec![2, 9], vec![1]);
        assert_eq!(all.clone().for_spots(50_000), all);
        let one = all.for_spots(50_001);
        assert_eq!(
            (&one.scales[..], &one.components[..]),
            (&[1.0][..], &[9][..])
        );
        assert!(one.rings.is_empty());
        let mut directions = views(Vec::new(), Vec::new());
        directions.directions = vec![5, 20];
        let one = directions.for_spots(50_001);
        assert_eq!((one.n_voting(), &one.directions[..]), (1, &[20][..]));
    }

    #[test]
    fn views_out_of_range_are_named() {
        let said = views(vec![10], vec![30]).check().unwrap_err().to_string();
        assert_eq!(said, "rings is 30, it must be from 1 to 20");
    }
}
