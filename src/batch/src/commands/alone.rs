//! Grading one job in a process of its own: a job that was running when an earlier run was ended may end this one, too,
//! and then only that process is lost.

use std::io::{self, Read};
use std::process::{self, Command, ExitStatus, Stdio};
use std::thread;
use std::time::Instant;

use attentive_grader::ProcessEnd;

use crate::args::AloneSpec;
use crate::begun::BegunJobs;
use crate::budget::{Budgets, JobBudget};
use crate::context::GradingContext;
use crate::error::Error;
use crate::job::{GradedJob, Job};
use crate::scheduler::{self, Ledger};

/// The attempts at a job in a process of its own. A machine's trouble seldom strikes twice at the same one.
const ATTEMPTS: usize = 2;

/// Grades a job in a process of its own. `earlier` is the number of times that a run was ended while it was running.
pub(crate) fn grade_alone(
    job: &Job<'_>,
    earlier: usize,
    budget: JobBudget<'_>,
    begun: &BegunJobs,
) -> GradedJob {
    let mut last_end = String::new();
    for _ in 0..ATTEMPTS {
        begun.begin(&job.key);
        let spec = AloneSpec {
            key: job.key.clone(),
            remaining: budget.remaining(),
        };
        let start = Instant::now();
        let attempt = start_alone(&spec);
        budget.charge(start.elapsed());
        match attempt {
            Ok(Attempt::Graded(graded)) => return *graded,
            Ok(Attempt::Ended(status)) => last_end = ProcessEnd::from(status).to_string(),
            Err(error) => return GradedJob::fault(job, error.to_string()),
        }
    }
    let tries = earlier + ATTEMPTS;
    let message = format!(
        "the grader was ended each time that it graded this, {tries} of {tries} times, the last {ATTEMPTS} times in a \
         process of its own: {last_end}. All others were graded. Look at what was handed in, and at the machine's memory"
    );
    GradedJob::fault(job, message)
}

enum Attempt {
    Graded(Box<GradedJob>),
    Ended(ExitStatus),
}

/// Starts this program once more, with the same arguments and the job, and reads its result.
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
        Ok(graded) if output.status.success() => Ok(Attempt::Graded(Box::new(graded))),
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

/// Grades the job of this process, and prints the result.
pub(crate) fn run(
    spec: &AloneSpec,
    context: &GradingContext<'_>,
    jobs: Vec<Job<'_>>,
) -> Result<bool, Error> {
    end_with_input();
    let mut jobs = jobs;
    jobs.retain(|job| job.key == spec.key);
    for job in &mut jobs {
        job.owners = vec![0];
    }
    let ledger = Ledger {
        budgets: &Budgets::new(spec.remaining, 1),
        begun: None,
    };
    let mut graded = None;
    scheduler::grade_all(context, ledger, &jobs, 1, |job| {
        graded = Some(job);
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
