//! Names of files in learning platforms' downloads, and the students that they belong to.

use std::collections::BTreeMap;
use std::path::Path;

use yaml_rust2::{Yaml, YamlLoader};

use super::{IntakeError, Student};

/// The file in which Gradescope lists the submissions and their students.
pub(super) const GRADESCOPE: &str = "submission_metadata.yml";
/// The most bytes of that file: its parser keeps all of it in memory.
const MAX_METADATA_BYTES: u64 = 64 << 20;

/// The owner of a file or folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) student: Student,
    /// Orders the submissions of one student, where the name has a number for it.
    pub(super) order: Option<u64>,
}

impl Identity {
    /// Makes the identity of a student of whom only the id is known.
    pub(super) fn of(id: &str) -> Self {
        Self {
            student: Student {
                id: id.to_owned(),
                name: None,
            },
            order: None,
        }
    }
}

/// Reads a name as Canvas or Moodle write them; any other name is itself the student's id.
///
/// - Canvas: `doejane_LATE_4321_98765_homework-2.zip`: the name, perhaps `LATE`, the student's number, that of the file.
/// - Moodle: `Jane Doe_4321_assignsubmission_file_`: the name and the participant's number.
pub(super) fn identify(file: &str) -> Identity {
    moodle(file)
        .or_else(|| canvas(file))
        .unwrap_or_else(|| Identity::of(stem(file)))
}

fn moodle(file: &str) -> Option<Identity> {
    let (before, _) = file.split_once("_assignsubmission_")?;
    let (name, id) = before.rsplit_once('_')?;
    let student = Student {
        id: number(id)?,
        name: Some(name.to_owned()),
    };
    Some(Identity {
        student,
        order: None,
    })
}

fn canvas(file: &str) -> Option<Identity> {
    let (name, rest) = file.split_once('_')?;
    let rest = rest.strip_prefix("LATE_").unwrap_or(rest);
    let mut parts = rest.splitn(3, '_');
    let (id, order) = (number(parts.next()?)?, number(parts.next()?)?.parse().ok()?);
    parts.next()?;
    Some(Identity {
        student: Student {
            id,
            name: Some(name.to_owned()),
        },
        order: Some(order),
    })
}

fn number(text: &str) -> Option<String> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.to_owned())
}

/// Removes an archive's extension from a name.
fn stem(file: &str) -> &str {
    [".tar.gz", ".tgz", ".zip"]
        .iter()
        .find_map(|suffix| file.strip_suffix(suffix))
        .unwrap_or(file)
}

/// Reads the owners of the `submission_…` folders in a download from Gradescope; empty for any other folder.
pub(super) fn gradescope(folder: &Path) -> Result<BTreeMap<String, Identity>, IntakeError> {
    let path = folder.join(GRADESCOPE);
    let failed = |message: String| IntakeError::Metadata {
        path: path.clone(),
        message,
    };
    let Ok(metadata) = path.metadata() else {
        return Ok(BTreeMap::new());
    };
    if metadata.len() > MAX_METADATA_BYTES {
        return Err(failed(format!(
            "expected at most {} MiB",
            MAX_METADATA_BYTES >> 20
        )));
    }
    let text = std::fs::read_to_string(&path).map_err(|error| failed(error.to_string()))?;
    let documents = YamlLoader::load_from_str(&text).map_err(|error| failed(error.to_string()))?;
    let Some(Yaml::Hash(submissions)) = documents.first() else {
        return Err(failed("expected a table of submissions".to_owned()));
    };
    let mut known = BTreeMap::new();
    for (name, about) in submissions {
        let Some(name) = name.as_str() else { continue };
        let submitter = &field(about, "submitters")[0];
        let text = |key: &str| match field(submitter, key) {
            Yaml::String(text) => Some(text.clone()),
            Yaml::Integer(number) => Some(number.to_string()),
            _ => None,
        };
        // Not every course has students' numbers; every student has an address.
        let id = text("sid")
            .filter(|sid| !sid.is_empty())
            .or_else(|| text("email"));
        let id =
            id.ok_or_else(|| failed(format!("`{name}` has no submitter with a sid or an email")))?;
        let order = name
            .rsplit_once('_')
            .and_then(|(_, number)| number.parse().ok());
        known.insert(
            name.to_owned(),
            Identity {
                student: Student {
                    id,
                    name: text("name"),
                },
                order,
            },
        );
    }
    Ok(known)
}

/// Looks up a field whose key is a Ruby symbol, as Gradescope writes them: `:name:`.
fn field<'a>(table: &'a Yaml, key: &str) -> &'a Yaml {
    match &table[format!(":{key}").as_str()] {
        Yaml::BadValue => &table[key],
        found => found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_as_platforms_write_them() {
        let read = |file: &str| {
            let Identity {
                student: Student { id, name },
                order,
            } = identify(file);
            format!("{id} · {} · {order:?}", name.unwrap_or_default())
        };
        insta::assert_snapshot!(read("doejane_4321_98765_homework.zip"), @"4321 · doejane · Some(98765)");
        insta::assert_snapshot!(read("doejane_LATE_4321_98766_homework-1.zip"), @"4321 · doejane · Some(98766)");
        insta::assert_snapshot!(read("Jane van der Doe_77_assignsubmission_file_"), @"77 · Jane van der Doe · None");
        insta::assert_snapshot!(read("Jane_Doe_77_assignsubmission_file_work.zip"), @"77 · Jane_Doe · None");
        insta::assert_snapshot!(read("attention-octocat"), @"attention-octocat ·  · None");
        insta::assert_snapshot!(read("李雷.tar.gz"), @"李雷 ·  · None");
        insta::assert_snapshot!(read("a_b_c_d.zip"), @"a_b_c_d ·  · None");
    }

    #[test]
    fn gradescope_says_whose_is_whose() {
        let folder = tempfile::tempdir().expect("a folder");
        let text = "---\nsubmission_501:\n  :submitters:\n  - :name: Jane Doe\n    :sid: '0042'\n    :email: jane@example.edu\n  \
                    :created_at: 2026-03-01 10:00:00.000000000 Z\n  :score: 0.0\nsubmission_502:\n  :submitters:\n  - :name: No Number\n    \
                    :sid: ''\n    :email: no@example.edu\n";
        std::fs::write(folder.path().join(GRADESCOPE), text).expect("it can be written");
        let known = gradescope(folder.path()).expect("it is as Gradescope writes it");
        let jane = Student {
            id: "0042".into(),
            name: Some("Jane Doe".into()),
        };
        assert_eq!(
            known["submission_501"],
            Identity {
                student: jane,
                order: Some(501)
            }
        );
        assert_eq!(known["submission_502"].student.id, "no@example.edu");
        std::fs::write(folder.path().join(GRADESCOPE), "- [").expect("it can be written");
        assert!(gradescope(folder.path()).is_err());
    }
}
