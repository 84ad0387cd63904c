//! Submissions, in the form in which an output folder stores them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A student.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Student {
    /// Their id on the learning platform: a number, an address, a folder's name.
    pub(crate) id: String,
    /// Their name, where it is known.
    pub(crate) name: Option<String>,
}

/// The submission of one student.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Submission {
    /// The student.
    pub(crate) student: Student,
    /// The file or folder that it came in, without the folders above.
    pub(crate) origin: String,
    /// The collected sources, by the exercise's folder.
    #[serde(rename = "taken")]
    pub(crate) collected: BTreeMap<String, Collected>,
    /// Other files that were changed or added, each with the reason for which it is not used.
    pub(crate) unused: Vec<String>,
    /// The reason for which nothing could be collected.
    pub(crate) problem: Option<String>,
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
