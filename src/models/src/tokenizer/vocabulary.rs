//! Tokenizers of folders that are older than `tokenizer.json`: BERT's and GPT-2's, which need no more than a vocabulary.

use std::path::{Path, PathBuf};

use attentive_checkpoints::{ensure_object, parse_object};
use serde::Deserialize;
use tokenizers::models::bpe::BPE;
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::processors::bert::BertProcessing;
use tokenizers::{AddedToken, Model, Tokenizer, decoders};

use crate::error::ModelError;

/// BERT's vocabulary, a token on each line.
const WORDS: &str = "vocab.txt";
/// GPT-2's vocabulary.
const PIECES: &str = "vocab.json";
/// The pairs that GPT-2 merges, in order.
const MERGES: &str = "merges.txt";
/// Settings beside `vocab.txt`.
const SETTINGS: &str = "tokenizer_config.json";
/// The most characters of a word that BERT cuts.
const LONGEST_WORD: usize = 100;
/// Special tokens of BERT.
const BERT_SPECIAL: [&str; 5] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
/// The special token of GPT-2.
const GPT_SPECIAL: &str = "<|endoftext|>";

/// The fields of [`SETTINGS`] that change tokens.
#[derive(Debug, Deserialize)]
struct Settings {
    #[serde(default = "yes")]
    do_lower_case: bool,
    #[serde(default = "yes")]
    tokenize_chinese_chars: bool,
    strip_accents: Option<bool>,
}

fn yes() -> bool {
    true
}

/// Opens the tokenizer of a folder without `tokenizer.json`, and says of which file it is.
pub(super) fn open(folder: &Path) -> Result<(PathBuf, Tokenizer), ModelError> {
    let words = folder.join(WORDS);
    if words.is_file() {
        let tokenizer = word_piece(folder, &words)?;
        return Ok((words, tokenizer));
    }
    let (pieces, merges) = (folder.join(PIECES), folder.join(MERGES));
    if pieces.is_file() && merges.is_file() {
        let text = std::fs::read(&pieces).map_err(ModelError::unreadable(&pieces))?;
        ensure_object(&pieces, &text)?;
        let tokenizer = byte_pairs(&pieces, &merges).map_err(ModelError::tokenizer(&pieces))?;
        return Ok((pieces, tokenizer));
    }
    Err(ModelError::MissingFile {
        folder: folder.to_owned(),
        file: "tokenizer.json, vocab.txt, or vocab.json and merges.txt",
    })
}

fn word_piece(folder: &Path, path: &Path) -> Result<Tokenizer, ModelError> {
    let settings = settings(&folder.join(SETTINGS))?;
    let words = std::fs::read(path).map_err(ModelError::unreadable(path))?;
    let vocabulary = WordPiece::read_bytes(&words).map_err(ModelError::tokenizer(path))?;
    let model = WordPiece::builder()
        .vocab(vocabulary)
        .unk_token("[UNK]".to_owned())
        .max_input_chars_per_word(LONGEST_WORD)
        .build()
        .map_err(ModelError::tokenizer(path))?;
    with_bert_parts(model, &settings).map_err(ModelError::tokenizer(path))
}

fn settings(path: &Path) -> Result<Settings, ModelError> {
    let text = match path.is_file() {
        true => std::fs::read(path).map_err(ModelError::unreadable(path))?,
        false => b"{}".to_vec(),
    };
    Ok(parse_object(path, &text)?)
}

fn with_bert_parts(model: WordPiece, settings: &Settings) -> tokenizers::Result<Tokenizer> {
    let special = |token: &str| {
        let id = model
            .token_to_id(token)
            .ok_or_else(|| format!("expected the special token {token}, found none"))?;
        Ok::<_, tokenizers::Error>((token.to_owned(), id))
    };
    let ends = BertProcessing::new(special("[SEP]")?, special("[CLS]")?);
    // Only those of the vocabulary: any other would get an id for which the model has no row.
    let known = BERT_SPECIAL
        .into_iter()
        .filter(|token| model.token_to_id(token).is_some());
    let known: Vec<AddedToken> = known.map(|token| AddedToken::from(token, true)).collect();

    let mut tokenizer = Tokenizer::new(model);
    tokenizer.with_normalizer(Some(BertNormalizer::new(
        true,
        settings.tokenize_chinese_chars,
        settings.strip_accents,
        settings.do_lower_case,
    )))?;
    tokenizer.with_pre_tokenizer(Some(BertPreTokenizer));
    tokenizer.with_post_processor(Some(ends));
    tokenizer.with_decoder(Some(decoders::wordpiece::WordPiece::default()));
    tokenizer.add_special_tokens(known)?;
    Ok(tokenizer)
}

fn byte_pairs(pieces: &Path, merges: &Path) -> tokenizers::Result<Tokenizer> {
    let model = BPE::from_file(&pieces.to_string_lossy(), &merges.to_string_lossy()).build()?;
    let ends = model.token_to_id(GPT_SPECIAL).is_some();
    let mut tokenizer = Tokenizer::new(model);
    tokenizer.with_pre_tokenizer(Some(ByteLevel::default().add_prefix_space(false)));
    tokenizer.with_post_processor(Some(ByteLevel::default().trim_offsets(false)));
    tokenizer.with_decoder(Some(ByteLevel::default()));
    if ends {
        tokenizer.add_special_tokens([AddedToken::from(GPT_SPECIAL, true)])?;
    }
    Ok(tokenizer)
}
