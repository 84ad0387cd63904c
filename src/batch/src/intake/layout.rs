//! Names of files in learning platforms' downloads, and the students that they belong to.

use super::submission::Student;

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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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

    proptest! {
        #[test]
        fn any_name_belongs_to_somebody(file in r"\PC{1,40}|[a-z_0-9.]{1,40}") {
            let id = identify(&file).student.id;
            prop_assert!(file.contains(&id), "{id}");
        }

        #[test]
        fn canvas_names_are_read(name in "[a-z]{1,12}", late in any::<bool>(), id in 0..u32::MAX, order in any::<u64>()) {
            let late = if late { "LATE_" } else { "" };
            let identity = identify(&format!("{name}_{late}{id}_{order}_homework.zip"));
            let student = Student { id: id.to_string(), name: Some(name) };
            prop_assert_eq!(identity, Identity { student, order: Some(order) });
        }

        #[test]
        fn moodle_names_are_read(name in r"[^_\p{C}]{1,20}", id in 0..u32::MAX) {
            let identity = identify(&format!("{name}_{id}_assignsubmission_file_"));
            let student = Student { id: id.to_string(), name: Some(name) };
            prop_assert_eq!(identity, Identity { student, order: None });
        }
    }
}
