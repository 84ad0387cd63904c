//! Mathematics, typeset once, at build time.

use katex::{KatexContext, Settings};

/// A formula with more bytes than this can be so deep that KaTeX has no stack left, and no page has room for it.
const LONGEST: usize = 1000;
/// What KaTeX marks commands with that it knows and does not carry out, such as links.
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

    /// The HTML of a formula, on one line, or what is wrong with the formula.
    pub(crate) fn html(&self, tex: &str, display: bool) -> Result<String, String> {
        // Formulas do not share macros, so each gets settings of its own.
        let settings = Settings::builder()
            .display_mode(display)
            .error_color(REFUSED.to_owned())
            .build();
        if tex.len() > LONGEST {
            return Err(format!(
                "it has {} bytes, and may have {LONGEST}",
                tex.len()
            ));
        }
        match katex::render_to_string(&self.katex, tex, &settings) {
            Ok(html) if html.contains(&format!("color:{REFUSED}")) => {
                Err("links and pictures are not for formulas".to_owned())
            }
            Ok(html) => Ok(ordered(&html.replace('\n', " "))),
            Err(error) => Err(error.kind.to_string()),
        }
    }
}

/// The same HTML with the attributes of each tag sorted: KaTeX writes them in an order that is another every time, and a
/// page should change only when its lesson does.
fn ordered(html: &str) -> String {
    let mut ordered = String::with_capacity(html.len());
    for part in html.split_inclusive('>') {
        let (text, tag) = part.split_at(part.find('<').unwrap_or(part.len()));
        ordered += text;
        match tag.strip_suffix("\">").and_then(|tag| tag.split_once(' ')) {
            Some((name, attributes)) => {
                let mut attributes: Vec<&str> = attributes.split("\" ").collect();
                attributes.sort_unstable();
                ordered += &format!("{name} {}\">", attributes.join("\" "));
            }
            None => ordered += tag,
        }
    }
    ordered
}

/// HTML that means the same after it has gone through Markdown: between its tags, whatever Markdown could take for
/// markup is written as a character reference.
pub(crate) fn inert(html: &str) -> String {
    let mut inert = String::with_capacity(2 * html.len());
    let mut in_tag = false;
    for c in html.chars() {
        match c {
            '<' => in_tag = true,
            '>' => in_tag = false,
            _ => {}
        }
        if !in_tag && r#"\*_`[]~|"'-.$!{}:#"#.contains(c) {
            inert += &format!("&#{};", u32::from(c));
        } else {
            inert.push(c);
        }
    }
    inert
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_made_inert_and_tags_are_kept() {
        assert_eq!(
            inert(r#"<a b="c_d">x_1 - y</a>"#),
            r#"<a b="c_d">x&#95;1 &#45; y</a>"#
        );
    }

    #[test]
    fn attributes_come_in_one_order() {
        assert_eq!(
            ordered(r#"a<m c="1" b="2 3">x <i>"#),
            r#"a<m b="2 3" c="1">x <i>"#
        );
        assert_eq!(ordered(r#"<br><p x="">y"#), r#"<br><p x="">y"#);
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
        let deep = format!("{}{}", "{".repeat(LONGEST), "}".repeat(LONGEST));
        assert!(Math::new().html(&deep, false).is_err());
    }
}
