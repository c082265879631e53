//! Labels as numbers, in the same order for reports, scores and tables.

use std::cmp::Ordering;
use std::collections::BTreeSet;

/// Labels as numbers from 0, and their names in [`natural_order`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LabelCodes {
    /// The number of each spot's label; `None` where the spot has no label.
    pub codes: Vec<Option<u32>>,
    /// The name of each number.
    pub names: Vec<String>,
}

/// Numbers labels by the natural order of their names.
///
/// Colours, columns and scores all use these numbers, so that a report looks the same each time it is drawn.
///
/// # Complexity
/// O(n log k) for n labels with k names.
///
/// # Examples
/// ```
/// use semst_io::label_codes;
///
/// let found = label_codes(&[Some("10"), None, Some("2"), Some("10")]);
/// assert_eq!(found.names, ["2", "10"]);
/// assert_eq!(found.codes, [Some(1), None, Some(0), Some(1)]);
/// ```
pub fn label_codes<S: AsRef<str>>(labels: &[Option<S>]) -> LabelCodes {
    let names: BTreeSet<&str> = labels.iter().flatten().map(AsRef::as_ref).collect();
    let mut names: Vec<&str> = names.into_iter().collect();
    names.sort_unstable_by(|a, b| natural_order(a, b));
    let code = |label: &S| {
        let at = names.binary_search_by(|name| natural_order(name, label.as_ref()));
        at.ok().and_then(|at| u32::try_from(at).ok())
    };
    LabelCodes {
        codes: labels
            .iter()
            .map(|label| label.as_ref().and_then(code))
            .collect(),
        names: names.into_iter().map(str::to_owned).collect(),
    }
}

/// Words for a label that is not known: the texts that pandas reads as missing.
const MISSING: [&str; 12] = [
    "", "#N/A", "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null", "-nan",
];

/// Whether a text stands for a label that is not known, with or without spaces around it.
///
/// Files of labels and columns of `obs` share this rule, so that the same labels give the same scores.
///
/// # Examples
/// ```
/// use semst_io::is_missing_label;
///
/// assert!(is_missing_label("NA") && is_missing_label(" ") && !is_missing_label("Na+"));
/// ```
pub fn is_missing_label(text: &str) -> bool {
    MISSING.contains(&text.trim())
}

/// Compares names as people sort them: runs of digits count as numbers, all else by character.
///
/// Names that differ only in leading zeros are compared by character, so that two different names are never equal.
///
/// # Examples
/// ```
/// let mut names = ["L10", "WM", "L2", "L1"];
/// names.sort_by(|a, b| semst_io::natural_order(a, b));
/// assert_eq!(names, ["L1", "L2", "L10", "WM"]);
/// ```
pub fn natural_order(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    loop {
        let (Some(first), Some(second)) = (left.chars().next(), right.chars().next()) else {
            return left.len().cmp(&right.len()).then_with(|| a.cmp(b));
        };
        let (order, taken) = if first.is_ascii_digit() && second.is_ascii_digit() {
            let (one, other) = (digits(left), digits(right));
            (number_order(one, other), (one.len(), other.len()))
        } else {
            let taken = (first.len_utf8(), second.len_utf8());
            (first.cmp(&second), taken)
        };
        if order != Ordering::Equal {
            return order;
        }
        left = &left[taken.0..];
        right = &right[taken.1..];
    }
}

/// The digits that a text starts with.
fn digits(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_digit());
    &text[..end.unwrap_or(text.len())]
}

/// Compares whole numbers of any length.
fn number_order(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests {
    use super::{label_codes, natural_order};

    #[test]
    fn names_are_sorted() {
        let labels = [
            Some("L1".to_string()),
            None,
            Some("L2".into()),
            Some("L1".into()),
        ];
        let found = label_codes(&labels);
        assert_eq!(
            (found.codes, found.names.len()),
            (vec![Some(0), None, Some(1), Some(0)], 2)
        );
    }

    #[test]
    fn numbers_in_names_count_as_numbers() {
        // `01` and `1` are the same number, so they are compared by character.
        let sorted = [
            "",
            "01",
            "1",
            "2",
            "10",
            "99999999999999999999",
            "L2",
            "L10",
            "L10a",
            "WM",
            "ä",
        ];
        let mut names = sorted;
        names.reverse();
        names.sort_by(|a, b| natural_order(a, b));
        assert_eq!(names, sorted);
    }
}
