//! Correct ways of solving the exercise that differ from the solution: the grader has to accept every one.

mod full_size;
mod in_f64;
mod loops;
mod one_loop;
mod picked;

use attentive_grader::{Case, CaseError, Exercise, Reply, exercise};
use fine_tuning::{HeadTraining, Lora, Settings, Trained, TrainedHead, Tuning};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, ArrayViewD, Ix1, arr0};

/// The loss, dW and db.
type HeadOutputs = (f32, Array2<f32>, Array1<f32>);
type Head =
    fn(ArrayView2<'_, f32>, ArrayView2<'_, f32>, ArrayView1<'_, f32>, &[usize]) -> HeadOutputs;
type TrainHead = fn(
    ArrayView2<'_, f32>,
    ArrayView2<'_, f32>,
    ArrayView1<'_, f32>,
    &[usize],
    &HeadTraining,
) -> TrainedHead;
/// x, W, A and B, with all positions of x as rows.
type Matrices<'a> = [ArrayView2<'a, f32>; 4];

/// One correct way of writing each function. Those of LoRA get all positions as rows.
struct Ways {
    head: Head,
    train_head: TrainHead,
    unfreeze: fn(&str, &Tuning) -> Option<f32>,
    lora_start: fn([usize; 3], f32, &mut dyn FnMut() -> f32) -> Lora,
    lora_forward: fn(Matrices<'_>, f32) -> Array2<f32>,
    /// dx, dA and dB.
    lora_backward: fn(Matrices<'_>, f32, ArrayView2<'_, f32>) -> [Array2<f32>; 3],
    lora_merge: fn(Matrices<'_>, f32) -> Array2<f32>,
}

impl Ways {
    fn graded(&'static self) -> Exercise {
        exercise(env!("CARGO_MANIFEST_DIR"))
            .task("head", |case| {
                let (weight, bias) = (case.view("weight")?, case.view("bias")?);
                let labels = case.sizes("labels")?;
                let (loss, dw, db) = (self.head)(case.view("vectors")?, weight, bias, &labels);
                Ok(case.reply("loss", arr0(loss)).and("dw", dw).and("db", db))
            })
            .task("train_head", |case| {
                let (weight, bias) = (case.view("weight")?, case.view("bias")?);
                let labels = case.sizes("labels")?;
                let vectors = case.view("vectors")?;
                let trained = (self.train_head)(vectors, weight, bias, &labels, &training(case)?);
                Ok(case
                    .reply("losses", Array1::from(trained.losses))
                    .and("weight", trained.weight)
                    .and("bias", trained.bias))
            })
            .task("unfreeze", |case| self.rates(case))
            .task("lora_start", |case| {
                let sizes = [case.size("d_in")?, case.size("d_out")?, case.size("rank")?];
                let numbers = case.view::<Ix1>("normal")?.to_vec();
                let mut numbers = numbers.into_iter();
                let lora = (self.lora_start)(sizes, case.number("deviation")?, &mut || {
                    numbers.next().expect("as many numbers as A has")
                });
                Ok(case.reply("a", lora.a).and("b", lora.b))
            })
            .task("lora_forward", |case| {
                let x = rows(case.view("x")?);
                let y = (self.lora_forward)(matrices(case, &x)?, case.number("alpha")?);
                Ok(case.reply("y", y))
            })
            .task("lora_backward", |case| {
                let (x, dy) = (rows(case.view("x")?), rows(case.view("dy")?));
                let matrices = matrices(case, &x)?;
                let [dx, da, db] = (self.lora_backward)(matrices, case.number("alpha")?, dy.view());
                Ok(case.reply("dx", dx).and("da", da).and("db", db))
            })
            .task("lora_merge", |case| {
                let nothing = Array2::zeros((0, 0));
                let merged = (self.lora_merge)(matrices(case, &nothing)?, case.number("alpha")?);
                Ok(case.reply("merged", merged))
            })
    }

    fn rates(&self, case: &Case) -> Result<Reply, CaseError> {
        let tuning = Tuning {
            blocks: case.size("blocks")?,
            trained: match case.inputs.contains_key("top") {
                true => Trained::Top(case.size("top")?),
                false => Trained::Everything,
            },
            rate: case.number("rate")?,
            decay: case.number("decay")?,
        };
        let (mut trained, mut rates) = (Vec::new(), Vec::new());
        for (place, name) in case.texts("names")?.iter().enumerate() {
            let rate = (self.unfreeze)(name, &tuning);
            trained.extend(rate.map(|_| place));
            rates.push(rate.unwrap_or(0.0));
        }
        Ok(Reply::default()
            .and_ids("trained", Array1::from(trained))
            .and("rates", Array1::from(rates)))
    }
}

fn training(case: &Case) -> Result<HeadTraining, CaseError> {
    Ok(HeadTraining {
        batch_size: case.size("batch_size")?,
        epochs: case.size("epochs")?,
        learning_rate: case.number("learning_rate")?,
        adamw: Settings {
            beta_1: case.number("beta_1")?,
            beta_2: case.number("beta_2")?,
            epsilon: case.number("epsilon")?,
            weight_decay: case.number("weight_decay")?,
        },
    })
}

fn matrices<'a>(case: &'a Case, x: &'a Array2<f32>) -> Result<Matrices<'a>, CaseError> {
    let [weight, a, b] = [case.view("weight")?, case.view("a")?, case.view("b")?];
    Ok([x.view(), weight, a, b])
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
        head: in_f64::head,
        train_head: |vectors, weight, bias, labels, training| {
            one_loop::train(in_f64::head, vectors, (weight, bias), labels, training)
        },
        unfreeze: in_f64::unfreeze,
        lora_start: in_f64::lora_start,
        lora_forward: in_f64::lora_forward,
        lora_backward: in_f64::lora_backward,
        lora_merge: in_f64::lora_merge,
    };
    WAYS.graded().accept();
}

#[test]
fn loops_over_single_entries() {
    static WAYS: Ways = Ways {
        head: loops::head,
        train_head: |vectors, weight, bias, labels, training| {
            picked::train(loops::head, vectors, (weight, bias), labels, training)
        },
        unfreeze: loops::unfreeze,
        lora_start: loops::lora_start,
        lora_forward: loops::lora_forward,
        lora_backward: loops::lora_backward,
        lora_merge: loops::lora_merge,
    };
    WAYS.graded().accept();
}

#[test]
fn matrices_of_full_size() {
    static WAYS: Ways = Ways {
        head: full_size::head,
        train_head: full_size::train_head,
        unfreeze: full_size::unfreeze,
        lora_start: full_size::lora_start,
        lora_forward: full_size::lora_forward,
        lora_backward: full_size::lora_backward,
        lora_merge: full_size::lora_merge,
    };
    WAYS.graded().accept();
}
