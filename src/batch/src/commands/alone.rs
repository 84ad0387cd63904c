//! Grading jobs in a process of their own: one that was running when an earlier run was ended may end this one, too, and
//! then only that process is lost.
//!
//! Those of a submission were running together, so they have one process first. Where that is ended, each has its own.

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::process::{self, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use attentive_grader::ProcessEnd;

use crate::args::AloneSpec;
use crate::attempt;
use crate::begun::BegunJobs;
use crate::budget::{Budgets, JobBudget};
use crate::context::GradingContext;
use crate::error::Error;
use crate::job::{GradedJob, Job};
use crate::scheduler::{self, Ledger};

/// The attempts at a job in a process of its own. A machine's trouble seldom strikes twice at the same one.
const ATTEMPTS: usize = 2;

/// A job that was running when an earlier run was ended, and the number of times that this happened.
#[derive(Debug)]
pub(crate) struct Suspect<'a> {
    pub(crate) job: Job<'a>,
    pub(crate) earlier: usize,
}

/// Grades suspects; passes each result to `keep` when it is known.
///
/// # Errors
/// The first that `keep` returns.
pub(crate) fn grade_suspects<E>(
    suspects: &[Suspect<'_>],
    budgets: &Budgets,
    begun: &BegunJobs,
    mut keep: impl FnMut(GradedJob) -> Result<(), E>,
) -> Result<(), E> {
    let first_owner = |suspect: &Suspect<'_>| suspect.job.owners.first().copied();
    for bundle in scheduler::bundles(suspects, first_owner, 1) {
        let are_several = bundle.len() > 1;
        let mut done = BTreeSet::new();
        if are_several {
            for graded in grade_bundle(&bundle, budgets, begun) {
                done.insert(graded.result.key.clone());
                keep(graded)?;
            }
        }
        let was_ended = are_several && done.is_empty();
        for Suspect { job, earlier } in bundle {
            if !done.contains(&job.key) {
                let earlier = earlier + usize::from(was_ended);
                keep(grade_alone(job, earlier, budgets.of(&job.owners), begun))?;
            }
        }
    }
    Ok(())
}

/// Grades several jobs in one process; returns what it found out before its time was over, or nothing if it was ended.
fn grade_bundle(bundle: &[&Suspect<'_>], budgets: &Budgets, begun: &BegunJobs) -> Vec<GradedJob> {
    let mut spec = AloneSpec {
        keys: Vec::new(),
        remaining: Duration::MAX,
    };
    for Suspect { job, .. } in bundle {
        begun.begin(&job.key);
        spec.keys.push(job.key.clone());
        spec.remaining = spec.remaining.min(budgets.of(&job.owners).remaining());
    }
    let start = Instant::now();
    let attempt = start_alone(&spec);
    for Suspect { job, .. } in bundle {
        let part = u32::try_from(bundle.len()).unwrap_or(u32::MAX);
        budgets.of(&job.owners).charge(start.elapsed() / part);
    }
    match attempt {
        Ok(Attempt::Graded(mut graded)) => {
            graded.retain(|job| !job.result.over_budget);
            graded
        }
        Ok(Attempt::Ended(_)) | Err(_) => Vec::new(),
    }
}

/// Grades a job in a process of its own. `earlier` is the number of times that a run was ended while it was running.
fn grade_alone(
    job: &Job<'_>,
    earlier: usize,
    budget: JobBudget<'_>,
    begun: &BegunJobs,
) -> GradedJob {
    let mut last_end = String::new();
    for _ in 0..ATTEMPTS {
        begun.begin(&job.key);
        let spec = AloneSpec {
            keys: vec![job.key.clone()],
            remaining: budget.remaining(),
        };
        let start = Instant::now();
        let attempt = start_alone(&spec);
        budget.charge(start.elapsed());
        match attempt {
            Ok(Attempt::Graded(graded)) => {
                if let Some(graded) = graded.into_iter().next() {
                    return graded;
                }
            }
            Ok(Attempt::Ended(status)) => last_end = ProcessEnd::from(status).to_string(),
            Err(error) => return attempt::fault(job, error.to_string()),
        }
    }
    let tries = earlier + ATTEMPTS;
    let message = format!(
        "the grader was ended each time that it graded this, {tries} of {tries} times, the last {ATTEMPTS} times in a \
         process of its own: {last_end}. All others were graded. Look at what was handed in, and at the machine's memory"
    );
    attempt::fault(job, message)
}

enum Attempt {
    Graded(Vec<GradedJob>),
    Ended(ExitStatus),
}

/// Starts this program once more, with the same arguments and the jobs, and reads their results.
fn start_alone(spec: &AloneSpec) -> io::Result<Attempt> {
    let mut arguments = std::env::args_os().skip(1);
    let mut command = Command::new(std::env::current_exe()?);
    command.args(arguments.next());
    command.arg("--alone").arg(serde_json::to_string(spec)?);
    // Its input stays open as long as this process lives.
    let child = command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let output = wait(child)?;
    match serde_json::from_slice(&output.stdout) {
        Ok(graded) if output.status.success() => Ok(Attempt::Graded(graded)),
        _ => Ok(Attempt::Ended(output.status)),
    }
}

/// Waits for a process without closing its input.
fn wait(mut child: process::Child) -> io::Result<process::Output> {
    let input = child.stdin.take();
    let output = child.wait_with_output();
    drop(input);
    output
}

/// Grades the jobs of this process, and prints the results.
pub(crate) fn run(
    spec: &AloneSpec,
    context: &GradingContext<'_>,
    jobs: Vec<Job<'_>>,
) -> Result<bool, Error> {
    end_with_input();
    let mut jobs = jobs;
    jobs.retain(|job| spec.keys.contains(&job.key));
    for job in &mut jobs {
        job.owners = vec![0];
    }
    let ledger = Ledger {
        budgets: &Budgets::new(spec.remaining, 1),
        begun: None,
    };
    let mut graded = Vec::new();
    scheduler::grade_all(context, ledger, &jobs, 1, |job| {
        graded.push(job);
        Ok::<_, Error>(())
    })?;
    let json = serde_json::to_string(&graded).map_err(Error::Json)?;
    println!("{json}");
    Ok(true)
}

/// Ends this process when the one that started it has gone, however that ended.
fn end_with_input() {
    thread::spawn(|| {
        let _ = io::stdin().read_to_end(&mut Vec::new());
        process::exit(2)
    });
}
