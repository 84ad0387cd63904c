//! Submissions, in the form in which an output folder stores them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A student, or a team that hands in as one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Student {
    /// Their id on the learning platform: a number, an address, a folder's name.
    pub(crate) id: String,
    /// Their name, where it is known.
    pub(crate) name: Option<String>,
    /// The kind of owner that the id is of.
    #[serde(default, skip_serializing_if = "StudentKind::is_person")]
    pub(crate) kind: StudentKind,
}

/// The kind of owner that an id is of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum StudentKind {
    #[default]
    Person,
    /// A team: its number is no person's.
    Team,
}

impl StudentKind {
    fn is_person(&self) -> bool {
        *self == Self::Person
    }
}

impl Student {
    /// Makes a student of whom only the id is known.
    pub(crate) fn of(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: None,
            kind: StudentKind::Person,
        }
    }
}

/// The submission of one student.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Submission {
    /// The student.
    pub(crate) student: Student,
    /// Ids of the other students who handed this in together with the student.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) partners: Vec<String>,
    /// The file or folder that it came in, without the folders above; several with commas between them.
    pub(crate) origin: String,
    /// The collected sources, by the exercise's folder.
    #[serde(rename = "taken")]
    pub(crate) collected: BTreeMap<String, Collected>,
    /// Explanations for exercises that are missing, by the exercise's folder: what was found in their place.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) misplaced: BTreeMap<String, String>,
    /// Other files that were changed or added, each with the reason for which it is not used.
    pub(crate) unused: Vec<String>,
    /// The reason for which nothing could be collected.
    pub(crate) problem: Option<String>,
}

impl Submission {
    /// Returns `true` if any exercise was handed in.
    pub(crate) fn has_exercise(&self) -> bool {
        self.collected.values().any(Collected::is_handed_in)
    }
}

/// The sources that were collected for one exercise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Collected {
    /// Its sources, below `src`, by path.
    Sources(BTreeMap<String, String>),
    /// A reason for which they cannot be used.
    Unusable(String),
}

impl Collected {
    /// Returns `true` if the exercise was handed in, whether it can be used or not.
    pub(crate) fn is_handed_in(&self) -> bool {
        match self {
            Self::Sources(sources) => sources.contains_key("lib.rs"),
            Self::Unusable(_) => true,
        }
    }
}
