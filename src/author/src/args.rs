//! The command line. What `--help` prints is written here.

use clap::{Parser, Subcommand};

/// For authors: begins an exercise, and says what is still missing from one.
///
/// The chapter "Adding an exercise" of the book goes through all of it.
#[derive(Debug, Parser)]
#[command(name = "author", bin_name = "cargo attentive author")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make the skeleton of a new exercise
    #[command(after_help = "\
For `author new cross-entropy` this writes, with the next number that is free:
  solutions/NN-cross-entropy/         the solution and its accepted variants
  exercises/NN-cross-entropy/         its stub, its words (exercise.toml) and its adapter (tests/grade.rs)
  src/reference/src/cross_entropy.rs  the same in libtorch, with cases and mistakes; it is registered, too
  book/src/cross-entropy.md           the lesson, and its line in SUMMARY.md
  book/figures, book/claims           the lesson's figure, and the tests of what it says in numbers
  book/quizzes/cross-entropy.toml     its questions

All of it compiles, and nothing passes yet: `FILL IN:` marks each place where you have to write, and says \
what. `author check` lists these places. Nothing that is there is overwritten.

Exit status: 0 it is written, 2 the name is taken or no name, and nothing was written.")]
    New {
        /// Its name in lower case with hyphens, such as cross-entropy, or its folder, such as 15-cross-entropy
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Say what is still missing from an exercise
    #[command(after_help = "\
It runs everything that CI would run for this one exercise, continues after a failure, and ends with a \
numbered list of what is missing, each with what to do:
  files       every file is there, and no `FILL IN:` is left
  words       there are three hints for each task and six mistakes
  format      rustfmt has nothing to change, also in figures and claims
  clippy      neither the compiler nor clippy finds anything
  drift       libtorch still computes what the golden pack says (needs LIBTORCH)
  stub        the stub is what `author sync` writes; words and pack have the same tasks
  solution    the grader accepts the solution
  variants    it accepts every variant
  mistakes    it rejects each mistake and names it; learners read what the snapshot has
  mutants     it rejects at least twenty mutants of the solution, and all that are no right answer
  kill table  mistakes are far from right and from each other; three variants for each task; the page is up to date
  claims      what the lesson and its quiz say in numbers is computed
  book        the lesson has all of its parts, an anchor for each mistake, a figure and a quiz

A step whose files are not written yet waits for them. With everything compiled it takes less than a minute.

Exit status: 0 nothing is missing, 1 something is, 2 a step could not do its work.")]
    Check {
        /// The exercise, by name, folder or number
        #[arg(value_name = "EXERCISE")]
        name: String,
        /// Print the outcome of each step as JSON
        #[arg(long)]
        json: bool,
    },
}
