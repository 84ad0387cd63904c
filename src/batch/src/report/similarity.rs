//! Submissions that resemble each other more than two people's usually do.
//!
//! Sources become tokens; names that a student may choose count as one and the same, names of methods as themselves,
//! and comments and layout not at all. Of each run of tokens a fingerprint is taken; those of the stub and those
//! that a good part of the class has are left out. What two submissions share of the smaller one's rest is the share.
//! Equal texts are found before anything is left out: a copy that many have is a copy all the same.
//!
//! Validated by the tests on made-up pairs of every exercise; the instructors' chapter has the results.

mod groups;
#[cfg(test)]
mod tests;
mod tokens;

use std::collections::{BTreeMap, BTreeSet};

use crate::course::{Course, Exercise};
use crate::intake::{Collected, Submission};
pub(super) use groups::{Group, SharedExercise};
use groups::{Team, teams};
use tokens::runs;

/// The smallest share that is pointed out.
const SHARE: f64 = 0.7;
/// The fewest runs that are compared.
const FEWEST: usize = 24;

/// Two teams' submissions of one exercise that resemble each other.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Resemblance<'a> {
    one: Team,
    other: Team,
    exercise: &'a str,
    share: f64,
    /// `true` if the two are the same text.
    is_equal: bool,
}

/// Sources of one exercise, and the teams that handed them in.
struct HandedIn {
    /// In ascending order.
    teams: Vec<Team>,
    runs: BTreeSet<u64>,
}

/// Finds groups of submissions that resemble each other, the largest first. Students who handed in together are one team
/// and do not count as resembling each other.
pub(super) fn similar_groups<'a>(
    course: &'a Course,
    submissions: &'a [Submission],
) -> Vec<Group<'a>> {
    let teams = teams(submissions);
    let mut found = Vec::new();
    for exercise in &course.exercises {
        let handed_in = handed_in(exercise, submissions, &teams);
        found.extend(equal_texts(&handed_in, &exercise.folder));
        found.extend(similar_texts(&handed_in, &exercise.folder));
    }
    groups::group(&found, submissions, &teams)
}

/// Collects the different sources of an exercise.
fn handed_in(exercise: &Exercise, submissions: &[Submission], teams: &[Team]) -> Vec<HandedIn> {
    let stub = runs(exercise.stub.values());
    let mut by_text: BTreeMap<&BTreeMap<String, String>, BTreeSet<Team>> = BTreeMap::new();
    for (submission, team) in submissions.iter().zip(teams) {
        if let Some(Collected::Sources(sources)) = submission.collected.get(&exercise.folder) {
            by_text.entry(sources).or_default().insert(*team);
        }
    }
    let mut handed_in = Vec::new();
    for (sources, teams) in by_text {
        handed_in.push(HandedIn {
            teams: teams.into_iter().collect(),
            runs: &runs(sources.values()) - &stub,
        });
    }
    handed_in
}

/// Finds the teams whose sources are the same text, if that is long enough to say something.
fn equal_texts<'a>(handed_in: &[HandedIn], exercise: &'a str) -> Vec<Resemblance<'a>> {
    let mut found = Vec::new();
    for sources in handed_in
        .iter()
        .filter(|sources| sources.runs.len() >= FEWEST)
    {
        for pair in sources.teams.windows(2) {
            found.push(Resemblance {
                one: pair[0],
                other: pair[1],
                exercise,
                share: 1.0,
                is_equal: true,
            });
        }
    }
    found
}

/// Finds the teams whose sources are different texts that have much in common.
fn similar_texts<'a>(handed_in: &[HandedIn], exercise: &'a str) -> Vec<Resemblance<'a>> {
    let rest = uncommon(handed_in);
    let mut found = Vec::new();
    for ((one, other), shared) in shared_runs(&rest) {
        let ((team, runs), (other_team, others)) = (&rest[one], &rest[other]);
        let share = shared as f64 / runs.len().min(others.len()) as f64;
        if share >= SHARE && team != other_team {
            found.push(Resemblance {
                one: *team,
                other: *other_team,
                exercise,
                share,
                is_equal: false,
            });
        }
    }
    found
}

/// Counts the runs that two sources share, for each pair that shares any. Going by the runs is quick, because few have each
/// of them: of a class of 500, most pairs share nothing and are never looked at.
fn shared_runs(rest: &[(Team, BTreeSet<u64>)]) -> BTreeMap<(usize, usize), usize> {
    let mut owners: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (place, (_, runs)) in rest.iter().enumerate() {
        for run in runs {
            owners.entry(*run).or_default().push(place);
        }
    }
    let mut shared = BTreeMap::new();
    for places in owners.values() {
        for (nth, one) in places.iter().enumerate() {
            for other in &places[nth + 1..] {
                *shared.entry((*one, *other)).or_default() += 1;
            }
        }
    }
    shared
}

/// Returns of each of the sources the first team and the runs that few others have, where there are enough of them.
fn uncommon(handed_in: &[HandedIn]) -> Vec<(Team, BTreeSet<u64>)> {
    let mut common: BTreeMap<u64, usize> = BTreeMap::new();
    let mut all = 0;
    for sources in handed_in {
        all += sources.teams.len();
        for run in sources.runs.iter() {
            *common.entry(*run).or_default() += sources.teams.len();
        }
    }
    // What many have is how it is done, or what the lesson showed.
    let many = (all / 4).max(3);
    let mut rest = Vec::new();
    for sources in handed_in {
        let own = sources.runs.iter().filter(|run| common[run] <= many);
        let own: BTreeSet<u64> = own.copied().collect();
        if let (true, Some(team)) = (own.len() >= FEWEST, sources.teams.first()) {
            rest.push((*team, own));
        }
    }
    rest
}
