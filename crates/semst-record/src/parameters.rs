//! Parameters of any type.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Named values as a file can store them: sorted by name, without `null`.
///
/// A configuration with an absent option is read back as the same configuration: [`Parameters::read`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Map<String, Value>", into = "Map<String, Value>")]
pub struct Parameters(Map<String, Value>);

impl Parameters {
    /// The fields of a struct or the entries of a map.
    ///
    /// # Errors
    /// An error of the serialiser; a value that is neither a struct nor a map.
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Result<Self, serde_json::Error> {
        Ok(serde_json::from_value::<Map<_, _>>(serde_json::to_value(value)?)?.into())
    }

    /// The struct from which they were made.
    ///
    /// # Errors
    /// When they are not the fields of a `T`.
    pub fn read<T: for<'de> Deserialize<'de>>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_value(Value::Object(self.0.clone()))
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Names and values, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.0.iter()
    }

    /// Whether there are no parameters.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Map<String, Value>> for Parameters {
    fn from(mut map: Map<String, Value>) -> Self {
        map.retain(|_, value| !value.is_null());
        map.values_mut().for_each(without_null);
        map.sort_keys();
        map.values_mut().for_each(Value::sort_all_objects);
        Self(map)
    }
}

impl From<Parameters> for Map<String, Value> {
    fn from(parameters: Parameters) -> Self {
        parameters.0
    }
}

fn without_null(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(without_null);
        }
        Value::Array(values) => values.iter_mut().for_each(without_null),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Config {
        seed: u64,
        radius: Option<f64>,
        encoder: Encoder,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Encoder {
        widths: Vec<usize>,
        clip: Option<f32>,
    }

    #[test]
    fn absent_options_and_large_seeds_survive() -> Result<(), serde_json::Error> {
        let config = Config {
            seed: u64::MAX,
            radius: None,
            encoder: Encoder {
                widths: vec![64, 16],
                clip: None,
            },
        };
        let parameters = Parameters::of(&config)?;
        let names: Vec<&String> = parameters.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["encoder", "seed"]);
        assert_eq!(parameters.read::<Config>()?, config);
        assert!(Parameters::of(&1).is_err());
        Ok(())
    }
}
