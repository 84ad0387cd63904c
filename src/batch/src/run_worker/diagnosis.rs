//! The reason for which a task failed, beyond the grader's verdict: a limit, the machine's load, an abort.

use attentive_grader::{Failure, ProcessEnd, Signal, TaskGrade, Verdict};

use crate::limits::{LimitHit, Limits};

/// Returns `true` if the machine's load may have had a part in the first failure.
pub(super) fn is_doubtful(graded: &TaskGrade) -> bool {
    let first = graded.first_failure();
    match first.and_then(|first| first.verdict.failure()) {
        Some(Failure::TimedOut { .. }) => true,
        Some(Failure::Crashed(end)) => end.signal() == Some(Signal::Kill),
        _ => false,
    }
}

/// Returns `true` if a task has the verdict that it would have alone, whatever was asked of its worker before.
pub(super) fn is_clear(graded: &TaskGrade) -> bool {
    graded.grades.iter().all(|grade| {
        let failure = grade.verdict.failure();
        !matches!(failure, Some(Failure::Crashed(_) | Failure::Broken { .. }))
    })
}

/// Names the reason for which a process aborted. Rust's runtime has no other way to tell it than what it prints; a
/// program that prints the same and aborts changes the words of its verdict, and nothing else.
pub(super) fn explain_abort(verdict: &mut Verdict, printed: &str) {
    let Verdict::NoReply(Failure::Crashed(end)) = verdict else {
        return;
    };
    if end.signal() != Some(Signal::Abort) {
        return;
    }
    if printed.contains("has overflowed its stack") {
        *end = ProcessEnd::StackOverflow;
    } else if printed.contains("panicked while panicking") {
        *end = ProcessEnd::PanicWhilePanicking;
    }
}

/// Returns the limit that a task reached, if one. `reached` is that on several calls.
pub(super) fn limit_hit(
    graded: &TaskGrade,
    reached: Option<LimitHit>,
    printed: &str,
    limits: &Limits,
) -> Option<LimitHit> {
    match graded.first_failure()?.verdict.failure()? {
        Failure::TimedOut { limit } => Some(reached.unwrap_or(LimitHit::CallTime(*limit))),
        Failure::Crashed(end) => match end.signal()? {
            Signal::CpuLimit => Some(LimitHit::TaskCpuTime(limits.task)),
            Signal::FileSizeLimit => Some(LimitHit::FileSize),
            Signal::Abort => abort_limit(printed, limits),
            _ => None,
        },
        Failure::Panicked { message, .. } if message.starts_with(REFUSED_THREAD) => {
            Some(threads(limits))
        }
        _ => None,
    }
}

/// The first words of the standard library's panic where the system refuses a thread.
const REFUSED_THREAD: &str = "failed to spawn thread: Os ";

/// Words of Rust's runtime where nobody can catch a panic. Only the start of a thread panics there, when the system
/// refuses it the memory for its signals; the panic itself is remembered by the grader and not printed.
const NOBODY_CATCHES: &str = "failed to initiate panic";

/// Words where memory is refused: of Rust's runtime, and of glibc.
const REFUSED_MEMORY: [&str; 2] = ["memory allocation of", "out of memory"];

/// Returns the limit for which a process aborted. The runtimes print it, and have no other way to tell it.
fn abort_limit(printed: &str, limits: &Limits) -> Option<LimitHit> {
    if printed.contains(NOBODY_CATCHES) {
        return Some(threads(limits));
    }
    let refused = REFUSED_MEMORY.iter().any(|words| printed.contains(words));
    refused.then_some(LimitHit::Memory { mib: limits.memory })
}

fn threads(limits: &Limits) -> LimitHit {
    LimitHit::Threads {
        threads: limits.threads,
        mib: limits.memory,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use attentive_grader::{Grade, TaskPosition};
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Options {
        #[command(flatten)]
        limits: Limits,
    }

    fn graded(failure: Failure) -> TaskGrade {
        let grade = Grade {
            name: "plain".into(),
            purpose: String::new(),
            verdict: Verdict::NoReply(failure),
            distance: f64::INFINITY,
            mistake: None,
            printed: String::new(),
        };
        TaskGrade {
            task: "scores".into(),
            position: TaskPosition {
                number: 1,
                total: 1,
            },
            grades: vec![grade],
        }
    }

    fn limit(failure: Failure, printed: &str) -> String {
        let limits = Options::parse_from(["test"]).limits;
        let limit = limit_hit(&graded(failure), None, printed, &limits);
        limit.map_or_else(String::new, |limit| limit.to_string())
    }

    fn panicked(message: &str) -> Failure {
        Failure::Panicked {
            message: message.into(),
            location: None,
        }
    }

    #[test]
    fn signals_name_the_limit_with_and_without_a_sandbox() {
        let ends = [ProcessEnd::Signal, ProcessEnd::PassedOnSignal];
        for end in ends {
            let crashed = |signal| Failure::Crashed(end(signal));
            insta::allow_duplicates! {
                insta::assert_snapshot!(limit(crashed(Signal::CpuLimit), ""), @"60 s of processor time");
                insta::assert_snapshot!(limit(crashed(Signal::FileSizeLimit), ""), @"no files may be written");
                insta::assert_snapshot!(limit(crashed(Signal::Abort), "memory allocation of 9 bytes failed"), @"1024 MiB of memory");
                insta::assert_snapshot!(limit(crashed(Signal::Abort), "Fatal glibc error: failed to register TLS destructor: out of memory"), @"1024 MiB of memory");
                insta::assert_snapshot!(limit(crashed(Signal::Abort), ""), @"");
                insta::assert_snapshot!(limit(crashed(Signal::Other(64)), "memory allocation of 9 bytes failed"), @"");
            }
        }
        let call = Failure::TimedOut {
            limit: Duration::from_secs(10),
        };
        insta::assert_snapshot!(limit(call, ""), @"10 s for one call");
    }

    #[test]
    fn words_of_a_student_are_no_limit() {
        let own = panicked("signal 24: memory allocation of failed to spawn thread");
        insta::assert_snapshot!(limit(own, "memory allocation of 9 bytes failed"), @"");
        let refused = panicked(
            r#"failed to spawn thread: Os { code: 11, kind: WouldBlock, message: "Resource temporarily unavailable" }"#,
        );
        insta::assert_snapshot!(limit(refused, ""), @"64 threads, or 1024 MiB of memory");
    }

    #[test]
    fn threads_that_use_the_memory_up_are_named_when_one_of_them_aborts() {
        // What a program that starts threads without end printed when it aborted, in 30 of 1,500 runs.
        let printed = [
            "fatal runtime error: failed to initiate panic, error 5, aborting",
            "memory allocation of 41 bytes failed\nmemory allocation of 512 bytes failed\n\
             fatal runtime error: failed to initiate panic, error 5, aborting",
            "memory allocation of fatal runtime error: failed to initiate panic, error 1 bytes failed",
        ];
        for printed in printed {
            let aborted = Failure::Crashed(ProcessEnd::PassedOnSignal(Signal::Abort));
            insta::allow_duplicates! {
                insta::assert_snapshot!(limit(aborted, printed), @"64 threads, or 1024 MiB of memory");
            }
        }
    }

    #[test]
    fn only_what_the_machines_load_can_cause_is_doubtful() {
        let crashed = |signal| Failure::Crashed(ProcessEnd::PassedOnSignal(signal));
        assert!(is_doubtful(&graded(crashed(Signal::Kill))));
        assert!(!is_doubtful(&graded(crashed(Signal::Abort))));
        assert!(!is_doubtful(&graded(panicked("signal 9"))));
    }

    #[test]
    fn a_worker_that_did_not_survive_decides_nothing() {
        let end = ProcessEnd::PassedOnSignal(Signal::CpuLimit);
        assert!(!is_clear(&graded(Failure::Crashed(end))));
        assert!(is_clear(&graded(panicked("no"))));
        let limit = Duration::from_secs(10);
        assert!(is_clear(&graded(Failure::TimedOut { limit })));
    }

    #[test]
    fn an_abort_is_explained_by_what_the_runtime_prints() {
        let explained = |signal, printed: &str| {
            let end = ProcessEnd::PassedOnSignal(signal);
            let mut verdict = Verdict::NoReply(Failure::Crashed(end));
            explain_abort(&mut verdict, printed);
            verdict
        };
        let overflow =
            "thread 'main' has overflowed its stack\nfatal runtime error: stack overflow";
        assert_eq!(
            explained(Signal::Abort, overflow),
            Verdict::NoReply(Failure::Crashed(ProcessEnd::StackOverflow))
        );
        let killed = explained(Signal::Kill, overflow);
        assert_ne!(
            killed,
            Verdict::NoReply(Failure::Crashed(ProcessEnd::StackOverflow))
        );
    }
}
