//! Errors about one field of a TOML file: its path, its line, and what it must be.

use crate::nearest_name::nearest;
use serde::de::{DeserializeOwned, Unexpected};
use std::fmt::Write;
use std::ops::Range;
use toml::de::{DeTable, DeValue};
use toml::{Spanned, Table, Value};

/// A step from a table or list to one of its values.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Item(usize),
}

/// What the parser of a `T` says, with the line and the path of the field, and the nearest name for an unknown one.
///
/// `text` is the file, and `values` what was read as `T`: the file, or the file over other settings.
///
/// # Examples
/// ```
/// use semst::{RunConfig, field_error};
///
/// let text = "[train]\nepochs = true\n";
/// let values: toml::Table = toml::from_str(text)?;
/// let error = toml::Value::Table(values.clone()).try_into::<RunConfig>().unwrap_err();
/// assert_eq!(
///     field_error::<RunConfig>(text, &values, &error),
///     "line 2: `train.epochs`: invalid type: boolean `true`, expected a whole number",
/// );
/// # Ok::<(), toml::de::Error>(())
/// ```
pub fn field_error<T: DeserializeOwned>(
    text: &str,
    values: &Table,
    error: &toml::de::Error,
) -> String {
    let whole = one_line(error.message());
    let file = DeTable::parse(text).map(|file| DeValue::Table(file.into_inner()));
    let file = file.ok();
    let (message, inner) = without_field(&whole);
    let path = quoted::<T>(values, &whole).unwrap_or_else(|| {
        let mut path = Vec::new();
        let found = match (error.span(), &file) {
            (Some(span), Some(file)) => descend(file, &span, &mut path),
            _ => false,
        };
        let mut path = if found { path } else { keys(error) };
        if !path.ends_with(&inner) {
            path.extend(inner);
        }
        with_items(values, path, &whole)
    });
    let of_key = message.find(UNKNOWN).map(|at| &message[at..]);
    let mut names = of_key.unwrap_or_default().split('`').skip(1).step_by(2);
    let unknown = names.next();
    let at = file.as_ref().and_then(|file| place(file, &path, unknown));
    // A text that cannot be parsed has no fields, but a place.
    let at = at.or_else(|| error.span().map(|span| span.start));
    let line = at.map(|at| {
        let before = text.bytes().take(at);
        before.filter(|byte| *byte == b'\n').count() + 1
    });
    let mut said = line.map_or_else(String::new, |line| format!("line {line}: "));
    if !path.is_empty() {
        let _ = write!(said, "`{}`: ", joined(&path));
    }
    said += &in_words(message);
    let nearest = unknown.and_then(|unknown| nearest(unknown, names));
    if let Some(nearest) = nearest {
        let _ = write!(said, "; did you mean `{nearest}`?");
    }
    said
}

const UNKNOWN: &str = "unknown field `";

/// The message and the field that it names at its end, as the parser of tables does: "… in `train.epochs`".
fn without_field(message: &str) -> (&str, Vec<Step>) {
    let found = message
        .strip_suffix('`')
        .and_then(|rest| rest.rsplit_once(" in `"));
    match found {
        Some((before, keys)) => (before, steps(keys)),
        None => (message, Vec::new()),
    }
}

fn steps(keys: &str) -> Vec<Step> {
    keys.split('.').map(|key| Step::Key(key.into())).collect()
}

/// The value that the message quotes: the one for which another value changes only the quote.
///
/// The parser knows no path inside tables whose type depends on a name, because serde reads these in two steps.
fn quoted<T: DeserializeOwned>(values: &Table, message: &str) -> Option<Vec<Step>> {
    let values = Value::Table(values.clone());
    let mut found = None;
    each(&values, &mut Vec::new(), &mut |path, value| {
        let Some((old, other, new)) = quote(value, message) else {
            return false;
        };
        let mut changed = values.clone();
        if let Some(place) = value_at(&mut changed, path) {
            *place = other;
        }
        let said = changed.try_into::<T>().err();
        let is_it = said.is_some_and(|e| one_line(e.message()) == message.replace(&old, &new));
        if is_it {
            found = Some(path.to_vec());
        }
        is_it
    });
    found
}

/// The words of serde for a value in a message, another value of the same type, and the words for that.
fn quote(value: &Value, message: &str) -> Option<(String, Value, String)> {
    const OTHER: &str = "another value";
    let text = || Value::String(OTHER.into());
    let shown = |value: Unexpected<'_>| value.to_string();
    let (old, other, new) = match value {
        Value::String(old) => {
            let variant = |name: &str| format!("variant `{name}`");
            if message.contains(&variant(old)) {
                (variant(old), text(), variant(OTHER))
            } else {
                let new = shown(Unexpected::Str(OTHER));
                (shown(Unexpected::Str(old)), text(), new)
            }
        }
        Value::Boolean(old) => {
            let new = shown(Unexpected::Bool(!old));
            (shown(Unexpected::Bool(*old)), Value::Boolean(!old), new)
        }
        Value::Integer(old) => {
            // A number next to it is as wrong: one of the same sign.
            let other = if *old > 0 {
                old.wrapping_sub(1).max(1)
            } else {
                old.saturating_sub(1)
            };
            let other = if other == *old {
                old.saturating_add(1)
            } else {
                other
            };
            let new = shown(Unexpected::Signed(other));
            (shown(Unexpected::Signed(*old)), Value::Integer(other), new)
        }
        Value::Float(old) => {
            let other = if old.is_finite() { old + 1.0 } else { 1.5 };
            let new = shown(Unexpected::Float(other));
            (shown(Unexpected::Float(*old)), Value::Float(other), new)
        }
        Value::Array(_) => (
            shown(Unexpected::Seq),
            text(),
            shown(Unexpected::Str(OTHER)),
        ),
        Value::Table(_) => (
            shown(Unexpected::Map),
            text(),
            shown(Unexpected::Str(OTHER)),
        ),
        Value::Datetime(_) => return None,
    };
    let typed = |words: &str| format!("invalid type: {words}, ");
    match value {
        Value::Array(_) | Value::Table(_) => Some((typed(&old), other, typed(&new))),
        _ => Some((old, other, new)),
    }
    .filter(|(old, _, _)| message.contains(old))
}

/// The path with the item of each list that it enters: the only one with the key, or the one whose `name` the message quotes.
fn with_items(values: &Table, path: Vec<Step>, message: &str) -> Vec<Step> {
    let is_named = |item: &Value| {
        let name = item.get("name").and_then(Value::as_str);
        name.is_some_and(|name| message.contains(&format!("`{name}`")))
    };
    let whole = Value::Table(values.clone());
    let (mut value, mut found) = (Some(&whole), Vec::with_capacity(path.len()));
    for step in path {
        if let (Step::Key(key), Some(Value::Array(items))) = (&step, value) {
            let with_key = || {
                items
                    .iter()
                    .enumerate()
                    .filter(|(_, i)| i.get(key).is_some())
            };
            let only = with_key().next().filter(|_| with_key().count() == 1);
            let item = only.or_else(|| with_key().find(|(_, item)| is_named(item)));
            value = item.map(|(_, item)| item);
            found.extend(item.map(|(at, _)| Step::Item(at)));
        }
        value = value.and_then(|value| match &step {
            Step::Key(key) => value.get(key),
            Step::Item(at) => value.get(*at),
        });
        found.push(step);
    }
    found
}

/// Visits every value with its path, outer ones first, until the visitor returns true.
fn each(
    value: &Value,
    path: &mut Vec<Step>,
    visit: &mut dyn FnMut(&[Step], &Value) -> bool,
) -> bool {
    let mut inner = |step: Step, value: &Value| {
        path.push(step);
        let ended = visit(path, value) || each(value, path, visit);
        path.pop();
        ended
    };
    match value {
        Value::Table(table) => table
            .iter()
            .any(|(key, v)| inner(Step::Key(key.clone()), v)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .any(|(at, v)| inner(Step::Item(at), v)),
        _ => false,
    }
}

fn value_at<'v>(value: &'v mut Value, path: &[Step]) -> Option<&'v mut Value> {
    path.iter().try_fold(value, |value, step| match step {
        Step::Key(key) => value.get_mut(key),
        Step::Item(at) => value.get_mut(*at),
    })
}

/// Finds the value with a span, else the innermost one around its start. The span of a table with a header is only that header, so
/// that inner values are looked at before the table itself.
fn descend(value: &DeValue<'_>, span: &Range<usize>, path: &mut Vec<Step>) -> bool {
    let inner = |step: Step, key: bool, value: &Spanned<DeValue<'_>>, path: &mut Vec<Step>| {
        path.push(step);
        let found = value.span() == *span
            || descend(value.get_ref(), span, path)
            || key
            || value.span().contains(&span.start);
        if !found {
            path.pop();
        }
        found
    };
    match value {
        DeValue::Table(table) => table.iter().any(|(key, value)| {
            let step = Step::Key(key.get_ref().to_string());
            inner(step, key.span().contains(&span.start), value, path)
        }),
        DeValue::Array(items) => {
            let mut items = items.iter().enumerate();
            items.any(|(place, value)| inner(Step::Item(place), false, value, path))
        }
        _ => false,
    }
}

/// The place of a field in the text, or of an unknown name in or below it.
fn place(file: &DeValue<'_>, path: &[Step], unknown: Option<&str>) -> Option<usize> {
    let (mut value, mut at) = (file, None);
    for step in path {
        let found = match (step, value) {
            (Step::Key(name), DeValue::Table(table)) => {
                let found = table.iter().find(|(key, _)| key.get_ref() == name);
                found.map(|(key, value)| (key.span().start, value.get_ref()))
            }
            (Step::Item(item), DeValue::Array(items)) => {
                let found = items.get(*item);
                found.map(|value| (value.span().start, value.get_ref()))
            }
            _ => None,
        };
        let Some((start, inner)) = found else { break };
        (value, at) = (inner, Some(start));
    }
    unknown.and_then(|name| key_below(value, name)).or(at)
}

fn key_below(value: &DeValue<'_>, name: &str) -> Option<usize> {
    match value {
        DeValue::Table(table) => {
            let own = table.iter().find(|(key, _)| key.get_ref() == name);
            let own = own.map(|(key, _)| key.span().start);
            own.or_else(|| table.iter().find_map(|(_, v)| key_below(v.get_ref(), name)))
        }
        DeValue::Array(items) => items.iter().find_map(|v| key_below(v.get_ref(), name)),
        _ => None,
    }
}

/// The keys that the parser of a table knows: the last line of its message.
fn keys(error: &toml::de::Error) -> Vec<Step> {
    without_field(&one_line(&error.to_string())).1
}

fn joined(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        let _ = match step {
            Step::Key(key) if text.is_empty() => write!(text, "{key}"),
            Step::Key(key) => write!(text, ".{key}"),
            Step::Item(at) => write!(text, "[{at}]"),
        };
    }
    text
}

fn one_line(message: &str) -> String {
    message.trim().replace('\n', " ")
}

/// The message with the types of Rust in words.
fn in_words(message: &str) -> String {
    let message = match message {
        "wanted string or table" => "invalid type: unit variant, expected string only",
        other => other,
    };
    // The parser calls a value so that is there instead of a name.
    let message = message.replace("invalid type: unit variant", "wrong type");
    let Some((before, expected)) = message.rsplit_once(", expected ") else {
        return message;
    };
    let words = match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" | "i32" | "i64" => "a whole number",
        "a nonzero u32" | "a nonzero u64" | "a nonzero usize" => "a whole number from 1",
        "f32" | "f64" => "a number",
        "a string" => "a text",
        "path string" => "a path",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "string only" | "string or map" | "string or table" | "variant identifier" => "a name",
        "a map" | "map" => "a table",
        other if other.starts_with("struct ") || other.starts_with("internally tagged enum ") => {
            "a table"
        }
        other => other,
    };
    format!("{before}, expected {words}")
}

#[cfg(test)]
mod tests {
    use super::field_error;
    use serde::Deserialize;
    use toml::{Table, Value};

    #[derive(Debug, Deserialize)]
    #[serde(tag = "name", deny_unknown_fields)]
    enum Part {
        #[serde(rename = "a")]
        A { _width: u32, _on: bool },
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        _parts: Vec<Part>,
        _ratio: Option<f64>,
        _word: Word,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Word {
        Yes,
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let values: Table = toml::from_str(text).expect("TOML");
        let error = Value::Table(values.clone())
            .try_into::<File>()
            .expect_err("no such file");
        assert_eq!(field_error::<File>(text, &values, &error), expected);
        // The parser of texts knows the same.
        let error = toml::from_str::<File>(text).expect_err("no such file");
        assert_eq!(field_error::<File>(text, &values, &error), expected);
    }

    #[test]
    fn a_field_is_named_by_its_path_and_line() {
        let part = |settings: &str| {
            format!(
                "_word = \"yes\"\n_parts = [\n{{ name = \"a\", _width = 2, _on = true }},\n{{ name = \"a\", {settings} }},\n]\n"
            )
        };
        check(
            &part("_width = true, _on = true"),
            "line 4: `_parts[1]._width`: invalid type: boolean `true`, expected a whole number",
        );
        check(
            &part("_width = [2], _on = true"),
            "line 4: `_parts[1]._width`: invalid type: sequence, expected a whole number",
        );
        check(
            &part("_width = -1, _on = true"),
            "line 4: `_parts[1]._width`: invalid value: integer `-1`, expected a whole number",
        );
        check(
            &part("_width = 2, _on = \"yes\""),
            "line 4: `_parts[1]._on`: invalid type: string \"yes\", expected true or false",
        );
        check(
            "_word = \"no\"\n_parts = []\n",
            "line 1: `_word`: unknown variant `no`, expected `yes`",
        );
        check(
            "_word = \"yes\"\n_parts = []\n_ratio = {}\n",
            "line 3: `_ratio`: invalid type: map, expected a number",
        );
        check(
            "_word = \"yes\"\n_parts = 1.5\n",
            "line 2: `_parts`: invalid type: floating point `1.5`, expected a list",
        );
    }
}
