//! A file on the disk, read range by range from any thread.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use atlas_import::source::ByteSource;
use bytes::Bytes;

/// A file on the disk that is not changed while it is read.
pub struct DiskFile {
    #[cfg(unix)]
    file: File,
    path: PathBuf,
    size: u64,
}

impl DiskFile {
    /// Opens a file.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(path: &Path) -> Result<Arc<DiskFile>> {
        let shown = path.display();
        let file = File::open(path).with_context(|| format!("{shown} cannot be opened"))?;
        let size = file.metadata().with_context(|| shown.to_string())?.len();
        Ok(Arc::new(DiskFile {
            #[cfg(unix)]
            file,
            path: path.to_owned(),
            size,
        }))
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    #[cfg(unix)]
    fn read_exact(&self, bytes: &mut [u8], start: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.file, bytes, start)
    }

    /// Threads must not move each other's place in one file, so each read opens its own.
    #[cfg(not(unix))]
    fn read_exact(&self, bytes: &mut [u8], start: u64) -> io::Result<()> {
        use std::io::{Read, Seek, SeekFrom};
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(bytes)
    }
}

impl ByteSource for DiskFile {
    fn size(&self) -> u64 {
        self.size
    }

    fn read(&self, start: u64, length: usize) -> io::Result<Bytes> {
        if start.checked_add(length as u64).is_none_or(|end| end > self.size) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut bytes = vec![0; length];
        self.read_exact(&mut bytes, start)?;
        Ok(bytes.into())
    }
}
