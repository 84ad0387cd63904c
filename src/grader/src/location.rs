//! Where an answer is wrong, and the numbers there.

use ndarray::ArrayD;

use crate::compare::Difference;
use crate::finding::Finding;
use crate::number::format_number;
use crate::verdict::Verdict;

/// How many times as far off as the first wrong entry another one is, when it is worth naming: the first may be wrong by
/// so little that it looks like a rounding.
const TELLING: f64 = 10.0;

/// Where it is wrong, if the verdict is about a place.
pub(crate) fn describe_location(verdict: &Verdict) -> Option<String> {
    if let Some(failure) = verdict.failure() {
        return failure.location().map(ToString::to_string);
    }
    differences(verdict.finding()?)
}

/// The first wrong entry, and the one that is farthest off where that says more.
fn differences(finding: &Finding) -> Option<String> {
    let comparison = finding.comparison.as_ref()?;
    let (first, farthest) = (comparison.first.as_ref()?, comparison.farthest.as_ref()?);
    let off = |difference: &Difference| (difference.got - difference.expected).abs();
    let mut text = format!("first at {}", entry(finding, first));
    let telling =
        !farthest.got.is_finite() || f64::from(off(farthest)) > TELLING * f64::from(off(first));
    if telling && first.index != farthest.index && first.got.is_finite() {
        text += &format!("; farthest off at {}", entry(finding, farthest));
    }
    Some(text)
}

fn entry(finding: &Finding, difference: &Difference) -> String {
    let Difference {
        index,
        got,
        expected,
    } = difference;
    let named = finding.axes.len() == index.len();
    let axis = |(nth, index): (usize, &usize)| {
        if named {
            format!("{} {index}", finding.axes[nth])
        } else {
            index.to_string()
        }
    };
    let index: Vec<_> = index.iter().enumerate().map(axis).collect();
    let said = |x: &f32| match &finding.alphabet {
        Some(alphabet) => format!("`{}`", sign(alphabet, *x)),
        None => format_number(*x),
    };
    format!(
        "{}: yours {}, expected {}",
        index.join(", "),
        said(got),
        said(expected)
    )
}

/// Symbols as text: yours, and what is expected.
pub(crate) fn as_text(finding: &Finding) -> Option<String> {
    let alphabet = finding.alphabet.as_ref()?;
    let text = |symbols: &ArrayD<f32>| {
        symbols
            .iter()
            .map(|symbol| sign(alphabet, *symbol))
            .collect::<String>()
    };
    Some(format!(
        "as text: yours `{}`, expected `{}`",
        text(&finding.got),
        text(&finding.expected)
    ))
}

/// The sign of a symbol by its number.
fn sign(alphabet: &str, symbol: f32) -> char {
    let known = symbol >= 0.0 && symbol.fract() == 0.0;
    known
        .then(|| alphabet.chars().nth(symbol as usize))
        .flatten()
        .unwrap_or('?')
}

#[cfg(test)]
mod tests {
    use ndarray::arr1;

    use super::*;
    use crate::compare::Tolerance;
    use crate::pack::Output;

    fn finding(got: &[f32], expected: &[f32]) -> Finding {
        let output = Output {
            name: "output".into(),
            axes: vec!["feature".into()],
            alphabet: None,
        };
        let tolerance = Tolerance {
            absolute: 1e-3,
            relative: 0.0,
        };
        Finding::new(
            output,
            arr1(got).into_dyn(),
            arr1(expected).into_dyn(),
            tolerance,
        )
    }

    fn said(got: &[f32], expected: &[f32]) -> String {
        differences(&finding(got, expected)).expect("they differ")
    }

    #[test]
    fn the_first_difference_and_a_telling_one() {
        assert_eq!(
            said(&[1.0, 2.5, 3.5], &[1.0, 2.0, 3.0]),
            "first at feature 1: yours 2.50000, expected 2"
        );
        assert_eq!(
            said(&[1.01, 2.0, 9.0], &[1.0, 2.0, 3.0]),
            "first at feature 0: yours 1.01000, expected 1; farthest off at feature 2: yours 9, expected 3"
        );
        assert_eq!(
            said(&[1.5, f32::NAN, f32::NAN], &[1.0, 2.0, 3.0]),
            "first at feature 0: yours 1.50000, expected 1; farthest off at feature 1: yours NaN, expected 2"
        );
        assert_eq!(
            said(&[f32::NAN, 9.0], &[1.0, 2.0]),
            "first at feature 0: yours NaN, expected 1"
        );
    }

    #[test]
    fn symbols_are_shown_as_text() {
        assert_eq!(as_text(&finding(&[1.0], &[2.0])), None);
        let symbols = |got| Finding {
            alphabet: Some("·ab".into()),
            ..finding(got, &[2.0])
        };
        assert_eq!(
            as_text(&symbols(&[1.0])).expect("text"),
            "as text: yours `a`, expected `b`"
        );
        let unknown = as_text(&symbols(&[3.0, f32::NAN, -1.0])).expect("text");
        assert_eq!(unknown, "as text: yours `???`, expected `b`");
        let first = differences(&symbols(&[1.0])).expect("they differ");
        assert_eq!(first, "first at feature 0: yours `a`, expected `b`");
    }
}
