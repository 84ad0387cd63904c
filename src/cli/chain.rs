//! Composite exercises: which of the learner's own they are built on, and a place where that is all of them.
//!
//! A composite is built on the course's solutions of earlier exercises, so that a slip in those does not count against
//! it. Learners can switch to their own, exercise by exercise, by a line in a manifest; and `check --chain` builds
//! everything on their own without a change to their files.

mod manifests;
mod workspace;

pub(crate) use workspace::{ChainError, Workspace};

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use attentive_course::manifest;
use attentive_course::{Exercise, Tree};

/// Whose earlier exercises a composite is built on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DependencySource {
    /// The exercises that its manifest names.
    Manifest,
    /// The learner's, whatever its manifest says.
    Learner,
}

impl DependencySource {
    /// The learner's own exercises that an exercise is built on, directly or not; each after what it is built on.
    pub(crate) fn prerequisites(self, exercise: &Exercise) -> Vec<Exercise> {
        let mut all = self.with_prerequisites(std::slice::from_ref(exercise));
        all.retain(|other| other != exercise);
        all
    }

    /// Exercises and the learner's own that they are built on: each after what it is built on, otherwise by number.
    pub(crate) fn with_prerequisites(self, exercises: &[Exercise]) -> Vec<Exercise> {
        let mut waiting = BTreeMap::new();
        let mut met = exercises.to_vec();
        while let Some(exercise) = met.pop() {
            if let Entry::Vacant(entry) = waiting.entry(exercise) {
                let prerequisites = self.direct_prerequisites(entry.key());
                met.extend(entry.insert(prerequisites).iter().cloned());
            }
        }
        let mut ordered = Vec::new();
        while let Some(next) = first_ready(&waiting).cloned() {
            waiting.remove(&next);
            ordered.push(next);
        }
        ordered
    }

    /// The learner's own exercises that an exercise's manifest leads to.
    fn direct_prerequisites(self, exercise: &Exercise) -> Vec<Exercise> {
        if exercise.tree == Tree::Solutions {
            return Vec::new();
        }
        let named = manifest::direct_path_deps(&exercise.directory());
        let named = named
            .iter()
            .filter_map(|folder| Exercise::from_path(folder));
        match self {
            Self::Manifest => named.filter(|need| need.tree == Tree::Exercises).collect(),
            Self::Learner => named
                .map(|need| Exercise {
                    tree: Tree::Exercises,
                    ..need
                })
                .collect(),
        }
    }
}

/// The first exercise that needs none of the others. Where they go round in circles, the first of all: cargo has something
/// to say to that.
fn first_ready(waiting: &BTreeMap<Exercise, Vec<Exercise>>) -> Option<&Exercise> {
    let is_ready =
        |prerequisites: &[Exercise]| prerequisites.iter().all(|need| !waiting.contains_key(need));
    let ready = waiting
        .iter()
        .find(|(_, prerequisites)| is_ready(prerequisites));
    ready
        .map(|(exercise, _)| exercise)
        .or(waiting.keys().next())
}
