//! A made-up class, for tests of the pages.

use std::collections::BTreeMap;
use std::path::Path;

use attentive_course::Tree;
use attentive_grader::{ExerciseText, MistakeText, TaskText};
use clap::Parser;

use crate::course::{Course, Exercise};
use crate::grades::{ExerciseGrade, ExerciseState, Grades, StudentGrades, TaskGrade};
use crate::intake::{Collected, Student, Submission, softmax_course};
use crate::limits::Limits;
use crate::output::OutputFolder;
use crate::results::{FailureRecord, NamedMistake, Tally, TaskResult, TaskVerdict};
use crate::run::Run;
use crate::run_header::RunHeader;

/// The tasks of each exercise, with their points.
const TASKS: [(&str, u32); 2] = [("scores", 1), ("attention", 2)];
/// The mistakes of each exercise.
const MISTAKES: [(&str, &str); 2] = [
    ("no-scale", "The scores are not divided by √d."),
    ("mask-inverted", "The mask is read the wrong way round."),
];

/// The outcome of one task, as a letter stands for it in the tests.
fn result(task: &str, letter: char) -> TaskResult {
    let (verdict, mistake) = match letter {
        'p' => (TaskVerdict::Passed, None),
        's' => (TaskVerdict::WrongValues, Some("no-scale")),
        'm' => (TaskVerdict::WrongValues, Some("mask-inverted")),
        'w' => (TaskVerdict::WrongValues, None),
        'x' => (TaskVerdict::WrongShape, None),
        _ => (TaskVerdict::NotImplemented, None),
    };
    let summary = format!("{verdict}: `output` <b>\"differs\"</b>");
    let failure = FailureRecord {
        case: "square".into(),
        purpose: "as many keys as queries".into(),
        report: format!(
            "verdict   {summary}\n{}\n",
            "a line of a hundred characters ".repeat(4)
        ),
        summary,
        location: None,
        mistake: mistake.map(|id| NamedMistake {
            id: id.into(),
            agrees: 3,
            of: 3,
        }),
        picture: letter == 's',
    };
    TaskResult {
        name: task.into(),
        verdict,
        passed: Tally { passed: 2, of: 5 },
        limit: None,
        failure: (verdict != TaskVerdict::Passed).then_some(failure),
    }
}

/// Everything that a page is made of.
pub(super) struct Sample {
    folder: tempfile::TempDir,
    output: OutputFolder,
    header: RunHeader,
    course: Course,
    submissions: Vec<Submission>,
    results: Vec<Vec<SampleGrade>>,
}

/// The outcome of one exercise.
struct SampleGrade {
    state: ExerciseState,
    tasks: Vec<TaskResult>,
    message: Option<String>,
}

impl SampleGrade {
    /// Makes the outcome that two letters stand for, one for each task; `cc` did not compile, `ff` is the grader's fault.
    fn new(letters: &str) -> Self {
        let (state, message) = match letters {
            "pp" => (ExerciseState::Passed, None),
            "cc" => (
                ExerciseState::NotCompiled,
                Some("error[E0308]: mismatched types"),
            ),
            "ff" => (ExerciseState::Fault, Some("the disk is full")),
            "--" => (ExerciseState::Missing, Some("src/lib.rs was not handed in")),
            _ => (ExerciseState::Failed, None),
        };
        let mut tasks = Vec::new();
        if matches!(state, ExerciseState::Passed | ExerciseState::Failed) {
            for ((task, _), letter) in TASKS.iter().zip(letters.chars()) {
                tasks.push(result(task, letter));
            }
        }
        Self {
            state,
            tasks,
            message: message.map(str::to_owned),
        }
    }

    fn grade<'a>(&'a self, exercise: &'a str) -> ExerciseGrade<'a> {
        let mut tasks = Vec::new();
        for (result, (_, of)) in self.tasks.iter().zip(TASKS) {
            let points = if result.is_passed() { of } else { 0 };
            tasks.push(TaskGrade { points, of, result });
        }
        let of: u32 = TASKS.iter().map(|(_, points)| points).sum();
        ExerciseGrade {
            exercise,
            state: self.state,
            points: tasks.iter().map(|task| task.points).sum(),
            of: if self.state == ExerciseState::Fault {
                0
            } else {
                of
            },
            message: self.message.as_deref(),
            signatures: Vec::new(),
            key: Some("key"),
            tasks,
            unsteady: false,
            seconds: 1.5,
        }
    }
}

impl Sample {
    /// Makes a class: each student is an id, a name, and two letters for each exercise.
    pub(super) fn new(exercises: &[&str], students: &[(&str, Option<&str>, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let header = header(exercises);
        let output =
            OutputFolder::open(folder.path(), &header, folder.path()).expect("it is empty");
        let mut submissions = Vec::new();
        let mut results = Vec::new();
        for (id, name, letters) in students {
            submissions.push(submission(id, *name));
            results.push(letters.split(' ').map(SampleGrade::new).collect());
        }
        Self {
            folder,
            output,
            header,
            course: Course {
                root: Path::new("/no/course").into(),
                exercises: exercises.iter().map(|folder| exercise(folder)).collect(),
            },
            submissions,
            results,
        }
    }

    /// Hands in the same source for some students.
    pub(super) fn hand_in(&mut self, students: &[usize], exercise: &str, source: &str) {
        for student in students {
            let sources = [("lib.rs".to_owned(), source.to_owned())].into();
            let collected = &mut self.submissions[*student].collected;
            collected.insert(exercise.to_owned(), Collected::Sources(sources));
        }
    }

    /// Writes the picture that the failures of a task have.
    pub(super) fn draw(&self, task: &str, svg: &str) {
        let path = self
            .folder
            .path()
            .join(crate::output::picture_path("key", task));
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
        std::fs::write(path, svg).expect("it can be written");
    }

    /// Calls a function with the run.
    pub(super) fn with_run<T>(&self, call: impl FnOnce(Run<'_>) -> T) -> T {
        let mut students = Vec::new();
        for (submission, results) in self.submissions.iter().zip(&self.results) {
            let mut exercises = Vec::new();
            for (exercise, result) in self.course.exercises.iter().zip(results) {
                exercises.push(result.grade(&exercise.folder));
            }
            students.push(StudentGrades {
                student: &submission.student,
                origin: &submission.origin,
                problem: None,
                unused: &submission.unused,
                points: exercises.iter().map(|grade| grade.points).sum(),
                of: exercises.iter().map(|grade| grade.of).sum(),
                exercises,
            });
        }
        call(Run {
            output: &self.output,
            course: &self.course,
            header: &self.header,
            submissions: &self.submissions,
            grades: &Grades::of(students),
            book: Some("https://example.org/book"),
        })
    }
}

fn submission(id: &str, name: Option<&str>) -> Submission {
    Submission {
        student: Student {
            name: name.map(str::to_owned),
            ..Student::of(id)
        },
        partners: Vec::new(),
        origin: format!("{id}.zip"),
        collected: BTreeMap::new(),
        misplaced: BTreeMap::new(),
        unused: vec![format!("{id}/notes.txt: no source of an exercise")],
        problem: None,
    }
}

fn header(exercises: &[&str]) -> RunHeader {
    #[derive(Parser)]
    struct Options {
        #[command(flatten)]
        limits: Limits,
    }
    RunHeader {
        format: 1,
        version: "1.0.0".into(),
        toolchain: "rustc 1.95.0".into(),
        lock: "lock".into(),
        grader: "grader".into(),
        exercises: Vec::new(),
        limits: Options::parse_from(["test"]).limits,
        sandbox: !exercises.is_empty(),
        shard: None,
    }
}

fn exercise(folder: &str) -> Exercise {
    let identity = attentive_course::Exercise::from_folder(folder, Tree::Exercises);
    let identity = identity.expect("a folder's name");
    let mut text = ExerciseText {
        title: identity.name.clone(),
        chapter: identity.name.clone(),
        minutes: 10,
        difficulty: 1,
        tasks: Vec::new(),
        mistakes: Vec::new(),
    };
    for (name, points) in TASKS {
        text.tasks.push(TaskText {
            name: name.into(),
            points,
            hints: vec!["A nudge.".into(), "Almost the answer.".into()],
        });
    }
    for (id, what) in MISTAKES {
        text.mistakes.push(MistakeText {
            id: id.into(),
            what: what.into(),
            why: "The weights come out wrong.".into(),
            anchor: format!("{}.html#{id}", identity.name),
        });
    }
    Exercise {
        folder: folder.into(),
        name: identity.name.clone(),
        identity,
        text,
        // No page of a made-up class shows a case.
        pack: softmax_course().exercises[0].pack.clone(),
        pack_hash: "pack".into(),
        hidden: false,
        adapter: String::new(),
        stub: BTreeMap::new(),
        assets: Vec::new(),
    }
}
