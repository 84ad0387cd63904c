//! Claims of `training-run.md`, computed.

use std::path::Path;

use attentive_book::figures::lessons::training_run::{mean_until, recorded};
use attentive_recipe::{Characters, Recipe, RunRecord, Text, first_parameters};

use crate::lesson::{Lesson, commas};
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[],
    checks: &[],
    slips: &[],
};

/// The number of different characters of the text.
fn characters() -> usize {
    Characters::of(&Text::shipped().whole()).size()
}

/// A record that ships with the course.
fn shipped(file: &str) -> RunRecord {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../trainer/shipped");
    RunRecord::read(&folder.join(file)).expect("a record")
}

/// A number with the sign that the page has for less than zero.
fn signed(number: f32) -> String {
    format!("{number:.2}").replace('-', "−")
}

#[test]
fn a_guess_among_all_characters_has_the_first_loss() {
    let characters = characters();
    let loss = (characters as f64).ln();
    let lesson = Lesson::read("training-run");
    lesson.says(format!("The text has {characters} different characters"));
    lesson.says(format!("about {loss:.2}, which is $\\ln {characters}$"));
    lesson.says(format!("a probability of nearly $1/{characters}$"));
    lesson.says(format!("than one in {characters}."));
}

#[test]
fn the_loss_of_the_induction_recipe_falls_all_of_a_sudden() {
    let record = recorded();
    let lesson = Lesson::read("training-run");
    let guess = (record.plan.vocabulary as f32).ln();
    lesson.says(format!("A guess has a loss of {guess:.2}."));
    let at = |step| mean_until(&record.losses, step);
    lesson.says(format!(
        "For 340 steps, libtorch's run is hardly better: {:.2}.",
        at(340)
    ));
    lesson.says(format!(
        "At step 400 it has {:.2}, and at the end {:.2}.",
        at(400),
        at(record.losses.len())
    ));
    let score = |step| {
        let measured = record.held_out.iter().find(|at| at.step == step);
        signed(measured.expect("a measurement").in_context)
    };
    lesson.says(format!(
        "it falls from {} to {} between steps 320 and 400",
        score(320),
        score(400)
    ));
    let nano = shipped("nano.json");
    let last = nano.held_out.last().expect("a measurement").in_context;
    lesson.says(format!(
        "the model of {} blocks comes to {}: in {} characters",
        Recipe::NANO.blocks,
        signed(last),
        Recipe::NANO.context
    ));
}

/// A line of the trainer's snapshots: what is suspected of a run, and the fault that it is said to be like.
struct Suspected<'a> {
    run: &'a str,
    suspicion: &'a str,
    like: &'a str,
}

/// The lines about the twenty faults. Tests of the trainer compare these files with what it says.
fn suspected(snapshot: &str) -> Vec<Suspected<'_>> {
    let (_, lines) = snapshot
        .split_once("right: nothing, like no run\n")
        .expect("the right run");
    let mut faults = Vec::new();
    for line in lines.lines() {
        let (run, rest) = line.split_once(": ").expect("a run");
        let (suspicion, like) = rest.split_once(", like ").expect("a fault");
        faults.push(Suspected {
            run,
            suspicion,
            like,
        });
    }
    assert_eq!(faults.len(), 20);
    faults.retain(|fault| fault.suspicion != "nothing");
    faults
}

#[test]
fn most_recorded_faults_are_suspected() {
    let found = suspected(include_str!(
        "../../src/trainer/src/suspicion/snapshots/attentive_trainer__suspicion__nearest__tests__recorded_faults_are_suspected.snap"
    ));
    let says = format!("suspects something in {} of the twenty", found.len());
    Lesson::read("training-run").says(says);
}

#[test]
fn faults_of_a_different_seed_are_named_rightly() {
    let found = suspected(include_str!(
        "../../src/trainer/src/suspicion/snapshots/attentive_trainer__suspicion__nearest__tests__faults_of_a_different_seed_are_like_the_recorded_ones.snap"
    ));
    let named: Vec<_> = found
        .iter()
        .filter(|fault| fault.like != "no run")
        .collect();
    assert!(named.iter().all(|fault| fault.like == fault.run));
    Lesson::read("training-run").says(format!(
        "{} of the twenty faults raise a suspicion, and {} of these are named, all of them rightly",
        found.len(),
        named.len()
    ));
    let flat = found
        .iter()
        .filter(|fault| fault.suspicion == "stays_at_frequencies");
    assert_eq!(flat.filter(|fault| fault.like == "no run").count(), 3);
}

#[test]
fn the_recipe_has_these_sizes() {
    let recipe = Recipe::NANO;
    let lesson = Lesson::read("training-run");
    let Recipe {
        blocks,
        heads,
        width,
        context,
        batch,
        steps,
        max_norm,
        ..
    } = recipe;
    lesson.says(format!(
        "{blocks} blocks of {heads} heads, a width of {width}, a context of {context} characters, {batch} sequences in \
         a batch, and {} steps",
        commas(steps)
    ));
    lesson.says(format!("before it is clipped to {max_norm}"));
    lesson.says(format!(
        "it reads {} characters",
        commas(recipe.tokens() * steps)
    ));
    let pocket = Recipe::POCKET.blocks;
    lesson.says(format!("a model of {pocket} blocks in some seconds"));
    assert_eq!(
        (
            recipe.steps / recipe.warm_up,
            Recipe::POCKET.steps / Recipe::POCKET.warm_up
        ),
        (20, 20)
    );
}

#[test]
fn the_model_has_as_many_parameters_and_its_checkpoint_three_times_as_many_numbers() {
    let parameters = first_parameters(&Recipe::NANO, characters(), 1);
    let count: usize = parameters.values().map(|tensor| tensor.len()).sum();
    let lesson = Lesson::read("training-run");
    lesson.says(format!("{} parameters", commas(count)));
    let megabytes = 3.0 * 4.0 * count as f64 / 1e6;
    lesson.says(format!("that is {megabytes:.1} MB"));
}
