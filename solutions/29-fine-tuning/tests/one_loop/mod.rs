//! Training a head in one loop over all steps, with AdamW in `f64`.

use fine_tuning::{HeadTraining, TrainedHead};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, s};

use super::Head;

/// AdamW for the numbers of one parameter, in `f64`, with the correction in the rate and in ε.
struct Numbers {
    values: Vec<f64>,
    m: Vec<f64>,
    v: Vec<f64>,
    decays: bool,
}

impl Numbers {
    fn new<'a>(values: impl IntoIterator<Item = &'a f32>, decays: bool) -> Self {
        let values: Vec<f64> = values.into_iter().map(|&value| f64::from(value)).collect();
        let zeros = vec![0.0; values.len()];
        Self {
            values,
            m: zeros.clone(),
            v: zeros,
            decays,
        }
    }

    fn step(&mut self, gradient: &[f64], number: i32, training: &HeadTraining) {
        let settings = &training.adamw;
        let [beta_1, beta_2] = [settings.beta_1, settings.beta_2].map(f64::from);
        let rate = f64::from(training.learning_rate);
        let root = (1.0 - beta_2.powi(number)).sqrt();
        let corrected = rate * root / (1.0 - beta_1.powi(number));
        let epsilon = f64::from(settings.epsilon) * root;
        for (index, &gradient) in gradient.iter().enumerate() {
            let (m, v) = (&mut self.m[index], &mut self.v[index]);
            *m += (1.0 - beta_1) * (gradient - *m);
            *v += (1.0 - beta_2) * (gradient * gradient - *v);
            let value = &mut self.values[index];
            if self.decays {
                *value *= 1.0 - rate * f64::from(settings.weight_decay);
            }
            *value -= corrected * *m / (v.sqrt() + epsilon);
        }
    }

    fn narrow(self) -> Vec<f32> {
        self.values.into_iter().map(|value| value as f32).collect()
    }
}

/// Trains with one loop over all steps, from which the batch follows.
pub(crate) fn train(
    head: Head,
    vectors: ArrayView2<'_, f32>,
    (weight, bias): (ArrayView2<'_, f32>, ArrayView1<'_, f32>),
    labels: &[usize],
    training: &HeadTraining,
) -> TrainedHead {
    let batches = labels.len().div_ceil(training.batch_size);
    let (mut weights, mut biases) = (Numbers::new(weight, true), Numbers::new(bias, false));
    let mut losses = Vec::new();
    for step in 0..training.epochs * batches {
        let from = step % batches * training.batch_size;
        let to = labels.len().min(from + training.batch_size);
        let now: Vec<f32> = weights.values.iter().map(|&value| value as f32).collect();
        let weight = ArrayView2::from_shape(weight.dim(), &now).expect("as many weights");
        let now: Vec<f32> = biases.values.iter().map(|&value| value as f32).collect();
        let bias = ArrayView1::from(&now);
        let vectors = vectors.slice(s![from..to, ..]);
        let (loss, dw, db) = head(vectors, weight, bias, &labels[from..to]);
        losses.push(loss);
        let number = step as i32 + 1;
        let dw: Vec<f64> = dw.iter().map(|&entry| f64::from(entry)).collect();
        weights.step(&dw, number, training);
        let db: Vec<f64> = db.iter().map(|&entry| f64::from(entry)).collect();
        biases.step(&db, number, training);
    }
    let weight = Array2::from_shape_vec(weight.dim(), weights.narrow());
    TrainedHead {
        losses,
        weight: weight.expect("as many weights"),
        bias: Array1::from(biases.narrow()),
    }
}
