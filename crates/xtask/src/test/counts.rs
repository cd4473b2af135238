//! Reads how many tests passed, failed and were skipped off the words of each test runner.

use std::fmt;
use std::ops::AddAssign;

/// A program that runs tests and closes with its counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runner {
    /// cargo test, and wasm-bindgen-test-runner, which speaks as it does.
    Libtest,
    /// cargo-nextest; it quotes the words of [`Runner::Libtest`] for each test that fails.
    Nextest,
    /// Node's own.
    Node,
}

/// How many tests a runner ran.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Tests that passed.
    pub passed: u64,
    /// Tests that failed, timed out or could not be started.
    pub failed: u64,
    /// Tests that did not run and said so.
    pub skipped: u64,
}

impl Counts {
    /// Reads the counts as they are [displayed](fmt::Display); nothing where `line` is another text.
    pub fn of_summary(line: &str) -> Option<Self> {
        let mut counts = Self::default();
        for part in line.split(", ") {
            let (number, kind) = part.split_once(' ')?;
            let number = number.parse().ok()?;
            match kind {
                "passed" => counts.passed = number,
                "failed" => counts.failed = number,
                "skipped" => counts.skipped = number,
                _ => return None,
            }
        }
        Some(counts)
    }

    /// Whether the runner found no test at all.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// Adds what `line`, one line of the runner's output, says; most lines say nothing.
    pub fn read(&mut self, runner: Runner, line: &str) {
        let line = without_colour(line);
        let line = line.trim();
        let counts = match runner {
            Runner::Libtest => libtest(line),
            Runner::Nextest => nextest(line),
            Runner::Node => node(line),
        };
        *self += counts.unwrap_or_default();
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(out, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

/// `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s`,
/// of cargo test and of wasm-bindgen-test-runner.
fn libtest(line: &str) -> Option<Counts> {
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    Some(sum(counts.split(';'), |word| match word {
        "passed" => Some(Kind::Passed),
        "failed" => Some(Kind::Failed),
        "ignored" => Some(Kind::Skipped),
        _ => None,
    }))
}

/// `Summary [   0.5s] 3 tests run: 2 passed (1 slow), 1 failed, 1 skipped`, of nextest.
fn nextest(line: &str) -> Option<Counts> {
    let (run, counts) = line.strip_prefix("Summary [")?.split_once(" run: ")?;
    if !run.ends_with("tests") && !run.ends_with("test") {
        return None;
    }
    Some(sum(counts.split(','), |word| match word {
        "passed" => Some(Kind::Passed),
        "failed" | "timed" | "exec" => Some(Kind::Failed),
        "skipped" => Some(Kind::Skipped),
        _ => None,
    }))
}

/// `ℹ pass 3` or `# pass 3`, one line a count, of Node's test runner.
fn node(line: &str) -> Option<Counts> {
    let line = line.strip_prefix("ℹ ").or_else(|| line.strip_prefix("# "))?;
    let (word, number) = line.split_once(' ')?;
    let number = number.parse().ok()?;
    match word {
        "pass" => Some(Counts {
            passed: number,
            ..Counts::default()
        }),
        "fail" | "cancelled" => Some(Counts {
            failed: number,
            ..Counts::default()
        }),
        "skipped" | "todo" => Some(Counts {
            skipped: number,
            ..Counts::default()
        }),
        _ => None,
    }
}

enum Kind {
    Passed,
    Failed,
    Skipped,
}

/// Adds up phrases that begin with a number and a word.
fn sum<'a>(phrases: impl Iterator<Item = &'a str>, kind: impl Fn(&str) -> Option<Kind>) -> Counts {
    let mut counts = Counts::default();
    for phrase in phrases {
        let mut words = phrase.split_whitespace();
        let (Some(number), Some(word)) = (words.next().and_then(|number| number.parse::<u64>().ok()), words.next())
        else {
            continue;
        };
        match kind(word) {
            Some(Kind::Passed) => counts.passed += number,
            Some(Kind::Failed) => counts.failed += number,
            Some(Kind::Skipped) => counts.skipped += number,
            None => {}
        }
    }
    counts
}

/// The line without terminal colours: an escape, a bracket, numbers, a letter.
fn without_colour(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            for skipped in characters.by_ref() {
                if skipped.is_ascii_alphabetic() {
                    break;
                }
            }
        } else {
            plain.push(character);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_come_back_from_their_own_words_and_from_no_others() {
        for (passed, failed, skipped) in [(3, 0, 0), (0, 2, 0), (12, 1, 5)] {
            let counts = Counts {
                passed,
                failed,
                skipped,
            };
            assert_eq!(Counts::of_summary(&counts.to_string()), Some(counts));
        }
        for other in ["", "built in 3 s", "3 passed, 1 lost", "many passed, 0 failed"] {
            assert_eq!(Counts::of_summary(other), None, "{other}");
        }
    }

    fn check(runner: Runner, output: &str, passed: u64, failed: u64, skipped: u64) {
        let mut counts = Counts::default();
        output.lines().for_each(|line| counts.read(runner, line));
        assert_eq!(
            counts,
            Counts {
                passed,
                failed,
                skipped
            },
            "{output}"
        );
    }

    #[test]
    fn cargo_test_says_a_line_for_each_binary() {
        check(
            Runner::Libtest,
            "running 2 tests\ntest a ... ok\n\
             test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.00s\n\
             test result: FAILED. 4 passed; 5 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            6,
            5,
            1,
        );
    }

    #[test]
    fn nextest_says_one_line_with_remarks() {
        check(
            Runner::Nextest,
            "     Summary [   0.005s] 3 tests run: 3 passed, 0 skipped",
            3,
            0,
            0,
        );
        check(
            Runner::Nextest,
            "     Summary [   9.1s] 8 tests run: 5 passed (1 slow, 1 flaky), 1 failed, 1 timed out, 1 exec failed, 2 skipped",
            5,
            3,
            2,
        );
        check(
            Runner::Nextest,
            "     Summary [   0.1s] 1/8 tests run: 0 passed, 1 failed, 0 skipped",
            0,
            1,
            0,
        );
        check(
            Runner::Nextest,
            "\u{1b}[32;1m     Summary\u{1b}[0m [   0.1s] \u{1b}[1m1\u{1b}[0m test run: \u{1b}[1m1\u{1b}[0m \u{1b}[32;1mpassed\u{1b}[0m, 0 skipped",
            1,
            0,
            0,
        );
    }

    #[test]
    fn node_says_a_line_for_each_count_in_two_manners() {
        check(
            Runner::Node,
            "ℹ tests 9\nℹ suites 0\nℹ pass 4\nℹ fail 3\nℹ cancelled 1\nℹ skipped 1\nℹ todo 0\nℹ duration_ms 3",
            4,
            4,
            1,
        );
        check(
            Runner::Node,
            "# tests 2\n# pass 2\n# fail 0\n# cancelled 0\n# skipped 0\n# todo 0",
            2,
            0,
            0,
        );
    }

    #[test]
    fn other_lines_say_nothing() {
        for runner in [Runner::Libtest, Runner::Nextest, Runner::Node] {
            check(
                runner,
                "passed\n# passing through\nSummary of 3 tests: 3 passed\ntest result: soon",
                0,
                0,
                0,
            );
        }
        check(
            Runner::Nextest,
            "    test result: FAILED. 0 passed; 1 failed; 0 ignored",
            0,
            0,
            0,
        );
    }

    #[test]
    fn the_closing_line_names_skipped_tests_only_where_there_are_some() {
        assert_eq!(
            Counts {
                passed: 3,
                failed: 0,
                skipped: 0
            }
            .to_string(),
            "3 passed, 0 failed"
        );
        assert_eq!(
            Counts {
                passed: 3,
                failed: 1,
                skipped: 2
            }
            .to_string(),
            "3 passed, 1 failed, 2 skipped"
        );
    }
}
