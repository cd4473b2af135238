//! Writing a snapshot folder so that it is either there as a whole or not at all.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use atlas_snapshot::manifest::MANIFEST_FILE;

/// Name of the file that lists the rows left out.
pub const REJECTS_FILE: &str = "rejects.jsonl";

const LOCK_FILE: &str = ".lock";

/// A snapshot being written beside the folder it will become.
///
/// Files go to a hidden sibling folder; [`SnapshotFolder::commit`] puts it in place by renaming, and dropping it before
/// removes it. A sibling left by a run that was killed is removed by the next run.
pub struct SnapshotFolder {
    target: PathBuf,
    partial: PathBuf,
    replaced: PathBuf,
    lock: Option<File>,
    committed: bool,
}

impl SnapshotFolder {
    /// Prepares to write a snapshot as `target`, which must be absent or empty, or with `replace` a snapshot.
    ///
    /// # Errors
    /// When `target` holds something, is being written by another process, or its parent cannot be written to.
    pub fn begin(target: &Path, replace: bool) -> Result<SnapshotFolder> {
        let shown = target.display();
        let name = target
            .file_name()
            .ok_or_else(|| anyhow!("--out {shown} names no folder of its own; give the path of a folder to be made"))?;
        let parent = match target.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        check_target(target, replace)?;
        fs::create_dir_all(parent).map_err(|error| disk_error(parent, &error))?;
        let sibling = |what: &str| parent.join(format!(".{}.{what}", name.to_string_lossy()));
        let mut folder = SnapshotFolder {
            target: target.to_owned(),
            partial: sibling("partial"),
            replaced: sibling("replaced"),
            lock: None,
            committed: true,
        };
        folder.restore_after_a_kill()?;
        folder.lock = Some(lock(&folder.partial)?);
        folder.committed = false;
        Ok(folder)
    }

    /// A path inside the folder being written, for a file that is removed before the snapshot is put in place.
    pub fn scratch(&self, name: &str) -> PathBuf {
        self.partial.join(name)
    }

    /// Writes a whole file.
    ///
    /// # Errors
    /// When the disk is full or refuses.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.partial.join(name);
        let written = File::create(&path).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
        written.map_err(|error| self.failed(name, &error))
    }

    /// Opens a file of the snapshot for writing line by line.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn create(&self, name: &str) -> Result<io::BufWriter<File>> {
        let file = File::create(self.partial.join(name)).map_err(|error| self.failed(name, &error))?;
        Ok(io::BufWriter::with_capacity(1 << 16, file))
    }

    /// An error of writing a file of this snapshot, as a sentence.
    pub fn failed(&self, name: &str, error: &io::Error) -> anyhow::Error {
        disk_error(&self.target.join(name), error)
    }

    /// Removes scratch files and puts the snapshot in place.
    ///
    /// # Errors
    /// When the folders cannot be renamed; what stood there before then stands there still.
    pub fn commit(mut self, scratch: &[&str]) -> Result<()> {
        for name in scratch.iter().chain(&[LOCK_FILE]) {
            match fs::remove_file(self.partial.join(name)) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(self.failed(name, &error)),
                _ => {}
            }
        }
        let shown = self.target.display();
        let had_one = self.target.exists();
        if had_one {
            fs::rename(&self.target, &self.replaced).with_context(|| format!("{shown} cannot be moved aside"))?;
        }
        if let Err(error) = fs::rename(&self.partial, &self.target) {
            if had_one {
                fs::rename(&self.replaced, &self.target)
                    .with_context(|| format!("the former snapshot is at {}", self.replaced.display()))?;
            }
            bail!("the snapshot cannot be put in place as {shown}: {error}");
        }
        self.committed = true;
        if had_one {
            fs::remove_dir_all(&self.replaced)
                .with_context(|| format!("the former snapshot at {} cannot be removed", self.replaced.display()))?;
        }
        Ok(())
    }

    /// A run killed between the two renames leaves the former snapshot aside and nothing in its place.
    fn restore_after_a_kill(&self) -> Result<()> {
        if self.replaced.exists() {
            let done = if self.target.exists() {
                fs::remove_dir_all(&self.replaced)
            } else {
                fs::rename(&self.replaced, &self.target)
            };
            done.with_context(|| format!("{} is left from an earlier run and in the way", self.replaced.display()))?;
        }
        Ok(())
    }
}

impl Drop for SnapshotFolder {
    fn drop(&mut self) {
        if !self.committed {
            // Nothing can be done about a folder that does not go; the next run tries again.
            let _ = fs::remove_dir_all(&self.partial);
        }
    }
}

/// Makes the hidden folder and locks it; removes what a run that no longer lives has left there.
fn lock(partial: &Path) -> Result<File> {
    let make = || -> io::Result<File> {
        fs::create_dir_all(partial)?;
        File::create(partial.join(LOCK_FILE))
    };
    let failed = |error: io::Error| disk_error(partial, &error);
    let mut file = make().map_err(failed)?;
    if file.try_lock().is_err() {
        bail!(
            "another hub-atlas is writing {} at this moment. Wait for it, or choose another --out.",
            partial.display()
        );
    }
    let has_leftovers = fs::read_dir(partial)
        .map_err(failed)?
        .flatten()
        .any(|entry| entry.file_name() != LOCK_FILE);
    if has_leftovers {
        fs::remove_dir_all(partial).map_err(failed)?;
        file = make().map_err(failed)?;
        file.try_lock()
            .map_err(|error| anyhow!("{}: {error}", partial.display()))?;
    }
    Ok(file)
}

fn check_target(target: &Path, replace: bool) -> Result<()> {
    let shown = target.display();
    let entries = match fs::read_dir(target) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) if error.kind() == ErrorKind::NotADirectory => {
            bail!("--out {shown} is a file; give the path of a folder")
        }
        Err(error) => bail!("--out {shown} cannot be read: {error}"),
    };
    let names: Vec<String> = entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    if names.is_empty() {
        return Ok(());
    }
    if !replace {
        bail!("--out {shown} is not empty. Choose another folder, or replace the snapshot in it with --replace.");
    }
    match names.iter().find(|name| !is_snapshot_file(name)) {
        Some(name) => bail!(
            "--out {shown} holds “{name}”, which is no part of a snapshot, so it is not replaced. Choose another folder."
        ),
        None => Ok(()),
    }
}

/// Whether a file name is one that a snapshot folder has.
pub fn is_snapshot_file(name: &str) -> bool {
    let kinds = ["models-", "datasets-", "ids-", "history-"];
    let part = kinds.iter().find_map(|kind| name.strip_prefix(kind));
    let hash = part.and_then(|part| part.strip_suffix(".parquet"));
    let is_hash = |hash: &str| hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    matches!(name, MANIFEST_FILE | REJECTS_FILE) || hash.is_some_and(is_hash)
}

/// An error of writing a file, as a sentence with a remedy.
pub fn disk_error(path: &Path, error: &io::Error) -> anyhow::Error {
    let shown = path.display();
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => anyhow!(
            "{shown} cannot be written: the disk is full or the quota used up ({error}). Free some space or choose another \
             folder; what stood there before is untouched."
        ),
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            anyhow!("{shown} cannot be written: {error}. Choose a folder you may write to.")
        }
        _ => anyhow!("{shown} cannot be written: {error}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("hub-atlas-folder-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        path
    }

    fn names(path: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(path)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn nothing_stands_before_the_commit_and_nothing_is_left_without_one() {
        let home = folder("whole");
        let out = home.join("snapshot");
        let writing = SnapshotFolder::begin(&out, false).unwrap();
        writing.write("manifest.json", b"{}").unwrap();
        assert!(!out.exists());
        drop(writing);
        assert!(names(&home).is_empty());
        let writing = SnapshotFolder::begin(&out, false).unwrap();
        writing.write("manifest.json", b"{}").unwrap();
        fs::write(writing.scratch("hub.parquet"), b"x").unwrap();
        writing.commit(&["hub.parquet"]).unwrap();
        assert_eq!(
            (names(&home), names(&out)),
            (vec!["snapshot".to_owned()], vec!["manifest.json".to_owned()])
        );
    }

    #[test]
    fn a_folder_that_is_not_empty_is_only_replaced_on_demand_and_only_if_it_is_a_snapshot() {
        let home = folder("replace");
        let out = home.join("snapshot");
        fs::create_dir(&out).unwrap();
        fs::write(out.join("manifest.json"), b"old").unwrap();
        let refused = SnapshotFolder::begin(&out, false).err().unwrap().to_string();
        assert!(
            refused.contains("not empty") && refused.contains("--replace"),
            "{refused}"
        );
        let writing = SnapshotFolder::begin(&out, true).unwrap();
        writing.write("manifest.json", b"new").unwrap();
        assert_eq!(fs::read(out.join("manifest.json")).unwrap(), b"old");
        writing.commit(&[]).unwrap();
        assert_eq!(fs::read(out.join("manifest.json")).unwrap(), b"new");
        fs::write(out.join("thesis.txt"), b"mine").unwrap();
        let refused = SnapshotFolder::begin(&out, true).err().unwrap().to_string();
        assert!(refused.contains("thesis.txt"), "{refused}");
        assert!(SnapshotFolder::begin(&out.join("thesis.txt"), true).is_err());
    }

    #[test]
    fn two_writers_do_not_meet_and_the_remains_of_a_killed_one_go() {
        let home = folder("lock");
        let out = home.join("snapshot");
        let first = SnapshotFolder::begin(&out, false).unwrap();
        let refused = SnapshotFolder::begin(&out, false).err().unwrap().to_string();
        assert!(refused.contains("another hub-atlas"), "{refused}");
        drop(first);
        fs::create_dir(home.join(".snapshot.partial")).unwrap();
        fs::write(home.join(".snapshot.partial/models-x.parquet"), b"half").unwrap();
        let writing = SnapshotFolder::begin(&out, false).unwrap();
        writing.write("manifest.json", b"{}").unwrap();
        writing.commit(&[]).unwrap();
        assert_eq!(names(&out), ["manifest.json"]);
    }

    #[test]
    fn a_snapshot_moved_aside_by_a_killed_run_is_put_back() {
        let home = folder("aside");
        let out = home.join("snapshot");
        fs::create_dir(home.join(".snapshot.replaced")).unwrap();
        fs::write(home.join(".snapshot.replaced/manifest.json"), b"good").unwrap();
        drop(SnapshotFolder::begin(&out, true).unwrap());
        assert_eq!(fs::read(out.join("manifest.json")).unwrap(), b"good");
    }

    #[test]
    fn a_full_disk_is_named_with_file_and_remedy() {
        let full = io::Error::from(ErrorKind::StorageFull);
        let message = disk_error(Path::new("out/models-x.parquet"), &full).to_string();
        assert!(
            message.contains("out/models-x.parquet") && message.contains("Free some space"),
            "{message}"
        );
    }
}
