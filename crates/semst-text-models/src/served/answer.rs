//! The answers of a server: vectors, models, errors.

use base64::Engine;
use ndarray::Array2;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Answer {
    data: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    index: Option<usize>,
    embedding: Embedding,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Embedding {
    /// JSON has no NaN, so servers write `null`.
    Floats(Vec<Option<f32>>),
    Base64(String),
}

/// The vectors of a request of `count` texts, in the order of their `index`, or what is wrong with the answer.
pub(super) fn vectors(bytes: &[u8], count: usize) -> Result<Array2<f32>, String> {
    let answer: Answer = serde_json::from_slice(bytes).map_err(|e| unreadable(bytes, &e))?;
    let got = answer.data.len();
    if got != count {
        return Err(format!("returns {got} vectors for {count} texts"));
    }
    let mut rows: Vec<Option<Vec<f32>>> = vec![None; count];
    let indexed = answer.data.iter().any(|item| item.index.is_some());
    for (place, item) in answer.data.into_iter().enumerate() {
        let index = if indexed { item.index } else { Some(place) };
        let row = index
            .and_then(|index| rows.get_mut(index))
            .filter(|row| row.is_none())
            .ok_or("numbers its vectors wrongly: each of 0, 1, … must be there once as index")?;
        *row = Some(floats(item.embedding)?);
    }
    let rows: Vec<Vec<f32>> = rows.into_iter().flatten().collect();
    let width = rows.first().map_or(0, Vec::len);
    if let Some(other) = rows.iter().find(|row| row.len() != width) {
        return Err(format!(
            "returns vectors of {width} and of {} numbers in one answer",
            other.len()
        ));
    }
    if width == 0 {
        return Err("returns empty vectors: is this a model for embeddings?".into());
    }
    let values: Vec<f32> = rows.into_iter().flatten().collect();
    if let Some(value) = values.iter().find(|v| !v.is_finite()) {
        return Err(not_finite(&value.to_string()));
    }
    Array2::from_shape_vec((count, width), values).map_err(|e| e.to_string())
}

/// Names in a list of models.
pub(super) fn models(bytes: &[u8]) -> Vec<String> {
    let list: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let data = list["data"].as_array().into_iter().flatten();
    data.filter_map(|model| model["id"].as_str().map(str::to_owned))
        .collect()
}

/// The error message of a server, on one line, shortened.
pub(super) fn said(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(10_000)]);
    let json: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let named = [
        "/error/message",
        "/error",
        "/message",
        "/detail",
        "/detail/0/msg",
    ]
    .into_iter()
    .find_map(|place| json.pointer(place)?.as_str());
    // A page of HTML adds nothing to its status.
    let words = named.unwrap_or(if text.trim_start().starts_with('<') {
        ""
    } else {
        &text
    });
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(200) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words,
    }
}

fn floats(embedding: Embedding) -> Result<Vec<f32>, String> {
    match embedding {
        Embedding::Floats(values) => values
            .into_iter()
            .map(|v| v.ok_or_else(|| not_finite("null (NaN)")))
            .collect(),
        Embedding::Base64(text) => {
            let bytes = base64::engine::general_purpose::STANDARD
                .decode(text.trim())
                .map_err(|e| format!("returns a vector that is not base64 ({e})"))?;
            let (cells, rest) = bytes.as_chunks::<4>();
            if !rest.is_empty() {
                return Err(format!(
                    "returns a vector of {} bytes: they are not 4-byte numbers",
                    bytes.len()
                ));
            }
            Ok(cells.iter().map(|&c| f32::from_le_bytes(c)).collect())
        }
    }
}

fn not_finite(value: &str) -> String {
    format!(
        "returns {value} in a vector: the model overflows, as some do in half precision; serve it in float32 or bfloat16"
    )
}

/// The reason why an answer is not a list of vectors.
fn unreadable(bytes: &[u8], error: &serde_json::Error) -> String {
    let words = said(bytes);
    match serde_json::from_slice::<Value>(bytes) {
        // How Python writes values that JSON does not have.
        Err(_) if has_word(bytes, b"NaN") || has_word(bytes, b"Infinity") => {
            not_finite("NaN or infinity")
        }
        Err(_) if words.is_empty() => {
            "answers with a page for people, not with JSON: is the address right?".into()
        }
        Err(e) => format!("answers with no JSON ({e}): {}", shortened(&words)),
        Ok(value) if value.get("error").is_some() => format!("says: {words}"),
        Ok(_) => format!(
            "answers with JSON that holds no list of embeddings ({}): is the address right?",
            shortened(&error.to_string())
        ),
    }
}

fn has_word(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|w| w == word)
}

fn shortened(text: &str) -> &str {
    let end = text.char_indices().nth(80).map_or(text.len(), |(i, _)| i);
    &text[..end]
}
