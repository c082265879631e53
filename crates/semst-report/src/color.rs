//! A colour.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A colour in sRGB. `Display` writes it as CSS does, `#0072b2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Rgb(
    /// Red.
    pub u8,
    /// Green.
    pub u8,
    /// Blue.
    pub u8,
);

impl Rgb {
    /// From the number `0xRRGGBB`.
    pub const fn from_hex(hex: u32) -> Self {
        Self((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
    }

    /// The colour between this one and `other`, `part` of the way (0 to 1).
    #[must_use]
    pub fn mix(self, other: Self, part: f64) -> Self {
        let between =
            |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * part).round() as u8;
        Self(
            between(self.0, other.0),
            between(self.1, other.1),
            between(self.2, other.2),
        )
    }
}

impl fmt::Display for Rgb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_css() {
        assert_eq!(Rgb::from_hex(0x00_72b2).to_string(), "#0072b2");
        assert_eq!(Rgb(0, 0, 0).mix(Rgb(255, 100, 0), 0.5), Rgb(128, 50, 0));
    }
}
