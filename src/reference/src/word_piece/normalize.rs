//! The normalizer of BERT, which removes and changes characters before words are looked for.

use tch::Tensor;
use tokenizers::normalizers::{BertNormalizer, StripAccents};
use tokenizers::{NormalizedString, Normalizer};
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};

use super::cases::drawn;
use super::inputs::{is_cased, text};
use super::{normalized, normalized_by};
use crate::inputs::Inputs;
use crate::property::Property;
use crate::task::Task;
use crate::texts::of_bytes;

pub(super) fn normalize() -> Task {
    let task = Task::new("normalize", |x| {
        of_bytes(normalized(&x.text("text"), is_cased(x)))
    })
    .bytes("normalized");
    with_properties(with_mistakes(with_cases(task)))
}

fn uncased(content: &str) -> Inputs {
    text(content).with("cased", 0_i64)
}

fn with_cases(task: Task) -> Task {
    let case = |text: &'static str| move |_: &_| uncased(text);
    task.case(
        "plain",
        "capitals and one accent",
        case("The Café was NOT open."),
    )
    .case(
        "accents",
        "accents, each in one character with its letter",
        case("Où est-il? Ça, Brașov; Ångström, ñandú."),
    )
    .case(
        "apart",
        "accents that are characters of their own already",
        case("e\u{301}te\u{301} nin\u{303}o"),
    )
    .case(
        "spaces",
        "tabs, ends of lines, and spaces that are not the usual one",
        case(" one\ttwo\r\nthree\u{a0}four\u{3000}five\u{2009}six  seven\u{2028} "),
    )
    .case(
        "controls",
        "characters that show nothing, some of which Rust counts as whitespace, and U+FFFD",
        case("end\u{c}so\u{ad}ft\u{85} wi\u{200b}dth be\u{7}ll \u{feff}mark nu\u{0}ll b\u{fffd}d 👨\u{200d}👩"),
    )
    .case(
        "ideographs",
        "Chinese, Japanese and Korean, next to Latin letters",
        case("我爱Rust和東京カタカナ한국"),
    )
    .case(
        "letters",
        "capitals outside ASCII; some have no single small letter",
        case("STRASSE GROẞ İstanbul ÉCOLE ΣΟΦΊΑ ДОМ"),
    )
    .case(
        "marks",
        "Hindi: some of its vowel signs are accents by category, and others are not",
        case("हिन्दी A\u{20dd}"),
    )
    .case(
        "compatibility",
        "characters that only look like others: a ligature, a superscript, a fraction",
        case("ﬁne x² ½ Ⅷ ™"),
    )
    .case(
        "cased",
        "a cased model: capitals and accents stay, all else is the same",
        |_| text("Émile\tLOVES Zu\u{308}rich\u{200b}. 東京").with("cased", 1_i64),
    )
    .case("drawn", "30 characters, drawn at random", |random| {
        uncased(&drawn(random, 30))
    })
    .case("empty", "no text at all", case(""))
}

fn with_mistakes(task: Task) -> Task {
    let task = of_cleaning(of_accents(task));
    task.mistake("lower-case-forgotten", |x| {
        by(
            x,
            BertNormalizer::new(true, true, Some(!is_cased(x)), false),
        )
    })
    .only_in(["plain", "accents", "letters"])
    .mistake("only-ascii-lower-case", |x| {
        let text = by_text(
            x,
            BertNormalizer::new(true, true, Some(!is_cased(x)), false),
        );
        of_bytes(if is_cased(x) {
            text
        } else {
            text.to_ascii_lowercase()
        })
    })
    .mistake("casing-ignored", |x| {
        of_bytes(normalized(&x.text("text"), false))
    })
    .form("casing-ignored", "cased-in-lower-case", |x| {
        let text = normalized(&x.text("text"), is_cased(x));
        of_bytes(text.to_lowercase())
    })
    .mistake("casings-swapped", |x| {
        of_bytes(normalized(&x.text("text"), !is_cased(x)))
    })
    .only_in(["plain", "accents", "letters", "cased"])
    .mistake("cased-without-accents", |x| {
        by(x, BertNormalizer::new(true, true, Some(true), !is_cased(x)))
    })
    .mistake("ideographs-not-padded", |x| {
        by(x, BertNormalizer::new(true, false, None, !is_cased(x)))
    })
    .mistake("ideographs-padded-on-one-side", |x| {
        with_ideographs(x, |padded, c| padded.extend([c, ' ']))
    })
    .form(
        "ideographs-padded-on-one-side",
        "ideographs-padded-before",
        |x| with_ideographs(x, |padded, c| padded.extend([' ', c])),
    )
    .mistake("other-scripts-padded", |x| {
        let text = x.text("text");
        let pad = |c| match c {
            '\u{3040}'..='\u{30ff}' | '\u{ac00}'..='\u{d7af}' => format!(" {c} "),
            _ => String::from(c),
        };
        let padded: String = text.chars().map(pad).collect();
        of_bytes(normalized(&padded, is_cased(x)))
    })
}

/// Mistakes with accents.
fn of_accents(task: Task) -> Task {
    task.mistake("accents-kept", |x| {
        by(
            x,
            BertNormalizer::new(true, true, Some(false), !is_cased(x)),
        )
    })
    .only_in(["plain", "apart", "letters"])
    .mistake("accents-not-decomposed", |x| {
        with_letters(x, |text| {
            text.filter(|c| c.general_category() != GeneralCategory::NonspacingMark);
        })
    })
    .only_in(["plain", "apart", "letters"])
    .mistake("decomposed-and-kept", |x| {
        with_letters(x, |text| {
            text.nfd();
        })
    })
    .only_in(["plain", "apart", "letters"])
    .form("decomposed-and-kept", "cased-and-decomposed", |x| {
        let mut text = NormalizedString::from(normalized(&x.text("text"), is_cased(x)));
        if is_cased(x) {
            text.nfd();
        }
        of_bytes(text.get())
    })
    .mistake("all-marks-removed", |x| {
        with_letters(x, |text| {
            StripAccents
                .normalize(text.nfd())
                .expect("removing marks has no errors");
        })
    })
    .mistake("compatibility-decomposition", |x| {
        with_letters(x, |text| {
            text.nfkd()
                .filter(|c| c.general_category() != GeneralCategory::NonspacingMark);
        })
    })
    .mistake("only-ascii-kept", |x| {
        with_letters(x, |text| {
            text.nfd().filter(|c| c.is_ascii());
        })
    })
    .mistake("only-letters-kept", |x| {
        with_letters(x, |text| {
            text.nfd().filter(|c| c.is_alphanumeric() || c == ' ');
        })
    })
    .only_in(["plain", "accents", "apart", "marks"])
    .form("only-ascii-kept", "accented-letters-removed", |x| {
        with_letters(x, |text| {
            text.filter(|c| c.is_ascii());
        })
    })
    .only_in(["plain", "accents", "letters"])
}

/// Mistakes with whitespace and with characters that show nothing.
fn of_cleaning(task: Task) -> Task {
    let replaced = |x: &Inputs, replace: fn(char) -> Option<char>| {
        let text = x.text("text");
        let replaced: String = text.chars().filter_map(replace).collect();
        let normalizer = BertNormalizer::new(false, true, None, !is_cased(x));
        normalized_by(&normalizer, &replaced)
    };
    task.mistake("controls-kept", move |x| {
        of_bytes(replaced(x, |c| {
            Some(if c.is_whitespace() { ' ' } else { c })
        }))
    })
    .mistake("controls-as-spaces", move |x| {
        of_bytes(replaced(x, |c| {
            let is_space = c.is_whitespace() || is_control(c) || c == '\u{fffd}';
            Some(if is_space { ' ' } else { c })
        }))
    })
    .mistake("form-feeds-as-spaces", move |x| {
        of_bytes(replaced(x, |c| match c {
            _ if c.is_whitespace() => Some(' '),
            _ if is_control(c) || c == '\u{fffd}' => None,
            _ => Some(c),
        }))
    })
    .mistake("line-ends-removed", move |x| {
        of_bytes(replaced(x, |c| match c {
            '\u{fffd}' => None,
            _ if is_control(c) => None,
            _ => Some(if c.is_whitespace() { ' ' } else { c }),
        }))
    })
    .mistake("whitespace-kept", move |x| {
        of_bytes(replaced(x, |c| match c {
            '\t' | '\n' | '\r' => Some(c),
            _ if is_control(c) || c == '\u{fffd}' => None,
            _ => Some(c),
        }))
    })
    .mistake("only-ascii-whitespace", move |x| {
        of_bytes(replaced(x, |c| match c {
            '\t' | '\n' | '\r' => Some(' '),
            _ if is_control(c) || c == '\u{fffd}' => None,
            _ => Some(c),
        }))
    })
    .mistake("replacement-kept", move |x| {
        of_bytes(replaced(x, |c| match c {
            '\t' | '\n' | '\r' => Some(' '),
            _ if is_control(c) => None,
            _ => Some(if c.is_whitespace() { ' ' } else { c }),
        }))
    })
    .mistake("spaces-joined", |x| {
        let text = normalized(&x.text("text"), is_cased(x));
        of_bytes(text.split_whitespace().collect::<Vec<_>>().join(" "))
    })
    .form("spaces-joined", "spaces-trimmed", |x| {
        of_bytes(normalized(&x.text("text"), is_cased(x)).trim())
    })
    .form("spaces-joined", "spaces-of-ideographs-joined", |x| {
        with_ideographs(x, |padded, c| {
            if !padded.ends_with(' ') {
                padded.push(' ');
            }
            padded.extend([c, ' ']);
        })
    })
}

fn with_properties(task: Task) -> Task {
    task.property(
        Property::new(
            "twice-the-text",
            "the same text twice begins as the text does by itself",
        )
        .in_case("accents")
        .double(["text"], 0)
        .expect_same_before(["normalized"], 0, 30),
    )
}

fn is_control(c: char) -> bool {
    use GeneralCategory::{Control, Format, PrivateUse};
    matches!(c.general_category(), Control | Format | PrivateUse)
}

fn by(x: &Inputs, normalizer: BertNormalizer) -> Tensor {
    of_bytes(by_text(x, normalizer))
}

fn by_text(x: &Inputs, normalizer: BertNormalizer) -> String {
    normalized_by(&normalizer, &x.text("text"))
}

/// The text with spaces in order; for an uncased model, the accents are changed by a function before all letters become
/// lower case.
fn with_letters(x: &Inputs, change: impl Fn(&mut NormalizedString)) -> Tensor {
    let text = by_text(x, BertNormalizer::new(true, true, Some(false), false));
    if is_cased(x) {
        return of_bytes(text);
    }
    let mut text = NormalizedString::from(text);
    change(&mut text);
    text.lowercase();
    of_bytes(text.get())
}

/// The normalised text, to which a function adds each ideograph and spaces of its own.
fn with_ideographs(x: &Inputs, add: impl Fn(&mut String, char)) -> Tensor {
    let text = by_text(x, BertNormalizer::new(true, false, None, !is_cased(x)));
    let mut padded = String::new();
    for c in text.chars() {
        if ('\u{3400}'..='\u{9fff}').contains(&c) {
            add(&mut padded, c);
        } else {
            padded.push(c);
        }
    }
    of_bytes(padded)
}
