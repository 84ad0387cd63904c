//! A run that is interrupted or killed goes on.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::support::Runs;

/// A run that is never through.
const ENDLESS: [&str; 6] = [
    "training",
    "--recipe=pocket",
    "--steps=1000000",
    "--text=@/text.txt",
    "--out=@/run",
    "--json",
];
/// The same run, which goes on.
const RESUMED: [&str; 4] = ["training", "--resume", "--out=@/run", "--json"];

/// Reads events until one of a kind comes, sends a signal, and waits for the end. Returns this event, all events after it,
/// and the exit status.
fn until(mut child: Child, kind: &str, signal: &str) -> (Value, Vec<Value>, Option<i32>) {
    let stdout = child.stdout.take().expect("it has an output");
    let mut events = BufReader::new(stdout).lines().map(|line| {
        let line = line.expect("text");
        serde_json::from_str::<Value>(&line).expect("a line of JSON")
    });
    let found = events.find(|event| event["event"] == kind);
    let sent = Command::new("sh")
        .args(["-c", &format!("kill {signal} {}", child.id())])
        .stdin(Stdio::null())
        .status();
    assert!(sent.expect("a shell").success());
    let rest = events.collect();
    let status = child.wait().expect("it ends");
    (found.expect("such an event"), rest, status.code())
}

#[test]
fn a_run_that_is_interrupted_is_saved() {
    let runs = Runs::new();
    let (_, rest, status) = until(runs.start(&ENDLESS), "step", "-INT");
    assert_eq!(status, Some(130));
    let end = rest.last().expect("an end");
    assert_eq!(end["ending"], "interrupted");

    let refused = runs.run(&ENDLESS).exits(2);
    let says = format!(
        "error: @/run: expected a new folder, found a run after step {} of 1000000, which --resume continues; name a \
         different folder with --out, or replace the run with --overwrite\n",
        end["taken"]
    );
    assert_eq!(refused.stderr, says);

    let (begin, _, status) = until(runs.start(&RESUMED), "begin", "-TERM");
    assert_eq!(status, Some(130));
    assert_eq!(begin["taken"], end["taken"]);
}

#[test]
fn a_run_that_is_killed_goes_on_at_its_last_checkpoint() {
    let runs = Runs::new();
    let (_, _, status) = until(runs.start(&ENDLESS), "step", "-KILL");
    assert_eq!(status, None);
    let (begin, rest, status) = until(runs.start(&RESUMED), "begin", "-INT");
    assert_eq!((&begin["taken"], status), (&Value::from(0), Some(130)));
    assert_eq!(rest.last().expect("an end")["ending"], "interrupted");
}
