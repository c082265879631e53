//! The key of a server: read from the environment, never printed.

use std::fmt;

use crate::TextModelError;

/// The variables that are searched for a key, in this order.
const VARIABLES: [&str; 2] = ["SEMST_API_KEY", "OPENAI_API_KEY"];

/// A key and its variable.
pub(super) struct Key {
    variable: String,
    secret: String,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.variable)
    }
}

impl Key {
    /// The key in the given variable, or in the usual ones; an empty variable counts as unset.
    pub(super) fn of_environment(named: Option<&str>) -> Result<Option<Self>, TextModelError> {
        let names = named.map_or(VARIABLES.to_vec(), |name| vec![name]);
        let found = names.into_iter().find_map(|name| {
            let secret = std::env::var(name).ok()?.trim().to_owned();
            (!secret.is_empty()).then(|| Self::new(name, secret))
        });
        match (found, named) {
            (None, Some(name)) => Err(TextModelError::model(
                name,
                "this environment variable should hold the server's key, and is not set",
            )),
            (Some(key), _) if !key.secret.bytes().all(|b| b.is_ascii_graphic()) => {
                Err(TextModelError::model(
                    &key.variable,
                    "this environment variable holds no key: it has blanks in it",
                ))
            }
            (found, _) => Ok(found),
        }
    }

    pub(super) fn new(variable: &str, secret: String) -> Self {
        Self {
            variable: variable.into(),
            secret,
        }
    }

    /// The variable that had the key.
    pub(super) fn variable(&self) -> &str {
        &self.variable
    }

    /// Value of the `authorization` header of a request.
    pub(super) fn header(&self) -> String {
        format!("Bearer {}", self.secret)
    }

    /// The key itself, for the redactor.
    pub(super) fn secret(&self) -> &str {
        &self.secret
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_never_shown() {
        let key = Key::new("SEMST_API_KEY", "sk-1234567890".into());
        assert_eq!(format!("{key:?}"), "Key(SEMST_API_KEY)");
    }
}
