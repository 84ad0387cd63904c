//! Records golden packs.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use attentive_reference::{SEED, exercises, record};
use clap::{Parser, Subcommand};

/// Records golden packs from libtorch.
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
}

fn main() -> ExitCode {
    let Command::Record { exercises: wanted, seed, out } = Arguments::parse().command;
    let known = exercises();
    if let Some(unknown) = wanted.iter().find(|wanted| known.iter().all(|(folder, _)| folder != wanted)) {
        let folders: Vec<_> = known.iter().map(|(folder, _)| *folder).collect();
        eprintln!("error: expected one of {}, found `{unknown}`", folders.join(", "));
        return ExitCode::from(2);
    }
    for (folder, exercise) in
        known.iter().filter(|(folder, _)| wanted.is_empty() || wanted.iter().any(|w| w == folder))
    {
        let path = out.join(folder).join("golden.safetensors");
        match record(exercise, seed).map_err(Into::into).and_then(|pack| write(&path, &pack.to_bytes()?)) {
            Ok(bytes) => println!("{folder}: {} kB", bytes.div_ceil(1000)),
            Err(error) => {
                eprintln!("error: {folder}: {error}");
                return ExitCode::from(2);
            }
        }
    }
    ExitCode::SUCCESS
}

fn write(path: &Path, bytes: &[u8]) -> Result<usize, Box<dyn std::error::Error>> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)
        .map_err(|error| format!("{} cannot be made: {error}", folder.display()))?;
    std::fs::write(path, bytes).map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    Ok(bytes.len())
}
