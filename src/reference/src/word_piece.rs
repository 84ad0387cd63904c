//! BERT's tokenizer, by the library `tokenizers`: normalizer, pre-tokenizer, WordPiece, special tokens, truncation and
//! padding. Where a part of it can be set to do the wrong thing, that makes the mistake.

mod cases;
mod encode;
mod inputs;
mod normalize;
mod pieces;
mod split;

use attentive_grader::Tolerance;
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::processors::bert::BertProcessing;
use tokenizers::{
    NormalizedString, Normalizer, OffsetReferential, OffsetType, PaddingParams, PaddingStrategy,
    PreTokenizedString, PreTokenizer, Tokenizer, TruncationParams,
};

use crate::exercise::Exercise;

/// Texts and ids are compared exactly: there is nothing to tolerate.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 0.5,
    relative: 0.0,
};

/// The most characters of a word that is cut into pieces.
const LONGEST_WORD: usize = 100;

/// The exercise `word-piece`.
pub fn exercise() -> Exercise {
    Exercise::new("word-piece", TOLERANCE)
        .task(normalize::normalize())
        .task(split::split())
        .task(pieces::word_piece())
        .task(encode::encode())
}

/// A text as BERT's normalizer returns it.
pub fn normalized(text: &str, cased: bool) -> String {
    normalized_by(&BertNormalizer::new(true, true, None, !cased), text)
}

fn normalized_by(normalizer: &BertNormalizer, text: &str) -> String {
    let mut normalized = NormalizedString::from(text);
    normalizer
        .normalize(&mut normalized)
        .expect("BERT's normalizer has no errors");
    normalized.get().to_owned()
}

/// The words of a normalised text, as BERT's pre-tokenizer splits it.
pub fn words(text: &str) -> Vec<String> {
    let mut split = PreTokenizedString::from(text);
    BertPreTokenizer
        .pre_tokenize(&mut split)
        .expect("BERT's pre-tokenizer has no errors");
    let words = split.get_splits(OffsetReferential::Normalized, OffsetType::Byte);
    words
        .into_iter()
        .map(|(word, ..)| word.to_owned())
        .collect()
}

/// A model that cuts words into pieces.
fn model(vocabulary: &[String], mark: &str, longest_word: usize) -> WordPiece {
    let vocabulary = WordPiece::read_bytes(vocabulary.join("\n").as_bytes());
    WordPiece::builder()
        .vocab(vocabulary.expect("entries of UTF-8"))
        .unk_token("[UNK]".into())
        .continuing_subword_prefix(mark.into())
        .max_input_chars_per_word(longest_word)
        .build()
        .expect("a model without files")
}

/// The library's tokenizer, whole: an input has at most `longest` tokens, and at least `padded`.
pub fn tokenizer(vocabulary: &[String], cased: bool, longest: usize, padded: usize) -> Tokenizer {
    let special = |entry: &str| {
        let id = vocabulary.iter().position(|known| known == entry);
        (entry.to_owned(), id.expect("a special entry") as u32)
    };
    let mut tokenizer = Tokenizer::new(model(vocabulary, "##", LONGEST_WORD));
    tokenizer
        .with_normalizer(Some(BertNormalizer::new(true, true, None, !cased)))
        .expect("there are no added tokens to normalize")
        .with_pre_tokenizer(Some(BertPreTokenizer))
        .with_post_processor(Some(BertProcessing::new(
            special("[SEP]"),
            special("[CLS]"),
        )))
        .with_padding(Some(PaddingParams {
            strategy: PaddingStrategy::Fixed(padded),
            pad_id: special("[PAD]").1,
            ..PaddingParams::default()
        }))
        .with_truncation(Some(TruncationParams {
            max_length: longest,
            ..TruncationParams::default()
        }))
        .expect("an input has room for the special tokens");
    tokenizer
}
