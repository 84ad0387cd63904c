//! Claims of `training-run.md`, computed.

use attentive_recipe::{Recipe, first_parameters};

use crate::lesson::{Lesson, commas};
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[],
    checks: &[],
    slips: &[],
};

/// The number of different characters of the page's text.
const CHARACTERS: usize = 100;

#[test]
fn a_guess_among_all_characters_has_the_first_loss() {
    let loss = (CHARACTERS as f64).ln();
    Lesson::read("training-run").says(format!("about {loss:.2}, which is $\\ln {CHARACTERS}$"));
}

#[test]
fn most_recorded_faults_are_suspected() {
    // A test of the trainer compares this file with what is suspected.
    let suspected = include_str!(
        "../../src/trainer/src/snapshots/attentive_trainer__suspicion__tests__recorded_faults_are_suspected.snap"
    );
    let (_, suspected) = suspected
        .split_once("right: nothing\n")
        .expect("the right run");
    let faults = suspected.lines().filter(|line| line.contains(": "));
    let found = faults.clone().filter(|line| !line.ends_with(": nothing"));
    assert_eq!(faults.count(), 20);
    let says = format!("suspects something in {} of the twenty", found.count());
    Lesson::read("training-run").says(says);
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
    let parameters = first_parameters(&Recipe::NANO, CHARACTERS, 1);
    let count: usize = parameters.values().map(|tensor| tensor.len()).sum();
    let lesson = Lesson::read("training-run");
    lesson.says(format!("{} parameters", commas(count)));
    let megabytes = 3.0 * 4.0 * count as f64 / 1e6;
    lesson.says(format!("that is {megabytes:.1} MB"));
}
