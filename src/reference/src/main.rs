//! Records golden packs, and trains models.

mod compare_designs_command;
mod compare_fine_tuning_command;
mod image_model_command;
mod language_model_command;
mod model_folders;
mod recipe_run_command;
mod recipe_text_command;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use attentive_course::{Course, Tree, files};
use attentive_reference::training::{self, Progress, train};
use attentive_reference::training_run::loss_curves;
use attentive_reference::{SEED, exercises, record};
use clap::{Parser, Subcommand};

use compare_designs_command::CompareDesigns;
use compare_fine_tuning_command::CompareFineTuning;
use image_model_command::ImageModel;
use language_model_command::LanguageModel;
use recipe_run_command::RecipeRun;
use recipe_text_command::write_recipe_text;

/// The root of the course.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Records golden packs from libtorch, and trains models.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Records the packs of all exercises, or of those named.
    ///
    /// Without --out they replace those in exercises/.
    /// With a different seed and folder they are hidden packs for grading: the same cases with other numbers.
    Record {
        /// Exercises by name, folder or number: softmax, 01-softmax or 1.
        exercises: Vec<String>,
        /// The seed of the random inputs.
        #[arg(long, default_value_t = SEED)]
        seed: u64,
        /// The folder in which to write NN-name/golden.safetensors.
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Trains the encoder–decoder of 13-transformer, which writes strings backwards. It takes a few minutes.
    ///
    /// Without --out it replaces the model in exercises/; record 13-transformer again afterwards.
    Train {
        /// The seed of the first weights and of the strings.
        #[arg(long, default_value_t = SEED)]
        seed: u64,
        /// The number of batches.
        #[arg(long, default_value_t = 3000)]
        steps: usize,
        /// The file to write.
        #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../exercises/13-transformer/model.safetensors"), hide_default_value = true)]
        out: PathBuf,
    },
    /// Trains a small language model on the course's own book, or on a text of yours. It takes several minutes.
    LanguageModel(LanguageModel),
    /// Trains a small Vision Transformer on handwritten digits. It takes a minute or two.
    ///
    /// Fetch them first: `cargo attentive model fetch digits`.
    ImageModel(ImageModel),
    /// Writes down the prose of the book as it is now: the text of recipes. Their runs are to be recorded again afterwards.
    RecipeText,
    /// Takes the run of a recipe with libtorch, and writes its losses for `cargo attentive train`. It takes a few minutes.
    RecipeRun(RecipeRun),
    /// Compares the ways of fine-tuning on one task: a head, the top blocks, everything, and LoRA. It takes half an hour.
    ///
    /// minilm learns which sentences of film reviews are positive. Fetch both first: `cargo attentive model fetch minilm`
    /// and `cargo attentive model fetch snippets`. Sentences whose score is between -1 and 1 are left out, and what is
    /// longer than 32 tokens is cut off.
    CompareFineTuning(CompareFineTuning),
    /// Compares the steps from GPT-2 to Llama, each alone and all together, by training a recipe's small model with them. It
    /// takes a few minutes.
    ///
    /// It replaces the table that the lesson on Llama shows.
    CompareDesigns(CompareDesigns),
    /// Takes a tiny run as it should be and with each of some twenty faults, and writes the losses for the lesson about them.
    LossCurves {
        /// The seed of the first weights and of the data.
        #[arg(long, default_value_t = SEED)]
        seed: u64,
        /// The file to write.
        #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../book/figures/loss-curves.csv"), hide_default_value = true)]
        out: PathBuf,
    },
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Record {
            exercises,
            seed,
            out,
        } => record_packs(&exercises, seed, out.as_deref()),
        Command::Train { seed, steps, out } => train_model(training::Options { seed, steps }, &out),
        Command::LanguageModel(model) => model.run(Path::new(ROOT)),
        Command::ImageModel(model) => model.run(Path::new(ROOT)),
        Command::RecipeText => write_recipe_text(Path::new(ROOT)),
        Command::RecipeRun(run) => run.run(Path::new(ROOT)),
        Command::CompareFineTuning(comparison) => comparison.run(),
        Command::CompareDesigns(comparison) => comparison.run(),
        Command::LossCurves { seed, out } => record_loss_curves(seed, &out),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn record_packs(names: &[String], seed: u64, out: Option<&Path>) -> Result<(), Box<dyn Error>> {
    let course = Course::open(Path::new(ROOT))?;
    let references = exercises();
    for exercise in course.select(Tree::Solutions, names)? {
        let folder = exercise.folder();
        let Some(reference) = references
            .iter()
            .find(|known| known.name() == exercise.name)
        else {
            return Err(
                format!("{folder}: expected a reference in src/reference/src, found none").into(),
            );
        };
        let path = match out {
            Some(out) => out.join(&folder).join("golden.safetensors"),
            None => course.path(exercise.pack()),
        };
        let pack = record(reference, seed).map_err(|error| format!("{folder}: {error}"))?;
        let bytes = pack.to_bytes()?;
        files::write(&path, &bytes)?;
        println!("{folder}: {} kB", bytes.len().div_ceil(1000));
    }
    Ok(())
}

fn record_loss_curves(seed: u64, out: &Path) -> Result<(), Box<dyn Error>> {
    let curves = loss_curves::record(seed, |name| println!("{name}"));
    Ok(files::write(out, curves.to_csv())?)
}

fn train_model(options: training::Options, out: &Path) -> Result<(), Box<dyn Error>> {
    let trained = train(options, print_progress);
    let size = trained.save(out)?;
    println!(
        "{:.2} % of held-out strings are right, {} parameters, {} kB",
        trained.accuracy * 100.0,
        trained.parameters,
        size.div_ceil(1000)
    );
    Ok(())
}

fn print_progress(progress: Progress) {
    println!(
        "{:>6} batches, {:>4.0} s: loss {:.4}, {:.1} % right",
        progress.step,
        progress.time.as_secs_f64(),
        progress.loss,
        progress.accuracy * 100.0
    );
}
