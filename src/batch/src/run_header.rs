//! The header of an output folder, `run.json`: everything that the results in it depend on.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::args::Shard;
use crate::course::Course;
use crate::dependencies::Dependencies;
use crate::limits::Limits;

/// The version of an output folder's layout.
const FORMAT: u32 = 1;

/// Everything that the results of a run depend on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct RunHeader {
    /// The version of the folder's layout.
    pub(crate) format: u32,
    /// The version of this program.
    pub(crate) version: String,
    /// The compiler.
    pub(crate) toolchain: String,
    /// The hash of the lock file.
    pub(crate) lock: String,
    /// The hash of the grader's sources, and of the solutions that exercises build on.
    pub(crate) grader: String,
    /// The exercises with their packs.
    pub(crate) exercises: Vec<PackUsed>,
    /// Limits on each submission.
    pub(crate) limits: Limits,
    /// `true` if programs ran in a sandbox.
    pub(crate) sandbox: bool,
    /// The part of the class that was graded, if not all of it.
    pub(crate) shard: Option<Shard>,
}

/// A pack that results depend on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct PackUsed {
    /// The exercise's folder.
    pub(crate) exercise: String,
    /// The hash of its pack.
    pub(crate) pack: String,
    /// `true` if learners have another pack.
    pub(crate) hidden: bool,
}

/// A part in which two headers differ. Its text names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Difference {
    Layout,
    Packs,
    Toolchain,
    LockFile,
    Grader,
    Limits,
    Sandbox,
    Shard,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Layout => "the layout of the folder",
            Self::Packs => "the exercises or their packs",
            Self::Toolchain => "the toolchain",
            Self::LockFile => "the lock file",
            Self::Grader => "the grader",
            Self::Limits => "the limits",
            Self::Sandbox => "the sandbox",
            Self::Shard => "the shard",
        })
    }
}

impl RunHeader {
    /// Returns the header of a run of the whole class in a sandbox.
    pub(crate) fn new(course: &Course, dependencies: &Dependencies, limits: &Limits) -> Self {
        let used = course.exercises.iter().map(|exercise| PackUsed {
            exercise: exercise.folder.clone(),
            pack: exercise.pack_hash.clone(),
            hidden: exercise.hidden,
        });
        Self {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            toolchain: dependencies.toolchain.version.clone(),
            lock: dependencies.lock.clone(),
            grader: dependencies.grading_code(),
            exercises: used.collect(),
            limits: limits.clone(),
            sandbox: true,
            shard: None,
        }
    }

    /// Lists the parts that differ, most telling first; the shard is none of them.
    pub(crate) fn differences(&self, other: &Self) -> Vec<Difference> {
        let is_same_grader = self.grader == other.grader && self.version == other.version;
        let parts = [
            (self.format == other.format, Difference::Layout),
            (self.exercises == other.exercises, Difference::Packs),
            (self.toolchain == other.toolchain, Difference::Toolchain),
            (self.lock == other.lock, Difference::LockFile),
            (is_same_grader, Difference::Grader),
            (self.limits == other.limits, Difference::Limits),
            (self.sandbox == other.sandbox, Difference::Sandbox),
        ];
        let mut differences = Vec::new();
        for (is_same, part) in parts {
            if !is_same {
                differences.push(part);
            }
        }
        differences
    }

    /// Returns the hash of an exercise's pack.
    pub(crate) fn pack(&self, exercise: &str) -> Option<&str> {
        let used = self.exercises.iter().find(|used| used.exercise == exercise);
        used.map(|used| used.pack.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_header_keeps_its_form() {
        let stored = concat!(
            r#"{"format":1,"version":"0.1.0","toolchain":"rustc 1.95.0","lock":"l","grader":"g","#,
            r#""exercises":[{"exercise":"05-x","pack":"p","hidden":false}],"limits":"#,
            r#"{"call":{"secs":10,"nanos":0},"task":{"secs":60,"nanos":0},"compile":{"secs":60,"nanos":0},"#,
            r#""submission":{"secs":600,"nanos":0},"#,
            r#""memory":1024,"compile_memory":3072,"threads":64,"output":1024},"sandbox":true,"shard":[1,4]}"#
        );
        let header: RunHeader = serde_json::from_str(stored).expect("it is a header");
        assert_eq!(header.shard, Some(Shard { part: 1, of: 4 }));
        assert_eq!(serde_json::to_string(&header).expect("it is JSON"), stored);
        let other = RunHeader {
            sandbox: false,
            exercises: Vec::new(),
            ..header.clone()
        };
        let differences = header.differences(&other);
        assert_eq!(differences, [Difference::Packs, Difference::Sandbox]);
    }
}
