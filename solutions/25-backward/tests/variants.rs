//! Correct ways of solving the exercise that differ from the solution: the grader has to accept every one.

mod in_f64;
mod loops;
mod whole_arrays;

use attentive_grader::{Case, CaseError, Exercise, Reply, exercise};
use ndarray::{
    Array1, Array2, Array3, ArrayD, ArrayView1, ArrayView2, ArrayView3, ArrayViewD, Axis, Ix2, s,
};

type Matrices = (ArrayD<f32>, Array2<f32>, Array1<f32>);
type NormGradients = (Array2<f32>, Array1<f32>);
type NormBackward =
    fn(ArrayView2<'_, f32>, ArrayView1<'_, f32>, f32, ArrayView2<'_, f32>) -> NormGradients;

/// One correct way of writing each function. That of layer norm leaves β out, whose gradient is that of a bias.
struct Ways {
    linear: fn(ArrayViewD<'_, f32>, ArrayView2<'_, f32>, ArrayViewD<'_, f32>) -> Matrices,
    gelu_tanh: fn(f32) -> f32,
    cross_entropy: fn(ArrayView1<'_, f32>, usize, f32) -> Array1<f32>,
    layer_norm: NormBackward,
    rms_norm: NormBackward,
    embedding: fn(&[usize], usize, ArrayView2<'_, f32>) -> Array2<f32>,
}

impl Ways {
    fn graded(&'static self) -> Exercise {
        exercise(env!("CARGO_MANIFEST_DIR"))
            .task("linear_backward", |case| {
                let x: ArrayViewD<'_, f32> = case.view("x")?;
                let features = x.shape()[x.ndim() - 1];
                let shape = (x.len() / features, features);
                let (dx, dw, db) = (self.linear)(x, case.view("weight")?, case.view("dy")?);
                let dx = dx.into_shape_clone(shape).expect("as many entries");
                Ok(case.reply("dx", dx).and("dw", dw).and("db", db))
            })
            .task("gelu_tanh_backward", |case| {
                let x: ArrayView2<'_, f32> = case.view("x")?;
                let dy: ArrayView2<'_, f32> = case.view("dy")?;
                Ok(case.reply("dx", x.mapv(self.gelu_tanh) * dy))
            })
            .task("cross_entropy_backward", |case| self.dlogits(case))
            .task("layer_norm_backward", |case| {
                let (dx, dgamma) = run(self.layer_norm, case)?;
                let dy: ArrayView2<'_, f32> = case.view("dy")?;
                let dbeta = dy.t().dot(&Array1::ones(dy.nrows()));
                Ok(case
                    .reply("dx", dx)
                    .and("dgamma", dgamma)
                    .and("dbeta", dbeta))
            })
            .task("rms_norm_backward", |case| {
                let (dx, dgamma) = run(self.rms_norm, case)?;
                Ok(case.reply("dx", dx).and("dgamma", dgamma))
            })
            .task("embedding_backward", |case| {
                let tokens: Array2<usize> = case.ids("tokens")?;
                let dy: ArrayView3<'_, f32> = case.view("dy")?;
                let rows = (tokens.len(), dy.len_of(Axis(2)));
                let dy = dy.to_shape(rows).expect("as many entries");
                let tokens: Vec<usize> = tokens.into_iter().collect();
                let vocabulary = case.view::<Ix2>("embedding")?.nrows();
                Ok(case.reply(
                    "dembedding",
                    (self.embedding)(&tokens, vocabulary, dy.view()),
                ))
            })
    }

    /// The gradient of the logits, position by position. The weight of a position is its share of the mean.
    fn dlogits(&self, case: &Case) -> Result<Reply, CaseError> {
        let logits: ArrayView3<'_, f32> = case.view("logits")?;
        let targets: Array2<usize> = case.ids("targets")?;
        let ignored = match case.inputs.contains_key("ignored") {
            true => Some(case.size("ignored")?),
            false => None,
        };
        let weights = targets.mapv(|target| {
            if Some(target) == ignored {
                0.0_f32
            } else {
                1.0
            }
        });
        let share = case.number("dloss")? / weights.sum().max(1.0);
        let mut dlogits = Array3::zeros(logits.raw_dim());
        for ((sequence, position), &target) in targets.indexed_iter() {
            if weights[(sequence, position)] == 0.0 {
                continue;
            }
            let row = logits.slice(s![sequence, position, ..]);
            let gradient = (self.cross_entropy)(row, target, case.number("smoothing")?);
            dlogits
                .slice_mut(s![sequence, position, ..])
                .assign(&(gradient * share));
        }
        Ok(case.reply("dlogits", dlogits))
    }
}

fn run(norm: NormBackward, case: &Case) -> Result<NormGradients, CaseError> {
    let (gamma, epsilon) = (case.view("gamma")?, case.number("epsilon")?);
    Ok(norm(case.view("x")?, gamma, epsilon, case.view("dy")?))
}

/// The rows (positions, features) of an array.
fn rows(array: ArrayViewD<'_, f32>) -> Array2<f32> {
    let features = array.shape()[array.ndim() - 1];
    let shape = (array.len() / features, features);
    array.to_shape(shape).expect("as many entries").to_owned()
}

#[test]
fn everything_in_f64() {
    static WAYS: Ways = Ways {
        linear: in_f64::linear,
        gelu_tanh: in_f64::gelu_tanh,
        cross_entropy: in_f64::cross_entropy,
        layer_norm: |x, gamma, epsilon, dy| in_f64::norm(1.0, x, gamma, epsilon, dy),
        rms_norm: |x, gamma, epsilon, dy| in_f64::norm(0.0, x, gamma, epsilon, dy),
        embedding: in_f64::embedding,
    };
    WAYS.graded().accept();
}

#[test]
fn loops_over_single_entries_from_the_last_to_the_first() {
    static WAYS: Ways = Ways {
        linear: loops::linear,
        gelu_tanh: loops::gelu_tanh,
        cross_entropy: loops::cross_entropy,
        layer_norm: loops::layer_norm,
        rms_norm: loops::rms_norm,
        embedding: loops::embedding,
    };
    WAYS.graded().accept();
}

#[test]
fn whole_arrays_and_jacobians() {
    static WAYS: Ways = Ways {
        linear: whole_arrays::linear,
        gelu_tanh: whole_arrays::gelu_tanh,
        cross_entropy: whole_arrays::cross_entropy,
        layer_norm: |x, gamma, epsilon, dy| whole_arrays::norm(1.0, x, gamma, epsilon, dy),
        rms_norm: |x, gamma, epsilon, dy| whole_arrays::norm(0.0, x, gamma, epsilon, dy),
        embedding: whole_arrays::embedding,
    };
    WAYS.graded().accept();
}
