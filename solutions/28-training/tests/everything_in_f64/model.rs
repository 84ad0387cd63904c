//! The decoder in `f64`, position by position where that is possible.

use ndarray::{
    Array, Array1, Array2, Array3, ArrayView, ArrayView1, ArrayView2, Axis, Dimension, s,
};
use training::{Batch, BlockWeights, Tensors, decoder};

use super::Wide;

const EPSILON: f64 = 1e-5;

fn wide<D: Dimension>(x: ArrayView<'_, f32, D>) -> Array<f64, D> {
    x.mapv(f64::from)
}

/// Rows of (batch, length, features), and back.
fn rows(x: &Array3<f64>) -> Array2<f64> {
    let (batch, length, features) = x.dim();
    let rows = x.to_shape((batch * length, features));
    rows.expect("as many entries").to_owned()
}

fn like(rows: &Array2<f64>, (batch, length, _): (usize, usize, usize)) -> Array3<f64> {
    let all = rows.to_shape((batch, length, rows.ncols()));
    all.expect("as many entries").to_owned()
}

/// A layer norm of rows.
struct Norm {
    gamma: Array1<f64>,
    beta: Array1<f64>,
}

impl Norm {
    fn new(gamma: ArrayView1<'_, f32>, beta: ArrayView1<'_, f32>) -> Self {
        Self {
            gamma: wide(gamma),
            beta: wide(beta),
        }
    }

    /// The normalised rows before γ, and the deviation of each.
    fn normalised(x: &Array2<f64>) -> (Array2<f64>, Array1<f64>) {
        let features = x.ncols() as f64;
        let centred = x - &(x.sum_axis(Axis(1)) / features).insert_axis(Axis(1));
        let variance = (&centred * &centred).sum_axis(Axis(1)) / features;
        let deviation = variance.mapv(|variance| (variance + EPSILON).sqrt());
        let normalised = centred / deviation.view().insert_axis(Axis(1));
        (normalised, deviation)
    }

    fn forward(&self, x: &Array2<f64>) -> Array2<f64> {
        Self::normalised(x).0 * &self.gamma + &self.beta
    }

    /// dx, dγ and dβ.
    fn backward(&self, x: &Array2<f64>, dy: &Array2<f64>) -> (Array2<f64>, [Array1<f64>; 2]) {
        let (normalised, deviation) = Self::normalised(x);
        let features = x.ncols() as f64;
        let g = dy * &self.gamma;
        let mean = (g.sum_axis(Axis(1)) / features).insert_axis(Axis(1));
        let product = ((&g * &normalised).sum_axis(Axis(1)) / features).insert_axis(Axis(1));
        let dx = (g - &mean - &normalised * &product) / deviation.insert_axis(Axis(1));
        (
            dx,
            [(dy * &normalised).sum_axis(Axis(0)), dy.sum_axis(Axis(0))],
        )
    }
}

/// A linear layer with a weight of (in, out).
struct Linear {
    weight: Array2<f64>,
    bias: Array1<f64>,
}

impl Linear {
    fn new(layer: gpt::Linear<'_>) -> Self {
        Self {
            weight: wide(layer.weight),
            bias: wide(layer.bias),
        }
    }

    fn forward(&self, x: &Array2<f64>) -> Array2<f64> {
        x.dot(&self.weight) + &self.bias
    }

    /// dx, dW and db.
    fn backward(
        &self,
        x: &Array2<f64>,
        dy: &Array2<f64>,
    ) -> (Array2<f64>, Array2<f64>, Array1<f64>) {
        (
            dy.dot(&self.weight.t()),
            x.t().dot(dy),
            dy.sum_axis(Axis(0)),
        )
    }
}

/// GELU and its slope.
fn gelu(x: f64) -> [f64; 2] {
    let factor = std::f64::consts::FRAC_2_PI.sqrt();
    let tanh = (factor * (x + 0.044715 * x.powi(3))).tanh();
    let inner = factor * (1.0 + 0.134145 * x.powi(2));
    [
        0.5 * x * (1.0 + tanh),
        0.5 * (1.0 + tanh) + 0.5 * x * (1.0 - tanh.powi(2)) * inner,
    ]
}

/// One block.
pub(super) struct Block {
    norms: [Norm; 2],
    qkv: Linear,
    output: Linear,
    widen: Linear,
    narrow: Linear,
    heads: usize,
}

impl Block {
    pub(super) fn new(weights: &BlockWeights<'_>, heads: usize) -> Self {
        Self {
            norms: [weights.norm_1, weights.norm_2].map(|norm| Norm::new(norm.gamma, norm.beta)),
            qkv: Linear::new(weights.qkv),
            output: Linear::new(weights.attention_output),
            widen: Linear::new(weights.widen),
            narrow: Linear::new(weights.narrow),
            heads,
        }
    }

    /// The weights of a head, from its queries and keys: no key after the query.
    fn weights(q: ArrayView2<'_, f64>, k: ArrayView2<'_, f64>) -> Array2<f64> {
        let scale = (q.ncols() as f64).sqrt();
        let mut weights = Array2::zeros((q.nrows(), k.nrows()));
        for query in 0..q.nrows() {
            let scores: Vec<f64> = (0..=query)
                .map(|key| q.row(query).dot(&k.row(key)) / scale)
                .collect();
            let largest = scores.iter().copied().fold(f64::MIN, f64::max);
            let sum: f64 = scores.iter().map(|score| (score - largest).exp()).sum();
            for (key, score) in scores.into_iter().enumerate() {
                weights[(query, key)] = (score - largest).exp() / sum;
            }
        }
        weights
    }

    /// The contexts of all heads, and, if their gradient is there, that of queries, keys and values.
    fn attend(&self, qkv: &Array3<f64>, dcontexts: Option<&Array3<f64>>) -> [Array3<f64>; 2] {
        let (batch, length, three) = qkv.dim();
        let (d_model, width) = (three / 3, three / 3 / self.heads);
        let mut contexts = Array3::zeros((batch, length, d_model));
        let mut dqkv = Array3::zeros(qkv.raw_dim());
        for b in 0..batch {
            for head in 0..self.heads {
                let columns = |third: usize| {
                    let from = third * d_model + head * width;
                    s![b, .., from..from + width]
                };
                let [q, k, v] = [0, 1, 2].map(|third| qkv.slice(columns(third)));
                let weights = Self::weights(q, k);
                contexts.slice_mut(columns(0)).assign(&weights.dot(&v));
                let Some(dcontexts) = dcontexts else { continue };
                let dcontext = dcontexts.slice(columns(0));
                let dweights = dcontext.dot(&v.t());
                let mean = (&weights * &dweights)
                    .sum_axis(Axis(1))
                    .insert_axis(Axis(1));
                let dscores = &weights * (dweights - mean) / (width as f64).sqrt();
                dqkv.slice_mut(columns(0)).assign(&dscores.dot(&k));
                dqkv.slice_mut(columns(1)).assign(&dscores.t().dot(&q));
                dqkv.slice_mut(columns(2))
                    .assign(&weights.t().dot(&dcontext));
            }
        }
        [contexts, dqkv]
    }

    /// a, and the output.
    fn forward(&self, x: &Array3<f64>) -> [Array2<f64>; 2] {
        let normed = self.norms[0].forward(&rows(x));
        let qkv = like(&self.qkv.forward(&normed), x.dim());
        let [contexts, _] = self.attend(&qkv, None);
        let a = rows(x) + self.output.forward(&rows(&contexts));
        let hidden = self.widen.forward(&self.norms[1].forward(&a));
        let y = &a + &self.narrow.forward(&hidden.mapv(|x| gelu(x)[0]));
        [a, y]
    }

    /// dx, and the gradients of the weights by their names.
    pub(super) fn backward(&self, x: &Array3<f64>, dy: &Array3<f64>) -> (Array3<f64>, Wide) {
        let (x_rows, dy) = (rows(x), rows(dy));
        let [a, _] = self.forward(x);
        let normed = self.norms[1].forward(&a);
        let hidden = self.widen.forward(&normed);
        let (mut dhidden, dw_proj, db_proj) =
            self.narrow.backward(&hidden.mapv(|x| gelu(x)[0]), &dy);
        dhidden.zip_mut_with(&hidden, |dhidden, &x| *dhidden *= gelu(x)[1]);
        let (dnormed, dw_fc, db_fc) = self.widen.backward(&normed, &dhidden);
        let (through_norm, [dgamma_2, dbeta_2]) = self.norms[1].backward(&a, &dnormed);
        let da = dy + through_norm;

        let normed = self.norms[0].forward(&x_rows);
        let qkv = like(&self.qkv.forward(&normed), x.dim());
        let [contexts, _] = self.attend(&qkv, None);
        let (dcontexts, dw_o, db_o) = self.output.backward(&rows(&contexts), &da);
        let [_, dqkv] = self.attend(&qkv, Some(&like(&dcontexts, x.dim())));
        let (dnormed, dw_qkv, db_qkv) = self.qkv.backward(&normed, &rows(&dqkv));
        let (through_norm, [dgamma_1, dbeta_1]) = self.norms[0].backward(&x_rows, &dnormed);
        let dx = like(&(da + through_norm), x.dim());

        let vectors = [
            ("gamma_1", dgamma_1),
            ("beta_1", dbeta_1),
            ("b_qkv", db_qkv),
            ("b_o", db_o),
            ("gamma_2", dgamma_2),
            ("beta_2", dbeta_2),
            ("b_fc", db_fc),
            ("b_proj", db_proj),
        ];
        let matrices = [
            ("w_qkv", dw_qkv),
            ("w_o", dw_o),
            ("w_fc", dw_fc),
            ("w_proj", dw_proj),
        ];
        let vectors = vectors.map(|(name, gradient)| (name.to_owned(), gradient.into_dyn()));
        let matrices = matrices.map(|(name, gradient)| (name.to_owned(), gradient.into_dyn()));
        (dx, vectors.into_iter().chain(matrices).collect())
    }
}

/// The whole model.
pub(super) struct Decoder {
    tokens: Array2<f64>,
    positions: Array2<f64>,
    blocks: Vec<Block>,
    norm: Norm,
}

impl Decoder {
    pub(super) fn new(parameters: &Tensors, heads: usize) -> Self {
        let model = decoder(parameters, heads);
        Self {
            tokens: wide(model.token_embedding),
            positions: wide(model.position_embedding),
            blocks: model
                .blocks
                .iter()
                .map(|weights| Block::new(weights, heads))
                .collect(),
            norm: Norm::new(model.final_norm.gamma, model.final_norm.beta),
        }
    }

    /// The loss, the number of positions that count, and all gradients.
    pub(super) fn learn(&self, batch: &Batch, ignored: usize) -> (f64, usize, Wide) {
        let (sequences, length) = batch.inputs.dim();
        let mut x = Array3::zeros((sequences, length, self.tokens.ncols()));
        for ((sequence, position), &token) in batch.inputs.indexed_iter() {
            let vector = &self.tokens.row(token) + &self.positions.row(position);
            x.slice_mut(s![sequence, position, ..]).assign(&vector);
        }
        let mut inputs = vec![x];
        for block in &self.blocks {
            let x = &inputs[inputs.len() - 1];
            let [_, y] = block.forward(x);
            inputs.push(like(&y, x.dim()));
        }
        let last = inputs.pop().expect("at least the embedding");
        let normed = self.norm.forward(&rows(&last));
        let (loss, counted, dlogits) = costs(&normed.dot(&self.tokens.t()), batch, ignored);

        let mut dtokens = dlogits.t().dot(&normed);
        let (dlast, [dgamma, dbeta]) = self.norm.backward(&rows(&last), &dlogits.dot(&self.tokens));
        let mut dx = like(&dlast, last.dim());
        let mut all = Wide::new();
        for (index, block) in self.blocks.iter().enumerate().rev() {
            let (dinput, of_block) = block.backward(&inputs[index], &dx);
            all.extend(
                of_block
                    .into_iter()
                    .map(|(name, gradient)| (format!("blocks.{index}.{name}"), gradient)),
            );
            dx = dinput;
        }
        let mut dpositions = Array2::zeros(self.positions.raw_dim());
        for ((sequence, position), &token) in batch.inputs.indexed_iter() {
            let vector = dx.slice(s![sequence, position, ..]);
            let mut of_token = dtokens.row_mut(token);
            of_token += &vector;
            let mut of_position = dpositions.row_mut(position);
            of_position += &vector;
        }
        all.insert("token_embedding".to_owned(), dtokens.into_dyn());
        all.insert("position_embedding".to_owned(), dpositions.into_dyn());
        all.insert("gamma_f".to_owned(), dgamma.into_dyn());
        all.insert("beta_f".to_owned(), dbeta.into_dyn());
        (loss, counted, all)
    }
}

/// The loss of rows of logits, the number of those that count, and the gradient of all.
fn costs(logits: &Array2<f64>, batch: &Batch, ignored: usize) -> (f64, usize, Array2<f64>) {
    let counted = batch
        .targets
        .iter()
        .filter(|&&target| target != ignored)
        .count();
    let mut dlogits = Array2::zeros(logits.raw_dim());
    let mut sum = 0.0;
    for (row, &target) in batch.targets.iter().enumerate() {
        if target == ignored {
            continue;
        }
        let scores = logits.row(row);
        let largest = scores.fold(f64::MIN, |largest, &score| largest.max(score));
        let total = scores.mapv(|score| (score - largest).exp()).sum();
        sum += total.ln() + largest - scores[target];
        let mut gradient = scores.mapv(|score| (score - largest).exp() / total);
        gradient[target] -= 1.0;
        dlogits.row_mut(row).assign(&(gradient / counted as f64));
    }
    (sum / counted.max(1) as f64, counted, dlogits)
}
