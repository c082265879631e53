//! The command that repeats a run.

/// Options that change neither the domains nor the report, and whether a value follows them.
const LEFT_OUT: [(&str, bool); 5] = [
    ("--output", true),
    ("-o", true),
    ("--log-format", true),
    ("--quiet", false),
    ("-q", false),
];

/// The words of this process, without the output folder and the form of the log: equal runs have equal words.
pub(crate) fn words() -> Vec<String> {
    let given = std::env::args_os().skip(1);
    without(given.map(|word| word.to_string_lossy().into_owned()))
}

fn without(given: impl Iterator<Item = String>) -> Vec<String> {
    let mut words = vec!["semst".to_owned()];
    let mut given = given.peekable();
    while let Some(word) = given.next() {
        let option = word.split('=').next().unwrap_or_default();
        match LEFT_OUT.iter().find(|(name, _)| *name == option) {
            Some((name, true)) if *name == word => {
                given.next();
            }
            Some(_) => {}
            // `-ofolder`
            None if word.starts_with("-o") => {}
            None => words.push(word),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::without;

    #[test]
    fn the_output_is_left_out() {
        for given in [
            "run a.h5ad -o out --domains 7",
            "run a.h5ad -oout --domains 7 -q",
            "run a.h5ad --output=out --quiet --domains 7",
            "run --output out a.h5ad --log-format json --domains 7",
        ] {
            let words = without(given.split(' ').map(String::from));
            assert_eq!(words, ["semst", "run", "a.h5ad", "--domains", "7"]);
        }
    }
}
