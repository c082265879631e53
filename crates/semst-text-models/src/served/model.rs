//! The model at an address.

use std::io::Read;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ndarray::Array2;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::address::Address;
use super::answer;
use super::key::Key;
use super::redactor::Redactor;
use super::retry_policy::{RequestFailure, RetryPolicy};
use crate::{ServedConfig, TextModel, TextModelError, TextRequest};

/// Room for one vector: 40,000 numbers as text. Real ones have up to 8,192.
const VECTOR_BYTES: u64 = 1 << 20;
/// Of the message of an error, more is not read.
const MESSAGE_BYTES: u64 = 64 << 10;

/// A model at any OpenAI-compatible `/v1/embeddings`: vLLM, text-embeddings-inference, Ollama, llama.cpp, hosted
/// ones.
///
/// Requests that may succeed later are repeated with growing pauses; vectors are put in the order of the texts and
/// checked. The key is read from the environment and is only in the header of the request: no name, error or record
/// contains it. The server decides how to pool: [`TextRequest::spans`] are not used.
pub struct ServedModel {
    address: Address,
    model: String,
    name: String,
    config: ServedConfig,
    key: Option<Key>,
    redactor: Redactor,
    agent: ureq::Agent,
    retry_policy: RetryPolicy,
    dims: OnceLock<usize>,
    /// Whether it has answered before: if not, a refused connection is not retried.
    answered: AtomicBool,
}

impl std::fmt::Debug for ServedModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServedModel")
            .field("name", &self.name)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl ServedModel {
    /// Checks that an address is well-formed, that the settings are valid, and that the key exists if its variable is named.
    /// No request is sent.
    ///
    /// # Errors
    /// As [`ServedModel::open`], as far as this can be checked without the server.
    pub fn check(address: &str, config: &ServedConfig) -> Result<(), TextModelError> {
        config.check()?;
        Address::parse(address)?;
        Key::of_environment(config.key_variable.as_deref()).map(drop)
    }

    /// Opens a model by its address, with or without `/v1` or `/v1/embeddings`; `http://host:8000/v1#NAME` also names the
    /// model. Without a name the server's list of models is read; if it has only one model, that one is used.
    ///
    /// # Errors
    /// When the address is not valid or contains a password, a setting is out of range, or the server does not list
    /// exactly one model.
    pub fn open(address: &str, config: &ServedConfig) -> Result<Self, TextModelError> {
        config.check()?;
        let address = Address::parse(address)?;
        let seconds = |s: f64| Some(Duration::from_secs_f64(s));
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(seconds(config.connect_seconds))
            .timeout_send_body(seconds(config.answer_seconds))
            .timeout_recv_response(seconds(config.answer_seconds))
            .timeout_recv_body(seconds(config.answer_seconds))
            .max_idle_connections_per_host(config.concurrency)
            .user_agent(concat!("semst/", env!("CARGO_PKG_VERSION")))
            .build();
        let key = Key::of_environment(config.key_variable.as_deref())?;
        let mut own = Self {
            name: address.shown().to_owned(),
            model: String::new(),
            redactor: Redactor::new(key.as_ref(), &address),
            key,
            config: config.clone(),
            agent: agent.into(),
            retry_policy: RetryPolicy::new(config),
            dims: OnceLock::new(),
            answered: AtomicBool::new(false),
            address,
        };
        own.model = match own.address.model() {
            Some(name) => name.to_owned(),
            None => own.only_model()?,
        };
        let name = format!("{} at {}", own.model, own.address.shown());
        own.name = own.redactor.taken_out(&name);
        Ok(own)
    }

    /// The name of the server's only model.
    fn only_model(&self) -> Result<String, TextModelError> {
        let advice = "name the model, as in http://host:8000/v1#NAME";
        let list = self
            .retry_policy
            .run(|| self.ask(None))
            .map_err(|failure| {
                self.error(format!(
                    "does not list its models ({}): {advice}",
                    failure.problem
                ))
            })?;
        let names = answer::models(&list);
        match names.as_slice() {
            [one] => Ok(one.clone()),
            [] => Err(self.error(format!("lists no model: {advice}"))),
            many => Err(self.error(format!(
                "has several models ({}): {advice}",
                many.join(", ")
            ))),
        }
    }

    /// Sends one request; without a body it gets the list of models.
    fn ask(&self, body: Option<&Value>) -> Result<Vec<u8>, RequestFailure> {
        let bearer = self.key.as_ref().map(Key::header);
        let sent = match body {
            Some(body) => {
                let mut request = self.agent.post(self.address.embeddings());
                if let Some(bearer) = &bearer {
                    request = request.header("authorization", bearer);
                }
                request
                    .content_type("application/json")
                    .send(body.to_string().as_bytes())
            }
            None => {
                let mut request = self.agent.get(self.address.models());
                if let Some(bearer) = &bearer {
                    request = request.header("authorization", bearer);
                }
                request.call()
            }
        };
        let lost = |error: &ureq::Error| {
            RequestFailure::lost(error, self.answered.load(Ordering::Relaxed))
        };
        let mut response = sent.map_err(|e| lost(&e))?;
        self.answered.store(true, Ordering::Relaxed);
        let status = response.status().as_u16();
        let header = |name: &str| {
            let value = response.headers().get(name)?;
            value.to_str().ok().map(str::to_owned)
        };
        let (retry_after, location) = (header("retry-after"), header("location"));
        if status == 200 {
            let texts = body.and_then(|body| body["input"].as_array());
            let texts = texts.map_or(0, Vec::len) as u64;
            let most = (texts + 1) * VECTOR_BYTES;
            let bytes = response.body_mut().with_config().limit(most).read_to_vec();
            return bytes.map_err(|e| lost(&e));
        }
        let mut message = Vec::new();
        // A message that breaks off is better than none.
        let mut reader = response.body_mut().as_reader().take(MESSAGE_BYTES);
        let _ = reader.read_to_end(&mut message);
        let said = self.redactor.taken_out(&answer::said(&message));
        Err(RequestFailure::with_status(
            status,
            &said,
            self.key.as_ref(),
            &self.model,
            retry_after.as_deref(),
            location.as_deref(),
        ))
    }

    /// An error; whatever the server said is in it without secrets.
    fn error(&self, problem: impl Into<String>) -> TextModelError {
        let problem: String = problem.into();
        TextModelError::model(&self.name, self.redactor.taken_out(&problem))
    }
}

impl TextModel for ServedModel {
    fn name(&self) -> &str {
        &self.name
    }

    fn checksum(&self) -> String {
        let dims = self.config.dimensions.unwrap_or(0);
        let identity = format!("{}\n{}\n{dims}", self.address.identity(), self.model);
        hex::encode(Sha256::digest(identity.as_bytes()))
    }

    fn batch_size(&self) -> usize {
        self.config.batch_size
    }

    fn pooling(&self) -> &str {
        "pooled as its server does"
    }

    fn concurrency(&self) -> usize {
        self.config.concurrency
    }

    fn embed(&self, batch: &[TextRequest<'_>]) -> Result<Array2<f32>, TextModelError> {
        if batch.iter().any(|request| !request.spans.is_empty()) {
            return Err(self.error("returns vectors of whole texts only: pool all tokens"));
        }
        let texts: Vec<&str> = batch.iter().map(|request| request.text).collect();
        let mut body = json!({ "model": self.model, "input": texts, "encoding_format": "float" });
        if let Some(dims) = self.config.dimensions {
            body["dimensions"] = dims.into();
        }
        let bytes = self
            .retry_policy
            .run(|| self.ask(Some(&body)))
            .map_err(|failure| self.error(failure.problem))?;
        let vectors =
            answer::vectors(&bytes, batch.len()).map_err(|problem| self.error(problem))?;
        let width = vectors.ncols();
        if let Some(asked) = self.config.dimensions.filter(|&asked| asked != width) {
            return Err(self.error(format!(
                "returns vectors of {width} numbers where {asked} were requested: it cannot shorten them, leave the \
                 dimensions out"
            )));
        }
        let first = *self.dims.get_or_init(|| width);
        if width != first {
            return Err(self.error(format!(
                "returns vectors of {width} numbers after some of {first}: does the address lead to different models?"
            )));
        }
        Ok(vectors)
    }
}
