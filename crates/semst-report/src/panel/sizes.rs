//! Panel of the number of spots of each domain.

use minijinja::context;

use super::Panel;
use crate::error::ReportError;
use crate::input::ReportInput;
use crate::number::count;
use crate::page::fill;

const TEMPLATE: &str = r#"<h2>Domains</h2>
<table>
<thead><tr><th scope="col">domain</th><th scope="col" class="number">spots</th><th scope="col" class="number">share</th><th class="bar"></th></tr></thead>
<tbody>
{%- for name, color, count, percent, bar in sizes %}
<tr><th scope="row"><span class="swatch" style="background:{{ color }}"></span>{{ name }}</th><td class="number">{{ count }}</td><td class="number">{{ percent }}</td><td class="bar"><span style="width:{{ bar }}%;background:{{ color }}"></span></td></tr>
{%- endfor %}
</tbody>
</table>"#;

/// The table of domain sizes.
pub(super) struct Sizes;

impl Panel for Sizes {
    fn id(&self) -> &str {
        "sizes"
    }

    fn html(&self, input: &ReportInput<'_>) -> Result<Option<String>, ReportError> {
        let labels = &input.domains;
        let (sizes, unlabelled) = labels.sizes();
        let total = (sizes.iter().sum::<usize>() + unlabelled).max(1) as f64;
        let longest = sizes.iter().copied().max().unwrap_or(0).max(1) as f64;
        let rows = labels.names.iter().zip(labels.colors()).zip(sizes);
        let sizes: Vec<_> = rows
            .map(|((name, color), size)| {
                (
                    name.clone(),
                    color.to_string(),
                    count(size),
                    format!("{:.1} %", 100.0 * size as f64 / total),
                    // Length of the bar in percent of the longest.
                    format!("{:.1}", 100.0 * size as f64 / longest),
                )
            })
            .collect();
        fill(TEMPLATE, context! { sizes }).map(Some)
    }
}
