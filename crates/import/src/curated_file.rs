//! The files of facts that an import resolves with, and what a manifest says of them.

use atlas_snapshot::manifest::Source;
use atlas_snapshot::sha256_hex;

use crate::curated::CuratedError;
use crate::registry::{self, Registry};
use crate::size_overrides::{self, SizeOverrides};

/// A file of curated facts.
#[derive(Clone, Debug)]
pub struct CuratedFile {
    /// Its name, for errors and for the manifest.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Whether rows marked `verified=false` count.
    pub use_unverified: bool,
}

impl CuratedFile {
    /// The registry compiled in.
    pub fn built_in_registry() -> CuratedFile {
        CuratedFile::built_in(registry::BUILT_IN_FILE, registry::BUILT_IN_CSV)
    }

    /// The size overrides compiled in.
    pub fn built_in_overrides() -> CuratedFile {
        CuratedFile::built_in(size_overrides::BUILT_IN_FILE, size_overrides::BUILT_IN_CSV)
    }

    fn built_in(name: &str, text: &str) -> CuratedFile {
        CuratedFile {
            name: name.to_owned(),
            text: text.to_owned(),
            use_unverified: false,
        }
    }

    /// As a source in a manifest, with its number of rows that count.
    fn source(&self, name: &str, rows: usize, attribution: Option<&str>) -> Source {
        let unverified = if self.use_unverified {
            ", unverified rows included"
        } else {
            ""
        };
        Source {
            name: format!("{name} ({}{unverified})", self.name),
            url: None,
            licence: None,
            attribution: attribution.map(str::to_owned),
            sha256: Some(sha256_hex(self.text.as_bytes())),
            bytes: Some(self.text.len() as u64),
            rows: Some(rows as u64),
        }
    }
}

/// The facts in force: who is behind an account, and the sizes that are corrected.
pub struct Facts {
    /// Who is behind an account.
    pub registry: Registry,
    /// Parameter counts of models whose files declare none.
    pub overrides: SizeOverrides,
}

impl Facts {
    /// Parses both files.
    ///
    /// # Errors
    /// When one of them is not of its form.
    pub fn parse(registry: &CuratedFile, overrides: &CuratedFile) -> Result<Facts, CuratedError> {
        Ok(Facts {
            registry: Registry::parse(&registry.name, &registry.text, registry.use_unverified)?,
            overrides: SizeOverrides::parse(&overrides.name, &overrides.text, overrides.use_unverified)?,
        })
    }

    /// Both files as the manifest names them.
    pub fn sources(&self, registry: &CuratedFile, overrides: &CuratedFile) -> Vec<Source> {
        let is_built_in = registry.name == registry::BUILT_IN_FILE;
        let attribution = is_built_in.then_some(
            "Compiled from the ATOM Project (Apache-2.0), OSIR-LMTS (MIT) and published rankings; each row names its source.",
        );
        let mut sources = vec![registry.source("Registry of organisations", self.registry.accounts(), attribution)];
        if !self.overrides.is_empty() {
            sources.push(overrides.source("Corrected parameter counts", self.overrides.len(), None));
        }
        sources
    }
}
