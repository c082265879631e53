//! Tests of the page.

use serde_json::json;

use semst_record::{DomainSemantics, Dropped, Function, GeneScore, Losses, Parameters};

use super::*;
use crate::labels::Labels;
use crate::table::{Better, Cell, Column, Table};
use crate::tissue::Tissue;

type Outcome = Result<(), ReportError>;

const HOSTILE: &str = "<script>alert('x')</script>\"&<img src=http://evil.example/x>";

fn record(text: &str) -> RunRecord {
    let mut record = RunRecord {
        version: text.to_owned(),
        seed: 0,
        device: text.to_owned(),
        program: text.to_owned(),
        losses: Losses::new(vec![3.0, 2.0, 1.5], Vec::new()),
        ..RunRecord::default()
    };
    text.clone_into(&mut record.slide.name);
    record.slide.genes = 20;
    text.clone_into(&mut record.method.encoder);
    record.score(text, 0.5);
    record.semantics.domains = vec![DomainSemantics {
        genes: vec![GeneScore {
            gene: text.to_owned(),
            attribution: 1.25,
            here: 1.0,
            elsewhere: 0.5,
        }],
        functions: vec![Function {
            term: text.to_owned(),
            id: text.to_owned(),
            z: 1.25,
            genes: vec![text.to_owned()],
        }],
        ..DomainSemantics::new(0, 1.0)
    }];
    record.drop_counted(Dropped::ZeroSpots, 3);
    record.reading.doubts = vec![text.to_owned()];
    let parameters = json!({ "k": 7, text: text, "model": { text: { text: [1, 2] } } });
    record.params = Parameters::of(&parameters).unwrap_or_default();
    record
}

fn full<'r>(record: &'r RunRecord, text: &str) -> Result<ReportInput<'r>, ReportError> {
    let tissue = Tissue::new(
        (0..30)
            .map(|i| [f64::from(i % 6), f64::from(i / 6)])
            .collect(),
    )
    .with_um_per_unit(100.0);
    let labels = Labels::new((0..30).map(|i| i % 3).collect(), [text, "b", "c"]);
    let mut input = ReportInput::new(record, tissue, labels.clone());
    input.truth = Some((text.to_owned(), labels));
    input.confidence = Some(vec![0.5; 30]);
    let columns = [Column::text(text), Column::number(text, Better::Higher)];
    input.tables = vec![
        Table::new(text, columns)
            .with_row([Cell::text(text), Cell::Number(1.0)])?
            .with_note(text),
    ];
    Ok(input)
}

/// Checks that every element is closed where necessary, and that attributes contain no unescaped quote.
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
    let record = record("plain");
    let html = Report::new(&full(&record, "plain")?).to_html()?;
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
    assert!(html.contains("<code>plain.plain</code>"));
    Ok(())
}

#[test]
fn a_page_of_the_least_has_no_empty_sections() -> Outcome {
    let record = RunRecord::default();
    let input = ReportInput::new(
        &record,
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
    let record = record(HOSTILE);
    let html = Report::new(&full(&record, HOSTILE)?).to_html()?;
    check_well_formed(&html);
    assert!(!html.contains("<script") && !html.contains("<img src"));
    assert!(html.contains("&lt;script&gt;"));
    Ok(())
}

#[test]
fn nothing_is_loaded() -> Outcome {
    let record = record("plain");
    let html = Report::new(&full(&record, "plain")?).to_html()?;
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
    let record = RunRecord::default();
    let input = ReportInput::new(
        &record,
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
    let record = record("plain");
    let mut input = full(&record, "plain")?;
    input.confidence = Some(vec![1.0]);
    let error = Report::new(&input).to_html().err().map(|e| e.to_string());
    assert_eq!(error.as_deref(), Some("values has 1 entries for 30 spots"));
    Ok(())
}

/// A panel of a third party.
struct Hello;

impl Panel for Hello {
    fn id(&self) -> &str {
        "hello"
    }

    fn html(&self, input: &ReportInput<'_>) -> Result<Option<String>, ReportError> {
        Ok(Some(format!("<p>{} spots</p>", input.tissue.coords.len())))
    }
}

#[test]
fn a_panel_can_be_added() -> Outcome {
    let record = record("plain");
    let input = full(&record, "plain")?;
    let html = Report::new(&input).with_panel(&Hello).to_html()?;
    check_well_formed(&html);
    assert!(html.contains("<section id=\"hello\">\n<p>30 spots</p>"));
    Ok(())
}

#[test]
fn the_command_is_quoted_for_a_shell() -> Outcome {
    let mut record = record("plain");
    record.program = "semst".to_owned();
    record.reading.file = "a;b (*).h5ad".to_owned();
    let html = Report::new(&full(&record, "plain")?).to_html()?;
    assert!(
        html.contains("semst run &#x27;a;b (*).h5ad&#x27; --config run.toml"),
        "{html}"
    );
    Ok(())
}
