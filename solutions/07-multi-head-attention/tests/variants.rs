//! Correct ways of solving the exercise that differ from the solution: the grader has to accept every one.

use attentive_grader::{Case, CaseError, Exercise, exercise};
use attentive_variants::linear::{self, backwards};
use attentive_variants::softmax;
use multi_head_attention::{Projections, merge_heads, multi_head_attention, split_heads};
use ndarray::{
    Array2, Array3, Array4, ArrayView1, ArrayView2, ArrayView3, ArrayView4, Axis, Zip, concatenate,
    s, stack,
};

type Split = fn(ArrayView3<'_, f32>, usize) -> Array4<f32>;
type Merge = fn(ArrayView4<'_, f32>) -> Array3<f32>;
type Attention = fn(&Arguments<'_>) -> (Array3<f32>, Array4<f32>);

/// The arguments of `multi_head_attention`.
struct Arguments<'a> {
    query: ArrayView3<'a, f32>,
    key: ArrayView3<'a, f32>,
    value: ArrayView3<'a, f32>,
    projections: Projections<'a>,
    heads: usize,
    mask: Option<ArrayView3<'a, bool>>,
}

impl<'a> Arguments<'a> {
    fn new(case: &'a Case) -> Result<Self, CaseError> {
        let projections = Projections {
            w_q: case.view("w_q")?,
            b_q: case.view("b_q")?,
            w_k: case.view("w_k")?,
            b_k: case.view("b_k")?,
            w_v: case.view("w_v")?,
            b_v: case.view("b_v")?,
            w_o: case.view("w_o")?,
            b_o: case.view("b_o")?,
        };
        let (query, key, value) = (case.view("query")?, case.view("key")?, case.view("value")?);
        Ok(Self {
            query,
            key,
            value,
            projections,
            heads: case.size("heads")?,
            mask: case.optional_mask("mask")?,
        })
    }

    fn solve(&self) -> (Array3<f32>, Array4<f32>) {
        multi_head_attention(
            self.query,
            self.key,
            self.value,
            &self.projections,
            self.heads,
            self.mask,
        )
    }

    fn head_dim(&self) -> usize {
        self.projections.w_q.nrows() / self.heads
    }

    fn mask_of(&self, batch: usize) -> Option<ArrayView2<'a, bool>> {
        self.mask.map(|mask| mask.index_axis_move(Axis(0), batch))
    }

    fn may(&self, batch: usize, query: usize, key: usize) -> bool {
        self.mask.is_none_or(|mask| mask[(batch, query, key)])
    }
}

fn with(split: Split, merge: Merge, attention: Attention) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR"))
        .task("split_heads", move |case| {
            Ok(case.reply("heads", split(case.view("x")?, case.size("heads")?)))
        })
        .task("merge_heads", move |case| {
            Ok(case.reply("merged", merge(case.view("x")?)))
        })
        .task("multi_head_attention", move |case| {
            let (output, weights) = attention(&Arguments::new(case)?);
            Ok(case.reply("output", output).and("weights", weights))
        })
}

#[test]
fn everything_in_f64() {
    with(split_heads, merge_heads, |x| {
        let p = &x.projections;
        let mut all_weights =
            Array4::zeros((x.query.dim().0, x.heads, x.query.dim().1, x.key.dim().1));
        let mut output = Array3::zeros(x.query.raw_dim());
        for b in 0..x.query.dim().0 {
            let q = linear::in_f64(x.query.index_axis(Axis(0), b), p.w_q, Some(p.b_q));
            let k = linear::in_f64(x.key.index_axis(Axis(0), b), p.w_k, Some(p.b_k));
            let v = linear::in_f64(x.value.index_axis(Axis(0), b), p.w_v, Some(p.b_v));
            let mut context = Array2::<f64>::zeros(q.raw_dim());
            for h in 0..x.heads {
                let mine = s![.., h * x.head_dim()..(h + 1) * x.head_dim()];
                let scores = q.slice(mine).dot(&k.slice(mine).t()) / (x.head_dim() as f64).sqrt();
                let weights = softmax::in_f64(scores, x.mask_of(b));
                context.slice_mut(mine).assign(&weights.dot(&v.slice(mine)));
                all_weights
                    .slice_mut(s![b, h, .., ..])
                    .assign(&weights.mapv(|weight| weight as f32));
            }
            let mixed = context.dot(&p.w_o.mapv(f64::from).t()) + p.b_o.mapv(f64::from);
            output
                .index_axis_mut(Axis(0), b)
                .assign(&mixed.mapv(|entry| entry as f32));
        }
        (output, all_weights)
    })
    .accept();
}

#[test]
fn matrices_of_each_head_as_in_the_paper() {
    // W_O in blocks of columns, too: Concat(head_1, …, head_h) W_O is the sum of the heads' shares.
    with(
        |x, heads| {
            let head_dim = x.dim().2 / heads;
            let parts: Vec<_> = x.axis_chunks_iter(Axis(2), head_dim).collect();
            stack(Axis(1), &parts).expect("equal parts")
        },
        |x| {
            let parts: Vec<_> = x.axis_iter(Axis(1)).collect();
            concatenate(Axis(2), &parts).expect("equal lengths")
        },
        |x| {
            let p = &x.projections;
            let (batch, queries, keys) = (x.query.dim().0, x.query.dim().1, x.key.dim().1);
            let mut all_weights = Array4::zeros((batch, x.heads, queries, keys));
            let mut output = Array3::zeros(x.query.raw_dim());
            for (b, h) in (0..batch).flat_map(|b| (0..x.heads).rev().map(move |h| (b, h))) {
                let mine = h * x.head_dim()..(h + 1) * x.head_dim();
                let project = |x: &ArrayView3<'_, f32>,
                               w: &ArrayView2<'_, f32>,
                               bias: &ArrayView1<'_, f32>| {
                    x.index_axis(Axis(0), b)
                        .dot(&w.slice(s![mine.clone(), ..]).t())
                        + bias.slice(s![mine.clone()])
                };
                let (q, k) = (
                    project(&x.query, &p.w_q, &p.b_q),
                    project(&x.key, &p.w_k, &p.b_k),
                );
                let scores = (q / (x.head_dim() as f32).sqrt()).dot(&k.t());
                let weights = softmax::of_allowed(scores.view(), x.mask_of(b));
                let context = weights.dot(&project(&x.value, &p.w_v, &p.b_v));
                let share = context.dot(&p.w_o.slice(s![.., mine.clone()]).t());
                output
                    .index_axis_mut(Axis(0), b)
                    .zip_mut_with(&share, |sum, share| *sum += share);
                all_weights.slice_mut(s![b, h, .., ..]).assign(&weights);
            }
            (output + p.b_o, all_weights)
        },
    )
    .accept();
}

#[test]
fn indices_and_loops_from_the_end() {
    fn linear(
        x: ArrayView3<'_, f32>,
        w: ArrayView2<'_, f32>,
        b: ArrayView1<'_, f32>,
    ) -> Array3<f32> {
        let elements: Vec<_> = x.outer_iter().map(|x| backwards(x, w, Some(b))).collect();
        let views: Vec<_> = elements.iter().map(|element| element.view()).collect();
        stack(Axis(0), &views).expect("equal shapes")
    }
    fn split(x: ArrayView3<'_, f32>, heads: usize) -> Array4<f32> {
        let (batch, length, head_dim) = (x.dim().0, x.dim().1, x.dim().2 / heads);
        Array4::from_shape_fn((batch, heads, length, head_dim), |(b, h, i, d)| {
            x[(b, i, h * head_dim + d)]
        })
    }
    fn merge(x: ArrayView4<'_, f32>) -> Array3<f32> {
        let (batch, heads, length, head_dim) = x.dim();
        Array3::from_shape_fn((batch, length, heads * head_dim), |(b, i, d)| {
            x[(b, d / head_dim, i, d % head_dim)]
        })
    }
    with(split, merge, |x| {
        let p = &x.projections;
        let q = split(linear(x.query, p.w_q, p.b_q).view(), x.heads);
        let k = split(linear(x.key, p.w_k, p.b_k).view(), x.heads);
        let v = split(linear(x.value, p.w_v, p.b_v).view(), x.heads);
        let (batch, _, queries, head_dim) = q.dim();
        let mut weights = Array4::zeros((batch, x.heads, queries, k.dim().2));
        for (b, h, i) in ndarray::indices((batch, x.heads, queries)) {
            let keys: Vec<usize> = (0..k.dim().2).rev().filter(|&j| x.may(b, i, j)).collect();
            let score = |j: usize| {
                let product: f32 = (0..head_dim)
                    .rev()
                    .map(|d| q[(b, h, i, d)] * k[(b, h, j, d)])
                    .sum();
                product / (head_dim as f32).sqrt()
            };
            let max = keys.iter().fold(f32::MIN, |max, &j| max.max(score(j)));
            let sum: f32 = keys.iter().map(|&j| (score(j) - max).exp()).sum();
            keys.iter()
                .for_each(|&j| weights[(b, h, i, j)] = (score(j) - max).exp() / sum);
        }
        let context = Array4::from_shape_fn(q.raw_dim(), |(b, h, i, d)| {
            (0..k.dim().2)
                .rev()
                .map(|j| weights[(b, h, i, j)] * v[(b, h, j, d)])
                .sum()
        });
        (linear(merge(context.view()).view(), p.w_o, p.b_o), weights)
    })
    .accept();
}

#[test]
fn heads_folded_into_the_batch_and_a_sentinel_of_minus_1e9() {
    /// (batch, length, d_in) → (batch · heads, length, head_dim).
    fn project(
        x: ArrayView3<'_, f32>,
        w: ArrayView2<'_, f32>,
        b: ArrayView1<'_, f32>,
        heads: usize,
    ) -> Array3<f32> {
        let (batch, length, d_in) = x.dim();
        let rows = x
            .to_shape((batch * length, d_in))
            .expect("as many entries")
            .dot(&w.t())
            + b;
        let head_dim = w.nrows() / heads;
        let cut = rows
            .into_shape_with_order((batch, length, heads, head_dim))
            .expect("as many entries");
        let folded = cut.permuted_axes([0, 2, 1, 3]);
        folded
            .to_shape((batch * heads, length, head_dim))
            .expect("as many entries")
            .into_owned()
    }
    with(
        |x, heads| {
            let mut split = Array4::zeros((x.dim().0, heads, x.dim().1, x.dim().2 / heads));
            let chunks = x.axis_chunks_iter(Axis(2), x.dim().2 / heads);
            split
                .axis_iter_mut(Axis(1))
                .zip(chunks)
                .for_each(|(mut head, chunk)| head.assign(&chunk));
            split
        },
        |x| {
            let (batch, heads, length, head_dim) = x.dim();
            let rows = x.permuted_axes([0, 2, 1, 3]).iter().copied().collect();
            Array3::from_shape_vec((batch, length, heads * head_dim), rows)
                .expect("as many entries")
        },
        |x| {
            let p = &x.projections;
            let (batch, queries, keys) = (x.query.dim().0, x.query.dim().1, x.key.dim().1);
            let (q, k) = (
                project(x.query, p.w_q, p.b_q, x.heads),
                project(x.key, p.w_k, p.b_k, x.heads),
            );
            let v = project(x.value, p.w_v, p.b_v, x.heads);
            let mut weights = Array3::zeros((batch * x.heads, queries, keys));
            let mut context = Array3::zeros(q.raw_dim());
            for n in 0..batch * x.heads {
                let of = |x: &Array3<f32>| x.index_axis(Axis(0), n).to_owned();
                let scores = of(&q).dot(&of(&k).t()) * (1.0 / (x.head_dim() as f32).sqrt());
                let head_weights = softmax::with_a_sentinel(scores, x.mask_of(n / x.heads));
                context
                    .index_axis_mut(Axis(0), n)
                    .assign(&head_weights.dot(&of(&v)));
                weights.index_axis_mut(Axis(0), n).assign(&head_weights);
            }
            let context = context
                .into_shape_with_order((batch, x.heads, queries, x.head_dim()))
                .expect("as many entries");
            let rows = context.permuted_axes([0, 2, 1, 3]);
            let rows = rows
                .to_shape((batch * queries, x.heads * x.head_dim()))
                .expect("as many entries");
            let output = (rows.dot(&p.w_o.t()) + p.b_o).into_shape_with_order(x.query.raw_dim());
            let weights = weights.into_shape_with_order((batch, x.heads, queries, keys));
            (
                output.expect("as many entries"),
                weights.expect("as many entries"),
            )
        },
    )
    .accept();
}

#[test]
fn no_bias_of_the_keys() {
    // q · b_k is the same for all keys of a query: the softmax takes it out.
    with(split_heads, merge_heads, |x| {
        let none = x.projections.b_k.mapv(|_| 0.0);
        Arguments {
            projections: Projections {
                b_k: none.view(),
                ..x.projections
            },
            ..*x
        }
        .solve()
    })
    .accept();
}

#[test]
fn values_mixed_before_they_are_weighted() {
    // The last projection is linear: W_O may be applied to each head's values, before the weights are known.
    with(split_heads, merge_heads, |x| {
        let p = &x.projections;
        let (_, weights) = x.solve();
        let mut output = Array3::zeros(x.query.raw_dim());
        Zip::indexed(output.outer_iter_mut()).for_each(|b, mut output| {
            let v = x.value.index_axis(Axis(0), b).dot(&p.w_v.t()) + p.b_v;
            for h in 0..x.heads {
                let mine = s![.., h * x.head_dim()..(h + 1) * x.head_dim()];
                let mixed = v.slice(mine).dot(&p.w_o.slice(mine).t());
                output += &weights.slice(s![b, h, .., ..]).dot(&mixed);
            }
            output += &p.b_o;
        });
        (output, weights)
    })
    .accept();
}
