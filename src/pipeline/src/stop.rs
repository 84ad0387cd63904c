//! Stop strings: texts before each of which an answer ends.

use attentive_models::Tokenizer;

use crate::error::PipelineError;

/// The stop strings of a model and of the command line.
#[derive(Debug, Clone, Default)]
pub(crate) struct StopStrings(Vec<String>);

/// The stop strings of the command line, as they can be looked for: special tokens are in no text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Those to be looked for in the text.
    pub(crate) texts: Vec<String>,
    /// Those that are special tokens.
    pub(crate) tokens: Vec<usize>,
}

impl Asked {
    /// Tells texts and special tokens apart. Without a tokenizer, there are no special tokens.
    ///
    /// # Errors
    /// When a stop string has more than a special token: it would never come.
    pub(crate) fn new(
        asked: &[String],
        tokenizer: Option<&Tokenizer>,
    ) -> Result<Self, PipelineError> {
        let mut sorted = Self::default();
        for stop in asked {
            match tokenizer.and_then(|tokenizer| tokenizer.special_id(stop)) {
                Some(token) => sorted.tokens.push(token),
                None => sorted.texts.push(stop.clone()),
            }
        }
        for stop in &sorted.texts {
            if let Some(token) = tokenizer.and_then(|it| it.special_token_in(stop)) {
                return Err(PipelineError::Option {
                    option: "--stop",
                    expected: "a text without special tokens, or one special token alone"
                        .to_owned(),
                    found: format!("{stop:?}, which has more than `{token}`"),
                });
            }
        }
        Ok(sorted)
    }
}

impl StopStrings {
    /// Puts those of the model and those that were asked for together.
    ///
    /// # Errors
    /// When one that was asked for is empty: every text has it.
    pub(crate) fn new(of_model: &[String], asked: &[String]) -> Result<Self, PipelineError> {
        if asked.iter().any(String::is_empty) {
            return Err(PipelineError::Option {
                option: "--stop",
                expected: "a text".to_owned(),
                found: "an empty one".to_owned(),
            });
        }
        let of_model = of_model.iter().filter(|stop| !stop.is_empty());
        Ok(Self(of_model.chain(asked).cloned().collect()))
    }

    /// Returns `true` if there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The byte at which the first stop string of a text begins.
    pub(crate) fn find(&self, text: &str) -> Option<usize> {
        self.0.iter().filter_map(|stop| text.find(stop)).min()
    }

    /// The text without an end with which a stop string may have begun. It is shown once it is known not to be one. A
    /// character at the end that has not come whole, and is U+FFFD meanwhile, may be the next of the stop string.
    pub(crate) fn settled<'a>(&self, text: &'a str) -> &'a str {
        let text = text.trim_end_matches(char::REPLACEMENT_CHARACTER);
        let begun = self.0.iter().map(|stop| begun(text, stop)).max();
        &text[..text.len() - begun.unwrap_or(0)]
    }
}

/// The number of bytes of the longest end of a text with which a stop string begins.
fn begun(text: &str, stop: &str) -> usize {
    let beginnings = stop.char_indices().map(|(end, _)| &stop[..end]).rev();
    let mut found = beginnings.filter(|beginning| text.ends_with(beginning));
    found.next().map_or(0, str::len)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stops(texts: &[&str]) -> StopStrings {
        let texts: Vec<String> = texts.iter().map(|&text| text.to_owned()).collect();
        StopStrings::new(&[], &texts).expect("none is empty")
    }

    #[test]
    fn the_first_of_all_stop_strings_ends_a_text() {
        let stops = stops(&["User:", "\n\n"]);
        assert_eq!(stops.find("Yes.\n\nUser: why?"), Some(4));
        assert_eq!(stops.find("Yes.\nUser: why?"), Some(5));
        assert_eq!(stops.find("Yes."), None);
        assert_eq!(StopStrings::default().find("Yes."), None);
    }

    #[test]
    fn what_may_be_the_beginning_of_one_is_not_shown_yet() {
        let stops = stops(&["<end>", "<é>", "aab"]);
        for (text, shown) in [
            ("Yes.", "Yes."),
            ("Yes.<", "Yes."),
            ("Yes.<en", "Yes."),
            ("Yes.<es", "Yes.<es"),
            ("Yes.<é", "Yes."),
            ("Yes.<\u{FFFD}", "Yes."),
            ("Yes.\u{FFFD}\u{FFFD}", "Yes."),
            ("aaa", "a"),
            ("", ""),
        ] {
            assert_eq!(stops.settled(text), shown);
        }
        assert_eq!(StopStrings::default().settled("Yes.<"), "Yes.<");
    }

    #[test]
    fn an_empty_one_would_end_every_text() {
        let error = StopStrings::new(&[], &[String::new()]).expect_err("it is empty");
        assert_eq!(
            error.to_string(),
            "expected --stop a text, found an empty one"
        );
        let of_model = [String::new()];
        let none = StopStrings::new(&of_model, &[]).expect("a model's is left out");
        assert_eq!(none.find("a"), None);
    }
}
