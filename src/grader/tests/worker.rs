//! A worker whose functions print, flood, close and end: replies and prints do not mix, and every end has its name.
//!
//! This program is its own worker, so that it has no test harness of the compiler's.

use std::io::{self, Write};
use std::process::{Command, ExitCode};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use attentive_grader::{
    Case, CaseError, CountingAllocator, Failure, ProcessEnd, Reply, ReplyBound, ReplyBounds,
    Respond, Signal, Worker, exercise,
};
use libtest_mimic::{Arguments, Trial};
use ndarray::{Array2, arr1};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// More than any call needs, except for one that is to run into it.
const PATIENCE: Duration = Duration::from_secs(600);
/// The bytes of a flood; a pipe holds a thousandth of it.
const FLOOD: usize = 64 << 20;
/// The tasks that may reply with one entry.
const REPLYING: [&str; 7] = [
    "quiet",
    "prints",
    "prints_on_a_thread",
    "floods",
    "closes_stdout",
    "allocates",
    "returns_much",
];

fn main() -> ExitCode {
    if std::env::args().any(|argument| argument == "--worker") {
        return exercise(env!("CARGO_MANIFEST_DIR"))
            .task("quiet", |_| reply())
            .task("prints", prints)
            .task("prints_on_a_thread", prints_on_a_thread)
            .task("floods", floods)
            .task("floods_forever", |_| {
                loop {
                    println!("on and on");
                }
            })
            .task("closes_stdout", |_| close([1]))
            .task("closes_all", |_| close(0..256))
            .task("allocates", allocates)
            .task("returns_much", |case| {
                Ok(case.reply("x", Array2::<f32>::zeros((3_000, 2_000))))
            })
            .task("panics_at_length", |_| {
                panic!("{}", "long\u{1}".repeat(1 << 20))
            })
            .task("exits", |_| std::process::exit(3))
            .task("aborts", |_| std::process::abort())
            .main();
    }
    let tests = [
        Trial::test("prints_come_before_the_reply_to_their_call", || {
            prints_come_before_the_reply_to_their_call();
            Ok(())
        }),
        Trial::test("a_thread_that_goes_on_printing_disturbs_no_reply", || {
            a_thread_that_goes_on_printing_disturbs_no_reply();
            Ok(())
        }),
        Trial::test("a_flood_is_drained_or_refused", || {
            a_flood_is_drained_or_refused();
            Ok(())
        }),
        Trial::test(
            "a_reply_needs_no_descriptor_that_the_learner_closed",
            || {
                a_reply_needs_no_descriptor_that_the_learner_closed();
                Ok(())
            },
        ),
        Trial::test("the_peak_of_memory_is_counted", || {
            the_peak_of_memory_is_counted();
            Ok(())
        }),
        Trial::test("a_reply_that_is_too_large_is_named_by_its_shape", || {
            a_reply_that_is_too_large_is_named_by_its_shape();
            Ok(())
        }),
        Trial::test("the_beginning_of_a_long_panic_is_shown", || {
            the_beginning_of_a_long_panic_is_shown();
            Ok(())
        }),
        Trial::test("every_end_has_its_name", || {
            every_end_has_its_name();
            Ok(())
        }),
    ];
    libtest_mimic::run(&Arguments::from_args(), tests.into()).exit_code()
}

fn reply() -> Result<Reply, CaseError> {
    Ok(Reply::default().and("x", arr1(&[1.0_f32])))
}

/// With and without a newline at the end, and bytes that are no text.
fn prints(_: &Case) -> Result<Reply, CaseError> {
    println!("a line");
    let _ = io::stdout().write_all(&[0xFF; 40]);
    print!("half a line");
    reply()
}

fn prints_on_a_thread(_: &Case) -> Result<Reply, CaseError> {
    thread::spawn(|| {
        loop {
            print!("tick");
            println!();
        }
    });
    reply()
}

fn floods(_: &Case) -> Result<Reply, CaseError> {
    let line = "=".repeat(1 << 16);
    for _ in 0..FLOOD >> 16 {
        // Where nobody takes it, the rest is not written.
        if writeln!(io::stdout(), "{line}").is_err() {
            break;
        }
    }
    reply()
}

/// Closes descriptors under the worker's feet: standard output alone, or it and those behind it.
#[cfg(unix)]
fn close(descriptors: impl IntoIterator<Item = i32>) -> Result<Reply, CaseError> {
    #[expect(unsafe_code)]
    // SAFETY: it only makes the process's own descriptors unusable.
    unsafe extern "C" {
        safe fn close(descriptor: i32) -> i32;
    }
    for descriptor in descriptors {
        close(descriptor);
    }
    reply()
}

#[cfg(not(unix))]
fn close(_: impl IntoIterator<Item = i32>) -> Result<Reply, CaseError> {
    std::process::exit(3)
}

/// Allocates twice, but never both at a time.
fn allocates(case: &Case) -> Result<Reply, CaseError> {
    let (sum, bytes) = case.peak_memory(|| {
        let first = vec![1_u8; 3000].len();
        let second = vec![1_u8; 1000].len();
        first + second
    })?;
    assert_eq!(sum, 4000);
    Ok(Reply::default().and_count("bytes", bytes))
}

/// Keeps what is printed, up to a limit.
#[derive(Clone)]
struct Kept {
    bytes: Arc<Mutex<Vec<u8>>>,
    limit: usize,
}

impl Kept {
    fn new(limit: usize) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        Self { bytes, limit }
    }

    fn bytes(&self) -> Vec<u8> {
        self.bytes.lock().expect("no writer panicked").clone()
    }
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut kept = self.bytes.lock().expect("no writer panicked");
        if kept.len() + bytes.len() > self.limit {
            return Err(io::Error::other("full"));
        }
        kept.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn worker(limit: Duration, prints: impl Write + Send + 'static) -> Worker {
    let command = Command::new(std::env::current_exe().expect("this program"));
    let mut bounds = ReplyBounds::default();
    for task in REPLYING {
        let outputs = ["x", "bytes"].map(|name| (name.to_owned(), 1));
        bounds.insert(task, "case", ReplyBound::new(outputs));
    }
    Worker::new(command, bounds, limit, prints)
}

fn call(worker: &mut Worker, task: &str) -> Result<Reply, Failure> {
    let case = Case {
        name: "case".into(),
        inputs: [].into(),
    };
    worker.respond(task, &case)
}

fn prints_come_before_the_reply_to_their_call() {
    let kept = Kept::new(usize::MAX);
    let mut worker = worker(PATIENCE, kept.clone());
    let printed = [b"a line\n".as_slice(), &[0xFF; 40], b"half a line"].concat();
    for calls in 1..4 {
        assert!(call(&mut worker, "prints").is_ok());
        assert_eq!(kept.bytes(), printed.repeat(calls));
        assert!(call(&mut worker, "quiet").is_ok());
    }
}

fn a_thread_that_goes_on_printing_disturbs_no_reply() {
    let kept = Kept::new(usize::MAX);
    let mut worker = worker(PATIENCE, kept.clone());
    assert!(call(&mut worker, "prints_on_a_thread").is_ok());
    for _ in 0..20 {
        assert_eq!(
            call(&mut worker, "quiet"),
            reply().map_err(|_| unreachable!())
        );
    }
    drop(worker);
    let kept = String::from_utf8(kept.bytes()).expect("nothing but text was printed");
    assert!(
        kept.lines()
            .all(|line| "tick".starts_with(line) || line == "tick")
    );
}

fn a_flood_is_drained_or_refused() {
    assert!(call(&mut worker(PATIENCE, io::sink()), "floods").is_ok());
    let refused = call(&mut worker(PATIENCE, Kept::new(1 << 20)), "floods");
    assert_eq!(refused, Err(Failure::Crashed(ProcessEnd::PrintedTooMuch)));
    let limit = Duration::from_millis(200);
    let endless = call(&mut worker(limit, io::sink()), "floods_forever");
    assert_eq!(endless, Err(Failure::TimedOut { limit }));
}

fn a_reply_that_is_too_large_is_named_by_its_shape() {
    let mut worker = worker(PATIENCE, io::sink());
    let too_large = ProcessEnd::TooLargeReply {
        output: "x".into(),
        shape: vec![3_000, 2_000],
        most: 1,
    };
    let reply = call(&mut worker, "returns_much");
    assert_eq!(reply, Err(Failure::Crashed(too_large)));
    assert!(call(&mut worker, "quiet").is_ok());
}

fn the_beginning_of_a_long_panic_is_shown() {
    let mut worker = worker(PATIENCE, io::sink());
    let Err(Failure::Panicked { message, .. }) = call(&mut worker, "panics_at_length") else {
        panic!("it panics");
    };
    assert!(message.starts_with("long\u{1}long") && message.ends_with("[…]"));
    assert!(message.len() < 20_000, "{} bytes", message.len());
    assert!(call(&mut worker, "quiet").is_ok());
}

fn every_end_has_its_name() {
    let mut worker = worker(PATIENCE, io::sink());
    let mut end = |task| match call(&mut worker, task) {
        Err(Failure::Crashed(end)) => end,
        other => panic!("{task}: {other:?}"),
    };
    assert_eq!(end("exits"), ProcessEnd::Exited(3));
    if cfg!(unix) {
        assert_eq!(end("aborts"), ProcessEnd::Signal(Signal::Abort));
        assert_eq!(end("closes_all"), ProcessEnd::Exited(2));
    }
    // It is started again after each of its ends.
    assert!(call(&mut worker, "quiet").is_ok());
}

fn a_reply_needs_no_descriptor_that_the_learner_closed() {
    if cfg!(unix) {
        assert!(call(&mut worker(PATIENCE, io::sink()), "closes_stdout").is_ok());
    }
}

fn the_peak_of_memory_is_counted() {
    let reply = call(&mut worker(PATIENCE, io::sink()), "allocates").expect("a reply");
    let bytes = reply.outputs["bytes"].numbers()[[]];
    assert!((3000.0..4000.0).contains(&bytes), "{bytes} bytes");
}
