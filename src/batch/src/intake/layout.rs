//! Names in learning platforms' downloads, and the students that they belong to.
//!
//! A platform writes a prefix in front of the file's name, which is the student's own choice, as is, on some platforms,
//! the display name at the beginning. So three rules decide whose a name is:
//!
//! 1. All names of a download are of the same platform: the one that could have written more than half of them. A student
//!    chooses a part of their own names only, and that part cannot make them another platform's.
//! 2. A name is read from the left, where the platform wrote; a folder of Moodle from the right, since all of it is
//!    written by Moodle.
//! 3. Some names can be read in several ways, because a display name or a file name looks like a number of the platform.
//!    A reading that gives a student another display name than the rest of the download is passed over. What is left
//!    never replaces an upload whose name can be read in one way only.

mod canvas;
mod moodle;

use std::collections::{BTreeMap, BTreeSet};

use super::archive_format::strip_extension;
use super::submission::Student;

/// The owner of a file or folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) student: Student,
    /// Number of the upload on the platform, where the name has one: the larger is the newer.
    pub(super) number: Option<u64>,
    /// `false` if the name could also be that of another student's upload.
    pub(super) is_certain: bool,
}

/// The name of a file or folder in a download.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EntryName {
    pub(super) name: String,
    pub(super) is_folder: bool,
}

/// A learning platform that writes owners into names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Platform {
    Canvas,
    Moodle,
    /// Any other, or none: a name is itself the student's id.
    Other,
}

impl Identity {
    fn certain(student: Student) -> Self {
        Self {
            student,
            number: None,
            is_certain: true,
        }
    }

    /// Makes the identity of a student of whom only the id is known.
    pub(super) fn of(id: &str) -> Self {
        Self::certain(Student::of(id))
    }

    /// Takes the whole name for the student's id.
    pub(super) fn of_name(entry: &EntryName) -> Self {
        if entry.is_folder {
            Self::of(&entry.name)
        } else {
            Self::of(strip_extension(&entry.name))
        }
    }
}

impl Platform {
    /// Finds the platform that wrote a download with these names.
    pub(super) fn of(entries: &[EntryName]) -> Self {
        // Moodle first: what it writes says more than the two numbers of Canvas, which a class could be told to use. But
        // where there are underscores in front of it, which Moodle replaces, it may be a file's name on Canvas.
        let plain = entries.iter().filter(|entry| moodle::is_plain(entry));
        if plain.count() * 2 > entries.len() {
            return Self::Moodle;
        }
        for platform in [Self::Canvas, Self::Moodle] {
            if platform.written_by(entries) * 2 > entries.len() {
                return platform;
            }
        }
        Self::Other
    }

    /// Counts the entries that the platform could have written.
    fn written_by(self, entries: &[EntryName]) -> usize {
        let (mut numbers, mut without) = (BTreeSet::new(), 0);
        for entry in entries {
            let readings = self.readings(entry);
            let Some(reading) = readings.first() else {
                continue;
            };
            match reading.number {
                // No two files of Canvas have the same number.
                Some(number) => {
                    numbers.insert(number);
                }
                None => without += 1,
            }
        }
        numbers.len() + without
    }

    /// Reads a name in every way in which the platform could have written it, the likeliest first.
    fn readings(self, entry: &EntryName) -> Vec<Identity> {
        match self {
            Self::Canvas => canvas::readings(&entry.name),
            Self::Moodle => moodle::readings(entry),
            Self::Other => Vec::new(),
        }
    }
}

/// Finds the owner of each entry of one download. `are_teams` is `true` if they are known to be teams.
pub(super) fn identify(entries: &[EntryName], are_teams: bool) -> Vec<Identity> {
    let platform = Platform::of(entries);
    let mut readings = Vec::new();
    for entry in entries {
        readings.push(platform.readings(entry));
    }
    if platform == Platform::Moodle && (are_teams || moodle::are_teams(&readings)) {
        moodle::mark_teams(&mut readings);
    }
    let known = known_names(&readings);
    let mut identities = Vec::new();
    for (entry, readings) in entries.iter().zip(readings) {
        let chosen = choose(readings, &known);
        identities.push(chosen.unwrap_or_else(|| Identity::of_name(entry)));
    }
    identities
}

/// Display names by id, from the names that can be read in one way only.
type KnownNames = BTreeMap<String, BTreeSet<Option<String>>>;

fn known_names(readings: &[Vec<Identity>]) -> KnownNames {
    let mut known = KnownNames::new();
    for readings in readings {
        if let [only] = &readings[..] {
            let names = known.entry(only.student.id.clone()).or_default();
            names.insert(only.student.name.clone());
        }
    }
    known
}

/// Chooses the first reading that agrees with the display names that are known.
fn choose(readings: Vec<Identity>, known: &KnownNames) -> Option<Identity> {
    let ids: BTreeSet<&str> = readings.iter().map(|one| &*one.student.id).collect();
    let is_certain = ids.len() == 1;
    let agrees = |reading: &Identity| {
        let names = known.get(&reading.student.id);
        names.is_none_or(|names| names.contains(&reading.student.name))
    };
    let chosen = readings.into_iter().find(agrees)?;
    Some(Identity {
        is_certain,
        ..chosen
    })
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests;
