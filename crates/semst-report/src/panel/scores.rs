//! Panel of scores, with a sentence for each.

use minijinja::context;

use super::Panel;
use crate::error::ReportError;
use crate::input::ReportInput;
use crate::page::fill;

/// Scores in the order of the table, with their meaning.
const DEFINITIONS: &[(&str, &str)] = &[
    (
        "ARI",
        "agreement with the known labels, corrected for chance: 1 is equal, 0 is chance",
    ),
    (
        "NMI",
        "shared information with the known labels, arithmetic mean",
    ),
    ("AMI", "shared information, corrected for chance"),
    (
        "HOM",
        "homogeneity: 1 where each found domain lies in one known one",
    ),
    (
        "COM",
        "completeness: 1 where each known domain lies in one found one",
    ),
    ("V", "harmonic mean of homogeneity and completeness"),
    (
        "FMI",
        "Fowlkes-Mallows index: geometric mean of precision and recall over pairs of spots",
    ),
    (
        "ACC",
        "share of spots that agree after domains and known labels are matched",
    ),
    ("F1", "mean F1 score of the known labels after matching"),
    (
        "purity",
        "share of spots with the most frequent known label of their domain",
    ),
    (
        "CHAOS",
        "mean distance to the nearest spot of the same domain, standardised coordinates: lower is smoother",
    ),
    (
        "PAS",
        "share of spots whose neighbours mostly lie in other domains: lower is smoother",
    ),
    (
        "ASW",
        "silhouette of the domains in space: higher is more compact",
    ),
];

/// Scores that need no known labels.
const SPATIAL: [&str; 3] = ["CHAOS", "PAS", "ASW"];

const TEMPLATE: &str = r#"<h2>Scores</h2>
{%- if truth %}
<p>{{ truth }}</p>
{%- endif %}
<table>
<thead><tr><th scope="col">score</th><th scope="col" class="number">value</th>{% if parts %}<th scope="col">scored</th>{% endif %}<th scope="col">what it says</th></tr></thead>
<tbody>
{%- for name, value, part, definition in rows %}
<tr><th scope="row">{{ name }}</th><td class="number">{{ value }}</td>{% if parts %}<td>{{ part }}</td>{% endif %}<td class="note">{{ definition }}</td></tr>
{%- endfor %}
</tbody>
</table>"#;

/// The table of scores.
pub(super) struct Scores;

impl Panel for Scores {
    fn id(&self) -> &str {
        "scores"
    }

    fn html(&self, input: &ReportInput<'_>) -> Result<Option<String>, ReportError> {
        let scores = &input.record.scores;
        if scores.is_empty() {
            return Ok(None);
        }
        let spots = input.tissue.coords.len();
        // The scored part stands next to each score where it is not the whole slide.
        let labelled = input.record.truth.as_ref().and_then(|t| t.part(spots));
        let known = DEFINITIONS
            .iter()
            .filter_map(|(name, definition)| Some((*name, *scores.get(*name)?, *definition)));
        let other = scores
            .iter()
            .filter(|(name, _)| DEFINITIONS.iter().all(|(known, _)| known != name))
            .map(|(name, value)| (name.as_str(), *value, ""));
        let rows: Vec<_> = known
            .chain(other)
            .map(|(name, value, definition)| {
                let part = match SPATIAL.contains(&name) {
                    true => format!("{spots} spots"),
                    false => labelled.clone().unwrap_or_default(),
                };
                (name.to_owned(), format!("{value:.3}"), part, definition)
            })
            .collect();
        let parts = labelled.is_some();
        let truth = input.record.truth.as_ref().map(|t| t.sentence(spots));
        fill(TEMPLATE, context! { rows, truth, parts }).map(Some)
    }
}
