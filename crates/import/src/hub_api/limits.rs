//! How long a server asks to wait: `Retry-After` and `RateLimit`.

use std::time::{Duration, SystemTime};

/// What the headers of an answer say about the limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Time until the server wants to be asked again, from `Retry-After`.
    pub retry_after: Option<Duration>,
    /// Requests left in the window, from `RateLimit`.
    pub remaining: Option<u64>,
    /// Time until the window begins anew, from `RateLimit`.
    pub reset: Option<Duration>,
}

impl Limits {
    /// Reads both headers; `now` is for a `Retry-After` that is a date. What cannot be read is as if it were absent.
    pub fn of(retry_after: Option<&str>, rate_limit: Option<&str>, now: SystemTime) -> Limits {
        let retry_after = retry_after.map(str::trim).and_then(|text| match text.parse::<u64>() {
            Ok(seconds) => Some(Duration::from_secs(seconds)),
            Err(_) => httpdate::parse_http_date(text)
                .ok()
                .map(|date| date.duration_since(now).unwrap_or_default()),
        });
        let (remaining, reset) = rate_limit.map(tightest).unwrap_or_default();
        Limits {
            retry_after,
            remaining,
            reset: reset.map(Duration::from_secs),
        }
    }

    /// The wait that a refusal asks for.
    pub fn wait(&self) -> Option<Duration> {
        self.retry_after.max(self.reset)
    }

    /// The wait before the next request after one that was answered: none while the window has requests left.
    pub fn pause(&self) -> Option<Duration> {
        if self.remaining == Some(0) { self.reset } else { None }
    }
}

/// Requests left and seconds to the reset of the policy with the fewest left.
///
/// Read are both forms in use: `"api";r=0;t=55` and `limit=500, remaining=0, reset=55`.
fn tightest(header: &str) -> (Option<u64>, Option<u64>) {
    let number = |text: &str| text.trim().trim_matches('"').parse::<u64>().ok();
    let is_older_form = header.contains("remaining");
    let separator = if is_older_form { ';' } else { ',' };
    let of_policy = |policy: &str| {
        let (mut remaining, mut reset) = (None, None);
        for pair in policy.split([';', ',']) {
            match pair.split_once('=').map(|(name, value)| (name.trim(), number(value))) {
                Some(("r" | "remaining", value)) => remaining = value,
                Some(("t" | "reset", value)) => reset = value,
                _ => {}
            }
        }
        (remaining, reset)
    };
    let policies = header.split(separator).map(of_policy);
    let known = policies.filter(|(remaining, reset)| remaining.is_some() || reset.is_some());
    known
        .min_by_key(|(remaining, reset)| (remaining.unwrap_or(0), std::cmp::Reverse(reset.unwrap_or(0))))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Option<Duration> {
        Some(Duration::from_secs(seconds))
    }

    #[test]
    fn both_forms_of_the_rate_limit_are_read() {
        for (header, remaining, reset) in [
            (r#""api";r=0;t=55"#, Some(0), 55),
            (r#""pages";r=90;t=10, "api";r=3;t=200"#, Some(3), 200),
            ("limit=500, remaining=7, reset=42", Some(7), 42),
        ] {
            let limits = Limits::of(None, Some(header), SystemTime::UNIX_EPOCH);
            assert_eq!(
                (limits.remaining, limits.reset),
                (remaining, seconds(reset)),
                "{header}"
            );
        }
        assert_eq!(
            Limits::of(Some("soon"), Some("nonsense"), SystemTime::UNIX_EPOCH),
            Limits::default()
        );
    }

    #[test]
    fn the_longer_of_the_two_waits_counts_and_dates_are_waits_too() {
        let limits = Limits::of(Some("5"), Some(r#""api";r=0;t=55"#), SystemTime::UNIX_EPOCH);
        assert_eq!((limits.wait(), limits.pause()), (seconds(55), seconds(55)));
        let date = Limits::of(Some("Thu, 01 Jan 1970 00:01:30 GMT"), None, SystemTime::UNIX_EPOCH);
        assert_eq!((date.wait(), date.pause()), (seconds(90), None));
        let past = SystemTime::UNIX_EPOCH + Duration::from_secs(1000);
        assert_eq!(
            Limits::of(Some("Thu, 01 Jan 1970 00:01:30 GMT"), None, past).wait(),
            seconds(0)
        );
        let some_left = Limits::of(None, Some(r#""api";r=1;t=55"#), SystemTime::UNIX_EPOCH);
        assert_eq!(some_left.pause(), None);
    }
}
