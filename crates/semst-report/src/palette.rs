//! Colours for domains and for values.

use crate::color::Rgb;

/// Seven colours of Okabe and Ito (2008), then colours that differ most from all before.
///
/// Each further colour maximises the smallest distance in OKLab to those before it, to white, to
/// pale grey and to black, seen normally and with deuteranopia and protanopia (matrices of Machado
/// et al. 2009), among colours of lightness 0.30 to 0.90 and chroma 0.035 to 0.22. The smallest
/// distances of the first 7 / 12 / 20: 0.156 / 0.153 / 0.100 normal, 0.076 / 0.076 / 0.071 deuteranope.
const DOMAINS: [u32; 24] = [
    0x0072b2, 0xe69f00, 0x009e73, 0xcc79a7, 0x56b4e9, 0xd55e00, 0xf0e442, 0x743c3c, 0x14149c,
    0x847cf4, 0x4c145c, 0xb41c7c, 0x74c484, 0x1c44cc, 0x442c14, 0x9cf4a4, 0xa44c2c, 0x545cec,
    0xf4546c, 0x146474, 0xb4d45c, 0xf484cc, 0x443c5c, 0x643ca4,
];

/// Knots of matplotlib's viridis (van der Walt and Smith, 2015; CC0).
const VIRIDIS: [u32; 9] = [
    0x440154, 0x472d7b, 0x3b528b, 0x2c728e, 0x21918c, 0x28ae80, 0x5ec962, 0xaddc30, 0xfde725,
];

/// Spots without a domain.
pub(crate) const UNLABELLED: Rgb = Rgb::from_hex(0xbdc2c9);

/// Returns `n` colours; the colour of a domain depends only on its index, not on `n`.
///
/// Twenty-four can be distinguished with normal vision and with red-green colour blindness. After that, colours
/// repeat in lighter, then in darker shades; no palette of that size can be distinguished.
///
/// ```
/// let colors = semst_report::palette(7);
/// assert_eq!(colors[0].to_string(), "#0072b2");
/// assert_eq!(semst_report::palette(20)[..7], colors);
/// ```
#[must_use]
pub fn palette(n: usize) -> Vec<Rgb> {
    (0..n).map(domain_color).collect()
}

/// Returns the colour of a value from 0 (dark blue) to 1 (yellow); outside and NaN are clamped.
#[must_use]
pub fn viridis(value: f64) -> Rgb {
    let steps = VIRIDIS.len() - 1;
    let place = value.clamp(0.0, 1.0).max(0.0) * steps as f64;
    let knot = (place.floor() as usize).min(steps - 1);
    Rgb::from_hex(VIRIDIS[knot]).mix(Rgb::from_hex(VIRIDIS[knot + 1]), place - knot as f64)
}

pub(crate) fn domain_color(domain: usize) -> Rgb {
    let color = Rgb::from_hex(DOMAINS[domain % DOMAINS.len()]);
    match (domain / DOMAINS.len()) % 3 {
        0 => color,
        1 => color.mix(Rgb(255, 255, 255), 0.45),
        _ => color.mix(Rgb(0, 0, 0), 0.4),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn colors_are_distinct() {
        assert_eq!(palette(72).into_iter().collect::<HashSet<_>>().len(), 72);
    }

    #[test]
    fn viridis_runs_from_end_to_end() {
        assert_eq!(viridis(0.0), Rgb::from_hex(0x440154));
        assert_eq!(viridis(0.5), Rgb::from_hex(0x21918c));
        assert_eq!(viridis(7.0), Rgb::from_hex(0xfde725));
        assert_eq!(viridis(f64::NAN), Rgb::from_hex(0x440154));
    }
}
