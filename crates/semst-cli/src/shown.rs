//! Text of files and servers as a terminal may show it: names of genes and files, and messages, can hold escape sequences.

use std::fmt::Write;

/// The longest line of an error or of progress, in characters, with room for `error: ` before it.
const LONGEST: usize = 3_900;

/// Room for the note about what is left out.
const NOTE: usize = 60;

/// The text on one line, with control characters escaped; the middle of a very long one is left out.
pub(crate) fn line(text: &str) -> String {
    // Escapes are up to ten times as long as what they stand for.
    let text = escaped(text, |_| false);
    let length = text.chars().count();
    if length <= LONGEST {
        return text;
    }
    let half = (LONGEST - NOTE) / 2;
    let head: String = text.chars().take(half).collect();
    let tail: String = text.chars().skip(length - half).collect();
    let left_out = length - 2 * half;
    format!("{head} … ({left_out} characters left out) … {tail}")
}

/// Several lines: line breaks and tabulators stay.
pub(crate) fn lines(text: &str) -> String {
    escaped(text, |c| c == '\n' || c == '\t')
}

/// JSON on one or several lines. JSON itself escapes only the first control characters.
pub(crate) fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push(c),
            c if is_unsafe(c) => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

fn escaped(text: &str, stays: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match is_unsafe(c) && !stays(c) {
            true => out.extend(c.escape_default()),
            false => out.push(c),
        }
    }
    out
}

/// Control characters, and those that reorder the text around them.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_is_left() {
        let hostile = "MBP\u{1b}[2J\u{9b}31m\u{7}\r\u{202e}é µm²";
        for shown in [line(hostile), lines(hostile), json(hostile)] {
            assert!(!shown.chars().any(is_unsafe), "{shown:?}");
            assert!(
                shown.starts_with("MBP\\u") && shown.ends_with("é µm²"),
                "{shown}"
            );
        }
        assert_eq!(line("a\nb\tc"), "a\\nb\\tc");
        assert_eq!(lines("a\n\tb\x1b"), "a\n\tb\\u{1b}");
        let parsed: Result<String, _> = serde_json::from_str(&json("\"a\u{9b}b\""));
        assert_eq!(parsed.ok().as_deref(), Some("a\u{9b}b"));
    }

    #[test]
    fn long_lines_keep_their_ends() {
        let long = format!("begins {} ends", "é".repeat(10_000_000));
        let shown = line(&long);
        assert!(shown.chars().count() <= LONGEST);
        assert!(line(&"\u{1b}".repeat(3_000)).chars().count() <= LONGEST);
        assert!(shown.starts_with("begins é") && shown.ends_with("é ends"));
        assert!(
            shown.contains("9996172 characters left out"),
            "{}",
            shown.len()
        );
    }
}
