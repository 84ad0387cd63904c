//! Mathematics, typeset once, at build time.

use katex::{KatexContext, Settings};

/// Typesets formulas; the tables that it needs are made once.
pub(crate) struct Math {
    katex: KatexContext,
}

impl Math {
    pub(crate) fn new() -> Self {
        Self { katex: KatexContext::default() }
    }

    /// The HTML of a formula, on one line, or what is wrong with the formula.
    pub(crate) fn html(&self, tex: &str, display: bool) -> Result<String, String> {
        // Formulas do not share macros, so each gets settings of its own.
        let settings = Settings::builder().display_mode(display).build();
        match katex::render_to_string(&self.katex, tex, &settings) {
            Ok(html) => Ok(html.replace('\n', " ")),
            Err(error) => Err(error.kind.to_string()),
        }
    }
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
        assert_eq!(inert(r#"<a b="c_d">x_1 - y</a>"#), r#"<a b="c_d">x&#95;1 &#45; y</a>"#);
    }

    #[test]
    fn a_broken_formula_is_an_error() {
        assert!(Math::new().html(r"\frac{1", false).is_err());
        assert!(Math::new().html(r"\undefined", false).is_err());
    }
}
