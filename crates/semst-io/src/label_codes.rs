//! Labels as numbers.

/// Labels as numbers from 0, by their sorted names, and how many names there are; a spot without a label has no number.
pub fn label_codes(labels: &[Option<String>]) -> (Vec<Option<u32>>, usize) {
    let mut names: Vec<&String> = labels.iter().flatten().collect();
    names.sort_unstable();
    names.dedup();
    let code = |l: &String| names.binary_search(&l).ok().map(|c| c as u32);
    (
        labels.iter().map(|l| l.as_ref().and_then(code)).collect(),
        names.len(),
    )
}

#[cfg(test)]
mod tests {
    use super::label_codes;

    #[test]
    fn names_are_sorted() {
        let labels = [
            Some("L1".into()),
            None,
            Some("L2".into()),
            Some("L1".into()),
        ];
        assert_eq!(
            label_codes(&labels),
            (vec![Some(0), None, Some(1), Some(0)], 2)
        );
    }
}
