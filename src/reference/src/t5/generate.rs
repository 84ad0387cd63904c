//! The task `generate`: the whole model, and the search of exercise 19 over it.

use tch::Tensor;

use super::bias::{self, Shape};
use super::block::{Block, STEPS as BLOCK};
use super::bucket::{BOTH_WAYS, STEPS as BUCKETS, Settings, Steps as Buckets};
use super::{feed_forward, logits, norm};
use crate::gpt::model::rows;
use crate::inputs::Inputs;
use crate::model_weights::Weights;
use crate::sampling::beam_search::search::{Beam, Found, STEPS as SEARCH, Settings as Search};
use crate::task::Task;
use crate::texts::of_texts;

/// The token that the decoder begins with.
pub(super) const PADDING: i64 = 0;

/// The steps of writing a text.
#[derive(Clone, Copy)]
pub(super) struct Steps {
    /// From the model and the source, the memory.
    pub(super) memory: fn(&Weights, &Tensor) -> Tensor,
    /// From the settings of the search, the token that the decoder begins with.
    pub(super) first: fn(&Search) -> i64,
    /// From what is written, what the decoder is given.
    pub(super) given: fn(&[i64]) -> Vec<i64>,
    /// From the model and tokens (1, length), the vectors.
    pub(super) embed: fn(&Weights, &Tensor) -> Tensor,
    /// From the model and the length, the bias of each block.
    pub(super) bias: fn(&Weights, i64) -> Vec<Tensor>,
    /// From the blocks, those that are run.
    pub(super) blocks: fn(Vec<Weights>) -> Vec<Weights>,
    /// From a block, what is passed on.
    pub(super) pass_on: fn(Block) -> Tensor,
    /// From the model and the output of the last block, the logits.
    pub(super) head: fn(&Weights, &Tensor) -> Tensor,
    /// From the logits (length, vocabulary), those of the next token.
    pub(super) next: fn(&Tensor) -> Tensor,
    /// From the settings of the search, those that are used.
    pub(super) search: fn(Search) -> Search,
    /// From the beams, what is returned.
    pub(super) result: fn(Vec<Beam>, &Search) -> Vec<i64>,
}

/// The steps as they should be.
pub(super) const STEPS: Steps = Steps {
    memory: encode,
    first: |_| PADDING,
    given: <[i64]>::to_vec,
    embed: |w, tokens| rows(&w["embedding"], tokens),
    bias: |w, length| shared_bias(w, "decoder_bias", length, false, BUCKETS),
    blocks: |blocks| blocks,
    pass_on: |block| block.output,
    head: |w, x| logits::logits(&for_logits(w), x),
    next: |logits| logits.get(-1),
    search: |search| search,
    result: |beams, search| without_end(best(beams), search.end),
};

/// The search with one beam.
pub(super) const GREEDY: Steps = Steps {
    search: |search| Search { width: 1, ..search },
    ..STEPS
};

/// The search for the largest sum of log probabilities.
pub(super) const WITHOUT_PENALTY: Steps = Steps {
    search: |search| Search {
        length_penalty: 0.0,
        ..search
    },
    ..STEPS
};

/// The decoder with the buckets of the encoder.
pub(super) const BOTH_WAYS_STEPS: Steps = Steps {
    bias: |w, length| shared_bias(w, "decoder_bias", length, false, BOTH_WAYS),
    ..STEPS
};

/// The decoder with a bias in its first block only.
pub(super) const FIRST_BLOCK_ONLY: Steps = Steps {
    bias: |w, length| {
        let mut biases = shared_bias(w, "decoder_bias", length, false, BUCKETS);
        for bias in &mut biases[1..] {
            *bias = bias.zeros_like();
        }
        biases
    },
    ..STEPS
};

impl Steps {
    pub(super) fn run(self, x: &Inputs) -> Tensor {
        let mut texts = Vec::new();
        for found in self.search(x) {
            let tokens = (self.result)(found.beams, &settings(x));
            let tokens: Vec<String> = tokens.iter().map(i64::to_string).collect();
            texts.push(tokens.join(","));
        }
        of_texts(&texts)
    }

    /// Searches for each source.
    fn search(self, x: &Inputs) -> Vec<Found> {
        let w = Weights::from(x);
        let mut found = Vec::new();
        for source in 0..x["sources"].size()[0] {
            let source = x["sources"].narrow(0, source, 1);
            let memory = (self.memory)(&w, &source);
            let next = |text: &[i64]| self.next_logits(&w, &memory, text);
            let search = (self.search)(settings(x));
            found.push(SEARCH.search_with(&search, &[(self.first)(&search)], &next));
        }
        found
    }

    fn next_logits(&self, w: &Weights, memory: &Tensor, text: &[i64]) -> Tensor {
        let target = Tensor::from_slice(&(self.given)(text)).unsqueeze(0);
        let biases = (self.bias)(w, target.size()[1]);
        let mut x = (self.embed)(w, &target);
        for (block, bias) in (self.blocks)(layers(w, "decoder.")).iter().zip(biases) {
            let block = block
                .with("x", x)
                .with("memory", memory.shallow_clone())
                .with("bias", bias);
            x = (self.pass_on)(BLOCK.run(&block));
        }
        (self.next)(&(self.head)(w, &x).get(0))
    }
}

/// Returns `true` if rounding decides nothing in a case, if some of its texts end and some are cut off, and if the steps
/// that are hardest to tell apart matter where there is more than one beam.
pub(super) fn is_telling(x: &Inputs, least_gap: f64) -> bool {
    let (mut gap, mut ended, mut cut_off) = (f64::INFINITY, 0, 0);
    for found in STEPS.search(x) {
        gap = gap.min(found.least_gap);
        let tokens = best(found.beams);
        if tokens.last() != Some(&x.size("end")) {
            cut_off += 1;
        } else if tokens.len() > 2 {
            ended += 1;
        }
    }
    let steps_matter = || {
        let shown = |steps: &Steps| differing(x, *steps) > 0;
        differing(x, GREEDY) > 1
            && [WITHOUT_PENALTY, BOTH_WAYS_STEPS, FIRST_BLOCK_ONLY]
                .iter()
                .all(shown)
    };
    gap > least_gap && ended > 0 && cut_off > 0 && (x.size("width") == 1 || steps_matter())
}

/// The number of texts that are different when they are written by these steps.
fn differing(x: &Inputs, steps: Steps) -> usize {
    let texts = |steps: Steps| steps.search(x).into_iter().map(|found| best(found.beams));
    let pairs = texts(STEPS).zip(texts(steps));
    pairs.filter(|(right, other)| right != other).count()
}

/// The memory of a source (1, length).
fn encode(w: &Weights, source: &Tensor) -> Tensor {
    let length = source.size()[1];
    let biases = shared_bias(w, "encoder_bias", length, true, BUCKETS);
    let mut x = rows(&w["embedding"], source);
    for (block, bias) in layers(w, "encoder.").iter().zip(biases) {
        x = encoder_block(block, &x, bias);
    }
    norm(w, "encoder_gamma", &x)
}

/// A block of the encoder.
fn encoder_block(w: &Weights, x: &Tensor, bias: Tensor) -> Tensor {
    let normed = norm(w, "gamma_1", x);
    let inputs = ["w_q", "w_k", "w_v", "w_o"]
        .into_iter()
        .fold(Inputs::default(), |inputs, name| {
            inputs.with(name, w[name].shallow_clone())
        });
    let inputs = inputs
        .with("heads", w.size("heads"))
        .with("x", normed.shallow_clone())
        .with("source", normed)
        .with("bias", bias);
    let after_attention = x + super::attention(&inputs).output;
    let normed = norm(w, "gamma_2", &after_attention);
    &after_attention + feed_forward::feed_forward(w, &normed)
}

/// The same bias for each of the decoder's or the encoder's blocks.
pub(super) fn shared_bias(
    w: &Weights,
    table: &str,
    length: i64,
    bidirectional: bool,
    steps: Buckets,
) -> Vec<Tensor> {
    let settings = Settings {
        bidirectional,
        buckets: w[table].size()[0],
        max_distance: w.size("max_distance"),
    };
    let shape = Shape {
        queries: length,
        keys: length,
    };
    let bias = bias::bias(&w[table], shape, settings, steps);
    let stack = if table == "encoder_bias" {
        "encoder.gamma_1"
    } else {
        "decoder.gamma_1"
    };
    (0..w[stack].size()[0])
        .map(|_| bias.shallow_clone())
        .collect()
}

/// The blocks of a stack, each with what all of them share.
fn layers(w: &Weights, stack: &str) -> Vec<Weights> {
    let shared = |block: Weights| {
        block
            .with("heads", w["heads"].shallow_clone())
            .with("gated", w["gated"].shallow_clone())
    };
    w.part(stack).layers().into_iter().map(shared).collect()
}

/// The weights under the names that the head takes them by.
pub(super) fn for_logits(w: &Weights) -> Weights {
    let matrix = w.get("head").unwrap_or(&w["embedding"]);
    Weights::default()
        .with("gamma_f", w["decoder_gamma"].shallow_clone())
        .with("matrix", matrix.shallow_clone())
        .with("tied", w["tied"].shallow_clone())
}

fn settings(x: &Inputs) -> Search {
    Search {
        width: x.size("width") as usize,
        longest: x.size("longest") as usize,
        end: x.size("end"),
        length_penalty: x.number("length_penalty"),
        prompt: 1,
    }
}

/// The tokens of the best beam.
pub(super) fn best(mut beams: Vec<Beam>) -> Vec<i64> {
    beams.swap_remove(0).tokens
}

/// The tokens without the end, if it is there.
pub(super) fn without_end(mut tokens: Vec<i64>, end: i64) -> Vec<i64> {
    if tokens.last() == Some(&end) {
        tokens.pop();
    }
    tokens
}

/// The task, without cases and mistakes.
pub(super) fn task() -> Task {
    Task::new("generate", by(STEPS)).texts("texts", "source")
}

/// The texts that these steps lead to.
pub(super) fn by(steps: Steps) -> impl Fn(&Inputs) -> Tensor {
    move |x| steps.run(x)
}
