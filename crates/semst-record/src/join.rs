//! How a table from outside the slide was joined to its spots.

use serde::{Deserialize, Serialize};

/// How the rows of a table from outside the slide were found among its spots.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Join {
    /// What the table has.
    pub what: Outside,
    /// The file, as the user gave it.
    pub source: String,
    /// The column that was used, for tables with several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Whether the column was chosen by rule.
    #[serde(default)]
    pub chosen: bool,
    /// The place of the names by which rows were matched; `None` if they were matched by position.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub names_from: Option<String>,
    /// Rows of the table.
    pub rows: usize,
    /// Spots with a row.
    pub matched: usize,
    /// Spots of the slide.
    pub spots: usize,
    /// Different labels of the matched spots, for a table of labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classes: Option<usize>,
}

/// What a table from outside the slide has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outside {
    /// Labels of known domains.
    KnownDomains,
    /// Vectors of spots.
    Semantics,
}

impl Outside {
    /// The noun in texts.
    pub fn noun(self) -> &'static str {
        match self {
            Self::KnownDomains => "known domains",
            Self::Semantics => "semantics",
        }
    }
}

impl Join {
    /// One line: the file, the column, how rows were matched, and how many.
    pub fn sentence(&self) -> String {
        let mut text = format!("{} from {}", self.what.noun(), self.source);
        if let Some(column) = &self.column {
            text += &format!(", `{column}`");
        }
        if self.chosen {
            text += " (the only column with labels; FILE#COLUMN names another)";
        }
        text += &match &self.names_from {
            Some(place) => format!(": matched by name in {place}"),
            None => ": matched by position, because the file has no names".into(),
        };
        text += &format!(", {} of {} spots", self.matched, self.spots);
        if self.rows > self.matched {
            text += &format!(", {} of {} rows", self.matched, self.rows);
        }
        if let Some(classes) = self.classes {
            text += &format!(", {classes} different labels");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::{Join, Outside};

    #[test]
    fn a_join_is_one_line() {
        let join = Join {
            what: Outside::KnownDomains,
            source: "m.csv".into(),
            column: Some("layer".into()),
            chosen: true,
            names_from: Some("column `barcode`".into()),
            rows: 30,
            matched: 29,
            spots: 144,
            classes: Some(3),
        };
        assert_eq!(
            join.sentence(),
            "known domains from m.csv, `layer` (the only column with labels; FILE#COLUMN names another): matched by name in column `barcode`, 29 of 144 spots, 29 of 30 rows, 3 different labels"
        );
        let vectors = Join {
            what: Outside::Semantics,
            column: None,
            chosen: false,
            names_from: None,
            rows: 29,
            classes: None,
            ..join
        };
        assert_eq!(
            vectors.sentence(),
            "semantics from m.csv: matched by position, because the file has no names, 29 of 144 spots"
        );
    }
}
