//! Lists of numbers that may contain NaN, for which JSON writes `null`.

use serde::{Deserialize, Deserializer};

/// A list in which `null` reads as NaN.
pub(crate) fn list<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<f64>, D::Error> {
    let values = Vec::<Option<f64>>::deserialize(from)?;
    Ok(values.into_iter().map(|v| v.unwrap_or(f64::NAN)).collect())
}
