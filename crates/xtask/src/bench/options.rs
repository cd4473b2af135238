//! What `cargo xtask bench` can be asked for.

use anyhow::bail;
use lexopt::{Arg, Parser, ValueExt};
use std::path::PathBuf;

/// The Hub of today.
const MODELS: u32 = 3_000_000;

/// Enough to see that everything runs and agrees.
const QUICK_MODELS: u32 = 100_000;

/// Few enough for every facet to have values that the questions name.
const FEWEST_MODELS: u32 = 5_000;

/// The sizes at which `--scale` measures.
const SCALE: [u32; 4] = [250_000, 1_000_000, 3_000_000, 10_000_000];

/// What to measure and where to write it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BenchOptions {
    /// Models in the snapshot; where none is given, as many as suit the other options.
    pub models: Option<u32>,
    /// Few runs: to see that everything works, not to quote.
    pub quick: bool,
    /// Ours alone, at several sizes.
    pub scale: bool,
    /// Contestants to run beside ours; all where none is named.
    pub only: Option<Vec<String>>,
    /// The file to write the numbers to, as JSON.
    pub json: Option<PathBuf>,
    /// The file to write the tables to, as Markdown.
    pub markdown: Option<PathBuf>,
}

impl BenchOptions {
    /// Reads the words after `cargo xtask bench`; nothing where help is asked for.
    ///
    /// # Errors
    /// An unknown option, or one whose value is missing or makes no sense.
    pub fn parse(parser: &mut Parser) -> anyhow::Result<Option<Self>> {
        let mut options = Self::default();
        while let Some(argument) = parser.next()? {
            match argument {
                Arg::Short('h') | Arg::Long("help") => return Ok(None),
                Arg::Long("models") => options.models = Some(models(&parser.value()?.string()?)?),
                Arg::Long("quick") => options.quick = true,
                Arg::Long("scale") => options.scale = true,
                Arg::Long("only") => {
                    let list = parser.value()?.string()?;
                    options.only = Some(list.split(',').map(|name| name.trim().to_owned()).collect());
                }
                Arg::Long("json") => options.json = Some(PathBuf::from(parser.value()?)),
                Arg::Long("markdown") => options.markdown = Some(PathBuf::from(parser.value()?)),
                other => return Err(other.unexpected().into()),
            }
        }
        if options.scale && (options.models.is_some() || options.only.is_some()) {
            bail!("--scale measures ours at sizes of its own: leave --models and --only out");
        }
        Ok(Some(options))
    }

    /// The sizes of the snapshots to measure on, in models.
    pub fn sizes(&self) -> Vec<u32> {
        match (self.scale, self.models) {
            // Two sizes show that the growth is computed; the largest takes long to make.
            (true, _) if self.quick => vec![QUICK_MODELS, SCALE[0]],
            (true, _) => SCALE.to_vec(),
            (false, Some(models)) => vec![models],
            (false, None) => vec![if self.quick { QUICK_MODELS } else { MODELS }],
        }
    }
}

fn models(text: &str) -> anyhow::Result<u32> {
    let digits: String = text.chars().filter(|letter| !matches!(letter, ',' | '_')).collect();
    match digits.parse() {
        Ok(models @ FEWEST_MODELS..) => Ok(models),
        _ => bail!(
            "--models {text} is not a number of models; {FEWEST_MODELS} is the least that the questions make sense of"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> anyhow::Result<Option<BenchOptions>> {
        BenchOptions::parse(&mut Parser::from_args(line.split_whitespace()))
    }

    #[test]
    fn without_options_the_hub_of_today_is_measured() {
        let options = read("").unwrap().unwrap();
        assert_eq!(options.sizes(), [MODELS]);
        assert_eq!(options.only, None);
    }

    #[test]
    fn numbers_of_models_may_be_written_as_people_do() {
        let sizes = |line| read(line).unwrap().unwrap().sizes();
        assert_eq!(sizes("--models 20_000 --quick"), [20_000]);
        assert_eq!(sizes("--models 2,500,000"), [2_500_000]);
        assert_eq!(sizes("--quick"), [QUICK_MODELS]);
        for line in [
            "--models",
            "--models many",
            "--models 10",
            "--models -3",
            "--models 99999999999",
        ] {
            assert!(read(line).is_err(), "{line}");
        }
    }

    #[test]
    fn scale_has_sizes_and_contestants_of_its_own() {
        assert_eq!(read("--scale").unwrap().unwrap().sizes(), SCALE);
        assert!(read("--scale --models 20000").is_err());
        assert!(read("--scale --only arquero").is_err());
    }

    #[test]
    fn contestants_and_files_are_taken_as_given() {
        let options = read("--only hub-atlas,arquero --json a.json --markdown b.md")
            .unwrap()
            .unwrap();
        assert_eq!(options.only.unwrap(), ["hub-atlas", "arquero"]);
        assert_eq!(options.json, Some(PathBuf::from("a.json")));
        assert_eq!(options.markdown, Some(PathBuf::from("b.md")));
        assert_eq!(read("--help").unwrap(), None);
        assert!(read("--fast").is_err());
    }
}
