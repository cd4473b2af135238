//! The command line: words in, an [`Invocation`] out.

use crate::bench::BenchOptions;
use crate::build::{BuildOptions, Profile};
use crate::serve::ServeOptions;
use crate::test::TestOptions;
use anyhow::bail;
use lexopt::{Arg, Parser, ValueExt};
use std::ffi::OsString;
use std::path::PathBuf;

/// What `cargo xtask --help` prints.
pub const HELP: &str = "\
cargo xtask COMMAND

  serve   Set up what is missing, build the page, serve it on 127.0.0.1 and print the address.
            --snapshot DIR    the snapshot to show (default: a synthetic sample made here)
            --datasets DIR    a snapshot of datasets beside it (default: none, or the sample’s)
            --port N          the port (default: 8080, or a free one where 8080 is taken)
            --base /PATH/     serve under this path, as a host with many sites would
            --dev             build fast and unoptimised
            --release         build small and fast to run (the default)

  build   Set up what is missing and build dist/, which any static host can serve.
            --snapshot DIR, --datasets DIR
                              as above
            --public-url URL  where the page will lie (default: ./, which works from any folder)
            --dev, --release  as above

  test    Run every test there is, from formatting to a real browser, and end with the counts.
            --only A,B        only these stages; `--only list` names them

  bench   Measure the engine beside others that run in a browser, on a synthetic sample, and print the tables.
            --models N        models in the sample (default: 3,000,000)
            --quick           few runs and a small sample, to see that all of it works
            --only A,B        only these contestants; hub-atlas is one of them
            --scale           ours alone at 250,000 to 10 million models, and how its times grow
            --json FILE       write the numbers there too, as JSON
            --markdown FILE   write the tables there too, as Markdown

  doctor  Say what is installed, what is missing and what set-up would do about it.
";

/// One command with its options.
#[derive(Debug)]
pub enum Invocation {
    /// Print [`HELP`].
    Help,
    /// Build `dist/`.
    Build(BuildOptions),
    /// Build `dist/` and serve it.
    Serve(ServeOptions),
    /// Report what is installed.
    Doctor,
    /// Run the tests.
    Test(TestOptions),
    /// Measure beside others.
    Bench(BenchOptions),
}

/// Reads the words after `cargo xtask`.
///
/// # Errors
/// An unknown command or option, or an option without its value; the message names it.
pub fn parse(words: impl IntoIterator<Item = OsString>) -> anyhow::Result<Invocation> {
    let mut parser = Parser::from_args(words);
    match parser.next()? {
        None => Ok(Invocation::Help),
        Some(Arg::Short('h') | Arg::Long("help")) => Ok(Invocation::Help),
        Some(Arg::Value(command)) => match command.to_str() {
            Some("help") => Ok(Invocation::Help),
            Some("build") => parse_build(&mut parser),
            Some("serve") => parse_serve(&mut parser),
            Some("doctor") => finish(&mut parser, Invocation::Doctor),
            Some("test") => parse_test(&mut parser),
            Some("bench") => Ok(BenchOptions::parse(&mut parser)?.map_or(Invocation::Help, Invocation::Bench)),
            _ => bail!(
                "there is no command {}; `cargo xtask help` names them",
                command.display()
            ),
        },
        Some(other) => Err(other.unexpected().into()),
    }
}

fn finish(parser: &mut Parser, invocation: Invocation) -> anyhow::Result<Invocation> {
    match parser.next()? {
        None => Ok(invocation),
        Some(Arg::Short('h') | Arg::Long("help")) => Ok(Invocation::Help),
        Some(other) => Err(other.unexpected().into()),
    }
}

fn parse_build(parser: &mut Parser) -> anyhow::Result<Invocation> {
    let mut options = BuildOptions::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Short('h') | Arg::Long("help") => return Ok(Invocation::Help),
            Arg::Long("public-url") => options.public_url = public_url(parser)?,
            Arg::Long("snapshot") => options.snapshot = Some(PathBuf::from(parser.value()?)),
            Arg::Long("datasets") => options.datasets = Some(PathBuf::from(parser.value()?)),
            Arg::Long("release") => options.profile = Profile::Release,
            Arg::Long("dev") => options.profile = Profile::Dev,
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Invocation::Build(options))
}

fn parse_serve(parser: &mut Parser) -> anyhow::Result<Invocation> {
    let mut options = ServeOptions::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Short('h') | Arg::Long("help") => return Ok(Invocation::Help),
            Arg::Long("port") => options.port = Some(parser.value()?.parse()?),
            Arg::Long("base") => options.base = base_path(parser)?,
            Arg::Long("snapshot") => options.build.snapshot = Some(PathBuf::from(parser.value()?)),
            Arg::Long("datasets") => options.build.datasets = Some(PathBuf::from(parser.value()?)),
            Arg::Long("release") => options.build.profile = Profile::Release,
            Arg::Long("dev") => options.build.profile = Profile::Dev,
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Invocation::Serve(options))
}

fn parse_test(parser: &mut Parser) -> anyhow::Result<Invocation> {
    let mut options = TestOptions::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Short('h') | Arg::Long("help") => return Ok(Invocation::Help),
            Arg::Long("only") => {
                let list = parser.value()?.string()?;
                options.only.extend(
                    list.split(',')
                        .map(str::trim)
                        .filter(|name| !name.is_empty())
                        .map(str::to_owned),
                );
            }
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Invocation::Test(options))
}

fn public_url(parser: &mut Parser) -> anyhow::Result<String> {
    let url = parser.value()?.string()?;
    if url
        .chars()
        .any(|character| character.is_whitespace() || "\"'<>\\".contains(character))
    {
        bail!("--public-url {url:?} holds a character that cannot stand in a web address");
    }
    Ok(if url.ends_with('/') { url } else { format!("{url}/") })
}

fn base_path(parser: &mut Parser) -> anyhow::Result<String> {
    let path = parser.value()?.string()?;
    let inner = path.trim_matches('/');
    if !inner
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte))
    {
        bail!("--base {path:?} may hold letters, digits and -_./ only");
    }
    Ok(if inner.is_empty() {
        "/".to_owned()
    } else {
        format!("/{inner}/")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    fn read(line: &str) -> anyhow::Result<Invocation> {
        parse(line.split_whitespace().map(OsString::from)).context("command line")
    }

    #[test]
    fn no_words_ask_for_help() {
        assert!(matches!(read("").unwrap(), Invocation::Help));
    }

    #[test]
    fn serve_takes_the_options_of_build_and_its_own() {
        let line = "serve --snapshot data --datasets more --port 9000 --base atlas --dev";
        let Invocation::Serve(options) = read(line).unwrap() else {
            panic!("not serve");
        };
        assert_eq!(options.build.snapshot, Some(PathBuf::from("data")));
        assert_eq!(options.build.datasets, Some(PathBuf::from("more")));
        assert_eq!(options.build.profile, Profile::Dev);
        assert_eq!(options.port, Some(9000));
        assert_eq!(options.base, "/atlas/");
    }

    #[test]
    fn a_public_url_ends_with_a_slash_and_holds_no_markup() {
        let Invocation::Build(options) = read("build --public-url https://example.org/atlas").unwrap() else {
            panic!("not build");
        };
        assert_eq!(options.public_url, "https://example.org/atlas/");
        assert!(read("build --public-url \"><script>").is_err());
    }

    #[test]
    fn test_stages_are_separated_by_commas() {
        let Invocation::Test(options) = read("test --only format,e2e").unwrap() else {
            panic!("not test")
        };
        assert_eq!(options.only, ["format", "e2e"]);
    }

    #[test]
    fn unknown_words_are_refused() {
        assert!(read("fly").is_err());
        assert!(read("serve --fly").is_err());
        assert!(read("doctor now").is_err());
        assert!(read("serve --port many").is_err());
    }
}
