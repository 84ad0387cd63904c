//! The tokens of Rust sources, for checks that need no syntax.

use ra_ap_rustc_lexer::{FrontmatterAllowed, TokenKind, tokenize};

/// A token, and the byte at which it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    /// Its text; a name is the same with `r#` before it.
    pub(crate) text: &'a str,
    pub(crate) begin: usize,
}

/// Splits a source into its tokens, without comments and white space.
pub(crate) fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut begin = 0;
    for token in tokenize(source, FrontmatterAllowed::No) {
        let text = &source[begin..begin + token.len as usize];
        match token.kind {
            TokenKind::LineComment { .. }
            | TokenKind::BlockComment { .. }
            | TokenKind::Whitespace => (),
            TokenKind::RawIdent => tokens.push(Token {
                text: text.trim_start_matches("r#"),
                begin,
            }),
            _ => tokens.push(Token { text, begin }),
        }
        begin += token.len as usize;
    }
    tokens
}
