//! The command line. What `--help` prints is written here, and it is meant to be read by beginners.

use std::path::PathBuf;

use attentive_recipe::RecipeName;
use clap::Parser;

use crate::checkpoint::MOST_STEPS;

const ABOUT: &str = "\
Train a small model that writes, by the functions of the exercises: the course's, or your own.

The model is the decoder of exercise 18. It reads prose of the course's book character by character, and each step is that \
of exercise 28. You see the loss fall, next to the loss that libtorch had with the same first weights and the same batches.";

const AFTER: &str = "\
Examples:
  cargo attentive train training --recipe pocket        a small model, in some seconds
  cargo attentive train training                        nanoGPT's recipe for a processor, in some minutes
  cargo attentive train training --recipe induction     two layers that learn to look up what came before
  cargo attentive train training --own                  nanoGPT's recipe through what you wrote in exercises/
  cargo attentive train training --text alice.txt       on a text of yours
  cargo attentive train training --resume               go on where the last run was interrupted
  cargo attentive train training --json > losses.jsonl  a line of JSON for each step

Then let the model write:
  cargo attentive pipeline text-generation \"A query\" --temperature 0.8 --model target/attentive/runs/training

Ctrl-C saves before it stops, and --resume goes on from there: the run is then the one that was not interrupted. A run that \
is killed loses what came after its last checkpoint, at most a tenth of its steps. The folder of a run has the model in the \
hub's layout (config.json, model.safetensors, tokenizer.json), checkpoint.safetensors with everything that the run needs to \
go on, run.json with all losses, and curve.svg.

What to look at: the first loss is near ln V, where V is the number of different characters, because the model knows nothing \
yet. Then it falls quickly to the loss of a model that knows how frequent each character is, and slowly below it. If it stays \
there, rises, or jumps, look at the norm of the gradients and at the learning rate.

Exit status: 0 done, 1 with --own: a function is not solved yet, panicked, or returned something that cannot be right, 2 the \
command could not do its work, 130 interrupted and saved.";

/// Parsed command line of the program.
#[derive(Debug, Parser)]
#[command(name = "attentive-train", bin_name = "cargo attentive train")]
#[command(about = ABOUT, after_help = AFTER)]
pub struct Arguments {
    /// The exercise whose functions train, by its name, folder or number: training
    #[arg(value_name = "EXERCISE")]
    pub exercise: String,
    /// Use your own functions in exercises/ instead of the course's solutions
    #[arg(long)]
    pub own: bool,
    /// Sizes of the model, and settings of its training [default: nano]
    #[arg(long, value_enum, value_name = "NAME")]
    pub recipe: Option<RecipeName>,
    /// Train on this file of plain text instead of the recipe's, which is prose of the course's book
    #[arg(long, value_name = "FILE")]
    pub text: Option<PathBuf>,
    /// Number of steps [default: 2000 in nano, 500 in pocket, 800 in induction]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_STEPS)))]
    pub steps: Option<u32>,
    /// Largest learning rate [default: 0.001 in nano, 0.003 in pocket, 0.005 in induction]
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    pub rate: Option<f32>,
    /// Fixes the first weights and the batches: the same seed takes the same run [default: 42]
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,
    /// Continue the run that is in the folder, with the text and the settings that it began with
    #[arg(long, conflicts_with_all = ["recipe", "text", "steps", "rate", "seed", "overwrite"])]
    pub resume: bool,
    /// Replace the run that is in the folder. Without this, a run with steps is never replaced
    #[arg(long)]
    pub overwrite: bool,
    /// Number of threads that share a batch [default: the processors, at most 4; 1 with --own]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u8).range(1..))]
    pub threads: Option<u8>,
    /// Show the losses of this run, too: the run.json of another folder [default: libtorch's, if the course has them]
    #[arg(long, value_name = "FILE")]
    pub beside: Option<PathBuf>,
    /// The folder of the run [default: target/attentive/runs/training, or training-own with --own]
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// Print a line of JSON for each step and each measurement
    #[arg(long)]
    pub json: bool,
}

impl Arguments {
    /// The command that continues this run: settings and text are those that it began with.
    pub(crate) fn resume_command(&self) -> String {
        let mut command = format!("cargo attentive train {}", self.exercise);
        if self.own {
            command += " --own";
        }
        if let Some(folder) = &self.out {
            command += &format!(" --out {}", folder.display());
        }
        command + " --resume"
    }
}

#[cfg(test)]
mod tests {
    use attentive_recipe::Recipe;
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn help_has_the_numbers_of_the_recipes() {
        let help = Arguments::command().render_long_help().to_string();
        // Lines are broken where the terminal ends.
        let words: Vec<&str> = help.split_whitespace().collect();
        let help = words.join(" ");
        let (nano, pocket, induction) = (Recipe::NANO, Recipe::POCKET, Recipe::INDUCTION);
        for says in [
            format!(
                "{} in nano, {} in pocket, {} in induction",
                nano.steps, pocket.steps, induction.steps
            ),
            format!(
                "{} in nano, {} in pocket, {} in induction",
                nano.peak, pocket.peak, induction.peak
            ),
            format!(
                "{} blocks of {}, context {}, {} steps",
                induction.blocks, induction.width, induction.context, induction.steps
            ),
            format!(
                "{} blocks of {}, context {}, {} steps",
                pocket.blocks, pocket.width, pocket.context, pocket.steps
            ),
        ] {
            assert!(help.contains(&says), "{says}:\n{help}");
        }
    }

    #[test]
    fn the_command_that_continues_a_run_can_be_typed() {
        let typed = "train 28 --own --out runs/two --recipe pocket --steps 9";
        let arguments = Arguments::try_parse_from(typed.split(' ')).expect("a command line");
        let command = arguments.resume_command();
        assert_eq!(
            command,
            "cargo attentive train 28 --own --out runs/two --resume"
        );
        let words = command.split(' ').skip(2);
        let resumed = Arguments::try_parse_from(words).expect("a command line");
        assert_eq!((resumed.out, resumed.own), (arguments.out, true));
    }

    #[test]
    fn a_run_that_is_resumed_has_its_own_settings() {
        for option in [
            "--seed=7",
            "--steps=5",
            "--rate=1",
            "--text=a",
            "--recipe=nano",
            "--overwrite",
        ] {
            let words = ["train", "training", "--resume", option];
            let error = Arguments::try_parse_from(words).expect_err("they contradict each other");
            assert_eq!(error.kind(), clap::error::ErrorKind::ArgumentConflict);
        }
    }
}
