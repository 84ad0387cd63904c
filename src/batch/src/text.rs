//! Sanitizing and escaping of text that came from a submission.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// The most characters of one message.
const MAX_CHARS: usize = 8_000;

/// Replaces every character that a terminal, a browser or a spreadsheet could take for a command or use to rearrange a
/// line: control characters (but for newlines and tabs), marks of direction, and characters that XML excludes. Cuts long
/// text.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::new();
    for c in text.chars().take(MAX_CHARS) {
        let is_harmless = matches!(c, '\n' | '\t') || !is_unseen(c);
        plain.push(if is_harmless { c } else { '\u{fffd}' });
    }
    if text.chars().nth(MAX_CHARS).is_some() {
        plain.push_str(" […]");
    }
    plain
}

/// Returns `true` for a character that does something instead of being seen.
fn is_unseen(c: char) -> bool {
    // The two joiners between U+200B and U+200E are no such: names in Persian and Hindi are written with them.
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e007f}')
}

/// Writes every character of JSON that a terminal could take for a command as an escape; the value stays the same.
pub(crate) fn json_for_terminal(json: &str) -> String {
    let mut shown = String::with_capacity(json.len());
    for c in json.chars() {
        if c == '\n' || !is_unseen(c) {
            shown.push(c);
        } else {
            c.encode_utf16(&mut [0; 2])
                .iter()
                .for_each(|unit| shown.push_str(&format!("\\u{unit:04x}")));
        }
    }
    shown
}

/// Sanitizes text, and puts it into one line.
pub(crate) fn line(text: &str) -> String {
    plain(text).replace(['\n', '\t'], " ")
}

/// Converts a file's name to text. Bytes that are no UTF-8 are escaped.
pub(crate) fn from_os(name: &OsStr) -> String {
    let mut text = String::new();
    for chunk in name.as_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02X}"));
        }
    }
    text
}

/// Turns any name into the name of a file, injectively. The result is never `index`, which is the class's page.
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

/// Percent-encodes every byte that could end or change a URL.
pub(crate) fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_./:=(),".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn no_command_is_left_in_a_text() {
        assert_eq!(
            plain("a\u{1b}[31mb\u{202e}c\r\n\td"),
            "a\u{fffd}[31mb\u{fffd}c\u{fffd}\n\td"
        );
        assert_eq!(
            plain("tag\u{e0041} mark\u{61c} no character\u{ffff}"),
            "tag\u{fffd} mark\u{fffd} no character\u{fffd}"
        );
        assert_eq!(plain("علی\u{200c}رضا"), "علی\u{200c}رضا");
        assert!(plain(&"x".repeat(100_000)).len() < 10_000);
    }

    #[test]
    fn json_for_a_terminal_says_the_same() {
        let text = "\u{9b}31m \u{202e} \u{e0041} é\n";
        let json = serde_json::to_string(text).expect("it is text");
        let shown = json_for_terminal(&json);
        assert_eq!(shown, r#""\u009b31m \u202e \udb40\udc41 é\n""#);
        assert_eq!(
            serde_json::from_str::<String>(&shown).expect("it is JSON"),
            text
        );
    }

    #[test]
    fn every_name_has_a_file_name_of_its_own() {
        assert_eq!(file_name("Zoë,\n=1"), "Zo~C3~AB~2C~0A~3D1");
        assert_eq!(file_name(".."), "~2E.");
        assert_eq!(file_name("a/../b"), "a~2F..~2Fb");
        assert_ne!(file_name(&"x".repeat(500)), file_name(&"x".repeat(501)));
        assert_eq!(file_name("index"), "~69ndex");
        let (one, other) = (
            from_os(OsStr::from_bytes(b"a\xff")),
            from_os(OsStr::from_bytes(b"a\xfe")),
        );
        assert_eq!((one.as_str(), other.as_str()), ("a\\xFF", "a\\xFE"));
    }

    proptest! {
        #[test]
        fn sanitized_text_has_no_command_and_stays_as_it_is(text in any::<String>()) {
            let once = plain(&text);
            prop_assert!(!once.chars().any(|c| is_unseen(c) && c != '\n' && c != '\t'));
            prop_assert_eq!(plain(&once), once.clone());
            prop_assert!(once.chars().count() <= MAX_CHARS + 4);
        }

        #[test]
        fn escaped_json_has_the_same_value(text in any::<String>()) {
            let json = serde_json::to_string(&text).expect("it is text");
            let escaped = json_for_terminal(&json);
            prop_assert!(!escaped.chars().any(|c| is_unseen(c) && c != '\n'));
            prop_assert_eq!(serde_json::from_str::<String>(&escaped).expect("it is JSON"), text);
        }

        #[test]
        fn file_names_are_harmless_and_differ(one in any::<String>(), other in any::<String>()) {
            let name = file_name(&one);
            prop_assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_@.~".contains(&byte)));
            prop_assert!(!name.starts_with('.') && !name.is_empty() && name.len() <= 120);
            prop_assert_eq!(one == other, name == file_name(&other));
        }

        #[test]
        fn percent_encoding_can_be_undone(text in any::<String>()) {
            let encoded = percent_encode(&text);
            prop_assert!(encoded.is_ascii() && !encoded.contains(['"', '\'', '<', '&', '#', '?', ' ']));
            let mut bytes = Vec::new();
            let mut rest = encoded.as_bytes();
            while let [first, tail @ ..] = rest {
                rest = tail;
                if *first == b'%' {
                    let digits = std::str::from_utf8(&tail[..2]).expect("two digits");
                    bytes.push(u8::from_str_radix(digits, 16).expect("two digits"));
                    rest = &tail[2..];
                } else {
                    bytes.push(*first);
                }
            }
            prop_assert_eq!(bytes, text.into_bytes());
        }
    }
}
