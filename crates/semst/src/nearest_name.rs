//! The known name that an unknown one was meant to be.

/// The known name that is closest to an unknown one.
pub(crate) fn nearest<'n>(unknown: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    known
        .map(|known| (changes(unknown, known), known))
        .filter(|(changes, known)| 2 * changes <= known.chars().count().min(6))
        .min()
        .map(|(_, known)| known)
}

/// How many letters must be put, taken or replaced to turn one word into another.
fn changes(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::{changes, nearest};

    #[test]
    fn words_differ_by_their_letters() {
        assert_eq!((changes("kitten", "sitting"), changes("", "ab")), (3, 2));
        assert_eq!(
            nearest("epoch", ["epochs", "batch"].into_iter()),
            Some("epochs")
        );
        assert_eq!(nearest("depth", ["epochs", "batch"].into_iter()), None);
    }
}
