//! The part of a slide that is trained on at once.

use serde::{Deserialize, Serialize};

/// The part of a slide that is trained on at once.
///
/// In files and on the command line it is `auto`, `full`, or a number of spots.
///
/// ```
/// use semst_training::BatchSize;
/// assert_eq!(BatchSize::Auto.spots(4_000), None);
/// assert_eq!(BatchSize::Auto.spots(1_000_000), Some(BatchSize::PART));
/// assert_eq!("512".parse::<BatchSize>()?.spots(4_000), Some(512));
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Text", into = "Text")]
pub enum BatchSize {
    /// The whole slide up to [`BatchSize::WHOLE_UP_TO`] spots, parts of [`BatchSize::PART`] above.
    #[default]
    Auto,
    /// The whole slide, for any size.
    Full,
    /// Parts of at most this many spots, plus the spots around them; smaller slides are one part.
    Spots(usize),
}

impl BatchSize {
    /// Largest slide that [`BatchSize::Auto`] trains at once: a capture area of 11 mm has up to 14,000 spots (10x, Visium CytAssist), and
    /// from here on a step over the whole slide is so expensive that parts are faster for the same number of steps.
    pub const WHOLE_UP_TO: usize = 15_000;

    /// Spots of a part of [`BatchSize::Auto`]: about a Visium slide (151673 has 3,639), for which the numbers of epochs were chosen.
    pub const PART: usize = 4096;

    /// The largest number of spots of a part of a slide of n spots; `None` is the whole slide.
    pub fn spots(self, n: usize) -> Option<usize> {
        let most = match self {
            Self::Full => return None,
            Self::Auto if n <= Self::WHOLE_UP_TO => return None,
            Self::Auto => Self::PART,
            Self::Spots(most) => most,
        };
        (most < n).then_some(most)
    }

    /// The number of parts of a slide of n spots in a step of the optimiser: as many as have [`BatchSize::PART`] spots, or all.
    ///
    /// The numbers of epochs and the step sizes were chosen for steps over a whole Visium slide. So the gradients of smaller
    /// parts, which need less memory, are added up to such a step.
    ///
    /// ```
    /// use semst_training::BatchSize;
    /// assert_eq!(BatchSize::parts_a_step(3_639, 4), 4);
    /// assert_eq!(BatchSize::parts_a_step(100_000, 25), 1);
    /// ```
    pub fn parts_a_step(n: usize, parts: usize) -> usize {
        let spots = Self::PART.min(n) * parts;
        ((spots + n / 2) / n.max(1)).clamp(1, parts.max(1))
    }

    /// Whether it is the default of a configuration.
    pub fn is_auto(&self) -> bool {
        *self == Self::Auto
    }
}

impl std::str::FromStr for BatchSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "full" => Ok(Self::Full),
            number => number
                .parse()
                .ok()
                .and_then(|spots| Self::try_from(Text::Spots(spots)).ok())
                .ok_or_else(|| {
                    format!(
                        "`{number}` is not a batch size: give auto, full, or a number of spots, at least 64"
                    )
                }),
        }
    }
}

/// The written form.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Text {
    Spots(usize),
    Word(String),
}

impl TryFrom<Text> for BatchSize {
    type Error = String;

    fn try_from(text: Text) -> Result<Self, String> {
        match text {
            // Smaller parts may not have 15 neighbours to choose from.
            Text::Spots(spots) if spots >= 64 => Ok(Self::Spots(spots)),
            Text::Spots(spots) => Err(format!(
                "a batch of {spots} spots is too small: 64 at least"
            )),
            Text::Word(word) => word.parse(),
        }
    }
}

impl From<BatchSize> for Text {
    fn from(batch: BatchSize) -> Self {
        match batch {
            BatchSize::Auto => Self::Word("auto".into()),
            BatchSize::Full => Self::Word("full".into()),
            BatchSize::Spots(spots) => Self::Spots(spots),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_and_read() -> Result<(), serde_json::Error> {
        for (batch, text) in [
            (BatchSize::Auto, "\"auto\""),
            (BatchSize::Full, "\"full\""),
            (BatchSize::Spots(4096), "4096"),
        ] {
            assert_eq!(serde_json::to_string(&batch)?, text);
            assert_eq!(serde_json::from_str::<BatchSize>(text)?, batch);
        }
        for wrong in ["12", "\"some\"", "-1", "\"9\""] {
            assert!(serde_json::from_str::<BatchSize>(wrong).is_err(), "{wrong}");
        }
        Ok(())
    }

    #[test]
    fn a_slide_that_is_no_larger_is_whole() {
        assert_eq!(BatchSize::Spots(4000).spots(4000), None);
        assert_eq!(BatchSize::Spots(4000).spots(4001), Some(4000));
        assert_eq!(BatchSize::Full.spots(usize::MAX), None);
    }
}
