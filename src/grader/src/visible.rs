//! Text as it is shown to people: whitespace, control characters and broken UTF-8 can be seen.

/// Returns bytes as text in which nothing is invisible: `␣` is a space, `⏎` the end of a line, `⇥` a tab, `\xe2` a byte
/// that is no UTF-8, and `\u{301}` a character that has no shape of its own.
pub fn visible(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        for sign in chunk.valid().chars() {
            push(&mut text, sign);
        }
        for byte in chunk.invalid() {
            text += &format!("\\x{byte:02x}");
        }
    }
    text
}

fn push(text: &mut String, sign: char) {
    match sign {
        ' ' => text.push('␣'),
        '\n' => text.push('⏎'),
        '\t' => text.push('⇥'),
        '\'' | '"' | '\\' => text.push(sign),
        other => text.extend(other.escape_debug()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_invisible() {
        assert_eq!(visible(b" the\ncat\t"), "␣the⏎cat⇥");
        assert_eq!(
            visible("“é” e\u{301} \\'\"".as_bytes()),
            "“é”␣e\\u{301}␣\\'\""
        );
        assert_eq!(visible(b"\xe2\x82 \xff\x00"), "\\xe2\\x82␣\\xff\\0");
        assert_eq!(visible("\u{a0}\u{200d}🙂".as_bytes()), "\\u{a0}\\u{200d}🙂");
    }
}
