//! Loops over single entries, with the whole Jacobian of the softmax, and each head as a layer of its own.

use attention_backward::{AttentionGradients, MultiHeadGradients, ProjectionGradients};
use attentive_given::linear;
use attentive_variants::softmax;
use backward::{LinearGradients, linear_backward};
use ndarray::{Array2, Array3, ArrayView1, Axis, Ix3, concatenate, s, stack};

use super::{Head, Layer};

/// Each entry of dS by the whole Jacobian of the softmax, from the last to the first.
pub(crate) fn attention(x: &Head<'_>) -> AttentionGradients {
    let root = (x.k.ncols() as f32).sqrt();
    let scores = Array2::from_shape_fn((x.q.nrows(), x.k.nrows()), |(i, j)| {
        x.q.row(i).dot(&x.k.row(j)) / root
    });
    let p = softmax::of_allowed(scores.view(), x.mask);
    let (mut dq, mut dk) = (Array2::zeros(x.q.raw_dim()), Array2::zeros(x.k.raw_dim()));
    let mut dv = Array2::zeros(x.v.raw_dim());
    for i in (0..x.q.nrows()).rev() {
        for j in (0..x.k.nrows()).rev() {
            let mut dscore = 0.0;
            for l in (0..x.k.nrows()).rev() {
                let same = if j == l { 1.0 } else { 0.0 };
                dscore += x.dy.row(i).dot(&x.v.row(l)) * p[(i, l)] * (same - p[(i, j)]);
            }
            dq.row_mut(i).scaled_add(dscore / root, &x.k.row(j));
            dk.row_mut(j).scaled_add(dscore / root, &x.q.row(i));
            dv.row_mut(j).scaled_add(p[(i, j)], &x.dy.row(i));
        }
    }
    AttentionGradients { dq, dk, dv }
}

/// Each head as a layer of its own for the whole batch; dx is the sum over heads, and the gradients of the weights are put
/// on top of each other.
pub(crate) fn multi_head(x: &Layer<'_>) -> MultiHeadGradients {
    let p = &x.projections;
    let mut heads = Vec::new();
    for h in 0..x.heads {
        let mine = h * x.head_dim()..(h + 1) * x.head_dim();
        let rows = s![mine.clone(), ..];
        let own = |bias: ArrayView1<'_, f32>| bias.slice(s![mine.clone()]).to_owned();
        let q = linear(x.query, p.w_q.slice(rows), Some(own(p.b_q).view()));
        let k = linear(x.key, p.w_k.slice(rows), Some(own(p.b_k).view()));
        let v = linear(x.value, p.w_v.slice(rows), Some(own(p.b_v).view()));
        let columns = p.w_o.slice(s![.., mine.clone()]);
        let dcontext = linear(x.dy, columns.t(), None);
        let [mut context, mut dq] = [(); 2].map(|()| Array3::zeros(q.raw_dim()));
        let [mut dk, mut dv] = [(); 2].map(|()| Array3::zeros(k.raw_dim()));
        for b in (0..x.batch()).rev() {
            let of = |array: &Array3<f32>| array.index_axis(Axis(0), b).to_owned();
            let (q, k, v, dy) = (of(&q), of(&k), of(&v), of(&dcontext));
            let head = Head {
                q: q.view(),
                k: k.view(),
                v: v.view(),
                mask: x.mask_of(b),
                dy: dy.view(),
            };
            let scores = q.dot(&k.t()) / (k.ncols() as f32).sqrt();
            let weights = softmax::of_allowed(scores.view(), head.mask);
            context.index_axis_mut(Axis(0), b).assign(&weights.dot(&v));
            let gradients = attention(&head);
            dq.index_axis_mut(Axis(0), b).assign(&gradients.dq);
            dk.index_axis_mut(Axis(0), b).assign(&gradients.dk);
            dv.index_axis_mut(Axis(0), b).assign(&gradients.dv);
        }
        heads.push([
            linear_backward(x.query, p.w_q.slice(rows), dq.view()),
            linear_backward(x.key, p.w_k.slice(rows), dk.view()),
            linear_backward(x.value, p.w_v.slice(rows), dv.view()),
            linear_backward(context.view(), columns, x.dy),
        ]);
    }
    let [query, key, value] =
        [0, 1, 2].map(|part| joined(heads.iter().map(|head| &head[part]), Axis(0)));
    let mut output = joined(heads.iter().map(|head| &head[3]), Axis(1));
    // Each head has the whole bias of the output.
    output.db = heads[0][3].db.clone();
    MultiHeadGradients::from_layers(query, key, value, output)
}

/// The layer of all heads, from that of each: its weights are put side by side along an axis.
fn joined<'a>(
    heads: impl Iterator<Item = &'a LinearGradients<Ix3>>,
    axis: Axis,
) -> LinearGradients<Ix3> {
    let heads: Vec<_> = heads.collect();
    let dw: Vec<_> = heads.iter().map(|head| head.dw.view()).collect();
    let db: Vec<_> = heads.iter().map(|head| head.db.view()).collect();
    let mut dx = heads[0].dx.clone();
    for head in &heads[1..] {
        dx += &head.dx;
    }
    LinearGradients {
        dx,
        dw: concatenate(axis, &dw).expect("equal shapes"),
        db: concatenate(Axis(0), &db).expect("one axis"),
    }
}

pub(crate) fn self_attention(x: &Layer<'_>) -> (Array3<f32>, ProjectionGradients) {
    let gradients = multi_head(x);
    let three = [&gradients.dquery, &gradients.dkey, &gradients.dvalue];
    let dx = stack(Axis(0), &three.map(|gradient| gradient.view())).expect("equal shapes");
    (dx.sum_axis(Axis(0)), gradients.projections)
}
