//! A small real HTTP server on loopback that answers as an embedding server does, or as a test sets. The tests of
//! the command line use this file too.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

/// A running server; it ends with the process.
pub(crate) struct Loopback {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// A received request.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) authorization: Option<String>,
    pub(crate) body: Value,
}

/// The reply to a request.
pub(crate) enum Reply {
    /// Status, further header lines, body.
    Say(u16, &'static str, String),
    /// The connection is closed without a reply.
    Hang,
    /// No reply for this time, then the connection is closed.
    Wait(Duration),
}

impl Loopback {
    /// Answers the nth request (from 0) with the result of the function.
    pub(crate) fn start(
        answer: impl Fn(usize, &Asked) -> Reply + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}", listener.local_addr()?);
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (answer, log) = (Arc::new(answer), Arc::clone(&asked));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, log) = (Arc::clone(&answer), Arc::clone(&log));
                std::thread::spawn(move || serve(&stream, &*answer, &log));
            }
        });
        Ok(Self { url, asked })
    }

    /// Answers every request correctly.
    pub(crate) fn well() -> std::io::Result<Self> {
        Self::start(|_, asked| Reply::Say(200, "", embeddings(&texts(&asked.body)).to_string()))
    }

    /// The requests so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.clone()
    }

    /// The texts so far.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.asked().iter().flat_map(|a| texts(&a.body)).collect()
    }
}

/// The texts of a request.
pub(crate) fn texts(body: &Value) -> Vec<String> {
    let input = body["input"].as_array().into_iter().flatten();
    input
        .filter_map(|t| t.as_str().map(str::to_owned))
        .collect()
}

/// Six numbers for a text, computed from its bytes.
pub(crate) fn vector(text: &str) -> Vec<f32> {
    let mut vector = vec![0.0; 6];
    for (at, byte) in text.bytes().enumerate() {
        vector[(usize::from(byte) + at) % 6] += f32::from(byte % 16) / 16.0;
    }
    vector
}

/// A valid answer, in reverse order as some servers send it.
pub(crate) fn embeddings(texts: &[String]) -> Value {
    let item = |(index, text): (usize, &String)| json!({ "object": "embedding", "index": index, "embedding": vector(text) });
    let data: Vec<Value> = texts.iter().enumerate().map(item).rev().collect();
    json!({ "object": "list", "model": "m", "data": data })
}

fn serve(
    stream: &TcpStream,
    answer: &dyn Fn(usize, &Asked) -> Reply,
    log: &Mutex<Vec<Asked>>,
) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split_whitespace().nth(1)?.to_owned();
    let (mut length, mut authorization) = (0, None);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        match &*name.to_lowercase() {
            "content-length" => length = value.parse().ok()?,
            "authorization" => authorization = Some(value.to_owned()),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let asked = Asked {
        path,
        authorization,
        body: serde_json::from_slice(&body).unwrap_or_default(),
    };
    let nth = {
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        log.push(asked.clone());
        log.len() - 1
    };
    match answer(nth, &asked) {
        Reply::Say(status, headers, body) => {
            let mut stream = stream;
            let length = body.len();
            write!(
                stream,
                "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
                 connection: close\r\n{headers}\r\n{body}"
            )
            .ok()
        }
        Reply::Hang => None,
        Reply::Wait(time) => {
            std::thread::sleep(time);
            None
        }
    }
}
