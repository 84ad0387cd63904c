//! Numbers as people write them.

use crate::{Kind, Question};

impl Question {
    /// Returns the number that a text stands for as an answer to this question; `None` if it is not a number.
    ///
    /// A comma may separate decimals (0,25) or thousands (6,000). Where a text can be read in several ways, the reading
    /// that is right counts. A percent sign divides by 100 if the answer is a share, that is, between −1 and 1; otherwise
    /// it is a unit like any other, and is left out. The book's script reads numbers by the same rule.
    pub fn read_number(&self, text: &str) -> Option<f64> {
        let Kind::Number {
            answer, tolerance, ..
        } = self.kind
        else {
            return None;
        };
        let readings = readings(text, answer);
        let right = readings
            .iter()
            .find(|&&number| (number - answer).abs() <= tolerance);
        right.or(readings.first()).copied()
    }
}

/// Lists the numbers that a text may stand for where the right number is `answer`.
fn readings(text: &str, answer: f64) -> Vec<f64> {
    // The book's minus is the typographer's.
    let text = text.replace('−', "-");
    let digits: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && !"_'’".contains(*c))
        .collect();
    let (digits, divisor) = match digits.strip_suffix('%') {
        Some(digits) if answer.abs() <= 1.0 => (digits, 100.0),
        Some(digits) => (digits, 1.0),
        None => (digits.as_str(), 1.0),
    };
    let mut texts = vec![digits.replacen(',', ".", 1)];
    if has_thousands(digits) {
        texts.push(digits.replace(',', ""));
    }
    let mut numbers = Vec::new();
    for text in texts {
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => numbers.push(number / divisor),
            _ => {}
        }
    }
    numbers
}

/// Returns `true` if each comma before the decimals is followed by three digits.
fn has_thousands(digits: &str) -> bool {
    let whole = digits.split('.').next().unwrap_or_default();
    whole.split(',').skip(1).all(|group| group.len() == 3)
}
