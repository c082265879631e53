//! What the domains of a run were made of.

use serde::{Deserialize, Serialize};

/// What the domains of a run were made of, so that a reader knows which stage gave them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Clustered {
    /// Views of the slide that were clustered, which need no training.
    pub views: usize,
    /// Whether the embedding of the trained model was clustered, alone or in the vote.
    pub embedding: bool,
    /// Strengths of the diffusion over the spatial graph, ascending; none if nothing was diffused.
    pub strengths: Vec<f64>,
    /// The strength that was chosen for the slide, of which the others are multiples; `None` if it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chosen: Option<f64>,
    /// Share of the answers that agree with the label of a spot, on average; `None` without a vote.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreement: Option<f64>,
}

/// Below this agreement, other domains are nearly as good. On the development slides it is from 0.79 to 0.93
/// (docs/results/default.md).
const WEAK: f64 = 0.85;

impl Clustered {
    /// Describes it in one line without a full stop; `None` for a record that does not have it.
    pub fn sentence(&self) -> Option<String> {
        let views = match self.views {
            1 => "one view".into(),
            n => format!("{n} views"),
        };
        let from = match (self.views, self.embedding) {
            (0, false) => return None,
            (0, true) => "domains from the embedding of the model".into(),
            (1, false) => format!("domains from {views} of the slide, before any training"),
            (_, false) => {
                format!("domains from a vote of {views} of the slide, before any training")
            }
            (_, true) => {
                format!(
                    "domains from a vote of {views} of the slide and the embedding of the model"
                )
            }
        };
        let mut text = from;
        if !self.strengths.is_empty() {
            let strengths: Vec<String> = self.strengths.iter().map(ToString::to_string).collect();
            text += &format!("; diffusion of strength {}", strengths.join(", "));
            match self.chosen {
                Some(best) if self.strengths == [best] => {
                    text += ", which predicts the spots best from each other";
                }
                Some(best) => text += &format!(" ({best} predicts the spots best from each other)"),
                None => {}
            }
        }
        if let Some(agreement) = self.agreement {
            let percent = 100.0 * agreement;
            text += &format!("; {percent:.0} % of the answers agree on a spot");
            if agreement < WEAK {
                text += ", so other domains are nearly as good";
            }
        }
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::Clustered;

    #[test]
    fn the_stage_is_named() {
        let of = |views, embedding, strengths: &[f64], chosen| {
            let agreement = None;
            let strengths = strengths.to_vec();
            let clustered = Clustered {
                agreement,
                views,
                embedding,
                strengths,
                chosen,
            };
            clustered.sentence()
        };
        assert_eq!(of(0, false, &[], None), None);
        assert_eq!(
            of(6, false, &[2.5], Some(2.5)).as_deref(),
            Some(
                "domains from a vote of 6 views of the slide, before any training; diffusion of strength 2.5, which predicts the spots best from each other"
            )
        );
        assert_eq!(
            of(1, false, &[10.0], None).as_deref(),
            Some(
                "domains from one view of the slide, before any training; diffusion of strength 10"
            )
        );
        assert_eq!(
            of(0, true, &[], None).as_deref(),
            Some("domains from the embedding of the model")
        );
        let both = of(2, true, &[5.0, 10.0], Some(5.0)).unwrap_or_default();
        assert!(both.ends_with(
            "model; diffusion of strength 5, 10 (5 predicts the spots best from each other)"
        ));
        let agreeing = |agreement| {
            let clustered = Clustered {
                views: 6,
                agreement: Some(agreement),
                ..Clustered::default()
            };
            clustered.sentence().unwrap_or_default()
        };
        assert!(agreeing(0.91).ends_with("; 91 % of the answers agree on a spot"));
        assert!(agreeing(0.8).ends_with("a spot, so other domains are nearly as good"));
    }
}
