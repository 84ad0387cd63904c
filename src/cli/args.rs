//! The command line. What `--help` prints is written here, and it is meant to be read by beginners.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use attentive_course::text::parse_seconds;
use clap::{Args, Parser, Subcommand};

const ABOUT: &str = "\
Attentive: attention and transformers, for people who write Rust.

Edit exercises/NN-name/src/lib.rs, and let the grader compare every tensor that you compute with what \
libtorch computed for the same inputs. Without a command you see your progress and what comes next.";

const AFTER: &str = "\
A day with Attentive:
  cargo attentive                            how far am I?
  cargo attentive watch                      leave this open: it grades on save
  cargo attentive hint scaled-dot-product    I am stuck
  cargo test -p scaled-dot-product           the same verdicts, as ordinary tests

When you have written all of it:
  cargo attentive check --chain              does it hold, all built on your own?
  cargo attentive pipeline --help            what does a real model write through it?
  cargo attentive train --help               does a model learn through it?

The book, the figures, models and the instructors' commands are separate programs: arguments after the command \
go to them (cargo attentive grade --help). They are compiled when you first call them, which takes a \
minute.

Name an exercise by its name (scaled-dot-product), its folder (05-scaled-dot-product) or its number (5).

Exit status: 0 all passed, 1 something did not pass, 2 the command could not do its work.";

/// Parsed command line.
#[derive(Debug, Parser)]
#[command(name = "attentive", bin_name = "cargo attentive", version, about = ABOUT)]
#[command(after_help = AFTER)]
pub(crate) struct Arguments {
    /// The command; none means `status`.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// Commands of the program.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show your progress, the next exercise and what to type (also without a command)
    #[command(after_help = "\
Grades what has changed since it was last graded; nothing else is compiled.

Exit status: 0 all exercises passed, 1 some did not, 2 the command could not do its work.")]
    Status(Limit),
    /// Grade exercises and explain the first failure of each
    #[command(after_help = "\
Examples:
  cargo attentive check                  all exercises
  cargo attentive check 5 --heat-map     one, with its numbers drawn
  cargo attentive check --json           for programs; --schema describes it
  cargo attentive check --chain 11       the encoder block, on your own layers

Most exercises build on earlier ones. If the course came with solutions, they build on these, so that a slip in \
your layer norm does not count against your encoder block. --chain builds every exercise on your own earlier ones \
instead, and shows whether they work together; it changes none of your files. It also grades the exercises that \
the named ones build on, and grades these first. An exercise that builds on one which does not pass waits for it \
instead of being blamed. Each exercise's Cargo.toml says how to build on your own all the time.

Exit status: 0 all passed, 1 something did not pass, 2 the command could not do its work.")]
    Check(Check),
    /// Grade again whenever you save
    #[command(after_help = "\
Keys: h hint · n next exercise · l list · r reset · q quit.

If the input is not a terminal, the same letters are read as lines, and the end of the input does not \
end the watch.

Exit status: 0 after q, 2 the command could not do its work.")]
    Watch(Limit),
    /// Show hints for the first task that you have not solved yet
    #[command(after_help = "\
Each call with --more reveals one more hint, from a nudge to almost the answer. Without it you see the \
hints that you have had.

Exit status: 0 also if there is no hint left, 2 the command could not do its work.")]
    Hint(Hint),
    /// Turn an exercise into the stub again; what you wrote is kept next to it
    #[command(after_help = "\
Your file becomes src/lib.rs.bak-1, or -2 and so on: an older copy is never overwritten.

Exit status: 0 it is the stub, 2 the command could not do its work.")]
    Reset {
        /// The exercise, by name, folder or number
        exercise: String,
    },
    /// Answer the book's questions in the terminal
    #[command(after_help = "\
Type the letter of your choice (or several, such as: a c, if the question asks for them), or a number. \
You are told why each answer is right or wrong, and your answers are kept.

Exit status: 0 all answers right, 1 some were not, 2 the command could not do its work.")]
    Quiz(Quiz),
    /// Run a language model: `pipeline text-generation "A query asks" --model NAME`; with --own through your functions
    #[command(disable_help_flag = true)]
    Pipeline(ForwardedArgs),
    /// Train a small model: `train training`; with --own through your functions
    #[command(disable_help_flag = true)]
    Train(ForwardedArgs),
    /// List, fetch and convert models: `model list`, `model fetch NAME`, `model convert NAME --out FOLDER`
    #[command(disable_help_flag = true)]
    Model(ForwardedArgs),
    /// Build the book: `book build`; `book --help` has the rest
    #[command(disable_help_flag = true)]
    Book(ForwardedArgs),
    /// Draw a figure of the book: `figure NAME --out FILE.svg` or `.png`, and `figure --list`
    #[command(disable_help_flag = true)]
    Figure(ForwardedArgs),
    /// For instructors: grade a class's submissions
    #[command(disable_help_flag = true)]
    Grade(ForwardedArgs),
    /// For instructors: put the outputs of several machines together
    #[command(disable_help_flag = true)]
    Merge(ForwardedArgs),
    /// For instructors: show whose grade changed between two outputs, and why
    #[command(disable_help_flag = true)]
    Regrade(ForwardedArgs),
    /// For instructors: make the course for students, without solutions
    #[command(disable_help_flag = true)]
    Release(ForwardedArgs),
    /// For authors of exercises
    #[command(subcommand)]
    Author(Author),
}

/// Arguments for another program of the course, which has help of its own.
#[derive(Debug, Default, Args)]
pub(crate) struct ForwardedArgs {
    /// Arguments for the program
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) arguments: Vec<OsString>,
}

impl ForwardedArgs {
    /// Returns `true` if an option is among the arguments; after `--` there are none.
    pub(crate) fn has(&self, option: &str) -> bool {
        let mut options = self.arguments.iter().take_while(|word| *word != "--");
        options.any(|word| word == option)
    }
}

/// Time limit of a function.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct Limit {
    /// Time for one call of your function [default: 10]
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    limit: Option<Duration>,
}

impl Limit {
    /// Returns the limit that was asked for, or the grader's own.
    pub(crate) fn duration(self) -> Duration {
        self.limit.unwrap_or(attentive_grader::DEFAULT_LIMIT)
    }
}

/// `check`.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The exercises, by name, folder or number; all of them if none is named
    #[arg(value_name = "EXERCISE")]
    pub(crate) exercises: Vec<String>,
    /// Build every exercise on your own earlier ones instead of the course's solutions
    #[arg(long, conflicts_with = "solutions")]
    pub(crate) chain: bool,
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
    /// Time for one call.
    #[command(flatten)]
    pub(crate) limit: Limit,
}

/// `hint`.
#[derive(Debug, Args)]
pub(crate) struct Hint {
    /// The exercise, by name, folder or number; if none is named, the next that does not pass
    pub(crate) exercise: Option<String>,
    /// Reveal one more hint
    #[arg(long)]
    pub(crate) more: bool,
    /// Time for one call.
    #[command(flatten)]
    pub(crate) limit: Limit,
}

/// `quiz`.
#[derive(Debug, Args)]
pub(crate) struct Quiz {
    /// The quiz, by its name; if none is named, the first with a question that you have not answered rightly
    pub(crate) chapter: Option<String>,
    /// Fixes the order of the questions and of their choices
    #[arg(long, value_name = "NUMBER")]
    pub(crate) seed: Option<u64>,
    /// Print all your answers, as a text that the book in a browser takes
    #[arg(long, conflicts_with_all = ["chapter", "seed", "import"])]
    pub(crate) export: bool,
    /// Add the answers of a file to yours: what the book in a browser shows, or --export prints; `-` reads standard input,
    /// and an answer that is `null` is forgotten
    #[arg(long, value_name = "FILE", conflicts_with_all = ["chapter", "seed"])]
    pub(crate) import: Option<PathBuf>,
}

/// `author`.
#[derive(Debug, Subcommand)]
pub(crate) enum Author {
    /// Make the skeleton of a new exercise: `author new NAME`
    #[command(disable_help_flag = true)]
    New(ForwardedArgs),
    /// Say what is still missing from an exercise: `author check NAME`
    #[command(disable_help_flag = true)]
    Check(ForwardedArgs),
    /// Make the exercises' stubs from the solutions
    #[command(after_help = "\
In solutions/NN-name/src, the code between `// region: solution \"text\"` and `// endregion` becomes \
`todo!(\"text\")` in exercises/NN-name/src; everything else is copied as it is, and the manifest is \
adapted. Data (exercise.toml, golden.safetensors, tests/grade.rs) and given code are in exercises/NN-name only.

A file in exercises/NN-name/src that you have worked on is not overwritten. You have worked on it if its \
hash is not in exercises/stubs.sha256, which has the hashes of the stubs that were written last.

Exit status: 0 the exercises are up to date, 1 something is not (with --check) or could not be updated, \
2 a solution is at fault, and nothing was written.")]
    Sync {
        /// The exercises, by name, folder or number; all of them if none is named
        #[arg(value_name = "EXERCISE")]
        exercises: Vec<String>,
        /// Write nothing; list what is not up to date
        #[arg(long, conflicts_with = "force")]
        check: bool,
        /// Overwrite stubs that you have worked on, and keep your work as src/lib.rs.bak-N
        #[arg(long)]
        force: bool,
    },
    /// Grade small mechanical changes to the solutions: each must be rejected
    #[command(after_help = "\
A mutant that is a right answer after all is listed in its solution's equivalent.toml, with the reason.

Exit status: 0 every other mutant was rejected, 1 one survived, 2 the command could not do its work.")]
    Mutants {
        /// The exercises, by name, folder or number; all of them if none is named
        #[arg(value_name = "EXERCISE")]
        exercises: Vec<String>,
    },
    /// Grade wrong answers that people hand in, and check the names of mistakes that they get
    #[command(after_help = "\
The answers are in each solution's wrong_answers.toml. No name may be false, and nine of ten answers
must get one.

Exit status: 0 that holds, 1 it does not, 2 the command could not do its work.")]
    Names {
        /// The exercises, by name, folder or number; all of them if none is named
        #[arg(value_name = "EXERCISE")]
        exercises: Vec<String>,
    },
    /// Write book/src/kill-table.md: how far each mistake is from the right answer, and from other mistakes
    #[command(disable_help_flag = true)]
    KillTable(ForwardedArgs),
}
