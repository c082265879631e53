//! The report: one HTML file.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use minijinja::value::{Serde, Value as Slot};
use minijinja::{AutoEscape, Environment, context};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::domain_map::DomainMap;
use crate::drawing::{Drawing, escape};
use crate::error::ReportError;
use crate::input::{DomainMeaning, ReportInput};
use crate::labels::Labels;
use crate::line_chart::{LineChart, Series};
use crate::number::{count, short};
use crate::value_map::ValueMap;

/// More spots than this are shown as PNG instead of as vector shapes.
const VECTOR_SPOTS: usize = 20_000;

const PAGE: &str = include_str!("../templates/report.html");
const STYLE: &str = include_str!("../templates/report.css");

/// A report as one HTML file, without scripts and without anything to load.
#[derive(Debug, Clone)]
pub struct Report<'a> {
    input: &'a ReportInput,
}

impl<'a> Report<'a> {
    /// A report of these parts.
    #[must_use]
    pub fn new(input: &'a ReportInput) -> Self {
        Self { input }
    }

    /// Writes the page. All text of the input is escaped; the same input gives the same bytes.
    ///
    /// # Errors
    ///
    /// As [`DomainMap::draw`](crate::DomainMap::draw) for the maps, [`ReportError::Length`] for the
    /// confidence, [`ReportError::Encode`] and [`ReportError::Paint`] for pictures of many spots.
    ///
    /// # Complexity
    ///
    /// O(spots).
    pub fn to_html(&self) -> Result<String, ReportError> {
        let input = self.input;
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        environment.add_template("report.html", PAGE)?;
        let page = environment.get_template("report.html")?.render(context! {
            style => STYLE,
            title => &input.title,
            subtitle => &input.subtitle,
            facts => self.facts(),
            maps => Slot::from(Serde(self.maps()?)),
            losses => self.losses(),
            sizes => Slot::from(Serde(sizes(&input.domains))),
            scores => input.scores.iter().map(|s| context! {
                name => &s.name, definition => &s.definition, value => s.value.map_or_else(|| "–".to_owned(), |v| format!("{v:.3}")),
            }).collect::<Vec<_>>(),
            semantics => Slot::from(Serde(self.semantics())),
            semantics_note => &input.semantics_note,
            dropped => input.dropped.iter().map(|d| context! {
                what => &d.what, count => count(d.count), detail => &d.detail,
            }).collect::<Vec<_>>(),
            tables => input.tables.iter().map(|table| table.to_html()).collect::<Vec<_>>(),
            parameters => Slot::from(Serde(sections(&input.parameters))),
            versions => Slot::from(Serde(&input.versions)),
            date => &input.date,
            command => &input.command,
        })?;
        Ok(page)
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let input = self.input;
        let (sizes, _) = input.domains.sizes();
        let found = sizes.iter().filter(|size| **size > 0).count();
        let facts = [
            ("spots", Some(count(input.tissue.coords.len()))),
            ("genes", (input.n_genes > 0).then(|| count(input.n_genes))),
            ("domains", Some(count(found))),
            ("seed", input.seed.map(|seed| seed.to_string())),
            (
                "device",
                Some(input.device.clone()).filter(|device| !device.is_empty()),
            ),
            ("time", input.seconds.map(duration)),
        ];
        facts
            .into_iter()
            .filter_map(|(name, text)| Some((name, text?)))
            .collect()
    }

    fn maps(&self) -> Result<Vec<Picture>, ReportError> {
        let input = self.input;
        let vector = input.tissue.coords.len() <= VECTOR_SPOTS;
        let mut maps = vec![Picture::new(
            "Domains",
            &DomainMap::new(&input.tissue, &input.domains).draw()?,
            vector,
        )?];
        if let Some((column, labels)) = &input.truth {
            let drawing = DomainMap::new(&input.tissue, labels).draw()?;
            maps.push(Picture::new(
                &format!("Known labels: {column}"),
                &drawing,
                vector,
            )?);
        }
        if let Some(confidence) = &input.confidence {
            let drawing = ValueMap::new(&input.tissue, confidence)
                .with_range(0.0, 1.0)
                .draw()?;
            maps.push(Picture::new("Confidence of the domain", &drawing, vector)?);
        }
        Ok(maps)
    }

    fn losses(&self) -> Vec<String> {
        let chart = |(i, curve): (usize, &crate::input::LossCurve)| {
            let mut series = Series::new(&curve.name, &curve.values);
            series.color = Some(crate::palette::domain_color(if i == 0 { 0 } else { 5 }));
            LineChart::new(&curve.name, "epoch", "")
                .with_size(330.0, 210.0)
                .with_series(series)
                .draw()
                .to_inline_svg()
        };
        self.input
            .losses
            .iter()
            .filter(|curve| !curve.values.is_empty())
            .enumerate()
            .map(chart)
            .collect()
    }

    fn semantics(&self) -> Vec<Meaning> {
        let domains = &self.input.domains;
        let colors = domains.colors();
        let row = |meaning: &DomainMeaning| {
            let index = meaning.domain as usize;
            let ranked = |list: &[crate::input::Ranked]| {
                list.iter()
                    .map(|r| (r.name.clone(), short(r.score)))
                    .collect()
            };
            Meaning {
                name: domains
                    .names
                    .get(index)
                    .cloned()
                    .unwrap_or_else(|| format!("Domain {index}")),
                color: colors
                    .get(index)
                    .map(ToString::to_string)
                    .unwrap_or_default(),
                sentence: meaning.sentence.clone(),
                functions: ranked(&meaning.functions),
                genes: ranked(&meaning.genes),
            }
        };
        self.input.semantics.iter().map(row).collect()
    }
}

#[derive(Serialize)]
struct Picture {
    name: String,
    html: String,
}

impl Picture {
    fn new(name: &str, drawing: &Drawing, vector: bool) -> Result<Self, ReportError> {
        let html = if vector {
            drawing.to_inline_svg()
        } else {
            let (width, height) = drawing.size();
            let data = BASE64_STANDARD.encode(drawing.to_png(2.0)?);
            let name = escape(name);
            format!(
                "<img class=\"paper\" alt=\"{name}\" width=\"{width}\" height=\"{height}\" src=\"data:image/png;base64,{data}\">"
            )
        };
        Ok(Self {
            name: name.to_owned(),
            html,
        })
    }
}

#[derive(Serialize)]
struct Meaning {
    name: String,
    sentence: String,
    color: String,
    functions: Vec<(String, String)>,
    genes: Vec<(String, String)>,
}

#[derive(Serialize)]
struct Size {
    name: String,
    color: String,
    count: String,
    percent: String,
    /// Length of the bar in percent of the longest.
    bar: String,
}

fn sizes(labels: &Labels) -> Vec<Size> {
    let (sizes, unlabelled) = labels.sizes();
    let total = (sizes.iter().sum::<usize>() + unlabelled).max(1) as f64;
    let longest = sizes.iter().copied().max().unwrap_or(0).max(1) as f64;
    let rows = labels.names.iter().zip(labels.colors()).zip(sizes);
    rows.map(|((name, color), size)| Size {
        name: name.clone(),
        color: color.to_string(),
        count: count(size),
        percent: format!("{:.1} %", 100.0 * size as f64 / total),
        bar: format!("{:.1}", 100.0 * size as f64 / longest),
    })
    .collect()
}

#[derive(Serialize)]
struct Section {
    name: String,
    rows: Vec<(String, String)>,
}

/// Top-level values as one section, each object within as a section; deeper keys are joined by dots.
fn sections(parameters: &Map<String, Value>) -> Vec<Section> {
    let mut sections = vec![Section {
        name: String::new(),
        rows: Vec::new(),
    }];
    for (key, value) in parameters {
        match value {
            Value::Object(inner) => {
                let mut rows = Vec::new();
                flatten("", inner, &mut rows);
                sections.push(Section {
                    name: key.clone(),
                    rows,
                });
            }
            value => sections[0].rows.push((key.clone(), plain(value))),
        }
    }
    sections.retain(|section| !section.rows.is_empty());
    sections
}

fn flatten(prefix: &str, object: &Map<String, Value>, rows: &mut Vec<(String, String)>) {
    for (key, value) in object {
        let key = if prefix.is_empty() {
            key.clone()
        } else {
            format!("{prefix}.{key}")
        };
        match value {
            Value::Object(inner) => flatten(&key, inner, rows),
            value => rows.push((key, plain(value))),
        }
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "–".to_owned(),
        other => other.to_string(),
    }
}

fn duration(seconds: f64) -> String {
    if seconds < 60.0 {
        format!("{seconds:.1} s")
    } else {
        let whole = seconds.round() as u64;
        format!("{} min {:02} s", whole / 60, whole % 60)
    }
}

#[cfg(test)]
mod tests;
