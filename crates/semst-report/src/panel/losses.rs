//! Panel of losses by epoch.

use minijinja::context;

use super::Panel;
use crate::error::ReportError;
use crate::input::ReportInput;
use crate::line_chart::{LineChart, Series};
use crate::page::fill;
use crate::palette::domain_color;

const TEMPLATE: &str = r#"<h2>Training</h2>
<div class="charts">
{%- for chart in charts %}
<figure>{{ chart|safe }}</figure>
{%- endfor %}
</div>"#;

/// A chart for each term of the loss.
pub(super) struct Losses;

impl Panel for Losses {
    fn id(&self) -> &str {
        "losses"
    }

    fn html(&self, input: &ReportInput<'_>) -> Result<Option<String>, ReportError> {
        let chart = |(i, (name, values)): (usize, (&str, &[f64]))| {
            let mut series = Series::new(name, values);
            series.color = Some(domain_color(if i == 0 { 0 } else { 5 }));
            LineChart::new(name, "epoch", "")
                .with_size(330.0, 210.0)
                .with_series(series)
                .draw()
                .to_inline_svg()
        };
        let curves = input.record.losses.curves();
        let curves = curves.filter(|(_, values)| !values.is_empty());
        let charts: Vec<String> = curves.enumerate().map(chart).collect();
        if charts.is_empty() {
            return Ok(None);
        }
        fill(TEMPLATE, context! { charts }).map(Some)
    }
}
