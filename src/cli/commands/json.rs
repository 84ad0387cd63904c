//! Output of `check --json`. Its schema is in `check.schema.json`, and a test compares the two.

use std::path::PathBuf;

use attentive_course::SignatureChange;
use attentive_grader::{Entry, Failure, Grade, TaskGrade};
use serde::Serialize;

use crate::chain::DependencySource;
use crate::explanation::draw_finding;
use crate::grading::{ExerciseOutcome, GradedExercise};
use crate::prints::last_lines;

/// The JSON Schema of what is printed.
pub(crate) const SCHEMA: &str = include_str!("../check.schema.json");

/// Rises when a program that understands the old form would misunderstand the new.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Check<'a> {
    version: u32,
    chain: bool,
    exercises: Vec<Exercise<'a>>,
}

#[derive(Serialize)]
struct Exercise<'a> {
    name: &'a str,
    folder: PathBuf,
    passed: bool,
    built_on: Vec<String>,
    waits_on: Vec<String>,
    compile_error: Option<String>,
    signatures: Vec<Signature<'a>>,
    tasks: Vec<Task<'a>>,
}

#[derive(Serialize)]
struct Signature<'a> {
    name: &'a str,
    expected: &'a str,
    found: Option<&'a str>,
    place: Option<SourceLine>,
}

#[derive(Serialize)]
struct Task<'a> {
    name: &'a str,
    passed: bool,
    grades: Vec<CheckedCase<'a>>,
}

#[derive(Serialize)]
struct CheckedCase<'a> {
    name: &'a str,
    kind: &'static str,
    purpose: &'a str,
    verdict: &'static str,
    summary: String,
    place: Option<SourceLine>,
    output: Option<&'a str>,
    first: Option<First<'a>>,
    wrong: Option<usize>,
    total: Option<usize>,
    patterns: Vec<String>,
    printed: Vec<String>,
    mistake: Option<Mistake<'a>>,
    picture: Option<PathBuf>,
}

#[derive(Serialize)]
struct SourceLine {
    file: String,
    line: u32,
}

#[derive(Serialize)]
struct First<'a> {
    index: &'a [usize],
    got: Number,
    expected: Number,
}

#[derive(Serialize)]
struct Mistake<'a> {
    id: &'a str,
    what: Option<&'a str>,
    why: Option<&'a str>,
    anchor: Option<&'a str>,
    extent: &'static str,
    agrees: usize,
    of: usize,
}

/// A number; JSON has none that is infinite or NaN, so those are text.
#[derive(Serialize)]
#[serde(untagged)]
enum Number {
    Finite(f32),
    Id(i64),
    Other(String),
    Missing,
}

impl From<Entry> for Number {
    fn from(entry: Entry) -> Self {
        match entry {
            Entry::Number(number) if number.is_finite() => Self::Finite(number),
            Entry::Number(number) => Self::Other(number.to_string()),
            Entry::Id(id) => Self::Id(id),
            Entry::Missing => Self::Missing,
        }
    }
}

/// The verdicts as JSON.
pub(crate) fn text(
    graded: &[GradedExercise],
    dependency_source: DependencySource,
) -> serde_json::Result<String> {
    serde_json::to_string_pretty(&Check {
        version: VERSION,
        chain: dependency_source == DependencySource::Learner,
        exercises: graded.iter().map(exercise).collect(),
    })
}

fn exercise(graded: &GradedExercise) -> Exercise<'_> {
    let folders = |exercises: &[attentive_course::Exercise]| {
        exercises
            .iter()
            .map(attentive_course::Exercise::folder)
            .collect()
    };
    let (mut compile_error, mut signatures, mut tasks) = (None, Vec::new(), Vec::new());
    match &graded.outcome {
        ExerciseOutcome::DidNotCompile {
            errors,
            signatures: changes,
        } => {
            compile_error = Some(plain(&errors.concat()));
            signatures = changes.iter().map(signature).collect();
        }
        ExerciseOutcome::Waits { .. } => {}
        ExerciseOutcome::Ran { tasks: ran } => {
            tasks = ran.iter().map(|of| task(graded, of)).collect();
        }
    }
    Exercise {
        name: &graded.exercise.name,
        folder: graded.exercise.directory(),
        passed: graded.passed(),
        built_on: folders(&graded.prerequisites),
        waits_on: match &graded.outcome {
            ExerciseOutcome::Waits { on } => folders(on),
            ExerciseOutcome::DidNotCompile { .. } | ExerciseOutcome::Ran { .. } => Vec::new(),
        },
        compile_error,
        signatures,
        tasks,
    }
}

fn signature(change: &SignatureChange) -> Signature<'_> {
    let found = change.found.signature();
    Signature {
        name: &change.name,
        expected: &change.expected,
        found: found.map(|found| found.text.as_str()),
        place: found.map(|found| SourceLine {
            file: found.location.file.display().to_string(),
            line: u32::try_from(found.location.line).unwrap_or(u32::MAX),
        }),
    }
}

fn task<'a>(graded: &'a GradedExercise, task: &'a TaskGrade) -> Task<'a> {
    let recorded = graded
        .pack
        .manifest()
        .tasks
        .iter()
        .find(|recorded| recorded.name == task.task);
    let cases = recorded.map_or(0, |recorded| recorded.cases.len());
    // A task's grades are those of its cases, then those of its properties.
    let kind = |nth| if nth < cases { "case" } else { "property" };
    let grades = task
        .grades
        .iter()
        .enumerate()
        .map(|(nth, grade)| checked_case(graded, task, grade, kind(nth)))
        .collect();
    Task {
        name: &task.task,
        passed: task.passed(),
        grades,
    }
}

fn checked_case<'a>(
    graded: &'a GradedExercise,
    task: &'a TaskGrade,
    grade: &'a Grade,
    kind: &'static str,
) -> CheckedCase<'a> {
    let finding = grade.verdict.finding();
    let comparison = finding.and_then(|finding| finding.comparison.as_ref());
    // As in the text, the picture is of the first failure.
    let is_first = graded
        .first_failure()
        .is_some_and(|(_, first)| std::ptr::eq(first, grade));
    let failure = grade.verdict.failure();
    CheckedCase {
        name: &grade.name,
        kind,
        purpose: &grade.purpose,
        verdict: grade.verdict.id(),
        summary: grade.verdict.to_string(),
        place: failure.and_then(Failure::location).map(|place| SourceLine {
            file: place.file.clone(),
            line: place.line,
        }),
        output: finding.map(|finding| finding.output.as_str()),
        first: comparison
            .and_then(|comparison| comparison.first.as_ref())
            .map(|first| First {
                index: &first.index,
                got: first.got.into(),
                expected: first.expected.into(),
            }),
        wrong: comparison.map(|comparison| comparison.count()),
        total: finding.map(|finding| finding.got.len()),
        patterns: finding
            .iter()
            .flat_map(|finding| &finding.patterns)
            .map(ToString::to_string)
            .collect(),
        printed: last_lines(&grade.printed),
        mistake: grade.mistake.as_ref().map(|named| {
            let info = graded.info.mistake(&named.id);
            Mistake {
                id: &named.id,
                what: info.map(|info| info.what.as_str()),
                why: info.map(|info| info.why.as_str()),
                anchor: info.map(|info| info.anchor.as_str()),
                extent: named.extent.id(),
                agrees: named.agrees,
                of: named.of,
            }
        }),
        picture: finding
            .filter(|_| is_first)
            .and_then(|finding| draw_finding(graded, task, grade, finding).ok()),
    }
}

/// Without colours, which `--json` to a terminal would otherwise contain.
fn plain(text: &str) -> String {
    console::strip_ansi_codes(text).into_owned()
}
