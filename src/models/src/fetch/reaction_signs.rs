//! The tokenizer of models that read chemical reactions: signs of SMILES, each a token.

use std::fs;
use std::path::Path;

use tokenizers::models::wordlevel::WordLevel;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::processors::bert::BertProcessing;
use tokenizers::{AddedToken, Model, SplitDelimiterBehavior, Tokenizer};

use super::error::FetchError;

/// An atom, a bond, a bracket, a ring's number, or the arrow. What is none of them is left out.
const SIGN: &str =
    r"%\([0-9]{3}\)|\[[^\]]+]|Br?|Cl?|[NOSPFIbcnops|().=#\-+\\/:~@?*$]|>>?|%[0-9]{2}|[0-9]";
/// Special tokens of the vocabulary.
const SPECIAL: [&str; 5] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

/// Writes `tokenizer.json` for a list of signs.
pub(super) fn write_tokenizer(from: &Path, to: &Path) -> Result<(), FetchError> {
    let signs = fs::read_to_string(from).map_err(FetchError::file(from))?;
    let text = tokenizer(&signs).and_then(|tokenizer| tokenizer.to_string(true));
    let text = text.map_err(|error| FetchError::Conversion {
        path: from.to_owned(),
        expected: "a list of signs",
        problem: error.to_string(),
    })?;
    fs::write(to, text).map_err(FetchError::file(to))
}

fn tokenizer(signs: &str) -> tokenizers::Result<Tokenizer> {
    let vocabulary = signs.lines().map(str::to_owned).zip(0..);
    let model = WordLevel::builder()
        .vocab(vocabulary.collect())
        .unk_token("[UNK]".to_owned())
        .build()?;
    let special = |token: &str| {
        let id = model.token_to_id(token);
        let id = id.ok_or_else(|| format!("expected {token} among the signs, found none"))?;
        Ok::<_, tokenizers::Error>((token.to_owned(), id))
    };
    let ends = BertProcessing::new(special("[SEP]")?, special("[CLS]")?);
    let signs = Split::new(
        SplitPattern::Regex(SIGN.to_owned()),
        SplitDelimiterBehavior::Removed,
        true,
    )?;
    let mut tokenizer = Tokenizer::new(model);
    tokenizer.with_pre_tokenizer(Some(signs));
    tokenizer.with_post_processor(Some(ends));
    tokenizer.add_special_tokens(SPECIAL.map(|token| AddedToken::from(token, true)))?;
    Ok(tokenizer)
}
