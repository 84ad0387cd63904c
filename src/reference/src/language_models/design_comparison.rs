//! The steps from GPT-2 to Llama, compared by training the recipe's small model with each of them.

use std::fmt;
use std::time::Duration;

use attentive_recipe::{Corpus, Plan, Recipe, RecipeName, Source};
use clap::ValueEnum;
use serde::Serialize;

use super::decoder::first_of_gpt_2;
use super::design::{Design, cache_bytes, count};
use super::error::TrainingError;
use super::recipe_run::run_from;
use crate::processor_time;

/// The settings of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct DesignOptions {
    /// The recipe of all runs, with GPT-2's first parameters.
    #[serde(skip)]
    pub name: RecipeName,
    /// The number of steps of a run.
    pub steps: usize,
    /// The seed of the first run of each design; the next run has the next one.
    pub seed: u64,
    /// The number of runs of each design.
    pub runs: usize,
}

/// A report that a run has ended.
#[derive(Debug, Clone, Copy)]
pub struct DesignProgress {
    /// The design.
    pub design: Design,
    /// The seed of the run.
    pub seed: u64,
    /// The loss on what is held out.
    pub loss: f32,
    /// The processor time of a step: the median of the run.
    pub step: Duration,
}

/// The results of all designs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DesignTable {
    /// The settings.
    #[serde(flatten)]
    pub options: DesignOptions,
    /// The name of the recipe.
    pub recipe: String,
    /// The name of the text.
    pub text: String,
    /// A row for each design.
    pub rows: Vec<DesignRow>,
}

/// The results of one design.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DesignRow {
    /// The design.
    #[serde(flatten)]
    pub design: Design,
    /// The number of parameters.
    pub parameters: usize,
    /// The bytes of a cache that is full.
    pub cache: usize,
    /// The milliseconds of processor time that a step takes: the median of all steps.
    pub milliseconds: f64,
    /// The loss on what is held out at the end of each run, in nats per token.
    pub losses: Vec<f32>,
}

/// The results of one run.
struct Run {
    loss: f32,
    /// The processor time of each step, in milliseconds.
    steps: Vec<f64>,
}

impl DesignOptions {
    /// The sizes and settings of all runs.
    pub fn recipe(&self) -> Recipe {
        self.name.recipe().with_steps(self.steps)
    }
}

/// Trains all designs on the text of a source, on one thread.
///
/// All designs of a seed read the same batches. They take turns, so that a machine which is busy for a while does not make one
/// of them look slow.
///
/// # Errors
/// When libtorch cannot do its work.
pub fn compare_designs(
    options: DesignOptions,
    source: &Source,
    corpus: &Corpus,
    report: impl Fn(DesignProgress),
) -> Result<DesignTable, TrainingError> {
    let vocabulary = corpus.characters().size();
    let recipe = options.recipe();
    let mut runs: Vec<Vec<Run>> = Design::ALL.iter().map(|_| Vec::new()).collect();
    for seed in (options.seed..).take(options.runs) {
        for (design, runs) in Design::ALL.iter().zip(&mut runs) {
            let plan = Plan::new(recipe, seed, source, corpus);
            let run = Run::take(*design, plan, corpus)?;
            report(DesignProgress {
                design: *design,
                seed,
                loss: run.loss,
                step: Duration::from_secs_f64(median(run.steps.clone()) / 1e3),
            });
            runs.push(run);
        }
    }
    let rows = Design::ALL.iter().zip(runs).map(|(design, runs)| {
        let first = first_of_gpt_2(&recipe, vocabulary, options.seed);
        let parameters = design.parameters(first, &recipe, options.seed);
        DesignRow {
            design: *design,
            parameters: count(&parameters),
            cache: cache_bytes(&parameters, &recipe),
            losses: runs.iter().map(|run| run.loss).collect(),
            milliseconds: median(runs.into_iter().flat_map(|run| run.steps).collect()),
        }
    });
    Ok(DesignTable {
        options,
        recipe: name(options.name),
        text: source.name(),
        rows: rows.collect(),
    })
}

impl Run {
    fn take(design: Design, plan: Plan, corpus: &Corpus) -> Result<Self, TrainingError> {
        let first = first_of_gpt_2(&plan.recipe, plan.vocabulary, plan.seed);
        let first = design.parameters(first, &plan.recipe, plan.seed);
        let mut steps = Vec::new();
        let mut before = processor_time::used();
        let record = run_from(&first, plan, corpus, 1, |_, _| {
            // A few steps come after a measurement, which counts as a part of them. The median leaves them out.
            let now = processor_time::used();
            steps.push((now - before).as_secs_f64() * 1e3);
            before = now;
        })?;
        let last = record.held_out.last().map(|measured| measured.loss);
        Ok(Self {
            loss: last.unwrap_or(f32::NAN),
            steps,
        })
    }
}

/// The name of a recipe, as it is typed.
fn name(recipe: RecipeName) -> String {
    let value = recipe.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}

/// The middle of some numbers in their order; of none, 0.
fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or_default()
}

impl DesignRow {
    /// The mean of the losses.
    pub fn mean(&self) -> f32 {
        self.losses.iter().sum::<f32>() / self.losses.len() as f32
    }
}

impl DesignTable {
    /// The table for the book: a line for each design.
    pub fn to_csv(&self) -> String {
        let DesignOptions {
            steps, seed, runs, ..
        } = self.options;
        let (recipe, text) = (&self.recipe, &self.text);
        let seeds: Vec<u64> = (seed..).take(runs).collect();
        let mut csv = format!(
            "# Written by `cargo run -p attentive-reference -- compare-designs {recipe} --steps {steps} --seed {seed} \
             --runs {runs}`, libtorch {}.\n# text,{text}\n# steps,{steps}\n# runs,{runs}\n\
             design,parameters,cache,milliseconds",
            env!("LIBTORCH_VERSION"),
        );
        csv.extend(seeds.iter().map(|seed| format!(",loss {seed}")));
        for row in &self.rows {
            let DesignRow {
                parameters, cache, ..
            } = row;
            csv += &format!(
                "\n{},{parameters},{cache},{:.1}",
                row.design.name, row.milliseconds
            );
            csv.extend(row.losses.iter().map(|loss| format!(",{loss:.4}")));
        }
        csv + "\n"
    }
}

impl fmt::Display for DesignTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<11}  {:>10}  {:>8}  {:>7}  {:>6}  of each seed",
            "design", "parameters", "cache", "step", "loss"
        )?;
        for row in &self.rows {
            let losses: Vec<String> = row.losses.iter().map(|loss| format!("{loss:.3}")).collect();
            writeln!(
                f,
                "{:<11}  {:>10}  {:>5.0} kB  {:>4.0} ms  {:>6.3}  {}",
                row.design.name,
                row.parameters,
                row.cache as f64 / 1e3,
                row.milliseconds,
                row.mean(),
                losses.join(" ")
            )?;
        }
        let DesignOptions { steps, runs, .. } = self.options;
        write!(
            f,
            "recipe {}, {steps} steps, {runs} runs each; the loss is in nats per token, on what is held out",
            self.recipe
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> DesignTable {
        let options = DesignOptions {
            name: RecipeName::Pocket,
            steps: 2,
            seed: 5,
            runs: 2,
        };
        let source = Source::open(&options.recipe(), None).expect("the text of recipes");
        let corpus = source.corpus(&options.recipe());
        let corpus = corpus.expect("it is long enough");
        compare_designs(options, &source, &corpus, |_| ()).expect("libtorch works")
    }

    #[test]
    fn a_table_has_each_design_and_each_seed() {
        let table = table();
        let csv = table.to_csv();
        let lines: Vec<&str> = csv.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(
            lines[0],
            "design,parameters,cache,milliseconds,loss 5,loss 6"
        );
        assert_eq!(lines.len(), 1 + Design::ALL.len());
        for (row, line) in table.rows.iter().zip(&lines[1..]) {
            assert!(line.starts_with(row.design.name), "{line}");
            assert!(row.losses.iter().all(|loss| (1.0..6.0).contains(loss)));
            assert!(row.milliseconds > 0.0);
        }
        let losses: Vec<&Vec<f32>> = table.rows.iter().map(|row| &row.losses).collect();
        for (number, losses_of_one) in losses.iter().enumerate() {
            assert!(!losses[number + 1..].contains(losses_of_one), "{losses:?}");
        }
    }

    #[test]
    fn losses_are_the_same_again() {
        let losses = |table: DesignTable| -> Vec<Vec<f32>> {
            table.rows.into_iter().map(|row| row.losses).collect()
        };
        assert_eq!(losses(table()), losses(table()));
    }

    #[test]
    fn the_median_leaves_out_what_is_far_off() {
        assert_eq!(median(vec![3.0, 900.0, 2.0]), 3.0);
        assert_eq!(median(Vec::new()), 0.0);
    }
}
