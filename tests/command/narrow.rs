//! Everything that a learner reads in a narrow terminal: nothing is cut in the middle of a word, and what is copied stays
//! whole.

use crate::support::{ATTENTIVE, Checkout};
use crate::watch::{READY, Watching};

const NARROW: usize = 40;
const USUAL: usize = 80;
/// Width of a label before a paragraph.
const LABEL: usize = 10;

#[test]
fn every_line_fits_into_a_narrow_terminal() {
    let checkout = Checkout::toy("narrow");
    checkout.solve("let half = 0.5", "let half = 2.0");
    for columns in [NARROW, USUAL] {
        let mut all = String::new();
        for arguments in [
            &["status"][..],
            &["check"],
            &["check", "1", "--heat-map"],
            &["hint", "1"],
            &["check", "halv"],
            &["quiz", "halve", "--seed", "1"],
        ] {
            let said = said(&checkout, arguments, columns);
            assert_fits(&said, columns);
            all += &format!("$ attentive {}\n{said}\n", arguments.join(" "));
        }
        if columns == NARROW {
            insta::assert_snapshot!(all);
        }
    }
    a_watch_fits(&checkout);
}

fn a_watch_fits(checkout: &Checkout) {
    let mut watch = Watching::start_in(checkout, NARROW);
    assert_fits(&watch.until(READY), NARROW);
    checkout.solve("", "");
    let next = watch.until(READY);
    assert!(
        next.contains("passed: 2 tasks") && next.contains("next      02-quarter, task `quarter`"),
        "{next}"
    );
    assert_fits(&next, NARROW);
    watch.press("q");
    assert_eq!(watch.ends(), Some(0));
}

/// Returns everything that a command prints in a terminal of so many columns, on both of its outputs.
fn said(checkout: &Checkout, arguments: &[&str], columns: usize) -> String {
    let mut command = checkout.command(ATTENTIVE, arguments);
    let output = command.env("COLUMNS", columns.to_string()).output();
    let output = output.expect("it starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

/// Only a single path or command may be longer than a line, because it is to be copied.
#[track_caller]
fn assert_fits(text: &str, columns: usize) {
    for line in text.lines() {
        let rest = line.get(LABEL..).unwrap_or_default().trim();
        let is_whole = !rest.contains(' ') || rest.starts_with("cargo ");
        let is_progress = line.ends_with(" …");
        assert!(
            line.chars().count() <= columns || is_whole || is_progress,
            "more than {columns} columns: {line}\n{text}"
        );
    }
}

#[test]
fn paths_lead_from_the_folder_in_which_a_command_is_typed() {
    let checkout = Checkout::toy("paths");
    let typed_in = |folder: &str, arguments: &[&str]| {
        let mut command = checkout.command(ATTENTIVE, arguments);
        let output = command.current_dir(checkout.path(folder)).output();
        String::from_utf8_lossy(&output.expect("it starts").stdout).into_owned()
    };
    let status = typed_in("exercises/01-halve", &["status"]);
    assert!(status.contains("edit      src/lib.rs:"), "{status}");
    assert!(
        status.contains("read      ../../book/html/halve.html"),
        "{status}"
    );
    checkout.solve("x.mapv(", "x.mpav(");
    let broken = typed_in("exercises", &["check", "1"]);
    assert!(broken.contains("--> 01-halve/src/lib.rs:11:"), "{broken}");
}
