//! `cargo xtask test`: every check there is, in order, with times, and the counts at the end.

mod beside;
mod budgets;
mod counts;
mod stages;

use crate::project::Project;
use crate::setup::{self, Tool};
use anyhow::{Context, bail};
use beside::Beside;
use counts::Counts;
use stages::{STAGES, Stage};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Which stages to run.
#[derive(Debug, Clone, Default)]
pub struct TestOptions {
    /// Names of stages; all of them where empty.
    pub only: Vec<String>,
}

/// How a stage ended.
pub enum Outcome {
    /// A check without tests of its own held.
    Held,
    /// A runner ran tests.
    Ran(Counts),
    /// The stage could not run here, for this reason, and need not.
    LeftOut(String),
}

struct Report {
    stage: &'static Stage,
    outcome: anyhow::Result<Outcome>,
    time: Duration,
}

/// Stages that take long, most of it in compilers that no other stage shares: each begins with another one and runs beside
/// those up to its own turn.
const BESIDE: [(&str, &str); 2] = [("format", "build"), ("oracle", "wasm")];

/// What stages beside one another install: two at once would be in each other's way.
const SHARED_TOOLS: [Tool; 5] = [
    Tool::WebCompiler,
    Tool::WebLints,
    Tool::Node,
    Tool::NodePackages,
    Tool::Chromium,
];

/// Runs the stages one after the other, whatever the earlier ones gave, and closes with the summary. Where all are
/// run, the longest ones run beside others.
///
/// # Errors
/// When `options` names a stage that does not exist, or set-up fails.
pub fn run(project: &Project, options: &TestOptions) -> anyhow::Result<ExitCode> {
    let stages = chosen(&options.only)?;
    if options.only.iter().any(|name| name == "list") {
        for stage in stages {
            println!("{:<12} {}", stage.name, stage.what);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let started = Instant::now();
    let runs_all = stages.len() == STAGES.len();
    if runs_all {
        setup::ensure(project, &SHARED_TOOLS)?;
    }
    let mut under_way: Vec<(&str, Beside)> = Vec::new();
    let mut reports = Vec::new();
    for stage in stages {
        for (with, beside) in BESIDE.iter().filter(|(with, _)| runs_all && *with == stage.name) {
            under_way.push((
                beside,
                Beside::start(project, beside).with_context(|| format!("beside {with}"))?,
            ));
        }
        let at = under_way.iter().position(|(name, _)| *name == stage.name);
        let beside = at.map(|at| under_way.swap_remove(at).1);
        reports.push(run_stage(project, stage, beside));
    }
    Ok(summarise(&reports, started.elapsed()))
}

fn chosen(only: &[String]) -> anyhow::Result<Vec<&'static Stage>> {
    if only.is_empty() || only.iter().any(|name| name == "list") {
        return Ok(STAGES.iter().collect());
    }
    if let Some(unknown) = only.iter().find(|name| STAGES.iter().all(|stage| stage.name != *name)) {
        let names: Vec<_> = STAGES.iter().map(|stage| stage.name).collect();
        bail!("there is no stage {unknown:?}; the stages are {}", names.join(", "));
    }
    Ok(STAGES
        .iter()
        .filter(|stage| only.iter().any(|name| name == stage.name))
        .collect())
}

fn run_stage(project: &Project, stage: &'static Stage, beside: Option<Beside>) -> Report {
    println!("\n== {}: {}", stage.name, stage.what);
    let started = Instant::now();
    let outcome = match beside {
        None => (stage.run)(project),
        Some(beside) => beside.finish(),
    };
    let time = started.elapsed();
    match &outcome {
        Ok(Outcome::Held) => println!("-- {}: holds", stage.name),
        Ok(Outcome::Ran(counts)) => println!("-- {}: {counts}", stage.name),
        Ok(Outcome::LeftOut(reason)) => println!("-- {}: left out: {reason}", stage.name),
        Err(error) => println!("-- {}: FAILED: {error:#}", stage.name),
    }
    Report { stage, outcome, time }
}

/// Prints a line for each stage with how long it was waited for, and `time` for all; the last line is the counts alone.
fn summarise(reports: &[Report], time: Duration) -> ExitCode {
    println!("\n== summary");
    let mut total = Counts::default();
    for report in reports {
        let (verdict, counts) = judge(&report.outcome);
        total += counts;
        println!(
            "{:<12} {:>6.1} s  {verdict}",
            report.stage.name,
            report.time.as_secs_f64()
        );
    }
    println!("{:<12} {:>6.1} s\n", "all", time.as_secs_f64());
    println!("{total}");
    if total.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The words for a stage in the summary and what it adds to the counts. A check without tests adds nothing
/// while it holds and one failure when it breaks.
fn judge(outcome: &anyhow::Result<Outcome>) -> (String, Counts) {
    match outcome {
        Ok(Outcome::Held) => ("holds".to_owned(), Counts::default()),
        Ok(Outcome::LeftOut(reason)) => (format!("left out: {reason}"), Counts::default()),
        Ok(Outcome::Ran(counts)) if counts.is_empty() => (
            "FAILED: the runner ran no test".to_owned(),
            Counts {
                failed: 1,
                ..Counts::default()
            },
        ),
        Ok(Outcome::Ran(counts)) if counts.failed > 0 => (format!("FAILED: {counts}"), *counts),
        Ok(Outcome::Ran(counts)) => (counts.to_string(), *counts),
        Err(error) => {
            let first = format!("{error:#}").lines().next().unwrap_or_default().to_owned();
            (
                format!("FAILED: {first}"),
                Counts {
                    failed: 1,
                    ..Counts::default()
                },
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_stage_and_a_runner_without_tests_each_count_as_one_failure() {
        let one = Counts {
            failed: 1,
            ..Counts::default()
        };
        assert_eq!(judge(&Err(anyhow::anyhow!("broken"))).1, one);
        assert_eq!(judge(&Ok(Outcome::Ran(Counts::default()))).1, one);
        assert_eq!(judge(&Ok(Outcome::Held)).1, Counts::default());
        assert_eq!(judge(&Ok(Outcome::LeftOut("no".to_owned()))).1, Counts::default());
    }

    #[test]
    fn stages_run_in_their_own_order_and_unknown_ones_are_refused() {
        let names = |only: &[&str]| {
            let only: Vec<_> = only.iter().map(|name| (*name).to_owned()).collect();
            chosen(&only).map(|stages| stages.iter().map(|stage| stage.name).collect::<Vec<_>>())
        };
        assert_eq!(names(&["e2e", "format"]).unwrap(), ["format", "e2e"]);
        assert_eq!(names(&[]).unwrap().len(), STAGES.len());
        assert!(names(&["fly"]).is_err());
    }

    #[test]
    fn a_stage_that_runs_beside_others_begins_before_its_turn() {
        let place = |name: &str| STAGES.iter().position(|stage| stage.name == name);
        for (with, beside) in BESIDE {
            assert!(place(with).unwrap() < place(beside).unwrap(), "{beside}");
        }
    }
}
