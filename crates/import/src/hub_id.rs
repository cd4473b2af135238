//! Ids of Hub repositories.

/// Longest id that is taken, in bytes. The Hub allows 96 characters each for account and name; older dumps hold longer.
pub const LONGEST_ID: usize = 512;

/// Whether a text is the id of a Hub repository: a name, or an account and a name joined by one `/`, made of the ASCII
/// letters and digits, `-`, `_` and `.` that the Hub allows.
///
/// Whatever else a cell may hold (markup, control characters, spaces, look-alike letters) is no id, so ids are safe to
/// show, to put in addresses and to write in one line.
pub fn is_hub_id(text: &str) -> bool {
    let allowed = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    };
    if text.len() > LONGEST_ID {
        return false;
    }
    match text.split_once('/') {
        Some((account, name)) => allowed(account) && allowed(name),
        None => allowed(text),
    }
}

/// The account an id belongs to. An id without one, such as `gpt2`, is from the Hub's first days and stands for itself.
pub fn account_of(id: &str) -> &str {
    id.split_once('/').map_or(id, |(account, _)| account)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_names_of_allowed_characters_with_at_most_one_account() {
        for id in ["velmora/tusk-7b", "gpt2", "0x_A.b-c/D.e_f-9", "a/b"] {
            assert!(is_hub_id(id), "{id}");
        }
        let long = "a".repeat(LONGEST_ID + 1);
        for text in [
            "",
            "/",
            "a/",
            "/b",
            "a/b/c",
            "a b/c",
            "a/b\u{7}",
            "a/b\n",
            "a/<b>",
            "a/b&c",
            "a/\"b\"",
            "ä/b",
            "a/\u{202e}b",
            "a/b c",
            "a\\b",
            &long,
        ] {
            assert!(!is_hub_id(text), "{text:?}");
        }
    }

    #[test]
    fn the_account_stands_before_the_slash() {
        assert_eq!(account_of("velmora/tusk-7b"), "velmora");
        assert_eq!(account_of("tusk"), "tusk");
    }
}
