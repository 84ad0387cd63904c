//! The file in which a download from Gradescope lists the submissions and their students.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use yaml_rust2::parser::{Event, Parser};
use yaml_rust2::{Yaml, YamlLoader};

use super::error::IntakeError;
use super::submission::{Student, StudentKind};

/// The name of the file.
pub(super) const FILE: &str = "submission_metadata.yml";
/// The most bytes of the file: its parser keeps all of it in memory.
const MAX_BYTES: u64 = 64 << 20;
/// The deepest nesting in the file, which the parser reads by recursion. Gradescope writes about ten levels.
const MAX_DEPTH: usize = 64;

/// The owners of a submission: one student, or the members of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Owners {
    pub(super) students: Vec<Student>,
    /// The submission's number: the larger is the newer.
    pub(super) number: Option<u64>,
}

/// Reads the owners of the `submission_…` folders in a download from Gradescope; empty for any other folder.
pub(super) fn owners(folder: &Path) -> Result<BTreeMap<String, Owners>, IntakeError> {
    let path = folder.join(FILE);
    let Ok(metadata) = path.metadata() else {
        return Ok(BTreeMap::new());
    };
    let owners = if metadata.len() > MAX_BYTES {
        Err(format!("expected at most {} MiB", MAX_BYTES >> 20))
    } else {
        match std::fs::read_to_string(&path) {
            Ok(text) => parse(&text),
            Err(error) => Err(error.to_string()),
        }
    };
    owners.map_err(|message| IntakeError::Metadata { path, message })
}

/// A submitter, as the file lists them.
struct Submitter {
    name: Option<String>,
    sid: Option<String>,
    email: Option<String>,
}

fn parse(text: &str) -> Result<BTreeMap<String, Owners>, String> {
    ensure_bounded(text)?;
    let documents = YamlLoader::load_from_str(text).map_err(|error| error.to_string())?;
    let Some(Yaml::Hash(submissions)) = documents.first() else {
        return Err("expected a table of submissions".to_owned());
    };
    let mut submitters = BTreeMap::new();
    for (name, submission) in submissions {
        if let Some(name) = name.as_str() {
            submitters.insert(name.to_owned(), submitters_of(submission));
        }
    }
    let shared = shared_ids(submitters.values().flatten());
    let mut owners = BTreeMap::new();
    for (name, submitters) in submitters {
        let mut students = Vec::new();
        for (nth, submitter) in submitters.into_iter().enumerate() {
            students.push(student(submitter, &name, nth, &shared));
        }
        if students.is_empty() {
            students.push(Student::of(&name));
        }
        let number = name.rsplit_once('_').map(|(_, number)| number.parse());
        let number = number.and_then(Result::ok);
        owners.insert(name, Owners { students, number });
    }
    Ok(owners)
}

fn submitters_of(submission: &Yaml) -> Vec<Submitter> {
    let mut submitters = Vec::new();
    for submitter in field(submission, "submitters")
        .as_vec()
        .into_iter()
        .flatten()
    {
        submitters.push(Submitter {
            name: text_field(submitter, "name"),
            sid: text_field(submitter, "sid").filter(|sid| !sid.is_empty()),
            email: text_field(submitter, "email").filter(|email| !email.is_empty()),
        });
    }
    submitters
}

/// Finds the student numbers that are given with several addresses: some courses let students enter their own number.
fn shared_ids<'a>(submitters: impl Iterator<Item = &'a Submitter>) -> BTreeSet<String> {
    let mut emails: BTreeMap<&str, BTreeSet<Option<&str>>> = BTreeMap::new();
    for submitter in submitters {
        let email = submitter.email.as_deref();
        for id in submitter.sid.as_deref().into_iter().chain(email) {
            emails.entry(id).or_default().insert(email);
        }
    }
    emails.retain(|_, emails| emails.len() > 1);
    emails.into_keys().map(str::to_owned).collect()
}

/// Identifies the submitter at this place of a submission's list. Not every course has students' numbers; every student
/// has an address.
fn student(
    submitter: Submitter,
    submission: &str,
    nth: usize,
    shared: &BTreeSet<String>,
) -> Student {
    let Submitter { name, sid, email } = submitter;
    let sid = sid.filter(|sid| email.is_none() || !shared.contains(sid));
    let unknown = || match nth {
        0 => submission.to_owned(),
        _ => format!("{submission}-{}", nth + 1),
    };
    Student {
        id: sid.or(email).unwrap_or_else(unknown),
        name,
        kind: StudentKind::Person,
    }
}

/// Makes sure that the text can be loaded in memory that grows with its length only: without aliases, each of which the
/// loader replaces with a copy, and without deep nesting.
fn ensure_bounded(text: &str) -> Result<(), String> {
    let mut parser = Parser::new_from_str(text);
    let mut depth = 0_usize;
    loop {
        let (event, _) = parser.next_token().map_err(|error| error.to_string())?;
        match event {
            Event::StreamEnd => return Ok(()),
            Event::Alias(_) => return Err("expected no aliases, found one".to_owned()),
            Event::SequenceStart(..) | Event::MappingStart(..) => depth += 1,
            Event::SequenceEnd | Event::MappingEnd => depth = depth.saturating_sub(1),
            _ => (),
        }
        if depth > MAX_DEPTH {
            return Err(format!("expected at most {MAX_DEPTH} levels, found more"));
        }
    }
}

/// Looks up a field whose key is a Ruby symbol, as Gradescope writes them: `:name:`.
fn field<'a>(table: &'a Yaml, key: &str) -> &'a Yaml {
    match &table[format!(":{key}").as_str()] {
        Yaml::BadValue => &table[key],
        found => found,
    }
}

fn text_field(table: &Yaml, key: &str) -> Option<String> {
    match field(table, key) {
        Yaml::String(text) => Some(text.clone()),
        Yaml::Integer(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn gradescope_lists_the_owners() {
        let text = "---\nsubmission_501:\n  :submitters:\n  - :name: Jane Doe\n    :sid: '0042'\n    :email: jane@example.edu\n  \
                    :created_at: 2026-03-01 10:00:00.000000000 Z\n  :score: 0.0\nsubmission_502:\n  :submitters:\n  - :name: No Number\n    \
                    :sid: ''\n    :email: no@example.edu\n";
        let owners = parse(text).expect("it is as Gradescope writes it");
        let jane = Student {
            name: Some("Jane Doe".into()),
            ..Student::of("0042")
        };
        assert_eq!(
            owners["submission_501"],
            Owners {
                students: vec![jane],
                number: Some(501)
            }
        );
        assert_eq!(ids(&owners, "submission_502"), ["no@example.edu"]);
        assert!(parse("- [").is_err());
    }

    fn ids<'a>(owners: &'a BTreeMap<String, Owners>, name: &str) -> Vec<&'a str> {
        let students = owners[name].students.iter();
        students.map(|student| &*student.id).collect()
    }

    #[test]
    fn every_member_of_a_group_is_an_owner() {
        let text = "submission_7:\n  :submitters:\n  - :name: A\n    :sid: '1'\n    :email: a@x\n  - :name: B\n    :sid: '2'\n    \
                    :email: b@x\n  - :name: C\nsubmission_8:\n  :submitters: []\nsubmission_9:\n  :score: 1\n";
        let owners = parse(text).expect("it is as Gradescope writes it");
        assert_eq!(ids(&owners, "submission_7"), ["1", "2", "submission_7-3"]);
        // Nobody knows whose these are, and they are in the table all the same.
        assert_eq!(ids(&owners, "submission_8"), ["submission_8"]);
        assert_eq!(ids(&owners, "submission_9"), ["submission_9"]);
    }

    #[test]
    fn a_number_that_two_students_enter_is_neither_s() {
        let text = "submission_1:\n  :submitters:\n  - :name: A\n    :sid: '7'\n    :email: a@x\nsubmission_2:\n  :submitters:\n  \
                    - :name: B\n    :sid: '7'\n    :email: b@x\nsubmission_3:\n  :submitters:\n  - :name: C\n    :sid: a@x\n    \
                    :email: c@x\nsubmission_4:\n  :submitters:\n  - :name: D\n    :sid: '9'\n    :email: d@x\n";
        let owners = parse(text).expect("it is as Gradescope writes it");
        let all: Vec<&str> = owners.keys().flat_map(|name| ids(&owners, name)).collect();
        assert_eq!(all, ["a@x", "b@x", "c@x", "9"]);
    }

    #[test]
    fn a_file_that_would_grow_in_memory_is_refused() {
        let mut bomb = String::from("a0: &a0 [x, x]\n");
        for level in 1..40 {
            let below = level - 1;
            bomb.push_str(&format!("a{level}: &a{level} [*a{below}, *a{below}]\n"));
        }
        insta::assert_snapshot!(parse(&bomb).expect_err("a bomb"), @"expected no aliases, found one");
        let deep = "[".repeat(100_000);
        assert!(parse(&deep).is_err());
    }

    #[test]
    fn a_download_without_the_file_has_no_owners() {
        let folder = tempfile::tempdir().expect("a folder");
        let owners = owners(folder.path()).expect("there is nothing to be wrong");
        assert!(owners.is_empty());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in r"[-:\[\]{}&*!|>'%@`,#? \n\tA-z0-9]{0,200}|\PC{0,80}") {
            let _ = parse(&text);
        }

        #[test]
        fn every_listed_student_is_found(
            number in any::<u64>(),
            sid in "[0-9A-Za-z][0-9A-Za-z ]{0,10}[0-9A-Za-z]",
            name in r"[^\p{C}'\\]{0,20}",
        ) {
            let text = format!(
                "submission_{number}:\n  :submitters:\n  - :name: '{name}'\n    :sid: '{sid}'\n"
            );
            let owners = parse(&text).expect("it is as Gradescope writes it");
            let student = Student { name: Some(name), ..Student::of(&sid) };
            let found = Owners { students: vec![student], number: Some(number) };
            prop_assert_eq!(&owners[&format!("submission_{number}")], &found);
        }
    }
}
