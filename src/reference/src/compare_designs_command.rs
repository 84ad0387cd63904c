//! `compare-designs`: a table of the steps from GPT-2 to Llama.

use std::error::Error;
use std::path::PathBuf;

use attentive_course::files;
use attentive_recipe::{RecipeName, Source};
use attentive_reference::SEED;
use attentive_reference::language_models::{DesignOptions, DesignProgress, compare_designs};
use clap::Args;

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
    /// The file to write.
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

fn line(run: DesignProgress) -> String {
    format!(
        "{:<11} seed {}: held out {:.3}, {:.0} ms for each step",
        run.design.name,
        run.seed,
        run.loss,
        run.step.as_secs_f64() * 1e3
    )
}
