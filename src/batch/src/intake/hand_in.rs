//! One student's uploads, put together to one submission.
//!
//! Each exercise is taken from the newest upload that has it. What has no exercise in it (a report, a text typed into the
//! platform, a damaged archive) never replaces what has.

use std::collections::BTreeMap;
use std::path::Path;

use super::archive;
use super::collector::{Collector, Findings};
use super::error::UnreadableUpload;
use super::folder::{self, InnerArchives};
use super::submission::{Student, Submission};
use super::upload::{Order, Upload, base_name, modified_seconds};
use crate::course::Course;
use crate::text::plain;

/// The most uploads of one student that are opened.
const MAX_OPENED: usize = 32;

/// The uploads of one student, in the order of the arguments.
#[derive(Debug)]
pub(super) struct HandIn {
    student: Student,
    partners: Vec<String>,
    uploads: Vec<Upload>,
}

/// An upload, and everything that was found in it.
struct Opened {
    name: String,
    findings: Findings,
    problem: Option<UnreadableUpload>,
    use_of_it: Use,
}

/// The part that an upload has in the submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    Counts,
    /// There is a newer one.
    Older,
    /// It has no exercise in it.
    Nothing,
}

/// Puts uploads together by their students, in the order of ids.
pub(super) fn by_student(uploads: Vec<Upload>) -> Vec<HandIn> {
    let mut hand_ins: BTreeMap<String, HandIn> = BTreeMap::new();
    for upload in uploads {
        for student in &upload.owners {
            let hand_in = hand_ins.entry(student.id.clone()).or_insert(HandIn {
                student: student.clone(),
                partners: Vec::new(),
                uploads: Vec::new(),
            });
            for other in &upload.owners {
                if other.id != student.id && !hand_in.partners.contains(&other.id) {
                    hand_in.partners.push(other.id.clone());
                }
            }
            hand_in.uploads.push(upload.clone());
        }
    }
    hand_ins.into_values().collect()
}

impl HandIn {
    /// Opens the uploads, and makes one submission of them.
    pub(super) fn open(mut self, course: &Course, notes: &mut Vec<String>) -> Submission {
        self.sort_newest_first(notes);
        let mut opened = Vec::new();
        for upload in &self.uploads {
            if opened.len() < MAX_OPENED {
                opened.extend(open(upload, course));
            }
        }
        opened.truncate(MAX_OPENED);
        let mut submission = Submission {
            student: self.student,
            partners: self.partners,
            origin: String::new(),
            collected: BTreeMap::new(),
            misplaced: BTreeMap::new(),
            unused: Vec::new(),
            problem: None,
        };
        collect(&mut opened, &mut submission);
        explain(opened, &mut submission, notes);
        submission
    }

    /// Sorts the newest upload to the front, behind those whose owner is certain.
    fn sort_newest_first(&mut self, notes: &mut Vec<String>) {
        let numbered = |upload: &Upload| matches!(upload.order, Order::Number(_));
        let is_mixed = self.uploads.iter().any(numbered) && !self.uploads.iter().all(numbered);
        if is_mixed {
            notes.push(format!(
                "{} handed in what has a number and what has only a time, which cannot be compared: what was named last \
                 on the command line counts as the newest",
                plain(&self.student.id)
            ));
        }
        // The last argument comes first, unless what follows says otherwise; sorting is stable.
        self.uploads.reverse();
        self.uploads.sort_by_key(|upload| {
            let order = match upload.order {
                _ if is_mixed => 0,
                Order::Number(order) | Order::Time(order) => order,
            };
            std::cmp::Reverse((upload.is_certain, order))
        });
        let is_uncertain = self.uploads.iter().any(|upload| !upload.is_certain);
        if is_uncertain && self.uploads.len() > 1 {
            notes.push(format!(
                "{} has uploads whose names can be read in two ways; what can be read in one way only comes first",
                plain(&self.student.id)
            ));
        }
    }
}

/// Opens an upload: an archive, a folder, or the archives in a folder that has no exercise itself.
fn open(upload: &Upload, course: &Course) -> Vec<Opened> {
    let path = &upload.path;
    let name = base_name(path);
    if path.is_symlink() {
        let problem = Some(UnreadableUpload::Link);
        return vec![Opened::new(name, Findings::default(), problem)];
    }
    if !path.is_dir() {
        return vec![open_archive(path, name, course)];
    }
    let whole = open_folder(path, name, course, InnerArchives::Visit);
    if !whole.findings.collected.is_empty() {
        return vec![whole];
    }
    let mut archives = Vec::new();
    let rest = open_folder(
        path,
        base_name(path),
        course,
        InnerArchives::List(&mut archives),
    );
    if archives.is_empty() {
        return vec![whole];
    }
    archives.sort_by_key(|path| std::cmp::Reverse((modified_seconds(path), path.clone())));
    archives.truncate(MAX_OPENED - 1);
    let mut opened: Vec<Opened> = archives
        .iter()
        .map(|path| open_archive(path, base_name(path), course))
        .collect();
    opened.push(rest);
    opened
}

fn open_archive(path: &Path, name: String, course: &Course) -> Opened {
    let mut collector = Collector::new(course);
    let read = archive::read(path, &mut collector);
    Opened::new(name, collector.finish(), read.err())
}

fn open_folder(path: &Path, name: String, course: &Course, archives: InnerArchives<'_>) -> Opened {
    let mut collector = Collector::new(course);
    let read = folder::read(path, &mut collector, archives);
    Opened::new(name, collector.finish(), read.err())
}

impl Opened {
    fn new(name: String, mut findings: Findings, problem: Option<UnreadableUpload>) -> Self {
        if problem.is_some() {
            findings = Findings::default(); // half of an archive is not what was handed in
        }
        Self {
            name,
            findings,
            problem,
            use_of_it: Use::Nothing,
        }
    }

    /// Says why it does not count.
    fn reason(&self) -> String {
        match (&self.problem, self.use_of_it) {
            (Some(problem), _) => plain(&problem.to_string()),
            (None, Use::Older) => "it is older than what counts".to_owned(),
            (None, _) => "it has no exercise in it".to_owned(),
        }
    }
}

/// Takes each exercise from the newest upload that has it.
fn collect(opened: &mut [Opened], submission: &mut Submission) {
    for upload in opened {
        for (exercise, collected) in std::mem::take(&mut upload.findings.collected) {
            let earlier = submission.collected.get(&exercise);
            let is_new = match earlier {
                None => true,
                Some(earlier) => !earlier.is_handed_in() && collected.is_handed_in(),
            };
            if is_new {
                submission.collected.insert(exercise, collected);
                upload.use_of_it = Use::Counts;
            } else if upload.use_of_it == Use::Nothing {
                upload.use_of_it = Use::Older;
            }
        }
    }
}

/// Says which of the uploads count, and why the others and what is in them do not.
fn explain(opened: Vec<Opened>, submission: &mut Submission, notes: &mut Vec<String>) {
    let counting: Vec<String> = opened
        .iter()
        .filter(|upload| upload.use_of_it == Use::Counts)
        .map(|upload| upload.name.clone())
        .collect();
    let all: Vec<String> = opened.iter().map(|upload| upload.name.clone()).collect();
    let is_alone = all.len() == 1;
    submission.origin = if counting.is_empty() { all } else { counting }.join(", ");
    let mut others = Vec::new();
    for upload in opened {
        let name = plain(&upload.name);
        if upload.use_of_it != Use::Counts {
            if is_alone {
                submission.problem = upload.problem.as_ref().map(|_| upload.reason());
            } else {
                submission
                    .unused
                    .push(format!("{name}: {}", upload.reason()));
                others.push(format!("{name} does not ({})", upload.reason()));
            }
        }
        for (exercise, found) in upload.findings.misplaced {
            let is_missing = submission
                .collected
                .get(&exercise)
                .is_none_or(|taken| !taken.is_handed_in());
            if is_missing {
                submission
                    .misplaced
                    .entry(exercise)
                    .or_insert(match is_alone {
                        true => found,
                        false => format!("{found} (in {name})"),
                    });
            }
        }
        for line in upload.findings.unused {
            submission.unused.push(match is_alone {
                true => line,
                false => format!("{name}: {line}"),
            });
        }
    }
    if others.is_empty() {
        return;
    }
    if submission.collected.is_empty() {
        submission.problem = Some(submission.unused.join("; "));
    }
    let id = plain(&submission.student.id);
    let origin = plain(&submission.origin);
    notes.push(match (submission.collected.is_empty(), others.len()) {
        (true, _) => format!("{id} handed in nothing that can be graded: {origin}"),
        (false, 1) => format!("{id} handed in twice: {origin} counts, {}", others[0]),
        (false, _) => format!(
            "{id} handed in several times: {origin} counts, {}",
            others.join(", ")
        ),
    });
}
