//! Which failures are retried, and when.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::address;
use super::key::Key;
use crate::ServedConfig;

/// The longest pause, except when the server requests a longer one.
const LONGEST_PAUSE: f64 = 30.0;

/// Why a request failed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RequestFailure {
    /// The message.
    pub(super) problem: String,
    /// Whether a retry may succeed.
    again: bool,
    /// Seconds that the server requests to wait.
    after: Option<f64>,
}

impl RequestFailure {
    fn permanent(problem: impl Into<String>) -> Self {
        Self {
            problem: problem.into(),
            again: false,
            after: None,
        }
    }

    fn temporary(problem: impl Into<String>, after: Option<f64>) -> Self {
        Self {
            problem: problem.into(),
            again: true,
            after,
        }
    }

    /// No response: the connection failed or was lost, or the request timed out.
    pub(super) fn lost(error: &ureq::Error, answered_before: bool) -> Self {
        match error {
            ureq::Error::Timeout(what) => Self::temporary(
                format!(
                    "gives no response in time ({what}): allow more seconds, or send smaller batches"
                ),
                None,
            ),
            ureq::Error::BodyExceedsLimit(most) => Self::permanent(format!(
                "responds with more than {} MiB, which are no vectors of these texts: is the address right?",
                most >> 20
            )),
            ureq::Error::HostNotFound => {
                Self::permanent("the host name is unknown: is the address right?")
            }
            ureq::Error::Io(e) if e.kind() == std::io::ErrorKind::ConnectionRefused => {
                let problem = "no server listens there: is it running, and is the port right?";
                match answered_before {
                    true => Self::temporary(problem, None),
                    false => Self::permanent(problem),
                }
            }
            ureq::Error::Io(_) | ureq::Error::ConnectionFailed | ureq::Error::Protocol(_) => {
                Self::temporary(format!("the connection was lost ({error})"), None)
            }
            other => Self::permanent(format!("cannot be reached ({other})")),
        }
    }

    /// A response that is not 200.
    pub(super) fn with_status(
        status: u16,
        said: &str,
        key: Option<&Key>,
        model: &str,
        retry_after: Option<&str>,
        location: Option<&str>,
    ) -> Self {
        let says = if said.is_empty() {
            String::new()
        } else {
            format!("; it says: {said}")
        };
        let after = retry_after.and_then(|text| seconds(text, SystemTime::now()));
        match status {
            300..=399 => Self::permanent(format!(
                "{status}: it has moved to {}; use that address",
                location.map_or_else(|| "another place".into(), address::shown)
            )),
            401 | 403 => Self::permanent(match key {
                Some(key) => format!(
                    "{status}: the key in {} was rejected, or may not use this model{says}",
                    key.variable()
                ),
                None => format!("{status}: it needs a key; set SEMST_API_KEY{says}"),
            }),
            404 if model.is_empty() => Self::permanent(format!("404: there is no such page{says}")),
            404 => Self::permanent(format!(
                "404: there is no such page, or no model {model}: give the address up to /v1 and the name as the \
                 server lists it{says}"
            )),
            // The status is the same if the quota of the account is used up; waiting does not help.
            429 if said.contains("quota") => {
                Self::permanent(format!("429: the quota is used up{says}"))
            }
            429 => Self::temporary(
                format!("429: too many requests; lower the concurrency, or try again later{says}"),
                after,
            ),
            400 | 413 | 422 => Self::permanent(format!(
                "{status}: the request was rejected; if a batch or a text is too long, send fewer texts or genes{says}"
            )),
            408 | 425 | 500..=599 => Self::temporary(
                format!("{status}: the server failed; its log may say why{says}"),
                after,
            ),
            _ => Self::permanent(format!("{status}: not a response of /v1/embeddings{says}")),
        }
    }
}

/// The number of retries, and the waits between them.
#[derive(Clone, Debug)]
pub(super) struct RetryPolicy {
    retries: u32,
    first: f64,
    longest: f64,
}

impl RetryPolicy {
    pub(super) fn new(config: &ServedConfig) -> Self {
        Self {
            retries: config.retries,
            first: config.first_wait_seconds,
            longest: config.longest_wait_seconds,
        }
    }

    /// Repeats the request until there is an answer, a permanent failure, or no retry left.
    pub(super) fn run<T>(
        &self,
        ask: impl Fn() -> Result<T, RequestFailure>,
    ) -> Result<T, RequestFailure> {
        let mut tries = 0;
        loop {
            let mut failure = match ask() {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            if !failure.again {
                return Err(failure);
            }
            if let Some(wait) = failure.after.filter(|&wait| wait > self.longest) {
                failure.problem += &format!("; it requests a wait of {wait:.0} s");
                return Err(failure);
            }
            if tries == self.retries {
                failure.problem += &format!(" (asked {} times)", tries + 1);
                return Err(failure);
            }
            std::thread::sleep(self.pause(tries, failure.after));
            tries += 1;
        }
    }

    /// The wait that the server requests, else twice the previous wait.
    fn pause(&self, tries: u32, after: Option<f64>) -> Duration {
        let own = (self.first * 2f64.powi(tries.min(20) as i32)).min(LONGEST_PAUSE);
        Duration::from_secs_f64(after.unwrap_or(own).max(0.0))
    }
}

/// A `Retry-After`: seconds, or a date such as `Wed, 21 Oct 2015 07:28:00 GMT`.
fn seconds(text: &str, now: SystemTime) -> Option<f64> {
    if let Ok(seconds) = text.trim().parse::<f64>() {
        return (seconds >= 0.0 && seconds.is_finite()).then_some(seconds);
    }
    let now = now.duration_since(UNIX_EPOCH).ok()?.as_secs_f64();
    Some((date(text)? - now).max(0.0))
}

/// Seconds from 1970 to an HTTP date.
fn date(text: &str) -> Option<f64> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let mut parts = text.split_whitespace().skip(1);
    let day: i64 = parts.next()?.parse().ok()?;
    let month = parts.next()?;
    let month = MONTHS.iter().position(|m| *m == month)? as i64 + 1;
    let year: i64 = parts.next()?.parse().ok()?;
    let clock: Vec<i64> = parts
        .next()?
        .split(':')
        .map_while(|p| p.parse().ok())
        .collect();
    let &[hours, minutes, seconds] = clock.as_slice() else {
        return None;
    };
    // Years start in March here, so that the leap day is the last day.
    let (year, month) = if month < 3 {
        (year - 1, month + 9)
    } else {
        (year, month - 3)
    };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
    let since_1970 = days - 719_468;
    Some((since_1970 * 86_400 + hours * 3_600 + minutes * 60 + seconds) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = UNIX_EPOCH + Duration::from_secs(1_445_412_470);
        assert_eq!(seconds("7", now), Some(7.0));
        assert_eq!(seconds("0.25", now), Some(0.25));
        assert_eq!(seconds("Wed, 21 Oct 2015 07:28:00 GMT", now), Some(10.0));
        assert_eq!(seconds("Wed, 21 Oct 2015 07:27:00 GMT", now), Some(0.0));
        assert_eq!(date("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0.0));
        assert_eq!(date("Tue, 29 Feb 2000 00:00:01 GMT"), Some(951_782_401.0));
        for text in ["soon", "-3", "NaN", ""] {
            assert_eq!(seconds(text, now), None, "{text}");
        }
    }

    #[test]
    fn pauses_grow_and_the_server_takes_precedence() {
        let retry_policy = RetryPolicy::new(&ServedConfig::default());
        let pauses: Vec<f64> = (0..8)
            .map(|n| retry_policy.pause(n, None).as_secs_f64())
            .collect();
        assert_eq!(pauses, [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]);
        assert_eq!(retry_policy.pause(3, Some(1.5)).as_secs_f64(), 1.5);
    }
}
