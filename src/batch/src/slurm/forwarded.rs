//! The arguments of `grade` as those of its parts and of the merge, on a machine with another current folder.

use std::path::Path;
use std::time::Duration;

use clap::ValueEnum;

use crate::args::{CourseArguments, Grade, ReportArguments};
use crate::limits::Limits;
use crate::slurm::error::SlurmError;

/// The arguments of the jobs, without what differs from part to part.
#[derive(Debug)]
pub(crate) struct Forwarded {
    /// Words of `grade`, for every part.
    pub(crate) grade: Vec<String>,
    /// Words of `merge`.
    pub(crate) merge: Vec<String>,
}

impl Forwarded {
    /// Forwards arguments. `cache` is the folder of compiled dependencies for all of them.
    pub(crate) fn new(arguments: &Grade, cache: &Path) -> Result<Self, SlurmError> {
        let mut course = Words::default();
        course.add_course(&arguments.course, cache)?;
        course.path("--pack", arguments.pack.as_deref())?;

        let mut grade = Words::default();
        grade.flag("--no-sandbox", arguments.no_sandbox);
        grade.flag("--teams", arguments.teams);
        grade.value("--student", arguments.student.as_deref());
        grade.add_limits(&arguments.limits);
        // Readers of a part look at the whole, and so do grade books.
        grade.value("--for", Some("staff"));
        let mut grade = [vec!["grade".to_owned()], grade.0, course.0.clone()].concat();
        // Names of submissions may begin with a hyphen.
        grade.push("--".to_owned());
        for submission in &arguments.submissions {
            grade.push(absolute(submission)?);
        }

        let mut merge = Words::default();
        merge.flag("--complete", true);
        merge.add_reports(&arguments.reports);
        let merge = [vec!["merge".to_owned()], merge.0, course.0].concat();
        Ok(Self { grade, merge })
    }
}

/// Words of a command line.
#[derive(Debug, Default)]
struct Words(Vec<String>);

impl Words {
    fn add_course(&mut self, course: &CourseArguments, cache: &Path) -> Result<(), SlurmError> {
        self.path("--course", Some(&course.course))?;
        self.path("--cache", Some(cache))?;
        for exercise in &course.only {
            self.value("--only", Some(exercise));
        }
        Ok(())
    }

    fn add_reports(&mut self, reports: &ReportArguments) {
        for tier in &reports.tiers {
            self.choice("--for", *tier);
        }
        for format in &reports.export {
            self.choice("--export", *format);
        }
        self.value("--book", reports.book.as_deref());
        self.value("--canvas-assignment", reports.canvas_assignment.as_deref());
    }

    fn add_limits(&mut self, limits: &Limits) {
        let Limits {
            call,
            task,
            compile,
            submission,
            memory,
            compile_memory,
            threads,
            output,
        } = limits;
        for (name, time) in [
            ("--limit-call", call),
            ("--limit-task", task),
            ("--limit-compile", compile),
            ("--limit-submission", submission),
        ] {
            self.value(name, Some(&seconds(*time)));
        }
        for (name, number) in [
            ("--limit-memory", memory),
            ("--limit-compile-memory", compile_memory),
            ("--limit-threads", threads),
            ("--limit-output", output),
        ] {
            self.value(name, Some(&number.to_string()));
        }
    }

    fn flag(&mut self, name: &str, is_set: bool) {
        if is_set {
            self.0.push(name.to_owned());
        }
    }

    /// Adds an option in one word, so that its value may begin with a hyphen.
    fn value(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.0.push(format!("{name}={value}"));
        }
    }

    fn path(&mut self, name: &str, path: Option<&Path>) -> Result<(), SlurmError> {
        if let Some(path) = path {
            self.value(name, Some(&absolute(path)?));
        }
        Ok(())
    }

    fn choice(&mut self, name: &str, choice: impl ValueEnum) {
        if let Some(value) = choice.to_possible_value() {
            self.value(name, Some(value.get_name()));
        }
    }
}

fn seconds(time: Duration) -> String {
    time.as_secs_f64().to_string()
}

/// Returns a path that means the same in every folder.
pub(super) fn absolute(path: &Path) -> Result<String, SlurmError> {
    let whole = std::path::absolute(path).map_err(|error| SlurmError::File {
        path: path.to_owned(),
        error,
    })?;
    let text = whole.into_os_string().into_string();
    text.map_err(|whole| SlurmError::Path(whole.into()))
}

#[cfg(test)]
mod tests {
    use clap::{Args, Parser};

    use super::*;
    use crate::args::{Arguments, Command};

    /// Options of `grade` that a part or a merge does not get as they are.
    const OWN: [&str; 13] = [
        "out",
        "shard",
        "jobs",
        "json",
        "alone",
        "slurm",
        "nodes",
        "partition",
        "time",
        "slurm_arg",
        "dry_run",
        "status",
        "detach",
    ];

    fn grade(words: &[String]) -> Grade {
        let arguments = Arguments::try_parse_from([&["x".to_owned()], words].concat());
        match arguments.expect("they are valid").command {
            Command::Grade(grade) => *grade,
            _ => panic!("expected grade"),
        }
    }

    #[test]
    fn every_option_reaches_a_job_and_keeps_its_value() {
        let line = "grade /in/a --out /out --pack /pack --no-sandbox --teams --course /course --only 1 --only softmax \
                    --for student --for staff --book https://example.org/b --export canvas --export junit \
                    --canvas-assignment T --limit-call 1.5 --limit-task 2 --limit-compile 3 --limit-submission 4 \
                    --limit-memory 100 --limit-compile-memory 600 --limit-threads 9 --limit-output 7";
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let asked = grade(&words);
        let forwarded = Forwarded::new(&asked, Path::new("/cache")).expect("they are text");
        let all = [&forwarded.grade[..], &forwarded.merge[..]].concat();
        let command = Grade::augment_args(clap::Command::new("grade"));
        for option in command.get_arguments() {
            let name = format!("--{}", option.get_long().unwrap_or_default());
            // One student's submission has its own test below; a positional argument has no name.
            let is_own = OWN.contains(&option.get_id().as_str()) || name == "--student";
            let is_there = all
                .iter()
                .any(|word| *word == name || word.starts_with(&format!("{name}=")));
            assert!(is_own || is_there || name == "--", "{name} is lost");
        }
        let mut part = forwarded.grade.clone();
        part.splice(1..1, ["--out".to_owned(), "/part".to_owned()]);
        let part = grade(&part);
        assert_eq!(part.limits, asked.limits);
        assert_eq!(part.course.only, asked.course.only);
        assert_eq!(part.submissions, asked.submissions);
        assert_eq!(part.pack, asked.pack);
        let mut merge = forwarded.merge.clone();
        merge.extend(["--out", "/out", "/part"].map(str::to_owned));
        let merge = Arguments::try_parse_from([&["x".to_owned()], &merge[..]].concat());
        let Command::Merge(merge) = merge.expect("they are valid").command else {
            panic!("expected merge");
        };
        assert!(merge.complete);
        assert_eq!(
            (merge.reports.export, merge.reports.tiers),
            (asked.reports.export, asked.reports.tiers)
        );
    }

    #[test]
    fn a_student_reaches_the_parts_whatever_the_id_begins_with() {
        let words = ["grade", "a", "--out", "/out", "--student=-7"].map(str::to_owned);
        let forwarded = Forwarded::new(&grade(&words), Path::new("/cache")).expect("it is text");
        assert!(forwarded.grade.contains(&"--student=-7".to_owned()));
        let last = forwarded.grade.last().expect("there is a submission");
        assert!(Path::new(last).is_absolute());
    }
}
