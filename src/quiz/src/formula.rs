//! Formulas in plain letters: the part of TeX that the course uses within its lines.

use std::iter::Peekable;
use std::str::Chars;

/// Replaces the formulas `$…$` of a text by plain letters, for terminals and for the index of a search.
///
/// ```
/// assert_eq!(attentive_quiz::plain_text(r"divided by $\sqrt{d_k}$"), "divided by √d_k");
/// ```
pub fn plain_text(text: &str) -> String {
    let parts: Vec<&str> = text.split('$').collect();
    if parts.len().is_multiple_of(2) {
        return text.to_owned(); // a dollar without its partner is a dollar
    }
    let mut out = String::new();
    for (nth, part) in parts.iter().enumerate() {
        if nth % 2 == 1 {
            out += &sequence(&mut part.chars().peekable());
        } else {
            out += part;
        }
    }
    out
}

/// Reads up to the end or through the next closing brace.
fn sequence(input: &mut Peekable<Chars<'_>>) -> String {
    let mut out = String::new();
    while let Some(c) = input.next() {
        match c {
            '}' => break,
            '{' => out += &sequence(input),
            '\\' => out += &command(input),
            '^' => out += &power(&argument(input)),
            '_' => out += &format!("_{}", argument(input)),
            other => out.push(other),
        }
    }
    out
}

/// Reads the argument of `^`, `_` or a command: a group, a command or one character.
fn argument(input: &mut Peekable<Chars<'_>>) -> String {
    while input.next_if(|c| *c == ' ').is_some() {}
    match input.next() {
        Some('{') => sequence(input),
        Some('\\') => command(input),
        Some(c) => c.to_string(),
        None => String::new(),
    }
}

/// Reads a command after its backslash.
fn command(input: &mut Peekable<Chars<'_>>) -> String {
    let mut name = String::new();
    while let Some(letter) = input.next_if(char::is_ascii_alphabetic) {
        name.push(letter);
    }
    match name.as_str() {
        "" => match input.next() {
            Some(',' | ';' | ' ') => " ".to_owned(),
            Some('!') | None => String::new(),
            Some(other) => other.to_string(),
        },
        "text" | "mathrm" | "operatorname" | "mathbf" => argument(input),
        "sqrt" => format!("√{}", grouped(&argument(input))),
        "frac" | "tfrac" | "dfrac" => {
            let above = grouped(&argument(input));
            format!("{above}/{}", grouped(&argument(input)))
        }
        "top" => "ᵀ".to_owned(),
        "cdot" => "·".to_owned(),
        "times" => "×".to_owned(),
        "infty" => "∞".to_owned(),
        "le" | "leq" => "≤".to_owned(),
        "ge" | "geq" => "≥".to_owned(),
        "approx" => "≈".to_owned(),
        "dots" | "ldots" | "cdots" => "…".to_owned(),
        "left" | "right" => String::new(),
        // The names of log, max, softmax and the Greek letters are readable as they are.
        _ => name,
    }
}

/// Puts a text in parentheses unless it is a single word or number.
fn grouped(text: &str) -> String {
    if text.chars().all(|c| c.is_alphanumeric() || c == '_') {
        text.to_owned()
    } else {
        format!("({text})")
    }
}

/// Writes an exponent in raised characters, or after `^` where Unicode has none.
fn power(text: &str) -> String {
    match text.chars().map(superscript).collect::<Option<String>>() {
        Some(raised) => raised,
        None => format!("^{}", grouped(text)),
    }
}

fn superscript(c: char) -> Option<char> {
    const PLAIN: &str = "0123456789-nTᵀ";
    const RAISED: &str = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻ⁿᵀᵀ";
    let position = PLAIN.chars().position(|plain| plain == c)?;
    RAISED.chars().nth(position)
}

#[cfg(test)]
mod tests {
    use super::plain_text;

    #[test]
    fn formulas_are_readable() {
        let formulas = [
            (r"each has $d_\text{model}/h$", "each has d_model/h"),
            (
                r"$\max(0, xW_1 + b_1)W_2 + b_2$",
                "max(0, xW_1 + b_1)W_2 + b_2",
            ),
            (r"$O(n^2 d)$ or $n \log n$", "O(n² d) or n log n"),
            (r"$1 + f'(x)$", "1 + f'(x)"),
            (r"$\frac{QK^\top}{\sqrt{d_k}}$", "QKᵀ/(√d_k)"),
            (
                r"$\sqrt{d_k + 1}$, $e^{x_i}$, $10^{-9}$",
                "√(d_k + 1), e^x_i, 10⁻⁹",
            ),
            ("a price of 5$", "a price of 5$"),
            (r"$\frac{1$ and $\sqrt$", "1/ and √"),
        ];
        for (tex, text) in formulas {
            assert_eq!(plain_text(tex), text);
        }
    }
}
