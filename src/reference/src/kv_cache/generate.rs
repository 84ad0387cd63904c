//! Writing with a cache, step by step, so that a mistake can take one of the steps differently.

use tch::Tensor;

use super::read::{READ, empty_caches};
use crate::inputs::Inputs;
use crate::model_weights::Weights;
use crate::outputs::Outputs;
use crate::texts::of_ids;

/// The caches with which the next token is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// Those of all tokens that were read.
    All,
    /// Those of the prompt, each time.
    OfThePrompt,
    /// None.
    None,
}

/// The steps of writing.
#[derive(Clone, Copy)]
pub(super) struct Generate {
    /// From the prompt, the pieces that are read before the first token is chosen.
    pub(super) prompt: fn(&[usize]) -> Vec<Vec<usize>>,
    /// From the prompt and the tokens written, what is read next.
    pub(super) next: fn(&[usize], &[usize]) -> Vec<usize>,
    pub(super) kept: Kept,
    /// From the logits (new, vocabulary) of the prompt and of every call after it, the scores of the next token.
    pub(super) scores: fn(&[Tensor]) -> Tensor,
    /// From the scores, the token.
    pub(super) choose: fn(&Tensor) -> i64,
    /// From the number of tokens that were asked for, the number that is chosen.
    pub(super) count: fn(usize) -> usize,
    /// From the prompt and the tokens written, the result.
    pub(super) result: fn(&[usize], &[usize]) -> Vec<usize>,
}

/// The steps as they should be.
pub(super) const GENERATE: Generate = Generate {
    prompt: |prompt| vec![prompt.to_vec()],
    next: |_, written| written[written.len() - 1..].to_vec(),
    kept: Kept::All,
    scores: |logits| logits[logits.len() - 1].get(-1),
    choose: best,
    count: |count| count,
    result: |_, written| written.to_vec(),
};

/// The token with the largest score; the first, if there are several.
pub(super) fn best(scores: &Tensor) -> i64 {
    scores.argmax(0, false).int64_value(&[])
}

/// A text, and how it came about.
#[derive(Debug)]
pub(super) struct Text {
    pub(super) written: Vec<usize>,
    /// The positions that each block has projected.
    pub(super) projected: usize,
    /// The least difference between the score of a token that was chosen and that of the second best.
    pub(super) least_gap: f64,
}

/// The rows of keys that each block computes.
#[derive(Debug)]
pub(super) struct Cost {
    /// Those for one token more.
    pub(super) newest: usize,
    /// Those for the whole text.
    pub(super) projected: usize,
}

/// The rows of keys in each block by which a right program may exceed the prompt and the tokens written: a loop may read
/// its last token, too, and one that writes a token too many is wrong for that and not for what it costs.
const SPARE: usize = 1;

/// The right outputs, with a bound on what is projected.
pub(super) fn right(x: &Inputs) -> Outputs {
    let count = x.size("count") as usize;
    let bound = Cost {
        projected: x.ids("prompt").len() + count + SPARE,
        ..GENERATE.cost(x)
    };
    GENERATE.outputs(x, &bound)
}

impl Generate {
    /// The outputs when a step is taken differently.
    pub(super) fn run(self, x: &Inputs) -> Outputs {
        self.outputs(x, &self.cost(x))
    }

    pub(super) fn cost(self, x: &Inputs) -> Cost {
        let count = x.size("count") as usize;
        // When no token is asked for, the prompt may be read or not: the second token is the first that tells.
        let several = count.max(1);
        let [fewer, more] = [several, several + 1].map(|count| self.write(x, count).projected);
        Cost {
            newest: more - fewer,
            projected: self.write(x, count).projected,
        }
    }

    /// The outputs of the task, for what the text costs.
    pub(super) fn outputs(self, x: &Inputs, cost: &Cost) -> Outputs {
        let text = self.write(x, x.size("count") as usize);
        let blocks = x["w_qkv"].size()[0];
        [
            ("written", of_ids(&text.written)),
            ("newest", Tensor::from(cost.newest as i64)),
            ("projected", Tensor::from(cost.projected as i64 * blocks)),
        ]
        .into()
    }

    /// Writes so many tokens. The last of them is not read.
    pub(super) fn write(self, x: &Inputs, count: usize) -> Text {
        let (w, prompt) = (Weights::from(x), x.ids("prompt"));
        let (mut caches, mut logits) = (empty_caches(&w), Vec::new());
        let mut text = Text {
            written: Vec::new(),
            projected: 0,
            least_gap: f64::INFINITY,
        };
        for piece in (self.prompt)(&prompt) {
            let (of_piece, longer) = READ.run(&w, &of_ids(&piece), &caches);
            (logits, caches) = (vec![of_piece], longer);
            text.projected += piece.len();
        }
        if self.kept == Kept::None {
            caches = empty_caches(&w);
        }
        let count = (self.count)(count);
        while text.written.len() < count {
            if !text.written.is_empty() {
                let next = (self.next)(&prompt, &text.written);
                let (of_next, longer) = READ.run(&w, &of_ids(&next), &caches);
                logits.push(of_next);
                text.projected += next.len();
                if self.kept == Kept::All {
                    caches = longer;
                }
            }
            let scores = (self.scores)(&logits);
            text.least_gap = text.least_gap.min(gap(&scores));
            text.written.push((self.choose)(&scores) as usize);
        }
        text.written = (self.result)(&prompt, &text.written);
        text
    }
}

/// The difference between the largest score and the largest that is smaller. Equal scores are exactly equal.
fn gap(scores: &Tensor) -> f64 {
    let largest = scores.max();
    let others = scores.masked_select(&scores.less_tensor(&largest));
    (largest - others.max()).double_value(&[])
}
