//! Keeps secrets out of what is printed and stored.

use super::address::Address;
use super::key::Key;

/// Shorter words are no secrets, and would be found in other words.
const SHORTEST: usize = 6;
/// Some servers repeat only the beginning of a key.
const BEGINNING: usize = 8;

/// The secrets of a server: its key, and the values in the query of its address. Every text of the server passes through here.
pub(super) struct Redactor {
    /// The longest first, so that no part of a longer one stays.
    secrets: Vec<String>,
}

impl Redactor {
    pub(super) fn new(key: Option<&Key>, address: &Address) -> Self {
        let mut secrets: Vec<String> = key.map(|key| key.secret().to_owned()).into_iter().collect();
        secrets.extend(address.query_values().map(str::to_owned));
        let beginnings = secrets.iter().filter_map(|s| s.get(..BEGINNING));
        let beginnings: Vec<String> = beginnings.map(str::to_owned).collect();
        secrets.extend(beginnings);
        secrets.retain(|secret| secret.len() >= SHORTEST);
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Self { secrets }
    }

    /// The text with every secret replaced by `…`.
    pub(super) fn taken_out(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.secrets {
            text = text.replace(secret, "…");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_left() -> Result<(), crate::TextModelError> {
        let key = Key::new("SEMST_API_KEY", "sk-1234567890".into());
        let address = Address::parse("https://h/v1?api_key=hunter2hunter2&v=1#m")?;
        let redactor = Redactor::new(Some(&key), &address);
        for (said, shown) in [
            ("bad key sk-1234567890", "bad key …"),
            ("bad key sk-12345*****", "bad key …*****"),
            ("at /v1?api_key=hunter2hunter2&v=1", "at /v1?api_key=…&v=1"),
        ] {
            assert_eq!(redactor.taken_out(said), shown);
        }
        Ok(())
    }
}
