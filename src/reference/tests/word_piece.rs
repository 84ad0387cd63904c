//! Compares the solution of 16-word-piece with the library `tokenizers` on hundreds of texts: equal ids, types and masks.

use attentive_reference::word_piece::{normalized, tokenizer, words};
use word_piece::{Casing, Encoding, Lengths, Vocabulary, encode, normalize, split};

/// Texts of many kinds.
const TEXTS: &[&str] = &[
    "",
    " ",
    "The quick brown fox jumps over the lazy dog.",
    "Transformer models are powerful.",
    "I absolutely loved the advanced machine learning course!",
    "Où est-il? Ça va; l’été à Brașov, ångström & ñandú",
    "e\u{301}te\u{301} Zu\u{308}rich İstanbul GROẞ STRASSE",
    "ДОМ и ЁЖ; Ελλάδα, ΣΟΦΊΑ; שלום עולם; مرحبا بالعالم",
    "हिन्दी नमस्ते; ภาษาไทย; 한국어 텍스트; カタカナ ひらがな",
    "我爱Rust和東京, 世界。「日本」",
    "👍🏽 👨\u{200d}👩\u{200d}👧 ☕️ 🇩🇪 x² ½ ﬁne Ⅷ ™ 5€ £3 ©2026",
    "so\u{ad}ft zero\u{200b}width bell\u{7} bom\u{feff} nu\u{0}ll b\u{fffd}d",
    "one\ttwo\r\nthree\u{a0}four\u{3000}five\u{2009}six\u{2028}seven",
    "$5+3=8 <b> a^b ~x| `code` snake_case e-mail@site.com 3.14 #tag",
    "wait... what?! (no) [SEP] [MASK] «où» “so”… ¿qué?",
    "Donaudampfschifffahrtsgesellschaftskapitän un##do ## ##",
];

/// Entries that spell many words, and leave others unknown.
fn entries() -> Vec<String> {
    let special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"];
    let words = [
        "the",
        "quick",
        "trans",
        "model",
        "powerful",
        "love",
        "est",
        "cafe",
        "rust",
        "##former",
        "##s",
        "##d",
        "Transform",
        "The",
        "we",
        "th",
        "##ck",
        "東",
        "京",
        "дом",
        "##на",
        "👍",
        "👍🏽",
        "où",
        "Où",
        "ca",
    ];
    let mut entries: Vec<String> = special
        .iter()
        .chain(&words)
        .map(|&entry| entry.into())
        .collect();
    for c in ('a'..='w')
        .chain('A'..='M')
        .chain("0123456789éßøñдоелα.,?!'-_$+[]()#“”…₂".chars())
    {
        entries.push(c.into());
        entries.push(format!("##{c}"));
    }
    entries
}

/// Whole numbers that look random, from a seed.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        // Knuth's generator of 64 bits; its upper bits are the better ones.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

/// The texts, and as many as are asked for that are drawn from their characters.
fn texts(drawn: usize) -> Vec<String> {
    let mut texts: Vec<String> = TEXTS.iter().map(|&text| text.into()).collect();
    let characters: Vec<char> = TEXTS.concat().chars().collect();
    let mut numbers = Numbers(16);
    for nth in 0..drawn {
        let length = 1 + numbers.below(40);
        let mut text: String = (0..length)
            .map(|_| characters[numbers.below(characters.len())])
            .collect();
        if nth % 10 == 0 {
            text += &"ab".repeat(45 + numbers.below(10));
        }
        texts.push(text);
    }
    texts
}

fn by_library(first: &str, second: Option<&str>, casing: Casing, lengths: Lengths) -> Encoding {
    let tokenizer = tokenizer(
        &entries(),
        casing == Casing::Cased,
        lengths.longest,
        lengths.padded,
    );
    let encoding = match second {
        Some(second) => tokenizer.encode((first, second), true),
        None => tokenizer.encode(first, true),
    };
    let encoding = encoding.expect("a text can be encoded");
    let numbers = |list: &[u32]| list.iter().map(|&number| number as usize).collect();
    Encoding {
        ids: numbers(encoding.get_ids()),
        token_types: numbers(encoding.get_type_ids()),
        mask: encoding
            .get_attention_mask()
            .iter()
            .map(|&mask| mask == 1)
            .collect(),
    }
}

#[test]
fn hundreds_of_texts_and_pairs_have_the_ids_of_the_library() {
    let vocabulary = Vocabulary::new(entries()).expect("the special entries");
    let texts = texts(400);
    let mut numbers = Numbers(2026);
    for (nth, first) in texts.iter().enumerate() {
        let partner = numbers.below(texts.len());
        let second = (nth % 3 > 0).then(|| texts[partner].as_str());
        let casing = if nth % 2 == 0 {
            Casing::Uncased
        } else {
            Casing::Cased
        };
        // The room for a pair is even: which of two equally long texts loses one more token is left open, and in the
        // library it depends on how many tokens it has read before it stops.
        let longest = 3 + 2 * numbers.below(30) + usize::from(second.is_none());
        let lengths = Lengths {
            longest,
            padded: numbers.below(longest + 1),
        };
        let encoding = encode(first, second, &vocabulary, casing, lengths);
        assert_eq!(
            encoding,
            by_library(first, second, casing, lengths),
            "{first:?}, {second:?}, {casing:?}, {lengths:?}"
        );
    }
}

#[test]
fn most_words_of_these_texts_are_known() {
    // The test above would say little if nearly all tokens were unknown.
    let lengths = Lengths {
        longest: 512,
        padded: 0,
    };
    let known = |id: &&usize| **id > 3;
    for text in &TEXTS[2..5] {
        let ids = by_library(text, None, Casing::Uncased, lengths).ids;
        assert!(ids.iter().filter(known).count() * 2 > ids.len(), "{text}");
    }
}

#[test]
fn each_character_of_the_common_scripts_is_treated_alike() {
    // Blocks in which the library's tables, which are older, have the same characters.
    let blocks = [
        '\0'..='\u{52f}',
        '\u{900}'..='\u{97f}',
        '\u{1e00}'..='\u{1fff}',
        '\u{2000}'..='\u{206f}',
        '\u{20a0}'..='\u{20be}',
        '\u{2100}'..='\u{23f3}',
        '\u{3000}'..='\u{30ff}',
        '\u{4e00}'..='\u{4fff}',
        '\u{ac00}'..='\u{adff}',
        '\u{f900}'..='\u{fa6d}',
        '\u{fe00}'..='\u{ffef}',
        '\u{1f600}'..='\u{1f64f}',
        '\u{20000}'..='\u{200ff}',
    ];
    for c in blocks.into_iter().flatten() {
        let text = format!("a{c}b");
        for casing in [Casing::Cased, Casing::Uncased] {
            let expected = normalized(&text, casing == Casing::Cased);
            assert_eq!(normalize(&text, casing), expected, "U+{:04X}", u32::from(c));
            assert_eq!(split(&expected), words(&expected), "U+{:04X}", u32::from(c));
        }
    }
}
