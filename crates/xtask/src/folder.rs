//! Folders as wholes: copied, replaced in one step, thrown away.

use anyhow::Context;
use std::path::Path;

/// Copies every file at and below `from` to `to`, which is made where it does not exist.
///
/// # Errors
/// When something cannot be read or written; the message names it.
pub fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to).with_context(|| format!("{} cannot be made", to.display()))?;
    for entry in std::fs::read_dir(from).with_context(|| format!("{} cannot be listed", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), &target)
                .with_context(|| format!("{} cannot be copied to {}", entry.path().display(), target.display()))?;
        }
    }
    Ok(())
}

/// Removes a folder with all it holds; one that does not exist is fine.
///
/// # Errors
/// When something in it cannot be removed.
pub fn remove(folder: &Path) -> anyhow::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{} cannot be removed", folder.display()))
        }
        _ => Ok(()),
    }
}

/// Puts the finished folder `next` where `current` is. Whoever looks sees the old folder or the new one,
/// never half of either; where the second step fails the old one is put back.
///
/// # Errors
/// When a folder cannot be renamed.
pub fn replace(current: &Path, next: &Path) -> anyhow::Result<()> {
    let mut former = next.as_os_str().to_owned();
    former.push(".former");
    let former = Path::new(&former);
    remove(former)?;
    if current.exists() {
        std::fs::rename(current, former)
            .with_context(|| format!("{} cannot be moved to {}", current.display(), former.display()))?;
    }
    if let Err(error) = std::fs::rename(next, current) {
        if former.exists() {
            std::fs::rename(former, current).with_context(|| {
                format!(
                    "{} was moved to {} and could not be put back",
                    current.display(),
                    former.display()
                )
            })?;
        }
        return Err(error).with_context(|| format!("{} cannot be moved to {}", next.display(), current.display()));
    }
    remove(former)
}

/// A folder for one test, removed when dropped.
#[cfg(test)]
pub struct Scratch(std::path::PathBuf);

#[cfg(test)]
impl Scratch {
    /// A new empty folder; `name` keeps the tests of this process apart.
    pub fn new(name: &str) -> std::io::Result<Self> {
        let path = std::env::temp_dir().join(format!("hub-atlas-xtask-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

#[cfg(test)]
impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_folder_holds_the_new_files_only() {
        let scratch = Scratch::new("replace").unwrap();
        let (current, next) = (scratch.path().join("dist"), scratch.path().join("next"));
        std::fs::create_dir_all(current.join("old")).unwrap();
        std::fs::create_dir_all(&next).unwrap();
        std::fs::write(next.join("new"), "new").unwrap();
        replace(&current, &next).unwrap();
        assert!(current.join("new").is_file() && !current.join("old").exists() && !next.exists());
        assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_replacement_that_does_not_exist_leaves_the_former_folder() {
        let scratch = Scratch::new("replace-fails").unwrap();
        let current = scratch.path().join("dist");
        std::fs::create_dir_all(current.join("old")).unwrap();
        assert!(replace(&current, &scratch.path().join("missing")).is_err());
        assert!(current.join("old").is_dir());
    }

    #[test]
    fn copying_takes_nested_files() {
        let scratch = Scratch::new("copy").unwrap();
        std::fs::create_dir_all(scratch.path().join("a/b")).unwrap();
        std::fs::write(scratch.path().join("a/b/c"), "text").unwrap();
        copy(&scratch.path().join("a"), &scratch.path().join("d")).unwrap();
        assert_eq!(std::fs::read_to_string(scratch.path().join("d/b/c")).unwrap(), "text");
    }
}
