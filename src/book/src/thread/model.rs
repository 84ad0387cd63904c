//! A transformer with one block and fixed parameters, small enough to print.

use encoder_block::{EncoderWeights, FeedForward, Norm, Projections, post_norm_block};
use feed_forward::relu;
use masks::causal;
use multi_head_attention::{merge_heads, split_heads};
use ndarray::{Array1, Array2, Array3, Axis, Zip, array};
use positional_encoding::sinusoidal;
use softmax::softmax;
use transformer::embed;

/// The sentence.
pub(super) const TOKENS: [&str; 3] = ["the", "cat", "sleeps"];
/// All tokens that the model knows.
pub(super) const VOCABULARY: [&str; 5] = ["the", "cat", "sleeps", ".", "dog"];
/// Number of heads.
pub(super) const HEADS: usize = 2;
/// Width of the vectors.
const D_MODEL: usize = 4;
/// Width of the hidden layer of the feed-forward network.
const D_FF: usize = 6;

/// The parameters. All biases are 0, and the layer norms do not scale.
struct Parameters {
    /// E (vocabulary, d_model).
    embedding: Array2<f32>,
    /// W_Q (heads · head_dim, d_model).
    w_q: Array2<f32>,
    /// W_K (heads · head_dim, d_model).
    w_k: Array2<f32>,
    /// W_V (heads · head_dim, d_model).
    w_v: Array2<f32>,
    /// W_O (d_model, heads · head_dim).
    w_o: Array2<f32>,
    /// W₁ (d_ff, d_model).
    w_1: Array2<f32>,
    /// W₂ (d_model, d_ff).
    w_2: Array2<f32>,
    ones: Array1<f32>,
    zeros: Array1<f32>,
    hidden_zeros: Array1<f32>,
}

impl Parameters {
    fn new() -> Self {
        Self {
            embedding: array![
                [1.0, -1.0, 0.0, 0.0],
                [0.0, 1.0, -1.0, 0.0],
                [0.0, 0.0, 1.0, -1.0],
                [-1.0, 0.0, 0.0, 1.0],
                [0.0, 1.0, 0.0, -1.0],
            ],
            w_q: array![
                [-0.5, 1.0, 0.5, -1.0],
                [-1.0, 0.0, 1.0, 0.5],
                [-1.0, 0.0, 0.0, -1.0],
                [0.0, 1.0, 0.5, 0.0],
            ],
            w_k: array![
                [-1.0, 0.0, -1.0, 0.0],
                [1.0, 1.0, 1.0, 0.0],
                [0.0, -1.0, -1.0, -1.0],
                [-1.0, 0.0, 1.0, 1.0],
            ],
            w_v: array![
                [0.0, 0.0, 0.0, 1.0],
                [0.0, 1.0, -1.0, 1.0],
                [1.0, -1.0, 0.0, 0.0],
                [0.0, 1.0, 0.0, 1.0],
            ],
            w_o: array![
                [-1.0, -1.0, 1.0, 1.0],
                [-1.0, 1.0, 1.0, -1.0],
                [-1.0, 1.0, 0.0, 1.0],
                [-1.0, 0.0, 1.0, -1.0],
            ],
            w_1: array![
                [0.0, 1.0, 0.0, 0.0],
                [0.0, 0.0, 1.0, 0.0],
                [0.0, -1.0, 0.0, 1.0],
                [-1.0, 1.0, 1.0, 0.0],
                [0.0, 0.0, -1.0, 0.0],
                [0.0, -1.0, 0.0, 0.0],
            ],
            w_2: array![
                [-1.0, 0.0, -1.0, 0.0, 0.0, 0.0],
                [0.0, -1.0, 0.0, 0.0, 1.0, 0.0],
                [1.0, 1.0, 0.0, -1.0, 0.0, -1.0],
                [0.0, -1.0, 0.0, 1.0, 0.0, 0.0],
            ],
            ones: Array1::ones(D_MODEL),
            zeros: Array1::zeros(D_MODEL),
            hidden_zeros: Array1::zeros(D_FF),
        }
    }

    fn block(&self) -> EncoderWeights<'_> {
        let norm = Norm {
            gamma: self.ones.view(),
            beta: self.zeros.view(),
        };
        EncoderWeights {
            attention: Projections {
                w_q: self.w_q.view(),
                b_q: self.zeros.view(),
                w_k: self.w_k.view(),
                b_k: self.zeros.view(),
                w_v: self.w_v.view(),
                b_v: self.zeros.view(),
                w_o: self.w_o.view(),
                b_o: self.zeros.view(),
            },
            norm_1: norm,
            feed_forward: FeedForward {
                w_1: self.w_1.view(),
                b_1: self.hidden_zeros.view(),
                w_2: self.w_2.view(),
                b_2: self.zeros.view(),
            },
            norm_2: norm,
        }
    }
}

/// The numbers of every step for the sentence, each with a row for each token.
pub(super) struct Run {
    /// Index of each token in the vocabulary.
    pub(super) indices: Vec<usize>,
    pub(super) embedded: Array2<f32>,
    pub(super) encoding: Array2<f32>,
    /// Input of the block.
    pub(super) x: Array2<f32>,
    pub(super) queries: Array2<f32>,
    pub(super) keys: Array2<f32>,
    pub(super) values: Array2<f32>,
    pub(super) scores: [Array2<f32>; HEADS],
    pub(super) masked: [Array2<f32>; HEADS],
    pub(super) weights: [Array2<f32>; HEADS],
    /// Results of all heads, side by side.
    pub(super) heads: Array2<f32>,
    /// Output of multi-head attention.
    pub(super) attention: Array2<f32>,
    /// `x` and `attention` added up.
    pub(super) sum: Array2<f32>,
    /// `sum` after the first layer norm.
    pub(super) normed: Array2<f32>,
    pub(super) hidden: Array2<f32>,
    pub(super) feed_forward: Array2<f32>,
    /// Output of the block.
    pub(super) output: Array2<f32>,
    pub(super) logits: Array2<f32>,
    pub(super) probabilities: Array2<f32>,
}

impl Run {
    /// Computes all steps.
    pub(super) fn compute() -> Self {
        let parameters = Parameters::new();
        let indices: Vec<usize> = (0..TOKENS.len()).collect(); // the vocabulary begins with the sentence
        let encoding = sinusoidal(TOKENS.len(), D_MODEL, 0);
        let tokens = Array1::from(indices.clone()).insert_axis(Axis(0));
        let x = embed(tokens.view(), parameters.embedding.view());

        let [queries, keys, values] = [&parameters.w_q, &parameters.w_k, &parameters.w_v]
            .map(|weight| one(&x).dot(&weight.t()));
        let scores = scores_per_head(&queries, &keys);
        let allowed = causal(TOKENS.len(), TOKENS.len());
        let masked = scores.clone().map(|scores| {
            Zip::from(&scores)
                .and(&allowed)
                .map_collect(|&score, &allowed| if allowed { score } else { f32::NEG_INFINITY })
        });
        let weights = masked.clone().map(|masked| softmax(masked.view()));
        let heads = heads_side_by_side(&weights, &values);

        let block = parameters.block();
        let mask = allowed.insert_axis(Axis(0));
        let steps = post_norm_block(x.view(), &block, HEADS, Some(mask.view()));
        let normed = one(&steps.after_attention);
        let output = one(&steps.output);
        let logits = output.dot(&parameters.embedding.t());
        Self {
            embedded: parameters.embedding.select(Axis(0), &indices),
            indices,
            encoding,
            queries,
            keys,
            values,
            scores,
            masked,
            weights,
            heads,
            sum: one(&x) + one(&steps.attention),
            x: one(&x),
            attention: one(&steps.attention),
            hidden: relu(normed.dot(&parameters.w_1.t()).view()),
            normed,
            feed_forward: one(&steps.feed_forward),
            output,
            probabilities: softmax(logits.view()),
            logits,
        }
    }
}

/// Returns the only sequence of a batch.
fn one(batch: &Array3<f32>) -> Array2<f32> {
    batch.index_axis(Axis(0), 0).to_owned()
}

/// Cuts (length, heads · head_dim) into one array (length, head_dim) for each head.
fn split(x: &Array2<f32>) -> [Array2<f32>; HEADS] {
    let split = split_heads(x.view().insert_axis(Axis(0)), HEADS);
    [0, 1].map(|head| {
        split
            .index_axis(Axis(0), 0)
            .index_axis(Axis(0), head)
            .to_owned()
    })
}

fn scores_per_head(queries: &Array2<f32>, keys: &Array2<f32>) -> [Array2<f32>; HEADS] {
    let (queries, keys) = (split(queries), split(keys));
    [0, 1].map(|head| scaled_dot_product::scores(queries[head].view(), keys[head].view()))
}

fn heads_side_by_side(weights: &[Array2<f32>; HEADS], values: &Array2<f32>) -> Array2<f32> {
    let values = split(values);
    let contexts = [0, 1].map(|head| weights[head].dot(&values[head]));
    let stacked = ndarray::stack![Axis(0), contexts[0], contexts[1]].insert_axis(Axis(0));
    one(&merge_heads(stacked.view()))
}

#[cfg(test)]
mod tests {
    use multi_head_attention::multi_head_attention;

    use super::*;

    fn assert_same(found: &Array2<f32>, expected: &Array2<f32>) {
        let difference = (found - expected)
            .abs()
            .fold(0.0, |max: f32, &d| max.max(d));
        assert!(difference < 1e-5, "{found} {expected}");
    }

    #[test]
    fn the_steps_lead_to_what_the_block_returns() {
        let (run, parameters) = (Run::compute(), Parameters::new());
        assert_same(&run.heads.dot(&parameters.w_o.t()), &run.attention);
        assert_same(&run.hidden.dot(&parameters.w_2.t()), &run.feed_forward);
        assert_same(&(&run.embedded * 2.0 + &run.encoding), &run.x);

        let x = run.x.view().insert_axis(Axis(0));
        let mask = causal(3, 3).insert_axis(Axis(0));
        let block = parameters.block();
        let (_, weights) =
            multi_head_attention(x, x, x, &block.attention, HEADS, Some(mask.view()));
        for (head, expected) in weights.index_axis(Axis(0), 0).outer_iter().enumerate() {
            assert_same(&run.weights[head], &expected.to_owned());
        }
    }

    #[test]
    fn each_token_is_followed_by_the_one_that_the_text_names() {
        for (row, next) in Run::compute()
            .probabilities
            .rows()
            .into_iter()
            .zip(["cat", "sleeps", "."])
        {
            let (best, _) = row
                .indexed_iter()
                .max_by(|a, b| a.1.total_cmp(b.1))
                .expect("five probabilities");
            assert_eq!(VOCABULARY[best], next);
        }
    }

    #[test]
    fn the_vocabulary_begins_with_the_sentence() {
        assert_eq!(VOCABULARY[..3], TOKENS);
    }
}
