//! Panel of domains, known labels and confidence on the tissue.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use minijinja::context;

use super::Panel;
use crate::domain_map::DomainMap;
use crate::drawing::{Drawing, escape};
use crate::error::ReportError;
use crate::input::ReportInput;
use crate::page::fill;
use crate::value_map::ValueMap;

/// More spots than this are shown as PNG and not as vector shapes.
const VECTOR_SPOTS: usize = 20_000;

const TEMPLATE: &str = r#"
{%- for name, html in maps %}
<figure class="map{% if loop.first %} first{% endif %}">
<figcaption>{{ name }}</figcaption>
{{ html|safe }}
</figure>
{%- endfor %}"#;

/// The maps.
pub(super) struct Maps;

impl Panel for Maps {
    fn id(&self) -> &str {
        "map"
    }

    fn html(&self, input: &ReportInput<'_>) -> Result<Option<String>, ReportError> {
        let mut drawings = vec![(
            "Domains".to_owned(),
            DomainMap::new(&input.tissue, &input.domains).draw()?,
        )];
        if let Some((column, labels)) = &input.truth {
            let drawing = DomainMap::new(&input.tissue, labels).draw()?;
            drawings.push((format!("Known labels: {column}"), drawing));
        }
        if let Some(confidence) = &input.confidence {
            let map = ValueMap::new(&input.tissue, confidence).with_range(0.0, 1.0);
            drawings.push(("Confidence of the domain".to_owned(), map.draw()?));
        }
        let vector = input.tissue.coords.len() <= VECTOR_SPOTS;
        let maps = drawings
            .into_iter()
            .map(|(name, drawing)| {
                let html = shown(&name, &drawing, vector)?;
                Ok((name, html))
            })
            .collect::<Result<Vec<_>, ReportError>>()?;
        fill(TEMPLATE, context! { maps }).map(Some)
    }
}

fn shown(name: &str, drawing: &Drawing, vector: bool) -> Result<String, ReportError> {
    if vector {
        return Ok(drawing.to_inline_svg());
    }
    let (width, height) = drawing.size();
    let data = BASE64_STANDARD.encode(drawing.to_png(2.0)?);
    let name = escape(name);
    Ok(format!(
        "<img class=\"paper\" alt=\"{name}\" width=\"{width}\" height=\"{height}\" src=\"data:image/png;base64,{data}\">"
    ))
}
