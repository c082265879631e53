//! Six layers and white matter: where they are, and how a spot near a border is mixed.

use semst_seed::{Seed, Stream, TissuePart};

use crate::field::Field;

/// Number of domains.
pub(crate) const LAYERS: usize = 7;

/// Names as in Maynard et al. (2021).
pub(crate) const NAMES: [&str; LAYERS] = ["L1", "L2", "L3", "L4", "L5", "L6", "WM"];

/// Lower border of each layer as a share of the depth from the pia: the proportions of spots that
/// Maynard et al. (2021) annotated in section 151673, with layers 2 and 4 widened to be findable.
const BORDERS: [f32; LAYERS - 1] = [0.085, 0.175, 0.375, 0.475, 0.645, 0.815];

/// The shape of the section: a bent cortex whose layers vary in thickness.
#[derive(Debug, Clone)]
pub(crate) struct Layers {
    width: f32,
    height: f32,
    phase: f32,
    swell: Field,
    /// Scale of the gradual border as a share of the depth.
    softness: f32,
}

impl Layers {
    /// Places the layers in a section of `width` × `height` µm; borders are `border` µm wide.
    pub(crate) fn new(width: f64, height: f64, border: f64, seed: u64) -> Self {
        let part = |part| Seed(seed).stream(Stream::Tissue(part));
        let phase = (part(TissuePart::LayerPhase).0 >> 40) as f32 / (1_u32 << 24) as f32;
        Self {
            width: width as f32,
            height: height as f32,
            phase,
            swell: Field::new(0.35, part(TissuePart::LayerSwell)),
            softness: (border / height) as f32,
        }
    }

    /// Depth below the pia as a share of the cortex and white matter; negative outside the tissue.
    pub(crate) fn depth(&self, [x, y]: [f64; 2]) -> f32 {
        let (u, v) = (x as f32 / self.width, y as f32 / self.height);
        let bend = 0.10 * (1.0 - (std::f32::consts::PI * (1.15 * u + 0.25 * self.phase)).sin());
        let depth = v - bend + 0.012;
        let inside = depth.clamp(0.0, 1.0);
        depth + 0.022 * self.swell.at(u, v) * (4.0 * inside * (1.0 - inside))
    }

    /// The layer at a depth.
    pub(crate) fn layer(depth: f32) -> usize {
        BORDERS
            .iter()
            .take_while(|border| depth >= **border)
            .count()
    }

    /// Share of each layer at a depth: one within a layer, one half each on a border.
    pub(crate) fn shares(&self, depth: f32) -> [f32; LAYERS] {
        let mut above = 1.0;
        std::array::from_fn(|layer| {
            let below = BORDERS
                .get(layer)
                .map_or(0.0, |border| logistic((depth - border) / self.softness));
            let share = above - below;
            above = below;
            share.max(0.0)
        })
    }
}

fn logistic(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_sum_to_one_and_meet_on_a_border() {
        let layers = Layers::new(4_000.0, 4_000.0, 40.0, 0);
        for depth in [-0.1, 0.0, 0.2, 0.375, 0.9, 1.2] {
            let sum: f32 = layers.shares(depth).iter().sum();
            assert!((sum - 1.0).abs() < 1e-5);
        }
        let shares = layers.shares(0.645);
        assert!(
            (shares[4] - 0.5).abs() < 1e-3 && (shares[5] - 0.5).abs() < 1e-3,
            "{shares:?}"
        );
        assert_eq!(
            (Layers::layer(0.0), Layers::layer(0.645), Layers::layer(2.0)),
            (0, 5, 6)
        );
    }

    #[test]
    fn the_swell_fades_at_the_pia() {
        let layers = Layers::new(1.0, 1.0, 0.01, 3);
        let top = [0.5, 0.02];
        assert!(layers.depth(top) < layers.depth([0.5, 0.5]));
    }
}
