//! Panel of all parameters of the run.

use minijinja::context;
use serde_json::{Map, Value};

use super::Panel;
use crate::error::ReportError;
use crate::input::ReportInput;
use crate::page::fill;

const TEMPLATE: &str = r#"<h2>Parameters</h2>
<div class="columns">
{%- for name, rows in sections %}
<table>
{%- if name %}
<caption>{{ name }}</caption>
{%- endif %}
<tbody>
{%- for name, value in rows %}
<tr><th scope="row"><code>{{ name }}</code></th><td>{{ value }}</td></tr>
{%- endfor %}
</tbody>
</table>
{%- endfor %}
</div>"#;

/// A name and its value as text.
type Row = (String, String);

/// The tables of parameters.
pub(super) struct Settings;

impl Panel for Settings {
    fn id(&self) -> &str {
        "parameters"
    }

    fn html(&self, input: &ReportInput<'_>) -> Result<Option<String>, ReportError> {
        let record = input.record;
        let mut sections = sections(record.params.iter());
        let mut provenance = Vec::new();
        for (key, value) in record.semantics.provenance.iter() {
            row(key.clone(), value, &mut provenance);
        }
        if !provenance.is_empty() {
            sections.push(("semantics_used".to_owned(), provenance));
        }
        if sections.is_empty() {
            return Ok(None);
        }
        fill(TEMPLATE, context! { sections }).map(Some)
    }
}

/// Top-level values as one section, and each object as a section; deeper keys are joined by dots.
fn sections<'v>(
    parameters: impl Iterator<Item = (&'v String, &'v Value)>,
) -> Vec<(String, Vec<Row>)> {
    let mut sections = vec![(String::new(), Vec::new())];
    for (key, value) in parameters {
        match value {
            Value::Object(inner) => {
                let mut rows = Vec::new();
                flatten("", inner, &mut rows);
                sections.push((key.clone(), rows));
            }
            value => row(key.clone(), value, &mut sections[0].1),
        }
    }
    sections.retain(|(_, rows)| !rows.is_empty());
    sections
}

fn flatten(prefix: &str, object: &Map<String, Value>, rows: &mut Vec<Row>) {
    for (key, value) in object {
        let key = match prefix {
            "" => key.clone(),
            _ => format!("{prefix}.{key}"),
        };
        row(key, value, rows);
    }
}

fn row(key: String, value: &Value, rows: &mut Vec<Row>) {
    match value {
        Value::Object(inner) => flatten(&key, inner, rows),
        Value::String(text) => rows.push((key, text.clone())),
        other => rows.push((key, other.to_string())),
    }
}
