//! Checks the names of functions and paths in the text.
//!
//! Lessons write three kinds of code between backticks: the course's, that of libraries, and fragments of both. Only
//! code that claims to be the course's can be checked. The rules are:
//!
//! - a path whose first part is a crate of the course, such as `softmax::log_softmax`: each further part must be a
//!   word of that crate's sources;
//! - a call, such as `log_softmax(x)` with nothing before its name: the name must be a word of some source of the
//!   course (functions of other libraries are written with a receiver or a module, `torch.randn(3)`, `x.exp()`);
//! - a single word that no source has: it must not differ by a mere typing error from a public function of an exercise.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::io;
use std::path::Path;

use attentive_course::files::read_text;
use attentive_course::{Course, Location};
use pulldown_cmark::{Event, Parser};

use super::Diagnostic;
use super::built_book::{BuiltBook, list_files};
use crate::markdown::options;
use crate::suggest::{nearest, suggest_or};
use crate::{BookError, course};

/// Returns the misspelt names, and the number of pieces of code that were compared.
pub(super) fn check(
    book: &BuiltBook,
    course: &Course,
) -> Result<(Vec<Diagnostic>, usize), BookError> {
    let known = Known::read(course)?;
    let (mut diagnostics, mut compared) = (Vec::new(), 0);
    for page in book.pages.values() {
        for (event, range) in Parser::new_ext(&page.markdown, options()).into_offset_iter() {
            let Event::Code(code) = event else { continue };
            compared += 1;
            if let Err((problem, fix)) = known.compare(&code) {
                diagnostics.push(Diagnostic {
                    at: Location::of_byte(&page.source, &page.markdown, range.start),
                    problem,
                    fix,
                });
            }
        }
    }
    Ok((diagnostics, compared))
}

/// The words of the course's sources.
struct Known {
    /// Words of each crate, by its name in Rust.
    crates: BTreeMap<String, HashSet<String>>,
    /// Words of all crates.
    words: HashSet<String>,
    /// Public functions of the exercises.
    functions: BTreeSet<String>,
}

impl Known {
    fn read(course: &Course) -> Result<Self, BookError> {
        let mut known = Self {
            crates: BTreeMap::new(),
            words: HashSet::new(),
            functions: BTreeSet::new(),
        };
        for (name, exercise) in course::exercises(course)? {
            for word in known.add(&name, &course.path(exercise.directory()))? {
                known.functions.insert(word);
            }
        }
        for name in folders(&course.path("src"))? {
            known.add(&format!("attentive_{name}"), &course.path("src").join(name))?;
        }
        for folder in ["figures", "claims"] {
            known.add("attentive_book", &course.path("book").join(folder))?;
        }
        Ok(known)
    }

    /// Adds a crate, and returns its public functions.
    fn add(&mut self, name: &str, folder: &Path) -> Result<Vec<String>, BookError> {
        let mut functions = Vec::new();
        let words = self.crates.entry(name.replace('-', "_")).or_default();
        for file in list_files(folder, "rs")? {
            let text = read_text(&file)?;
            let new = || {
                text.split(|c: char| !is_word(c))
                    .filter(|word| !word.is_empty())
                    .map(str::to_owned)
            };
            words.extend(new());
            self.words.extend(new());
            let names = text
                .split("pub fn ")
                .skip(1)
                .filter_map(|rest| rest.split(|c: char| !is_word(c)).next());
            functions.extend(names.map(str::to_owned));
        }
        Ok(functions)
    }

    /// Checks a piece of code. An error is the problem and its fix.
    fn compare(&self, code: &str) -> Result<(), (String, String)> {
        let head: &str = code
            .split(|c: char| !is_word(c) && c != ':')
            .next()
            .unwrap_or_default();
        let mut parts = head.split("::");
        let first = parts.next().unwrap_or_default();
        if let Some(words) = self.crates.get(first).filter(|_| head.contains("::")) {
            return match parts.find(|part| !part.is_empty() && !words.contains(*part)) {
                None => Ok(()),
                Some(part) => Err((
                    format!("the crate {first} has no \"{part}\""),
                    suggest_or(
                        nearest(part, words.iter()),
                        "correct it, or add it to the crate",
                    ),
                )),
            };
        }
        if head.is_empty() || head.contains(':') || self.words.contains(head) {
            return Ok(());
        }
        let near = nearest(head, self.functions.iter()).filter(|_| head.len() > 4);
        if code[head.len()..].starts_with('(') {
            let other = "correct it, or write what it is called on, such as torch. before it";
            return Err((
                format!("no crate of the course has a function \"{head}\""),
                suggest_or(near, other),
            ));
        }
        match near {
            Some(near) if code == head => Err((
                format!("no crate of the course has \"{head}\""),
                suggest_or(Some(near), ""),
            )),
            _ => Ok(()),
        }
    }
}

/// Lists the names of the folders in a folder; none if there is no such folder.
fn folders(dir: &Path) -> Result<Vec<String>, BookError> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|error| BookError::Io {
            path: dir.to_owned(),
            error,
        })?,
    };
    let folders = entries.flatten().filter(|entry| entry.path().is_dir());
    Ok(folders
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect())
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Known {
        let words: HashSet<String> = ["log_softmax", "exp", "Array2"].map(str::to_owned).into();
        Known {
            crates: BTreeMap::from([("softmax".to_owned(), words.clone())]),
            words,
            functions: BTreeSet::from(["log_softmax".to_owned()]),
        }
    }

    #[test]
    fn what_the_sources_have_is_right_and_so_is_what_is_not_the_courses() {
        for code in [
            "softmax::log_softmax",
            "log_softmax(x)",
            "exp(89)",
            "log_softmax",
            "ndarray::Zip",
            "torch.randn(3)",
        ] {
            assert_eq!(known().compare(code), Ok(()), "{code}");
        }
        for code in [
            "x",
            "-1e9",
            "attn_mask",
            "cargo test -p softmax",
            "(rows, columns)",
            "a::b(c)",
            "&x",
        ] {
            assert_eq!(known().compare(code), Ok(()), "{code}");
        }
    }

    #[test]
    fn what_they_do_not_have_is_wrong() {
        for code in [
            "softmax::log_sofmax",
            "log_sofmax(x)",
            "log_sofmax",
            "randn(3)",
        ] {
            assert!(known().compare(code).is_err(), "{code}");
        }
        let (_, fix) = known().compare("log_sofmax(x)").expect_err("misspelt");
        assert_eq!(fix, "write log_softmax, if you meant that");
    }
}
