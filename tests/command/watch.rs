//! `attentive watch`, with its letters typed as lines.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::support::{ATTENTIVE, Checkout, SDP, kill, wait};

/// The last line after each run.
pub(crate) const READY: &str = "q quit";
/// The first line of the solution's `scores`.
const FIRST: &str = "let d_k = q.ncols() as f32;";

/// A watch that runs, and what it has said so far.
pub(crate) struct Watching {
    child: Child,
    keys: Option<ChildStdin>,
    said: Arc<Mutex<String>>,
}

impl Watching {
    pub(crate) fn start(checkout: &Checkout) -> Self {
        let mut command = checkout.command(ATTENTIVE, &["watch", "--limit", "30"]);
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
        if wait(Duration::from_secs(60), seen).is_err() {
            panic!(
                "no `{text}` in:\n{}",
                self.said.lock().expect("nobody panicked")
            );
        }
        std::mem::take(&mut *self.said.lock().expect("nobody panicked"))
    }

    /// Waits for the watch to end.
    pub(crate) fn ends(mut self) -> Option<i32> {
        wait(Duration::from_secs(5), || {
            self.child.try_wait().expect("a child").is_some()
        })
        .expect("it ends");
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

#[test]
fn a_watch_from_its_start_to_its_end() {
    let checkout = Checkout::new("watch");
    a_save_is_graded_and_one_during_a_run_is_not_lost(&checkout);
    letters_do_what_keys_do(&checkout);
    what_is_put_right_is_graded(&checkout);
    quitting_ends_an_endless_loop(&checkout);
}

fn a_save_is_graded_and_one_during_a_run_is_not_lost(checkout: &Checkout) {
    checkout.write(".attentive/progress.json", "{\"version\": 1}");
    let mut watch = Watching::start(checkout);
    // It begins with the first exercise that does not pass.
    let begin = watch.until(READY);
    assert!(
        begin.contains("compiling softmax …") && begin.contains("01 softmax"),
        "{begin}"
    );

    // Only what is saved is run. An editor that replaces the file is as good as one that writes it.
    checkout.solve(" / d_k.sqrt()", "");
    let slow = fs::read_to_string(checkout.path(format!("{SDP}/src/lib.rs"))).expect("it is there");
    let mistake = watch.until(READY);
    assert!(
        mistake.contains("compiling scaled-dot-product …"),
        "{mistake}"
    );
    assert!(
        mistake.contains("(`no-scale`") && !mistake.contains("01 softmax"),
        "{mistake}"
    );

    // A run that takes a while, and a save while it does.
    let wait_a_while = "std::thread::sleep(std::time::Duration::from_millis(500));";
    let slow = slow.replace(FIRST, &format!("{wait_a_while} {FIRST}"));
    checkout.write(format!("{SDP}/new.rs"), slow);
    fs::rename(
        checkout.path(format!("{SDP}/new.rs")),
        checkout.path(format!("{SDP}/src/lib.rs")),
    )
    .expect("renamed");
    watch.until("compiling scaled-dot-product …");
    wait(Duration::from_secs(60), || {
        checkout
            .processes()
            .iter()
            .any(|line| line.contains("--worker"))
    })
    .expect("the slow run begins");
    checkout.solve("", "");
    let both = watch.until("passed: 2 tasks");
    assert!(
        both.contains("(`no-scale`"),
        "the slow run's verdict was shown, too:\n{both}"
    );

    // The same content again is nothing new.
    checkout.solve("", "");
    thread::sleep(Duration::from_millis(1500));
    let after = watch.said.lock().expect("nobody panicked").clone();
    assert!(!after.contains("compiling"), "{after}");

    watch.press("q");
    assert_eq!(watch.ends(), Some(0));
    checkout.assert_nothing_runs();
}

fn letters_do_what_keys_do(checkout: &Checkout) {
    checkout.solve(" / d_k.sqrt()", "");
    checkout.attentive(&["check", "1", "5"]).exits(1);
    let mut watch = Watching::start(checkout);
    watch.until(READY);
    watch.press("n");
    let mut text = String::new();
    while !text.contains("05 scaled-dot-product") {
        watch.press("n");
        text = watch.until(READY);
    }
    watch.press("h");
    assert!(
        watch
            .until("more hints)")
            .contains("hint 1 of 4 for `scores`")
    );
    watch.press("h");
    assert!(
        watch
            .until("more hints)")
            .contains("hint 2 of 4 for `scores`")
    );
    watch.press("l");
    assert!(
        watch
            .until("> 05 scaled-dot-product")
            .contains("Attentive: 0 of ")
    );
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
    checkout.solve("", "");
    watch.until("passed: 2 tasks");
    kill(watch.child);
}

fn what_is_put_right_is_graded(checkout: &Checkout) {
    let words = format!("{SDP}/exercise.toml");
    let good = checkout.read(&words);
    let mut watch = Watching::start(checkout);
    watch.until(READY);
    checkout.replace(&words, "minutes = ", "minutes = \"many\" # ");
    watch.press("l");
    let error = watch.until(READY);
    assert!(
        error.contains("error: exercises/05-scaled-dot-product/exercise.toml:3: invalid type"),
        "{error}"
    );
    checkout.write(&words, good);
    watch.press("l");
    watch.until("05 scaled-dot-product");
    watch.press("q");
    assert_eq!(watch.ends(), Some(0));
}

fn quitting_ends_an_endless_loop(checkout: &Checkout) {
    let mut watch = Watching::start(checkout);
    watch.until(READY);
    checkout.solve(FIRST, &format!("while q.nrows() < 1000 {{}}\n    {FIRST}"));
    wait(Duration::from_secs(60), || {
        checkout
            .processes()
            .iter()
            .any(|line| line.contains("--worker"))
    })
    .expect("the endless run begins");
    watch.press("q");
    assert_eq!(watch.ends(), Some(0));
    checkout.assert_nothing_runs();
}
