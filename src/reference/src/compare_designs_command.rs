//! `compare-designs`: a table of the steps from GPT-2 to Llama.

use std::error::Error;
use std::path::{Path, PathBuf};

use attentive_course::files;
use attentive_recipe::{RecipeName, Source};
use attentive_reference::SEED;
use attentive_reference::language_models::{DesignOptions, DesignProgress, compare_designs};
use clap::Args;
use thiserror::Error;

/// Begins the line of a table with the number of steps of each run.
const STEPS: &str = "# steps,";

/// A table in place of one that took longer.
#[derive(Debug, Error)]
#[error(
    "expected at least {recorded} steps, as in the table of {file}, found {found}; use --steps {recorded}, or name another \
     file with --out"
)]
struct FewerSteps {
    file: String,
    recorded: usize,
    found: usize,
}

/// `compare-designs`.
#[derive(Debug, Args)]
pub(crate) struct CompareDesigns {
    /// The recipe, which learns from a text.
    #[arg(value_enum, value_name = "NAME", default_value_t = RecipeName::Pocket)]
    recipe: RecipeName,
    /// The seed of the first run of each design: it draws the first parameters and the batches.
    #[arg(long, value_name = "NUMBER", default_value_t = SEED)]
    seed: u64,
    /// The number of runs of each design, with the seed and those after it.
    #[arg(long, value_name = "NUMBER", default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..))]
    runs: u8,
    /// The number of steps of a run; without it, that of the recipe.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    steps: Option<u32>,
    /// Prints JSON in place of the table.
    #[arg(long)]
    json: bool,
    /// The file to write. A table of runs with more steps is not replaced.
    #[arg(long, value_name = "FILE", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../book/figures/llama-designs.csv"), hide_default_value = true)]
    out: PathBuf,
}

impl CompareDesigns {
    /// Takes all runs, and writes and prints the table. Progress is on standard error.
    pub(crate) fn run(&self) -> Result<(), Box<dyn Error>> {
        let steps = self.steps.map(|steps| steps as usize);
        let options = DesignOptions {
            name: self.recipe,
            steps: steps.unwrap_or(self.recipe.recipe().steps),
            seed: self.seed,
            runs: self.runs.into(),
        };
        ensure_no_longer_runs(&self.out, options.steps)?;
        let source = Source::open(&options.recipe(), None)?;
        let corpus = source.corpus(&options.recipe())?;
        let table = compare_designs(options, &source, &corpus, |run| eprintln!("{}", line(run)))?;
        files::write(&self.out, table.to_csv())?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&table)?);
        } else {
            println!("{table}");
        }
        Ok(())
    }
}

/// Checks that no table of runs with more steps is in the file: all of them would be lost.
fn ensure_no_longer_runs(file: &Path, found: usize) -> Result<(), Box<dyn Error>> {
    if !file.exists() {
        return Ok(());
    }
    let table = files::read_text(file)?;
    let steps = table.lines().find_map(|line| line.strip_prefix(STEPS));
    let recorded = steps.and_then(|steps| steps.parse().ok()).unwrap_or(0);
    if recorded > found {
        let file = file.display().to_string();
        return Err(FewerSteps {
            file,
            recorded,
            found,
        }
        .into());
    }
    Ok(())
}

fn line(run: DesignProgress) -> String {
    format!(
        "{:<11} seed {}: held out {:.3}, {:.0} ms for each step",
        run.design.name,
        run.seed,
        run.loss,
        run.step.as_secs_f64() * 1e3
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_longer_runs_is_not_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("designs.csv");
        ensure_no_longer_runs(&file, 1).expect("nothing is there");
        std::fs::write(&file, "# Written by a command.\n# steps,2000\ndesign\n").expect("written");
        ensure_no_longer_runs(&file, 2000).expect("as many steps");
        let error = ensure_no_longer_runs(&file, 500).expect_err("fewer steps");
        assert!(error.to_string().contains("--steps 2000"), "{error}");
    }
}
