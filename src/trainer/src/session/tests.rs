//! Runs that are taken, saved, resumed and refused.

use std::path::Path;

use clap::Parser;

use super::*;
use crate::args::Arguments;

/// A folder with a text, in which runs are kept.
struct Runs(tempfile::TempDir);

impl Runs {
    fn new() -> Self {
        let runs = Self(tempfile::tempdir().expect("a folder"));
        runs.write_text("A query asks, and keys answer. ");
        runs
    }

    fn write_text(&self, sentence: &str) {
        let text = sentence.repeat(30);
        attentive_course::files::write(&self.text(), text).expect("it can be written");
    }

    fn text(&self) -> std::path::PathBuf {
        self.0.path().join("text.txt")
    }

    fn open(&self, out: &str, options: &[&str]) -> Result<Session, TrainerError> {
        let out = self.0.path().join(out);
        let mut words = vec!["train", "28", "--threads=2", "--out", path(&out)];
        words.extend(options);
        Session::open(&Arguments::try_parse_from(words).expect("a command line"))
    }

    fn begin(&self, out: &str, steps: &str) -> Session {
        let text = self.text();
        let options = ["--recipe=pocket", "--steps", steps, "--text", path(&text)];
        self.open(out, &options).expect("a run")
    }

    fn resume(&self, out: &str) -> Result<Session, TrainerError> {
        self.open(out, &["--resume"])
    }
}

fn path(path: &Path) -> &str {
    path.to_str().expect("a path of letters")
}

fn take(session: &mut Session, steps: usize) {
    for _ in 0..steps {
        session.step().expect("a step");
        if session.is_due() {
            session.measure();
        }
    }
}

#[test]
fn a_run_that_was_interrupted_is_the_run_that_was_not() {
    let runs = Runs::new();
    let mut whole = runs.begin("whole", "12");
    take(&mut whole, 12);
    assert!(whole.is_done());
    assert_eq!(whole.record().losses.len(), 12);
    assert_eq!(whole.record().held_out.len(), 6);

    let mut first = runs.begin("parts", "12");
    take(&mut first, 5);
    first.save(None).expect("it can be saved");
    drop(first);
    let mut second = runs.resume("parts").expect("a checkpoint");
    assert_eq!(second.steps_taken(), 5);
    take(&mut second, 7);
    assert_eq!(second.state, whole.state);
    let (whole, second) = (whole.record(), second.record());
    assert_eq!(second.losses, whole.losses);
    assert_eq!(second.norms, whole.norms);
    assert_eq!(second.held_out, whole.held_out);
}

#[test]
fn the_loss_begins_at_a_guess_and_falls() {
    let runs = Runs::new();
    let mut session = runs.begin("run", "60");
    session.ensure_gradients().expect("all gradients are there");
    let [guess, frequencies] = session.levels();
    let before = f64::from(session.measure().loss);
    assert!((before - guess).abs() < 0.3, "{before} {guess}");
    take(&mut session, 60);
    let after = f64::from(session.measure().loss);
    assert!(after < frequencies, "{after} {frequencies}");
}

#[test]
fn a_recipe_that_draws_its_sequences_is_resumed_too() {
    let runs = Runs::new();
    let options = ["--recipe=induction", "--steps=3"];
    let mut session = runs.open("run", &options).expect("a run");
    take(&mut session, 1);
    session.save(None).expect("it can be saved");
    let mut resumed = runs.resume("run").expect("a checkpoint");
    take(&mut session, 2);
    take(&mut resumed, 2);
    assert_eq!(resumed.record().losses, session.record().losses);
    assert_eq!(resumed.corpus().size(), None);
    let text = runs.text();
    let options = ["--recipe=induction", "--text", path(&text)];
    let error = runs.open("other", &options).expect_err("it reads no text");
    assert!(matches!(error, TrainerError::Text(_)), "{error}");
}

#[test]
fn a_run_does_not_go_on_with_a_different_text() {
    let runs = Runs::new();
    let session = runs.begin("run", "4");
    session.save(None).expect("it can be saved");
    runs.write_text("A query asks, and keys reply. ");
    let error = runs.resume("run").expect_err("the text has changed");
    assert!(matches!(error, TrainerError::OtherText { .. }), "{error}");
    let error = runs.resume("elsewhere").expect_err("nothing is there");
    assert!(matches!(error, TrainerError::NoCheckpoint(_)), "{error}");
}

#[test]
fn a_rate_that_is_far_too_high_ends_with_the_step_and_the_tensor() {
    let runs = Runs::new();
    let mut session = runs.begin("run", "400");
    session.settings.schedule.peak = 1e30;
    session.settings.schedule.warm_up = 0;
    let error = (0..400).find_map(|_| session.step().err());
    let error = error.expect("numbers overflow");
    let TrainerError::NotFinite { step, broken, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(*step, session.steps_taken() + 1);
    assert!(
        matches!(
            broken,
            crate::error::Broken::Gradient(_) | crate::error::Broken::Parameter(_)
        ),
        "{error}"
    );
}
