//! One short name for the content of files and folders, so that nothing is built twice from the same.

use anyhow::Context;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// Collects paths and words; [`ContentHash::finish`] gives 16 hex digits that change when any of them does.
pub struct ContentHash<'a> {
    root: &'a Path,
    digest: Sha256,
}

impl<'a> ContentHash<'a> {
    /// Starts with nothing; the paths given later are relative to `root`.
    pub fn new(root: &'a Path) -> Self {
        Self {
            root,
            digest: Sha256::new(),
        }
    }

    /// Adds a word that is not a file: an option, a version.
    #[must_use]
    pub fn word(mut self, word: &str) -> Self {
        self.add(word.as_bytes());
        self
    }

    /// Adds every file at and below the paths, by name and content. A path that does not exist counts as such.
    ///
    /// # Errors
    /// When a file or folder cannot be read.
    pub fn paths(mut self, paths: &[&str]) -> anyhow::Result<Self> {
        for path in paths {
            let mut files = Vec::new();
            collect_files(&self.root.join(path), &mut files)?;
            files.sort();
            for file in files {
                let name = file
                    .strip_prefix(self.root)
                    .unwrap_or(&file)
                    .to_string_lossy()
                    .replace('\\', "/");
                let content = std::fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
                self.add(name.as_bytes());
                self.add(&content);
            }
        }
        Ok(self)
    }

    /// The first 16 hex digits of the SHA-256 of all that was added.
    pub fn finish(self) -> String {
        self.digest
            .finalize()
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    fn add(&mut self, bytes: &[u8]) {
        self.digest.update((bytes.len() as u64).to_le_bytes());
        self.digest.update(bytes);
    }
}

fn collect_files(path: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    if path.is_file() {
        files.push(path.to_owned());
    } else if path.is_dir() {
        for entry in std::fs::read_dir(path).with_context(|| format!("{} cannot be listed", path.display()))? {
            collect_files(&entry?.path(), files)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::Scratch;

    #[test]
    fn a_changed_byte_a_new_name_and_another_word_each_change_the_hash() {
        let scratch = Scratch::new("content-hash").unwrap();
        let hash = |word: &str| {
            ContentHash::new(scratch.path())
                .word(word)
                .paths(&["data"])
                .unwrap()
                .finish()
        };
        let empty = hash("a");
        assert_eq!(empty.len(), 16);
        std::fs::create_dir(scratch.path().join("data")).unwrap();
        std::fs::write(scratch.path().join("data/one"), "1").unwrap();
        let one = hash("a");
        std::fs::write(scratch.path().join("data/one"), "2").unwrap();
        let changed = hash("a");
        std::fs::rename(scratch.path().join("data/one"), scratch.path().join("data/two")).unwrap();
        let renamed = hash("a");
        let reworded = hash("b");
        let mut all = vec![empty, one, changed, renamed, reworded];
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 5);
        assert_eq!(hash("a"), hash("a"));
    }
}
