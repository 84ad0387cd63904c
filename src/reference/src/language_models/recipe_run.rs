//! libtorch's run of a recipe: with the first parameters and the batches of a run by the functions of the course, and with
//! libtorch's own kernels, autograd and optimiser.

use std::time::{Duration, Instant};

use attentive_recipe::{Corpus, Plan, Recipe, RunRecord};
use tch::nn::{self, Optimizer, OptimizerConfig, VarStore};
use tch::{Device, Tensor};

use super::decoder::{Decoder, first_of_gpt_2};
use super::error::TrainingError;
use crate::adamw::Schedule;
use crate::layers::NOT_DECAYED;
use crate::model_weights::Weights;

/// The parts of a run after each of which the loss is measured on what is held out.
const PARTS: usize = 10;

/// Takes the run of a plan on the text that it is about. `report` is told of each step and its loss.
///
/// # Errors
/// When libtorch cannot do its work.
pub fn run_recipe(
    plan: Plan,
    corpus: &Corpus,
    threads: usize,
    report: impl Fn(usize, f32),
) -> Result<RunRecord, TrainingError> {
    let first = first_of_gpt_2(&plan.recipe, plan.vocabulary, plan.seed);
    run_from(&first, plan, corpus, threads, report)
}

/// Takes the run of a plan with a decoder that begins with these parameters.
pub(super) fn run_from(
    first: &Weights,
    plan: Plan,
    corpus: &Corpus,
    threads: usize,
    mut report: impl FnMut(usize, f32),
) -> Result<RunRecord, TrainingError> {
    tch::set_num_threads(threads as i32);
    let recipe = plan.recipe;
    let store = VarStore::new(Device::Cpu);
    let decoder = Decoder::new(&store, first, &recipe);
    let mut optimiser = optimiser(&store, &recipe)?;
    let schedule = Schedule {
        peak: recipe.peak.into(),
        floor: recipe.floor.into(),
        warm_up: recipe.warm_up,
        steps: recipe.steps,
    };
    let by = format!("libtorch {}", env!("LIBTORCH_VERSION"));
    let seed = plan.seed;
    let mut record = RunRecord::new(by, plan, threads);
    record.held_out.push(decoder.measure(corpus, 0)?);
    let mut time = Duration::ZERO;
    for step in 1..=recipe.steps {
        let begun = Instant::now();
        optimiser.set_lr(schedule.rate(step));
        let loss = decoder.loss(&corpus.batch(seed, step));
        optimiser.zero_grad();
        loss.backward();
        record.norms.push(norm(&optimiser.trainable_variables()));
        optimiser.clip_grad_norm(recipe.max_norm.into());
        optimiser.step();
        let loss = loss.double_value(&[]) as f32;
        record.losses.push(loss);
        time += begun.elapsed();
        report(step, loss);
        if step == recipe.steps || step.is_multiple_of(recipe.steps.div_ceil(PARTS)) {
            record.held_out.push(decoder.measure(corpus, step)?);
        }
    }
    record.milliseconds_per_step = time.as_secs_f64() * 1e3 / recipe.steps as f64;
    Ok(record)
}

fn optimiser(store: &VarStore, recipe: &Recipe) -> Result<Optimizer, TrainingError> {
    let config = nn::AdamW {
        beta1: recipe.beta_1.into(),
        beta2: recipe.beta_2.into(),
        wd: recipe.weight_decay.into(),
        eps: recipe.epsilon.into(),
        amsgrad: false,
    };
    let mut optimiser = config.build(store, 0.0)?;
    optimiser.set_weight_decay_group(NOT_DECAYED, 0.0);
    Ok(optimiser)
}

/// The norm of the gradients of all variables together.
fn norm(variables: &[Tensor]) -> f32 {
    let norms: Vec<Tensor> = variables
        .iter()
        .map(|tensor| tensor.grad().norm())
        .collect();
    Tensor::stack(&norms, 0).norm().double_value(&[]) as f32
}

#[cfg(test)]
mod tests {
    use attentive_recipe::first_parameters;

    use super::super::decoder::{to_ids, to_tensor};
    use super::*;
    use crate::training_run::decoder;

    #[test]
    fn the_decoder_is_that_of_the_exercise() {
        let recipe = Recipe {
            context: 6,
            batch: 3,
            ..Recipe::POCKET.with_steps(12)
        };
        let text = "A query asks, and keys answer. ".repeat(6);
        let corpus = Corpus::new(&text, &recipe).expect("it is long enough");
        let plan = Plan {
            recipe,
            seed: 3,
            text: "a text".to_owned(),
            text_sha256: None,
            vocabulary: corpus.characters().size(),
        };
        let parameters = first_parameters(&recipe, plan.vocabulary, plan.seed);
        let parameters: Weights = parameters
            .iter()
            .map(|(name, array)| (name.clone(), to_tensor(array)))
            .collect();
        let windows = corpus.batch(plan.seed, 1);
        let (loss, gradients) = decoder::differentiate(&parameters, |parameters| {
            let logits = decoder::logits(parameters, recipe.heads as i64, &to_ids(&windows.inputs));
            decoder::cross_entropy(&logits, &to_ids(&windows.targets), -1)
        });
        let squares: f64 = gradients
            .iter()
            .map(|(_, gradient)| gradient.norm().double_value(&[]).powi(2))
            .sum();

        let record = run_recipe(plan, &corpus, 1, |_, _| ()).expect("a run");
        let (first, norm) = (f64::from(record.losses[0]), f64::from(record.norms[0]));
        assert!(
            (first - loss.double_value(&[])).abs() < 1e-5,
            "{first}\n{loss}"
        );
        assert!((norm - squares.sqrt()).abs() < 1e-4, "{norm} {squares}");
        assert_eq!((record.losses.len(), record.norms.len()), (12, 12));
        assert!(record.losses[11] < record.losses[0], "{record:?}");
        let measured: Vec<usize> = record
            .held_out
            .iter()
            .map(|held_out| held_out.step)
            .collect();
        assert_eq!(measured, [0, 2, 4, 6, 8, 10, 12]);
    }
}
