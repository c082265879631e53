//! Tests of the page.

use serde_json::json;

use super::*;
use crate::input::{Dropped, LossCurve, Ranked, Score, Version};
use crate::table::{Better, Cell, Column, Table};
use crate::tissue::Tissue;

type Outcome = Result<(), ReportError>;

const HOSTILE: &str = "<script>alert('x')</script>\"&<img src=http://evil.example/x>";

fn full(text: &str) -> Result<ReportInput, ReportError> {
    let tissue = Tissue::new(
        (0..30)
            .map(|i| [f64::from(i % 6), f64::from(i / 6)])
            .collect(),
    )
    .with_um_per_unit(100.0);
    let labels = Labels::new((0..30).map(|i| i % 3).collect(), [text, "b", "c"]);
    let mut input = ReportInput::new(text, tissue, labels.clone());
    input.subtitle = text.to_owned();
    input.truth = Some((text.to_owned(), labels));
    input.confidence = Some(vec![0.5; 30]);
    input.n_genes = 20;
    input.losses = vec![LossCurve {
        name: text.to_owned(),
        values: vec![3.0, 2.0, 1.5],
    }];
    input.scores = vec![Score {
        name: text.to_owned(),
        value: Some(0.5),
        definition: text.to_owned(),
    }];
    let ranked = || {
        vec![Ranked {
            name: text.to_owned(),
            score: 1.25,
        }]
    };
    input.semantics = vec![DomainMeaning {
        sentence: String::new(),
        domain: 0,
        functions: ranked(),
        genes: ranked(),
    }];
    input.dropped = vec![Dropped {
        what: text.to_owned(),
        count: 3,
        detail: text.to_owned(),
    }];
    let columns = [Column::text(text), Column::number(text, Better::Higher)];
    input.tables = vec![
        Table::new(text, columns)
            .with_row([Cell::text(text), Cell::Number(1.0)])?
            .with_note(text),
    ];
    if let Value::Object(parameters) =
        json!({ "k": 7, text: text, "model": { text: { text: [1, 2] }, "none": null } })
    {
        input.parameters = parameters;
    }
    input.versions = vec![Version {
        name: text.to_owned(),
        version: text.to_owned(),
    }];
    input.seed = Some(0);
    input.device = text.to_owned();
    input.seconds = Some(83.4);
    input.date = text.to_owned();
    input.command = text.to_owned();
    Ok(input)
}

/// Checks that every element is closed where it must be, and that attributes hold no stray quote.
#[track_caller]
fn check_well_formed(html: &str) {
    const VOID: [&str; 4] = ["meta", "img", "br", "!DOCTYPE"];
    let mut open: Vec<&str> = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        let end = rest[start..]
            .find('>')
            .map_or(rest.len(), |end| start + end);
        let tag = &rest[start + 1..end];
        rest = &rest[(end + 1).min(rest.len())..];
        let name = tag
            .trim_start_matches('/')
            .split([' ', '\n', '/'])
            .next()
            .unwrap_or_default();
        assert_eq!(tag.matches('"').count() % 2, 0, "quotes of <{tag}>");
        if tag.starts_with('/') {
            assert_eq!(
                open.pop(),
                Some(name),
                "</{name}> closes nothing; open: {open:?}"
            );
        } else if !VOID.contains(&name) && !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "never closed: {open:?}");
}

#[test]
fn a_full_page_is_well_formed() -> Outcome {
    let html = Report::new(&full("plain")?).to_html()?;
    check_well_formed(&html);
    for part in [
        "map",
        "scores",
        "sizes",
        "semantics",
        "losses",
        "tables",
        "dropped",
        "parameters",
    ] {
        assert!(html.contains(&format!("<section id=\"{part}\">")), "{part}");
    }
    assert!(html.contains("1 min 23 s"));
    assert!(html.contains("<code>plain.plain</code>"));
    Ok(())
}

#[test]
fn a_page_of_the_least_has_no_empty_sections() -> Outcome {
    let input = ReportInput::new(
        "t",
        Tissue::new(vec![[0.0, 0.0], [1.0, 1.0]]),
        Labels::numbered(vec![0, 1]),
    );
    let html = Report::new(&input).to_html()?;
    check_well_formed(&html);
    assert_eq!(html.matches("<section").count(), 2, "map and sizes");
    assert_eq!(html, Report::new(&input).to_html()?);
    Ok(())
}

#[test]
fn hostile_text_is_escaped() -> Outcome {
    let html = Report::new(&full(HOSTILE)?).to_html()?;
    check_well_formed(&html);
    assert!(!html.contains("<script") && !html.contains("<img src"));
    assert!(html.contains("&lt;script&gt;"));
    Ok(())
}

#[test]
fn nothing_is_loaded() -> Outcome {
    let html = Report::new(&full("plain")?).to_html()?;
    for word in [
        "http://", "https://", "@import", "<link", "<script", "url(", "<iframe",
    ] {
        assert!(!html.contains(word), "{word}");
    }
    Ok(())
}

#[test]
fn many_spots_become_a_picture() -> Outcome {
    let n = 20_001;
    let tissue = Tissue::new(
        (0..n)
            .map(|i| [f64::from(i % 150), f64::from(i / 150)])
            .collect(),
    );
    let input = ReportInput::new(
        "many",
        tissue,
        Labels::new((0..n as u32).map(|i| i % 2).collect(), ["a", "b"]),
    );
    let html = Report::new(&input).to_html()?;
    check_well_formed(&html);
    assert!(html.contains("src=\"data:image/png;base64,") && !html.contains("<circle"));
    Ok(())
}

#[test]
fn lengths_are_checked() -> Outcome {
    let mut input = full("plain")?;
    input.confidence = Some(vec![1.0]);
    let error = Report::new(&input).to_html().err().map(|e| e.to_string());
    assert_eq!(error.as_deref(), Some("values has 1 entries for 30 spots"));
    Ok(())
}
