//! Questions on their way to the engine: one at a time, and of those that wait only the newest.

/// A question with the generation by which its answer is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked<Q> {
    /// Rises with each question sent.
    pub generation: u32,
    /// The question.
    pub question: Q,
}

/// What is on its way and what waits.
#[derive(Debug)]
pub struct Exchange<Q> {
    newest: u32,
    in_flight: bool,
    waiting: Option<Q>,
}

impl<Q> Default for Exchange<Q> {
    fn default() -> Self {
        Exchange {
            newest: 0,
            in_flight: false,
            waiting: None,
        }
    }
}

impl<Q> Exchange<Q> {
    /// Asks a question. Returns it if it is to be sent now; else it waits, in the place of any other that waited.
    pub fn ask(&mut self, question: Q) -> Option<Asked<Q>> {
        if self.in_flight {
            self.waiting = Some(question);
            return None;
        }
        Some(self.sent(question))
    }

    /// Takes note of an answer. Returns whether it is one to show; a late one is not. A question may have several, each
    /// in the place of the one before, until the next question is sent.
    pub fn accept(&mut self, generation: u32) -> bool {
        let current = generation == self.newest;
        if current {
            self.in_flight = false;
        }
        current
    }

    /// The question to send next, if one waited and nothing is on its way.
    pub fn next(&mut self) -> Option<Asked<Q>> {
        if self.in_flight {
            return None;
        }
        let question = self.waiting.take()?;
        Some(self.sent(question))
    }

    /// Forgets what is on its way: no answer will come, or it will be late.
    pub fn forget(&mut self) {
        // An answer to what has been asked until now bears an older number from here on.
        self.newest = self.newest.wrapping_add(1);
        self.in_flight = false;
        self.waiting = None;
    }

    /// Whether an answer is still to come.
    pub const fn is_busy(&self) -> bool {
        self.in_flight
    }

    fn sent(&mut self, question: Q) -> Asked<Q> {
        self.newest = self.newest.wrapping_add(1);
        self.in_flight = true;
        Asked {
            generation: self.newest,
            question,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_questions_that_wait_only_the_newest_is_sent() {
        let mut exchange = Exchange::default();
        assert_eq!(
            exchange.ask("a"),
            Some(Asked {
                generation: 1,
                question: "a"
            })
        );
        assert_eq!(exchange.ask("b"), None);
        assert_eq!(exchange.ask("c"), None);
        assert!(exchange.accept(1));
        assert_eq!(
            exchange.next(),
            Some(Asked {
                generation: 2,
                question: "c"
            })
        );
        assert_eq!(exchange.next(), None);
        assert!(exchange.is_busy());
        assert!(exchange.accept(2));
        assert!(!exchange.is_busy());
    }

    #[test]
    fn late_answers_are_dropped() {
        let mut exchange = Exchange::default();
        exchange.ask("a");
        exchange.forget();
        assert!(!exchange.accept(1));
        let asked = exchange.ask("b").unwrap();
        assert!(!exchange.accept(1));
        assert!(exchange.is_busy());
        assert!(exchange.accept(asked.generation));
        assert!(!exchange.is_busy());
    }

    #[test]
    fn a_question_may_be_answered_again_until_the_next_one_is_sent() {
        let mut exchange = Exchange::default();
        exchange.ask("a");
        assert!(exchange.accept(1) && exchange.accept(1));
        exchange.ask("b");
        assert!(
            !exchange.accept(1),
            "what comes late for the former question is dropped"
        );
        assert!(exchange.is_busy(), "and does not pass for an answer to this one");
        assert!(exchange.accept(2) && exchange.accept(2));
    }
}
