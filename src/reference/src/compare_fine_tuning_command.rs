//! `compare-fine-tuning`: a table of the ways of fine-tuning.

use std::error::Error;
use std::path::PathBuf;

use attentive_course::files;
use attentive_models::catalogue;
use attentive_reference::SEED;
use attentive_reference::fine_tuning::comparison::{Options, Progress, compare};
use clap::Args;

/// The model, and the sentences that it learns from.
const MODEL: &str = "minilm";
const SNIPPETS: &str = "snippets";
/// The file with the sentences.
const FILE: &str = "snippets.tsv";

/// `compare-fine-tuning`.
#[derive(Debug, Args)]
pub(crate) struct CompareFineTuning {
    /// The seed of the first run of each way: it chooses the examples, their order and LoRA's first numbers.
    #[arg(long, value_name = "NUMBER", default_value_t = SEED)]
    seed: u64,
    /// The number of runs of each way, with the seed and those after it.
    #[arg(long, value_name = "NUMBER", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..))]
    runs: u8,
    /// The number of sentences to learn from.
    #[arg(long, value_name = "NUMBER", default_value_t = 1500)]
    examples: usize,
    /// The number of sentences to hold out; they are the same in all runs.
    #[arg(long, value_name = "NUMBER", default_value_t = 1500)]
    held_out: usize,
    /// Prints JSON in place of the table.
    #[arg(long)]
    json: bool,
    /// A file to write the table to as well, with commas between its cells.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl CompareFineTuning {
    /// Takes all runs and prints the table. Progress is on standard error.
    pub(crate) fn run(&self) -> Result<(), Box<dyn Error>> {
        let model = catalogue::folder(MODEL)?;
        let snippets = catalogue::folder(SNIPPETS)?.join(FILE);
        let options = Options {
            seed: self.seed,
            runs: self.runs.into(),
            examples: self.examples,
            held_out: self.held_out,
        };
        let comparison = compare(&model, &snippets, options, |step| {
            eprintln!("{}", line(step))
        })?;
        if let Some(out) = &self.out {
            files::write(out, comparison.to_csv())?;
        }
        if self.json {
            println!("{}", serde_json::to_string_pretty(&comparison)?);
        } else {
            println!("{comparison}");
        }
        Ok(())
    }
}

fn line(progress: Progress) -> String {
    match progress {
        Progress::Step {
            way,
            seed,
            step,
            steps,
            loss,
        } => format!(
            "{:<10} seed {seed}: {step:>5} of {steps} steps, loss {loss:.3}",
            way.name()
        ),
        Progress::Run {
            way,
            seed,
            accuracy,
            time,
        } => format!(
            "{:<10} seed {seed}: {:.1} % of held-out sentences right, {:.0} s",
            way.name(),
            accuracy * 100.0,
            time.as_secs_f64()
        ),
    }
}
