//! Correct ways of solving the exercise that differ from the solution: the grader has to accept every one.

mod columns;
mod in_f64;
mod loops;

use attention_backward::{
    AttentionGradients, MultiHeadGradients, ProjectionGradients, Projections,
};
use attentive_grader::{Case, CaseError, Exercise, Reply, exercise};
use ndarray::{Array3, ArrayView2, ArrayView3, Axis};

/// The arguments of `attention_backward`.
struct Head<'a> {
    q: ArrayView2<'a, f32>,
    k: ArrayView2<'a, f32>,
    v: ArrayView2<'a, f32>,
    mask: Option<ArrayView2<'a, bool>>,
    dy: ArrayView2<'a, f32>,
}

/// The arguments of `multi_head_backward`, and of `self_attention_backward` with x three times.
struct Layer<'a> {
    query: ArrayView3<'a, f32>,
    key: ArrayView3<'a, f32>,
    value: ArrayView3<'a, f32>,
    projections: Projections<'a>,
    heads: usize,
    mask: Option<ArrayView3<'a, bool>>,
    dy: ArrayView3<'a, f32>,
}

impl<'a> Layer<'a> {
    fn new(case: &'a Case, [query, key, value]: [&str; 3]) -> Result<Self, CaseError> {
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
        Ok(Self {
            query: case.view(query)?,
            key: case.view(key)?,
            value: case.view(value)?,
            projections,
            heads: case.size("heads")?,
            mask: case.optional_mask("mask")?,
            dy: case.view("dy")?,
        })
    }

    fn batch(&self) -> usize {
        self.query.len_of(Axis(0))
    }

    fn head_dim(&self) -> usize {
        self.projections.w_q.nrows() / self.heads
    }

    fn mask_of(&self, element: usize) -> Option<ArrayView2<'a, bool>> {
        self.mask.map(|mask| mask.index_axis_move(Axis(0), element))
    }
}

type AttentionBackward = fn(&Head<'_>) -> AttentionGradients;
type MultiHeadBackward = fn(&Layer<'_>) -> MultiHeadGradients;
type SelfAttentionBackward = fn(&Layer<'_>) -> (Array3<f32>, ProjectionGradients);

fn with(
    attention: AttentionBackward,
    multi_head: MultiHeadBackward,
    self_attention: SelfAttentionBackward,
) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR"))
        .task("attention_backward", move |case| {
            let gradients = attention(&Head {
                q: case.view("q")?,
                k: case.view("k")?,
                v: case.view("v")?,
                mask: case.optional_mask("mask")?,
                dy: case.view("dy")?,
            });
            Ok(case
                .reply("dv", gradients.dv)
                .and("dq", gradients.dq)
                .and("dk", gradients.dk))
        })
        .task("multi_head_backward", move |case| {
            let gradients = multi_head(&Layer::new(case, ["query", "key", "value"])?);
            Ok(parameters(gradients.projections)
                .and("dquery", gradients.dquery)
                .and("dkey", gradients.dkey)
                .and("dvalue", gradients.dvalue))
        })
        .task("self_attention_backward", move |case| {
            let (dx, gradients) = self_attention(&Layer::new(case, ["x"; 3])?);
            Ok(parameters(gradients).and("dx", dx))
        })
}

fn parameters(gradients: ProjectionGradients) -> Reply {
    Reply::default()
        .and("dw_q", gradients.dw_q)
        .and("db_q", gradients.db_q)
        .and("dw_k", gradients.dw_k)
        .and("db_k", gradients.db_k)
        .and("dw_v", gradients.dw_v)
        .and("db_v", gradients.db_v)
        .and("dw_o", gradients.dw_o)
        .and("db_o", gradients.db_o)
}

#[test]
fn everything_in_f64() {
    with(
        in_f64::attention,
        in_f64::multi_head,
        in_f64::self_attention,
    )
    .accept();
}

#[test]
fn loops_over_single_entries_and_matrices_of_each_head() {
    with(loops::attention, loops::multi_head, loops::self_attention).accept();
}

#[test]
fn as_flash_attention_does_it_and_by_columns() {
    with(
        columns::attention,
        columns::multi_head,
        columns::self_attention,
    )
    .accept();
}
