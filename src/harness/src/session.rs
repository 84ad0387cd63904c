//! One run of a test program: what is known about the exercise, and what has been graded.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use attentive_grader::{
    DEFAULT_LIMIT, ExerciseText, Extent, Failure, Grade, PACK, Pack, ReplyBounds, Report, Task,
    TaskGrade, Verdict, Worker, columns, data_directory, grade, heat, plot,
};
use libtest_mimic::Failed;

use crate::error::HarnessError;
use crate::prerequisites::failing_prerequisites;
use crate::unit_tests;

/// Sets the seconds that a function may take for one case.
const LIMIT_VARIABLE: &str = "ATTENTIVE_LIMIT";
/// Asks for heat maps in the terminal.
const HEAT_VARIABLE: &str = "ATTENTIVE_HEATMAP";

/// Standard error, for what the learner's code prints. Where it cannot be written, nobody reads it.
struct StandardError;

impl Write for StandardError {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = io::stderr().write_all(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// One run of a test program.
pub(crate) struct Session {
    directory: PathBuf,
    pack: Pack,
    text: ExerciseText,
    worker: Worker,
    graded: Vec<TaskGrade>,
    /// Those that the exercise is built on and that do not pass, as soon as somebody has asked.
    failing: Option<Vec<String>>,
    report: Option<String>,
}

impl Session {
    /// Reads what is known about the exercise in a folder.
    pub(crate) fn open(directory: &Path) -> Result<Self, HarnessError> {
        let limit = match std::env::var(LIMIT_VARIABLE) {
            Ok(text) => {
                let limit = text
                    .parse()
                    .ok()
                    .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
                limit
                    .filter(|limit| !limit.is_zero())
                    .ok_or(HarnessError::Limit {
                        variable: LIMIT_VARIABLE,
                        text,
                    })?
            }
            Err(_) => DEFAULT_LIMIT,
        };
        // Backtraces have paths from where a process runs, and the learner's are to have the exercise's folder in them.
        let mut command = Command::new(std::env::current_exe().map_err(HarnessError::Itself)?);
        command.current_dir(root(directory));
        let data = data_directory(directory);
        let pack = Pack::load(&data.join(PACK))?;
        let bounds = ReplyBounds::of_pack(&pack);
        Ok(Self {
            directory: directory.to_owned(),
            pack,
            text: ExerciseText::load(&data)?,
            worker: Worker::new(command, bounds, limit, StandardError),
            graded: Vec::new(),
            failing: None,
            report: None,
        })
    }

    /// Returns the tasks of the exercise.
    pub(crate) fn tasks(&self) -> Vec<Task> {
        self.pack.manifest().tasks.clone()
    }

    /// Returns a note on tests of the learner's own that were not run, if there are any.
    pub(crate) fn note(&self) -> Option<String> {
        unit_tests::note(&self.directory, &self.pack.manifest().exercise)
    }

    /// Returns the report on the first failure, if there is one.
    pub(crate) fn report(&self) -> Option<&str> {
        self.report.as_deref()
    }

    /// The verdict on a case or property in a line. The first failure of the run is kept for the report at its end.
    pub(crate) fn verdict(&mut self, task: &str, name: &str) -> Result<(), Failed> {
        let graded = self.task(task).ok_or("no such task")?;
        let grade = graded
            .grades
            .iter()
            .find(|grade| grade.name == name)
            .ok_or("no such case")?;
        if grade.verdict.passed() {
            return Ok(());
        }
        // What has not been begun is not blamed on anything.
        if !matches!(
            grade.verdict,
            Verdict::NoReply(Failure::NotImplemented { .. })
        ) {
            let failing = self
                .failing
                .get_or_insert_with(|| failing_prerequisites(&self.directory));
            if let Some(first) = failing.first() {
                let all = failing.join(", ");
                self.report = Some(format!(
                    "built on  exercises of yours that do not pass yet: {all}.\n\
                     \x20         Nothing can be said about this one before they do.\n\
                     next      cargo test -p {first}\n"
                ));
                return Err(format!("waits for {all}").into());
            }
        }
        if self.report.is_none() {
            self.report = Some(self.report_on(&graded, grade));
        }
        let mistake = grade
            .mistake
            .as_ref()
            .filter(|named| named.extent == Extent::Whole);
        let mistake = mistake.map_or_else(String::new, |mistake| format!(" (`{}`)", mistake.id));
        Err(format!("{}{mistake}", grade.verdict).into())
    }

    fn task(&mut self, name: &str) -> Option<TaskGrade> {
        if let Some(graded) = self.graded.iter().find(|graded| graded.task == name) {
            return Some(graded.clone());
        }
        let task = self
            .pack
            .manifest()
            .tasks
            .iter()
            .find(|task| task.name == name)?;
        let graded = grade(&self.pack, task, &mut self.worker);
        self.graded.push(graded.clone());
        Some(graded)
    }

    fn report_on(&self, task: &TaskGrade, grade: &Grade) -> String {
        let exercise = &self.pack.manifest().exercise;
        let folder = self.directory.file_name().unwrap_or_default();
        let kind = self
            .directory
            .parent()
            .and_then(Path::file_name)
            .unwrap_or_default();
        let source = Path::new(kind).join(folder).join("src/lib.rs");
        let drawn = grade.verdict.finding().filter(|it| it.kind.is_drawn());
        let picture = drawn.map(|finding| {
            let picture = plot::path(exercise, &task.task, &grade.name);
            plot::draw(finding, &root(&self.directory).join(&picture)).map(|()| picture)
        });
        let (picture, trouble) = match picture {
            Some(Ok(picture)) => (Some(picture), String::new()),
            Some(Err(error)) => (None, format!("(no picture: {error})\n")),
            None => (None, String::new()),
        };
        let report = Report {
            exercise,
            text: &self.text,
            root: Some(root(&self.directory)),
            reader: Path::new(""),
            source: &source,
            task,
            grade,
            picture: picture.as_deref(),
        };
        let width = columns();
        let heat = std::env::var_os(HEAT_VARIABLE).and(grade.verdict.finding());
        let heat = heat
            .map(|finding| heat::maps(finding, width))
            .unwrap_or_default();
        format!("{report:width$}{trouble}{heat}")
    }
}

/// The course's folder, in which an exercise is two levels down.
pub(crate) fn root(directory: &Path) -> &Path {
    directory.ancestors().nth(2).unwrap_or(directory)
}
