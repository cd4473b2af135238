//! Numbers the functions that a module and its script share.
//!
//! wasm-bindgen ends their names with sixteen hexadecimal digits of a hash, such as `__wbg_focus_d5e2fdbdb56416f0`. No
//! compressor makes hashes smaller, and a page has hundreds, each once in the module and once in the script. Numbers of
//! the same length tell functions apart as well and cost next to nothing; every length in the module stays what it was.

use anyhow::{Context, bail};
use std::collections::HashSet;
use std::path::Path;

/// Digits of a hash.
const DIGITS: usize = 16;

/// Rewrites a script and its module with numbers in the place of hashes.
///
/// # Errors
/// When a file cannot be read or written, or the script names a function by a hash that the module does not hold.
pub fn number(script: &Path, module: &Path) -> anyhow::Result<()> {
    let read = |path: &Path| std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()));
    let (mut text, mut code) = (read(script)?, read(module)?);
    number_in(&mut text, &mut code).with_context(|| format!("in {}", script.display()))?;
    let write = |path: &Path, bytes: &[u8]| {
        std::fs::write(path, bytes).with_context(|| format!("{} cannot be written", path.display()))
    };
    write(script, &text)?;
    write(module, &code)
}

fn number_in(script: &mut [u8], module: &mut [u8]) -> anyhow::Result<()> {
    let hashes = hashes(script);
    replace(script, &hashes);
    let replaced = replace(module, &hashes);
    match hashes.iter().find(|hash| !replaced.contains(*hash)) {
        Some(hash) => bail!(
            "the function with the hash {} is not in the module: wasm-bindgen names functions in another way now",
            String::from_utf8_lossy(hash)
        ),
        None => Ok(()),
    }
}

/// Every hash at the end of a name, once, in the order in which they appear.
fn hashes(script: &[u8]) -> Vec<Vec<u8>> {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte == b'$';
    let is_hash = |name: &&[u8]| {
        let Some((before, hash)) = name.split_at_checked(name.len().saturating_sub(DIGITS)) else {
            return false;
        };
        hash.len() == DIGITS && hash.iter().all(is_digit) && (before.ends_with(b"_") || before.ends_with(b"_h"))
    };
    let mut hashes: Vec<Vec<u8>> = Vec::new();
    for name in script.split(|byte| !is_name(byte)).filter(is_hash) {
        let hash = &name[name.len() - DIGITS..];
        if !hashes.iter().any(|known| known == hash) {
            hashes.push(hash.to_vec());
        }
    }
    hashes
}

/// Puts numbers in the place of hashes, wherever they stand; those that stood anywhere.
fn replace(bytes: &mut [u8], hashes: &[Vec<u8>]) -> HashSet<Vec<u8>> {
    let mut replaced = HashSet::new();
    let mut at = 0;
    while at < bytes.len() {
        let run = bytes[at..].iter().take_while(|byte| is_digit(byte)).count();
        let digits = &mut bytes[at..at + run];
        if let Some(number) = hashes.iter().position(|hash| hash == digits) {
            replaced.insert(digits.to_vec());
            digits.copy_from_slice(format!("{number:_>DIGITS$}").as_bytes());
        }
        at += run.max(1);
    }
    replaced
}

const fn is_digit(byte: &u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn script_and_module_call_a_function_by_the_same_number() {
        let mut script =
            *b"__wbg_focus_d5e2fdbdb56416f0: f, wasm.invoke__h0123456789abcdef(1), __wbg_focus_d5e2fdbdb56416f0";
        let mut module = *b"\x1c__wbg_focus_d5e2fdbdb56416f0\x19invoke__h0123456789abcdef\x01";
        number_in(&mut script, &mut module).unwrap();
        assert_eq!(
            script,
            *b"__wbg_focus________________0: f, wasm.invoke__h_______________1(1), __wbg_focus________________0"
        );
        assert_eq!(
            module,
            *b"\x1c__wbg_focus________________0\x19invoke__h_______________1\x01"
        );
    }

    #[test]
    fn only_hashes_at_the_end_of_a_name_are_numbered() {
        let script = b"page-d5e2fdbdb56416f0_bg.wasm d5e2fdbdb56416f0 x_d5e2fdbdb56416f0a x_D5E2FDBDB56416F0 x_d5e2";
        assert_eq!(hashes(script), Vec::<Vec<u8>>::new());
    }

    #[test]
    fn a_hash_that_the_module_does_not_hold_is_refused() {
        let (mut script, mut module) = (*b"__wbg_focus_d5e2fdbdb56416f0", *b"\0asm");
        let refused = number_in(&mut script, &mut module).unwrap_err();
        assert!(refused.to_string().contains("d5e2fdbdb56416f0"), "{refused}");
    }
}
