//! Answers each task by a function of the exercise. The cases and their expected outputs are in `golden.safetensors`.
//!
//! Each `let` has the signature that the exercise asks for. If the compiler points at one, the function in `src/lib.rs`
//! has a different one.

// A signature that is written out says more than the name of a type.
#![allow(clippy::type_complexity)]

use attentive_grader::{Case, CaseError, Reply};
use fine_tuning::{
    HeadGradients, HeadTraining, Lora, LoraGradients, Settings, Trained, TrainedHead, Tuning, head,
    lora_backward, lora_forward, lora_merge, lora_start, train_head, unfreeze,
};
use ndarray::{Array1, Array2, ArrayD, ArrayView1, ArrayView2, ArrayViewD, Ix1, Ix2, IxDyn, arr0};

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .compiled_from(option_env!("ATTENTIVE_DIGESTS"))
        .task("head", |case| {
            let head: fn(
                ArrayView2<'_, f32>,
                ArrayView2<'_, f32>,
                ArrayView1<'_, f32>,
                &[usize],
            ) -> HeadGradients = head;
            let (weight, bias) = (case.view("weight")?, case.view("bias")?);
            let gradients = head(case.view("vectors")?, weight, bias, &case.sizes("labels")?);
            Ok(case
                .reply("loss", arr0(gradients.loss))
                .and("dw", gradients.dw)
                .and("db", gradients.db))
        })
        .task("train_head", |case| {
            let train_head: fn(
                ArrayView2<'_, f32>,
                ArrayView2<'_, f32>,
                ArrayView1<'_, f32>,
                &[usize],
                &HeadTraining,
            ) -> TrainedHead = train_head;
            let (weight, bias) = (case.view("weight")?, case.view("bias")?);
            let (vectors, labels) = (case.view("vectors")?, case.sizes("labels")?);
            let trained = train_head(vectors, weight, bias, &labels, &head_training(case)?);
            Ok(case
                .reply("losses", Array1::from(trained.losses))
                .and("weight", trained.weight)
                .and("bias", trained.bias))
        })
        .task("unfreeze", |case| {
            let unfreeze: fn(&[&str], &Tuning) -> Vec<Option<f32>> = unfreeze;
            let names = case.texts("names")?;
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let rates = unfreeze(&names, &tuning(case)?);
            assert!(
                rates.len() == names.len(),
                "expected a rate or `None` for each of the {} names, found {}",
                names.len(),
                rates.len()
            );
            let places = 0..names.len();
            let trained: Array1<usize> = places.filter(|&place| rates[place].is_some()).collect();
            let rates: Array1<f32> = rates.into_iter().map(Option::unwrap_or_default).collect();
            Ok(Reply::default()
                .and_ids("trained", trained)
                .and("rates", rates))
        })
        .task("lora_start", |case| {
            let lora_start: fn(usize, usize, usize, f32, &mut dyn FnMut() -> f32) -> Lora =
                lora_start;
            let numbers = case.view::<Ix1>("normal")?.to_vec();
            let mut numbers = numbers.into_iter().cycle();
            let lora = lora_start(
                case.size("d_in")?,
                case.size("d_out")?,
                case.size("rank")?,
                case.number("deviation")?,
                &mut || numbers.next().unwrap_or_default(),
            );
            Ok(case.reply("a", lora.a).and("b", lora.b))
        })
        .task("lora_forward", |case| {
            let lora_forward: fn(
                ArrayViewD<'_, f32>,
                ArrayView2<'_, f32>,
                &Lora,
                f32,
            ) -> ArrayD<f32> = lora_forward;
            let (x, weight) = (case.view::<IxDyn>("x")?, case.view::<Ix2>("weight")?);
            let y = lora_forward(x.view(), weight, &lora(case)?, case.number("alpha")?);
            Ok(case.reply("y", positions("output", y, &x, weight.nrows())))
        })
        .task("lora_backward", |case| {
            let lora_backward: fn(
                ArrayViewD<'_, f32>,
                ArrayView2<'_, f32>,
                &Lora,
                f32,
                ArrayViewD<'_, f32>,
            ) -> LoraGradients<IxDyn> = lora_backward;
            let (x, weight) = (case.view::<IxDyn>("x")?, case.view::<Ix2>("weight")?);
            let (lora, alpha) = (lora(case)?, case.number("alpha")?);
            let gradients = lora_backward(x.view(), weight, &lora, alpha, case.view("dy")?);
            Ok(case
                .reply("dx", positions("dx", gradients.dx, &x, weight.ncols()))
                .and("da", gradients.da)
                .and("db", gradients.db))
        })
        .task("lora_merge", |case| {
            let lora_merge: fn(ArrayView2<'_, f32>, &Lora, f32) -> Array2<f32> = lora_merge;
            let merged = lora_merge(case.view("weight")?, &lora(case)?, case.number("alpha")?);
            Ok(case.reply("merged", merged))
        })
        .main()
}

fn head_training(case: &Case) -> Result<HeadTraining, CaseError> {
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

/// The plan of a case. Without a number of blocks, everything is trained.
fn tuning(case: &Case) -> Result<Tuning, CaseError> {
    let trained = if case.inputs.contains_key("top") {
        Trained::Top(case.size("top")?)
    } else {
        Trained::Everything
    };
    Ok(Tuning {
        blocks: case.size("blocks")?,
        trained,
        rate: case.number("rate")?,
        decay: case.number("decay")?,
    })
}

fn lora(case: &Case) -> Result<Lora, CaseError> {
    Ok(Lora {
        a: case.view::<Ix2>("a")?.to_owned(),
        b: case.view::<Ix2>("b")?.to_owned(),
    })
}

/// The rows of an array (…, features), one for each position of x, whatever the leading axes are.
fn positions(
    name: &str,
    array: ArrayD<f32>,
    x: &ArrayViewD<'_, f32>,
    features: usize,
) -> Array2<f32> {
    let leading = &x.shape()[..x.ndim() - 1];
    let (expected, found) = ([leading, &[features]].concat(), array.shape());
    assert!(
        found == expected,
        "your {name} has the shape {found:?}; it has to have {expected:?}"
    );
    let rows = array.into_shape_clone((leading.iter().product::<usize>(), features));
    rows.expect("as many entries")
}
