//! The packs in the repository are what libtorch computes today: two tests for each exercise.
//!
//! `cargo test -p attentive-reference --test drift softmax` runs those of one.

use std::path::Path;
use std::process::ExitCode;

use attentive_course::{Course, Tree};
use attentive_grader::{Comparison, Pack, Tensor, Tolerance};
use attentive_reference::{Exercise, SEED, exercises, record};
use libtest_mimic::{Arguments, Failed, Trial};

/// The share of what learners are allowed by which a number may drift: other processors round otherwise. Between libtorch's
/// kernels for two of them, it was a quarter where large scores meet a softmax.
const SHARE_OF_TOLERANCE: f32 = 0.5;

fn main() -> ExitCode {
    let mut trials = Vec::new();
    for (index, exercise) in exercises().iter().enumerate() {
        let name = exercise.name();
        for (what, test) in [
            (
                "has_not_drifted",
                has_not_drifted as fn(&Exercise) -> Result<(), Failed>,
            ),
            (
                "other_seeds_tell_mistakes_apart",
                other_seeds_tell_mistakes_apart,
            ),
        ] {
            // Each test makes the exercise anew in its own thread.
            let trial = Trial::test(format!("{name}::{what}"), move || test(&exercises()[index]));
            trials.push(trial);
        }
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn has_not_drifted(exercise: &Exercise) -> Result<(), Failed> {
    let course = Course::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."))?;
    let names = [exercise.name().to_owned()];
    let folder = &course.select(Tree::Solutions, &names)?[0];
    let stored = Pack::load(&course.path(folder.pack()))?;
    let [fresh, again] = [record(exercise, SEED)?, record(exercise, SEED)?];
    if fresh.to_bytes()? != again.to_bytes()? {
        return Err("two recordings of one seed differ".into());
    }
    let remedy = "`cargo run -p attentive-reference -- record` brings it up to date";
    if stored.manifest() != fresh.manifest() {
        return Err(format!("expected the manifest of today, found an older one; {remedy}").into());
    }
    if !stored.tensors().keys().eq(fresh.tensors().keys()) {
        return Err(format!("expected the tensors of today, found others; {remedy}").into());
    }
    let Tolerance { absolute, relative } = stored.manifest().tolerance;
    let tolerance = Tolerance {
        absolute: absolute * SHARE_OF_TOLERANCE,
        relative: relative * SHARE_OF_TOLERANCE,
    };
    for (name, stored) in stored.tensors() {
        let largest = distance(&fresh.tensors()[name], stored, tolerance);
        if largest > 1.0 {
            let found = format!("`{name}` is off by {largest} halves of the tolerance; {remedy}");
            return Err(found.into());
        }
    }
    Ok(())
}

/// The largest difference of two entries, in tolerances; infinite where the tensors cannot be compared.
fn distance(fresh: &Tensor, stored: &Tensor, tolerance: Tolerance) -> f64 {
    match (fresh, stored) {
        (Tensor::F32(_), Tensor::F32(_)) => Comparison::new(fresh, stored, tolerance)
            .map_or(f64::INFINITY, |comparison| comparison.largest),
        (fresh, stored) if fresh == stored => 0.0,
        _ => f64::INFINITY,
    }
}

/// Hidden packs of other seeds can be recorded: their cases tell mistakes apart too.
fn other_seeds_tell_mistakes_apart(exercise: &Exercise) -> Result<(), Failed> {
    for seed in 1..=5 {
        record(exercise, seed).map_err(|error| format!("seed {seed}: {error}"))?;
    }
    Ok(())
}
