//! Attention key by key, as FlashAttention does it, and heads that are columns of the projected matrices.

use attention_backward::{AttentionGradients, MultiHeadGradients, ProjectionGradients};
use attentive_given::linear;
use attentive_variants::softmax;
use backward::linear_backward;
use ndarray::{Array1, Array2, Array3, Axis, s};

use super::{Head, Layer};

/// As FlashAttention does it: the output of each query is kept, with the maximum and the sum of its softmax; the row sum
/// is that of dy ⊙ y, and keys are visited one after the other.
pub(crate) fn attention(x: &Head<'_>) -> AttentionGradients {
    let q = &x.q / (x.q.ncols() as f32).sqrt();
    let queries = q.nrows();
    let allowed = |i: usize, j: usize| x.mask.is_none_or(|mask| mask[(i, j)]);
    let score = |i: usize, j: usize| q.row(i).dot(&x.k.row(j));
    let mut softmaxes = Vec::new();
    for i in 0..queries {
        let (mut largest, mut sum) = (f32::MIN, 0.0);
        for j in (0..x.k.nrows()).filter(|&j| allowed(i, j)) {
            let higher = score(i, j).max(largest);
            sum = sum * (largest - higher).exp() + (score(i, j) - higher).exp();
            largest = higher;
        }
        softmaxes.push((largest, sum));
    }
    let weight = |i: usize, j: usize| {
        let (largest, sum) = softmaxes[i];
        if allowed(i, j) {
            (score(i, j) - largest).exp() / sum
        } else {
            0.0
        }
    };
    let mut output = Array2::<f32>::zeros(x.dy.raw_dim());
    for j in 0..x.k.nrows() {
        for i in 0..queries {
            output.row_mut(i).scaled_add(weight(i, j), &x.v.row(j));
        }
    }
    let row_sums = (&output * &x.dy).sum_axis(Axis(1));
    let mut dq = Array2::zeros(x.q.raw_dim());
    let (mut dk, mut dv) = (Array2::zeros(x.k.raw_dim()), Array2::zeros(x.v.raw_dim()));
    for j in 0..x.k.nrows() {
        let weights = Array1::from_shape_fn(queries, |i| weight(i, j));
        let dscores = (x.dy.dot(&x.v.row(j)) - &row_sums) * &weights;
        dv.row_mut(j).assign(&x.dy.t().dot(&weights));
        // Queries are divided already.
        dk.row_mut(j).assign(&q.t().dot(&dscores));
        for (i, dscore) in dscores.iter().enumerate() {
            dq.row_mut(i).scaled_add(*dscore, &x.k.row(j));
        }
    }
    AttentionGradients {
        dq: dq / (x.q.ncols() as f32).sqrt(),
        dk,
        dv,
    }
}

/// Heads are never split: each reads and writes its own columns of (batch, length, inner).
pub(crate) fn multi_head(x: &Layer<'_>) -> MultiHeadGradients {
    let p = &x.projections;
    let q = linear(x.query, p.w_q, Some(p.b_q));
    let k = linear(x.key, p.w_k, Some(p.b_k));
    let v = linear(x.value, p.w_v, Some(p.b_v));
    let dmerged = linear(x.dy, p.w_o.t(), None);
    let [mut merged, mut dq] = [(); 2].map(|()| Array3::zeros(q.raw_dim()));
    let [mut dk, mut dv] = [(); 2].map(|()| Array3::zeros(k.raw_dim()));
    for b in 0..x.batch() {
        for h in 0..x.heads {
            let mine = s![b, .., h * x.head_dim()..(h + 1) * x.head_dim()];
            let head = Head {
                q: q.slice(mine),
                k: k.slice(mine),
                v: v.slice(mine),
                mask: x.mask_of(b),
                dy: dmerged.slice(mine),
            };
            let scores = head.q.dot(&head.k.t()) / (x.head_dim() as f32).sqrt();
            let weights = softmax::with_a_sentinel(scores, head.mask);
            merged.slice_mut(mine).assign(&weights.dot(&head.v));
            let gradients = attention(&head);
            dq.slice_mut(mine).assign(&gradients.dq);
            dk.slice_mut(mine).assign(&gradients.dk);
            dv.slice_mut(mine).assign(&gradients.dv);
        }
    }
    MultiHeadGradients::from_layers(
        linear_backward(x.query, p.w_q, dq.view()),
        linear_backward(x.key, p.w_k, dk.view()),
        linear_backward(x.value, p.w_v, dv.view()),
        linear_backward(merged.view(), p.w_o, x.dy),
    )
}

/// Sequence by sequence, as a program does that accumulates gradients.
pub(crate) fn self_attention(x: &Layer<'_>) -> (Array3<f32>, ProjectionGradients) {
    let mut dx = Array3::zeros(x.query.raw_dim());
    let mut sum: Option<ProjectionGradients> = None;
    for b in 0..x.batch() {
        let one = s![b..=b, .., ..];
        let sequence = x.query.slice_move(one);
        let gradients = multi_head(&Layer {
            query: sequence,
            key: sequence,
            value: sequence,
            projections: x.projections,
            heads: x.heads,
            mask: x.mask.map(|mask| mask.slice_move(one)),
            dy: x.dy.slice_move(one),
        });
        dx.slice_mut(one)
            .assign(&(gradients.dvalue + gradients.dquery + gradients.dkey));
        let next = gradients.projections;
        sum = Some(match sum {
            None => next,
            Some(sum) => ProjectionGradients {
                dw_q: sum.dw_q + next.dw_q,
                db_q: sum.db_q + next.db_q,
                dw_k: sum.dw_k + next.dw_k,
                db_k: sum.db_k + next.db_k,
                dw_v: sum.dw_v + next.dw_v,
                db_v: sum.db_v + next.db_v,
                dw_o: sum.dw_o + next.dw_o,
                db_o: sum.db_o + next.db_o,
            },
        });
    }
    (dx, sum.expect("a sequence"))
}
