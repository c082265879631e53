//! Configuration files: all keys, or some keys over a preset.

use crate::{Error, Plugins, RunConfig, field_error};
use serde::de::DeserializeOwned;
use toml::{Table, Value};

/// A configuration in TOML that has all keys, or some keys over a preset.
///
/// # Examples
/// ```
/// use semst::{ConfigFile, RunConfig, Shipped};
///
/// let file = ConfigFile::parse("preset = \"paper-hbc\"\n[train]\nepochs = 5")?;
/// let config: RunConfig<Shipped> = file.over(None)?;
/// assert_eq!((config.train.epochs, config.n_neighbors), (5, 15));
/// # Ok::<(), semst::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ConfigFile {
    text: String,
    table: Table,
}

impl ConfigFile {
    /// Parses the text; the keys are checked where they are used.
    ///
    /// # Errors
    /// When the text is not TOML.
    pub fn parse(text: impl Into<String>) -> Result<Self, Error> {
        let text = text.into();
        let table = toml::from_str(&text).map_err(|error| Error::Config {
            reason: field_error::<Table>(&text, &Table::new(), &error),
        })?;
        Ok(Self { text, table })
    }

    /// The configuration of a file that has all keys.
    ///
    /// # Errors
    /// When a key is missing or unknown, or a value is of the wrong type: the field and its line are named.
    pub fn whole<P: Plugins>(&self) -> Result<RunConfig<P>, Error> {
        self.read(self.table.clone())
    }

    /// The configuration of a file that has all keys, or some keys over a preset.
    ///
    /// The keys replace those of the preset one by one, in tables too. A table with another `name` (of an encoder, a modulator, a
    /// head) or another `graph` replaces the whole table of the preset, and another encoder comes with the recipe of its authors
    /// as by [`RunConfig::with_encoder_named`]; keys of the file are put on top. `seed` is also the seed of the training unless
    /// the file has `train.seed`. The preset is the one that `named`, or else the file, names; `default` if none is named.
    ///
    /// # Errors
    /// As [`ConfigFile::whole`], except for missing keys; and if `named` and the file name different presets.
    pub fn over<P: Plugins>(&self, named: Option<&str>) -> Result<RunConfig<P>, Error> {
        let mut file = self.table.clone();
        let own = self.table.get("preset").and_then(Value::as_str);
        if let (Some(own), Some(named)) =
            (own, named.filter(|named| own.is_some_and(|o| o != *named)))
        {
            let reason = format!(
                "it names the preset {own}, and {named} was asked for: leave out one of the two"
            );
            return Err(Error::Config { reason });
        }
        if let Ok(whole) = Value::Table(file.clone()).try_into() {
            return Ok(whole);
        }
        let mut base = RunConfig::<P>::of_preset(named.or(own).unwrap_or("default"))?;
        if own.is_some() {
            file.remove("preset");
        }
        if let Some(name) = name_of(file.get("encoder")) {
            base = base.with_encoder_named(name)?;
        }
        if let (Some(seed), None) = (file.get("seed").cloned(), seed_of_training(&file)) {
            let train = file.entry("train").or_insert_with(|| Table::new().into());
            if let Value::Table(train) = train {
                train.insert("seed".into(), seed);
            }
        }
        let mut merged = Table::try_from(&base).map_err(|e| Error::Config {
            reason: e.to_string(),
        })?;
        // Errors name the key that the file has.
        if file.contains_key("modulation")
            && let Some(modulator) = merged.remove("modulator")
        {
            merged.insert("modulation".into(), modulator);
        }
        put(&mut merged, file);
        self.read(merged)
    }

    /// Reads values of which the file wrote all or some.
    fn read<T: DeserializeOwned>(&self, values: Table) -> Result<T, Error> {
        let read = Value::Table(values.clone()).try_into();
        read.map_err(|error| Error::Config {
            reason: field_error::<T>(&self.text, &values, &error),
        })
    }
}

/// The name in a table or a text.
fn name_of(value: Option<&Value>) -> Option<&str> {
    match value? {
        Value::Table(table) => table.get("name")?.as_str(),
        other => other.as_str(),
    }
}

fn seed_of_training(file: &Table) -> Option<&Value> {
    file.get("train")?.get("seed")
}

/// Puts values over others; tables of the same kind are merged.
fn put(base: &mut Table, over: Table) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(Value::Table(old)), Value::Table(new)) if is_same_kind(old, &new) => {
                put(old, new)
            }
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

/// Whether a table changes settings of another one; with another `name` or `graph` it is of another kind.
fn is_same_kind(old: &Table, new: &Table) -> bool {
    ["name", "graph"]
        .iter()
        .all(|tag| new.get(*tag).is_none_or(|kind| old.get(*tag) == Some(kind)))
}

#[cfg(test)]
mod tests {
    use super::ConfigFile;
    use crate::{Error, RunConfig};

    fn over(text: &str, named: Option<&str>) -> Result<RunConfig, Error> {
        ConfigFile::parse(text)?.over(named)
    }

    #[test]
    fn keys_replace_those_of_the_preset() -> Result<(), Error> {
        let mut expected = RunConfig::preset("paper-hbc")?.with_seed(7);
        expected.train.epochs = 3;
        let text = "seed = 7\n[train]\nepochs = 3\n";
        assert_eq!(over(text, Some("paper-hbc"))?, expected);
        assert_eq!(
            over(&format!("preset = \"paper-hbc\"\n{text}"), None)?,
            expected
        );
        assert_eq!(over("", None)?, RunConfig::preset("default")?);
        let both = over("preset = \"paper-mvc\"", Some("default")).unwrap_err();
        assert!(both.to_string().contains("the preset paper-mvc"), "{both}");
        Ok(())
    }

    #[test]
    fn another_encoder_comes_with_its_recipe() -> Result<(), Error> {
        let expected = RunConfig::preset("default")?.with_encoder_named("stagate")?;
        let mut found = over("[encoder]\nname = \"stagate\"\n[train]\nepochs = 9\n", None)?;
        assert_eq!(found.train.epochs, 9);
        found.train.epochs = expected.train.epochs;
        assert_eq!(found, expected);
        let graph = over("[spatial_graph]\ngraph = \"delaunay\"\n", None)?;
        assert_eq!(
            semst_spatial_graph::GraphConfig::name(&graph.spatial_graph),
            "delaunay"
        );
        Ok(())
    }

    #[test]
    fn a_whole_file_is_what_it_says() -> Result<(), Error> {
        let mut config = RunConfig::preset("default")?.with_domains(4);
        config.views = None;
        config.smoothing = crate::Strength::Fixed(3.0);
        assert_eq!(over(&config.to_toml()?, None)?, config);
        Ok(())
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line_and_the_nearest() {
        for (text, key, near) in [
            ("seed = 1\nn_neighbor = 3\n", "line 2", "`n_neighbors`"),
            ("[train]\nepoch = 3\n", "line 2", "`epochs`"),
            ("[encoder]\nnhid_1 = 3\n", "line 2", "`nhid1`"),
            ("[preprocess]\nn_top_gene = 3\n", "line 2", "`n_top_genes`"),
        ] {
            let said = over(text, None).unwrap_err().to_string();
            assert!(
                said.contains(key) && said.ends_with(&format!("did you mean {near}?")),
                "{said}"
            );
        }
    }
}
