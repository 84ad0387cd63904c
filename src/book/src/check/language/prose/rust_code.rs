//! The words in Rust code: its doc comments, and its strings, which are what programs print.

use std::ops::Range;

use ra_ap_rustc_lexer::{FrontmatterAllowed, LiteralKind, TokenKind, tokenize};

/// Excuses words, as a comment does in Markdown.
const ESCAPE: &str = "// language:";
/// Begins the tests at the end of a file. What they contain is read by programs.
const TESTS: &str = "#[cfg(test)]\nmod tests {";

/// Returns the doc comments of Rust code, each on the line that it has in the code. Comments that excuse words become
/// those of Markdown.
pub(super) fn doc_comments(code: &str) -> String {
    let mut docs = String::new();
    for line in code.lines() {
        let line = line.trim_start();
        if let Some(doc) = line.strip_prefix("///").or(line.strip_prefix("//!")) {
            docs += doc.strip_prefix(' ').unwrap_or(doc);
        } else if let Some(value) = line.strip_prefix(ESCAPE) {
            docs += &format!("<!-- language: {value} -->");
        }
        docs.push('\n');
    }
    docs
}

/// Finds the strings of Rust code that people read, without their quotes, and without its tests. What has no space in it
/// is a name.
pub(super) fn strings(code: &str) -> Vec<Range<usize>> {
    let code = code.split(TESTS).next().unwrap_or_default();
    let mut strings = Vec::new();
    let mut start = 0;
    for token in tokenize(code, FrontmatterAllowed::No) {
        let end = start + token.len as usize;
        if let TokenKind::Literal { kind, .. } = token.kind
            && matches!(kind, LiteralKind::Str { .. } | LiteralKind::RawStr { .. })
        {
            let text = &code[start..end];
            if let (Some(first), Some(last)) = (text.find('"'), text.rfind('"'))
                && first < last
                && text.contains(' ')
            {
                strings.push(start + first + 1..start + last);
            }
        }
        start = end;
    }
    strings
}
