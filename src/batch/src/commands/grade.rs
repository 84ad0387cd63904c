//! `grade`: take in, prepare, grade what is new, report.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::args::{CourseArguments, Grade};
use crate::course::{Course, Exercise};
use crate::dependencies::Dependencies;
use crate::error::Error;
use crate::grades::Grades;
use crate::hash::Hash;
use crate::intake::{Submission, ensure_output_outside, intake};
use crate::job::{GradingContext, Job, cache_context, jobs, stubs};
use crate::journal::Results;
use crate::limits::Limits;
use crate::output::{OutputFolder, RunHeader, picture_path};
use crate::publish::write_and_print;
use crate::results::{self, ExerciseOutcome};
use crate::run::Run;
use crate::run_worker::CASE_NOT_UNDERSTOOD;
use crate::sandbox::Sandbox;
use crate::scheduler;

/// Grades submissions; whether everything could be graded.
pub(crate) fn run(arguments: &Grade) -> Result<bool, Error> {
    let Grade {
        course:
            CourseArguments {
                course: root,
                only,
                cache,
            },
        limits,
        shard,
        ..
    } = arguments;
    let course = Course::load(root, arguments.pack.as_deref(), only)?;
    ensure_output_outside(&arguments.submissions, &arguments.out)?;
    let intake = intake(
        &arguments.submissions,
        arguments.student.as_deref(),
        &course,
    )?;
    let sandbox = if arguments.no_sandbox {
        Sandbox::none()?
    } else {
        Sandbox::new()?
    };
    let dependencies = Dependencies::prepare(&course, &folder(cache.as_ref())?)?;
    let header = RunHeader {
        sandbox: sandbox.is_enabled(),
        shard: *shard,
        ..RunHeader::new(&course, &dependencies, limits)
    };
    let output = OutputFolder::open(&arguments.out, &header)?;
    for note in &intake.notes {
        eprintln!("note: {note}");
    }
    for submission in intake
        .submissions
        .iter()
        .filter(|submission| is_in(submission, *shard))
    {
        output.store_submission(submission)?;
    }
    let submissions = output.submissions()?;
    let cache_contexts = cache_contexts(&course, &dependencies, limits);
    let (mut journal, content) = output.journal()?;
    if content.damaged > 0 {
        eprintln!(
            "note: {} damaged lines of the journal are not believed; those are graded again",
            content.damaged
        );
    }
    let mut results = content.results;
    let scratch = output.scratch();
    let bench = GradingContext {
        dependencies: &dependencies,
        sandbox: &sandbox,
        limits,
        scratch: &scratch,
    };
    let cores = arguments.jobs.map_or_else(scheduler::cores, usize::from);
    let mut grade = |mut jobs: Vec<Job<'_>>, results: &mut Results| {
        jobs.retain(|job| !results.contains_key(&job.key));
        scheduler::grade_all(&bench, &jobs, cores, |(result, pictures)| {
            for (task, picture) in pictures {
                output.write(picture_path(&result.key, &task), &picture)?;
            }
            journal.append(&result).map_err(|error| Error::Journal {
                path: output.path("journal"),
                error,
            })?;
            results.insert(result.key.clone(), result);
            Ok::<(), Error>(())
        })
    };
    // When the stubs can be asked, whatever goes wrong afterwards is not the course's fault.
    grade(stubs(&course, &cache_contexts), &mut results)?;
    for job in stubs(&course, &cache_contexts) {
        sound(job.exercise, results.get(&job.key))?;
    }
    grade(jobs(&course, &submissions, &cache_contexts), &mut results)?;
    let grades = Grades::new(&course, &submissions, &cache_contexts, &results);
    let run = Run {
        output: &output,
        course: &course,
        header: &header,
        submissions: &submissions,
        grades: &grades,
        book: arguments.reports.book.as_deref(),
    };
    write_and_print(run, &arguments.reports, arguments.json)?;
    let faults = scheduler::faults(results.values());
    for fault in &faults {
        eprintln!("could not be graded: {}", crate::text::line(fault));
    }
    Ok(faults.is_empty())
}

/// That an exercise's stub compiles, and that its program starts and understands the cases. What it answers does not
/// matter.
fn sound(exercise: &Exercise, result: Option<&results::ExerciseResult>) -> Result<(), Error> {
    let message = match result.map(|result| &result.outcome) {
        Some(ExerciseOutcome::Ran { tasks }) => {
            let mut failures = tasks
                .iter()
                .filter_map(|task| Some((task, &task.failure.as_ref()?.summary)));
            failures
                .find(|(task, summary)| {
                    task.verdict == "crashed" || summary.contains(CASE_NOT_UNDERSTOOD)
                })
                .map(|(_, summary)| summary.clone())
        }
        Some(ExerciseOutcome::NotCompiled { message, .. } | ExerciseOutcome::Fault { message }) => {
            Some(message.clone())
        }
        None => Some("there is no result".to_owned()),
    };
    let exercise = exercise.folder.clone();
    let beginning = |message: String| message.chars().take(500).collect();
    message.map_or(Ok(()), |message| {
        Err(Error::BrokenStub {
            exercise,
            message: beginning(message),
        })
    })
}

/// What results depend on, for each exercise.
pub(crate) fn cache_contexts(
    course: &Course,
    dependencies: &Dependencies,
    limits: &Limits,
) -> BTreeMap<String, String> {
    let cache_context = |exercise| cache_context(exercise, dependencies, limits);
    course
        .exercises
        .iter()
        .map(|exercise| (exercise.folder.clone(), cache_context(exercise)))
        .collect()
}

/// Whether a student belongs to a shard. It depends on nobody else, so that every shard comes to the same.
fn is_in(submission: &Submission, shard: Option<(u64, u64)>) -> bool {
    let Some((part, parts)) = shard else {
        return true;
    };
    let hash = Hash::new().part(&submission.student.id).text();
    let number = u64::from_str_radix(&hash[..15], 16).unwrap_or(0);
    number % parts == part - 1
}

/// Where compiled dependencies are kept.
pub(crate) fn folder(cache: Option<&PathBuf>) -> Result<PathBuf, Error> {
    if let Some(cache) = cache {
        return std::path::absolute(cache).map_err(|error| Error::Cache {
            path: cache.clone(),
            error,
        });
    }
    let variable = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let home = || Some(variable("HOME")?.join(".cache"));
    let attentive = variable("ATTENTIVE_CACHE")
        .or_else(|| Some(variable("XDG_CACHE_HOME").or_else(home)?.join("attentive")));
    attentive
        .map(|folder| folder.join("batch"))
        .ok_or(Error::NoCache)
}
