//! `grade`: collect, prepare, grade everything that is new, report.

use std::path::{Path, PathBuf};

use crate::args::{AloneSpec, Grade, Shard};
use crate::begun::BegunJobs;
use crate::budget::Budgets;
use crate::commands::alone::{self, Suspect};
use crate::context::{CacheContexts, GradingContext};
use crate::course::{Course, Exercise};
use crate::dependencies::Dependencies;
use crate::error::Error;
use crate::hash::Hash;
use crate::intake::{OwnerOptions, Submission, ensure_output_outside, intake};
use crate::job::{GradedJob, Job, stub_jobs, submission_jobs};
use crate::journal::{Journal, JournalContent};
use crate::limits::Limits;
use crate::output::{OutputFolder, picture_path, read_submissions, scratch_folder};
use crate::own_limits::ensure_sufficient;
use crate::permissions::forbids_programs;
use crate::progress::{Progress, Schedule};
use crate::results::{ExerciseOutcome, ExerciseResult, TaskVerdict};
use crate::run_header::RunHeader;
use crate::run_progress::RunProgress;
use crate::sandbox::Sandbox;
use crate::scheduler::{self, Ledger};
use crate::text::{line, plain};

/// Grades submissions; returns `true` if everything could be graded.
pub(crate) fn run(arguments: &Grade) -> Result<bool, Error> {
    let limits = &arguments.limits;
    let cores = arguments.jobs.map_or_else(scheduler::cores, usize::from);
    ensure_sufficient(limits, cores)?;
    let course = Course::load(
        &arguments.course.course,
        arguments.pack.as_deref(),
        &arguments.course.only,
    )?;
    if let Some(spec) = &arguments.alone {
        return run_alone(arguments, spec, &course);
    }
    ensure_output_outside(&arguments.submissions, &arguments.out)?;
    let owners = OwnerOptions {
        student: arguments.student.as_deref(),
        are_teams: arguments.teams,
    };
    let intake = intake(&arguments.submissions, owners, &course)?;
    let tools = Tools::prepare(arguments, &course)?;
    let header = RunHeader {
        sandbox: tools.sandbox.is_enabled(),
        shard: arguments.shard,
        ..RunHeader::new(&course, &tools.dependencies, limits)
    };
    let output = OutputFolder::open(&arguments.out, &header, &tools.cache)?;
    output.write_progress(RunProgress::default())?;
    for note in &intake.notes {
        eprintln!("note: {note}");
    }
    store_submissions(&output, &intake.submissions, arguments.shard)?;
    let submissions = output.submissions()?;
    let contexts = CacheContexts::new(&course, &tools.dependencies, limits);
    let context = tools.context(limits, output.scratch());
    let mut store = ResultStore::open(&output)?;
    // When the stubs are known to work, no later failure is the course's fault.
    store.grade_stubs(&context, cores, stub_jobs(&course, &contexts))?;
    for job in stub_jobs(&course, &contexts) {
        ensure_sound(job.exercise, store.content.results.get(&job.key))?;
    }
    let jobs = submission_jobs(&course, &submissions, &contexts);
    let mut progress = Progress {
        output: &output,
        course: &course,
        header: &header,
        submissions: &submissions,
        contexts: &contexts,
        reports: &arguments.reports,
        schedule: Schedule::new(),
    };
    store.grade_new(&context, cores, jobs, submissions.len(), &mut progress)?;
    progress.finish(&store.content.results, arguments.json)?;
    let faults = scheduler::faults(store.content.results.values());
    for fault in &faults {
        eprintln!("could not be graded: {}", line(fault));
    }
    Ok(faults.is_empty())
}

/// Grades one job, in the process that another run started for it.
fn run_alone(arguments: &Grade, spec: &AloneSpec, course: &Course) -> Result<bool, Error> {
    let tools = Tools::prepare(arguments, course)?;
    let submissions = read_submissions(&arguments.out)?;
    let contexts = CacheContexts::new(course, &tools.dependencies, &arguments.limits);
    let scratch = scratch_folder(&arguments.out, &tools.cache)?;
    let context = tools.context(&arguments.limits, &scratch);
    alone::run(
        spec,
        &context,
        submission_jobs(course, &submissions, &contexts),
    )
}

/// The sandbox, and what is compiled in it.
struct Tools {
    sandbox: Sandbox,
    cache: PathBuf,
    dependencies: Dependencies,
}

impl Tools {
    fn prepare(arguments: &Grade, course: &Course) -> Result<Self, Error> {
        let sandbox = if arguments.no_sandbox {
            Sandbox::none()?
        } else {
            Sandbox::new()?
        };
        let cache = cache_folder(arguments.course.cache.as_ref())?;
        if forbids_programs(&cache) {
            return Err(Error::NoPrograms(cache));
        }
        let dependencies = Dependencies::prepare(course, &cache)?;
        sandbox.ensure_readable(&dependencies.toolchain.sysroot)?;
        Ok(Self {
            sandbox,
            cache,
            dependencies,
        })
    }

    fn context<'a>(&'a self, limits: &'a Limits, scratch: &'a Path) -> GradingContext<'a> {
        GradingContext {
            dependencies: &self.dependencies,
            sandbox: &self.sandbox,
            limits,
            scratch,
        }
    }
}

/// The results of this run and earlier ones, in memory and in the output folder.
struct ResultStore<'a> {
    output: &'a OutputFolder,
    journal: Journal,
    content: JournalContent,
}

impl<'a> ResultStore<'a> {
    fn open(output: &'a OutputFolder) -> Result<Self, Error> {
        let (journal, content) = output.journal()?;
        if content.damaged > 0 {
            eprintln!(
                "note: {} damaged lines of the journal are not believed; those are graded again",
                content.damaged
            );
        }
        Ok(Self {
            output,
            journal,
            content,
        })
    }

    /// Grades the stubs that have no result yet.
    fn grade_stubs(
        &mut self,
        context: &GradingContext<'_>,
        cores: usize,
        mut jobs: Vec<Job<'_>>,
    ) -> Result<(), Error> {
        jobs.retain(|job| !self.content.results.contains_key(&job.key));
        let ledger = Ledger {
            budgets: &Budgets::new(context.limits.submission, 0),
            begun: None,
        };
        scheduler::grade_all(context, ledger, &jobs, cores, |graded| self.store(graded))
    }

    /// Grades the jobs that have no result yet. Those that were running when an earlier run was ended come last, when all
    /// others have their results and reports, and in processes of their own: they may end this run, too.
    fn grade_new(
        &mut self,
        context: &GradingContext<'_>,
        cores: usize,
        mut jobs: Vec<Job<'_>>,
        submissions: usize,
        progress: &mut Progress<'_>,
    ) -> Result<(), Error> {
        let budgets = Budgets::new(context.limits.submission, submissions);
        for job in &jobs {
            if let Some(earlier) = self.content.results.get(&job.key) {
                budgets.of(&job.owners).charge(earlier.seconds.total());
            }
        }
        jobs.retain(|job| match self.content.results.get(&job.key) {
            // Somebody who had no time left may have handed in the same as somebody who has.
            Some(earlier) => earlier.over_budget && !budgets.of(&job.owners).is_exhausted(),
            None => true,
        });
        let path = self.output.path(".begun");
        let begun = BegunJobs::open(&path).map_err(|error| Error::Journal { path, error })?;
        let (mut others, mut suspects) = (Vec::new(), Vec::new());
        for job in jobs {
            match begun.unfinished(&job.key, &self.content) {
                0 => others.push(job),
                earlier => suspects.push(Suspect { job, earlier }),
            }
        }
        let ledger = Ledger {
            budgets: &budgets,
            begun: Some(&begun),
        };
        scheduler::grade_all(context, ledger, &others, cores, |graded| {
            self.store(graded)?;
            progress.write_if_due(&self.content.results)
        })?;
        if suspects.is_empty() {
            return Ok(());
        }
        progress.write(&self.content.results)?;
        alone::grade_suspects(&suspects, &budgets, &begun, |graded| self.store(graded))
    }

    fn store(&mut self, graded: GradedJob) -> Result<(), Error> {
        let GradedJob {
            result, pictures, ..
        } = graded;
        for picture in pictures {
            let path = picture_path(&result.key, &picture.task);
            self.output.write(path, &picture.svg)?;
        }
        self.journal
            .append(&result)
            .map_err(|error| Error::Journal {
                path: self.output.path("journal"),
                error,
            })?;
        self.content.results.insert(result.key.clone(), result);
        Ok(())
    }
}

/// Makes sure that an exercise's stub compiles, and that its program starts and understands the cases. Its answers do not
/// matter.
fn ensure_sound(exercise: &Exercise, result: Option<&ExerciseResult>) -> Result<(), Error> {
    let Some(message) = stub_problem(result) else {
        return Ok(());
    };
    Err(Error::BrokenStub {
        exercise: exercise.folder.clone(),
        message: message.chars().take(500).collect(),
    })
}

fn stub_problem(result: Option<&ExerciseResult>) -> Option<&str> {
    let Some(result) = result else {
        return Some("there is no result");
    };
    match &result.outcome {
        ExerciseOutcome::Ran { tasks } => {
            // A worker that cannot be asked has crashed as well: its replies are not those of a course in order.
            let crashed = tasks
                .iter()
                .find(|task| task.verdict == TaskVerdict::Crashed)?;
            Some(&crashed.failure.as_ref()?.summary)
        }
        ExerciseOutcome::NotCompiled { message, .. } | ExerciseOutcome::Fault { message } => {
            Some(message)
        }
    }
}

/// Returns `true` if a student belongs to a shard. It depends on nobody else, so that every shard comes to the same.
fn is_in(submission: &Submission, shard: Option<Shard>) -> bool {
    let Some(Shard { part, of }) = shard else {
        return true;
    };
    let hash = Hash::new().part(&submission.student.id).text();
    let number = u64::from_str_radix(&hash[..15], 16).unwrap_or(0);
    number % of == part - 1
}

/// Stores the submissions of a shard. What has no exercise in it does not replace what an earlier run took.
fn store_submissions(
    output: &OutputFolder,
    submissions: &[Submission],
    shard: Option<Shard>,
) -> Result<(), Error> {
    let earlier = output.submissions()?;
    for submission in submissions {
        if !is_in(submission, shard) {
            continue;
        }
        let id = &submission.student.id;
        let old = earlier.iter().find(|old| old.student.id == *id);
        if !submission.has_exercise() && old.is_some_and(Submission::has_exercise) {
            eprintln!(
                "note: {} has no exercise in it; what {} handed in before still counts",
                plain(&submission.origin),
                plain(id)
            );
            continue;
        }
        output.store_submission(submission)?;
    }
    Ok(())
}

/// Folder of compiled dependencies.
pub(crate) fn cache_folder(cache: Option<&PathBuf>) -> Result<PathBuf, Error> {
    if let Some(cache) = cache {
        return std::path::absolute(cache).map_err(|error| Error::Cache {
            path: cache.clone(),
            error,
        });
    }
    let attentive = match (
        path_variable("ATTENTIVE_CACHE"),
        path_variable("XDG_CACHE_HOME"),
    ) {
        (Some(own), _) => own,
        (None, Some(caches)) => caches.join("attentive"),
        (None, None) => path_variable("HOME")
            .ok_or(Error::NoCache)?
            .join(".cache/attentive"),
    };
    Ok(attentive.join("batch"))
}

fn path_variable(name: &str) -> Option<PathBuf> {
    let value = std::env::var_os(name)?;
    (!value.is_empty()).then(|| value.into())
}
