//! Groups of submissions: each resembles at least one other of its group.

use std::collections::{BTreeMap, BTreeSet};

use super::Resemblance;
use crate::intake::Submission;

/// A team, by the place of its first student among the submissions. A student who works alone is a team of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Team(usize);

/// Submissions that resemble each other.
#[derive(Debug, PartialEq)]
pub(crate) struct Group<'a> {
    /// Ids of the students.
    pub(crate) members: Vec<&'a str>,
    /// The exercises in which they do, in the course's order.
    pub(crate) exercises: Vec<SharedExercise<'a>>,
}

/// An exercise in which submissions of a group resemble each other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct SharedExercise<'a> {
    /// The exercise's folder.
    pub(crate) exercise: &'a str,
    /// The smallest share of those that were pointed out.
    pub(crate) least: f64,
    /// The largest share.
    pub(crate) most: f64,
    /// `true` if all of those that resemble each other are the same text.
    pub(crate) is_equal: bool,
}

impl Group<'_> {
    /// Returns the largest share, over the exercises.
    pub(crate) fn largest_share(&self) -> f64 {
        let shares = self.exercises.iter().map(|shared| shared.most);
        shares.fold(0.0, f64::max)
    }
}

/// Returns the team of each submission.
pub(super) fn teams(submissions: &[Submission]) -> Vec<Team> {
    let mut places = BTreeMap::new();
    for (place, submission) in submissions.iter().enumerate() {
        places.insert(submission.student.id.as_str(), place);
    }
    let mut sets = DisjointSets::new(submissions.len());
    for (place, submission) in submissions.iter().enumerate() {
        for partner in &submission.partners {
            if let Some(&other) = places.get(partner.as_str()) {
                sets.join(place, other);
            }
        }
    }
    (0..submissions.len())
        .map(|place| Team(sets.first(place)))
        .collect()
}

/// Makes groups of the teams that resemble each other, directly or through others; the largest groups first.
pub(super) fn group<'a>(
    found: &[Resemblance<'a>],
    submissions: &'a [Submission],
    teams: &[Team],
) -> Vec<Group<'a>> {
    let mut sets = DisjointSets::new(submissions.len());
    for Resemblance { one, other, .. } in found {
        sets.join(one.0, other.0);
    }
    let mut exercises: BTreeMap<usize, Vec<SharedExercise<'a>>> = BTreeMap::new();
    for resemblance in found {
        let group = exercises.entry(sets.first(resemblance.one.0)).or_default();
        add(group, resemblance);
    }
    let mut groups = Vec::new();
    for (first, exercises) in exercises {
        let mut members = BTreeSet::new();
        for (submission, team) in submissions.iter().zip(teams) {
            if sets.first(team.0) == first {
                members.insert(submission.student.id.as_str());
            }
        }
        groups.push(Group {
            members: members.into_iter().collect(),
            exercises,
        });
    }
    groups.sort_by(|a, b| {
        let size = |group: &Group<'_>| (group.members.len(), group.exercises.len());
        size(b)
            .cmp(&size(a))
            .then(b.largest_share().total_cmp(&a.largest_share()))
    });
    groups
}

/// Adds a resemblance to the exercises of its group. Resemblances come in the order of exercises.
fn add<'a>(exercises: &mut Vec<SharedExercise<'a>>, found: &Resemblance<'a>) {
    match exercises.last_mut() {
        Some(last) if last.exercise == found.exercise => {
            last.least = last.least.min(found.share);
            last.most = last.most.max(found.share);
            last.is_equal &= found.is_equal;
        }
        _ => exercises.push(SharedExercise {
            exercise: found.exercise,
            least: found.share,
            most: found.share,
            is_equal: found.is_equal,
        }),
    }
}

/// Sets of numbers, of which two can be joined.
struct DisjointSets(Vec<usize>);

impl DisjointSets {
    /// Makes a set of each number below `length`.
    fn new(length: usize) -> Self {
        Self((0..length).collect())
    }

    /// Returns the smallest number of the set in which a number is.
    fn first(&mut self, number: usize) -> usize {
        let mut first = number;
        while self.0[first] != first {
            // Halving the way keeps the next search short.
            self.0[first] = self.0[self.0[first]];
            first = self.0[first];
        }
        first
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.first(one), self.first(other));
        self.0[one.max(other)] = one.min(other);
    }
}
