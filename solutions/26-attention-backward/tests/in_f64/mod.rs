//! Everything in `f64`, and every head with its own rows and columns of the matrices.

use attention_backward::{AttentionGradients, MultiHeadGradients, ProjectionGradients};
use attentive_variants::linear::in_f64 as linear;
use attentive_variants::softmax;
use backward::LinearGradients;
use ndarray::{
    Array, Array1, Array2, Array3, ArrayView1, ArrayView2, ArrayView3, Axis, Dimension, Ix3, s,
};

use super::{Head, Layer};

fn narrow<D: Dimension>(array: &Array<f64, D>) -> Array<f32, D> {
    array.mapv(|entry| entry as f32)
}

fn wide(matrix: ArrayView2<'_, f32>) -> Array2<f64> {
    matrix.mapv(f64::from)
}

/// dQ, dK and dV in f64, with the weights.
fn gradients(
    [q, k, v]: [&Array2<f64>; 3],
    mask: Option<ArrayView2<'_, bool>>,
    dy: &Array2<f64>,
) -> ([Array2<f64>; 3], Array2<f64>) {
    let scale = (q.ncols() as f64).sqrt().recip();
    let weights = softmax::in_f64(q.dot(&k.t()) * scale, mask);
    let dweights = dy.dot(&v.t());
    let mean = (&weights * &dweights).sum_axis(Axis(1));
    let dscores = (dweights - mean.insert_axis(Axis(1))) * &weights * scale;
    let dv = weights.t().dot(dy);
    ([dscores.dot(k), dscores.t().dot(q), dv], weights)
}

pub(crate) fn attention(x: &Head<'_>) -> AttentionGradients {
    let [q, k, v, dy] = [x.q, x.k, x.v, x.dy].map(wide);
    let ([dq, dk, dv], _) = gradients([&q, &k, &v], x.mask, &dy);
    AttentionGradients {
        dq: narrow(&dq),
        dk: narrow(&dk),
        dv: narrow(&dv),
    }
}

/// The gradients of a linear layer in f64, to which heads and batch elements are added.
struct WideLayer {
    dx: Array3<f64>,
    dw: Array2<f64>,
    db: Array1<f64>,
}

impl WideLayer {
    fn zeros(x: ArrayView3<'_, f32>, weight: ArrayView2<'_, f32>) -> Self {
        Self {
            dx: Array3::zeros(x.raw_dim()),
            dw: Array2::zeros(weight.raw_dim()),
            db: Array1::zeros(weight.nrows()),
        }
    }

    /// Adds the share of one head of one batch element: `rows` are the rows of W that it owns.
    fn add(
        &mut self,
        element: usize,
        rows: std::ops::Range<usize>,
        [x, weight]: [&Array2<f64>; 2],
        dy: &Array2<f64>,
    ) {
        let mut dx = self.dx.index_axis_mut(Axis(0), element);
        dx += &dy.dot(&weight.slice(s![rows.clone(), ..]));
        let mut dw = self.dw.slice_mut(s![rows.clone(), ..]);
        dw += &dy.t().dot(x);
        let mut db = self.db.slice_mut(s![rows]);
        db += &dy.sum_axis(Axis(0));
    }

    fn narrow(&self) -> LinearGradients<Ix3> {
        LinearGradients {
            dx: narrow(&self.dx),
            dw: narrow(&self.dw),
            db: narrow(&self.db),
        }
    }
}

/// Every head with its own rows of W_Q, W_K and W_V and its own columns of W_O, in f64.
pub(crate) fn multi_head(x: &Layer<'_>) -> MultiHeadGradients {
    let p = &x.projections;
    let mut layers = [(x.query, p.w_q), (x.key, p.w_k), (x.value, p.w_v)]
        .map(|(input, weight)| WideLayer::zeros(input, weight));
    let weights = [p.w_q, p.w_k, p.w_v].map(wide);
    let (w_o, mut dw_o) = (wide(p.w_o), Array2::<f64>::zeros(p.w_o.raw_dim()));
    let mut db_o = Array1::<f64>::zeros(p.b_o.len());
    for b in 0..x.batch() {
        let inputs = [x.query, x.key, x.value].map(|x| wide(x.index_axis(Axis(0), b)));
        let dy = wide(x.dy.index_axis(Axis(0), b));
        db_o += &dy.sum_axis(Axis(0));
        for h in 0..x.heads {
            let mine = h * x.head_dim()..(h + 1) * x.head_dim();
            let project =
                |x: ArrayView3<'_, f32>, w: ArrayView2<'_, f32>, bias: ArrayView1<'_, f32>| {
                    let (w, bias) = (w.slice(s![mine.clone(), ..]), bias.slice(s![mine.clone()]));
                    linear(x.index_axis(Axis(0), b), w, Some(bias))
                };
            let q = project(x.query, p.w_q, p.b_q);
            let k = project(x.key, p.w_k, p.b_k);
            let v = project(x.value, p.w_v, p.b_v);
            let dcontext = dy.dot(&w_o.slice(s![.., mine.clone()]));
            let (gradients, attention) = gradients([&q, &k, &v], x.mask_of(b), &dcontext);
            let mut dw_o = dw_o.slice_mut(s![.., mine.clone()]);
            dw_o += &dy.t().dot(&attention.dot(&v));
            for (i, gradient) in gradients.iter().enumerate() {
                layers[i].add(b, mine.clone(), [&inputs[i], &weights[i]], gradient);
            }
        }
    }
    let [query, key, value] = layers.map(|layer| layer.narrow());
    let output = LinearGradients {
        dx: Array3::zeros(x.dy.raw_dim()),
        dw: narrow(&dw_o),
        db: narrow(&db_o),
    };
    MultiHeadGradients::from_layers(query, key, value, output)
}

pub(crate) fn self_attention(x: &Layer<'_>) -> (Array3<f32>, ProjectionGradients) {
    let gradients = multi_head(x);
    let dx = gradients.dvalue + gradients.dkey + gradients.dquery;
    (dx, gradients.projections)
}
