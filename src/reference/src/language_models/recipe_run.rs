//! libtorch's run of a recipe: with the first parameters and the batches of a run by the functions of the course, and with
//! libtorch's own kernels, autograd and optimiser.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use attentive_recipe::{Corpus, Measured, Plan, Recipe, RunRecord, Windows, first_parameters};
use ndarray::{Array2, ArrayD};
use tch::nn::{self, Optimizer, OptimizerConfig, VarStore};
use tch::{Device, Kind, Reduction, Tensor};

use super::error::TrainingError;
use super::layers::{Heads, NOT_DECAYED};
use crate::adamw::Schedule;

/// The parts of a run after each of which the loss is measured on what is held out.
const PARTS: usize = 10;
/// The ε of all layer norms.
const EPSILON: f64 = 1e-5;

/// A decoder as exercise 18 has it. Its parameters go by the names of exercise 28.
#[derive(Debug)]
struct Decoder {
    parameters: BTreeMap<String, Tensor>,
    recipe: Recipe,
}

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
    tch::set_num_threads(threads as i32);
    let recipe = plan.recipe;
    let store = VarStore::new(Device::Cpu);
    let decoder = Decoder::new(&store, &plan);
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

impl Decoder {
    fn new(store: &VarStore, plan: &Plan) -> Self {
        let mut parameters = BTreeMap::new();
        for (name, array) in first_parameters(&plan.recipe, plan.vocabulary, plan.seed) {
            let path = match array.ndim() {
                0 | 1 => store.root().set_group(NOT_DECAYED),
                _ => store.root(),
            };
            let tensor = path.add(&name.replace('.', "/"), to_tensor(&array), true);
            parameters.insert(name, tensor);
        }
        Self {
            parameters,
            recipe: plan.recipe,
        }
    }

    fn loss(&self, windows: &Windows) -> Tensor {
        self.losses(windows).mean(None::<Kind>)
    }

    /// The loss of each position: (batch, length).
    fn losses(&self, windows: &Windows) -> Tensor {
        let targets = to_ids(&windows.targets);
        let logits = self.logits(&to_ids(&windows.inputs)).transpose(1, 2);
        logits.cross_entropy_loss(&targets, None::<Tensor>, Reduction::None, -100, 0.0)
    }

    /// The losses on what is held out.
    fn measure(&self, corpus: &Corpus, step: usize) -> Result<Measured, TrainingError> {
        let batches = corpus.held_out();
        let losses: Vec<Tensor> = tch::no_grad(|| batches.iter().map(|b| self.losses(b)).collect());
        let of_positions = Tensor::cat(&losses, 0).mean_dim(0, false, Kind::Double);
        let of_positions = Vec::<f32>::try_from(of_positions.to_kind(Kind::Float))?;
        Ok(Measured::new(step, &of_positions))
    }

    fn logits(&self, tokens: &Tensor) -> Tensor {
        let words = &self.parameters["token_embedding"];
        let positions = self.parameters["position_embedding"].narrow(0, 0, tokens.size()[1]);
        let mut x = Tensor::embedding(words, tokens, -1, false, false) + positions;
        for number in 0..self.recipe.blocks {
            x = self.block(number, &x);
        }
        self.norm(&x, "gamma_f", "beta_f").matmul(&words.tr())
    }

    fn block(&self, number: usize, x: &Tensor) -> Tensor {
        let named = |name: &str| format!("blocks.{number}.{name}");
        let linear = |x: &Tensor, name: &str| {
            let weight = &self.parameters[&named(&format!("w_{name}"))];
            x.matmul(weight) + &self.parameters[&named(&format!("b_{name}"))]
        };
        let heads = Heads {
            count: self.recipe.heads as i64,
            causal: true,
        };
        let normed = self.norm(x, &named("gamma_1"), &named("beta_1"));
        let qkv = linear(&normed, "qkv").chunk(3, -1);
        let a = x + linear(&heads.attend(&qkv[0], &qkv[1], &qkv[2]), "o");
        let normed = self.norm(&a, &named("gamma_2"), &named("beta_2"));
        let hidden = linear(&normed, "fc").gelu("tanh");
        &a + linear(&hidden, "proj")
    }

    fn norm(&self, x: &Tensor, gamma: &str, beta: &str) -> Tensor {
        let (gamma, beta) = (&self.parameters[gamma], &self.parameters[beta]);
        x.layer_norm([x.size()[2]], Some(gamma), Some(beta), EPSILON, false)
    }
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

/// Numbers in libtorch, which `tch` takes as a slice and a shape.
fn to_tensor(array: &ArrayD<f32>) -> Tensor {
    let shape: Vec<i64> = array.shape().iter().map(|&length| length as i64).collect();
    let numbers: Vec<f32> = array.iter().copied().collect();
    Tensor::from_slice(&numbers).view(shape.as_slice())
}

fn to_ids(array: &Array2<usize>) -> Tensor {
    let ids: Vec<i64> = array.iter().map(|&id| id as i64).collect();
    Tensor::from_slice(&ids).view([array.nrows() as i64, array.ncols() as i64])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model_weights::Weights;
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
