//! `semst report`: pictures and report of a finished run, drawn anew.

use crate::args::ReportArgs;
use crate::outputs::OutputFolder;
use crate::run::command_line;
use crate::truth;
use anyhow::{Context, Result};
use semst::io::{UnsValue, label_codes, read_run};
use semst::report::{DomainMeaning, Labels, LossCurve, Ranked, ReportInput};
use semst::tissue;
use serde_json::Value;
use std::io::Write;
use std::path::Path;

pub(crate) fn main(args: &ReportArgs) -> Result<()> {
    let file = read_run(&args.input, &[])?;
    let name = args
        .input
        .file_stem()
        .map_or_else(|| "run".into(), |s| s.to_string_lossy().into_owned());
    let beside = args
        .input
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or_else(|| Path::new("."));
    let folder = OutputFolder::create(args.output.as_deref().unwrap_or(beside))?;
    let domains = file.obs.labels(&args.pred).with_context(no_domains)?;
    let domains = labels(&domains, "Domain ");
    let spatial = file
        .spatial
        .as_ref()
        .with_context(|| format!("{} has no coordinates to draw on", args.input.display()))?;
    let tissue = tissue(spatial.view(), file.image.as_ref());
    let mut input = ReportInput::new(format!("Spatial domains of {name}"), tissue, domains);
    if let Some(key) = &args.truth {
        let truth = truth::read(&file.obs, &file.barcodes, key)?;
        input.truth = Some((truth.key, labels(&truth.labels, "")));
    }
    if let Some(UnsValue::Dict(record)) = file.uns("semst") {
        for (key, value) in record {
            match (key.as_str(), value) {
                ("losses", UnsValue::Dict(curves)) => {
                    input.losses = curves.iter().filter_map(curve).collect()
                }
                ("params", value) => {
                    if let Ok(Value::Object(parameters)) = serde_json::to_value(value) {
                        input.parameters = parameters;
                    }
                }
                ("device", UnsValue::Str(device)) => input.device.clone_from(device),
                ("semantics", UnsValue::Dict(semantics)) => {
                    (input.semantics, input.semantics_note) = meanings(semantics, &input.domains);
                }
                _ => {}
            }
        }
    }
    input.command = command_line();
    for path in folder.write_report(&name, &input)? {
        writeln!(std::io::stdout(), "{}", path.display())?;
    }
    Ok(())
}

/// What to do about a file without domains.
pub(crate) fn no_domains() -> &'static str {
    "no domains: run `semst run` on it first, or name the column that holds them with --pred"
}

/// Labels with their names in natural order.
fn labels(values: &[Option<String>], prefix: &str) -> Labels {
    let found = label_codes(values);
    let names = found.names.iter().map(|name| format!("{prefix}{name}"));
    Labels::with_gaps(found.codes, names)
}

/// What a run found about the meaning of its domains, and the note beside it.
fn meanings(semantics: &[(String, UnsValue)], domains: &Labels) -> (Vec<DomainMeaning>, String) {
    let entry = |of: &[(String, UnsValue)], key: &str| {
        of.iter().find(|(k, _)| k == key).map(|(_, v)| v.clone())
    };
    let text = |value: Option<UnsValue>| match value {
        Some(UnsValue::Str(text)) => text,
        _ => String::new(),
    };
    let texts = |value: Option<UnsValue>| match value {
        Some(UnsValue::StrArray(texts)) => texts,
        _ => Vec::new(),
    };
    let numbers = |value: Option<UnsValue>| match value {
        Some(UnsValue::FloatArray(numbers)) => numbers,
        _ => Vec::new(),
    };
    let ranked = |names: Vec<String>, scores: Vec<f64>| {
        let ranked = names.into_iter().zip(scores);
        ranked.map(|(name, score)| Ranked { name, score }).collect()
    };
    let Some(UnsValue::Dict(told)) = entry(semantics, "domains") else {
        return (Vec::new(), text(entry(semantics, "note")));
    };
    let mut meanings = Vec::new();
    for (name, domain) in &told {
        let UnsValue::Dict(domain) = domain else {
            continue;
        };
        let own = format!("Domain {name}");
        let index = domains.names.iter().position(|n| *n == own || n == name);
        let mut genes = texts(entry(domain, "genes"));
        let (Some(index), false) = (index, genes.is_empty()) else {
            continue;
        };
        genes.truncate(12);
        let functions = texts(entry(domain, "functions"));
        let members = texts(entry(domain, "function_genes"));
        let functions = functions.into_iter().zip(members);
        let functions = functions.map(|(term, genes)| format!("{term} ({genes})"));
        meanings.push(DomainMeaning {
            domain: index as u32,
            sentence: text(entry(domain, "summary")).replacen("domain ", "Domain ", 1),
            functions: ranked(functions.collect(), numbers(entry(domain, "function_z"))),
            genes: ranked(genes, numbers(entry(domain, "attribution"))),
        });
    }
    meanings.sort_by_key(|meaning| meaning.domain);
    (meanings, text(entry(semantics, "note")))
}

fn curve((name, values): &(String, UnsValue)) -> Option<LossCurve> {
    match values {
        UnsValue::FloatArray(values) => Some(LossCurve {
            name: name.clone(),
            values: values.clone(),
        }),
        _ => None,
    }
}
