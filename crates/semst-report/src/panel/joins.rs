//! Panel of the files behind a run: how the slide was read, and which tables were joined to it.

use minijinja::context;

use super::Panel;
use crate::error::ReportError;
use crate::input::ReportInput;
use crate::page::fill;

const TEMPLATE: &str = r#"<h2>Read from</h2>
<table>
<tbody>
{%- for what, text in rows %}
<tr><th scope="row">{{ what }}</th><td class="note">{{ text }}</td></tr>
{%- endfor %}
</tbody>
</table>"#;

/// The places of counts, symbols and coordinates, and one line for each table from outside the slide.
pub(super) struct Joins;

impl Panel for Joins {
    fn id(&self) -> &str {
        "joins"
    }

    fn html(&self, input: &ReportInput<'_>) -> Result<Option<String>, ReportError> {
        let reading = &input.record.reading;
        let places = [
            ("counts", &reading.counts_from),
            ("gene symbols", &reading.symbols_from),
            ("coordinates", &reading.coordinates_from),
        ];
        let places = places.into_iter().filter(|(_, place)| !place.is_empty());
        let places = places.map(|(what, place)| (what, place.clone()));
        let joins = input.record.joins.iter();
        let joins = joins.map(|join| (join.what.noun(), join.sentence()));
        let rows: Vec<_> = places.chain(joins).collect();
        if rows.is_empty() {
            return Ok(None);
        }
        fill(TEMPLATE, context! { rows }).map(Some)
    }
}
