//! Why there is no page, and whether and when to ask for it again.

use std::time::Duration;

use super::answer::{AnswerError, message_of};
use super::limits::Limits;
use super::patience::Patience;

/// Why there is no page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Asking again can help.
    Again {
        /// What happened.
        why: String,
        /// The wait that the server asks for.
        wait: Option<Duration>,
        /// Asking at most so many times can help.
        tries: u32,
    },
    /// The limit is reached.
    Limited(Option<Duration>),
    /// The server refuses this question.
    Refused(String),
    /// Asking again cannot help.
    Final(String),
}

impl Refusal {
    /// What an answer of `server` with this status, which is no success, and this body says.
    pub fn of_status(server: &str, status: &str, body: &[u8], limits: Limits) -> Refusal {
        let said = message_of(body).map_or(String::new(), |message| format!(", “{message}”"));
        let why = format!("{server} answers {status}{said}");
        match status.get(..3).and_then(|code| code.parse().ok()).unwrap_or(0u16) {
            429 => Refusal::Limited(limits.wait()),
            408 | 425 | 500..=599 => Refusal::Again {
                why,
                wait: limits.retry_after,
                tries: u32::MAX,
            },
            401 | 403 | 407 => Refusal::Final(format!(
                "{why}. Only what everybody may read is fetched: no token is ever sent"
            )),
            _ => Refusal::Refused(why),
        }
    }

    /// An answer that is no list of models.
    pub fn of_answer(error: AnswerError, patience: &Patience) -> Refusal {
        match error {
            AnswerError::NotAList(_) => Refusal::Final(error.to_string()),
            AnswerError::Html { .. } | AnswerError::NotJson { .. } => Refusal::Again {
                why: error.to_string(),
                wait: None,
                tries: patience.tries_on_nonsense,
            },
        }
    }
}

/// A wait before the same page is asked for again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// How long.
    pub time: Duration,
    /// What is waited for, as the beginning of a sentence.
    pub why: String,
    /// Whether the limit asks for it, not an error.
    pub is_limit: bool,
}

/// Why a page is not asked for again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GivenUp {
    /// The question itself is refused: a cursor can grow too old to go on from.
    #[error("{0}")]
    QuestionRefused(String),
    /// It cannot help, or has not helped often enough.
    #[error("{0}")]
    Hopeless(String),
}

/// The requests for one page so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Attempts {
    failures: u32,
    limited: u32,
}

impl Attempts {
    /// What to do after a refusal.
    ///
    /// # Errors
    /// When the page is not to be asked for again.
    pub fn after(&mut self, refusal: Refusal, patience: &Patience) -> Result<Wait, GivenUp> {
        match refusal {
            Refusal::Limited(wait) => {
                self.limited += 1;
                if self.limited > patience.limits_in_a_row {
                    return Err(GivenUp::Hopeless(format!(
                        "the Hub's limit holds even after {} waits",
                        patience.limits_in_a_row
                    )));
                }
                let time = wait.unwrap_or(patience.limit);
                limit_wait(time, "the Hub's limit is reached", patience)
            }
            Refusal::Again { why, wait, tries } => {
                self.failures += 1;
                if self.failures >= tries.min(patience.tries) {
                    return Err(GivenUp::Hopeless(format!("{why} ({} times in a row)", self.failures)));
                }
                let time = wait.unwrap_or_default().max(patience.backoff(self.failures));
                bearable(time, why, false, patience)
            }
            Refusal::Refused(why) => Err(GivenUp::QuestionRefused(why)),
            Refusal::Final(why) => Err(GivenUp::Hopeless(why)),
        }
    }
}

/// A wait that the limit asks for.
///
/// # Errors
/// When it is longer than anybody waits.
pub fn limit_wait(time: Duration, why: &str, patience: &Patience) -> Result<Wait, GivenUp> {
    bearable(time, why.to_owned(), true, patience)
}

fn bearable(time: Duration, why: String, is_limit: bool, patience: &Patience) -> Result<Wait, GivenUp> {
    match time > patience.longest {
        true => Err(GivenUp::Hopeless(format!(
            "{why}, and the Hub asks to wait {} s",
            time.as_secs()
        ))),
        false => Ok(Wait { time, why, is_limit }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Option<Duration> {
        Some(Duration::from_secs(seconds))
    }

    #[test]
    fn a_limit_is_waited_out_and_an_error_is_tried_again_until_that_does_not_help() {
        let patience = Patience::default();
        let mut attempts = Attempts::default();
        let limits = Limits {
            retry_after: seconds(7),
            ..Limits::default()
        };
        let limited = Refusal::of_status("hub", "429 Too Many Requests", b"", limits);
        let wait = attempts.after(limited.clone(), &patience).unwrap();
        assert_eq!((wait.time, wait.is_limit), (Duration::from_secs(7), true));
        let failed = Refusal::of_status("hub", "502 Bad Gateway", b"<title>Bad</title>", Limits::default());
        for _ in 1..patience.tries {
            assert!(!attempts.after(failed.clone(), &patience).unwrap().is_limit);
        }
        let given_up = attempts.after(failed, &patience).unwrap_err().to_string();
        assert!(
            given_up.contains("502 Bad Gateway, “Bad” (10 times in a row)"),
            "{given_up}"
        );
        let unbearable = Refusal::Limited(seconds(4000));
        assert!(
            attempts
                .after(unbearable, &patience)
                .unwrap_err()
                .to_string()
                .contains("4000 s")
        );
        for _ in 2..patience.limits_in_a_row {
            attempts.after(limited.clone(), &patience).unwrap();
        }
        assert!(attempts.after(limited, &patience).is_err());
    }

    #[test]
    fn a_question_that_is_refused_is_told_from_an_answer_that_makes_no_sense() {
        let patience = Patience::default();
        let after = |refusal| Attempts::default().after(refusal, &patience);
        let refused = Refusal::of_status("hub", "400 Bad Request", br#"{"error":"cursor"}"#, Limits::default());
        assert!(matches!(after(refused), Err(GivenUp::QuestionRefused(why)) if why.contains("“cursor”")));
        let secret = Refusal::of_status("hub", "401 Unauthorized", b"", Limits::default());
        assert!(matches!(after(secret), Err(GivenUp::Hopeless(why)) if why.contains("no token")));
        let nonsense = Refusal::of_answer(super::super::answer::models_of(b"[{").unwrap_err(), &patience);
        assert!(after(nonsense).is_ok());
    }
}
