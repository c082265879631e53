//! A small HTTP server on loopback, whose answers are bytes: it can break every rule.

use std::io::{BufRead, BufReader, Read, Result, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::binary::Outcome;
use crate::loopback::{embeddings, texts};

/// Answers requests until it is dropped.
pub(crate) struct Server {
    pub(crate) url: String,
    address: std::net::SocketAddr,
    stopped: Arc<AtomicBool>,
}

impl Server {
    /// Calls the function for every request, with the number of the connection and the body of the request.
    pub(crate) fn start(
        answer: impl Fn(u64, &Value, &mut TcpStream) -> Result<()> + Send + Sync + 'static,
    ) -> Outcome<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let stopped = Arc::new(AtomicBool::new(false));
        let (answer, stop, count) = (Arc::new(answer), Arc::clone(&stopped), AtomicU64::new(0));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let nth = count.fetch_add(1, Ordering::Relaxed);
                let answer = Arc::clone(&answer);
                std::thread::spawn(move || answered(nth, stream, &*answer));
            }
        });
        Ok(Self {
            url: format!("http://{address}/v1"),
            address,
            stopped,
        })
    }

    /// A good one.
    pub(crate) fn well() -> Outcome<Self> {
        Self::start(|_, body, stream| say(stream, "200 OK", "", good(body).as_bytes()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        // The listener wakes up and sees it.
        drop(TcpStream::connect(self.address));
    }
}

fn answered(
    nth: u64,
    mut stream: TcpStream,
    answer: &dyn Fn(u64, &Value, &mut TcpStream) -> Result<()>,
) {
    // A client that is gone is no fault of ours.
    let limits = stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .and_then(|()| stream.set_write_timeout(Some(Duration::from_secs(30))));
    let body = limits.and_then(|()| request(&stream));
    let _ = body.and_then(|body| answer(nth, &body, &mut stream));
}

/// The body of a request; null for one without.
fn request(stream: &TcpStream) -> Result<Value> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim_end().to_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(serde_json::from_slice(&body).unwrap_or_default())
}

/// A whole answer with further lines of the header.
pub(crate) fn say(stream: &mut TcpStream, status: &str, headers: &str, body: &[u8]) -> Result<()> {
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n"
    )?;
    stream.write_all(body)
}

/// A right answer: vectors, or the list of models.
pub(crate) fn good(body: &Value) -> String {
    match body.is_null() {
        true => json!({ "data": [{ "id": "m" }] }).to_string(),
        false => embeddings(&texts(body)).to_string(),
    }
}
