//! Every way in which a server can misbehave.

use std::io::{Result, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use super::dice::Dice;
use super::mutate;
use super::server::{good, say};
use crate::loopback::texts;

/// More than any answer may have.
const ENDLESS: usize = 300 << 20;

/// The key of the client, which some servers repeat.
pub(crate) const KEY: &str = "sk-very-secret-key-0123456789";

/// How many ways there are.
pub(crate) const KINDS: usize = 16;

/// Answers a request in one of the ways.
pub(crate) fn misbehave(
    kind: usize,
    dice: &mut Dice,
    body: &Value,
    stream: &mut TcpStream,
) -> Result<()> {
    match kind {
        0 => garbage(dice, stream),
        1 => status(dice, stream),
        2 => {
            let mut answer = good(body).into_bytes();
            match dice.one_in(2) {
                true => mutate::bytes(dice, &mut answer),
                false => mutate::digits(dice, &mut answer),
            }
            say(stream, "200 OK", "", &answer)
        }
        3 => say(
            stream,
            "200 OK",
            "",
            wrong(dice, body).to_string().as_bytes(),
        ),
        4 => lying_length(dice, body, stream),
        5 => endless_body(dice, stream),
        6 => endless_headers(stream),
        7 => {
            // Longer than the client waits.
            std::thread::sleep(Duration::from_millis(600));
            say(stream, "200 OK", "", good(body).as_bytes())
        }
        8 => nested(dice, stream),
        9 => message(dice, stream),
        10 => redirect(dice, stream),
        11 => slowly(body, stream),
        12 => chunks(dice, body, stream),
        13 => models(dice, body, stream),
        14 => vectors(dice, body, stream),
        // Good, then none of it.
        _ => match dice.one_in(2) {
            true => say(stream, "200 OK", "", good(body).as_bytes()),
            false => misbehave(dice.below(KINDS - 1), dice, body, stream),
        },
    }
}

fn garbage(dice: &mut Dice, stream: &mut TcpStream) -> Result<()> {
    let bytes: Vec<u8> = (0..dice.below(5000)).map(|_| dice.byte()).collect();
    if dice.one_in(2) {
        stream.write_all(b"HTTP/1.1 ")?;
    }
    stream.write_all(&bytes)
}

fn status(dice: &mut Dice, stream: &mut TcpStream) -> Result<()> {
    let codes = [
        "100 Continue",
        "101 Switching",
        "199 x",
        "204 No Content",
        "206 x",
        "304 x",
        "400 x",
        "401 x",
        "403 x",
        "404 x",
        "413 x",
        "429 x",
        "500 x",
        "503 x",
        "599 x",
        "999 x",
        "0 x",
        "-1 x",
        "99999999999 x",
        "200",
        "",
    ];
    let headers = [
        "",
        "retry-after: 1e308\r\n",
        "retry-after: -1\r\n",
        "retry-after: NaN\r\n",
        "retry-after: 99999999999999999999\r\n",
        "retry-after: Wed, 99999999 Oct 999999999999999 99999999999:28:00 GMT\r\n",
        "retry-after: Wed, 21 Oct 9223372036854775807 07:28:00 GMT\r\n",
        "retry-after: Wed, -9223372036854775808 Jan -9223372036854775808 00:00:00 GMT\r\n",
        "retry-after: 0\r\n",
        "content-encoding: gzip\r\n",
        "transfer-encoding: gzip, chunked\r\n",
        "x: \u{1b}[31m\r\n",
        "no colon\r\n",
    ];
    let (code, header) = (*dice.pick(&codes), *dice.pick(&headers));
    say(stream, code, header, b"{\"error\": \"no\"}")
}

/// JSON of other shapes.
fn wrong(dice: &mut Dice, body: &Value) -> Value {
    let n = texts(body).len();
    let item = |index: Value, vector: Value| json!({ "index": index, "embedding": vector });
    let one = json!([1.0, 2.0]);
    let all = |of: &dyn Fn(usize) -> Value| json!({ "data": (0..n).map(of).collect::<Vec<_>>() });
    match dice.below(16) {
        0 => Value::Null,
        1 => json!([]),
        2 => json!({ "data": [] }),
        3 => json!({ "data": {} }),
        4 => json!({ "data": null }),
        5 => all(&|_| item(json!(0), one.clone())),
        6 => all(&|at| item(json!(at), json!([]))),
        7 => all(&|at| item(json!(at + 1), one.clone())),
        8 => all(&|at| item(json!(u64::MAX - at as u64), one.clone())),
        9 => all(&|at| item(json!(-1), json!([at]))),
        10 => all(&|at| item(json!(at), json!([null, 1.0]))),
        11 => all(&|at| item(json!(at), json!(["1", "NaN"]))),
        12 => all(&|at| item(json!(at), json!([1e300, -1e300]))),
        13 => all(&|at| item(json!(at), json!("AAAAAA=="))),
        14 => all(&|at| item(json!(at), json!(vec![1.0; at + 1]))),
        _ => {
            json!({ "data": (0..n * 3).map(|at| item(json!(at), one.clone())).collect::<Vec<_>>() })
        }
    }
}

/// Numbers of vectors that no float holds, written as no serialiser does.
fn vectors(dice: &mut Dice, body: &Value, stream: &mut TcpStream) -> Result<()> {
    let long = "9".repeat(400);
    let numbers = [
        "1e999", "-1e999", "NaN", "Infinity", "1e-999", "0x1", "01", "1e38", &long,
    ];
    let number = *dice.pick(&numbers);
    let width = *dice.pick(&[1, 3, 5000]);
    let vector = vec![number; width].join(",");
    let items: Vec<String> = (0..texts(body).len())
        .map(|at| format!("{{\"index\":{at},\"embedding\":[{vector}]}}"))
        .collect();
    say(
        stream,
        "200 OK",
        "",
        format!("{{\"data\":[{}]}}", items.join(",")).as_bytes(),
    )
}

fn lying_length(dice: &mut Dice, body: &Value, stream: &mut TcpStream) -> Result<()> {
    let lengths = [
        "0",
        "1",
        "10",
        "-5",
        "1e3",
        "0x10",
        "18446744073709551615",
        "9223372036854775807",
        "99999999999999999999999",
        "1000000000000",
        "7\r\ncontent-length: 8",
        "",
    ];
    write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{}",
        dice.pick(&lengths),
        good(body)
    )
}

fn endless_body(dice: &mut Dice, stream: &mut TcpStream) -> Result<()> {
    let status = dice.pick(&["200 OK", "400 Bad", "500 Bad"]);
    write!(stream, "HTTP/1.1 {status}\r\nconnection: close\r\n\r\n")?;
    let block = dice
        .pick(&["{\"data\":[", " ", "[[[[", "\"", "{\"error\":\"\u{1b}"])
        .repeat(8192);
    for _ in 0..ENDLESS / block.len() {
        stream.write_all(block.as_bytes())?;
    }
    Ok(())
}

fn endless_headers(stream: &mut TcpStream) -> Result<()> {
    write!(stream, "HTTP/1.1 200 OK\r\n")?;
    let line = format!("x: {}\r\n", "y".repeat(4000));
    for _ in 0..ENDLESS / line.len() {
        stream.write_all(line.as_bytes())?;
    }
    Ok(())
}

/// One byte at a time, until the client has waited long enough.
fn slowly(body: &Value, stream: &mut TcpStream) -> Result<()> {
    write!(stream, "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")?;
    for byte in good(body).bytes().cycle().take(100) {
        stream.write_all(&[byte])?;
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

fn nested(dice: &mut Dice, stream: &mut TcpStream) -> Result<()> {
    let depth = *dice.pick(&[100, 1000, 100_000]);
    let open = dice.pick(&["[", "{\"data\":", "{\"error\":", "[{\"embedding\":"]);
    let status = dice.pick(&["200 OK", "400 Bad"]);
    say(stream, status, "", open.repeat(depth).as_bytes())
}

/// An error with words that must not reach a terminal as they are.
fn message(dice: &mut Dice, stream: &mut TcpStream) -> Result<()> {
    let words = [
        "\u{1b}]0;title\u{7}\u{1b}[2J",
        "error: two\nerror: lines\r",
        KEY,
        "\u{202e}txt\u{9b}31m",
        "<html>\u{0}",
        "quota",
    ];
    let mut text = (*dice.pick(&words)).to_owned();
    if dice.one_in(3) {
        text = text.repeat(20_000);
    }
    let status = dice.pick(&[
        "400 Bad", "401 No", "404 No", "429 Many", "500 Bad", "418 Tea",
    ]);
    let body = match dice.below(3) {
        0 => text,
        1 => json!({ "error": { "message": text } }).to_string(),
        _ => json!({ "detail": text }).to_string(),
    };
    say(stream, status, "", body.as_bytes())
}

fn redirect(dice: &mut Dice, stream: &mut TcpStream) -> Result<()> {
    let places = [
        "/v1/embeddings".to_owned(),
        format!("http://127.0.0.1:1/?api_key={KEY}"),
        format!("http://user:{KEY}@127.0.0.1/"),
        "file:///etc/passwd".into(),
        "\u{1b}[31m".into(),
        "x".repeat(20_000),
        String::new(),
    ];
    let codes = ["301 x", "302 x", "303 x", "307 x", "308 x", "399 x"];
    let header = format!("location: {}\r\n", dice.pick(&places));
    let code = *dice.pick(&codes);
    say(stream, code, &header, b"")
}

/// Chunks whose sizes lie.
fn chunks(dice: &mut Dice, body: &Value, stream: &mut TcpStream) -> Result<()> {
    write!(
        stream,
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    )?;
    let text = good(body);
    let right = format!("{:x}", text.len());
    let sizes = [
        "ffffffffffffffff",
        "fffffffffffffffff",
        "-1",
        "0",
        "zz",
        "1",
        &right,
    ];
    let end = dice.pick(&["0\r\n\r\n", "", "0\r\nx", "\r\n"]);
    write!(stream, "{}\r\n{text}\r\n{end}", dice.pick(&sizes))
}

/// Names of models that should not be shown or used as they are.
fn models(dice: &mut Dice, body: &Value, stream: &mut TcpStream) -> Result<()> {
    let names = ["\u{1b}[31m", "", "a\nb", KEY, "../../x", "\u{0}"].map(String::from);
    let mut list = vec![json!({ "id": dice.pick(&names) })];
    if dice.one_in(3) {
        list = vec![json!({ "id": dice.pick(&names).repeat(1000) }); 1 + dice.below(3000)];
    }
    match body.is_null() {
        true => say(
            stream,
            "200 OK",
            "",
            json!({ "data": list }).to_string().as_bytes(),
        ),
        false => say(stream, "200 OK", "", good(body).as_bytes()),
    }
}
