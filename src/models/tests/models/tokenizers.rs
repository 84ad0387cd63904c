//! Tokenizers by the functions of exercises 15 and 16: the same ids as the library's.

use std::fs;
use std::path::Path;

use attentive_models::Tokenizer;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Pieces of texts, of all kinds that tokenizers tell apart. Each is put before each.
const PIECES: [&str; 24] = [
    "the",
    " cat",
    "Thé Çà",
    "e\u{301}",
    "'ll",
    "don't",
    " 2026",
    "½²",
    ".",
    "!?…",
    " $+<>",
    "\t",
    "\n\n",
    "   ",
    "\u{a0}",
    "日本語",
    "한글",
    "🙂",
    "👩\u{200d}🔬",
    "\u{7}\u{fffd}",
    "[MASK]",
    "<|endoftext|>",
    "unbelievablestthethe",
    "",
];

fn texts() -> Vec<String> {
    let after = |first: &'static str| PIECES.map(|second| format!("{first}{second}the"));
    PIECES.into_iter().flat_map(after).collect()
}

/// The tokenizer of a folder, once by the library and once by an exercise.
fn both(folder: &Path) -> (Tokenizer, Tokenizer) {
    let library = Tokenizer::open(folder).expect("a sound tokenizer");
    let mut exercise = Tokenizer::open(folder).expect("a sound tokenizer");
    assert!(exercise.use_exercise(), "there is an exercise for it");
    (library, exercise)
}

fn assert_equal_ids(library: &Tokenizer, exercise: &Tokenizer) {
    for text in texts() {
        for special in [true, false] {
            let expected = library.encode(&text, special).expect("it can be cut");
            let found = exercise.encode(&text, special).expect("it can be cut");
            assert_eq!(found.ids, expected.ids, "{text:?}");
            assert_eq!(found.tokens, expected.tokens, "{text:?}");
            assert_eq!(found.special, expected.special, "{text:?}");
        }
    }
}

/// A byte-level vocabulary: the bytes, as they are written in files, and some merges.
fn byte_pairs() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let merges = ["t h", "th e", "Ġ c", "a t", "Ġc at", "Ċ Ċ", "æ Ĺ", "s t"];
    let mut pieces = Vec::new();
    let mut next = 256;
    for byte in 0..=255_u8 {
        let sign = match byte {
            b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF => u32::from(byte),
            _ => {
                next += 1;
                next - 1
            }
        };
        pieces.push(char::from_u32(sign).expect("a character").to_string());
    }
    pieces.extend(merges.map(|merge| merge.replace(' ', "")));
    pieces.push("<|endoftext|>".to_owned());
    // A model's ids are not the exercise's: here they run backwards.
    let ids = pieces.iter().rev().enumerate();
    let vocabulary: serde_json::Map<_, _> =
        ids.map(|(id, piece)| (piece.clone(), id.into())).collect();
    let vocabulary = serde_json::Value::Object(vocabulary).to_string();
    fs::write(folder.path().join("vocab.json"), vocabulary).expect("a file");
    let merges = format!("#version: 0.2\n{}\n", merges.join("\n"));
    fs::write(folder.path().join("merges.txt"), merges).expect("a file");
    folder
}

/// A WordPiece vocabulary, for a model that tells capitals apart or not.
fn word_pieces(lower_case: bool) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let words = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        "the",
        "##the",
        "cat",
        "don",
        "'",
        "t",
        "ll",
        "2026",
        ".",
        "!",
        "?",
        "$",
        "+",
        "<",
        ">",
        "日",
        "本",
        "un",
        "##believable",
        "##st",
        "e",
        "T",
        "##h",
        "ca",
        "##e",
        "|",
        "end",
        "##of",
        "##text",
    ];
    fs::write(folder.path().join("vocab.txt"), words.join("\n")).expect("a file");
    let settings = format!("{{\"do_lower_case\": {lower_case}}}");
    fs::write(folder.path().join("tokenizer_config.json"), settings).expect("a file");
    folder
}

#[test]
fn exercise_15_cuts_as_the_library_does_and_puts_together_again() {
    let folder = byte_pairs();
    let (library, exercise) = both(folder.path());
    assert_equal_ids(&library, &exercise);
    for text in texts() {
        let ids = library.encode(&text, true).expect("it can be cut").ids;
        for end in 0..=ids.len() {
            for skip in [true, false] {
                let expected = library.decode(&ids[..end], skip).expect("a text");
                let found = exercise.decode(&ids[..end], skip).expect("a text");
                assert_eq!(found, expected, "{text:?}");
            }
        }
    }
}

/// The same vocabulary in one file, for a model in which each digit is a word, as SmolLM2 has it.
fn byte_pairs_and_digits() -> TempDir {
    let folder = byte_pairs();
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).expect("a file");
    let vocabulary: Value = serde_json::from_str(&read("vocab.json")).expect("JSON");
    let merges = read("merges.txt");
    let merges: Vec<Vec<&str>> = merges
        .lines()
        .skip(1)
        .map(|merge| merge.split(' ').collect())
        .collect();
    let byte_level = json!({
        "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true,
    });
    let digits = json!({"type": "Digits", "individual_digits": true});
    let file = json!({
        "version": "1.0",
        "added_tokens": [{
            "id": vocabulary["<|endoftext|>"], "content": "<|endoftext|>", "single_word": false,
            "lstrip": false, "rstrip": false, "normalized": false, "special": true,
        }],
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [digits, byte_level]},
        "decoder": byte_level,
        "model": {"type": "BPE", "vocab": vocabulary, "merges": merges},
    });
    fs::write(folder.path().join("tokenizer.json"), file.to_string()).expect("a file");
    folder
}

#[test]
fn exercise_15_cuts_between_digits_where_each_is_a_word() {
    let folder = byte_pairs_and_digits();
    let (library, exercise) = both(folder.path());
    assert_equal_ids(&library, &exercise);
    let cut = |folder: &TempDir| {
        let tokenizer = Tokenizer::open(folder.path()).expect("a sound tokenizer");
        tokenizer
            .encode(" 7th", false)
            .expect("it can be cut")
            .tokens
    };
    assert_eq!(cut(&folder), ["Ġ", "7", "th"]);
    let cats = exercise.encode("2 cats", false).expect("it can be cut");
    assert_eq!(cats.tokens, ["2", "Ġcat", "s"]);
}

#[test]
fn exercise_16_cuts_as_the_library_does() {
    for lower_case in [true, false] {
        let folder = word_pieces(lower_case);
        let (library, exercise) = both(folder.path());
        assert_equal_ids(&library, &exercise);
        let ids = library.encode("the cat", true).expect("it can be cut").ids;
        let expected = library.decode(&ids, true).expect("a text");
        assert_eq!(exercise.decode(&ids, true).expect("a text"), expected);
    }
}

#[test]
fn a_tokenizer_of_another_kind_stays_the_librarys() {
    let folder = word_pieces(true);
    // Accents stay, and capitals do not: the exercise has no such model.
    let settings = r#"{"do_lower_case": true, "strip_accents": false}"#;
    fs::write(folder.path().join("tokenizer_config.json"), settings).expect("a file");
    let mut tokenizer = Tokenizer::open(folder.path()).expect("a sound tokenizer");
    let before = tokenizer.encode("the cat", true).expect("it can be cut");
    assert!(!tokenizer.use_exercise());
    assert_eq!(
        tokenizer.encode("the cat", true).expect("it can be cut"),
        before
    );
}
