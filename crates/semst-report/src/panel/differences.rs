//! Panel of what was done in another way than asked for.

use minijinja::context;

use super::Panel;
use crate::error::ReportError;
use crate::input::ReportInput;
use crate::page::fill;

const TEMPLATE: &str = r#"<h2>Not as asked for</h2>
<ul>
{%- for text in lines %}
<li>{{ text }}</li>
{%- endfor %}
</ul>"#;

/// One line for each difference.
pub(super) struct Differences;

impl Panel for Differences {
    fn id(&self) -> &str {
        "differences"
    }

    fn html(&self, input: &ReportInput<'_>) -> Result<Option<String>, ReportError> {
        let differences = input.record.differences.iter();
        let lines: Vec<String> = differences
            .map(|difference| difference.sentence())
            .collect();
        if lines.is_empty() {
            return Ok(None);
        }
        fill(TEMPLATE, context! { lines }).map(Some)
    }
}
