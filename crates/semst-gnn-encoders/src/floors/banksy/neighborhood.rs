//! The neighbourhoods of BANKSY: weights, means and gradients.

use ndarray::{Array2, ArrayView2};
use semst_spatial_graph::{GraphError, nearest_spots};

/// The k nearest spots of each spot, with weights that sum to one and directions of length one.
pub(super) struct Neighborhood {
    near: Vec<Vec<Neighbor>>,
}

struct Neighbor {
    spot: usize,
    weight: f64,
    direction: [f64; 2],
}

impl Neighborhood {
    /// Weights are exp(−(r / m)²) for distances r and their median m over all spots. If most spots are in the same place as others,
    /// m is zero, and all neighbours weigh the same. A spot in the same place has no direction.
    pub(super) fn new(coords: ArrayView2<'_, f64>, k: usize) -> Result<Self, GraphError> {
        let near = nearest_spots(coords, k)?;
        let away = |spot: usize, other: u32| {
            let away = &coords.row(other as usize) - &coords.row(spot);
            [away[0], away[1]]
        };
        let length = |[x, y]: [f64; 2]| (x * x + y * y).sqrt();
        let mut lengths: Vec<f64> = Vec::with_capacity(near.len() * k);
        for (spot, others) in near.iter().enumerate() {
            lengths.extend(others.iter().map(|&other| length(away(spot, other))));
        }
        lengths.sort_unstable_by(f64::total_cmp);
        let median = lengths.get(lengths.len() / 2).copied().unwrap_or(0.0);
        let neighborhood = |(spot, others): (usize, Vec<u32>)| {
            let mut row: Vec<Neighbor> = others
                .into_iter()
                .map(|other| {
                    let [x, y] = away(spot, other);
                    let r = length([x, y]);
                    let weight = if median > 0.0 {
                        (-(r / median).powi(2)).exp()
                    } else {
                        1.0
                    };
                    let direction = if r > 0.0 { [x / r, y / r] } else { [0.0; 2] };
                    Neighbor {
                        spot: other as usize,
                        weight,
                        direction,
                    }
                })
                .collect();
            let sum: f64 = row.iter().map(|near| near.weight).sum();
            // Far from all others, every weight is zero in floating point: the spots are equally far then.
            let even = 1.0 / row.len().max(1) as f64;
            for near in &mut row {
                near.weight = if sum > 0.0 { near.weight / sum } else { even };
            }
            row
        };
        let near = near.into_iter().enumerate().map(neighborhood).collect();
        Ok(Self { near })
    }

    /// Σ w x over the neighbours, for each gene.
    pub(super) fn mean(&self, spot: usize, x: &Array2<f32>) -> Vec<f64> {
        let mut mean = vec![0.0; x.ncols()];
        for near in &self.near[spot] {
            let genes = mean.iter_mut().zip(x.row(near.spot));
            genes.for_each(|(sum, &value)| *sum += near.weight * f64::from(value));
        }
        mean
    }

    /// |Σ w (x − c) exp(iφ)| over the neighbours, for each gene, with the angle φ of each neighbour and their plain mean c. Without
    /// c a spot at the edge would have a gradient where expression is even.
    pub(super) fn gradient(&self, spot: usize, x: &Array2<f32>) -> Vec<f64> {
        let row = &self.near[spot];
        let mut centre = vec![0.0; x.ncols()];
        for near in row {
            let genes = centre.iter_mut().zip(x.row(near.spot));
            genes.for_each(|(sum, &value)| *sum += f64::from(value) / row.len() as f64);
        }
        let mut sums = vec![[0.0; 2]; x.ncols()];
        for near in row {
            let [cos, sin] = near.direction.map(|d| d * near.weight);
            for ((sum, &value), centre) in sums.iter_mut().zip(x.row(near.spot)).zip(&centre) {
                let value = f64::from(value) - centre;
                sum[0] += cos * value;
                sum[1] += sin * value;
            }
        }
        sums.into_iter()
            .map(|[a, b]| (a * a + b * b).sqrt())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn means_are_weighted_and_gradients_have_a_direction() -> Result<(), GraphError> {
        // A cross of arm one around spot 0; to the right expression is 4, elsewhere 0.
        let coords = array![[0.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]];
        let x = array![[9.0f32], [4.0], [0.0], [0.0], [0.0]];
        let cross = Neighborhood::new(coords.view(), 4)?;
        // Four equal distances weigh a quarter each; the centre is 1, so the sums are (3 + 1) / 4 and 0.
        assert!((cross.mean(0, &x)[0] - 1.0).abs() < 1e-12);
        assert!((cross.gradient(0, &x)[0] - 1.0).abs() < 1e-12);
        let even = Array2::from_elem((5, 1), 4.0f32);
        assert!(cross.gradient(1, &even)[0].abs() < 1e-12);
        Ok(())
    }

    #[test]
    fn spots_in_one_place_have_finite_weights() -> Result<(), GraphError> {
        let twins = Neighborhood::new(Array2::zeros((3, 2)).view(), 9)?;
        let x = array![[1.0f32], [2.0], [4.0]];
        assert_eq!(
            (twins.mean(0, &x), twins.gradient(0, &x)),
            (vec![3.0], vec![0.0])
        );
        let alone = Neighborhood::new(Array2::zeros((1, 2)).view(), 9)?;
        assert_eq!(alone.mean(0, &array![[5.0f32]]), [0.0]);
        let far = array![[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [1e9, 0.0]];
        let far = Neighborhood::new(far.view(), 1)?;
        assert_eq!(far.mean(3, &array![[0.0f32], [1.0], [7.0], [0.0]]), [7.0]);
        Ok(())
    }
}
