//! Damages settings in TOML.

use super::dice::Dice;

/// Numbers at the ends of what settings allow, and beyond.
const NUMBERS: [&str; 16] = [
    "0",
    "1",
    "2",
    "-1",
    "0.0",
    "0.5",
    "-0.5",
    "1e-300",
    "1e300",
    "nan",
    "inf",
    "-inf",
    "65537",
    "4294967296",
    "9223372036854775807",
    "1000000000000",
];

/// Values of other types.
const OTHERS: [&str; 12] = [
    "[]",
    "{}",
    "true",
    "[[1]]",
    "{ name = 1 }",
    "\"\"",
    "\"x\"",
    "\"none\"",
    "\"\\u0000\"",
    "\"\\u001b[31m\\u009b\\u202e\"",
    "\"../x\"",
    "1979-05-27",
];

/// Changes values, keys, headers or lines.
pub(crate) fn damage(dice: &mut Dice, text: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(String::from).collect();
    for _ in 0..=dice.below(2) {
        if lines.is_empty() {
            break;
        }
        let at = dice.below(lines.len());
        let line = lines[at].clone();
        let setting = line.split_once(" = ");
        match (setting, dice.below(10)) {
            (Some((key, value)), 0) => lines[at] = format!("{key} = {value}\n{key} = {value}"),
            (Some((key, value)), 1) => lines[at] = format!("{key} = {value}{value}"),
            (Some((key, _)), 2..=4) => lines[at] = format!("{key} = {}", dice.pick(&OTHERS)),
            (Some((key, _)), 5..) => lines[at] = format!("{key} = {}", dice.pick(&NUMBERS)),
            (None, 0..=2) => lines[at] = line.replace('[', "[x.").replace("[x.[x.", "[[x."),
            (None, 3..=5) => lines[at] = format!("{line}\n{line}"),
            (_, 6) => lines.rotate_left(at),
            _ => drop(lines.remove(at)),
        }
    }
    lines.join("\n")
}

/// Adds a key that no part has, at the beginning of a part.
pub(crate) fn with_unknown_key(dice: &mut Dice, text: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(String::from).collect();
    let is_header = |l: &&String| l.starts_with('[') && l.ends_with(']');
    let n = lines.iter().filter(is_header).count();
    // The first keys stand before any header.
    let which = dice.below(n + 1);
    let mut headers = (0..lines.len()).filter(|&at| is_header(&&lines[at]));
    let at = which.checked_sub(1).and_then(|which| headers.nth(which));
    lines.insert(at.map_or(0, |at| at + 1), "nhid_9 = 1".into());
    lines.join("\n")
}
