//! Takes out of a WebAssembly module what only debuggers and linkers read: the names of functions, the tools used.
//!
//! The compiler must leave one such section in until wasm-bindgen has read it, so that it may be taken out only here.
//! Layout: WebAssembly Core Specification, binary format, modules.

use anyhow::{Context, bail};
use std::path::Path;

const PREAMBLE: [u8; 8] = *b"\0asm\x01\0\0\0";
const CUSTOM_SECTION: u8 = 0;

/// Rewrites the module at `path` without its custom sections.
///
/// # Errors
/// When the file cannot be read or written, or is no module.
pub fn remove_custom(path: &Path) -> anyhow::Result<()> {
    let module = std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let smaller = without_custom(&module).with_context(|| format!("{} is no WebAssembly module", path.display()))?;
    std::fs::write(path, smaller).with_context(|| format!("{} cannot be written", path.display()))
}

fn without_custom(module: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut rest = module.strip_prefix(&PREAMBLE).context("it does not begin as one")?;
    let mut kept = PREAMBLE.to_vec();
    while let Some((&kind, after_kind)) = rest.split_first() {
        let (bytes, digits) = read_length(after_kind)?;
        let section = rest
            .get(..1 + digits + bytes)
            .context("a section goes beyond its end")?;
        if kind != CUSTOM_SECTION {
            kept.extend_from_slice(section);
        }
        rest = &rest[section.len()..];
    }
    Ok(kept)
}

/// An unsigned LEB128 number of at most 32 bits and how many bytes it takes.
fn read_length(bytes: &[u8]) -> anyhow::Result<(usize, usize)> {
    let mut length = 0_u64;
    for (position, &byte) in bytes.iter().take(5).enumerate() {
        length |= u64::from(byte & 0x7f) << (7 * position);
        if byte & 0x80 == 0 {
            return Ok((usize::try_from(length)?, position + 1));
        }
    }
    bail!("the length of a section is no number")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(sections: &[&[u8]]) -> Vec<u8> {
        let mut module = PREAMBLE.to_vec();
        sections.iter().for_each(|section| module.extend_from_slice(section));
        module
    }

    #[test]
    fn custom_sections_go_and_the_others_stay_in_order() {
        let (types, name, code) = ([1, 2, 10, 20], [0, 5, 4, b'n', b'a', b'm', b'e'], [10, 0x81, 0x00, 7]);
        let stripped = without_custom(&module(&[&name, &types, &name, &code, &name])).unwrap();
        assert_eq!(stripped, module(&[&types, &code]));
        assert_eq!(without_custom(&stripped).unwrap(), stripped);
    }

    #[test]
    fn what_is_no_module_or_breaks_off_is_refused() {
        assert!(without_custom(b"<!doctype html>").is_err());
        assert!(without_custom(&module(&[&[1, 2, 10]])).is_err());
        assert!(without_custom(&module(&[&[1, 0x80]])).is_err());
        assert!(without_custom(&module(&[&[1, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]])).is_err());
    }
}
