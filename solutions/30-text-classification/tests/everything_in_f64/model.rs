//! The classifier for one text, there and back.

use ndarray::{Array1, Array2, ArrayD, Axis, Ix1, Ix2, s};
use training::Tensors;

/// The ε of the layer norm.
const EPSILON: f64 = 1e-5;

/// A linear layer, or its gradients.
struct Linear {
    weight: Array2<f64>,
    bias: Array1<f64>,
}

impl Linear {
    fn forward(&self, x: &Array2<f64>) -> Array2<f64> {
        x.dot(&self.weight.t()) + &self.bias
    }

    /// Adds the gradients of a layer with this input, and returns that of the input.
    fn backward(&self, x: &Array2<f64>, dy: &Array2<f64>, sums: &mut Self) -> Array2<f64> {
        sums.weight += &dy.t().dot(x);
        sums.bias += &dy.sum_axis(Axis(0));
        dy.dot(&self.weight)
    }
}

/// The parameters of the classifier, or the gradients of all.
pub(super) struct Model {
    token: Array2<f64>,
    position: Array2<f64>,
    q: Linear,
    k: Linear,
    v: Linear,
    o: Linear,
    gamma: Array1<f64>,
    beta: Array1<f64>,
    head: Linear,
    heads: usize,
}

impl Model {
    pub(super) fn new(parameters: &Tensors, heads: usize) -> Self {
        let matrix = |name: &str| -> Array2<f64> {
            let tensor = parameters[name].view().into_dimensionality::<Ix2>();
            tensor.expect("a matrix").mapv(f64::from)
        };
        let vector = |name: &str| -> Array1<f64> {
            let tensor = parameters[name].view().into_dimensionality::<Ix1>();
            tensor.expect("a vector").mapv(f64::from)
        };
        let linear = |name: &str| Linear {
            weight: matrix(&format!("w_{name}")),
            bias: vector(&format!("b_{name}")),
        };
        Self {
            token: matrix("token_embedding"),
            position: matrix("position_embedding"),
            q: linear("q"),
            k: linear("k"),
            v: linear("v"),
            o: linear("o"),
            gamma: vector("gamma"),
            beta: vector("beta"),
            head: linear("head"),
            heads,
        }
    }

    pub(super) fn d_model(&self) -> usize {
        self.token.ncols()
    }

    pub(super) fn classes(&self) -> usize {
        self.head.bias.len()
    }

    /// Gradients of 0.
    pub(super) fn zeros(&self) -> Self {
        let linear = |layer: &Linear| Linear {
            weight: Array2::zeros(layer.weight.raw_dim()),
            bias: Array1::zeros(layer.bias.raw_dim()),
        };
        Self {
            token: Array2::zeros(self.token.raw_dim()),
            position: Array2::zeros(self.position.raw_dim()),
            q: linear(&self.q),
            k: linear(&self.k),
            v: linear(&self.v),
            o: linear(&self.o),
            gamma: Array1::zeros(self.gamma.raw_dim()),
            beta: Array1::zeros(self.beta.raw_dim()),
            head: linear(&self.head),
            heads: self.heads,
        }
    }

    pub(super) fn into_tensors(self) -> Tensors {
        let mut tensors = Tensors::new();
        let mut insert = |name: &str, tensor: ArrayD<f64>| {
            tensors.insert(name.to_owned(), tensor.mapv(|entry| entry as f32));
        };
        insert("token_embedding", self.token.into_dyn());
        insert("position_embedding", self.position.into_dyn());
        insert("gamma", self.gamma.into_dyn());
        insert("beta", self.beta.into_dyn());
        for (name, layer) in [
            ("q", self.q),
            ("k", self.k),
            ("v", self.v),
            ("o", self.o),
            ("head", self.head),
        ] {
            insert(&format!("w_{name}"), layer.weight.into_dyn());
            insert(&format!("b_{name}"), layer.bias.into_dyn());
        }
        tensors
    }
}

/// One text on its way through the model.
pub(super) struct Text {
    tokens: Vec<usize>,
    mask: Vec<bool>,
    /// The factors by which dropout multiplies the features.
    factors: Array1<f64>,
    pub(super) x: Array2<f64>,
    qkv: [Array2<f64>; 3],
    /// The attention weights of each head.
    weights: Vec<Array2<f64>>,
    context: Array2<f64>,
    pub(super) a: Array2<f64>,
    /// The normalised rows, before γ, and the deviation of each.
    normalised: Array2<f64>,
    deviations: Array1<f64>,
    pub(super) h: Array2<f64>,
    pub(super) dropped: Array1<f64>,
    pub(super) logits: Array1<f64>,
}

impl Text {
    pub(super) fn new(
        model: &Model,
        tokens: Vec<usize>,
        mask: Vec<bool>,
        factors: Array1<f64>,
    ) -> Self {
        let (length, d_model) = (tokens.len(), model.d_model());
        let x = Array2::from_shape_fn((length, d_model), |(position, feature)| {
            model.token[(tokens[position], feature)] + model.position[(position, feature)]
        });
        let qkv = [&model.q, &model.k, &model.v].map(|layer| layer.forward(&x));
        let head_dim = d_model / model.heads;
        let mut context: Array2<f64> = Array2::zeros((length, d_model));
        let mut weights = Vec::new();
        for head in 0..model.heads {
            let columns = s![.., head * head_dim..(head + 1) * head_dim];
            let [q, k, v] = qkv.each_ref().map(|all| all.slice(columns));
            let mut scores = q.dot(&k.t()) / (head_dim as f64).sqrt();
            for mut row in scores.rows_mut() {
                let mut sum = 0.0;
                for (score, &is_word) in row.iter_mut().zip(&mask) {
                    *score = if is_word { score.exp() } else { 0.0 };
                    sum += *score;
                }
                if sum > 0.0 {
                    row /= sum;
                }
            }
            context.slice_mut(columns).assign(&scores.dot(&v));
            weights.push(scores);
        }
        let a = &x + &model.o.forward(&context);

        let mut normalised = a.clone();
        let mut deviations: Array1<f64> = Array1::zeros(length);
        for (mut row, deviation) in normalised.rows_mut().into_iter().zip(&mut deviations) {
            let mean = row.sum() / d_model as f64;
            row -= mean;
            let variance = row.iter().map(|entry| entry * entry).sum::<f64>() / d_model as f64;
            *deviation = (variance + EPSILON).sqrt();
            row /= *deviation;
        }
        let h = &normalised * &model.gamma + &model.beta;
        let mut pooled: Array1<f64> = Array1::zeros(d_model);
        let counted = mask.iter().filter(|&&is_word| is_word).count();
        for (row, &is_word) in h.rows().into_iter().zip(&mask) {
            if is_word {
                pooled.scaled_add(1.0 / counted as f64, &row);
            }
        }
        let dropped = pooled * &factors;
        let logits = model.head.weight.dot(&dropped) + &model.head.bias;
        Self {
            tokens,
            mask,
            factors,
            x,
            qkv,
            weights,
            context,
            a,
            normalised,
            deviations,
            h,
            dropped,
            logits,
        }
    }

    /// Adds the gradients of all parameters, from that of the logits.
    pub(super) fn backward(&self, model: &Model, dlogits: &Array1<f64>, sums: &mut Model) {
        let (length, d_model) = self.x.dim();
        let rows = (
            self.dropped.clone().insert_axis(Axis(0)),
            dlogits.clone().insert_axis(Axis(0)),
        );
        let ddropped = model.head.backward(&rows.0, &rows.1, &mut sums.head);
        let dpooled = &ddropped.row(0) * &self.factors;
        let counted = self.mask.iter().filter(|&&is_word| is_word).count();

        let mut da: Array2<f64> = Array2::zeros((length, d_model));
        for position in (0..length).filter(|&position| self.mask[position]) {
            let dh = &dpooled / counted as f64;
            let normalised = self.normalised.row(position);
            sums.gamma += &(&dh * &normalised);
            sums.beta += &dh;
            let g = dh * &model.gamma;
            let (mean, product) = (
                g.sum() / d_model as f64,
                g.dot(&normalised) / d_model as f64,
            );
            let row = (&g - mean - &(&normalised * product)) / self.deviations[position];
            da.row_mut(position).assign(&row);
        }

        let dcontext = model.o.backward(&self.context, &da, &mut sums.o);
        let head_dim = d_model / model.heads;
        let mut dqkv = [(); 3].map(|()| Array2::<f64>::zeros((length, d_model)));
        for (head, weights) in self.weights.iter().enumerate() {
            let columns = s![.., head * head_dim..(head + 1) * head_dim];
            let [q, k, v] = self.qkv.each_ref().map(|all| all.slice(columns));
            let dy = dcontext.slice(columns);
            let dweights = dy.dot(&v.t());
            let mean = (weights * &dweights).sum_axis(Axis(1));
            let dscores =
                weights * &(dweights - &mean.insert_axis(Axis(1))) / (head_dim as f64).sqrt();
            dqkv[0].slice_mut(columns).assign(&dscores.dot(&k));
            dqkv[1].slice_mut(columns).assign(&dscores.t().dot(&q));
            dqkv[2].slice_mut(columns).assign(&weights.t().dot(&dy));
        }
        let mut dx = da;
        dx += &model.q.backward(&self.x, &dqkv[0], &mut sums.q);
        dx += &model.k.backward(&self.x, &dqkv[1], &mut sums.k);
        dx += &model.v.backward(&self.x, &dqkv[2], &mut sums.v);
        for (position, &token) in self.tokens.iter().enumerate() {
            let dx = dx.row(position);
            sums.token.row_mut(token).scaled_add(1.0, &dx);
            sums.position.row_mut(position).scaled_add(1.0, &dx);
        }
    }
}
