//! The steps of a check: a table of names, of what each needs, and of what each does.

use attentive_course::manifest;

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
    /// A test of packages, and what it means if that fails.
    Test {
        package: Chosen,
        test: &'static str,
        /// Part of the names of the tests to run; without it, all of them.
        filter: Option<Word>,
        what: &'static str,
        remedy: &'static str,
    },
    /// A command of `attentive`, and what it means if that fails.
    Run {
        arguments: &'static [Word],
        what: &'static str,
        remedy: &'static str,
    },
}

/// Packages among whose tests cargo finds one.
#[derive(Debug, Clone, Copy)]
enum Chosen {
    /// The exercise's solution.
    Solution,
    /// The package of the command.
    Command,
    /// All of the course's tools.
    Tools,
}

/// A word of a command, which may be the exercise's.
#[derive(Debug, Clone, Copy)]
enum Word {
    Text(&'static str),
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
            package: Chosen::Solution,
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
            package: Chosen::Solution,
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
            package: Chosen::Command,
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
            arguments: &[Word::Text("author"), Word::Text("mutants"), Word::Name],
            what: "too few mutants of the solution are rejected",
            remedy: "add a case that rejects the survivor, or write it into equivalent.toml with the reason",
        },
    },
    Step {
        name: "kill table",
        needs: &[Part::Solution, Part::Variants, Part::Words, Part::Pack],
        work: Work::Run {
            arguments: &[
                Word::Text("author"),
                Word::Text("kill-table"),
                Word::Text("--check"),
                Word::Name,
            ],
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
            package: Chosen::Tools,
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
            arguments: &[Word::Text("book"), Word::Text("check"), Word::Name],
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
                arguments,
                what,
                remedy,
            } => (run_arguments(check, arguments), what, remedy),
        };
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        Ok(cargo(&check.course, &arguments, what, remedy)?)
    }
}

impl Word {
    fn text(self, check: &Check) -> String {
        match self {
            Self::Text(text) => text.to_owned(),
            Self::Folder => check.folder(),
            Self::Name => check.exercise.name.clone(),
        }
    }
}

/// Returns the arguments with which cargo runs a test.
fn test_arguments(check: &Check, package: Chosen, test: &str, filter: Option<Word>) -> Vec<String> {
    let packages = match package {
        Chosen::Solution => vec![check.exercise.package()],
        Chosen::Command => vec!["attentive".to_owned()],
        Chosen::Tools => manifest::tools(check.course.root()),
    };
    let mut arguments = owned(&["test", "--quiet", "--test", test]);
    for package in packages {
        arguments.extend(["--package".to_owned(), package]);
    }
    if let Some(filter) = filter {
        arguments.extend(["--".to_owned(), filter.text(check)]);
    }
    arguments
}

/// Returns the arguments with which cargo runs a command of `attentive`.
fn run_arguments(check: &Check, words: &[Word]) -> Vec<String> {
    let mut arguments = owned(&["run", "--quiet", "--package", "attentive", "--"]);
    arguments.extend(words.iter().map(|word| word.text(check)));
    arguments
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
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
            Work::Run { arguments, .. } => run_arguments(&check, arguments).join(" "),
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
                "test --quiet --test grade --package softmax-solution",
            ),
            (
                "mistakes",
                "test --quiet --test mistakes --package attentive -- 01-softmax",
            ),
            (
                "kill table",
                "run --quiet --package attentive -- author kill-table --check softmax",
            ),
        ] {
            assert_eq!(command(step), expected);
        }
    }
}
