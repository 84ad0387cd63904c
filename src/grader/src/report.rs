//! The report on one failure: task, case, verdict, place, mistake, and the next step.

use std::fmt;
use std::path::Path;

use crate::book;
use crate::exercise_text::ExerciseText;
use crate::finding::Finding;
use crate::grade::{Extent, Grade, NamedMistake, TaskGrade, TaskPosition};
use crate::location::{as_text, describe_location, surroundings};
use crate::relative::relative;
use crate::terminal;

/// The report on one failed case or property, wrapped to 100 columns or to as many as the format asks for: `{report:80}`.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// The exercise's crate.
    pub exercise: &'a str,
    /// The exercise in words.
    pub text: &'a ExerciseText,
    /// The course's root, in which the book may have been built; without it, pages are named and not located.
    pub root: Option<&'a Path>,
    /// The reader's folder, from the root: paths are shown from there.
    pub reader: &'a Path,
    /// The learner's file, from the root.
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
        let TaskPosition { number, total } = self.task.position;
        let (task, case) = (&self.task.task, &self.grade.name);
        let source = relative(self.source, self.reader);
        let source = source.display();
        part(
            f,
            "task",
            &format!("`{task}`, {number} of {total} in {source}"),
        )?;
        part(f, "case", &format!("{case}: {}", self.grade.purpose))?;
        part(f, "verdict", &self.grade.verdict.to_string())?;
        if let Some(text) = describe_location(&self.grade.verdict, self.reader) {
            part(f, "where", &text)?;
        }
        if let Some(finding) = self.grade.verdict.finding() {
            let said = [
                as_text(finding),
                surroundings(finding),
                steps(finding),
                rest(finding),
            ];
            for text in said.into_iter().flatten() {
                part(f, "", &text)?;
            }
            for pattern in &finding.patterns {
                part(f, "", &pattern.to_string())?;
            }
        }
        self.mistake(f)?;
        let hint = format!("cargo attentive hint {}", self.exercise);
        part(f, "next", &terminal::unbreakable(&hint))?;
        match self.picture {
            Some(picture) => {
                let picture = relative(picture, self.reader);
                part(f, "picture", &picture.display().to_string())
            }
            None => Ok(()),
        }
    }
}

impl Report<'_> {
    fn mistake(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(named) = &self.grade.mistake else {
            return Ok(());
        };
        let (id, evidence) = (&named.id, evidence(named));
        match self.text.mistake(id) {
            Some(mistake) => {
                let finding = self.grade.verdict.finding();
                let told = match finding.is_some_and(|finding| finding.kind.is_whole()) {
                    // Texts and ids are no matter of libtorch.
                    true => format!("`{id}`: made on purpose, it gives your answer {evidence}"),
                    false => format!(
                        "`{id}`: libtorch, told to do this, returns your numbers {evidence}"
                    ),
                };
                part(f, "mistake", &format!("{} ({told})", mistake.what))?;
                part(f, "", &mistake.why)?;
                part(
                    f,
                    "read",
                    &self.root.map_or_else(
                        || mistake.anchor.clone(),
                        |root| book::page(root, self.reader, &mistake.anchor),
                    ),
                )
            }
            None => part(f, "mistake", &format!("`{id}`, {evidence}")),
        }
    }
}

/// Describes the cases in which the numbers are a mistake's, and those that it does not explain.
fn evidence(named: &NamedMistake) -> String {
    let NamedMistake { agrees, of, .. } = named;
    let mut text = match &named.extent {
        Extent::Whole if named.companion.is_some() => {
            format!("here and in {agrees} of the {of} failing cases altogether")
        }
        Extent::Whole if agrees < of => format!("here; it explains {agrees} of {of} cases"),
        Extent::Whole if named.unrecorded.is_empty() => every_case(*of, "shows it", "show it"),
        Extent::Whole => every_case(*of, "it is recorded in", "it is recorded in"),
        Extent::Beginning(output) => {
            format!("at the beginning of `{output}`; what follows may be roundings that add up")
        }
        Extent::Elsewhere => format!("in {agrees} of {of} cases, though not here"),
    };
    if let Some(companion) = &named.companion {
        text += &format!("; others are those of `{companion}`");
    }
    if !named.unexplained.is_empty() {
        text += &format!("; not: {}", quoted(&named.unexplained));
    }
    if !named.unrecorded.is_empty() {
        text += &format!(
            "; also failing, without a record: {}",
            quoted(&named.unrecorded)
        );
    }
    if !named.spared.is_empty() {
        text += &format!("; it would also fail: {}", quoted(&named.spared));
    }
    if !named.rivals.is_empty() {
        text += &format!("; no case tells it from {}", quoted(&named.rivals));
    }
    text
}

/// Describes all cases of a kind, of which there are `number`.
fn every_case(number: usize, is_one: &str, are_several: &str) -> String {
    match number {
        1 => format!("in the one case that {is_one}"),
        _ => format!("in all {number} cases that {are_several}"),
    }
}

/// Puts names between backticks, and commas between them.
fn quoted(names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// Names the steps that are right.
fn steps(finding: &Finding) -> Option<String> {
    let before = &finding.right_before;
    (!before.is_empty()).then(|| format!("what comes before it is right: {}", quoted(before)))
}

/// Says that nothing else is wrong, where that means something.
fn rest(finding: &Finding) -> Option<String> {
    let output = &finding.output;
    // Of the last step, it means nothing: nothing is computed from it.
    finding.rest_right.then(|| {
        format!("everything else is right, and only what is returned as `{output}` is not")
    })
}

/// One labelled paragraph, wrapped and indented under its label.
fn part(f: &mut fmt::Formatter<'_>, label: &str, text: &str) -> fmt::Result {
    let width = f.width().unwrap_or(terminal::WIDEST);
    let label = format!("{label:<9} ");
    writeln!(f, "{}", terminal::wrap(text, width, &label, "          "))
}

#[cfg(test)]
mod tests {
    use ndarray::arr1;

    use super::*;
    use crate::metric::Tolerance;
    use crate::output::{Labels, Output, OutputKind};

    /// A finding about the third of three steps.
    fn finding(right_before: &[&str]) -> Finding {
        let output = Output {
            name: "output".into(),
            axes: vec!["feature".into()],
            labels: Labels::new(),
            kind: OutputKind::default(),
        };
        let (got, expected) = (arr1(&[1.0_f32]).into(), arr1(&[2.0_f32]).into());
        let finding = Finding::new(
            output,
            &got,
            &expected,
            Tolerance {
                absolute: 1e-3,
                relative: 0.0,
            },
        );
        Finding {
            right_before: right_before.iter().map(|&name| name.into()).collect(),
            ..finding
        }
    }

    #[test]
    fn the_steps_before_the_first_wrong_one_are_named() {
        assert_eq!(steps(&finding(&[])), None);
        let one = steps(&finding(&["attention"])).expect("one step");
        assert_eq!(one, "what comes before it is right: `attention`");
        let two = steps(&finding(&["attention", "feed_forward"])).expect("two steps");
        assert_eq!(
            two,
            "what comes before it is right: `attention`, `feed_forward`"
        );
    }

    #[test]
    fn a_report_is_as_wide_as_it_is_asked_to_be() {
        struct Wrapped<'a>(&'a str);
        impl fmt::Display for Wrapped<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                part(f, "verdict", self.0)
            }
        }
        let text = Wrapped(
            "a word after a word after a word, so that a line is full at last, however wide it is",
        );
        assert_eq!(
            format!("{text:30}").lines().next(),
            Some("verdict   a word after a word")
        );
        assert!(
            format!("{text:30}")
                .lines()
                .skip(1)
                .all(|line| line.starts_with("          "))
        );
        assert_eq!(format!("{text}").lines().count(), 1);
    }
}
