//! `recipe-run`: libtorch's run of a recipe, next to which `cargo attentive train` shows its own.

use std::error::Error;
use std::path::{Path, PathBuf};

use attentive_course::Course;
use attentive_recipe::{Plan, RecipeName, Source};
use attentive_reference::SEED;
use attentive_reference::language_models::run_recipe;
use clap::Args;

/// The records that ship with the course, from its root.
const SHIPPED: &str = "src/trainer/shipped";
/// The steps between two lines of progress.
const LINES: usize = 20;

/// `recipe-run`.
#[derive(Debug, Args)]
pub(crate) struct RecipeRun {
    /// The recipe.
    #[arg(value_enum, value_name = "NAME")]
    name: RecipeName,
    /// A file of plain text instead of that of the recipe.
    #[arg(long, value_name = "FILE")]
    text: Option<PathBuf>,
    /// The number of steps; without it, that of the recipe.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    steps: Option<u32>,
    /// The seed of the first parameters and of the batches.
    #[arg(long, value_name = "NUMBER", default_value_t = SEED)]
    seed: u64,
    /// The number of threads.
    #[arg(long, value_name = "NUMBER", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..))]
    threads: u8,
    /// The file to write; without it, NAME.json among those that ship with the course.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl RecipeRun {
    /// Takes the run and writes its record.
    pub(crate) fn run(&self, root: &Path) -> Result<(), Box<dyn Error>> {
        let course = Course::open(root)?;
        let recipe = self.name.recipe();
        let steps = self.steps.map_or(recipe.steps, |steps| steps as usize);
        let recipe = recipe.with_steps(steps).with_peak(recipe.peak);
        let source = Source::open(&recipe, self.text.as_deref())?;
        let corpus = source.corpus(&recipe)?;
        let plan = Plan::new(recipe, self.seed, &source, &corpus);
        let record = run_recipe(plan, &corpus, self.threads.into(), |step, loss| {
            if step.is_multiple_of(steps.div_ceil(LINES)) {
                println!("{step:>6} of {steps} steps: loss {loss:.3}");
            }
        })?;
        let out = self.out.clone();
        let out = out.unwrap_or_else(|| course.path(SHIPPED).join(self.name.file()));
        record.write(&out)?;
        if let Some(last) = record.held_out.last() {
            println!(
                "{:.1} ms for each step, held out {:.3}; the record is {}",
                record.milliseconds_per_step,
                last.loss,
                out.display()
            );
        }
        Ok(())
    }
}
