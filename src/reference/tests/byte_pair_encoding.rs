//! The course's byte pair encoding and the crate `tokenizers` on hundreds of texts: equal words, merges, ids and texts.

use std::collections::BTreeMap;

use attentive_reference::byte_pair_encoding::{Judge, Pair};
use byte_pair_encoding::{Merges, decode, encode, join, train, words};

/// A lesson of the book, from which vocabularies are learned.
const LESSON: &str = include_str!("../../../book/src/self-attention.md");
/// Text of several scripts, so that some of their bytes are merged.
const SCRIPTS: &str = "日本語の文 日本の本 中文字 中国 中国的文字 Ελλάδα Ελληνικά Україна українська école élève \
    naïve naïveté Müller müde über हिन्दी हिंदी שלום שלומי مرحبا مرحبتين 🙂🙃🙂 👩‍👩‍👧 한국어 한국";

/// Texts that have gone wrong in one tokenizer or the other.
const SPECIAL: [&str; 42] = [
    "",
    " ",
    "  ",
    "   ",
    "\n",
    "\n\n",
    " \n",
    "\n ",
    "\t",
    "\r\n",
    "a",
    " a",
    "a ",
    "  a",
    " a  b ",
    "\u{a0}a\u{a0}\u{a0}b",
    "\u{3000}日本",
    "\u{2028}x\u{2029}",
    "'s",
    "it's we'll they've I'm you're he'd don't",
    "IT'S 'S 'sa ''s '",
    "'tis 'twas rock'n'roll",
    " 's 't",
    "1 22 333 4,444.5 ½ ² Ⅻ ٣ १२",
    "a1b2 3c _x_ __init__",
    "...!!! ?!? -- — … «a»",
    "e\u{301} é \u{301} \u{301}a",
    "हिन्दी में शब्द",
    "שָׁלוֹם مَرْحَبًا",
    "👩‍👩‍👧‍👦 🏳️‍🌈 🇩🇪 👍🏽",
    "\u{0}\u{1}\u{7f}\u{80}\u{9f}",
    "\u{200b}a\u{200d}b\u{feff}c\u{ad}d",
    "\u{fffd}\u{fffe}\u{10ffff}",
    "𝔸𝕓𝒸 Ａｂｃ ﬁ ŉ ẞ İ ı",
    "Ⓐ ㊀ ª º ʰ ˈ",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "--------------------------------",
    "ababababababababababababa",
    "日本語日本語日本語",
    "<|endoftext|> [MASK] </s>",
    "https://example.org/a?b=c&d=%20#e",
    "Transformer models are powerful.",
];

/// The characters of random texts.
const ALPHABETS: [&str; 6] = [
    "aabcdeehiklnorstt    .,'\n",
    "the attention of a query is ",
    "éèêëàüößñçıİ øæœ",
    "日本語中国文字の漢 。",
    "🙂🙃👩\u{200d}👧 \u{301}\u{fe0f}a",
    "\u{0}\u{1}\t\r\n \u{a0}\u{7f}\u{85}\u{200b}'s0٣½_-",
];

/// A small generator, so that every run has the same texts.
struct Generator(u64);

impl Generator {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) as usize % n
    }

    fn text(&mut self, alphabet: &[char], length: usize) -> String {
        (0..length)
            .map(|_| alphabet[self.below(alphabet.len())])
            .collect()
    }
}

/// All texts: the special ones, and random ones of each alphabet and of all together.
fn texts() -> Vec<String> {
    let mut texts: Vec<String> = SPECIAL.map(str::to_owned).into();
    let mut generator = Generator(15);
    let all: Vec<char> = ALPHABETS.concat().chars().collect();
    for alphabet in ALPHABETS {
        let alphabet: Vec<char> = alphabet.chars().collect();
        for nth in 0..50 {
            texts.push(generator.text(&alphabet, 1 + nth));
            texts.push(generator.text(&all, 1 + nth));
        }
    }
    texts.push(generator.text(&['a', 't', 'e', 'n'], 3_000));
    texts.push(LESSON.chars().take(4_000).collect());
    texts
}

fn counted(text: &str) -> Vec<(String, usize)> {
    let mut counts = BTreeMap::new();
    for word in Judge::words(text) {
        *counts.entry(word).or_insert(0) += 1;
    }
    counts.into_iter().collect()
}

/// Vocabularies like GPT-2's, learned by the crate, and one without merges.
fn vocabularies() -> Vec<Vec<Pair>> {
    vec![
        Vec::new(),
        Judge::train(&counted(LESSON), 400),
        Judge::train(&counted(SCRIPTS), 90),
    ]
}

#[test]
fn words_are_the_crates() {
    for text in texts() {
        assert_eq!(words(&text), Judge::words(&text), "{text:?}");
    }
}

#[test]
fn merges_are_the_crates() {
    for (text, count) in [(LESSON, 150), (SCRIPTS, 90), ("", 5), ("abc", 9)] {
        let counts = counted(text);
        let borrowed: Vec<(&str, usize)> = counts
            .iter()
            .map(|(word, times)| (word.as_str(), *times))
            .collect();
        assert_eq!(
            train(&borrowed, count),
            Judge::train(&counts, count),
            "{count}"
        );
    }
}

#[test]
fn ids_and_texts_are_the_crates() {
    let texts = texts();
    assert!(texts.len() > 600);
    for pairs in vocabularies() {
        let (judge, merges) = (Judge::new(&pairs), Merges::new(&pairs));
        for text in &texts {
            let ids = encode(text, &merges);
            assert_eq!(ids, judge.encode(text), "{text:?}");
            assert_eq!(decode(&ids, &pairs), *text);
        }
    }
}

#[test]
fn random_ids_have_the_crates_text() {
    let mut generator = Generator(16);
    for pairs in vocabularies() {
        let judge = Judge::new(&pairs);
        for length in 0..150 {
            let ids: Vec<usize> = (0..length)
                .map(|_| generator.below(256 + pairs.len()))
                .collect();
            assert_eq!(decode(&ids, &pairs), judge.decode(&ids), "{ids:?}");
        }
    }
}

#[test]
fn one_join_is_a_tokenizer_of_one_merge() {
    let mut generator = Generator(17);
    for length in 0..200 {
        let word = generator.text(&['a', 'b', 'é'], length % 40);
        let bytes: Vec<usize> = word.bytes().map(usize::from).collect();
        for pair in [(97, 97), (97, 98), (98, 97), (195, 169), (169, 195)] {
            let judge = Judge::new(&[pair]);
            assert_eq!(join(&bytes, pair, 256), judge.encode(&word), "{word}");
        }
    }
}
