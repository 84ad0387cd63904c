//! The right numbers and the wrong ones, as two tables side by side.

use attentive_grader::Finding;
use ndarray::{Array2, Axis};

use super::example::{Example, informative_pattern};
use super::prose::{be, prose};
use super::reading;
use super::window::Window;
use crate::figures::{LEGEND, short};
use crate::markdown::escape;

/// Returns the figure's HTML, on one line; `what` is a sentence that describes the mistake.
pub(super) fn picture(example: &Example, what: &str) -> String {
    let finding = &example.finding;
    if let Some((got, expected)) = finding.items() {
        return reading::picture(example, what, &got, &expected);
    }
    let window = Window::around_largest_difference(finding);
    let (right, wrong) = (window.part(&finding.expected), window.part(&finding.got));
    let cell = CellFormat::new(finding, &right, &wrong);
    let legend = if right.iter().chain(&wrong).any(|&number| number < 0.0) {
        LEGEND
    } else {
        ""
    };
    format!(
        "<figure class=\"mistake\"><div class=\"panels\">{}{}</div>{legend}<figcaption>{} {} <code>{}</code>{} of the case \
         “{}” ({}). What differs is in bold.</figcaption></figure>",
        cell.table("right", &right, |at, _| wrong.get(at).is_none()),
        cell.table("with this mistake", &wrong, |at, text| {
            right.get(at).is_none_or(|&right| cell.text(right) != text)
        }),
        prose(what),
        prose(&remark(finding)),
        escape(&finding.output),
        escape(&window.names(finding)),
        escape(&example.case),
        prose(&example.purpose),
    )
}

/// Describes all numbers of the output, not only those that are shown.
fn remark(finding: &Finding) -> String {
    let Some(comparison) = &finding.comparison else {
        let [got, right] =
            [&finding.got, &finding.expected].map(|array| format!("{:?}", array.shape()));
        let said = format!("Its shape is {got} where {right} is expected.")
            .replace('[', "(")
            .replace(']', ")");
        return match finding.patterns.first() {
            Some(pattern) => format!("{said} {}", sentence(&pattern.to_string())),
            None => said,
        };
    };
    let (all, wrong) = (comparison.wrong.len(), comparison.count());
    if comparison.not_finite > 0 && all == 1 {
        return "The number is NaN or infinite where a finite one is expected.".to_owned();
    }
    if comparison.not_finite > 0 {
        return format!(
            "{} of {} entries {} NaN or infinite where a finite number is expected.",
            comparison.not_finite,
            finding.got.len(),
            be(comparison.not_finite),
        );
    }
    let said = match informative_pattern(finding) {
        Some(pattern) => sentence(&pattern.to_string()),
        None if wrong == all && all == 1 => "The number is wrong.".to_owned(),
        None if wrong == all => format!("All {all} entries are wrong."),
        None => format!("Of {all} entries, {wrong} {} wrong.", be(wrong)),
    };
    [said]
        .into_iter()
        .chain(sums(finding))
        .collect::<Vec<_>>()
        .join(" ")
}

/// Makes a sentence of a phrase.
fn sentence(phrase: &str) -> String {
    let mut letters = phrase.chars();
    let first = letters
        .next()
        .map(|first| first.to_uppercase().to_string())
        .unwrap_or_default();
    let end = if phrase.ends_with('…') { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

/// Describes weights whose rows do not add up to 1 any more.
fn sums(finding: &Finding) -> Option<String> {
    let axis = Axis(finding.expected.ndim().checked_sub(1)?);
    let (right, wrong) = (finding.expected.sum_axis(axis), finding.got.sum_axis(axis));
    let one_or_none = |sum: &f32| (sum - sum.round()).abs() < 1e-3;
    let were_one = finding.output.contains("weights") && right.iter().all(one_or_none);
    let far = right
        .iter()
        .zip(&wrong)
        .any(|(right, wrong)| (right - wrong).abs() > 0.01);
    let shown: Vec<String> = wrong.iter().take(3).map(|&sum| short(sum)).collect();
    let end = if wrong.len() > shown.len() {
        ", …"
    } else {
        "."
    };
    (were_one && far).then(|| format!("Its rows add up to {}{end}", shown.join(", ")))
}

/// Digits that numbers are shown with.
#[derive(Clone, Copy)]
enum Digits {
    /// Two decimals; fewer in large numbers.
    Short,
    FourDecimals,
    /// Three digits and a power of ten.
    Powers,
}

impl Digits {
    /// Chooses the fewest in which numbers at one place are not all alike.
    fn to_tell_apart(right: &Array2<f32>, wrong: &Array2<f32>) -> Self {
        if right.dim() != wrong.dim() {
            return Self::Short;
        }
        let tell = |digits: &Self| {
            let mut pairs = right.iter().zip(wrong);
            pairs.any(|(&right, &wrong)| digits.text(right) != digits.text(wrong))
        };
        let fewest = [Self::Short, Self::FourDecimals].into_iter().find(tell);
        fewest.unwrap_or(Self::Powers)
    }

    fn text(self, number: f32) -> String {
        match self {
            Self::Short => short(number),
            Self::FourDecimals => format!("{number:.4}").replace('-', "−"),
            Self::Powers => format!("{number:.2e}").replace('-', "−"),
        }
    }
}

/// Formats the numbers of both tables.
struct CellFormat {
    /// Largest right number, which is darkest.
    largest: f32,
    /// `true` if all numbers are whole: truth values and symbols.
    whole: bool,
    /// Fewest digits in which a difference shows.
    digits: Digits,
    /// The text of each token.
    vocabulary: Option<Vec<String>>,
}

impl CellFormat {
    fn new(finding: &Finding, right: &Array2<f32>, wrong: &Array2<f32>) -> Self {
        let finite = finding.expected.iter().filter(|number| number.is_finite());
        Self {
            largest: finite.fold(f32::MIN_POSITIVE, |largest, number| {
                largest.max(number.abs())
            }),
            whole: finding
                .expected
                .iter()
                .chain(&finding.got)
                .all(|number| number.fract() == 0.0),
            digits: Digits::to_tell_apart(right, wrong),
            vocabulary: finding.kind.vocabulary().map(<[String]>::to_vec),
        }
    }

    fn text(&self, number: f32) -> String {
        match &self.vocabulary {
            Some(texts) => texts
                .get(number as usize)
                .map_or_else(|| "?".to_owned(), Clone::clone),
            None if self.whole => format!("{number:.0}").replace('-', "−"),
            None => self.digits.text(number),
        }
    }

    /// Returns a table; `off` tells whether an entry, given by its index and its text, differs between the tables.
    fn table(
        &self,
        caption: &str,
        numbers: &Array2<f32>,
        off: impl Fn((usize, usize), &str) -> bool,
    ) -> String {
        let mut table =
            format!("<div class=\"numbers\"><table><caption>{caption}</caption><tbody>");
        for (i, row) in numbers.outer_iter().enumerate() {
            table += "<tr>";
            for (j, &number) in row.iter().enumerate() {
                // NaN has shade 1. Symbols have no shade: their numbers are no sizes.
                let shade = if self.vocabulary.is_some() {
                    0.0
                } else {
                    (number.abs() / self.largest).min(1.0)
                };
                let text = self.text(number);
                let class = match (number < 0.0, off((i, j), &text)) {
                    (false, false) => "",
                    (true, false) => " class=\"minus\"",
                    (false, true) => " class=\"off\"",
                    (true, true) => " class=\"minus off\"",
                };
                table += &format!("<td{class} style=\"--w:{shade:.2}\">{}</td>", escape(&text));
            }
            table += "</tr>";
        }
        table + "</tbody></table></div>"
    }
}
