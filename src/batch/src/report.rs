//! Pages for people: a page and a text for each student, and a page for the class.

mod class;
mod markdown;
mod page;
#[cfg(test)]
mod sample;
mod similarity;
mod student;

use std::path::PathBuf;

use crate::args::Tier;
use crate::output::OutputError;
use crate::run::Run;
use crate::text::file_name;

/// Writes the reports for one tier: two files for each student and, for staff, the page of the class.
pub(crate) fn write(run: Run<'_>, tier: Tier) -> Result<(), OutputError> {
    let folder = PathBuf::from(folder_of(tier));
    for student in &run.grades.students {
        let name = file_name(&student.student.id);
        let html = folder.join(format!("{name}.html"));
        run.output.write(html, &student::page(run, student, tier))?;
        let text = folder.join(format!("{name}.md"));
        run.output
            .write(text, &markdown::page(run, student, tier))?;
    }
    if tier == Tier::Staff {
        run.output
            .write(folder.join("index.html"), &class::page(run))?;
    }
    Ok(())
}

/// The folder of the output that a tier's reports are in.
fn folder_of(tier: Tier) -> &'static str {
    match tier {
        Tier::Student => "student",
        Tier::Staff => "staff",
    }
}
