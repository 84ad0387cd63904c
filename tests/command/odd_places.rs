//! Places and circumstances in which a command still has to do its work, or at least to end as it says.

use std::process::Stdio;

use crate::support::{ATTENTIVE, Checkout, Ran, ran};

/// The first line of the solution's `halve`.
const FIRST: &str = "let half = 0.5;";

#[test]
fn a_verdict_does_not_depend_on_where_it_is_shown() {
    let checkout = Checkout::toy("places");
    checkout.attentive(&["check", "1"]).exits(1);
    nobody_reads(&checkout);
    nothing_can_be_remembered(&checkout);
    what_was_hurried_is_graded_again(&checkout);
    two_chains_at_once(&checkout);
}

/// As in `attentive check | head -1`, when `head` has had enough before anything is printed.
fn nobody_reads(checkout: &Checkout) {
    let ends = |arguments: &[&str]| {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        // Before the command starts: what it prints must find nobody.
        drop(reader);
        let mut command = checkout.command(ATTENTIVE, arguments);
        command.stdout(writer.try_clone().expect("another handle"));
        command.stderr(writer);
        command.status().expect("it ends").code()
    };
    assert_eq!(ends(&["check", "1"]), Some(1));
    assert_eq!(ends(&["check", "1", "--json"]), Some(1));
    assert_eq!(ends(&["check", "--solutions", "1"]), Some(0));
    assert_eq!(ends(&["hint", "1"]), Some(0));
    assert_eq!(ends(&["hint", "convolution"]), Some(2));
    assert_eq!(ends(&["quiz"]), Some(2));
}

/// As in a checkout that is read-only; a file where the folder should be stops even the administrator.
fn nothing_can_be_remembered(checkout: &Checkout) {
    std::fs::remove_dir_all(checkout.path(".attentive")).expect("it can be removed");
    checkout.write(".attentive", "");
    let note = "note: nothing that you do now is stored: .attentive/lock cannot be locked: ";
    for (arguments, says, status) in [
        (&["check", "1"][..], "not implemented yet", 1),
        (&["status"], "Attentive: 0 of ", 1),
        (&["hint", "1", "--more"], "hint 1 of 3 for `halve`", 0),
    ] {
        let Ran { stdout, stderr, .. } = checkout.attentive(arguments).exits(status);
        assert!(stdout.contains(says), "{stdout}");
        assert_eq!(stderr.matches(note).count(), 1, "{stderr}");
    }
    std::fs::remove_file(checkout.path(".attentive")).expect("it can be removed");
}

fn what_was_hurried_is_graded_again(checkout: &Checkout) {
    let wait = "std::thread::sleep(std::time::Duration::from_millis(1200));";
    checkout.solve(
        FIRST,
        &format!("if x.nrows() == 3 {{ {wait} }}\n    {FIRST}"),
    );
    let hurried = checkout.attentive(&["check", "1", "--limit", "1"]).exits(1);
    assert!(
        hurried.stdout.contains("timed out: no result after 1 s"),
        "{}",
        hurried.stdout
    );
    let unhurried = checkout.attentive(&["hint", "1"]).exits(0);
    assert!(
        unhurried.stdout.contains("there is no hint left"),
        "{}",
        unhurried.stdout
    );
}

fn two_chains_at_once(checkout: &Checkout) {
    checkout.attentive(&["reset", "1"]).exits(0);
    let start = |exercise| {
        let mut command = checkout.command(ATTENTIVE, &["check", "--chain", exercise]);
        command.stdin(Stdio::null()).spawn().expect("it starts")
    };
    let running = [("halve", "01 halve  ○○"), ("quarter", "02 quarter  waits")];
    for (child, says) in running.map(|(exercise, says)| (start(exercise), says)) {
        let Ran { stdout, .. } = ran(child.wait_with_output()).exits(1);
        assert!(stdout.contains(says), "{stdout}");
    }
}
