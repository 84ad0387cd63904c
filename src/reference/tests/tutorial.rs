//! A well-known tutorial's self-attention, at the tutorial's size: every shape is right, and the grader knows what it is.

use attentive_grader::{Case, CaseError, Failure, Reply, Respond, TaskGrade, grade};
use attentive_reference::{SEED, multi_head_attention, record};
use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, Array3, Array4, ArrayView1, ArrayView2, ArrayView3, Axis, s};

/// Self-attention that may take the tutorial's two short cuts.
#[derive(Clone, Copy)]
struct SelfAttention {
    /// Each head's share of the input is projected by one head-sized matrix that all heads have in common.
    one_matrix_for_all_heads: bool,
    biases: bool,
    /// The scores are divided by the root of all heads' width, the embed size, and not of one head's.
    root_of_embed_size: bool,
}

impl SelfAttention {
    /// (batch, length, d_model) projected.
    fn project(
        self,
        x: ArrayView3<'_, f32>,
        w: ArrayView2<'_, f32>,
        b: ArrayView1<'_, f32>,
        heads: usize,
    ) -> Array3<f32> {
        let head = w.nrows() / heads;
        let mut projected = Array3::zeros((x.len_of(Axis(0)), x.len_of(Axis(1)), w.nrows()));
        for (x, mut projected) in x.outer_iter().zip(projected.outer_iter_mut()) {
            for h in 0..heads {
                let own = h * head..(h + 1) * head;
                let (rows, columns) = match self.one_matrix_for_all_heads {
                    true => (0..head, (0..head, own.clone())),
                    false => (own.clone(), (0..w.ncols(), 0..w.ncols())),
                };
                let w = w.slice(s![rows.clone(), columns.0]);
                let mut projected = projected.slice_mut(s![.., own]);
                general_mat_mul(
                    1.0,
                    &x.slice(s![.., columns.1]),
                    &w.t(),
                    0.0,
                    &mut projected,
                );
                if self.biases {
                    projected += &b.slice(s![rows]);
                }
            }
        }
        projected
    }

    fn attend(self, case: &Case) -> Result<Reply, CaseError> {
        let (x, heads): (ArrayView3<'_, f32>, _) = (case.view("query")?, case.size("heads")?);
        let project =
            |w, b| Ok::<_, CaseError>(self.project(x, case.view(w)?, case.view(b)?, heads));
        let (q, k, v) = (
            project("w_q", "b_q")?,
            project("w_k", "b_k")?,
            project("w_v", "b_v")?,
        );
        let (batch, length, d_model) = x.dim();
        let head = d_model / heads;
        let divisor = if self.root_of_embed_size {
            d_model
        } else {
            head
        };
        let mut weights = Array4::zeros((batch, heads, length, length));
        let mut found = Array3::zeros(x.raw_dim());
        for b in 0..batch {
            for h in 0..heads {
                let own = s![b, .., h * head..(h + 1) * head];
                let scores = q.slice(own).dot(&k.slice(own).t()) / (divisor as f32).sqrt();
                let attention = softmax(scores);
                found.slice_mut(own).assign(&attention.dot(&v.slice(own)));
                weights.slice_mut(s![b, h, .., ..]).assign(&attention);
            }
        }
        let (w_o, b_o): (ArrayView2<'_, f32>, ArrayView1<'_, f32>) =
            (case.view("w_o")?, case.view("b_o")?);
        let rows = found
            .into_shape_with_order((batch * length, d_model))
            .expect("as many entries");
        let output = (rows.dot(&w_o.t()) + b_o).into_shape_with_order((batch, length, d_model));
        Ok(case
            .reply("weights", weights)
            .and("output", output.expect("as many entries")))
    }
}

fn softmax(mut scores: Array2<f32>) -> Array2<f32> {
    for mut row in scores.rows_mut() {
        let max = row.fold(f32::NEG_INFINITY, |max, &score| max.max(score));
        row.mapv_inplace(|score| (score - max).exp());
        row /= row.sum();
    }
    scores
}

impl Respond for SelfAttention {
    fn respond(&mut self, _task: &str, case: &Case) -> Result<Reply, Failure> {
        self.attend(case).map_err(|error| Failure::Broken {
            message: error.to_string(),
        })
    }
}

/// One input of (64, 10, 256), 8 heads, and each of the short cuts, alone and together.
#[test]
fn the_grader_names_each_half_of_the_tutorial_and_the_whole() {
    let pack = record(&multi_head_attention::at_tutorial_size(), SEED)
        .expect("mistakes that can be told apart");
    let [task] = &pack.manifest().tasks[..] else {
        panic!("one task")
    };
    assert_eq!(
        pack.case(&task.name, "self-attention").inputs["query"].shape(),
        [64, 10, 256]
    );
    let named = |mut attention: SelfAttention| {
        let graded: TaskGrade = grade(&pack, task, &mut attention);
        graded
            .first_failure()
            .map(|grade| grade.mistake.as_ref().map(|mistake| mistake.id.clone()))
    };
    let right = SelfAttention {
        one_matrix_for_all_heads: false,
        biases: true,
        root_of_embed_size: false,
    };
    assert_eq!(named(right), None);
    let scaled = SelfAttention {
        root_of_embed_size: true,
        ..right
    };
    assert_eq!(named(scaled), Some(Some("scaled-by-d-model".into())));
    let shared = SelfAttention {
        one_matrix_for_all_heads: true,
        ..right
    };
    assert_eq!(named(shared), Some(Some("split-before-projecting".into())));
    let tutorial = SelfAttention {
        one_matrix_for_all_heads: true,
        biases: false,
        root_of_embed_size: true,
    };
    assert_eq!(named(tutorial), Some(Some("famous-tutorial".into())));
}
