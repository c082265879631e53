//! Panel of what was dropped, renamed or is missing.

use minijinja::context;
use semst_record::Dropped;

use super::Panel;
use crate::error::ReportError;
use crate::input::ReportInput;
use crate::page::fill;

const TEMPLATE: &str = r#"<h2>Left out</h2>
<table>
<tbody>
{%- for place, text in rows %}
<tr><th scope="row">{{ place }}</th><td class="note">{{ text }}</td></tr>
{%- endfor %}
</tbody>
</table>"#;

/// The table of what was left out.
pub(super) struct DroppedCounts;

impl Panel for DroppedCounts {
    fn id(&self) -> &str {
        "dropped"
    }

    fn html(&self, input: &ReportInput<'_>) -> Result<Option<String>, ReportError> {
        let record = input.record;
        // Records of earlier versions have no differences, and count these here.
        let repeated = |what: &Dropped| {
            !record.differences.is_empty()
                && matches!(
                    what,
                    Dropped::RareGenes | Dropped::MinCellsScaled | Dropped::TopGenesNotReached
                )
        };
        let counted = record
            .dropped
            .iter()
            .filter(|(what, _)| !repeated(what))
            .map(|(what, count)| {
                let lookup = record.semantics.lookup.as_ref();
                let text = match (what, lookup) {
                    (Dropped::GenesWithoutVector, Some(lookup)) => lookup.sentence(),
                    _ => what.sentence(*count),
                };
                (what.place(), text)
            });
        let reading = &record.reading;
        let left_out = reading
            .left_out
            .iter()
            .map(|part| format!("left out: {part}"));
        let noted = left_out.chain(reading.doubts.iter().cloned());
        let rows: Vec<_> = counted.chain(noted.map(|text| ("reading", text))).collect();
        if rows.is_empty() {
            return Ok(None);
        }
        fill(TEMPLATE, context! { rows }).map(Some)
    }
}
