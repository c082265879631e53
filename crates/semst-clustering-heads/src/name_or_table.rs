//! Serde form of a head inside a larger configuration: a name if all settings are the defaults, else a table.
//!
//! ```
//! use semst_clustering_heads::{HeadConfig, ShippedHead};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize)]
//! struct Run {
//!     #[serde(with = "semst_clustering_heads::name_or_table")]
//!     head: ShippedHead,
//! }
//!
//! let plain: Run = serde_json::from_str(r#"{"head": "gmm"}"#)?;
//! let table: Run = serde_json::from_str(r#"{"head": {"name": "gmm", "starts": 60}}"#)?;
//! assert_eq!(plain.head, table.head);
//! assert_eq!(serde_json::to_string(&table)?, r#"{"head":"gmm"}"#);
//! # Ok::<(), serde_json::Error>(())
//! ```

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserializer, Serializer};

use crate::HeadConfig;

/// Writes the name if the head has its default settings, else the table.
///
/// # Errors
/// As the serializer.
pub fn serialize<H: HeadConfig, S: Serializer>(head: &H, serializer: S) -> Result<S::Ok, S::Error> {
    match H::from_name(head.name()) {
        Ok(default) if default == *head => serializer.serialize_str(head.name()),
        _ => head.serialize(serializer),
    }
}

/// Reads a name or a table.
///
/// # Errors
/// If the name or a setting is unknown, or the value is neither a string nor a table.
pub fn deserialize<'de, H: HeadConfig, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<H, D::Error> {
    deserializer.deserialize_any(NameOrTable(PhantomData))
}

struct NameOrTable<H>(PhantomData<H>);

impl<'de, H: HeadConfig> Visitor<'de> for NameOrTable<H> {
    type Value = H;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the name of a head ({}) or a table with its settings",
            H::names().join(", ")
        )
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<H, E> {
        H::from_name(name).map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<H, A::Error> {
        H::deserialize(MapAccessDeserializer::new(map))
    }
}
