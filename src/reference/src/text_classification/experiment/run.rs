//! A run: the vocabulary, libtorch's AdamW and clipping over all batches, and the held-out texts.

use std::collections::BTreeMap;

use tch::{Device, Kind, Tensor, with_grad};

use super::complete;
use crate::adamw::{Constants, LibtorchAdamW, Schedule};
use crate::inputs::Inputs;
use crate::text_classification::dropout::Dropout;
use crate::text_classification::evaluate::Evaluation;
use crate::text_classification::model::{Batch, RIGHT as MODEL, loss, parameters};
use crate::text_classification::{encode, vocabulary};

/// The fate of the gradients of earlier steps.
#[derive(Clone, Copy)]
pub(super) enum Earlier {
    /// They are gone, as it should be.
    Cleared,
    /// Those of the step are added to them.
    Added,
    /// A step follows the mean of all of them, and reports the mean of all losses.
    Averaged,
}

/// The steps of an experiment.
#[derive(Clone, Copy)]
pub(super) struct Way {
    /// The vocabulary from which the training texts get their ids.
    pub(super) vocabulary: fn(&Inputs) -> Vec<String>,
    /// The vocabulary of the held-out texts, from that of the training texts.
    pub(super) of_held_out: fn(&Inputs, Vec<String>) -> Vec<String>,
    /// The texts (batch) of a step, from all batches and the number of the step, from 0.
    pub(super) texts: fn(&Tensor, i64) -> Tensor,
    /// The labels of these texts, from all labels.
    pub(super) labels: fn(&Tensor, &Tensor) -> Tensor,
    /// The row of entries that dropout keeps, by the number of the step.
    pub(super) keep: fn(i64) -> i64,
    /// Says whether anything is dropped in training.
    pub(super) drops: bool,
    /// The number of the step by which the rate is found, from the right one.
    pub(super) rate_of: fn(usize) -> usize,
    /// Says whether the optimiser forgets its moments after each step.
    pub(super) forgets: bool,
    /// The fate of the gradients of earlier steps.
    pub(super) earlier: Earlier,
    /// Says whether steps are taken.
    pub(super) learns: bool,
    /// The part that is judged at the end.
    pub(super) judged: &'static str,
}

/// The steps as they should be.
pub(super) const RIGHT: Way = Way {
    vocabulary: |x| entries(x, &x.texts("training")),
    of_held_out: |_, vocabulary| vocabulary,
    texts: |batches, step| batches.get(step),
    labels: |labels, texts| labels.index_select(0, texts),
    keep: |step| step,
    drops: true,
    rate_of: |step| step,
    forgets: false,
    earlier: Earlier::Cleared,
    learns: true,
    judged: "held_out",
};

/// The vocabulary of some texts.
pub(super) fn entries(x: &Inputs, texts: &[String]) -> Vec<String> {
    vocabulary::RIGHT.entries(texts, x.size("at_least") as usize)
}

/// The results of a run.
#[derive(Debug)]
pub(super) struct Run {
    /// The number of entries of the vocabulary.
    pub(super) entries: i64,
    /// The loss of each step.
    pub(super) losses: Vec<f64>,
    /// The logits of the texts that are judged.
    pub(super) logits: Tensor,
    pub(super) evaluation: Evaluation,
}

impl Run {
    /// Runs the experiment of a case.
    pub(super) fn of(x: &Inputs, way: Way) -> Self {
        let x = &complete(x);
        let vocabulary = (way.vocabulary)(x);
        let entries = vocabulary.len() as i64;
        let mut learner = Learner::new(x, entries);
        let encoded = encoded(x, "training", &vocabulary);
        let losses = (0..x["batches"].size()[0])
            .map(|step| {
                if way.forgets {
                    learner.optimiser.forget();
                }
                learner.step(way, &encoded, step)
            })
            .collect();

        let vocabulary = match way.judged {
            "held_out" => (way.of_held_out)(x, vocabulary),
            _ => vocabulary,
        };
        let [tokens, mask] = encode_part(x, way.judged, &vocabulary);
        // Ids past the end of E would be an error, and a learner's program would stop there.
        let tokens = tokens.clamp_max(entries - 1);
        let logits = learner.logits(tokens, mask);
        let labels = &x[&format!("{}_labels", way.judged)];
        let evaluation = Evaluation::of(&logits, labels, x.size("positive"));
        Self {
            entries,
            losses,
            logits,
            evaluation,
        }
    }

    /// The number of texts that were judged wrongly.
    pub(super) fn errors(&self) -> i64 {
        let counts = &self.evaluation.confusion;
        let wrong = counts.sum(Kind::Double) - counts.trace();
        wrong.double_value(&[]) as i64
    }
}

/// Ids, mask and labels of a part.
fn encoded(x: &Inputs, part: &str, vocabulary: &[String]) -> [Tensor; 3] {
    let [tokens, mask] = encode_part(x, part, vocabulary);
    [tokens, mask, x[&format!("{part}_labels")].shallow_clone()]
}

/// Ids and mask of the texts of a part.
fn encode_part(x: &Inputs, part: &str, vocabulary: &[String]) -> [Tensor; 2] {
    let longest = x.size("longest") as usize;
    let [tokens, mask] = encode::RIGHT.encode(&x.texts(part), vocabulary, longest);
    [tokens, mask.to_kind(Kind::Bool)]
}

/// A classifier with libtorch's optimiser.
struct Learner<'a> {
    x: &'a Inputs,
    optimiser: LibtorchAdamW,
    schedule: Schedule,
    /// The losses of all steps so far.
    losses: Vec<f64>,
    /// The sums of all gradients so far.
    sums: BTreeMap<String, Tensor>,
}

/// The constants of a case.
fn constants(x: &Inputs) -> Constants {
    Constants {
        t: 1.0,
        rate: 0.0,
        beta_1: x.number("beta_1"),
        beta_2: x.number("beta_2"),
        epsilon: x.number("epsilon"),
        weight_decay: x.number("weight_decay"),
        axes: 0,
    }
}

impl<'a> Learner<'a> {
    /// The classifier of a case, for a vocabulary of so many entries.
    fn new(x: &'a Inputs, entries: i64) -> Self {
        let drawn = &x["token_embedding"];
        let rows = Tensor::arange(entries, (Kind::Int64, Device::Cpu)).remainder(drawn.size()[0]);
        let start = x
            .clone()
            .with("token_embedding", drawn.index_select(0, &rows));
        Self {
            x,
            optimiser: LibtorchAdamW::new(&parameters(&start), constants(x)),
            losses: Vec::new(),
            sums: BTreeMap::new(),
            schedule: Schedule {
                peak: x.number("peak"),
                floor: x.number("floor"),
                warm_up: x.size("warm_up") as usize,
                steps: x.size("steps") as usize,
            },
        }
    }

    /// Takes the step with this number, from 0, and returns its loss.
    fn step(&mut self, way: Way, [tokens, mask, labels]: &[Tensor; 3], step: i64) -> f64 {
        let texts = (way.texts)(&self.x["batches"], step);
        let labels = (way.labels)(labels, &texts);
        let keep = self.x["keep"].get((way.keep)(step));
        let batch = Batch {
            tokens: tokens.index_select(0, &texts),
            mask: mask.index_select(0, &texts),
            heads: self.x.size("heads"),
            dropout: Dropout {
                keep,
                rate: self.x.number("rate"),
                is_training: way.drops,
            },
        };
        let rate = self.schedule.rate((way.rate_of)(step as usize + 1));
        let parameters = self.optimiser.parameters();
        let loss = with_grad(|| loss(&MODEL.run(parameters, &batch).logits, &labels));
        self.losses.push(loss.double_value(&[]));
        if way.learns {
            self.optimiser.backward(&loss);
            self.keep_earlier(way.earlier);
            self.optimiser.clip(self.x.number("max_norm"));
            self.optimiser.step(rate);
        }
        match way.earlier {
            Earlier::Averaged => self.losses.iter().sum::<f64>() / self.losses.len() as f64,
            Earlier::Cleared | Earlier::Added => self.losses[self.losses.len() - 1],
        }
    }

    /// Replaces the gradients of a step by those that earlier steps have left as well.
    fn keep_earlier(&mut self, earlier: Earlier) {
        let steps = self.losses.len() as f64;
        let share = match earlier {
            Earlier::Cleared => return,
            Earlier::Added => 1.0,
            Earlier::Averaged => 1.0 / steps,
        };
        for (name, parameter) in self.optimiser.parameters().iter() {
            let gradient = parameter.grad();
            let sum = match self.sums.get(name) {
                Some(sum) => sum + &gradient,
                None => gradient.copy(),
            };
            let mut gradient = gradient;
            gradient.copy_(&(&sum * share));
            self.sums.insert(name.to_owned(), sum);
        }
    }

    /// The logits of texts, nothing dropped.
    fn logits(&self, tokens: Tensor, mask: Tensor) -> Tensor {
        let batch = Batch {
            tokens,
            heads: self.x.size("heads"),
            dropout: Dropout::none(&mask),
            mask,
        };
        let parameters = self.optimiser.parameters();
        MODEL.run(parameters, &batch).logits.detach()
    }
}
