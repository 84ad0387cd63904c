//! The losses on what is held out, by the functions of exercises 18 and 24.

use cross_entropy::cross_entropy;
use gpt::{Gpt, block, embed, logits};
use ndarray::{Array3, ArrayView2, s};
use training::{Batch, Tensors, decoder};

use crate::parallel;

/// The mean losses of a model on batches, in nats per token, for each position. There is at least one batch.
pub(crate) fn held_out_losses(
    parameters: &Tensors,
    heads: usize,
    batches: &[Batch],
    threads: usize,
) -> Vec<f32> {
    let sums = parallel::map(batches, threads, |batch| {
        let scores = scores(&decoder(parameters, heads), batch.inputs.view());
        // Batches may differ in their number of sequences.
        let sequences = batch.targets.nrows() as f32;
        let positions = 0..batch.targets.ncols();
        let losses = positions.map(|position| {
            let scores = scores.slice(s![.., position..=position, ..]).to_owned();
            let targets = batch.targets.slice(s![.., position..=position]).to_owned();
            cross_entropy(scores.view(), targets.view(), None, 0.0) * sequences
        });
        losses.collect::<Vec<f32>>()
    });
    let sequences: usize = batches.iter().map(|batch| batch.targets.nrows()).sum();
    let mut means = vec![0.0; batches[0].targets.ncols()];
    for sums in sums {
        for (mean, sum) in means.iter_mut().zip(sums) {
            *mean += sum / sequences as f32;
        }
    }
    means
}

/// The logits of each token that could come next: (batch, length, vocabulary).
fn scores(model: &Gpt<'_>, tokens: ArrayView2<'_, usize>) -> Array3<f32> {
    let words = model.token_embedding;
    let mut states = embed(tokens, 0, words, model.position_embedding);
    for of_block in &model.blocks {
        states = block(states.view(), of_block, model.heads).output;
    }
    logits(states.view(), &model.final_norm, words)
}

#[cfg(test)]
mod tests {
    use attentive_recipe::{Corpus, Measured, Recipe, first_parameters};
    use training::gradients;

    use super::*;
    use crate::session;

    #[test]
    fn it_is_the_loss_that_a_step_would_report() {
        let recipe = Recipe {
            width: 8,
            context: 4,
            batch: 3,
            ..Recipe::POCKET
        };
        let text = "A query asks, and keys answer. ".repeat(4);
        let corpus = Corpus::new(&text, &recipe).expect("it is long enough");
        let vocabulary = corpus.characters().size();
        let parameters = first_parameters(&recipe, vocabulary, 1);
        let batches: Vec<Batch> = [1, 2]
            .map(|step| session::batch(corpus.batch(1, step)))
            .into();
        let mut expected = 0.0;
        for batch in &batches {
            expected += gradients(batch, &parameters, recipe.heads, vocabulary).loss / 2.0;
        }
        for threads in [1, 2] {
            let found = held_out_losses(&parameters, recipe.heads, &batches, threads);
            assert_eq!(found.len(), recipe.context);
            let found = Measured::new(2, &found).loss;
            assert!((found - expected).abs() < 1e-5, "{found} {expected}");
        }
    }
}
