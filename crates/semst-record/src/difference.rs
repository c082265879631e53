//! Where a run did something else than what was asked for.

use serde::{Deserialize, Serialize};

/// Something that was done in another way than asked for, with the numbers of both.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Difference {
    /// The number of domains.
    Domains {
        /// Requested.
        asked: usize,
        /// Found.
        done: usize,
    },
    /// The genes of the slide, and those that the filter kept.
    Genes {
        /// Genes of the slide.
        asked: usize,
        /// Genes that were kept.
        done: usize,
        /// The least number of spots of a gene.
        min_cells: usize,
        /// The least sum of counts of a gene.
        min_counts: f64,
    },
    /// The least number of spots of a gene, reduced for a small slide.
    MinCells {
        /// The bound of the settings.
        asked: usize,
        /// The bound that was used.
        done: usize,
    },
    /// The number of highly variable genes.
    TopGenes {
        /// Requested.
        asked: usize,
        /// All that there were.
        done: usize,
    },
    /// The number of principal components.
    Components {
        /// Requested.
        asked: usize,
        /// All that there were.
        done: usize,
    },
    /// The strength of diffusion, reduced in small pieces of a slide.
    Smoothing {
        /// The largest strength of the settings.
        asked: f64,
        /// That in the smallest piece.
        done: f64,
    },
    /// Coordinates whose columns were put into the order x, y by their names.
    Axes {
        /// The slot.
        slot: String,
        /// The column of x.
        x: String,
        /// The column of y.
        y: String,
    },
    /// Values of a picture outside of black and white, which became black.
    Clipped {
        /// The slot of the picture.
        slot: String,
        /// How many values.
        values: usize,
    },
    /// A run without semantics, because no gene of the slide has any.
    Modulator {
        /// The modulator of the settings.
        modulator: String,
        /// Why it was left out.
        reason: String,
    },
    /// Slots of the input, such as those of an earlier run, that the slots of this run replace.
    Replaced {
        /// The slots.
        slots: Vec<String>,
    },
}

impl Difference {
    /// One line with what was asked for and what was done.
    pub fn sentence(&self) -> String {
        match self {
            Self::Domains { asked, done } => {
                format!("{done} domains found, {asked} asked for: the others have no spot")
            }
            Self::Genes {
                asked,
                done,
                min_cells,
                min_counts,
            } => {
                let counts = match *min_counts > 0.0 {
                    true => format!(" or have fewer than {min_counts} counts"),
                    false => String::new(),
                };
                format!(
                    "{done} of {asked} genes kept for the encoder: the others are in fewer than {min_cells} spots{counts}"
                )
            }
            Self::MinCells { asked, done } => format!(
                "a gene needs {done} spots, not {asked} as in the settings, because the slide is small"
            ),
            Self::TopGenes { asked, done } => {
                format!(
                    "{done} highly variable genes used for the encoder, {asked} asked for: there are no more"
                )
            }
            Self::Components { asked, done } => {
                format!("{done} principal components used, {asked} asked for: there are no more")
            }
            Self::Smoothing { asked, done } => format!(
                "diffused with a strength of up to {done:.1}, not {asked}, in the smallest piece: more would make a domain of each piece"
            ),
            Self::Axes { slot, x, y } => {
                format!("{slot}: x is column `{x}` and y is column `{y}`, by their names")
            }
            Self::Clipped { slot, values } => {
                format!("{slot}: {values} values are below 0 or not numbers, and became black")
            }
            Self::Modulator { modulator, reason } => {
                format!("run without semantics and without the modulator {modulator}: {reason}")
            }
            Self::Replaced { slots } => {
                format!(
                    "replaced or removed in the result: {} of the input",
                    slots.join(", ")
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Difference;

    #[test]
    fn numbers_are_data_and_words_are_made_when_shown() -> Result<(), serde_json::Error> {
        let fewer = Difference::Domains {
            asked: 17,
            done: 16,
        };
        let value = serde_json::to_value(&fewer)?;
        assert_eq!(
            (&value["kind"], &value["asked"]),
            (&"domains".into(), &17.into())
        );
        assert_eq!(serde_json::from_value::<Difference>(value)?, fewer);
        assert_eq!(
            fewer.sentence(),
            "16 domains found, 17 asked for: the others have no spot"
        );
        let genes = Difference::Genes {
            asked: 60,
            done: 30,
            min_cells: 50,
            min_counts: 10.0,
        };
        assert_eq!(
            genes.sentence(),
            "30 of 60 genes kept for the encoder: the others are in fewer than 50 spots or have fewer than 10 counts"
        );
        Ok(())
    }
}
