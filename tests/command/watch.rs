//! `attentive watch`, with its letters typed as lines.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::support::{ATTENTIVE, Checkout, HALVE, kill, wait};

const ARGUMENTS: &[&str] = &["watch", "--limit", "30"];
/// The last line after each run.
pub(crate) const READY: &str = "q quit";
/// The first line of the solution's `halve`.
const FIRST: &str = "let half = 0.5;";
const QUARTER: &str = "exercises/02-quarter";
/// The solution of `quarter`.
const TWICE: &str = "halve(halve(x).view())";

/// A watch that runs, and what it has said so far.
pub(crate) struct Watching {
    child: Child,
    keys: Option<ChildStdin>,
    said: Arc<Mutex<String>>,
}

impl Watching {
    pub(crate) fn start(checkout: &Checkout) -> Self {
        Self::run(checkout.command(ATTENTIVE, ARGUMENTS))
    }

    /// Starts in a terminal of so many columns.
    pub(crate) fn start_in(checkout: &Checkout, columns: usize) -> Self {
        let mut command = checkout.command(ATTENTIVE, ARGUMENTS);
        command.env("COLUMNS", columns.to_string());
        Self::run(command)
    }

    fn run(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .spawn()
            .expect("the watch starts");
        let said = Arc::new(Mutex::new(String::new()));
        listen(child.stdout.take().expect("a pipe"), &said);
        listen(child.stderr.take().expect("a pipe"), &said);
        Self {
            keys: child.stdin.take(),
            child,
            said,
        }
    }

    pub(crate) fn press(&mut self, key: &str) {
        writeln!(self.keys.as_mut().expect("the keyboard is there"), "{key}")
            .expect("the watch reads");
    }

    /// All that was said since the last call, up to a line with `text`.
    #[track_caller]
    pub(crate) fn until(&self, text: &str) -> String {
        let seen = || self.said.lock().expect("nobody panicked").contains(text);
        if wait(seen).is_err() {
            panic!(
                "no `{text}` in:\n{}",
                self.said.lock().expect("nobody panicked")
            );
        }
        std::mem::take(&mut *self.said.lock().expect("nobody panicked"))
    }

    /// Waits for the watch to end.
    pub(crate) fn ends(mut self) -> Option<i32> {
        wait(|| self.child.try_wait().expect("a child").is_some()).expect("it ends");
        self.child.wait().expect("it has ended").code()
    }
}

fn listen(pipe: impl Read + Send + 'static, said: &Arc<Mutex<String>>) {
    let said = Arc::clone(said);
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            *said.lock().expect("nobody panicked") += &format!("{line}\n");
        }
    });
}

/// Each save is compiled by the calls that cargo has shown for the one before, or by cargo where these would not do.
#[test]
fn a_save_has_the_verdict_that_cargo_gives() {
    let checkout = Checkout::toy("watch-replay");
    let (library, module) = (
        format!("{HALVE}/src/lib.rs"),
        format!("{HALVE}/src/half.rs"),
    );
    checkout.solve("", "");
    let right = checkout.read(&library);
    let compiled = checkout.path("target/attentive/watch/halve");
    // Of an earlier run.
    let _ = fs::remove_dir_all(&compiled);
    let mut watch = Watching::start(&checkout);
    watch.until(READY);
    let saved = |file: &str, text: &str, says: &str| {
        checkout.write(file, text);
        let said = watch.until(READY);
        assert!(said.contains(says), "no `{says}` after {text}:\n{said}");
    };
    const PASSED: &str = "passed: 2 tasks";
    // Cargo compiles this one if not the one before, and shows how.
    saved(&library, &right.replace("0.5", "2.0"), "verdict");
    saved(&library, &right, PASSED);
    assert!(cfg!(not(unix)) || compiled.exists());

    // Errors are shown as cargo shows them, also those of a later save.
    let of_type = right.replace(FIRST, "let half: f32 = \"a half\";");
    saved(&library, &of_type, "mismatched types");
    saved(
        &library,
        &right.replace(FIRST, "let half = 0.5"),
        "expected `;`",
    );
    saved(&library, &right, PASSED);

    // A module of its own, and then another text in it.
    saved(&module, "pub(crate) const HALF: f32 = 0.5;\n", PASSED);
    let in_module = right.replace("0.5", "half::HALF") + "\nmod half;\n";
    saved(&library, &in_module, PASSED);
    saved(&module, "pub(crate) const HALF: f32 = 2.0;\n", "verdict");

    // The manifest changes, so that a warning is an error.
    let manifest = format!("{HALVE}/Cargo.toml");
    let before = checkout.read(&manifest);
    saved(&library, &(right.clone() + "\nfn unused() {}\n"), PASSED);
    let denied = before.clone() + "dead_code = \"deny\"\n";
    saved(&manifest, &denied, "never used");
    saved(&manifest, &before, PASSED);
    watch.press("q");
    assert_eq!(watch.ends(), Some(0));
    checkout.assert_nothing_runs();
}

#[test]
fn a_watch_from_its_start_to_its_end() {
    let checkout = Checkout::toy("watch");
    a_save_is_graded_and_one_during_a_run_is_not_lost(&checkout);
    letters_do_what_keys_do(&checkout);
    what_is_put_right_is_graded(&checkout);
    quitting_ends_an_endless_loop(&checkout);
}

fn a_save_is_graded_and_one_during_a_run_is_not_lost(checkout: &Checkout) {
    checkout.write(".attentive/progress.json", "{\"version\": 1}");
    let mut watch = Watching::start(checkout);
    // It begins with the first exercise that does not pass. That is a stub, which is not compiled.
    let begin = watch.until(READY);
    assert!(
        begin.contains("01 halve") && !begin.contains("compiling"),
        "{begin}"
    );

    // Only what is saved is run. An editor that replaces the file is as good as one that writes it.
    checkout.solve_in("02-quarter", TWICE, "halve(x)");
    let mistake = watch.until(READY);
    assert!(mistake.contains("compiling quarter …"), "{mistake}");
    assert!(
        mistake.contains("(`half`") && !mistake.contains("01 halve"),
        "{mistake}"
    );
    let slow = format!(
        "{} std::thread::sleep(std::time::Duration::from_millis(500)); halve(x)",
        checkout.mark()
    );
    let file = format!("{QUARTER}/src/lib.rs");
    let text = checkout.read(&file).replace("halve(x)", &slow);
    fs::write(checkout.path(&file), text).expect("it can be written");

    // A save during a run, which takes a while.
    watch.until("compiling quarter …");
    checkout.wait_for_mark();
    checkout.solve_in("02-quarter", "", "");
    // What comes next is said after a pass.
    let both = watch.until("then      n, or cargo test -p halve");
    assert!(
        both.contains("(`half`"),
        "the slow run's verdict was shown, too:\n{both}"
    );
    assert!(
        both.contains("passed: 1 task")
            && both.contains("next      01-halve, task `halve`")
            && both.contains("edit      exercises/01-halve/src/lib.rs:"),
        "{both}"
    );

    // The same content again is nothing new.
    checkout.solve_in("02-quarter", "", "");
    thread::sleep(Duration::from_millis(1500));
    let after = watch.said.lock().expect("nobody panicked").clone();
    assert!(!after.contains("compiling"), "{after}");

    watch.press("q");
    assert_eq!(watch.ends(), Some(0));
    checkout.assert_nothing_runs();
}

fn letters_do_what_keys_do(checkout: &Checkout) {
    checkout.solve_in("02-quarter", TWICE, "halve(x)");
    checkout.attentive(&["check"]).exits(1);
    let mut watch = Watching::start(checkout);
    watch.until(READY);
    watch.press("n");
    let next = watch.until(READY);
    assert!(next.contains("02 quarter"), "{next}");
    watch.press("h");
    watch.until("hint 1 of 3 for `quarter`");
    watch.press("h");
    watch.until("hint 2 of 3 for `quarter`");
    watch.press("l");
    assert!(watch.until("> 02 quarter").contains("Attentive: 0 of "));
    watch.press("r");
    watch.until("y/n");
    watch.press("n");
    watch.until("not reset");
    watch.press("r");
    watch.press("y");
    let reset = watch.until(READY);
    assert!(
        reset.contains("is the stub again") && reset.contains("not implemented yet"),
        "{reset}"
    );
    watch.press("?");
    watch.until("h hint");

    // Without a keyboard it goes on.
    watch.keys = None;
    checkout.solve_in("02-quarter", "", "");
    watch.until("passed: 1 task");
    kill(watch.child);
}

fn what_is_put_right_is_graded(checkout: &Checkout) {
    let words = format!("{HALVE}/exercise.toml");
    let good = checkout.read(&words);
    let mut watch = Watching::start(checkout);
    watch.until(READY);
    checkout.replace(&words, "minutes = ", "minutes = \"many\" # ");
    watch.press("l");
    let error = watch.until(READY);
    assert!(
        error.contains("error: exercises/01-halve/exercise.toml:3: invalid type"),
        "{error}"
    );
    checkout.write(&words, good);
    watch.press("l");
    watch.until("01 halve");
    watch.press("q");
    assert_eq!(watch.ends(), Some(0));
}

fn quitting_ends_an_endless_loop(checkout: &Checkout) {
    let mut watch = Watching::start(checkout);
    watch.until(READY);
    let mark = checkout.mark();
    checkout.solve(
        FIRST,
        &format!("{mark} while x.nrows() < 1000 {{}}\n    {FIRST}"),
    );
    checkout.wait_for_mark();
    watch.press("q");
    assert_eq!(watch.ends(), Some(0));
    checkout.assert_nothing_runs();
}
