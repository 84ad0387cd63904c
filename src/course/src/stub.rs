//! Stubs of exercises: what they are before anybody works on them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use thiserror::Error;

use crate::files::{self, FileError};
use crate::region::{RegionError, RegionProblem, stub_text};
use crate::sources::given_code;
use crate::{Course, Exercise, Tree};

/// Name of the folder in which an exercise keeps its stub where there is no solution to make it from, that is, in a
/// course that was released.
pub const STUB_FOLDER: &str = ".stub";

/// A reason why an exercise has no stub.
#[derive(Debug, Error)]
pub enum StubError {
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The regions of a solution's file are not in order.
    #[error("{path}:{error}", path = path.display())]
    Region {
        /// The file.
        path: PathBuf,
        /// The fault.
        error: RegionError,
    },
    /// There is neither a solution nor a kept stub.
    #[error(
        "{directory} has no stub to go back to (expected {directory}/{STUB_FOLDER}/lib.rs); restore it from the repository",
        directory = .0.display()
    )]
    Missing(PathBuf),
}

impl Course {
    /// Makes the stub of an exercise from its solution, or reads the one that is kept where there is no solution.
    /// Returns the texts of its files by their paths below `src`, without given code.
    ///
    /// # Errors
    /// When the solution is at fault, or a file cannot be read.
    pub fn stub(&self, exercise: &Exercise) -> Result<BTreeMap<PathBuf, String>, StubError> {
        let solution = exercise.in_tree(Tree::Solutions);
        if self.path(solution.directory()).is_dir() {
            return self.make_stub(&solution);
        }
        let exercise = exercise.in_tree(Tree::Exercises);
        let kept = self.path(exercise.directory()).join(STUB_FOLDER);
        let mut stub = BTreeMap::new();
        for file in files::list_rust(&kept)? {
            let text = files::read_text(&kept.join(&file))?;
            stub.insert(file, text);
        }
        if stub.is_empty() {
            return Err(StubError::Missing(exercise.directory()));
        }
        Ok(stub)
    }

    /// Returns the texts of an exercise's given code by their paths below `src`. None where there is no solution: there
    /// it is part of the stub.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn given_code(&self, exercise: &Exercise) -> Result<BTreeMap<PathBuf, String>, FileError> {
        let folder = self.path(exercise.in_tree(Tree::Exercises).directory());
        let solution = self.path(exercise.in_tree(Tree::Solutions).directory());
        let mut given = BTreeMap::new();
        for source in files::list_rust(&solution.join("src"))? {
            for path in given_code(&solution.join("src").join(source))? {
                if let Ok(file) = path.strip_prefix(folder.join("src")) {
                    given.insert(file.to_owned(), files::read_text(&path)?);
                }
            }
        }
        Ok(given)
    }

    fn make_stub(&self, solution: &Exercise) -> Result<BTreeMap<PathBuf, String>, StubError> {
        let folder = self.path(solution.directory()).join("src");
        let mut stub = BTreeMap::new();
        let mut regions = 0;
        for file in files::list_rust(&folder)? {
            let text = files::read_text(&folder.join(&file))?;
            let made = stub_text(&text).map_err(|error| StubError::Region {
                path: solution.directory().join("src").join(&file),
                error,
            })?;
            regions += made.regions;
            stub.insert(file, made.text);
        }
        if regions == 0 {
            return Err(StubError::Region {
                path: solution.source(),
                error: RegionError {
                    line: 1,
                    problem: RegionProblem::NoRegion,
                },
            });
        }
        Ok(stub)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_stub_is_made_from_the_solution_or_read_where_there_is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let course = Course::at(folder.path());
        let exercise = Exercise::from_folder("11-block", Tree::Exercises).expect("an exercise");
        assert!(matches!(course.stub(&exercise), Err(StubError::Missing(_))));
        let write = |path: &str, text: &str| {
            files::write(&course.path(path), text).expect("it can be written");
        };
        let stub = "mod weights;\n\ntodo!(\"attend\")\n";
        let expected = BTreeMap::from([(PathBuf::from("lib.rs"), stub.to_owned())]);
        write("exercises/11-block/.stub/lib.rs", stub);
        assert_eq!(course.stub(&exercise).expect("it is kept"), expected);
        write("exercises/11-block/.stub/lib.rs", "another");
        write("exercises/11-block/src/weights.rs", "given");
        write(
            "solutions/11-block/src/lib.rs",
            "#[path = \"../../../exercises/11-block/src/weights.rs\"]\nmod weights;\n\n\
             // region: solution \"attend\"\nx\n// endregion\n",
        );
        assert_eq!(course.stub(&exercise).expect("it can be made"), expected);
        let given = course.given_code(&exercise).expect("one file");
        assert_eq!(given[Path::new("weights.rs")], "given");
    }
}
