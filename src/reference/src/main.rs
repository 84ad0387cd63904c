//! Records golden packs, and trains the model that ships with the course.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use attentive_reference::training::{self, Progress, train};
use attentive_reference::{SEED, exercises, record};
use clap::{Parser, Subcommand};

/// Records golden packs from libtorch, and trains the model that ships with the course.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Records the packs of all exercises, or of those named.
    ///
    /// Without --out they replace those in solutions/; `cargo attentive author sync` then brings them to exercises/.
    /// With another seed and another folder they are hidden packs for grading: the same cases with other numbers.
    Record {
        /// Folders of exercises, such as 05-scaled-dot-product.
        exercises: Vec<String>,
        /// The seed of the random inputs.
        #[arg(long, default_value_t = SEED)]
        seed: u64,
        /// Where to write NN-name/golden.safetensors.
        #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../solutions"), hide_default_value = true)]
        out: PathBuf,
    },
    /// Trains the encoder–decoder of 13-transformer, which writes strings backwards. It takes a few minutes.
    ///
    /// Without --out it replaces the model in solutions/; record 13-transformer again afterwards.
    Train {
        /// The seed of the first weights and of the strings.
        #[arg(long, default_value_t = SEED)]
        seed: u64,
        /// The number of batches.
        #[arg(long, default_value_t = 3000)]
        steps: usize,
        /// The file to write.
        #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../solutions/13-transformer/model.safetensors"), hide_default_value = true)]
        out: PathBuf,
    },
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Record {
            exercises,
            seed,
            out,
        } => record_packs(&exercises, seed, &out),
        Command::Train { seed, steps, out } => train_model(training::Options { seed, steps }, &out),
    }
}

fn record_packs(wanted: &[String], seed: u64, out: &Path) -> ExitCode {
    let known = exercises();
    if let Some(unknown) = wanted
        .iter()
        .find(|wanted| known.iter().all(|(folder, _)| folder != wanted))
    {
        let folders: Vec<_> = known.iter().map(|(folder, _)| *folder).collect();
        eprintln!(
            "error: expected one of {}, found `{unknown}`",
            folders.join(", ")
        );
        return ExitCode::from(2);
    }
    for (folder, exercise) in known
        .iter()
        .filter(|(folder, _)| wanted.is_empty() || wanted.iter().any(|w| w == folder))
    {
        let path = out.join(folder).join("golden.safetensors");
        match record(exercise, seed)
            .map_err(Into::into)
            .and_then(|pack| write(&path, &pack.to_bytes()?))
        {
            Ok(bytes) => println!("{folder}: {} kB", bytes.div_ceil(1000)),
            Err(error) => {
                eprintln!("error: {folder}: {error}");
                return ExitCode::from(2);
            }
        }
    }
    ExitCode::SUCCESS
}

fn train_model(options: training::Options, out: &Path) -> ExitCode {
    let trained = train(
        options,
        |Progress {
             step,
             loss,
             accuracy,
             time,
         }| {
            println!(
                "{step:>6} batches, {:>4.0} s: loss {loss:.4}, {:.1} % right",
                time.as_secs_f64(),
                accuracy * 100.0
            );
        },
    );
    match trained.save(out) {
        Ok(bytes) => {
            let (right, parameters) = (trained.accuracy * 100.0, trained.parameters);
            println!(
                "{right:.2} % of held-out strings are right, {parameters} parameters, {} kB",
                bytes.div_ceil(1000)
            );
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<usize, Box<dyn std::error::Error>> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)
        .map_err(|error| format!("{} cannot be made: {error}", folder.display()))?;
    std::fs::write(path, bytes)
        .map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    Ok(bytes.len())
}
