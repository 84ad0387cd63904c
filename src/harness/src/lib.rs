//! Runs the tests of an exercise: the shared library that each test program loads.
//!
//! A test program is linked anew with each save, and nearly all that judging takes is the same each time. So the program
//! holds a learner's functions and what a worker needs, and this library the rest: it reads the pack, starts the program
//! once more as a worker, grades, and reports. Cargo builds it once, because exercises have it among their development
//! dependencies, and puts it beside their programs.
//!
//! 1. A program without `--worker` among its arguments loads this library and calls [`attentive_harness_main`] with a
//!    [`HarnessRequest`], in JSON. See [`attentive_grader::exercise`].
//! 2. The harness makes a test for each case and property. The first test of a task has the whole task graded.
//! 3. A failed test says its verdict in a line; the first has a report behind all tests.

mod error;
mod prerequisites;
mod session;
mod unit_tests;

use std::io::{self, Write};
use std::slice;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use attentive_digest::Digests;
use attentive_grader::{HarnessRequest, OutdatedError, ensure_compiled_from, own_digest};
use libtest_mimic::{Arguments, Trial};

use error::HarnessError;
use session::{Session, root};

/// Digests of the sources that this library was compiled from.
const OWN: &str = env!("ATTENTIVE_DIGESTS");
/// Exit status of a run with failed tests: that of the standard library's harness.
const FAILED: u8 = 101;
/// Exit status of a run that was not possible.
const NOT_RUN: u8 = 2;

/// Runs the tests that a program asks for, and returns the status with which it has to exit.
///
/// # Safety
/// `request` is the address of `length` bytes, which nobody changes during the call.
#[expect(unsafe_code)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn attentive_harness_main(request: *const u8, length: usize) -> u8 {
    // SAFETY: this is what the caller has to provide.
    let request = unsafe { slice::from_raw_parts(request, length) };
    run(request).unwrap_or_else(|error| {
        // Where even that cannot be written, the exit status says it.
        let _ = writeln!(io::stderr(), "error: {error}");
        NOT_RUN
    })
}

fn run(request: &[u8]) -> Result<u8, HarnessError> {
    let request: HarnessRequest = serde_json::from_slice(request)?;
    let mut arguments = Arguments::from_iter(&request.arguments);
    // One after the other, so that the first failure is the first in the pack's order and the only one told at length.
    arguments.test_threads = Some(1);
    ensure_sources(&request)?;
    let session = Arc::new(Mutex::new(Session::open(&request.directory)?));
    let conclusion = libtest_mimic::run(&arguments, trials(&session));
    if !arguments.list {
        print_rest(&lock(&session));
    }
    // The program does not know of what this library has still to write.
    let _ = io::stdout().flush();
    Ok(if conclusion.has_failed() { FAILED } else { 0 })
}

/// Prints what comes behind the tests. The report is last, where the eye is when the run ends.
fn print_rest(session: &Session) {
    let note = session.note();
    let texts = [note.as_deref(), session.report()];
    for text in texts.into_iter().flatten() {
        // Whoever reads on a pipe may have had enough.
        let _ = writeln!(io::stdout(), "{text}");
    }
}

/// Checks that the exercise and this library were compiled from the sources that are there.
fn ensure_sources(request: &HarnessRequest) -> Result<(), HarnessError> {
    let root = root(&request.directory);
    let Some(digests) = &request.digests else {
        return Err(OutdatedError::Unknown(request.directory.clone()).into());
    };
    let mut digests = Digests::parse(digests);
    let own = Digests::parse(OWN);
    ensure_compiled_from(&own, &digests, root)?;
    if request.grader == own_digest() {
        return Ok(());
    }
    // Both halves of a worker's conversation come from the grader.
    digests.extend(own);
    let packages = digests.packages().map(str::to_owned).collect();
    let root = root.to_owned();
    Err(OutdatedError::Outdated { root, packages }.into())
}

fn lock(session: &Mutex<Session>) -> MutexGuard<'_, Session> {
    session.lock().unwrap_or_else(PoisonError::into_inner)
}

fn trials(session: &Arc<Mutex<Session>>) -> Vec<Trial> {
    let tasks = lock(session).tasks();
    let trial = |task: &str, name: &str| {
        let (session, task, name) = (Arc::clone(session), task.to_owned(), name.to_owned());
        Trial::test(format!("{task}/{name}"), move || {
            lock(&session).verdict(&task, &name)
        })
    };
    let names = tasks.iter().flat_map(|task| {
        let cases = task.cases.iter().map(|case| &case.name);
        cases
            .chain(task.properties.iter().map(|property| &property.name))
            .map(|name| (&task.name, name))
    });
    names.map(|(task, name)| trial(task, name)).collect()
}
