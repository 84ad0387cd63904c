//! The steps of a check: a table of names, of what each needs, and of what each does.

use super::program::cargo;
use super::{Check, CheckError, Gap, reading, tools};
use crate::part::Part;

/// A step of a check.
#[derive(Debug)]
pub struct Step {
    /// Its name.
    pub name: &'static str,
    /// The files that it cannot do without.
    pub(super) needs: &'static [Part],
    work: Work,
}

/// The way in which a step finds what is missing.
#[derive(Debug)]
enum Work {
    /// A function.
    Call(fn(&Check) -> Result<Vec<Gap>, CheckError>),
    /// A test of a package, and what it means if that fails.
    Test {
        package: Word,
        test: &'static str,
        /// Part of the names of the tests to run; without it, all of them.
        filter: Option<Word>,
        what: &'static str,
        remedy: &'static str,
    },
    /// The program of a package, and what it means if that fails.
    Run {
        package: &'static str,
        arguments: &'static [Word],
        what: &'static str,
        remedy: &'static str,
    },
}

/// A word of a command, which may be the exercise's.
#[derive(Debug, Clone, Copy)]
enum Word {
    Text(&'static str),
    /// The solution's package.
    Package,
    /// The exercise's folder.
    Folder,
    /// The exercise's name.
    Name,
}

/// The files without which nothing can be graded.
const GRADED: &[Part] = &[Part::Solution, Part::Adapter, Part::Words, Part::Pack];

/// All steps, in the order in which an author comes to them.
pub(super) const STEPS: [Step; 13] = [
    Step {
        name: "files",
        needs: &[],
        work: Work::Call(reading::files),
    },
    Step {
        name: "words",
        needs: &[],
        work: Work::Call(reading::words),
    },
    Step {
        name: "format",
        needs: &[],
        work: Work::Call(tools::format),
    },
    Step {
        name: "clippy",
        needs: &[],
        work: Work::Call(tools::clippy),
    },
    Step {
        name: "drift",
        needs: &[Part::Reference, Part::Pack],
        work: Work::Call(tools::drift),
    },
    Step {
        name: "stub",
        needs: &[Part::Words, Part::Pack],
        work: Work::Run {
            package: "attentive",
            arguments: &[
                Word::Text("author"),
                Word::Text("sync"),
                Word::Text("--check"),
                Word::Folder,
            ],
            what: "the stub differs from the solution, or the words differ from the pack",
            remedy: "`cargo attentive author sync`, unless the output names something to correct",
        },
    },
    Step {
        name: "solution",
        needs: GRADED,
        work: Work::Test {
            package: Word::Package,
            test: "grade",
            filter: None,
            what: "the solution does not pass",
            remedy: "correct it, or the reference",
        },
    },
    Step {
        name: "variants",
        needs: &[Part::Solution, Part::Variants, Part::Words, Part::Pack],
        work: Work::Test {
            package: Word::Package,
            test: "variants",
            filter: None,
            what: "a correct variant is not accepted",
            remedy: "correct it; if it is right, the tolerance is too small",
        },
    },
    Step {
        name: "mistakes",
        needs: &[Part::Words, Part::Pack],
        work: Work::Test {
            package: Word::Text("attentive"),
            test: "mistakes",
            filter: Some(Word::Folder),
            what: "a mistake is not rejected and named, or learners read something new of one",
            remedy: "read what they read, and accept it with `INSTA_UPDATE=always cargo test --test mistakes`; \
                     otherwise correct the reference",
        },
    },
    Step {
        name: "mutants",
        needs: GRADED,
        work: Work::Run {
            package: "attentive-proof",
            arguments: &[Word::Text("mutants"), Word::Name],
            what: "too few mutants of the solution are rejected",
            remedy: "add a case that rejects the survivor, or write it into equivalent.toml with the reason",
        },
    },
    Step {
        name: "kill table",
        needs: &[Part::Solution, Part::Variants, Part::Words, Part::Pack],
        work: Work::Run {
            package: "attentive-proof",
            arguments: &[Word::Text("kill-table"), Word::Text("--check"), Word::Name],
            what: "a row of the kill table does not hold, or the page is not up to date",
            remedy: "`cargo attentive author kill-table` writes it, unless the output names something to correct",
        },
    },
    Step {
        name: "claims",
        needs: &[
            Part::Solution,
            Part::Page,
            Part::Figure,
            Part::Claims,
            Part::Quiz,
        ],
        work: Work::Test {
            package: Word::Text("attentive-book"),
            test: "claims",
            filter: None,
            what: "a claim of the lesson or of its quiz is not computed, or does not hold",
            remedy: "correct the page, the quiz or the claims",
        },
    },
    Step {
        name: "book",
        needs: &[
            Part::Words,
            Part::Pack,
            Part::Page,
            Part::Figure,
            Part::Quiz,
        ],
        work: Work::Run {
            package: "attentive-book",
            arguments: &[Word::Text("check"), Word::Name],
            what: "the lesson lacks something",
            remedy: "each line says what to do",
        },
    },
];

impl Step {
    /// Finds what is missing.
    pub(super) fn gaps(&self, check: &Check) -> Result<Vec<Gap>, CheckError> {
        let (arguments, what, remedy) = match self.work {
            Work::Call(function) => return function(check),
            Work::Test {
                package,
                test,
                filter,
                what,
                remedy,
            } => (test_arguments(check, package, test, filter), what, remedy),
            Work::Run {
                package,
                arguments,
                what,
                remedy,
            } => (run_arguments(check, package, arguments), what, remedy),
        };
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        Ok(cargo(&check.course, &arguments, what, remedy)?)
    }
}

impl Word {
    fn text(self, check: &Check) -> String {
        match self {
            Self::Text(text) => text.to_owned(),
            Self::Package => check.exercise.package(),
            Self::Folder => check.folder(),
            Self::Name => check.exercise.name.clone(),
        }
    }
}

/// Returns the arguments with which cargo runs a test.
fn test_arguments(check: &Check, package: Word, test: &str, filter: Option<Word>) -> Vec<String> {
    let package = package.text(check);
    let mut arguments = ["test", "--quiet", "--package", &package, "--test", test]
        .map(str::to_owned)
        .to_vec();
    if let Some(filter) = filter {
        arguments.extend(["--".to_owned(), filter.text(check)]);
    }
    arguments
}

/// Returns the arguments with which cargo runs the program of a package.
fn run_arguments(check: &Check, package: &str, words: &[Word]) -> Vec<String> {
    let mut arguments = ["run", "--quiet", "--package", package, "--"]
        .map(str::to_owned)
        .to_vec();
    arguments.extend(words.iter().map(|word| word.text(check)));
    arguments
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use attentive_course::Course;

    use super::*;

    /// Returns the command of a step for the first exercise.
    fn command(name: &str) -> String {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let course = Course::open(&root).expect("the course is there");
        let check = Check::new(course, "softmax").expect("it has the exercise");
        let step = STEPS.iter().find(|step| step.name == name);
        match step.expect("a step of this name").work {
            Work::Call(_) => panic!("{name} has no command"),
            Work::Test {
                package,
                test,
                filter,
                ..
            } => test_arguments(&check, package, test, filter).join(" "),
            Work::Run {
                package, arguments, ..
            } => run_arguments(&check, package, arguments).join(" "),
        }
    }

    #[test]
    fn the_words_of_a_command_are_the_exercises() {
        for (step, expected) in [
            (
                "stub",
                "run --quiet --package attentive -- author sync --check 01-softmax",
            ),
            (
                "solution",
                "test --quiet --package softmax-solution --test grade",
            ),
            (
                "mistakes",
                "test --quiet --package attentive --test mistakes -- 01-softmax",
            ),
            (
                "kill table",
                "run --quiet --package attentive-proof -- kill-table --check softmax",
            ),
        ] {
            assert_eq!(command(step), expected);
        }
    }
}
