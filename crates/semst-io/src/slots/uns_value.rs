//! Values of `uns`.

use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};

mod deserializer;

/// A value of `uns`: the part of anndata's dictionaries that a run needs.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq)]
pub enum UnsValue {
    /// Text.
    Str(String),
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number above `i64::MAX`, such as a seed.
    UInt(u64),
    /// A number.
    Float(f64),
    /// Whole numbers.
    IntArray(Vec<i64>),
    /// Whole numbers, of which at least one is above `i64::MAX`.
    UIntArray(Vec<u64>),
    /// Numbers.
    FloatArray(Vec<f64>),
    /// Texts.
    StrArray(Vec<String>),
    /// Values of any kind, in order; a file holds them as a dictionary with the keys `0`, `1`, ….
    List(Vec<UnsValue>),
    /// Named values, in order.
    Dict(Vec<(String, UnsValue)>),
}

impl UnsValue {
    /// A dictionary from names and values.
    ///
    /// # Examples
    /// ```
    /// use semst_io::UnsValue;
    /// let params = UnsValue::dict([("n_neighbors", 6i64.into()), ("coord_type", "generic".into())]);
    /// assert_eq!(params.get("n_neighbors"), Some(&UnsValue::Int(6)));
    /// ```
    pub fn dict<K: Into<String>>(entries: impl IntoIterator<Item = (K, Self)>) -> Self {
        let entries = entries.into_iter().map(|(key, value)| (key.into(), value));
        Self::Dict(entries.collect())
    }

    /// Converts anything that serde can serialise: a config, a report. `None` values are left out.
    ///
    /// Lists of numbers and of texts become arrays. `None` values in other lists are left out as well.
    ///
    /// # Errors
    /// An error of the serialiser, e.g. for a map whose keys are not text.
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Result<Self, serde_json::Error> {
        let json = serde_json::to_value(value)?;
        Ok(Self::from_json(json).unwrap_or_else(|| Self::Dict(Vec::new())))
    }

    /// Converts the value back to the type from which [`UnsValue::of`] made it.
    ///
    /// A field that was `None` is not in the file; serde reads it as `None` again.
    ///
    /// # Errors
    /// When the value has another shape than the type; the message names the field.
    ///
    /// # Examples
    /// ```
    /// use semst_io::UnsValue;
    /// #[derive(serde::Serialize, serde::Deserialize, PartialEq, Debug)]
    /// struct Record { seed: u64, losses: Vec<f64>, note: Option<String> }
    ///
    /// let record = Record { seed: u64::MAX, losses: vec![1.0, 0.5], note: None };
    /// assert_eq!(UnsValue::of(&record)?.to::<Record>()?, record);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn to<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        T::deserialize(self)
    }

    /// The value of a key, for a dictionary; the value at a position, for a list.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::List(values) => key.parse::<usize>().ok().and_then(|at| values.get(at)),
            Self::Dict(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, v)| v),
            _ => None,
        }
    }

    /// The text, for text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The number, for a number of either kind.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Int(value) => Some(*value as f64),
            Self::UInt(value) => Some(*value as f64),
            Self::Float(value) => Some(*value),
            _ => None,
        }
    }

    /// The numbers, for an array of either kind.
    pub fn to_f64s(&self) -> Option<Vec<f64>> {
        match self {
            Self::IntArray(values) => Some(values.iter().map(|&value| value as f64).collect()),
            Self::UIntArray(values) => Some(values.iter().map(|&value| value as f64).collect()),
            Self::FloatArray(values) => Some(values.clone()),
            _ => None,
        }
    }

    /// The texts, for an array of texts.
    pub fn as_strs(&self) -> Option<&[String]> {
        match self {
            Self::StrArray(texts) => Some(texts),
            _ => None,
        }
    }

    fn from_json(json: serde_json::Value) -> Option<Self> {
        use serde_json::Value;
        match json {
            Value::Null => None,
            Value::Bool(value) => Some(Self::Bool(value)),
            Value::Number(number) => Some(match (number.as_i64(), number.as_u64()) {
                (Some(whole), _) => Self::Int(whole),
                (None, Some(whole)) => Self::UInt(whole),
                _ => Self::Float(number.as_f64().unwrap_or(f64::NAN)),
            }),
            Value::String(text) => Some(Self::Str(text)),
            Value::Object(map) => {
                let entries = map
                    .into_iter()
                    .filter_map(|(key, value)| Some((key, Self::from_json(value)?)));
                Some(Self::Dict(entries.collect()))
            }
            Value::Array(values) => Some(array_from_json(values)),
        }
    }
}

fn array_from_json(values: Vec<serde_json::Value>) -> UnsValue {
    use serde_json::Value;
    if let Some(numbers) = values.iter().map(Value::as_i64).collect::<Option<Vec<_>>>() {
        return UnsValue::IntArray(numbers);
    }
    if let Some(numbers) = values.iter().map(Value::as_u64).collect::<Option<Vec<_>>>() {
        return UnsValue::UIntArray(numbers);
    }
    // JSON has no NaN: serde writes `null` for it.
    let number = |value: &Value| match value {
        Value::Null => Some(f64::NAN),
        value => value.as_f64(),
    };
    if let Some(numbers) = values.iter().map(number).collect::<Option<Vec<_>>>() {
        return UnsValue::FloatArray(numbers);
    }
    let text = |value: &Value| value.as_str().map(str::to_owned);
    if let Some(texts) = values.iter().map(text).collect::<Option<Vec<_>>>() {
        return UnsValue::StrArray(texts);
    }
    UnsValue::List(values.into_iter().filter_map(UnsValue::from_json).collect())
}

impl Serialize for UnsValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Str(value) => value.serialize(serializer),
            Self::Bool(value) => value.serialize(serializer),
            Self::Int(value) => value.serialize(serializer),
            Self::UInt(value) => value.serialize(serializer),
            Self::Float(value) => value.serialize(serializer),
            Self::IntArray(values) => values.serialize(serializer),
            Self::UIntArray(values) => values.serialize(serializer),
            Self::FloatArray(values) => values.serialize(serializer),
            Self::StrArray(values) => values.serialize(serializer),
            Self::List(values) => values.serialize(serializer),
            Self::Dict(entries) => serializer.collect_map(entries.iter().map(|(k, v)| (k, v))),
        }
    }
}

macro_rules! from {
    ($($type:ty => $variant:ident),*) => {$(
        impl From<$type> for UnsValue {
            fn from(value: $type) -> Self {
                Self::$variant(value.into())
            }
        }
    )*};
}

from!(&str => Str, String => Str, bool => Bool, i64 => Int, u32 => Int, i32 => Int, f64 => Float, f32 => Float,
      Vec<i64> => IntArray, Vec<f64> => FloatArray, Vec<String> => StrArray);

impl From<u64> for UnsValue {
    fn from(value: u64) -> Self {
        i64::try_from(value).map_or(Self::UInt(value), Self::Int)
    }
}

impl From<usize> for UnsValue {
    fn from(value: usize) -> Self {
        Self::from(value as u64)
    }
}

impl From<Vec<u64>> for UnsValue {
    fn from(values: Vec<u64>) -> Self {
        let small: Result<Vec<i64>, _> = values.iter().map(|&v| i64::try_from(v)).collect();
        small.map_or(Self::UIntArray(values), Self::IntArray)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Serialize};

    use super::UnsValue;

    #[derive(Serialize)]
    struct Config {
        k: usize,
        radius: Option<f64>,
        name: &'static str,
        losses: Vec<f64>,
        seeds: Vec<u64>,
        nested: Vec<(u32, &'static str)>,
    }

    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    #[serde(tag = "kind", rename_all = "kebab-case")]
    enum Part {
        Plain { seeds: Vec<u64> },
        Pairs { pairs: Vec<(u32, String)> },
    }

    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    struct Record {
        seed: u64,
        share: f32,
        sign: i8,
        whole: f64,
        on: bool,
        unit: Unit,
        none: Option<u8>,
        some: Option<u8>,
        flags: Vec<bool>,
        parts: Vec<Part>,
        empty: Vec<Part>,
        named: BTreeMap<String, Vec<f64>>,
        numbered: BTreeMap<u32, String>,
        at: [f64; 2],
    }

    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    enum Unit {
        Um,
        Times(u64),
    }

    #[test]
    fn a_record_comes_back_as_it_was() -> Result<(), serde_json::Error> {
        let record = Record {
            seed: u64::MAX,
            share: 0.1,
            sign: -3,
            whole: 2.0,
            on: true,
            unit: Unit::Um,
            none: None,
            some: Some(7),
            flags: vec![true, false],
            parts: vec![
                Part::Plain {
                    seeds: vec![1, u64::MAX],
                },
                Part::Pairs {
                    pairs: vec![(1, "a".into()), (2, "b".into())],
                },
            ],
            empty: Vec::new(),
            named: BTreeMap::from([("total".into(), vec![1.0, 0.5]), ("none".into(), vec![])]),
            numbered: BTreeMap::from([(0, "zero".into()), (1, "one".into())]),
            at: [0.5, 1.0],
        };
        let value = UnsValue::of(&record)?;
        assert_eq!(value.get("seed"), Some(&UnsValue::UInt(u64::MAX)));
        assert_eq!(value.to::<Record>()?, record);
        assert_eq!(UnsValue::of(&Unit::Times(3))?.to::<Unit>()?, Unit::Times(3));
        let said = value.to::<Part>().err().map(|e| e.to_string());
        assert_eq!(said.as_deref(), Some("missing field `kind`"));
        Ok(())
    }

    #[test]
    fn anything_serialisable_becomes_a_value() -> Result<(), serde_json::Error> {
        let config = Config {
            k: 7,
            radius: None,
            name: "fsm",
            losses: vec![0.5, f64::NAN],
            seeds: vec![1, 2],
            nested: vec![(1, "a")],
        };
        let value = UnsValue::of(&config)?;
        assert_eq!(value.get("k"), Some(&UnsValue::Int(7)));
        assert_eq!(value.get("radius"), None);
        assert_eq!(value.get("name").and_then(UnsValue::as_str), Some("fsm"));
        let losses = value.get("losses").and_then(UnsValue::to_f64s);
        assert!(losses.is_some_and(|l| l[0] == 0.5 && l[1].is_nan()));
        assert_eq!(value.get("seeds"), Some(&UnsValue::IntArray(vec![1, 2])));
        let nested = value.get("nested").and_then(|n| n.get("0"));
        assert_eq!(nested.and_then(|n| n.get("1")), Some(&UnsValue::from("a")));
        Ok(())
    }
}
