//! Running other programs: said aloud, their output passed on, their failure one sentence.

use anyhow::{Context, bail};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;

/// Prints the command line, runs it with this process's output, and waits.
///
/// # Errors
/// When the program cannot be started or does not exit with 0.
pub fn run(command: &mut Command) -> anyhow::Result<()> {
    announce(command);
    let status = command.status().with_context(|| cannot_start(command))?;
    require_success(command, status)
}

/// Runs quietly and returns what the program wrote to standard output, without trailing white space.
///
/// # Errors
/// As [`run`]; the message holds the last line of standard error.
pub fn capture(command: &mut Command) -> anyhow::Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| cannot_start(command))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!(
            "`{}` failed: {}",
            line(command),
            said.trim().lines().last().unwrap_or("it said nothing")
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}

/// Prints the command line, runs it, passes every line of its output on as it comes and hands it to `read` too.
///
/// # Errors
/// When the program cannot be started or its output cannot be read. A program that exits with another
/// code than 0 is no error here: the caller judges the status.
pub fn run_reading(command: &mut Command, mut read: impl FnMut(&str)) -> anyhow::Result<ExitStatus> {
    announce(command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| cannot_start(command))?;
    let (sender, lines) = mpsc::channel();
    let readers = [
        child.stdout.take().map(|stream| read_lines(stream, sender.clone())),
        child.stderr.take().map(|stream| read_lines(stream, sender)),
    ];
    let mut output = std::io::stdout().lock();
    for line in lines {
        writeln!(output, "{line}")?;
        read(&line);
    }
    output.flush()?;
    for reader in readers.into_iter().flatten() {
        if reader.join().is_err() {
            bail!("the output of `{}` could not be read", line(command));
        }
    }
    child
        .wait()
        .with_context(|| format!("`{}` could not be waited for", line(command)))
}

fn read_lines(stream: impl Read + Send + 'static, sender: mpsc::Sender<String>) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        let mut stream = BufReader::new(stream);
        let mut bytes = Vec::new();
        while let Ok(1..) = stream.read_until(b'\n', &mut bytes) {
            let text = String::from_utf8_lossy(&bytes);
            if sender.send(text.trim_end_matches(['\n', '\r']).to_owned()).is_err() {
                return;
            }
            bytes.clear();
        }
    })
}

/// Whether a program of this name can be started from the search path.
pub fn exists(program: &str) -> bool {
    find(program).is_some()
}

/// The first file of this name on the search path.
pub fn find(program: &str) -> Option<std::path::PathBuf> {
    let file = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(&file))
        .find(|candidate| candidate.is_file())
}

/// Fails, with the command line, unless the status is 0.
///
/// # Errors
/// When the status is another than 0.
pub fn require_success(command: &Command, status: ExitStatus) -> anyhow::Result<()> {
    if status.success() {
        return Ok(());
    }
    bail!("`{}` failed ({status}); what it said stands above", line(command))
}

fn announce(command: &Command) {
    println!("  $ {}", line(command));
}

fn cannot_start(command: &Command) -> String {
    format!("`{}` could not be started", command.get_program().to_string_lossy())
}

/// The command as a reader would type it, program name without its folder.
fn line(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    let words = std::iter::once(name).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_streams_and_a_last_line_without_an_end_are_read() {
        let mut lines = Vec::new();
        let mut command = Command::new("sh");
        command.args(["-c", "echo one; echo two >&2; printf three; exit 3"]);
        let status = run_reading(&mut command, |line| lines.push(line.to_owned())).unwrap();
        lines.sort();
        assert_eq!(lines, ["one", "three", "two"]);
        assert_eq!(status.code(), Some(3));
        assert!(require_success(&command, status).is_err());
    }

    #[test]
    fn a_failure_names_the_program_and_repeats_its_last_words() {
        let mut command = Command::new("sh");
        let error = capture(command.args(["-c", "echo first >&2; echo last >&2; exit 1"]))
            .unwrap_err()
            .to_string();
        assert!(error.contains("sh") && error.ends_with("last"), "{error}");
        assert!(!exists("no-such-program-anywhere"));
    }
}
