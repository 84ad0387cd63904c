//! Vocabularies that are learned from the text itself.
//!
//! The crate `tokenizers` learns both. Exercise 15's `train` finds the same merges, but there is no such exercise for
//! WordPiece, and the file that is written must be one that the hub's library reads.

use std::collections::BTreeSet;

use tokenizers::models::TrainerWrapper;
use tokenizers::models::bpe::{BPE, BpeTrainer};
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::{
    AddedToken, NormalizedString, Normalizer, OffsetReferential, OffsetType, PreTokenizedString,
    PreTokenizer, Tokenizer, Trainer,
};

use super::error::TrainingError;

/// The token after a document.
pub(super) const END: &str = "<|endoftext|>";
/// BERT's special tokens, in the order of their ids.
pub(super) const SPECIAL: [&str; 5] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
/// The prefix of pieces inside a word.
const INSIDE: &str = "##";

/// Learns a byte-level BPE of at most so many tokens. [`END`] has the id 0.
pub(super) fn byte_pairs(documents: &[String], size: usize) -> Result<Tokenizer, TrainingError> {
    let mut tokenizer = Tokenizer::new(BPE::default());
    tokenizer.with_pre_tokenizer(Some(ByteLevel::default().add_prefix_space(false)));
    tokenizer.with_post_processor(Some(ByteLevel::default().trim_offsets(false)));
    tokenizer.with_decoder(Some(ByteLevel::default()));
    let trainer = BpeTrainer::builder()
        .show_progress(false)
        .vocab_size(size)
        .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
        .special_tokens(vec![AddedToken::from(END, true)])
        .build();
    let mut trainer = TrainerWrapper::from(trainer);
    tokenizer.train(&mut trainer, documents.iter())?;
    Ok(tokenizer)
}

/// Learns the lines of `vocab.txt`, at most so many.
///
/// The trainer for WordPiece of `tokenizers` numbers the letters inside of words in the order of a hash map, which differs
/// from run to run, and merges of equal frequency with them. So they get their numbers here, before it begins.
pub(super) fn word_pieces(documents: &[String], size: usize) -> Result<Vec<String>, TrainingError> {
    let mut letters = BTreeSet::new();
    for document in documents {
        letters.extend(words(document)?.iter().flat_map(|word| word.chars()));
    }
    let inside = letters.iter().map(|letter| format!("{INSIDE}{letter}"));
    let first = SPECIAL.iter().map(ToString::to_string).chain(inside);
    let mut trainer = BpeTrainer::builder()
        .show_progress(false)
        .vocab_size(size)
        .continuing_subword_prefix(INSIDE.to_owned())
        .special_tokens(first.map(|token| AddedToken::from(token, true)).collect())
        .build();
    trainer.feed(documents.iter(), words)?;
    let mut model = BPE::default();
    trainer.train(&mut model)?;
    let mut pieces: Vec<_> = model.get_vocab().into_iter().collect();
    pieces.sort_unstable_by_key(|(_, id)| *id);
    Ok(pieces.into_iter().map(|(piece, _)| piece).collect())
}

/// The tokenizer of `vocab.txt`, without special tokens around a text.
pub(super) fn word_piece_tokenizer(pieces: &[String]) -> Result<Tokenizer, TrainingError> {
    let model = WordPiece::builder()
        .vocab(WordPiece::read_bytes(pieces.join("\n").as_bytes())?)
        .unk_token("[UNK]".to_owned())
        .build()?;
    let mut tokenizer = Tokenizer::new(model);
    tokenizer.with_normalizer(Some(normalizer()))?;
    tokenizer.with_pre_tokenizer(Some(BertPreTokenizer));
    Ok(tokenizer)
}

/// The ids of a text.
pub(super) fn encode(tokenizer: &Tokenizer, text: &str) -> Result<Vec<i64>, TrainingError> {
    let encoding = tokenizer.encode(text, false)?;
    Ok(encoding.get_ids().iter().map(|&id| id.into()).collect())
}

fn normalizer() -> BertNormalizer {
    BertNormalizer::new(true, true, None, true)
}

/// The words of a text, as BERT cuts them.
fn words(text: &str) -> tokenizers::Result<Vec<String>> {
    let mut normalized = NormalizedString::from(text);
    normalizer().normalize(&mut normalized)?;
    let mut cut = PreTokenizedString::from(normalized);
    BertPreTokenizer.pre_tokenize(&mut cut)?;
    let splits = cut.get_splits(OffsetReferential::Normalized, OffsetType::Byte);
    Ok(splits
        .into_iter()
        .map(|(word, ..)| word.to_owned())
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Enough words of equal frequency that a hash map would bring them into a different order.
    fn text() -> Vec<String> {
        let words: Vec<String> = (0..60)
            .map(|n| {
                format!(
                    "{}x{}",
                    char::from(b'a' + n % 26),
                    char::from(b'z' - n % 25)
                )
            })
            .collect();
        vec![
            words.join(" "),
            "Keys and Values, keys and values.".to_owned(),
        ]
    }

    #[test]
    fn vocabularies_are_the_same_every_time() {
        let pieces = word_pieces(&text(), 150).expect("they are learned");
        assert_eq!(pieces[..5], SPECIAL);
        for _ in 0..5 {
            assert_eq!(word_pieces(&text(), 150).expect("they are learned"), pieces);
        }
        let json = |size| byte_pairs(&text(), size).and_then(|t| Ok(t.to_string(false)?));
        assert_eq!(json(300).expect("learned"), json(300).expect("learned"));
    }

    #[test]
    fn a_text_comes_back_from_its_byte_pairs() {
        let tokenizer = byte_pairs(&text(), 280).expect("it is learned");
        assert_eq!(tokenizer.token_to_id(END), Some(0));
        let ids = encode(&tokenizer, "Schlüssel — keys 🦀\n").expect("any text can be cut");
        let ids: Vec<u32> = ids.into_iter().map(|id| id as u32).collect();
        let decoded = tokenizer.decode(&ids, true).expect("they are its own");
        assert_eq!(decoded, "Schlüssel — keys 🦀\n");
    }

    #[test]
    fn words_of_the_text_are_pieces() {
        let pieces = word_pieces(&text(), 400).expect("they are learned");
        let tokenizer = word_piece_tokenizer(&pieces).expect("it can be built");
        let encoding = tokenizer.encode("VALUES, Ω", false).expect("it can be cut");
        assert_eq!(encoding.get_tokens(), ["values", ",", "[UNK]"]);
    }
}
