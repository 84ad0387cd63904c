//! Text that came from a submission, made harmless before anybody reads it.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::str::Utf8Chunk;

/// The most characters of one message that are kept.
const LONGEST: usize = 8_000;

/// Text without what a terminal, a browser or a spreadsheet could take for a command or use to rearrange a line:
/// control characters (but for newlines and tabs), marks of direction, and what XML has no place for. Long text is cut.
pub(crate) fn plain(text: &str) -> String {
    // The two joiners between U+200B and U+200E stay: names in Persian and Hindi are written with them.
    let is_unseen = |c: char| {
        matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e007f}')
    };
    let harmless = |c: char| match c {
        '\n' | '\t' => c,
        c if c.is_control() || is_unseen(c) => '\u{fffd}',
        c => c,
    };
    let mut plain: String = text.chars().take(LONGEST).map(harmless).collect();
    if text.chars().nth(LONGEST).is_some() {
        plain.push_str(" […]");
    }
    plain
}

/// The same in one line.
pub(crate) fn line(text: &str) -> String {
    plain(text).replace(['\n', '\t'], " ")
}

/// What a file is called, as text; no two names become the same, though not every name is text.
pub(crate) fn from_os(name: &OsStr) -> String {
    let chunk = |chunk: Utf8Chunk<'_>| {
        let invalid: String = chunk.invalid().iter().map(|byte| format!("\\x{byte:02X}")).collect();
        chunk.valid().to_owned() + &invalid
    };
    name.as_bytes().utf8_chunks().map(chunk).collect()
}

/// A name for a file that any name can be turned into, and no two into the same. It is never `index`: that is the
/// class's page.
pub(crate) fn file_name(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_@".contains(&byte);
    let mut name = String::new();
    for (nth, byte) in text.bytes().enumerate() {
        // A dot in front would hide the file, or lead out of the folder.
        if (is_plain(byte) && !(nth == 0 && text == "index")) || (byte == b'.' && nth > 0) {
            name.push(char::from(byte));
        } else {
            // No `%`: a link to the file would have to say `%25`.
            name.push_str(&format!("~{byte:02X}"));
        }
    }
    if name.len() > 120 || name.is_empty() {
        name.truncate(80);
        name.push_str(&format!("~~{}", crate::hash::Hash::new().part(text).text()));
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_command_is_left_in_a_text() {
        assert_eq!(plain("a\u{1b}[31mb\u{202e}c\r\n\td"), "a\u{fffd}[31mb\u{fffd}c\u{fffd}\n\td");
        assert_eq!(
            plain("tag\u{e0041} mark\u{61c} no character\u{ffff}"),
            "tag\u{fffd} mark\u{fffd} no character\u{fffd}"
        );
        assert_eq!(plain("علی\u{200c}رضا"), "علی\u{200c}رضا");
        assert!(plain(&"x".repeat(100_000)).len() < 10_000);
    }

    #[test]
    fn every_name_has_a_file_name_of_its_own() {
        assert_eq!(file_name("Zoë,\n=1"), "Zo~C3~AB~2C~0A~3D1");
        assert_eq!(file_name(".."), "~2E.");
        assert_eq!(file_name("a/../b"), "a~2F..~2Fb");
        assert_ne!(file_name(&"x".repeat(500)), file_name(&"x".repeat(501)));
        assert_eq!(file_name("index"), "~69ndex");
        let (one, other) = (from_os(OsStr::from_bytes(b"a\xff")), from_os(OsStr::from_bytes(b"a\xfe")));
        assert_eq!((one.as_str(), other.as_str()), ("a\\xFF", "a\\xFE"));
    }
}
