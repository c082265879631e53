//! Names made unique the way anndata does it.

use std::collections::{HashMap, HashSet};

/// Makes repeated names unique with `-1`, `-2`, … and returns how many were renamed.
///
/// The first occurrence keeps its name; a suffix that is already taken is skipped. This is
/// `anndata.utils.make_index_unique`, which scanpy's `var_names_make_unique` calls. O(names).
///
/// # Examples
/// ```
/// let mut names = ["a", "a", "a-1", "a"].map(String::from).to_vec();
/// assert_eq!(semst_io::make_unique(&mut names), 2);
/// assert_eq!(names, ["a", "a-2", "a-1", "a-3"]);
/// ```
pub fn make_unique(names: &mut [String]) -> usize {
    let mut taken: HashSet<String> = names.iter().cloned().collect();
    if taken.len() == names.len() {
        return 0;
    }
    let mut met: HashSet<String> = HashSet::with_capacity(names.len());
    let mut last: HashMap<String, usize> = HashMap::new();
    let mut renamed = 0;
    for name in names {
        if met.insert(name.clone()) {
            continue;
        }
        let count = last.entry(name.clone()).or_insert(0);
        let fresh = loop {
            *count += 1;
            let candidate = format!("{name}-{count}");
            if taken.insert(candidate.clone()) {
                break candidate;
            }
        };
        *name = fresh;
        renamed += 1;
    }
    renamed
}

#[cfg(test)]
mod tests {
    use super::make_unique;

    #[track_caller]
    fn check(input: &[&str], expected: &[&str]) {
        let mut names: Vec<String> = input.iter().map(ToString::to_string).collect();
        let renamed = make_unique(&mut names);
        assert_eq!(names, expected);
        assert_eq!(
            renamed,
            input.iter().zip(expected).filter(|(a, b)| a != b).count()
        );
    }

    // Expected values from anndata 0.12: `make_index_unique(pd.Index(..))`.
    #[test]
    fn as_anndata_does() {
        check(&[], &[]);
        check(&["a", "b"], &["a", "b"]);
        check(&["a", "a", "b"], &["a", "a-1", "b"]);
        check(&["a", "a", "a"], &["a", "a-1", "a-2"]);
        check(&["a", "a-1", "a"], &["a", "a-1", "a-2"]);
        check(
            &["b", "a", "b", "a-1", "a"],
            &["b", "a", "b-1", "a-1", "a-2"],
        );
    }
}
