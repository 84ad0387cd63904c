//! What people read: a page and a text for each student, and a page for the class.

mod class;
mod feedback;
mod markdown;
mod page;
mod similar;
mod student;

use std::io::Write;
use std::path::PathBuf;

use crate::args::{ReportArguments, Tier};
use crate::course::Course;
use crate::error::Error;
use crate::export;
use crate::grades::Grades;
use crate::intake::Submission;
use crate::output::{Header, Output};
use crate::text::{file_name, json_for_terminal, line};
pub(crate) use feedback::feedback;

/// What is said where there was no sandbox.
pub(crate) const NO_SANDBOX: &str = "GRADED WITHOUT A SANDBOX: STUDENTS' PROGRAMS COULD READ AND CHANGE EVERYTHING, THESE GRADES INCLUDED.";

/// A run, as reports and exports see it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run<'a> {
    pub(crate) output: &'a Output,
    pub(crate) course: &'a Course,
    pub(crate) header: &'a Header,
    pub(crate) submissions: &'a [Submission],
    pub(crate) grades: &'a Grades<'a>,
    /// The address of the book that students read.
    pub(crate) book: Option<&'a str>,
}

impl Run<'_> {
    /// Where the book is, for whom: staff who named none have what they built. It ends where `/page.html` follows.
    fn book(&self, tier: Tier) -> Option<String> {
        let built = || {
            let book = self.course.root.join("book/html");
            let is_there = tier == Tier::Staff && book.join("index.html").is_file();
            is_there.then(|| format!("file://{}", url(&book.to_string_lossy())))
        };
        self.book.map(str::to_owned).or_else(built)
    }
}

/// Text as a part of an address.
fn url(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b" -_./:=(),".contains(&byte);
    let coded = |byte| {
        if is_plain(byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    text.bytes()
        .map(coded)
        .collect::<String>()
        .replace(' ', "%20")
}

/// Where the picture of a task's failure is.
pub(crate) fn picture(key: &str, task: &str) -> PathBuf {
    PathBuf::from("pictures").join(format!("{key}-{task}.svg"))
}

/// Writes everything that was asked for, and prints the grades.
pub(crate) fn hand_out(run: Run<'_>, arguments: &ReportArguments, json: bool) -> Result<(), Error> {
    write_all(run, arguments)?;
    run.output.tidy();
    print(run, json)
}

fn write_all(run: Run<'_>, arguments: &ReportArguments) -> Result<(), Error> {
    let Run { output, grades, .. } = run;
    output.write(
        "grades.json",
        &(serde_json::to_string_pretty(grades)? + "\n"),
    )?;
    let all = [Tier::Student, Tier::Staff];
    for tier in if arguments.tiers.is_empty() {
        &all[..]
    } else {
        &arguments.tiers
    } {
        let folder = PathBuf::from(tier.folder());
        for graded in &grades.students {
            let name = file_name(&graded.student.id);
            output.write(
                folder.join(name.clone() + ".html"),
                &student::page(run, graded, *tier),
            )?;
            output.write(
                folder.join(name + ".md"),
                &markdown::page(run, graded, *tier),
            )?;
        }
        if *tier == Tier::Staff {
            output.write(folder.join("index.html"), &class::page(run))?;
        }
    }
    for format in &arguments.export {
        export::write(run, *format, arguments)?;
    }
    Ok(())
}

impl Tier {
    /// The folder of the output that its reports are in.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Student => "student",
            Self::Staff => "staff",
        }
    }
}

/// Prints the grades.
fn print(run: Run<'_>, json: bool) -> Result<(), Error> {
    let mut to = std::io::stdout().lock();
    if json {
        writeln!(
            to,
            "{}",
            json_for_terminal(&serde_json::to_string_pretty(run.grades)?)
        )?;
        return Ok(());
    }
    if !run.header.sandbox {
        writeln!(to, "{NO_SANDBOX}\n")?;
    }
    for student in &run.grades.students {
        writeln!(
            to,
            "{:<30} {:>3} of {}",
            line(&student.student.id),
            student.points,
            student.of
        )?;
    }
    let index = run.output.path("staff/index.html");
    if index.exists() {
        writeln!(to, "\nThe class: {}", index.display())?;
    }
    Ok(())
}
