//! Everything that grading needs beside the sources, the same for every job.

use std::collections::BTreeMap;
use std::path::Path;

use crate::course::{Course, Exercise};
use crate::dependencies::Dependencies;
use crate::hash::Hash;
use crate::limits::Limits;
use crate::sandbox::Sandbox;

/// Everything that grading needs beside the sources.
#[derive(Debug)]
pub(crate) struct GradingContext<'a> {
    pub(crate) dependencies: &'a Dependencies,
    pub(crate) sandbox: &'a Sandbox,
    pub(crate) limits: &'a Limits,
    /// A folder for temporary files.
    pub(crate) scratch: &'a Path,
}

/// Hash for each exercise, by its folder, of everything that its results depend on but for the sources.
#[derive(Debug)]
pub(crate) struct CacheContexts(BTreeMap<String, String>);

impl CacheContexts {
    /// Hashes everything that the results of each exercise depend on.
    pub(crate) fn new(course: &Course, dependencies: &Dependencies, limits: &Limits) -> Self {
        let mut contexts = BTreeMap::new();
        for exercise in &course.exercises {
            let context = cache_context(exercise, dependencies, limits);
            contexts.insert(exercise.folder.clone(), context);
        }
        Self(contexts)
    }

    /// Returns the key under which the result of an exercise's sources is stored.
    pub(crate) fn key(&self, exercise: &Exercise, sources: &BTreeMap<String, String>) -> String {
        let context = self.0.get(&exercise.folder).map_or("", String::as_str);
        let mut hash = Hash::new().part(context);
        for (path, text) in sources {
            hash = hash.part(path).part(text);
        }
        hash.text()
    }
}

fn cache_context(exercise: &Exercise, dependencies: &Dependencies, limits: &Limits) -> String {
    let mut hash = Hash::new()
        .part(&exercise.folder)
        .part(&exercise.pack_hash)
        .part(&exercise.adapter);
    for asset in &exercise.assets {
        hash = hash.part(&asset.hash);
    }
    // Durations and numbers: there is JSON for all of them.
    let limits = serde_json::to_string(limits).unwrap_or_default();
    hash.part(&dependencies.id)
        .part(dependencies.grading_code())
        .part(limits)
        .part(env!("CARGO_PKG_VERSION"))
        .text()
}
