//! The book's dependencies on solutions, which its figures and claims compute with: cargo cannot find them by itself.

use std::path::{Path, PathBuf};

use attentive_course::files;
use attentive_course::{Exercise, line_of_byte};

use super::SyncError;
use super::manifest::ManifestError;

/// Path of the book's manifest from the course's root.
pub(super) const MANIFEST: &str = "src/book/Cargo.toml";
/// Marks around the lines of the solutions.
const BEGIN: &str = "# begin solutions: `cargo attentive author sync` writes these lines\n";
const END: &str = "# end solutions\n";

/// Computes the book's manifest; `None` if the course has no book, as a toy course of the tests.
pub(super) fn plan_manifest(solutions: &[Exercise]) -> Result<Option<String>, SyncError> {
    let path = Path::new(MANIFEST);
    if !path.is_file() {
        return Ok(None);
    }
    let text = files::read_text(path)?;
    match with_solutions(&text, solutions) {
        Ok(manifest) => Ok(Some(manifest)),
        Err(error) => Err(SyncError::Manifest {
            path: PathBuf::from(MANIFEST),
            error,
        }),
    }
}

/// Replaces the lines between the marks by one for each solution, sorted by name.
fn with_solutions(manifest: &str, solutions: &[Exercise]) -> Result<String, ManifestError> {
    let split = manifest.split_once(BEGIN);
    let Some((before, (_, after))) =
        split.and_then(|(before, rest)| Some((before, rest.split_once(END)?)))
    else {
        return Err(ManifestError {
            line: line_of_byte(manifest, manifest.find("[dependencies]").unwrap_or(0)),
            message: format!(
                "expected the lines `{}` and `{}` below [dependencies], found no such pair; add it",
                BEGIN.trim_end(),
                END.trim_end()
            ),
        });
    };
    let mut lines = Vec::new();
    for solution in solutions {
        lines.push(format!(
            "{} = {{ path = \"../../solutions/{}\" }}\n",
            solution.package(),
            solution.folder()
        ));
    }
    lines.sort();
    Ok(format!("{before}{BEGIN}{}{END}{after}", lines.concat()))
}

#[cfg(test)]
mod tests {
    use attentive_course::Tree;

    use super::*;

    #[test]
    fn the_lines_between_the_marks_are_those_of_the_solutions() {
        let solutions: Vec<Exercise> = ["01-softmax", "02-attention"]
            .iter()
            .filter_map(|folder| Exercise::from_folder(folder, Tree::Solutions))
            .collect();
        let manifest = format!("[dependencies]\n{BEGIN}old = 1\n{END}clap = 4\n");
        let expected = format!(
            "[dependencies]\n{BEGIN}\
             attention-solution = {{ path = \"../../solutions/02-attention\" }}\n\
             softmax-solution = {{ path = \"../../solutions/01-softmax\" }}\n\
             {END}clap = 4\n"
        );
        let written = with_solutions(&manifest, &solutions).expect("both marks are there");
        assert_eq!(written, expected);
        let error = with_solutions("[dependencies]\n", &solutions).expect_err("no marks");
        assert_eq!(error.line, 1);
    }
}
