//! A stage in a process of its own beside the others; what it says is kept until its turn comes.
//!
//! Compilers leave cores idle while they link and optimise as one: two of them together take less time than one after the other.

use super::Outcome;
use super::counts::Counts;
use crate::project::Project;
use anyhow::{Context, bail};
use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// A stage under way. Dropped before it has ended, it is ended.
pub struct Beside {
    process: Child,
    output: PathBuf,
}

impl Beside {
    /// Starts the stage of this name.
    ///
    /// # Errors
    /// When the file for its output cannot be written, or this program cannot be started again.
    pub fn start(project: &Project, stage: &str) -> anyhow::Result<Self> {
        let output = project.cache().join(format!("stage-{stage}.txt"));
        std::fs::create_dir_all(project.cache()).context("the folder for stages' output cannot be made")?;
        let cannot_write = || format!("{} cannot be written", output.display());
        let file = File::create(&output).with_context(cannot_write)?;
        let process = Command::new(std::env::current_exe().context("this program does not know where it lies")?)
            .args(["test", "--only", stage])
            .current_dir(project.root())
            .stdin(Stdio::null())
            .stdout(file.try_clone().with_context(cannot_write)?)
            .stderr(file)
            .spawn()
            .with_context(|| format!("the stage {stage} could not be started"))?;
        Ok(Self { process, output })
    }

    /// Waits for it, prints what it said and returns how it ended.
    ///
    /// # Errors
    /// When it failed without a count of failures, or what it said cannot be read.
    pub fn finish(mut self) -> anyhow::Result<Outcome> {
        let status = self.process.wait().context("it could not be waited for")?;
        let said = std::fs::read_to_string(&self.output)
            .with_context(|| format!("{} cannot be read", self.output.display()))?;
        print!("{said}");
        let counts = said.lines().last().and_then(Counts::of_summary).unwrap_or_default();
        if !status.success() && counts.failed == 0 {
            bail!("it ended with {status}; what it said stands above");
        }
        Ok(Outcome::Ran(counts))
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        // It has ended already where its outcome was asked for; then there is nothing to end.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
