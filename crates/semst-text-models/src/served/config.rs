//! Settings of a served model.

use serde::{Deserialize, Serialize};

use crate::TextModelError;

/// How a served model is used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServedConfig {
    /// Texts in a request. Default 32, the default limit of text-embeddings-inference.
    pub batch_size: usize,
    /// Requests at the same time. Default 4.
    pub concurrency: usize,
    /// Seconds to wait for a connection. Default 10.
    pub connect_seconds: f64,
    /// Seconds to wait for the answer. Default 300: a first request may load the model.
    pub answer_seconds: f64,
    /// How often a request that may succeed later (429, 5xx, lost connections) is repeated. Default 5.
    pub retries: u32,
    /// Seconds before the first repetition, doubled each time up to 30 seconds; a server's `Retry-After` takes
    /// precedence. Default 0.5.
    pub first_wait_seconds: f64,
    /// The longest accepted `Retry-After`, in seconds. Default 300.
    pub longest_wait_seconds: f64,
    /// Width to which the server is asked to shorten vectors, if its model can. Default: the width of the model.
    pub dimensions: Option<usize>,
    /// Environment variable with the key. Default: `SEMST_API_KEY`, else `OPENAI_API_KEY`.
    pub key_variable: Option<String>,
}

impl Default for ServedConfig {
    fn default() -> Self {
        Self {
            batch_size: 32,
            concurrency: 4,
            connect_seconds: 10.0,
            answer_seconds: 300.0,
            retries: 5,
            first_wait_seconds: 0.5,
            longest_wait_seconds: 300.0,
            dimensions: None,
            key_variable: None,
        }
    }
}

impl ServedConfig {
    /// Checks that numbers are valid.
    ///
    /// # Errors
    /// Names the invalid field.
    pub fn check(&self) -> Result<(), TextModelError> {
        let counts = [
            ("batch_size", Some(self.batch_size)),
            ("concurrency", Some(self.concurrency)),
            ("dimensions", self.dimensions),
        ];
        if let Some((field, _)) = counts.into_iter().find(|(_, n)| *n == Some(0)) {
            return Err(TextModelError::Config {
                field,
                value: "0".into(),
                bound: "at least 1",
            });
        }
        let most = [
            ("batch_size", self.batch_size, 100_000, "at most 100000"),
            // One thread each.
            ("concurrency", self.concurrency, 1_000, "at most 1000"),
            (
                "dimensions",
                self.dimensions.unwrap_or(1),
                1_000_000,
                "at most 1000000",
            ),
        ];
        if let Some((field, value, _, bound)) = most.into_iter().find(|(_, n, most, _)| n > most) {
            return Err(TextModelError::Config {
                field,
                value: value.to_string(),
                bound,
            });
        }
        for (field, value) in [
            ("connect_seconds", self.connect_seconds),
            ("answer_seconds", self.answer_seconds),
            ("first_wait_seconds", self.first_wait_seconds),
            ("longest_wait_seconds", self.longest_wait_seconds),
        ] {
            if !(0.001..=86_400.0).contains(&value) {
                return Err(TextModelError::Config {
                    field,
                    value: value.to_string(),
                    bound: "between 0.001 and 86400 seconds",
                });
            }
        }
        Ok(())
    }
}
