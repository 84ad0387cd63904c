//! BERT, DistilBERT and ALBERT with steps that are put together.

use bert::{Bert, BertLayer, Norm, embed};
use ndarray::{Array2, Array3, ArrayView1, ArrayView2, ArrayViewMut2, Axis, s};

use crate::products::{add_multiplied, gelu, layer_norm, masked_softmax, multiply};

/// Tokens that go through all layers together: what a layer makes of them stays in the cache of the processor.
const TOKENS: usize = 256;

/// The last states of a batch of texts, (batch, tokens, width), as exercise 17's `encode` has them.
pub(crate) fn encode(
    ids: ArrayView2<'_, usize>,
    types: ArrayView2<'_, usize>,
    mask: ArrayView2<'_, bool>,
    model: &Bert<'_>,
) -> Array3<f32> {
    let Some(layer) = model.layers.first().filter(|_| !ids.is_empty()) else {
        return embed(ids, types, &model.embeddings, model.epsilon);
    };
    let (batch, tokens) = ids.dim();
    let texts = (TOKENS / tokens.max(1)).clamp(1, batch.max(1));
    let mut states = Array3::zeros((batch, tokens, layer.output.weight.nrows()));
    let mut steps = Steps::new(model, layer, (texts, tokens));
    let parts = states.axis_chunks_iter_mut(Axis(0), texts);
    for (mut states, first) in parts.zip((0..).step_by(texts)) {
        let texts = s![first..first + states.len_of(Axis(0)), ..];
        let (ids, types, mask) = (ids.slice(texts), types.slice(texts), mask.slice(texts));
        states.assign(&embed(ids, types, &model.embeddings, model.epsilon));
        let shape = (ids.len(), states.len_of(Axis(2)));
        let x = states.into_shape_with_order(shape);
        let mut x = x.expect("the tokens of whole texts are rows one after another");
        for layer in &model.layers {
            steps.run(layer, x.view_mut(), mask);
        }
    }
    states
}

/// Results of the steps of a layer, in arrays that all layers use.
#[derive(Debug)]
struct Steps {
    heads: usize,
    epsilon: f32,
    /// Queries, keys and values of all heads: (tokens, 3 · inner).
    projected: Array2<f32>,
    /// The attention weights of one head in one text: (queries, keys).
    weights: Array2<f32>,
    /// The contexts of all heads: (tokens, inner).
    context: Array2<f32>,
    /// The numbers between the two linear layers of the feed-forward network: (tokens, inner width).
    hidden: Array2<f32>,
}

impl Steps {
    fn new(model: &Bert<'_>, layer: &BertLayer<'_>, (texts, tokens): (usize, usize)) -> Self {
        let rows = texts * tokens;
        let inner = layer.attention.w_q.nrows();
        Self {
            heads: model.heads,
            epsilon: model.epsilon,
            projected: Array2::zeros((rows, 3 * inner)),
            weights: Array2::zeros((tokens, tokens)),
            context: Array2::zeros((rows, inner)),
            hidden: Array2::zeros((rows, layer.intermediate.weight.nrows())),
        }
    }

    /// Replaces x by the output of a layer. `x` is (tokens, width), one text after another, and `mask` is (texts, tokens).
    fn run(
        &mut self,
        layer: &BertLayer<'_>,
        mut x: ArrayViewMut2<'_, f32>,
        mask: ArrayView2<'_, bool>,
    ) {
        let rows = s![..x.nrows(), ..];
        self.project(layer, x.view());
        self.attend(mask);
        // The residual connection: a product is added to what it was made from.
        let w_o = layer.attention.w_o.t();
        add_multiplied(self.context.slice(rows), w_o, x.view_mut());
        add_norm(
            x.view_mut(),
            layer.attention.b_o,
            &layer.attention_norm,
            self.epsilon,
        );

        let mut hidden = self.hidden.slice_mut(rows);
        multiply(x.view(), layer.intermediate.weight.t(), hidden.view_mut());
        gelu(
            numbers_mut(hidden.view_mut()),
            numbers(layer.intermediate.bias),
        );
        add_multiplied(hidden.view(), layer.output.weight.t(), x.view_mut());
        add_norm(x, layer.output.bias, &layer.output_norm, self.epsilon);
    }

    /// Queries, keys and values, side by side.
    fn project(&mut self, layer: &BertLayer<'_>, x: ArrayView2<'_, f32>) {
        let layer = &layer.attention;
        let inner = layer.w_q.nrows();
        let parts = [
            (layer.w_q, layer.b_q),
            (layer.w_k, layer.b_k),
            (layer.w_v, layer.b_v),
        ];
        let mut projected = self.projected.slice_mut(s![..x.nrows(), ..]);
        let columns = projected.axis_chunks_iter_mut(Axis(1), inner);
        for (mut columns, (weight, bias)) in columns.zip(parts) {
            columns.assign(&bias);
            add_multiplied(x, weight.t(), columns);
        }
    }

    /// The contexts of all heads, text by text: nothing is copied, because a head is a part of the columns.
    fn attend(&mut self, mask: ArrayView2<'_, bool>) {
        let (tokens, inner) = (mask.ncols(), self.context.ncols());
        let head_dim = inner / self.heads;
        let scale = (head_dim as f32).sqrt().recip();
        for (text, mask) in mask.rows().into_iter().enumerate() {
            let mask = mask.to_vec();
            let rows = text * tokens..(text + 1) * tokens;
            for head in 0..self.heads {
                let columns = |part: usize| {
                    let first = part * inner + head * head_dim;
                    s![rows.clone(), first..first + head_dim]
                };
                let [queries, keys, values] =
                    [0, 1, 2].map(|part| self.projected.slice(columns(part)));
                multiply(queries, keys.t(), self.weights.view_mut());
                masked_softmax(numbers_mut(self.weights.view_mut()), &mask, scale);
                multiply(
                    self.weights.view(),
                    values,
                    self.context.slice_mut(columns(0)),
                );
            }
        }
    }
}

/// The layer norm of x + b.
fn add_norm(x: ArrayViewMut2<'_, f32>, bias: ArrayView1<'_, f32>, norm: &Norm<'_>, epsilon: f32) {
    let norm = (numbers(norm.gamma), numbers(norm.beta));
    layer_norm(numbers_mut(x), numbers(bias), norm, epsilon);
}

fn numbers<'a>(vector: ArrayView1<'a, f32>) -> &'a [f32] {
    vector
        .to_slice()
        .expect("a vector of a checkpoint is in one piece")
}

fn numbers_mut<'a>(rows: ArrayViewMut2<'a, f32>) -> &'a mut [f32] {
    rows.into_slice().expect("whole rows are in one piece")
}
