//! The merged matrix, the gradient that it would have, and one matrix for weights and bias.

use fine_tuning::{HeadTraining, Lora, Trained, TrainedHead, Tuning};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, Zip, concatenate, s};

use super::{HeadOutputs, Matrices};

pub(crate) fn lora_merge([_, weight, a, b]: Matrices<'_>, alpha: f32) -> Array2<f32> {
    // The factor goes into B.
    let b = b.mapv(|entry| entry * alpha / a.nrows() as f32);
    let mut merged = weight.to_owned();
    for (column, row) in b.columns().into_iter().zip(a.rows()) {
        merged += &column.insert_axis(Axis(1)).dot(&row.insert_axis(Axis(0)));
    }
    merged
}

pub(crate) fn head(
    vectors: ArrayView2<'_, f32>,
    weight: ArrayView2<'_, f32>,
    bias: ArrayView1<'_, f32>,
    labels: &[usize],
) -> HeadOutputs {
    // The bias as one more column of the weights, whose feature is always 1.
    let ones = Array2::ones((vectors.nrows(), 1));
    let bias = bias.insert_axis(Axis(1));
    let vectors = concatenate(Axis(1), &[vectors, ones.view()]).expect("as many rows");
    let weight = concatenate(Axis(1), &[weight, bias]).expect("as many rows");
    let logits = vectors.dot(&weight.t());
    let maxima = logits.map_axis(Axis(1), |row| row.fold(f32::MIN, |a, &b| a.max(b)));
    let shifted = logits - maxima.insert_axis(Axis(1));
    let sums = shifted.exp().sum_axis(Axis(1)).insert_axis(Axis(1));
    let logs = shifted - sums.ln();
    let mut one_hot = Array2::<f32>::zeros(logs.raw_dim());
    for (mut row, &label) in one_hot.rows_mut().into_iter().zip(labels) {
        row[label] = 1.0;
    }
    let costs: Array1<f32> = logs
        .rows()
        .into_iter()
        .zip(labels)
        .map(|(logs, &label)| -logs[label])
        .collect();
    let both = (logs.exp() - one_hot).t().dot(&vectors) / labels.len() as f32;
    let features = both.ncols() - 1;
    (
        costs.mean().expect("an example"),
        both.slice(s![.., ..features]).to_owned(),
        both.column(features).to_owned(),
    )
}

pub(crate) fn train_head(
    vectors: ArrayView2<'_, f32>,
    weight: ArrayView2<'_, f32>,
    bias: ArrayView1<'_, f32>,
    labels: &[usize],
    training: &HeadTraining,
) -> TrainedHead {
    let (adamw, rate, features) = (&training.adamw, training.learning_rate, weight.ncols());
    let mut both =
        concatenate(Axis(1), &[weight, bias.insert_axis(Axis(1))]).expect("as many rows");
    // The last column is the bias, which does not decay.
    let mut kept = Array1::from_elem(features + 1, 1.0 - rate * adamw.weight_decay);
    kept[features] = 1.0;
    let mut moments = [
        Array2::<f32>::zeros(both.raw_dim()),
        Array2::zeros(both.raw_dim()),
    ];
    let mut losses = Vec::new();
    for _ in 0..training.epochs {
        let (mut unread, mut answers) = (vectors, labels);
        while !answers.is_empty() {
            let size = training.batch_size.min(answers.len());
            let (batch, later) = unread.split_at(Axis(0), size);
            let (weight, bias) = (both.slice(s![.., ..features]), both.column(features));
            let (loss, dw, db) = head(batch, weight, bias, &answers[..size]);
            losses.push(loss);
            let gradient = concatenate(Axis(1), &[dw.view(), db.view().insert_axis(Axis(1))])
                .expect("as many rows");
            let number = losses.len() as i32;
            let [m, v] = &mut moments;
            both *= &kept;
            Zip::from(&mut both)
                .and(&gradient)
                .and(m)
                .and(v)
                .for_each(|value, g, m, v| {
                    *m += (1.0 - adamw.beta_1) * (g - *m);
                    *v += (1.0 - adamw.beta_2) * (g * g - *v);
                    let mean = *m / (1.0 - adamw.beta_1.powi(number));
                    let square = *v / (1.0 - adamw.beta_2.powi(number));
                    *value -= rate * mean / (square.sqrt() + adamw.epsilon);
                });
            (unread, answers) = (later, &answers[size..]);
        }
    }
    TrainedHead {
        losses,
        weight: both.slice(s![.., ..features]).to_owned(),
        bias: both.column(features).to_owned(),
    }
}

pub(crate) fn unfreeze(name: &str, tuning: &Tuning) -> Option<f32> {
    // Layers by number, from the embeddings up: those of the blocks are one more than in their names.
    let top = tuning.blocks + 1;
    let layer = match name.split_once('.').expect("a name with a dot") {
        ("embeddings", _) => 0,
        ("head", _) => top,
        (_, rest) => {
            let digits = rest.find('.').expect("a parameter of a block");
            rest[..digits].parse::<usize>().expect("a number") + 1
        }
    };
    let lowest = match tuning.trained {
        Trained::Top(blocks) => top - blocks,
        Trained::Everything => 0,
    };
    let below = (top - layer) as f32;
    (layer >= lowest).then(|| tuning.rate * (below * tuning.decay.ln()).exp())
}

pub(crate) fn lora_start(
    [d_in, d_out, rank]: [usize; 3],
    deviation: f32,
    normal: &mut dyn FnMut() -> f32,
) -> Lora {
    let mut a = Array2::from_shape_simple_fn((rank, d_in), normal);
    a *= deviation;
    let b = &Array2::<f32>::ones((d_out, rank)) * 0.0;
    Lora { a, b }
}

pub(crate) fn lora_forward(matrices: Matrices<'_>, alpha: f32) -> Array2<f32> {
    matrices[0].dot(&lora_merge(matrices, alpha).t())
}

pub(crate) fn lora_backward(
    matrices: Matrices<'_>,
    alpha: f32,
    dy: ArrayView2<'_, f32>,
) -> [Array2<f32>; 3] {
    let [x, _, a, b] = matrices;
    // What the merged matrix would get, and then the two factors of its product.
    let dmerged = dy.t().dot(&x) * (alpha / b.ncols() as f32);
    [
        dy.dot(&lora_merge(matrices, alpha)),
        b.t().dot(&dmerged),
        dmerged.dot(&a.t()),
    ]
}
