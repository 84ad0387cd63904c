//! Training a head on the examples that each batch picks, with AdamW as the paper has it.

use fine_tuning::{HeadTraining, Settings, TrainedHead};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

use super::Head;

/// Trains with the examples of each batch picked by their indices, and AdamW in `f32` as the paper has it.
pub(crate) fn train(
    head: Head,
    vectors: ArrayView2<'_, f32>,
    (weight, bias): (ArrayView2<'_, f32>, ArrayView1<'_, f32>),
    labels: &[usize],
    training: &HeadTraining,
) -> TrainedHead {
    let examples: Vec<usize> = (0..labels.len()).collect();
    let (mut weight, mut bias) = (weight.to_owned(), bias.to_owned());
    // m and v of the weights, and of the bias.
    let [mut m, mut v] = [(); 2].map(|()| Array2::<f32>::zeros(weight.raw_dim()));
    let [mut m_bias, mut v_bias] = [(); 2].map(|()| Array1::<f32>::zeros(bias.len()));
    let Settings {
        beta_1,
        beta_2,
        epsilon,
        weight_decay,
    } = training.adamw;
    let rate = training.learning_rate;
    let mut losses = Vec::new();
    let [mut power_1, mut power_2] = [1.0_f32; 2];
    for _ in 0..training.epochs {
        for batch in examples.chunks(training.batch_size) {
            let of_batch: Vec<usize> = batch.iter().map(|&example| labels[example]).collect();
            let vectors = vectors.select(Axis(0), batch);
            let (loss, dw, db) = head(vectors.view(), weight.view(), bias.view(), &of_batch);
            losses.push(loss);
            power_1 *= beta_1;
            power_2 *= beta_2;
            m = m * beta_1 + &dw * (1.0 - beta_1);
            v = v * beta_2 + &dw * &dw * (1.0 - beta_2);
            m_bias = m_bias * beta_1 + &db * (1.0 - beta_1);
            v_bias = v_bias * beta_2 + &db * &db * (1.0 - beta_2);
            let step = (&m / (1.0 - power_1)) / ((&v / (1.0 - power_2)).sqrt() + epsilon);
            let of_bias =
                (&m_bias / (1.0 - power_1)) / ((&v_bias / (1.0 - power_2)).sqrt() + epsilon);
            weight = &weight - (step + &weight * weight_decay) * rate;
            bias = bias - of_bias * rate;
        }
    }
    TrainedHead {
        losses,
        weight,
        bias,
    }
}
