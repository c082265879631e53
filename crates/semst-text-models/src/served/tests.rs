//! Tests with a real server on loopback that fails in the usual ways of servers.

mod loopback;

use std::time::{Duration, Instant};

use base64::Engine;
use loopback::{Loopback, Reply, embeddings, texts, vector};

use super::retry_policy::RequestFailure;
use crate::{
    EmbeddingCache, EmbeddingJob, ServedConfig, ServedModel, TextModel, TextModelError, TextRequest,
};
use ndarray::Array2;
use serde_json::{Value, json};

type Outcome = Result<(), Box<dyn std::error::Error>>;

const KEY: &str = "CARGO_PKG_NAME";

/// Short pauses, and a variable that always exists as the key.
fn quick() -> ServedConfig {
    ServedConfig {
        batch_size: 3,
        concurrency: 1,
        first_wait_seconds: 0.001,
        retries: 2,
        key_variable: Some(KEY.into()),
        ..ServedConfig::default()
    }
}

fn embed(model: &ServedModel, texts: &[&str]) -> Result<Array2<f32>, TextModelError> {
    let requests: Vec<TextRequest<'_>> = texts.iter().map(|t| TextRequest::new(t)).collect();
    model.embed(&requests)
}

/// Checks the error that this answer of a server causes.
#[track_caller]
fn check_error(
    answer: impl Fn(usize) -> Reply + Send + Sync + 'static,
    config: &ServedConfig,
    words: &[&str],
    times: usize,
) {
    let server = Loopback::start(move |nth, _| answer(nth)).expect("a port");
    let model = ServedModel::open(&format!("{}#m", server.url), config).expect("nothing asked yet");
    let said = embed(&model, &["MBP", "PLP1"])
        .map(|_| ())
        .map_err(|e| e.to_string());
    let said = said.expect_err("a refusal");
    assert!(!said.contains('\n') && said.len() < 500, "{said}");
    assert!(words.iter().all(|w| said.contains(w)), "{said}");
    assert!(said.starts_with("m at http://127.0.0.1:"), "{said}");
    let key = std::env::var(KEY).expect("cargo sets it");
    assert!(
        !said.contains(&key) && !format!("{model:?}{}", model.checksum()).contains(&key),
        "{said}"
    );
    assert_eq!(server.asked().len(), times, "{said}");
}

fn say(status: u16, body: &str) -> impl Fn(usize) -> Reply + Send + Sync + 'static {
    let body = body.to_owned();
    move |_| Reply::Say(status, "", body.clone())
}

fn list(vectors: &[&str]) -> String {
    let items: Vec<String> = vectors
        .iter()
        .enumerate()
        .map(|(i, v)| format!("{{\"index\": {i}, \"embedding\": {v}}}"))
        .collect();
    format!("{{\"data\": [{}]}}", items.join(", "))
}

#[test]
fn vectors_come_in_the_order_of_the_texts() -> Outcome {
    let server = Loopback::well()?;
    let model = ServedModel::open(&format!("{}/v1#org/m", server.url), &quick())?;
    let vectors = embed(&model, &["MBP", "PLP1", "GFAP"])?;
    for (row, text) in vectors.outer_iter().zip(["MBP", "PLP1", "GFAP"]) {
        assert_eq!(row.to_vec(), vector(text));
    }
    let asked = &server.asked()[0];
    assert_eq!(asked.path, "/v1/embeddings");
    assert_eq!(
        (&asked.body["model"], &asked.body["encoding_format"]),
        (&"org/m".into(), &"float".into())
    );
    assert_eq!(
        asked.authorization,
        Some(format!("Bearer {}", std::env::var(KEY)?))
    );
    Ok(())
}

#[test]
fn base64_is_read_too() -> Outcome {
    let server = Loopback::start(|_, asked| {
        let items: Vec<Value> = texts(&asked.body)
            .iter()
            .map(|text| {
                let bytes: Vec<u8> = vector(text).iter().flat_map(|v| v.to_le_bytes()).collect();
                json!({ "embedding": base64::engine::general_purpose::STANDARD.encode(bytes) })
            })
            .collect();
        Reply::Say(200, "", json!({ "data": items }).to_string())
    })?;
    let model = ServedModel::open(&format!("{}#m", server.url), &quick())?;
    assert_eq!(embed(&model, &["MBP", "A"])?.row(0).to_vec(), vector("MBP"));
    Ok(())
}

#[test]
fn the_only_model_is_taken() -> Outcome {
    let listing = |names: &'static [&'static str]| {
        Loopback::start(move |_, asked| match &*asked.path {
            "/v1/models" => {
                let data: Vec<Value> = names.iter().map(|n| json!({ "id": n })).collect();
                Reply::Say(200, "", json!({ "data": data }).to_string())
            }
            _ => Reply::Say(200, "", embeddings(&texts(&asked.body)).to_string()),
        })
    };
    let one = listing(&["qwen"])?;
    let model = ServedModel::open(&one.url, &quick())?;
    assert_eq!(model.name(), format!("qwen at {}/v1/embeddings", one.url));
    embed(&model, &["A"])?;
    assert_eq!(one.asked()[1].body["model"], "qwen");
    for (names, words) in [
        (&["a", "b"][..], "several models (a, b)"),
        (&[], "lists no model"),
    ] {
        let server = listing(names)?;
        let said = ServedModel::open(&server.url, &quick())
            .map(|_| ())
            .map_err(|e| e.to_string());
        assert!(
            said.as_ref()
                .is_err_and(|e| e.contains(words) && e.contains("#NAME")),
            "{said:?}"
        );
    }
    let none = Loopback::start(|_, _| Reply::Say(404, "", String::new()))?;
    let said = ServedModel::open(&none.url, &quick())
        .map(|_| ())
        .map_err(|e| e.to_string());
    assert!(
        said.as_ref()
            .is_err_and(|e| e.contains("does not list its models (404")),
        "{said:?}"
    );
    Ok(())
}

#[test]
fn temporary_failures_are_retried() -> Outcome {
    let flaky = Loopback::start(|nth, asked| match nth {
        0 => Reply::Say(429, "retry-after: 0.05\r\n", "{}".into()),
        1 => Reply::Say(503, "", "busy".into()),
        2 => Reply::Hang,
        _ => Reply::Say(200, "", embeddings(&texts(&asked.body)).to_string()),
    })?;
    let patient = ServedConfig {
        retries: 3,
        ..quick()
    };
    let model = ServedModel::open(&format!("{}#m", flaky.url), &patient)?;
    let started = Instant::now();
    assert_eq!(embed(&model, &["A"])?.row(0).to_vec(), vector("A"));
    assert!(started.elapsed() >= Duration::from_millis(50));
    assert_eq!(flaky.asked().len(), 4);
    Ok(())
}

/// The server gets the key of the query, and repeats it in every way in which servers do.
#[test]
fn a_key_in_the_address_is_used_but_never_shown() -> Outcome {
    const SECRET: &str = "hunter2hunter2";
    let echo = |path: &str| json!({ "error": { "message": format!("no access: {path}") } });
    let server = Loopback::start(move |nth, asked| match nth {
        0 => Reply::Say(200, "", embeddings(&texts(&asked.body)).to_string()),
        1 => Reply::Say(401, "", echo(&asked.path).to_string()),
        2 => {
            let location = "location: https://me:hunter2hunter2@h/v2?api_key=hunter2hunter2\r\n";
            Reply::Say(307, location, String::new())
        }
        3 => Reply::Say(200, "", format!("<<{}>>", asked.path)),
        _ => Reply::Say(200, "", list(&["\"hunter2hunter2\""])),
    })?;
    let address = format!("{}/v1?api_key={SECRET}#m", server.url);
    let model = ServedModel::open(&address, &quick())?;
    embed(&model, &["A"])?;
    assert_eq!(
        server.asked()[0].path,
        format!("/v1/embeddings?api_key={SECRET}")
    );
    let other = ServedModel::open(
        &format!("{}/v1?api_key=another-one#m", server.url),
        &quick(),
    )?;
    assert_eq!(
        model.checksum(),
        other.checksum(),
        "a new key needs no new vectors"
    );
    for words in [
        "401: ",
        "it has moved to https://…@h/v2;",
        "answers with",
        "base64",
    ] {
        let said = embed(&model, &["A"]).map(drop).map_err(|e| e.to_string());
        let said = said.expect_err("a refusal");
        assert!(said.contains(words), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
    assert!(!format!("{model:?} {}", model.name()).contains("hunter2"));
    Ok(())
}

#[test]
fn answers_that_are_too_long_are_not_read_to_their_end() {
    let long = "[".repeat(4 << 20);
    check_error(say(200, &long), &quick(), &["more than 3 MiB"], 1);
    let words = "x".repeat(10 << 20);
    check_error(
        say(400, &words),
        &quick(),
        &["400: the request was rejected"],
        1,
    );
}

#[test]
fn keys_that_are_refused_are_named_not_shown() {
    let key = std::env::var(KEY).expect("cargo sets it");
    let body = json!({ "error": { "message": format!("bad key {key}") } }).to_string();
    check_error(
        say(401, &body),
        &quick(),
        &["401: the key in CARGO_PKG_NAME was rejected", "bad key …"],
        1,
    );
    check_error(
        say(403, ""),
        &quick(),
        &["403: the key in CARGO_PKG_NAME"],
        1,
    );
    let missing = ServedConfig {
        key_variable: Some("SEMST_NO_SUCH_KEY".into()),
        ..quick()
    };
    let said = ServedModel::open("http://127.0.0.1:1#m", &missing)
        .map(|_| ())
        .map_err(|e| e.to_string());
    assert!(
        said.as_ref()
            .is_err_and(|e| e.contains("SEMST_NO_SUCH_KEY") && e.contains("not set")),
        "{said:?}"
    );
}

#[test]
fn a_key_that_is_wanted_is_asked_for() {
    let failure = RequestFailure::with_status(401, "", None, "m", None, None);
    assert_eq!(failure.problem, "401: it needs a key; set SEMST_API_KEY");
}

#[test]
fn refusals_say_what_to_do() {
    let long = format!("{{\"error\": \"{}\"}}", "too long\\n ".repeat(100));
    check_error(
        say(404, "{\"message\": \"model `m` not found\"}"),
        &quick(),
        &["404", "no model m", "up to /v1", "`m` not found"],
        1,
    );
    check_error(
        say(422, &long),
        &quick(),
        &[
            "422",
            "send fewer texts or genes",
            "it says: too long too long",
            "…",
        ],
        1,
    );
    check_error(
        say(418, "<html>tea</html>"),
        &quick(),
        &["418: not a response of /v1/embeddings"],
        1,
    );
    check_error(
        |_| Reply::Say(301, "location: https://h/v1?x=1\r\n", String::new()),
        &quick(),
        &["301: it has moved to https://h/v1; use that address"],
        1,
    );
    check_error(
        say(
            429,
            "{\"error\": {\"message\": \"you exceeded your current quota\"}}",
        ),
        &quick(),
        &["429: the quota is used up"],
        1,
    );
}

#[test]
fn retries_end() {
    check_error(
        say(429, ""),
        &quick(),
        &["429: too many requests", "(asked 3 times)"],
        3,
    );
    check_error(
        say(500, "CUDA out of memory"),
        &quick(),
        &[
            "500: the server failed",
            "CUDA out of memory",
            "(asked 3 times)",
        ],
        3,
    );
    check_error(
        |_| Reply::Hang,
        &quick(),
        &["connection", "(asked 3 times)"],
        3,
    );
    check_error(
        |_| Reply::Say(429, "retry-after: 4000\r\n", String::new()),
        &quick(),
        &["429", "requests a wait of 4000 s"],
        1,
    );
    let hasty = ServedConfig {
        answer_seconds: 0.05,
        retries: 1,
        ..quick()
    };
    check_error(
        |_| Reply::Wait(Duration::from_millis(400)),
        &hasty,
        &["no response in time", "(asked 2 times)"],
        2,
    );
}

#[test]
fn nobody_there_is_told_at_once() -> Outcome {
    let port = std::net::TcpListener::bind("127.0.0.1:0")?
        .local_addr()?
        .port();
    let started = Instant::now();
    let slow = ServedConfig {
        first_wait_seconds: 60.0,
        ..quick()
    };
    let model = ServedModel::open(&format!("http://127.0.0.1:{port}#m"), &slow)?;
    let said = embed(&model, &["A"]).map(|_| ()).map_err(|e| e.to_string());
    assert!(
        said.as_ref()
            .is_err_and(|e| e.contains("no server listens there")),
        "{said:?}"
    );
    assert!(started.elapsed() < Duration::from_secs(5));
    Ok(())
}

#[test]
fn answers_that_are_none_are_told() {
    for (body, words) in [
        ("<html>welcome</html>".into(), "a page for people"),
        ("hello".into(), "no JSON"),
        (String::new(), "a page for people"),
        ("{\"embeddings\": [[1.0]]}".into(), "no list of embeddings"),
        (
            "{\"error\": {\"message\": \"model is loading\"}}".into(),
            "says: model is loading",
        ),
        (list(&["[1.0]"]), "returns 1 vectors for 2 texts"),
        (
            list(&["[1.0]", "[1.0]", "[1.0]"]),
            "returns 3 vectors for 2 texts",
        ),
        (
            list(&["[1.0, 2.0]", "[1.0]"]),
            "vectors of 2 and of 1 numbers",
        ),
        (list(&["[]", "[]"]), "empty vectors"),
        (list(&["[1.0]", "[null]"]), "returns null (NaN)"),
        (list(&["[1.0]", "[NaN]"]), "returns NaN or infinity"),
        (list(&["[1.0]", "[1e39]"]), "returns inf"),
        (list(&["\"AACAPw==\"", "\"AACAfw==\""]), "returns inf"),
        (list(&["\"AACAPw==\"", "\"AACAfw\""]), "not base64"),
        (list(&["\"AACAPw==\"", "\"AACA\""]), "3 bytes"),
        (
            "{\"data\": [{\"index\": 0, \"embedding\": [1]}, {\"index\": 0, \"embedding\": [1]}]}"
                .into(),
            "numbers its vectors wrongly",
        ),
        (
            "{\"data\": [{\"index\": 0, \"embedding\": [1]}, {\"index\": 2, \"embedding\": [1]}]}"
                .into(),
            "numbers its vectors wrongly",
        ),
    ] {
        check_error(say(200, &body), &quick(), &[words], 1);
    }
}

#[test]
fn widths_must_stay_and_be_as_asked() -> Outcome {
    let growing = Loopback::start(|nth, asked| {
        let wide = format!("[{}1]", "0, ".repeat(nth));
        let rows = vec![&*wide; texts(&asked.body).len()];
        Reply::Say(200, "", list(&rows))
    })?;
    let address = format!("{}#m", growing.url);
    let model = ServedModel::open(&address, &quick())?;
    embed(&model, &["A"])?;
    let said = embed(&model, &["B"]).map(|_| ()).map_err(|e| e.to_string());
    assert!(
        said.as_ref()
            .is_err_and(|e| e.contains("2 numbers after some of 1")),
        "{said:?}"
    );
    let shorter = ServedConfig {
        dimensions: Some(2),
        ..quick()
    };
    let shortened = ServedModel::open(&address, &shorter)?;
    let said = embed(&shortened, &["C"])
        .map(|_| ())
        .map_err(|e| e.to_string());
    assert!(
        said.as_ref()
            .is_err_and(|e| e.contains("3 numbers where 2 were requested")),
        "{said:?}"
    );
    assert_eq!(growing.asked()[2].body["dimensions"], 2);
    assert_ne!(model.checksum(), shortened.checksum());
    Ok(())
}

#[test]
fn an_interrupted_job_asks_only_for_the_rest() -> Outcome {
    let folder = tempfile::tempdir()?;
    let cache = EmbeddingCache::open(folder.path())?;
    let server = Loopback::start(|nth, asked| match nth {
        2 => Reply::Say(400, "", "no more".into()),
        _ => Reply::Say(200, "", embeddings(&texts(&asked.body)).to_string()),
    })?;
    let names: Vec<String> = (10..25).map(|n| format!("GENE{n}")).collect();
    let requests: Vec<TextRequest<'_>> = names.iter().map(|n| TextRequest::new(n)).collect();
    let model = ServedModel::open(&format!("{}#m", server.url), &quick())?;
    let job = EmbeddingJob::new(&model).with_cache(Some(&cache));
    assert!(job.run(&requests, &mut |_| {}).is_err());
    assert_eq!(cache.len()?, 6);
    let vectors = job.run(&requests, &mut |_| {})?;
    assert_eq!(server.texts().len(), 15 + 3);
    for (row, name) in vectors.outer_iter().zip(&names) {
        assert_eq!(row.to_vec(), vector(name));
    }
    Ok(())
}

#[test]
fn requests_go_out_side_by_side() -> Outcome {
    let server = Loopback::start(|_, asked| {
        std::thread::sleep(Duration::from_millis(60));
        Reply::Say(200, "", embeddings(&texts(&asked.body)).to_string())
    })?;
    let wide = ServedConfig {
        batch_size: 1,
        concurrency: 8,
        ..quick()
    };
    let names: Vec<String> = (0..16).map(|n| format!("GENE{n}")).collect();
    let requests: Vec<TextRequest<'_>> = names.iter().map(|n| TextRequest::new(n)).collect();
    let model = ServedModel::open(&format!("{}#m", server.url), &wide)?;
    let started = Instant::now();
    let vectors = EmbeddingJob::new(&model).run(&requests, &mut |_| {})?;
    assert!(
        started.elapsed() < Duration::from_millis(60 * 10),
        "{:?}",
        started.elapsed()
    );
    for (row, name) in vectors.outer_iter().zip(&names) {
        assert_eq!(row.to_vec(), vector(name));
    }
    Ok(())
}

#[test]
fn settings_are_checked() {
    for (config, field) in [
        (
            ServedConfig {
                batch_size: 0,
                ..quick()
            },
            "batch_size",
        ),
        (
            ServedConfig {
                concurrency: 0,
                ..quick()
            },
            "concurrency",
        ),
        (
            ServedConfig {
                dimensions: Some(0),
                ..quick()
            },
            "dimensions",
        ),
        (
            ServedConfig {
                answer_seconds: f64::NAN,
                ..quick()
            },
            "answer_seconds",
        ),
    ] {
        let said = ServedModel::open("http://127.0.0.1:1#m", &config).map(|_| ());
        assert!(
            said.is_err_and(|e| e.to_string().starts_with(field)),
            "{field}"
        );
    }
}
