//! What a learner reads about one failure: what was asked, what came, where it differs, which mistake it is, what next.

use std::fmt;
use std::path::Path;

use ndarray::ArrayD;

use crate::grade::{Grade, TaskGrade};
use crate::info::Info;
use crate::terminal;
use crate::verdict::{Finding, Place, Verdict};

/// The report on one failed case or property, wrapped to 100 columns or to as many as the format asks for: `{report:80}`.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// The exercise's crate.
    pub exercise: &'a str,
    /// The exercise in words.
    pub info: &'a Info,
    /// The learner's file, as it is to be shown.
    pub source: &'a Path,
    /// The graded task.
    pub task: &'a TaskGrade,
    /// The case or property in question.
    pub grade: &'a Grade,
    /// The picture, if one was drawn.
    pub picture: Option<&'a Path>,
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (nth, all) = self.task.place;
        let (task, case) = (&self.task.task, &self.grade.name);
        let source = self.source.display();
        part(f, "task", &format!("`{task}`, {nth} of {all} in {source}"))?;
        part(f, "case", &format!("{case}: {}", self.grade.purpose))?;
        part(f, "verdict", &summary(&self.grade.verdict))?;
        if let Some(text) = location(&self.grade.verdict) {
            part(f, "where", &text)?;
        }
        if let Some(finding) = self.grade.verdict.finding() {
            for text in [as_text(finding), steps(finding)].into_iter().flatten() {
                part(f, "", &text)?;
            }
            for pattern in &finding.patterns {
                part(f, "", &pattern.to_string())?;
            }
        }
        self.mistake(f)?;
        part(f, "next", &format!("cargo attentive hint {}", self.exercise))?;
        match self.picture {
            Some(picture) => part(f, "picture", &picture.display().to_string()),
            None => Ok(()),
        }
    }
}

impl Report<'_> {
    fn mistake(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(named) = &self.grade.mistake else { return Ok(()) };
        let cases = match (named.agrees, named.of) {
            (1, 1) => "in the one case that failed".to_owned(),
            (agrees, of) if agrees == of => format!("in all {of} cases that failed"),
            (agrees, of) => format!("in {agrees} of the {of} cases that failed"),
        };
        let id = &named.id;
        match self.info.mistake(id) {
            Some(info) => {
                part(
                    f,
                    "mistake",
                    &format!(
                        "{} (`{id}`: libtorch, told to do this, returns your numbers {cases})",
                        info.what
                    ),
                )?;
                part(f, "", &info.why)?;
                part(f, "read", &format!("{} (cargo attentive book build makes book/html)", info.anchor))
            }
            None => part(f, "mistake", &format!("`{id}`, {cases}")),
        }
    }
}

/// A verdict in a line.
pub fn summary(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Passed => "passed".to_owned(),
        Verdict::NotImplemented { text } if text.is_empty() => "not implemented yet".to_owned(),
        Verdict::NotImplemented { text } => format!("not implemented yet: {text}"),
        Verdict::WrongShape(finding) => {
            let axes = finding.axes.join(", ");
            let (got, expected) = (shape(finding.got.shape()), shape(finding.expected.shape()));
            format!("wrong shape: `{}` is {got}, expected {expected}, which is ({axes})", finding.output)
        }
        Verdict::NotANumber(finding) => {
            let count = finding.comparison.as_ref().map_or(0, |comparison| comparison.not_finite);
            format!(
                "not a number: `{}` is NaN or infinite in {count} of {} entries",
                finding.output,
                finding.got.len()
            )
        }
        Verdict::WrongValues(finding) => {
            let count = finding.comparison.as_ref().map_or(0, |comparison| comparison.count());
            format!("wrong values: `{}` differs in {count} of {} entries", finding.output, finding.got.len())
        }
        Verdict::Panicked { message, .. } => format!("panicked: {}", message.trim()),
        Verdict::TimedOut { limit } => {
            format!("timed out: no result after {} s (an endless loop, perhaps)", limit.as_secs_f64())
        }
        Verdict::Crashed { how } => format!("crashed: {how}"),
        Verdict::Broken { message } => format!("the course is broken, not your code: {message}"),
        Verdict::NotRun { because } => format!("not run: {because}"),
    }
}

fn location(verdict: &Verdict) -> Option<String> {
    match verdict {
        Verdict::Panicked { place: Some(Place { file, line }), .. } => Some(format!("{file}:{line}")),
        _ => first_difference(verdict.finding()?),
    }
}

fn first_difference(finding: &Finding) -> Option<String> {
    let first = finding.comparison.as_ref()?.first.as_ref()?;
    let named = finding.axes.len() == first.index.len();
    let axis = |(nth, index): (usize, &usize)| {
        if named { format!("{} {index}", finding.axes[nth]) } else { index.to_string() }
    };
    let index: Vec<_> = first.index.iter().enumerate().map(axis).collect();
    let (got, expected) = (number(first.got), number(first.expected));
    Some(format!("first at {}: yours {got}, expected {expected}", index.join(", ")))
}

/// Symbols as text: yours, and what is expected.
fn as_text(finding: &Finding) -> Option<String> {
    let signs: Vec<char> = finding.alphabet.as_ref()?.chars().collect();
    let sign = |&symbol: &f32| signs.get(symbol as usize).copied().unwrap_or('?');
    let text = |symbols: &ArrayD<f32>| symbols.iter().map(sign).collect::<String>();
    Some(format!("as text: yours `{}`, expected `{}`", text(&finding.got), text(&finding.expected)))
}

/// How far a task of several steps is right.
fn steps(finding: &Finding) -> Option<String> {
    let names: Vec<_> = finding.right_before.iter().map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [] => None,
        [one] => Some(format!("the step before it is right: {one}")),
        several => Some(format!("the steps before it are right: {}", several.join(", "))),
    }
}

fn shape(shape: &[usize]) -> String {
    let lengths: Vec<_> = shape.iter().map(ToString::to_string).collect();
    format!("({})", lengths.join(", "))
}

/// A number in five or so digits.
pub(crate) fn number(x: f32) -> String {
    if !x.is_finite() || x == 0.0 {
        x.to_string()
    } else if (1e-3..1e5).contains(&x.abs()) {
        format!("{x:.5}")
    } else {
        format!("{x:.4e}")
    }
}

/// One labelled paragraph, wrapped and indented under its label.
fn part(f: &mut fmt::Formatter<'_>, label: &str, text: &str) -> fmt::Result {
    // Paths and the names of mistakes and commands are to be found again as they are.
    let width = f.width().unwrap_or(terminal::WIDEST);
    let options = textwrap::Options::new(width).word_splitter(textwrap::WordSplitter::NoHyphenation);
    let options = options.break_words(false).subsequent_indent("          ");
    let label = format!("{label:<9} ");
    writeln!(f, "{}", textwrap::fill(text, options.initial_indent(&label)))
}

#[cfg(test)]
mod tests {
    use ndarray::arr1;

    use super::*;

    /// A finding about the third of three steps.
    fn finding(right_before: &[&str]) -> Finding {
        let (got, expected) = (arr1(&[1.0]).into_dyn(), arr1(&[2.0]).into_dyn());
        Finding {
            output: "output".into(),
            axes: vec!["feature".into()],
            alphabet: None,
            got,
            expected,
            comparison: None,
            patterns: Vec::new(),
            right_before: right_before.iter().map(|&name| name.into()).collect(),
        }
    }

    #[test]
    fn symbols_are_shown_as_text() {
        assert_eq!(as_text(&finding(&[])), None);
        let symbols = Finding { alphabet: Some("·ab".into()), ..finding(&[]) };
        assert_eq!(as_text(&symbols).expect("text"), "as text: yours `a`, expected `b`");
        let unknown = Finding { got: arr1(&[3.0, f32::NAN]).into_dyn(), ..symbols };
        assert_eq!(as_text(&unknown).expect("text"), "as text: yours `?·`, expected `b`");
    }

    #[test]
    fn the_steps_before_the_first_wrong_one_are_named() {
        assert_eq!(steps(&finding(&[])), None);
        let one = steps(&finding(&["attention"])).expect("one step");
        assert_eq!(one, "the step before it is right: `attention`");
        let two = steps(&finding(&["attention", "feed_forward"])).expect("two steps");
        assert_eq!(two, "the steps before it are right: `attention`, `feed_forward`");
    }

    #[test]
    fn a_report_is_as_wide_as_it_is_asked_to_be() {
        struct Wrapped<'a>(&'a str);
        impl fmt::Display for Wrapped<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                part(f, "verdict", self.0)
            }
        }
        let text =
            Wrapped("a word after a word after a word, so that a line is full at last, however wide it is");
        assert_eq!(format!("{text:30}").lines().next(), Some("verdict   a word after a word"));
        assert!(format!("{text:30}").lines().skip(1).all(|line| line.starts_with("          ")));
        assert_eq!(format!("{text}").lines().count(), 1);
    }
}
