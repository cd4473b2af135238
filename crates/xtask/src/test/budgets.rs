//! How many bytes a reader may have to download before the page answers.

use super::counts::Counts;
use anyhow::{Context, bail};
use std::path::{Path, PathBuf};

/// An upper bound on the compressed code of one part of the page.
struct Budget {
    /// What is measured.
    what: &'static str,
    /// Whether a file, by its path below `dist/`, counts.
    includes: fn(&str) -> bool,
    /// The bound in bytes after brotli at its best, as hosts send it.
    most_bytes: u64,
}

const BUDGETS: [Budget; 3] = [
    Budget {
        what: "the page's code (wasm and js)",
        includes: |path| {
            let apart = ["worker-", "importer-", "snapshot"];
            is_code(path) && !apart.iter().any(|folder| path.starts_with(folder))
        },
        most_bytes: 200 * 1024,
    },
    Budget {
        what: "the worker's code (wasm and js)",
        includes: |path| is_code(path) && path.starts_with("worker-"),
        most_bytes: 1024 * 1024,
    },
    Budget {
        what: "the importer's code (wasm and js)",
        includes: |path| is_code(path) && path.starts_with("importer-"),
        most_bytes: 1536 * 1024,
    },
];

/// Measures `dist` against every budget, prints each, and counts those kept and broken.
///
/// # Errors
/// When a file cannot be read, or nothing is there to measure.
pub fn check(dist: &Path) -> anyhow::Result<Counts> {
    let mut files = Vec::new();
    collect(dist, &mut files)?;
    let mut counts = Counts::default();
    for budget in &BUDGETS {
        let measured = files.iter().filter(|file| (budget.includes)(&below(dist, file)));
        let sizes = measured
            .map(|file| brotli_bytes(file))
            .collect::<anyhow::Result<Vec<_>>>()?;
        if sizes.is_empty() {
            bail!("{} holds nothing of {}", dist.display(), budget.what);
        }
        let bytes: u64 = sizes.iter().sum();
        let kept = bytes <= budget.most_bytes;
        let verdict = if kept { "within" } else { "OVER" };
        println!(
            "  {}: {} KiB after brotli, {verdict} its {} KiB",
            budget.what,
            bytes.div_ceil(1024),
            budget.most_bytes / 1024
        );
        if kept {
            counts.passed += 1;
        } else {
            counts.failed += 1;
        }
    }
    Ok(counts)
}

fn is_code(path: &str) -> bool {
    path.ends_with(".wasm") || path.ends_with(".js")
}

fn below(dist: &Path, file: &Path) -> String {
    file.strip_prefix(dist)
        .unwrap_or(file)
        .to_string_lossy()
        .replace('\\', "/")
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| format!("{} cannot be listed", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn brotli_bytes(file: &Path) -> anyhow::Result<u64> {
    let content = std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 24,
        ..Default::default()
    };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut content.as_slice(), &mut compressed, &parameters)
        .with_context(|| format!("{} cannot be compressed", file.display()))?;
    Ok(compressed.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::Scratch;

    /// Bytes that no compressor makes smaller.
    fn noise(bytes: usize) -> Vec<u8> {
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let next = |state: &mut u64| {
            *state ^= *state << 13;
            *state ^= *state >> 7;
            *state ^= *state << 17;
            state.to_le_bytes()[3]
        };
        (0..bytes).map(|_| next(&mut state)).collect()
    }

    #[test]
    fn a_worker_over_its_budget_is_counted_as_failed_and_a_small_page_as_passed() {
        let scratch = Scratch::new("budgets").unwrap();
        std::fs::create_dir(scratch.path().join("worker-0")).unwrap();
        std::fs::write(scratch.path().join("page.js"), "let page = 1;").unwrap();
        std::fs::write(scratch.path().join("worker-0/worker.wasm"), noise(1024 * 1024 + 1)).unwrap();
        std::fs::create_dir(scratch.path().join("importer-0")).unwrap();
        std::fs::write(scratch.path().join("importer-0/importer.js"), "let importer = 1;").unwrap();
        assert_eq!(
            check(scratch.path()).unwrap(),
            Counts {
                passed: 2,
                failed: 1,
                skipped: 0
            }
        );
    }

    #[test]
    fn a_dist_without_a_worker_is_an_error() {
        let scratch = Scratch::new("budgets-empty").unwrap();
        std::fs::write(scratch.path().join("page.js"), "let page = 1;").unwrap();
        assert!(check(scratch.path()).is_err());
    }
}
