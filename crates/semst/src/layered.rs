//! Configuration files that have only some keys, over a preset.

use crate::{Error, Plugins, RunConfig};
use toml::{Table, Value};

impl<P: Plugins> RunConfig<P> {
    /// From TOML that has all keys, or some keys over a preset.
    ///
    /// The keys replace those of the preset one by one, in tables too. A table with another `name` (of an encoder, a modulator, a
    /// head) or another `graph` replaces the whole table of the preset, and another encoder comes with the recipe of its authors
    /// as by [`RunConfig::with_encoder_named`]; keys of the file are put on top. `seed` is also the seed of the training unless
    /// the file has `train.seed`. `preset` makes the settings of the preset that `named`, or else the file, names; `default` if
    /// none is named.
    ///
    /// # Errors
    /// When the text is not TOML or a key is unknown, and if `named` and the file name different presets.
    ///
    /// # Examples
    /// ```
    /// use semst::{RunConfig, Shipped};
    ///
    /// let text = "preset = \"paper-hbc\"\n[train]\nepochs = 5";
    /// let config = RunConfig::<Shipped>::of_toml_over(text, None, RunConfig::of_preset)?;
    /// assert_eq!((config.train.epochs, config.n_neighbors), (5, 15));
    /// # Ok::<(), semst::Error>(())
    /// ```
    pub fn of_toml_over(
        text: &str,
        named: Option<&str>,
        preset: impl FnOnce(&str) -> Result<Self, Error>,
    ) -> Result<Self, Error> {
        let invalid = |reason: String| Error::Config { reason };
        let mut file: Table = match toml::from_str(text) {
            Ok(table) => table,
            Err(_) => return Self::of_toml(text),
        };
        let own = file.get("preset").and_then(Value::as_str);
        if let (Some(own), Some(named)) =
            (own, named.filter(|named| own.is_some_and(|o| o != *named)))
        {
            let reason = format!(
                "it names the preset {own}, and {named} was asked for: leave out one of the two"
            );
            return Err(invalid(reason));
        }
        if let Ok(whole) = Self::of_toml(text) {
            return Ok(whole);
        }
        let mut base = preset(named.or(own).unwrap_or("default"))?;
        file.remove("preset");
        if let Some(modulation) = file.remove("modulation") {
            file.insert("modulator".into(), modulation);
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
        let mut merged = Table::try_from(&base).map_err(|e| invalid(e.to_string()))?;
        put(&mut merged, file);
        let merged: Result<Self, _> = Value::Table(merged).try_into();
        merged.map_err(|error| invalid(placed(text, error.message())))
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

/// The message of the parser, with the line of the key that it quotes and the nearest known key.
fn placed(text: &str, message: &str) -> String {
    let message = message.trim().replace('\n', " ");
    let mut quoted = message.split('`').skip(1).step_by(2);
    let Some(key) = quoted.next() else {
        return message;
    };
    let line = text
        .lines()
        .position(|line| line.trim_start().trim_start_matches('[').starts_with(key));
    let place = line.map_or_else(String::new, |line| format!("line {}: ", line + 1));
    let nearest = quoted
        .map(|known| (changes(key, known), known))
        .filter(|(changes, known)| 2 * changes <= known.chars().count().min(6))
        .min();
    let nearest = nearest.filter(|_| message.starts_with("unknown"));
    let nearest = nearest.map_or_else(String::new, |(_, known)| {
        format!("; did you mean `{known}`?")
    });
    format!("{place}{message}{nearest}")
}

/// How many letters must be put, taken or replaced to turn one word into another.
fn changes(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::changes;
    use crate::{Error, RunConfig, Shipped};

    fn over(text: &str, named: Option<&str>) -> Result<RunConfig, Error> {
        RunConfig::<Shipped>::of_toml_over(text, named, RunConfig::of_preset)
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
        let both = over("preset = \"st\"", Some("imaging")).unwrap_err();
        assert!(both.to_string().contains("the preset st"), "{both}");
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
        let mut config = RunConfig::preset("imaging")?.with_domains(4);
        config.views = None;
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
        assert_eq!((changes("kitten", "sitting"), changes("", "ab")), (3, 2));
    }
}
