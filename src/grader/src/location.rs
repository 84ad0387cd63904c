//! The place at which an answer is wrong, and the entries there.

use std::path::Path;

use ndarray::ArrayD;

use crate::compare::Difference;
use crate::failure::SourceLocation;
use crate::finding::Finding;
use crate::items::{Item, Items};
use crate::number::format_number;
use crate::output::{OutputKind, piece};
use crate::relative::relative;
use crate::tensor::Entry;
use crate::verdict::Verdict;

/// The number of times as far off as the first wrong entry another one is, when it is worth naming: the first may be wrong by
/// so little that it looks like a rounding.
const TELLING: f64 = 10.0;
/// The most pieces of a text that are shown.
const PIECES: usize = 80;

/// Returns the place at which an answer is wrong, if the verdict is about one.
///
/// A file is named as it is called in the reader's folder, which is from the course's root.
pub(crate) fn describe_location(verdict: &Verdict, reader: &Path) -> Option<String> {
    if let Some(failure) = verdict.failure() {
        let location = failure.location()?;
        let file = relative(Path::new(&location.file), reader);
        let shown = SourceLocation {
            file: file.display().to_string(),
            ..location.clone()
        };
        return Some(shown.to_string());
    }
    differences(verdict.finding()?)
}

/// Returns the first wrong entry, and the one that is farthest off where that says more.
fn differences(finding: &Finding) -> Option<String> {
    if let Some((got, expected)) = finding.items() {
        let index = got.first_difference(&expected)?;
        let axis = finding.axes.first().map_or("entry", String::as_str);
        let [got, expected] = [got, expected].map(|items| item(finding, &items, index));
        return Some(format!(
            "first at {axis} {index}: yours {got}, expected {expected}"
        ));
    }
    let comparison = finding.comparison.as_ref()?;
    let (first, farthest) = (comparison.first.as_ref()?, comparison.farthest.as_ref()?);
    let off = |difference: &Difference| {
        (difference.got.as_number() - difference.expected.as_number()).abs()
    };
    // The verdict names both counts already.
    if finding.kind.is_count() && first.index.is_empty() {
        return None;
    }
    // An output that is a single number has no place to name.
    if first.index.is_empty() {
        return Some(entries(finding, first));
    }
    let mut text = format!("first at {}", place(finding, first));
    // Of ids, none is farther off than another.
    let telling = !finding.kind.is_whole()
        && (!farthest.got.as_number().is_finite()
            || f64::from(off(farthest)) > TELLING * f64::from(off(first)));
    if telling && first.index != farthest.index && first.got.as_number().is_finite() {
        text += &format!("; farthest off at {}", place(finding, farthest));
    }
    Some(text)
}

/// Returns an item of a sequence in words. The pieces of two ids may have the same text, so the id is named, too.
fn item(finding: &Finding, items: &Items, index: usize) -> String {
    match (&finding.kind, items.get(index)) {
        (_, None) => "nothing".to_owned(),
        (_, Some(Item { text, .. })) if text.is_empty() => "an empty text".to_owned(),
        (OutputKind::Pieces { .. }, Some(Item { entries, text })) => {
            format!("`{text}` ({})", entries[0])
        }
        (_, Some(item)) => format!("`{}`", item.text),
    }
}

/// Returns the items around the first difference one after the other: yours, and what is expected.
pub(crate) fn surroundings(finding: &Finding) -> Option<String> {
    let (got, expected) = finding.items()?;
    let index = got.first_difference(&expected)?;
    let between = match finding.kind {
        OutputKind::Bytes => "",
        OutputKind::Pairs => ", ",
        _ => "|",
    };
    let around = |items: &Items| match items.around(index, between) {
        text if text.is_empty() => "nothing".to_owned(),
        text => format!("`{text}`"),
    };
    Some(format!(
        "around it: yours {}, expected {}",
        around(&got),
        around(&expected)
    ))
}

/// Returns a place, and the entries there.
fn place(finding: &Finding, difference: &Difference) -> String {
    let index = &difference.index;
    let named = finding.axes.len() == index.len();
    let axis = |(nth, index): (usize, &usize)| {
        if named {
            finding.index_in_words(&finding.axes[nth], *index)
        } else {
            index.to_string()
        }
    };
    let index: Vec<_> = index.iter().enumerate().map(axis).collect();
    format!("{}: {}", index.join(", "), entries(finding, difference))
}

/// Returns two entries that differ: yours, and what is expected.
fn entries(finding: &Finding, difference: &Difference) -> String {
    format!(
        "yours {}, expected {}",
        show(finding, difference.got),
        show(finding, difference.expected)
    )
}

fn show(finding: &Finding, entry: Entry) -> String {
    match (entry, finding.kind.vocabulary()) {
        (Entry::Number(number), _) => format_number(number),
        (Entry::Id(id), Some(vocabulary)) => format!("`{}`", piece(vocabulary, id)),
        (Entry::Id(id), None) => id.to_string(),
        (Entry::Missing, _) => "nothing".to_owned(),
    }
}

/// Returns ids as text: yours, and what is expected. Of long texts, the part around the first difference.
pub(crate) fn as_text(finding: &Finding) -> Option<String> {
    let vocabulary = finding.kind.vocabulary()?;
    let comparison = finding.comparison.as_ref();
    let first = comparison.and_then(|comparison| comparison.first.as_ref());
    let from = first.map_or(0, |first| {
        let index = first.index.last().copied().unwrap_or(0);
        if finding.axes.len() == 1 && index > PIECES {
            index - PIECES / 2
        } else {
            0
        }
    });
    let text = |ids: &ArrayD<f32>| {
        let mut text = String::from(if from > 0 { "…" } else { "" });
        for id in ids.iter().skip(from).take(PIECES) {
            text += piece(vocabulary, *id as i64);
        }
        text += if ids.len() > from + PIECES { "…" } else { "" };
        text
    };
    Some(format!(
        "as text: yours `{}`, expected `{}`",
        text(&finding.got),
        text(&finding.expected)
    ))
}

#[cfg(test)]
mod tests {
    use ndarray::{arr0, arr1};

    use super::*;
    use crate::metric::Tolerance;
    use crate::output::{Labels, Output};
    use crate::tensor::Tensor;

    fn compare(kind: OutputKind, got: &Tensor, expected: &Tensor) -> Finding {
        let output = Output {
            name: "output".into(),
            axes: vec!["feature".into()],
            labels: Labels::new(),
            kind,
        };
        let tolerance = Tolerance {
            absolute: 1e-3,
            relative: 0.0,
        };
        Finding::new(output, got, expected, tolerance)
    }

    fn finding(got: &[f32], expected: &[f32]) -> Finding {
        let (got, expected) = (arr1(got).into(), arr1(expected).into());
        compare(OutputKind::default(), &got, &expected)
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
    fn a_single_number_has_no_place() {
        let (got, expected) = (arr0(2.5_f32).into(), arr0(2.0_f32).into());
        let wrong = compare(OutputKind::default(), &got, &expected);
        assert_eq!(
            differences(&wrong).expect("they differ"),
            "yours 2.50000, expected 2"
        );
    }

    #[test]
    fn ids_are_shown_as_they_are_and_texts_as_text() {
        let ids = |entries: &[i64]| Tensor::from(arr1(entries));
        let vocabulary = ["·", "a", "b"].map(String::from).into();
        let text = OutputKind::Text { vocabulary };
        assert_eq!(as_text(&finding(&[1.0], &[2.0])), None);
        let wrong = compare(OutputKind::Ids, &ids(&[50_251]), &ids(&[50_256]));
        assert_eq!(as_text(&wrong), None);
        assert_eq!(
            differences(&wrong).expect("they differ"),
            "first at feature 0: yours 50251, expected 50256"
        );
        let wrong = compare(text.clone(), &ids(&[1, 3, -1]), &ids(&[1]));
        assert_eq!(
            as_text(&wrong).expect("text"),
            "as text: yours `a??`, expected `a`"
        );
        assert_eq!(
            differences(&wrong).expect("they differ"),
            "first at feature 1: yours `?`, expected nothing"
        );
        let (mut long, right) = (vec![1; 200], ids(&[1; 200]));
        long[100] = 2;
        let said = as_text(&compare(text, &ids(&long), &right)).expect("text");
        assert!(said.contains("`…aaaa") && said.contains("aba"), "{said}");
    }
}
