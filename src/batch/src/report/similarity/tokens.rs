//! Sources as sets of fingerprints, one for each run of tokens.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use ra_ap_rustc_lexer::{FrontmatterAllowed, TokenKind, tokenize};

/// Number of tokens in a run.
const RUN: usize = 10;

/// Fingerprints all runs of tokens in sources.
pub(super) fn runs<'a>(sources: impl Iterator<Item = &'a String>) -> BTreeSet<u64> {
    let mut runs = BTreeSet::new();
    for source in sources {
        let tokens = tokens(source);
        runs.extend(tokens.windows(RUN).map(|run| {
            let mut hash = DefaultHasher::new();
            run.hash(&mut hash);
            hash.finish()
        }));
    }
    runs
}

/// Splits a source into tokens. A name that may be chosen freely becomes `x`, a number or a text `0`.
pub(super) fn tokens(source: &str) -> Vec<&str> {
    const WORDS: [&str; 20] = [
        "fn", "let", "mut", "for", "in", "if", "else", "while", "loop", "match", "return", "pub",
        "use", "as", "move", "struct", "impl", "break", "continue", "where",
    ];
    let mut tokens: Vec<&str> = Vec::new();
    let mut at = 0;
    for token in tokenize(source, FrontmatterAllowed::No) {
        let text = &source[at..at + token.len as usize];
        at += token.len as usize;
        tokens.push(match token.kind {
            TokenKind::LineComment { .. }
            | TokenKind::BlockComment { .. }
            | TokenKind::Whitespace => {
                continue;
            }
            TokenKind::Literal { .. } => "0",
            TokenKind::Ident if WORDS.contains(&text) || tokens.last() == Some(&".") => text,
            TokenKind::Ident | TokenKind::RawIdent | TokenKind::InvalidIdent => "x",
            _ => text,
        });
    }
    tokens
}
