//! `--digits`: which digits of the data set.

use std::ops::Range;
use std::str::FromStr;

use attentive_models::digits::LEARNED;

use crate::error::PipelineError;

/// The word for all digits that the course's own model did not learn from.
const HELD_OUT: &str = "held-out";

/// Digits by their numbers, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DigitRange {
    start: usize,
    /// The end, which is not one of them; `None` for the end of the data set.
    end: Option<usize>,
}

impl FromStr for DigitRange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == HELD_OUT {
            return Ok(Self {
                start: LEARNED,
                end: None,
            });
        }
        let number = |text: &str| text.parse::<usize>().ok();
        let found = match text.split_once("..") {
            None => number(text).map(|start| (start, start.checked_add(1))),
            Some((start, "")) => number(start).map(|start| (start, None)),
            Some((start, end)) => number(start)
                .zip(number(end))
                .map(|(start, end)| (start, Some(end))),
        };
        let found = found.filter(|(start, end)| end.is_none_or(|end| end > *start));
        let (start, end) = found.ok_or_else(|| {
            format!(
                "expected {HELD_OUT}, a number, or a range such as {LEARNED}..{}",
                LEARNED + 10
            )
        })?;
        Ok(Self { start, end })
    }
}

impl DigitRange {
    /// The numbers, of a data set that has so many digits.
    ///
    /// # Errors
    /// When it does not have them all.
    pub(crate) fn within(self, count: usize) -> Result<Range<usize>, PipelineError> {
        let end = self.end.unwrap_or(count);
        if self.start < end && end <= count {
            return Ok(self.start..end);
        }
        let last = end.saturating_sub(1).max(self.start);
        Err(PipelineError::Option {
            option: "--digits",
            expected: format!("to be numbers below {count}, from 0"),
            found: last.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn within(text: &str) -> Option<Range<usize>> {
        text.parse::<DigitRange>().ok()?.within(1797).ok()
    }

    #[test]
    fn a_range_is_without_its_end() {
        for (text, expected) in [
            ("0", Some(0..1)),
            ("1500..1502", Some(1500..1502)),
            ("1790..", Some(1790..1797)),
            ("held-out", Some(1500..1797)),
            ("1796..1798", None),
            ("1797", None),
            ("1797..", None),
            ("5..5", None),
            ("..5", None),
            ("-1", None),
            ("18446744073709551615", None),
            ("all", None),
        ] {
            assert_eq!(within(text), expected, "{text}");
        }
    }
}
