//! The command line. What `--help` prints is written here, and it is meant to be read by beginners.

use std::ffi::OsString;
use std::num::ParseFloatError;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

const ABOUT: &str = "\
Attentive: attention and transformers, for people who write Rust.

Edit exercises/NN-name/src/lib.rs, and let the grader compare every tensor that you compute with what
libtorch computed for the same inputs. Without a command you see where you stand and what comes next.";

const AFTER: &str = "\
A day with Attentive:
  cargo attentive                            where do I stand?
  cargo attentive watch                      leave this open: it grades whenever you save
  cargo attentive hint scaled-dot-product    I am stuck
  cargo test -p scaled-dot-product           the same verdicts, as ordinary tests

Exercises go by name (scaled-dot-product), by folder (05-scaled-dot-product) or by number (5).

Exit status: 0 all passed, 1 something did not pass, 2 the command could not do its work.";

/// What was typed.
#[derive(Debug, Parser)]
#[command(name = "attentive", bin_name = "cargo attentive", version, about = ABOUT)]
#[command(after_help = AFTER, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    /// The command; none means `status`.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// What the command can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Where you stand: progress, the next exercise, what to type (what you get without a command)
    #[command(after_help = "\
Grades what has changed since it was last graded; nothing else is compiled.

Exit status: 0 all exercises passed, 1 some did not, 2 the command could not do its work.")]
    Status(Limit),
    /// Grade exercises and explain the first failure of each
    #[command(after_help = "\
Examples:
  cargo attentive check                  all exercises
  cargo attentive check 5 --heat-map     one, with its numbers drawn in the terminal
  cargo attentive check --json           for programs; `--schema` prints what they can expect

Exit status: 0 all passed, 1 something did not pass, 2 the command could not do its work.")]
    Check(Check),
    /// Grade again whenever you save
    #[command(after_help = "\
Keys: h hint · n next exercise · l list · r reset · q quit.
Where there are no keys, because the input is no terminal, the same letters are read as lines; the end
of the input does not end the watch.

Exit status: 0 after q, 2 the command could not do its work.")]
    Watch(Limit),
    /// Show the hints for the first task that is not solved yet
    #[command(after_help = "\
Each call with --more reveals one hint more, from a nudge to almost the answer; without it you see those
that you have had.

Exit status: 0 also when there is nothing left to hint at, 2 the command could not do its work.")]
    Hint(Hint),
    /// Make an exercise the stub again; what you wrote is kept beside it
    #[command(after_help = "\
Your file becomes src/lib.rs.bak-1, or -2 and so on: an older copy is never overwritten.

Exit status: 0 it is the stub, 2 the command could not do its work.")]
    Reset {
        /// The exercise, by name, folder or number
        exercise: String,
    },
    /// Answer the book's questions in the terminal
    #[command(after_help = "\
Type the letter of your choice (several where it says so, such as: a c), or a number. Every answer comes
with the reason why it is right or wrong, and is remembered.

Exit status: 0 all answers right, 1 some were not, 2 the command could not do its work.")]
    Quiz(Quiz),
    /// Build the book
    #[command(
        after_help = "\
Examples:
  cargo attentive book build        into book/html
  cargo attentive book --help       all that the book's program can do

Everything after `book` goes to that program, and its exit status is this one's. The first time it has to be \
compiled, which takes a minute.",
        disable_help_flag = true
    )]
    Book {
        /// What the book's program is told
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// For authors of exercises
    #[command(subcommand)]
    Author(Author),
}

/// How long a function may take.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct Limit {
    /// How long one call of your function may take [default: 10]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    limit: Option<Duration>,
}

impl Limit {
    /// What was asked for, or the grader's own.
    pub(crate) fn duration(self) -> Duration {
        self.limit.unwrap_or(attentive_grader::LIMIT)
    }
}

/// `check`.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The exercises, by name, folder or number; all, if none is named
    #[arg(value_name = "EXERCISE")]
    pub(crate) exercises: Vec<String>,
    /// Grade the solutions instead of your answers
    #[arg(long)]
    pub(crate) solutions: bool,
    /// Print the verdicts as JSON
    #[arg(long, conflicts_with = "heat_map")]
    pub(crate) json: bool,
    /// Print the JSON Schema of what --json prints
    #[arg(long, exclusive = true)]
    pub(crate) schema: bool,
    /// Draw the first wrong output of each exercise in the terminal, too
    #[arg(long)]
    pub(crate) heat_map: bool,
    /// How long one call may take.
    #[command(flatten)]
    pub(crate) limit: Limit,
}

/// `hint`.
#[derive(Debug, Args)]
pub(crate) struct Hint {
    /// The exercise, by name, folder or number
    pub(crate) exercise: String,
    /// Reveal one hint more
    #[arg(long)]
    pub(crate) more: bool,
    /// How long one call may take.
    #[command(flatten)]
    pub(crate) limit: Limit,
}

/// `quiz`.
#[derive(Debug, Args)]
pub(crate) struct Quiz {
    /// The quiz, by its name; the first that you have not got all right, if none is named
    pub(crate) chapter: Option<String>,
    /// Fixes the order in which choices are offered
    #[arg(long, value_name = "NUMBER")]
    pub(crate) seed: Option<u64>,
}

/// `author`.
#[derive(Debug, Subcommand)]
pub(crate) enum Author {
    /// Make the exercises' stubs from the solutions
    #[command(after_help = "\
In solutions/NN-name/src, what stands between `// region: solution \"text\"` and `// endregion` becomes
`todo!(\"text\")` in exercises/NN-name/src; everything else is copied as it is. The manifest is adapted,
and exercise.toml, golden.safetensors and tests/grade.rs are copied. A copy of the stub goes to .stub,
for `reset`.

A file in exercises/NN-name/src that somebody has worked on is not overwritten.

Exit status: 0 the exercises are up to date, 1 something is not (with --check) or could not be made so,
2 a solution is at fault, and nothing was written.")]
    Sync {
        /// Write nothing; list what is not up to date
        #[arg(long, conflicts_with = "force")]
        check: bool,
        /// Overwrite stubs that somebody has worked on, and keep their work as src/lib.rs.bak-N
        #[arg(long)]
        force: bool,
    },
}

/// A number of seconds above 0.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().map_err(|error: ParseFloatError| error.to_string())?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(limit) if !limit.is_zero() => Ok(limit),
        _ => Err("expected a number of seconds above 0, such as 2 or 0.5".to_owned()),
    }
}
