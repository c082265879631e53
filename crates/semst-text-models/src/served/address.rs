//! The address of a served model.

use crate::TextModelError;

/// The addresses of a server, and the name of a model if the address has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    embeddings: String,
    models: String,
    shown: String,
    query: String,
    model: Option<String>,
}

/// Names of parameters that hold secrets have one of these in them.
const SECRET_NAMES: [&str; 8] = [
    "key", "token", "secret", "pass", "auth", "sig", "cred", "code",
];

impl Address {
    /// Whether a text is an address and not a folder.
    pub(crate) fn is_one(text: &str) -> bool {
        let scheme = text.split_once("://").map(|(scheme, _)| scheme);
        scheme.is_some_and(|s| s.eq_ignore_ascii_case("http") || s.eq_ignore_ascii_case("https"))
    }

    /// Reads `http(s)://host[:port][/path][?query][#model]`.
    pub(crate) fn parse(text: &str) -> Result<Self, TextModelError> {
        let bad = |problem: &str| Err(TextModelError::model(shown(text), problem));
        if !Self::is_one(text) {
            return bad("is not an address: it must begin with http:// or https://");
        }
        if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return bad("is not an address: it holds blanks");
        }
        let (text, model) = match text.split_once('#') {
            Some((text, model)) => (text, Some(model).filter(|m| !m.is_empty())),
            None => (text, None),
        };
        let (base, query) = match text.split_once('?') {
            Some((base, query)) => (base, format!("?{query}")),
            None => (text, String::new()),
        };
        let (scheme, rest) = base.split_once("://").unwrap_or(("http", base));
        let (host, path) = match rest.split_once('/') {
            Some((host, path)) => (host, path.trim_end_matches('/')),
            None => (rest, ""),
        };
        if host.is_empty() {
            return bad("is not an address: it has no host");
        }
        if host.contains('@') {
            return bad(
                "holds a password: give the key in the environment variable SEMST_API_KEY instead",
            );
        }
        let folder = match path.strip_suffix("embeddings") {
            Some(folder) if folder.is_empty() || folder.ends_with('/') => folder.to_owned(),
            _ if path.is_empty() => "v1/".to_owned(),
            _ => format!("{path}/"),
        };
        let place = |what: &str| format!("{scheme}://{host}/{folder}{what}{query}");
        Ok(Self {
            embeddings: place("embeddings"),
            models: place("models"),
            shown: format!("{scheme}://{host}/{folder}embeddings"),
            query,
            model: model.map(str::to_owned),
        })
    }

    /// The address for vectors.
    pub(crate) fn embeddings(&self) -> &str {
        &self.embeddings
    }

    /// The address of the list of models.
    pub(crate) fn models(&self) -> &str {
        &self.models
    }

    /// The address for messages: without the query, which can contain a key.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    /// The values of the query.
    pub(crate) fn query_values(&self) -> impl Iterator<Item = &str> {
        self.parameters().map(|(_, value)| value)
    }

    /// What makes the vectors: the address with the parameters that hold no secret.
    pub(crate) fn identity(&self) -> String {
        let is_secret = |name: &str| {
            let name = name.to_lowercase();
            SECRET_NAMES.iter().any(|part| name.contains(part))
        };
        let open = self.parameters().filter(|(name, _)| !is_secret(name));
        let open: Vec<String> = open
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        match open.is_empty() {
            true => self.shown.clone(),
            false => format!("{}?{}", self.shown, open.join("&")),
        }
    }

    fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.query.trim_start_matches('?').split('&');
        pairs.map(|pair| pair.split_once('=').unwrap_or(("", pair)))
    }

    /// The name of the model.
    pub(crate) fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }
}

/// An address of somebody else, or an invalid one, for messages: without parts that may be secret.
pub(super) fn shown(text: &str) -> String {
    let text = text.split(['?', '#']).next().unwrap_or_default();
    match (text.split_once("://"), text.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://…@{host}"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_an_address_leads_to_the_same_place() -> Result<(), TextModelError> {
        for text in [
            "http://localhost:8000",
            "http://localhost:8000/",
            "http://localhost:8000/v1",
            "http://localhost:8000/v1/",
            "http://localhost:8000/v1/embeddings",
        ] {
            let address = Address::parse(text)?;
            assert_eq!(address.embeddings(), "http://localhost:8000/v1/embeddings");
            assert_eq!(address.models(), "http://localhost:8000/v1/models");
            assert_eq!(address.model(), None);
        }
        let proxied = Address::parse("https://h.org/a/my-embeddings/v1?key=secret#org/model:1b")?;
        assert_eq!(
            proxied.embeddings(),
            "https://h.org/a/my-embeddings/v1/embeddings?key=secret"
        );
        assert_eq!(proxied.model(), Some("org/model:1b"));
        assert_eq!(
            proxied.shown(),
            "https://h.org/a/my-embeddings/v1/embeddings"
        );
        Ok(())
    }

    #[test]
    fn what_is_no_address_is_told_without_secrets() {
        for (text, words) in [
            ("ftp://host", "must begin with http"),
            ("http://", "has no host"),
            ("http://a b", "blanks"),
            (
                "https://me:hunter2@host/v1",
                "https://…@host/v1: holds a password",
            ),
        ] {
            let said = Address::parse(text).map_err(|e| e.to_string());
            assert!(
                said.as_ref()
                    .is_err_and(|e| e.contains(words) && !e.contains("hunter2")),
                "{said:?}"
            );
        }
    }
}
