//! Typesets mathematics at build time.

use katex::{KatexContext, Settings};

/// Most bytes of a formula. Longer ones can be nested so deeply that KaTeX has no stack left, and fit on no page.
const MAX_BYTES: usize = 1000;
/// Colour by which KaTeX marks the commands that it refuses, such as links.
const REFUSED: &str = "refused";

/// Typesets formulas; the tables that it needs are made once.
pub(crate) struct Math {
    katex: KatexContext,
}

impl Math {
    pub(crate) fn new() -> Self {
        Self {
            katex: KatexContext::default(),
        }
    }

    /// Converts a formula to HTML on one line. An error is the reason why it cannot be typeset.
    pub(crate) fn html(&self, tex: &str, display: bool) -> Result<String, String> {
        // Formulas do not share macros, so each gets settings of its own.
        let settings = Settings::builder()
            .display_mode(display)
            .error_color(REFUSED.to_owned())
            .build();
        if tex.len() > MAX_BYTES {
            return Err(format!(
                "it has {} bytes, and may have {MAX_BYTES}",
                tex.len()
            ));
        }
        if has_bare_root(tex) {
            return Err(r"what is below a root needs braces, as in \sqrt{2}".to_owned());
        }
        match katex::render_to_string(&self.katex, tex, &settings) {
            Ok(html) if html.contains(&format!("color:{REFUSED}")) => {
                Err("links and pictures are not for formulas".to_owned())
            }
            Ok(html) => Ok(sort_attributes(&html.replace('\n', " "))),
            Err(error) => Err(error.kind.to_string()),
        }
    }
}

/// Returns `true` if the braces of a root are missing. KaTeX in Rust takes `\sqrt 2`, and draws the number on top of the sign.
fn has_bare_root(tex: &str) -> bool {
    let tex: Vec<&str> = tex.lines().map(without_comment).collect();
    let tex = tex.join("\n");
    let mut rest = tex.as_str();
    while let Some((_, command)) = rest.split_once('\\') {
        let end = command.find(|sign: char| !sign.is_ascii_alphabetic());
        let (name, after) = command.split_at(end.unwrap_or(command.len()));
        if name == "sqrt" && !after.trim_ascii_start().starts_with(['{', '[']) {
            return true;
        }
        // Any other sign is a command of its own: `\\sqrt` is a line break and a word.
        let sign = after.chars().next().filter(|_| name.is_empty());
        rest = &after[sign.map_or(0, char::len_utf8)..];
    }
    false
}

/// The part of a line before its comment: `%` begins one, and `\%` does not.
fn without_comment(line: &str) -> &str {
    let mut is_escaped = false;
    let comment = line.find(|sign| {
        let begins = sign == '%' && !is_escaped;
        is_escaped = sign == '\\' && !is_escaped;
        begins
    });
    &line[..comment.unwrap_or(line.len())]
}

/// Sorts the attributes of each tag: KaTeX writes them in a different order every time, and a page should change only
/// when its lesson does.
fn sort_attributes(html: &str) -> String {
    let mut sorted = String::with_capacity(html.len());
    for part in html.split_inclusive('>') {
        let (text, tag) = part.split_at(part.find('<').unwrap_or(part.len()));
        sorted += text;
        match tag.strip_suffix("\">").and_then(|tag| tag.split_once(' ')) {
            Some((name, attributes)) => {
                let mut attributes: Vec<&str> = attributes.split("\" ").collect();
                attributes.sort_unstable();
                sorted += &format!("{name} {}\">", attributes.join("\" "));
            }
            None => sorted += tag,
        }
    }
    sorted
}

/// Protects HTML from Markdown: between its tags, each character that Markdown could take for markup becomes a
/// character reference.
pub(crate) fn escape_markdown(html: &str) -> String {
    let mut escaped = String::with_capacity(2 * html.len());
    let mut in_tag = false;
    for c in html.chars() {
        match c {
            '<' => in_tag = true,
            '>' => in_tag = false,
            _ => {}
        }
        if !in_tag && r#"\*_`[]~|"'-.$!{}:#"#.contains(c) {
            escaped += &format!("&#{};", u32::from(c));
        } else {
            escaped.push(c);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    thread_local! {
        static MATH: Math = Math::new();
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn any_formula_is_typeset_on_one_line_or_refused(
            tex in r"(\\(frac|sqrt|text|top|begin|end|left|right|[a-z]{1,4})|[{}_^&a-c0-9 ()\[\].,]){0,24}|\PC{0,40}",
            display: bool,
        ) {
            if let Ok(html) = MATH.with(|math| math.html(&tex, display)) {
                prop_assert!(!html.contains('\n'));
                prop_assert_eq!(sort_attributes(&html), html);
            }
        }

        #[test]
        fn escaping_is_undone_by_reading_the_references(html in r"(<[a-z]+>|[*_`a-c.$#]){0,30}") {
            let escaped = escape_markdown(&html);
            let mut text = escaped.clone();
            for c in r#"\*_`[]~|"'-.$!{}:#"#.chars() {
                text = text.replace(&format!("&#{};", u32::from(c)), &c.to_string());
            }
            prop_assert_eq!(text, html);
            prop_assert!(!escaped.contains(['*', '_', '`', '$']));
        }
    }

    #[test]
    fn text_is_escaped_and_tags_are_kept() {
        assert_eq!(
            escape_markdown(r#"<a b="c_d">x_1 - y</a>"#),
            r#"<a b="c_d">x&#95;1 &#45; y</a>"#
        );
    }

    #[test]
    fn attributes_come_in_one_order() {
        assert_eq!(
            sort_attributes(r#"a<m c="1" b="2 3">x <i>"#),
            r#"a<m b="2 3" c="1">x <i>"#
        );
        assert_eq!(sort_attributes(r#"<br><p x="">y"#), r#"<br><p x="">y"#);
    }

    #[test]
    fn a_root_has_braces() {
        let math = Math::new();
        for tex in [
            r"\sqrt{2}",
            r"\sqrt {d_k}",
            r"\sqrt[3]{2}",
            r"\frac12",
            "\\sqrt % of two\n {2}",
            "\\sqrt{2} % not \\alpha \\sqrt 2",
            r"\begin{matrix} a \\sqrt 2 \end{matrix}",
        ] {
            assert!(math.html(tex, false).is_ok(), "{tex}");
        }
        for tex in [
            r"\sqrt2",
            r"\sqrt 2",
            r"\sqrt{2} \cdot \sqrt\varepsilon",
            r"\\\sqrt 2",
            r"50\% \sqrt 2",
            "\\sqrt\u{a0}{2}",
        ] {
            let error = math.html(tex, false).expect_err(tex);
            assert!(error.contains("braces"), "{error}");
        }
    }

    #[test]
    fn a_broken_formula_is_an_error() {
        assert!(Math::new().html(r"\frac{1", false).is_err());
        assert!(Math::new().html(r"\undefined", false).is_err());
        assert!(
            Math::new()
                .html(r"\href{javascript:alert(1)}{x}", false)
                .is_err()
        );
        let deep = format!("{}{}", "{".repeat(MAX_BYTES), "}".repeat(MAX_BYTES));
        assert!(Math::new().html(&deep, false).is_err());
    }
}
