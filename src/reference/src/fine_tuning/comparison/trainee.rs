//! A model with what is trained of it.

use tch::nn::{self, Optimizer, OptimizerConfig, Path, VarStore};
use tch::{Device, Kind, TchError, Tensor};

use super::encoder::Encoder;
use super::way::{ALPHA, NEW_RATE, RANK, Way};
use crate::fine_tuning::lora::adapted;
use crate::model_weights::Weights;
use crate::random::Random;

/// Positive and negative.
const CLASSES: i64 = 2;
/// The standard deviation with which A begins.
const DEVIATION: f64 = 0.02;
const WEIGHT_DECAY: f64 = 0.01;

/// The groups of parameters, by their rates and by whether they decay.
mod group {
    /// Matrices that the model brings along.
    pub(super) const TRAINED: usize = 0;
    /// Its biases and norms.
    pub(super) const TRAINED_VECTORS: usize = 1;
    /// Matrices that are new.
    pub(super) const NEW: usize = 2;
    /// A bias that is new.
    pub(super) const NEW_VECTORS: usize = 3;
}

/// A model with what is trained of it.
#[derive(Debug)]
pub(super) struct Trainee {
    way: Way,
    /// Everything that moves, and nothing else.
    store: VarStore,
    /// The tensors of the model that move, by name.
    moving: Vec<(String, Tensor)>,
    adapters: Vec<Adapter>,
    head: Tensor,
    bias: Tensor,
}

/// LoRA's matrices for one matrix of the model.
#[derive(Debug)]
struct Adapter {
    name: String,
    a: Tensor,
    b: Tensor,
}

impl Trainee {
    /// The model before the first step. The head is 0, and so is LoRA's product.
    pub(super) fn new(way: Way, encoder: &Encoder, seed: u64) -> Self {
        let store = VarStore::new(Device::Cpu);
        let random = Random::new(seed, "lora");
        let layers = encoder.config.layers as i64;
        let (mut moving, mut adapters) = (Vec::new(), Vec::new());
        for (name, tensor) in encoder.weights.iter() {
            if way.trains(name, layers) {
                let group = match tensor.dim() {
                    1 => group::TRAINED_VECTORS,
                    _ => group::TRAINED,
                };
                let path = store.root().set_group(group);
                moving.push((name.to_owned(), path.add(name, tensor.copy(), true)));
            }
            if way.adapts(name) {
                adapters.push(Adapter::new(&store.root(), name, tensor, &random));
            }
        }
        let zeros = |shape: &[i64]| Tensor::zeros(shape, (Kind::Float, Device::Cpu));
        let root = store.root();
        let head = root.set_group(group::NEW).add(
            "head",
            zeros(&[CLASSES, encoder.config.width as i64]),
            true,
        );
        let root = store.root();
        let bias = root
            .set_group(group::NEW_VECTORS)
            .add("bias", zeros(&[CLASSES]), true);
        Self {
            way,
            store,
            moving,
            adapters,
            head,
            bias,
        }
    }

    /// The weights of the model as they are now, with LoRA's products added to its matrices.
    pub(super) fn weights(&self, encoder: &Encoder) -> Weights {
        let moving = self
            .moving
            .iter()
            .map(|(name, tensor)| (name.clone(), tensor.shallow_clone()));
        let adapted = self.adapters.iter().map(|adapter| {
            let frozen = &encoder.weights[&adapter.name];
            (adapter.name.clone(), adapter.added_to(frozen))
        });
        let frozen = encoder.weights.iter();
        frozen
            .map(|(name, tensor)| (name.to_owned(), tensor.shallow_clone()))
            .chain(moving)
            .chain(adapted)
            .collect()
    }

    /// The logits (batch, classes) of vectors.
    pub(super) fn logits(&self, vectors: &Tensor) -> Tensor {
        vectors.linear(&self.head, Some(&self.bias))
    }

    /// An optimiser of all that moves.
    pub(super) fn optimiser(&self) -> Result<Optimizer, TchError> {
        let mut optimiser = nn::adamw(0.9, 0.999, WEIGHT_DECAY).build(&self.store, 0.0)?;
        for group in [group::TRAINED_VECTORS, group::NEW_VECTORS] {
            optimiser.set_weight_decay_group(group, 0.0);
        }
        Ok(optimiser)
    }

    /// Sets the rates to a share of those that the way has.
    pub(super) fn set_rates(&self, optimiser: &mut Optimizer, share: f64) {
        for (group, rate) in [
            (group::TRAINED, self.way.rate()),
            (group::TRAINED_VECTORS, self.way.rate()),
            (group::NEW, NEW_RATE),
            (group::NEW_VECTORS, NEW_RATE),
        ] {
            optimiser.set_lr_group(group, rate * share);
        }
    }

    /// The number of parameters that move.
    pub(super) fn parameters(&self) -> usize {
        let moving = self.store.trainable_variables();
        moving.iter().map(Tensor::numel).sum()
    }

    /// The bytes of a file with everything that has moved.
    pub(super) fn saved(&self) -> Result<u64, super::ComparisonError> {
        let file = tempfile::Builder::new().suffix(".safetensors").tempfile()?;
        let named: Vec<(String, Tensor)> = self
            .store
            .variables()
            .into_iter()
            .map(|(name, tensor)| (name, tensor.detach()))
            .collect();
        Tensor::write_safetensors(&named, file.path())?;
        Ok(file.path().metadata()?.len())
    }
}

impl Adapter {
    /// The matrices for one matrix (out, in): A is drawn, and B is 0.
    fn new(path: &Path<'_>, name: &str, matrix: &Tensor, random: &Random) -> Self {
        let (out, inner) = matrix.size2().expect("a matrix");
        let path = path.set_group(group::NEW);
        let a = random.normal(&[RANK, inner]) * DEVIATION;
        let b = Tensor::zeros([out, RANK], (Kind::Float, Device::Cpu));
        Self {
            name: name.to_owned(),
            a: path.add(&format!("{name}_lora_a"), a, true),
            b: path.add(&format!("{name}_lora_b"), b, true),
        }
    }

    /// The matrix that does what the frozen one does with LoRA next to it.
    fn added_to(&self, frozen: &Tensor) -> Tensor {
        adapted(frozen, &self.a, &self.b, ALPHA / RANK as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::super::batches::Batch;
    use super::super::encoder::tests::{snippets, tiny};
    use super::*;

    /// The names of the tensors that a step changes, and whether the head is among them.
    fn moved(way: Way) -> (Vec<String>, bool) {
        let encoder = tiny();
        let trainee = Trainee::new(way, &encoder, 1);
        let mut optimiser = trainee.optimiser().expect("an optimiser");
        trainee.set_rates(&mut optimiser, 1.0);
        let batch = Batch::of(&snippets());
        // In the first step, the head and B are 0, and no gradient reaches what is before them.
        for _ in 0..3 {
            let vectors = encoder.vectors(&trainee.weights(&encoder), &batch);
            let logits = trainee.logits(&vectors);
            optimiser.backward_step(&logits.cross_entropy_for_logits(&batch.labels));
        }
        let before = tiny().weights;
        let after = trainee.weights(&encoder);
        let names = after
            .iter()
            .filter(|(name, tensor)| **tensor != before[name]);
        let names = names.map(|(name, _)| name.to_owned()).collect();
        (names, trainee.head.abs().max().double_value(&[]) > 0.0)
    }

    #[test]
    fn what_should_move_moves_and_nothing_else() {
        let all: Vec<String> = tiny().weights.iter().map(|(name, _)| name.into()).collect();
        // Adding a number to all scores of a query changes no weight, so the biases of keys have no gradient but roundings.
        let may_stay = |name: &String| name.ends_with("b_k");
        for way in Way::ALL {
            let wanted: Vec<String> = all
                .iter()
                .filter(|name| match way {
                    Way::Head => false,
                    Way::TopTwo => name.starts_with("layer_"),
                    Way::Everything => true,
                    Way::Lora => name.ends_with("_w_q") || name.ends_with("_w_v"),
                })
                .cloned()
                .collect();
            let (moved, head) = moved(way);
            assert!(head, "{way:?}");
            assert!(
                moved.iter().all(|name| wanted.contains(name)),
                "{way:?} {moved:?}"
            );
            let stayed: Vec<&String> = wanted.iter().filter(|name| !moved.contains(name)).collect();
            assert!(
                stayed.iter().all(|name| may_stay(name)),
                "{way:?} {stayed:?}"
            );
        }
    }

    #[test]
    fn the_model_is_as_it_was_before_the_first_step() {
        let encoder = tiny();
        for way in Way::ALL {
            let trainee = Trainee::new(way, &encoder, 1);
            for (name, tensor) in trainee.weights(&encoder).iter() {
                assert_eq!(*tensor, encoder.weights[name], "{way:?} {name}");
            }
            let saved = trainee.saved().expect("a file");
            let numbers = 4 * trainee.parameters() as u64;
            assert!(
                (numbers..numbers + 8192).contains(&saved),
                "{way:?} {saved}"
            );
        }
    }

    #[test]
    fn the_parameters_are_counted() {
        let encoder = tiny();
        let count = |way| Trainee::new(way, &encoder, 1).parameters();
        let head = 2 * 24 + 2;
        assert_eq!(count(Way::Head), head);
        // Two blocks with two matrices each, and A and B for each of these.
        assert_eq!(count(Way::Lora), head + 2 * 2 * 2 * 8 * 24);
        let all: usize = encoder
            .weights
            .iter()
            .map(|(_, tensor)| tensor.numel())
            .sum();
        assert_eq!(count(Way::Everything), head + all);
    }
}
