//! The end of a run: writes the grades, reports and exports into the output folder, and prints the grades.

use std::io::{self, Write};
use std::path::PathBuf;

use crate::args::{ReportArguments, Tier};
use crate::error::Error;
use crate::export;
use crate::report;
use crate::run::{NO_SANDBOX, Run};
use crate::text::{json_for_terminal, line};

/// Writes the grades and the reports.
pub(crate) fn write_reports(run: Run<'_>, arguments: &ReportArguments) -> Result<(), Error> {
    run.output.write("grades.json", &json_of(run)?)?;
    let all = [Tier::Student, Tier::Staff];
    let tiers = if arguments.tiers.is_empty() {
        &all[..]
    } else {
        &arguments.tiers
    };
    for tier in tiers {
        report::write(run, *tier)?;
    }
    Ok(())
}

fn json_of(run: Run<'_>) -> Result<String, Error> {
    let json = serde_json::to_string_pretty(run.grades).map_err(Error::Json)?;
    Ok(json + "\n")
}

/// Writes everything that was asked for, and prints the grades.
pub(crate) fn write_and_print(
    run: Run<'_>,
    arguments: &ReportArguments,
    json: bool,
) -> Result<(), Error> {
    write_reports(run, arguments)?;
    for format in &arguments.export {
        export::write(run, *format, arguments)?;
    }
    run.output.remove_scratch();
    let text = if json {
        json_for_terminal(json_of(run)?.trim_end()) + "\n"
    } else {
        summary(run)
    };
    io::stdout()
        .lock()
        .write_all(text.as_bytes())
        .map_err(Error::Terminal)
}

/// The points of each student in a line, and the path of the class's page.
fn summary(run: Run<'_>) -> String {
    let mut text = String::new();
    if !run.header.sandbox {
        text.push_str(&format!("{NO_SANDBOX}\n\n"));
    }
    for student in &run.grades.students {
        let id = line(&student.student.id);
        text.push_str(&format!(
            "{id:<30} {:>3} of {}\n",
            student.points, student.of
        ));
    }
    let index = run.output.path(PathBuf::from("staff/index.html"));
    if index.exists() {
        text.push_str(&format!("\nThe class: {}\n", index.display()));
    }
    text
}
