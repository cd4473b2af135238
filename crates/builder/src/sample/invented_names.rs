//! Names that belong to nobody: words made of syllables, each word from its own number.

/// Sixty-four syllables of three letters, so that words of as many syllables differ when their numbers do.
const SYLLABLES: [&str; 64] = [
    "vel", "mor", "tus", "kal", "zer", "bix", "dov", "fen", "gul", "hax", "jor", "kip", "lun", "myx", "nop", "rul",
    "pel", "quo", "rud", "syl", "tov", "urb", "vax", "wim", "xan", "yur", "zol", "bri", "kla", "dri", "plu", "gri",
    "hol", "ivo", "jas", "kre", "lor", "mun", "ner", "oxl", "pli", "ska", "ras", "sne", "tru", "umb", "vor", "wex",
    "yal", "zin", "asp", "bol", "cer", "das", "erb", "fos", "gan", "hur", "isk", "jum", "kol", "lis", "nyx", "taz",
];

const BITS: u32 = 6;

/// A word in lower case; different numbers give different words.
///
/// The first 4,096 words have two syllables, the next 262,144 three, all others four or more.
pub fn word(number: u64) -> String {
    let mut number = number;
    let mut syllables = 2;
    while number >> (BITS * syllables) != 0 && syllables < 10 {
        number -= 1 << (BITS * syllables);
        syllables += 1;
    }
    // An odd factor shuffles the numbers of one length among themselves, so that neighbours look nothing alike.
    let mask = (1u64 << (BITS * syllables)) - 1;
    let shuffled = number.wrapping_mul(0x2545_F491_4F6C_DD1D).wrapping_add(0x9E37_79B9) & mask;
    let syllable = |at: u32| {
        SYLLABLES
            .get((shuffled >> (BITS * at)) as usize & 63)
            .copied()
            .unwrap_or_default()
    };
    (0..syllables).map(syllable).collect()
}

/// A word with a capital.
pub fn title(number: u64) -> String {
    capitalised(&word(number))
}

/// A text with its first letter in upper case.
pub fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn different_numbers_give_different_words() {
        let numbers = (0..20_000).chain(266_000..290_000).chain(17_000_000..17_010_000);
        let words: HashSet<String> = numbers.map(word).collect();
        assert_eq!(words.len(), 54_000);
        assert_eq!((word(0).len(), word(4_096).len(), word(266_240).len()), (6, 9, 12));
    }

    #[test]
    fn no_word_holds_the_name_of_a_real_maker_or_family() {
        let real = [
            "qwen", "llama", "mistral", "gemma", "bert", "gpt", "falcon", "deepseek", "google", "openai", "meta",
            "nvidia", "apple", "whisper", "claude", "kimi", "glm", "yi-", "granite", "olmo", "pythia", "bloom",
            "baidu", "tencent", "alibaba", "cohere", "stable", "flux", "vicuna", "alpaca", "zephyr", "hermes",
            "dolphin", "solar", "orca", "nemo", "jamba", "grok",
        ];
        for number in (0..4_096).chain((4_096..4_000_000).step_by(97)) {
            let word = word(number);
            assert!(
                !real.iter().any(|name| word == *name || word.starts_with(name)),
                "{word}"
            );
        }
    }
}
