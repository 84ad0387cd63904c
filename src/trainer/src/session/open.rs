//! The beginning of a run: from the arguments, or from a checkpoint.

use std::env;
use std::path;
use std::thread;

use attentive_course::{Course, Tree, find};
use attentive_recipe::{Corpus, Plan, Recipe, RecipeName, RunRecord, Source, first_parameters};
use training::{Batch, State};

use super::{Pace, Session, batch, settings};
use crate::args::Arguments;
use crate::checkpoint::{self, Header};
use crate::error::TrainerError;
use crate::folder::Folder;

/// The exercise whose functions train a model, by its name and by its folder.
const EXERCISE: &str = "training";
const KNOWN: &str = "28-training";
/// The folder of all runs, from the root of the course.
const RUNS: &str = "target/attentive/runs";
/// The seed of a run without a seed of its own.
pub(crate) const SEED: u64 = 42;
/// The most threads of a run that is not told how many to use: a batch is not worth more.
const THREADS: usize = 4;

impl Session {
    /// Begins a run, or goes on with one.
    ///
    /// # Errors
    /// When there is nothing to train, no text, no valid setting, or no checkpoint of this run.
    pub(crate) fn open(arguments: &Arguments) -> Result<Self, TrainerError> {
        let here = env::current_dir().map_err(TrainerError::Here)?;
        let course = Course::containing(&here)?;
        ensure_trains(&course, &arguments.exercise)?;
        let folder = match &arguments.out {
            Some(folder) => folder.clone(),
            None if arguments.own => course.path(RUNS).join(format!("{EXERCISE}-own")),
            None => course.path(RUNS).join(EXERCISE),
        };
        let (folder, threads) = (Folder::new(folder), threads(arguments));
        if arguments.resume {
            Self::resume(folder, threads)
        } else {
            Self::begin(arguments, folder, threads)
        }
    }

    fn begin(arguments: &Arguments, folder: Folder, threads: usize) -> Result<Self, TrainerError> {
        let recipe = recipe(arguments)?;
        if !arguments.overwrite {
            folder.ensure_free()?;
        }
        folder.ensure_own()?;
        let file = match &arguments.text {
            Some(file) => Some(path::absolute(file).map_err(TrainerError::Here)?),
            None => None,
        };
        let source = Source::open(&recipe, file.as_deref())?;
        let corpus = source.corpus(&recipe)?;
        let plan = Plan::new(recipe, arguments.seed.unwrap_or(SEED), &source, &corpus);
        let by = if arguments.own {
            "your functions"
        } else {
            "the course's functions"
        };
        let state = State::new(first_parameters(&recipe, plan.vocabulary, plan.seed));
        let record = RunRecord::new(by.to_owned(), plan, threads);
        Ok(Self::new(
            Header {
                record,
                source: file,
            },
            corpus,
            state,
            folder,
            threads,
        ))
    }

    fn resume(folder: Folder, threads: usize) -> Result<Self, TrainerError> {
        let path = folder.checkpoint();
        let (mut header, state) = checkpoint::read(&path)?;
        let plan = &header.record.plan;
        if !plan.recipe.is_known() {
            let found = "a model of sizes that no recipe has".to_owned();
            return Err(checkpoint::wrong(&path, found));
        }
        let source = Source::open(&plan.recipe, header.source.as_deref())?;
        let corpus = source.corpus(&plan.recipe)?;
        let found = source.digest();
        if found != plan.text_sha256 {
            return Err(TrainerError::OtherText {
                path,
                name: source.name(),
                expected: plan.text_sha256.clone().unwrap_or_default(),
                found: found.unwrap_or_default(),
            });
        }
        let vocabulary = corpus.characters().size();
        if vocabulary != plan.vocabulary {
            let found = format!("{} tokens instead of {vocabulary}", plan.vocabulary);
            return Err(checkpoint::wrong(&path, found));
        }
        checkpoint::ensure_fits(&path, &header.record, &state)?;
        header.record.threads = threads;
        Ok(Self::new(header, corpus, state, folder, threads))
    }

    fn new(header: Header, corpus: Corpus, state: State, folder: Folder, threads: usize) -> Self {
        let plan = &header.record.plan;
        let held_out: Vec<Batch> = corpus.held_out().into_iter().map(batch).collect();
        Self {
            settings: settings(&plan.recipe, plan.vocabulary),
            header,
            corpus,
            held_out,
            state,
            folder,
            threads,
            pace: Pace::default(),
        }
    }
}

/// Checks that the functions of an exercise train a model.
fn ensure_trains(course: &Course, wanted: &str) -> Result<(), TrainerError> {
    let exercises = course.exercises(Tree::Exercises)?;
    let exercise = find(&exercises, wanted)?;
    if exercise.name == EXERCISE {
        return Ok(());
    }
    Err(TrainerError::NothingToTrain {
        found: exercise.folder(),
        known: KNOWN,
    })
}

/// The recipe of a run that begins.
fn recipe(arguments: &Arguments) -> Result<Recipe, TrainerError> {
    let recipe = arguments.recipe.unwrap_or(RecipeName::Nano).recipe();
    let steps = arguments.steps.map_or(recipe.steps, |steps| steps as usize);
    let peak = arguments.rate.unwrap_or(recipe.peak);
    if !(peak > 0.0 && peak.is_finite()) {
        return Err(TrainerError::Option {
            option: "--rate",
            expected: "to be a number above 0, such as 0.001",
            found: peak.to_string(),
        });
    }
    Ok(recipe.with_steps(steps).with_peak(peak))
}

/// The number of threads. A learner's functions run one after the other, unless they are told otherwise: then the step is
/// that of their own `step`.
fn threads(arguments: &Arguments) -> usize {
    match arguments.threads {
        Some(threads) => threads.into(),
        None if arguments.own => 1,
        None => thread::available_parallelism().map_or(1, |threads| threads.get().min(THREADS)),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn arguments(options: &[&str]) -> Arguments {
        let words = [&["train", "training"][..], options].concat();
        Arguments::try_parse_from(words).expect("a command line")
    }

    #[test]
    fn options_change_the_recipe() {
        let chosen = recipe(&arguments(&[
            "--recipe",
            "pocket",
            "--steps=40",
            "--rate=0.5",
        ]));
        let chosen = chosen.expect("a recipe");
        assert_eq!(chosen, Recipe::POCKET.with_steps(40).with_peak(0.5));
        assert_eq!(recipe(&arguments(&[])).expect("a recipe"), Recipe::NANO);
    }

    #[test]
    fn a_rate_with_which_nothing_is_learned_is_refused() {
        for rate in ["0", "-0.001", "nan", "inf", "1e-60"] {
            let error = recipe(&arguments(&["--rate", rate]))
                .expect_err(rate)
                .to_string();
            assert!(
                error.starts_with("expected --rate to be a number above 0, such as 0.001, found "),
                "{error}"
            );
        }
    }

    #[test]
    fn the_course_shares_a_batch_among_threads_and_a_learner_does_not() {
        assert_eq!(threads(&arguments(&["--own"])), 1);
        assert_eq!(threads(&arguments(&["--own", "--threads=3"])), 3);
        assert!((1..=THREADS).contains(&threads(&arguments(&[]))));
    }
}
