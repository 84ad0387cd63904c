//! Grades: the verdicts on a task's cases and properties, and the mistakes that explain them.

use crate::verdict::Verdict;

/// The verdict on one case or one property of a task.
#[derive(Debug, Clone, PartialEq)]
pub struct Grade {
    /// The case's or the property's name.
    pub name: String,
    /// The case's purpose, or the property's demand.
    pub purpose: String,
    /// The verdict.
    pub verdict: Verdict,
    /// The largest distance of an entry from libtorch's, in tolerances.
    pub distance: f64,
    /// The mistake that gives the same numbers, if one does.
    pub mistake: Option<NamedMistake>,
    /// The end of what the call printed, where that is kept.
    pub printed: String,
}

/// The verdicts on a task: its cases in the pack's order, then its properties.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskGrade {
    /// The task's name.
    pub task: String,
    /// Its position among the exercise's tasks.
    pub position: TaskPosition,
    /// Cases, then properties.
    pub grades: Vec<Grade>,
}

/// The position of a task in its exercise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskPosition {
    /// The task's number, from 1.
    pub number: usize,
    /// The number of tasks.
    pub total: usize,
}

impl TaskGrade {
    /// Returns `true` if everything passed.
    pub fn passed(&self) -> bool {
        self.grades.iter().all(|grade| grade.verdict.passed())
    }

    /// Returns the first grade that did not pass.
    pub fn first_failure(&self) -> Option<&Grade> {
        self.grades.iter().find(|grade| !grade.verdict.passed())
    }
}

/// A recorded mistake that explains a task's failures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedMistake {
    /// The mistake's id; `exercise.toml` says what it is.
    pub id: String,
    /// The part of the case's numbers that are the mistake's.
    pub extent: Extent,
    /// The cases in which the numbers are the mistake's.
    pub agrees: usize,
    /// The cases that fail, or would fail by this mistake. Where fewer agree, it is not the only one, or not the one.
    pub of: usize,
    /// Names of the cases that fail, and that neither this mistake nor its companion explains.
    pub unexplained: Vec<String>,
    /// Names of the cases that fail, and in which nobody has recorded what this mistake gives.
    pub unrecorded: Vec<String>,
    /// Names of the cases that pass, and that would fail by this mistake.
    pub spared: Vec<String>,
    /// Ids of the mistakes that explain the same cases as well.
    pub rivals: Vec<String>,
    /// Id of the second mistake, where it takes two to explain the failures.
    pub companion: Option<String>,
}

/// The part of a case's numbers that are a mistake's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Extent {
    /// All of them.
    Whole,
    /// The beginning of this output, a curve: as far as the mistake shows in it, and a little on.
    Beginning(String),
    /// Not in this case, or it was not answered; but in nearly all others.
    Elsewhere,
}

impl Extent {
    /// Its name in reports for machines.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Beginning(_) => "beginning",
            Self::Elsewhere => "elsewhere",
        }
    }
}
