//! Grade books as tables: Canvas and Moodle.
//!
//! Students who have no grade because the grader is at fault are left out: an import then changes nothing for them.

use csv::{QuoteStyle, WriterBuilder};

use crate::error::Error;
use crate::export::test_record::student_records;
use crate::grades::{Grades, StudentGrades};
use crate::intake::{Student, StudentKind};
use crate::run::Run;
use crate::text::line;

/// Canvas: <https://community.canvaslms.com/t5/Instructor-Guide/How-do-I-import-grades-in-the-Gradebook/ta-p/807>. Students
/// are found by their number; a title that Canvas does not know makes a new assignment.
pub(super) fn canvas(grades: &Grades<'_>, title: &str) -> Result<String, Error> {
    let possible = grades
        .students
        .iter()
        .map(|graded| graded.of)
        .max()
        .unwrap_or(0);
    let mut rows = vec![
        [
            "Student",
            "ID",
            "SIS User ID",
            "SIS Login ID",
            "Section",
            title,
        ]
        .map(str::to_owned)
        .to_vec(),
        [
            "    Points Possible",
            "",
            "",
            "",
            "",
            &format!("{possible}.00"),
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    for graded in gradable(grades) {
        let name = graded.student.name.as_deref().unwrap_or(&graded.student.id);
        let points = format!("{}.00", graded.points);
        rows.push(
            [
                cell(name),
                cell(&graded.student.id),
                String::new(),
                String::new(),
                String::new(),
                points,
            ]
            .into(),
        );
    }
    write(&rows)
}

/// Moodle's offline grading worksheet. Feedback without a grade would wipe the grade, so both are always there.
pub(super) fn moodle(run: Run<'_>) -> Result<String, Error> {
    let header = [
        "Identifier",
        "Full name",
        "Grade",
        "Maximum Grade",
        "Feedback comments",
    ];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for graded in gradable(run.grades) {
        let name = graded.student.name.as_deref();
        let name = name.unwrap_or(&graded.student.id);
        let mut comments = Vec::new();
        for record in student_records(run, graded) {
            if !record.is_passed() {
                let first_line = record.message.lines().next().unwrap_or_default();
                comments.push(format!("{} {}: {first_line}", record.exercise, record.task));
            }
        }
        if comments.is_empty() {
            comments.push("Everything passed.".to_owned());
        }
        rows.push(vec![
            moodle_identifier(graded.student),
            cell(name),
            format!("{}.00", graded.points),
            format!("{}.00", graded.of),
            cell(&comments.join(" / ")),
        ]);
    }
    write(&rows)
}

/// Returns the identifier by which Moodle finds a student. The number of a team would be another student's, so a team has
/// none: the import leaves its row out, and people read it.
fn moodle_identifier(student: &Student) -> String {
    let id = &student.id;
    let is_number = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    match student.kind {
        StudentKind::Team => String::new(),
        StudentKind::Person if is_number => format!("Participant {id}"),
        StudentKind::Person => cell(id),
    }
}

fn gradable<'a>(grades: &'a Grades<'_>) -> impl Iterator<Item = &'a StudentGrades<'a>> {
    grades
        .students
        .iter()
        .filter(|student| !student.has_fault())
}

/// Makes text that no spreadsheet takes for a formula.
fn cell(text: &str) -> String {
    let text = line(text);
    let is_formula = text
        .trim_start()
        .starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']);
    if is_formula { format!("'{text}") } else { text }
}

fn write(rows: &[Vec<String>]) -> Result<String, Error> {
    let mut writer = WriterBuilder::new()
        .quote_style(QuoteStyle::Necessary)
        .from_writer(Vec::new());
    for row in rows {
        writer.write_record(row).map_err(Error::Table)?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| Error::TableBuffer(error.into_error()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_cell_is_a_formula(text in r#"[=+@\-\t\r\n ",;'＝a]{0,20}|\PC{0,40}"#) {
            let cell = cell(&text);
            prop_assert!(!cell.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']), "{cell}");
            prop_assert!(!cell.contains(['\n', '\r', '\t']));
        }

        #[test]
        fn rows_come_out_as_they_went_in(cells in proptest::collection::vec(any::<String>(), 1..5)) {
            let text = write(std::slice::from_ref(&cells)).expect("it can be written");
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
            let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().expect("it is a table");
            let row = rows.first().map(|row| row.iter().map(str::to_owned).collect::<Vec<_>>());
            prop_assert_eq!(row.unwrap_or_default(), cells);
        }
    }
}
