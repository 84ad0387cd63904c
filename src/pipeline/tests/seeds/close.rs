//! Compares texts word by word. Computers add in different orders, so the last digit of a number may be one off.

/// Returns a sentence about the first words that differ; `None` if the texts say the same, however they break lines.
pub(crate) fn difference(expected: &str, found: &str) -> Option<String> {
    let mut expected = words(expected);
    let mut found = words(found);
    loop {
        match (expected.next(), found.next()) {
            (None, None) => return None,
            (Some(a), Some(b)) if same(a, b) => (),
            (a, b) => {
                let shown = |word: Option<&str>| word.unwrap_or("the end").to_owned();
                return Some(format!("expected {}, found {}", shown(a), shown(b)));
            }
        }
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let apart = |c: char| c.is_whitespace() || c == ',';
    text.split(apart).filter(|word| !word.is_empty())
}

fn same(a: &str, b: &str) -> bool {
    a == b
        || match (decimal(a), decimal(b)) {
            (Some((a, a_digits)), Some((b, b_digits))) => {
                a_digits == b_digits && a.abs_diff(b) <= 1
            }
            _ => false,
        }
}

/// A decimal number as a count of its last digit's unit, and the number of its decimals.
fn decimal(word: &str) -> Option<(i64, usize)> {
    let (whole, decimals) = word.split_once('.')?;
    let digits = decimals.chars().all(|c| c.is_ascii_digit()) && !decimals.is_empty();
    let number = format!("{whole}{decimals}").parse().ok()?;
    digits.then_some((number, decimals.len()))
}

#[test]
fn the_last_digit_may_be_one_off_and_nothing_else() {
    for (a, b) in [
        ("0.7035", "0.7036"),
        ("-0.0001", "0.0000"),
        ("a  b\n", "a b"),
        ("0.9999", "1.0000"),
    ] {
        assert_eq!(difference(a, b), None, "{a} {b}");
    }
    for (a, b) in [
        ("0.7035", "0.7037"),
        ("0.70", "0.700"),
        ("7", "8"),
        ("1.", "2."),
        ("a", "b"),
        ("a b", "a"),
        ("a", "a 0.1"),
    ] {
        assert!(difference(a, b).is_some(), "{a} {b}");
    }
}
