//! The record of the jobs that were submitted.

use std::collections::BTreeMap;
use std::fs;
use std::io;

use serde::{Deserialize, Serialize};

use crate::slurm::error::SlurmError;
use crate::slurm::run_folder::{RunFolder, failed};

/// The version of the record's form.
const FORMAT: u32 = 1;

/// The jobs that were submitted for an output, newest for each part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    format: u32,
    /// Number of parts of the class.
    pub(crate) parts: u64,
    /// Number of submissions of the whole class.
    pub(crate) submissions: usize,
    /// Hash of these submissions.
    pub(crate) class: String,
    /// Number of the array that each part was submitted in last.
    pub(crate) arrays: BTreeMap<u64, String>,
    /// Number of the job that merges, if it was submitted.
    pub(crate) merge: Option<String>,
}

impl Record {
    /// Makes a record of a class of which nothing was submitted yet.
    pub(crate) fn new(parts: u64, submissions: usize, class: String) -> Self {
        Self {
            format: FORMAT,
            parts,
            submissions,
            class,
            arrays: BTreeMap::new(),
            merge: None,
        }
    }

    /// Reads the record of an earlier call; `None` if there was none.
    pub(crate) fn read(folder: &RunFolder) -> Result<Option<Self>, SlurmError> {
        let path = folder.record();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(&path)(error)),
        };
        let read = serde_json::from_str(&text);
        read.map(Some)
            .map_err(|error| SlurmError::Json { path, error })
    }

    /// Stores the record.
    pub(crate) fn write(&self, folder: &RunFolder) -> Result<(), SlurmError> {
        let path = folder.record();
        match serde_json::to_string_pretty(self) {
            Ok(text) => folder.write(&path, &(text + "\n")),
            Err(error) => Err(SlurmError::Json { path, error }),
        }
    }

    /// Lists the numbers of all jobs, each once.
    pub(crate) fn numbers(&self) -> Vec<&str> {
        let mut numbers: Vec<&str> = self.arrays.values().map(String::as_str).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers.extend(self.merge.as_deref());
        numbers
    }
}
