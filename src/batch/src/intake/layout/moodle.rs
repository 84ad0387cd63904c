//! Moodle's names: `mod/assign/classes/downloader.php` of <https://github.com/moodle/moodle> writes them.
//!
//! `NAME_ID_assignsubmission_PLUGIN` is a folder, `NAME_ID_assignsubmission_PLUGIN_FILE` a file where folders are turned
//! off; some versions end a folder with `_`. PLUGIN is `file`, or `onlinetext` for what was typed in. ID is the
//! participant's number, or the team's; students without a team share a folder without a number. Moodle replaces the
//! underscores of a display name with spaces, but a name is read here as if it did not.

use std::collections::BTreeSet;

use super::{EntryName, Identity, is_number};
use crate::intake::submission::{Student, StudentKind};

const MARK: &str = "_assignsubmission_";

/// Words in the names of teams.
const TEAM_WORDS: [&str; 18] = [
    "group",
    "groups",
    "grp",
    "team",
    "gruppe",
    "groupe",
    "groep",
    "grupp",
    "grupo",
    "gruppo",
    "grupa",
    "équipe",
    "equipe",
    "equipo",
    "squadra",
    "skupina",
    "команда",
    "группа",
];

/// Reads a name in every way in which Moodle could have written it, the likeliest first.
pub(super) fn readings(entry: &EntryName) -> Vec<Identity> {
    let mut readings = Vec::new();
    for (at, _) in entry.name.match_indices(MARK) {
        readings.extend(reading(entry, at));
    }
    readings
}

/// Returns `true` if a name can only be Moodle's: there is no underscore in the display name.
pub(super) fn is_plain(entry: &EntryName) -> bool {
    let readings = readings(entry);
    let name = readings
        .first()
        .and_then(|first| first.student.name.as_ref());
    match name {
        Some(name) => !name.contains('_'),
        // The students without a team.
        None => !readings.is_empty(),
    }
}

/// Reads a name whose mark is at this place.
fn reading(entry: &EntryName, at: usize) -> Option<Identity> {
    let (before, rest) = (&entry.name[..at], &entry.name[at + MARK.len()..]);
    let plugin_end = rest.find('_').unwrap_or(rest.len());
    let (plugin, rest) = rest.split_at(plugin_end);
    let is_plugin = plugin.starts_with(|c: char| c.is_ascii_lowercase())
        && plugin
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    // Nothing in a folder's name is the student's file name, so the mark is at its end.
    let is_whole = !entry.is_folder || rest.trim_matches('_').is_empty();
    if !is_plugin || !is_whole {
        return None;
    }
    let student = match before.rsplit_once('_') {
        Some((name, id)) if is_number(id) => Student {
            id: id.to_owned(),
            name: Some(name.to_owned()),
            kind: StudentKind::Person,
        },
        // The students without a team.
        None if !before.is_empty() => Student {
            kind: StudentKind::Team,
            ..Student::of(before)
        },
        _ => return None,
    };
    Some(Identity::certain(student))
}

/// Returns `true` if the uploads are of teams: most names say so, or one is of the students without a team, which only
/// such an assignment has.
pub(super) fn are_teams(readings: &[Vec<Identity>]) -> bool {
    let students = || readings.iter().filter_map(|readings| readings.first());
    if students().any(|one| one.student.kind == StudentKind::Team) {
        return true;
    }
    let names: BTreeSet<&str> = students()
        .filter_map(|one| one.student.name.as_deref())
        .collect();
    let named_so = names.iter().filter(|name| is_team_name(name)).count();
    named_so * 2 > names.len()
}

fn is_team_name(name: &str) -> bool {
    let name = name.to_lowercase();
    let mut words = name.split(|c: char| !c.is_alphabetic());
    words.any(|word| TEAM_WORDS.contains(&word))
}

/// Marks every owner as a team.
pub(super) fn mark_teams(readings: &mut [Vec<Identity>]) {
    for reading in readings.iter_mut().flatten() {
        reading.student.kind = StudentKind::Team;
    }
}
