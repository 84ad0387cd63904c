//! A look at what the functions return: is there a gradient for each parameter, and where is the first number that is none?

use training::measures::LAYERS_OF_A_BLOCK;
use training::{Batch, Record, RunSettings, State, Tensors, gradients};

use crate::error::{Broken, TrainerError};

/// Checks that the gradients of a batch are those of all parameters, in their shapes.
///
/// # Errors
/// When one is missing or has a different shape.
pub(crate) fn ensure_complete(
    state: &State,
    batch: &Batch,
    settings: &RunSettings,
) -> Result<(), TrainerError> {
    let Some(part) = batch.micro_batches(settings.micro_batch).into_iter().next() else {
        return Ok(());
    };
    let part = gradients(&part, &state.parameters, settings.heads, settings.ignored);
    ensure_shapes(&state.parameters, &part.gradients)
}

fn ensure_shapes(parameters: &Tensors, gradients: &Tensors) -> Result<(), TrainerError> {
    for name in backwards(parameters) {
        let expected = parameters[&name].shape().to_vec();
        let Some(gradient) = gradients.get(&name) else {
            return Err(TrainerError::NoGradient { name });
        };
        if gradient.shape() != expected {
            return Err(TrainerError::GradientShape {
                found: gradient.shape().to_vec(),
                name,
                expected,
            });
        }
    }
    Ok(())
}

/// Checks the report of a step.
///
/// # Errors
/// When it has a number that is none: then the gradients are computed again, to find the first of them.
pub(crate) fn ensure_finite(
    before: &State,
    batch: &Batch,
    settings: &RunSettings,
    report: Record,
) -> Result<(), TrainerError> {
    let Record { loss, norm, .. } = report;
    if loss.is_finite() && norm.is_finite() {
        return Ok(());
    }
    let broken = if let Some(name) = first_broken(&before.parameters) {
        Broken::Parameter(name)
    } else if let Some(name) = first_broken_gradient(before, batch, settings) {
        Broken::Gradient(name)
    } else if loss.is_finite() {
        Broken::Norm
    } else {
        Broken::Loss
    };
    Err(TrainerError::NotFinite {
        step: before.step + 1,
        broken,
        loss,
        norm,
    })
}

fn first_broken_gradient(before: &State, batch: &Batch, settings: &RunSettings) -> Option<String> {
    let micro_batches = batch.micro_batches(settings.micro_batch);
    micro_batches.iter().find_map(|part| {
        let part = gradients(part, &before.parameters, settings.heads, settings.ignored);
        first_broken(&part.gradients)
    })
}

/// The first tensor with a number that is not finite, in the order in which gradients are computed.
fn first_broken(tensors: &Tensors) -> Option<String> {
    let is_broken = |name: &String| !tensors[name].iter().all(|number| number.is_finite());
    backwards(tensors).into_iter().find(is_broken)
}

/// The names of a decoder's tensors in the order in which their gradients are computed: from the logits through the last
/// norm and the blocks, the last block first, to the embeddings. Other names come at the end.
fn backwards(tensors: &Tensors) -> Vec<String> {
    let mut blocks = 0;
    while tensors.contains_key(&format!("blocks.{blocks}.w_qkv")) {
        blocks += 1;
    }
    let mut names = vec!["gamma_f".to_owned(), "beta_f".to_owned()];
    for block in (0..blocks).rev() {
        for [_, first, second] in LAYERS_OF_A_BLOCK {
            names.push(format!("blocks.{block}.{first}"));
            names.push(format!("blocks.{block}.{second}"));
        }
    }
    names.retain(|name| tensors.contains_key(name));
    let others: Vec<String> = tensors
        .keys()
        .filter(|name| !names.contains(name))
        .cloned()
        .collect();
    // Of the two embeddings, that of the tokens comes last, in the order of the alphabet, too.
    names.extend(others);
    names
}

#[cfg(test)]
mod tests {
    use attentive_recipe::{Corpus, Recipe, first_parameters};

    use super::*;
    use crate::session;

    /// A state before its first step, with the batch of this step.
    fn tiny() -> (State, Batch, RunSettings) {
        let recipe = Recipe {
            width: 8,
            context: 4,
            batch: 3,
            ..Recipe::POCKET
        };
        let text = "A query asks, and keys answer. ".repeat(4);
        let corpus = Corpus::new(&text, &recipe).expect("it is long enough");
        let vocabulary = corpus.characters().size();
        let state = State::new(first_parameters(&recipe, vocabulary, 1));
        let batch = session::batch(corpus.batch(1, 1));
        (state, batch, session::settings(&recipe, vocabulary))
    }

    fn fill(tensors: &mut Tensors, name: &str, number: f32) {
        let tensor = tensors.get_mut(name).expect("a tensor of this name");
        tensor.fill(number);
    }

    #[test]
    fn all_tensors_are_listed_from_the_logits_to_the_embeddings() {
        let (state, ..) = tiny();
        let names = backwards(&state.parameters);
        assert_eq!(names.len(), state.parameters.len());
        assert_eq!(
            names[..4],
            ["gamma_f", "beta_f", "blocks.1.w_proj", "blocks.1.b_proj"]
        );
        let last = names.len() - 2;
        assert_eq!(names[last..], ["position_embedding", "token_embedding"]);
    }

    #[test]
    fn the_gradients_of_the_course_are_complete() {
        let (state, batch, settings) = tiny();
        ensure_complete(&state, &batch, &settings).expect("one for each parameter");
    }

    #[test]
    fn a_gradient_that_is_missing_or_has_a_different_shape_is_named() {
        let (state, ..) = tiny();
        let mut gradients = state.parameters.clone();
        gradients.remove("blocks.0.b_fc");
        let error = ensure_shapes(&state.parameters, &gradients).expect_err("one is missing");
        insta::assert_snapshot!(error.to_string(), @"expected a gradient of the parameter `blocks.0.b_fc`, found none; `gradients` of exercise 28 returns one for each parameter");
        let turned = state.parameters["blocks.1.w_fc"].t().to_owned();
        gradients.insert("blocks.1.w_fc".to_owned(), turned);
        let error = ensure_shapes(&state.parameters, &gradients).expect_err("one is turned");
        insta::assert_snapshot!(error.to_string(), @"expected the gradient of `blocks.1.w_fc` to have the shape [8, 32] of the parameter, found [32, 8]; look at the function that computes it");
    }

    #[test]
    fn the_first_number_that_is_none_is_found() {
        let (mut state, batch, settings) = tiny();
        let report = |loss, norm| Record {
            loss,
            norm,
            rate: 0.1,
        };
        let found = |state: &State, report| match ensure_finite(state, &batch, &settings, report)
            .expect_err("it is not finite")
        {
            TrainerError::NotFinite { step, broken, .. } => (step, broken),
            other => panic!("{other}"),
        };
        ensure_finite(&state, &batch, &settings, report(1.0, 2.0)).expect("both are finite");
        assert_eq!(found(&state, report(f32::NAN, 1.0)), (1, Broken::Loss));
        assert_eq!(found(&state, report(1.0, f32::INFINITY)), (1, Broken::Norm));
        // Finite numbers whose sums are not: all gradients are NaN, and that of the last norm is the first.
        state.step = 56;
        fill(&mut state.parameters, "token_embedding", 1e38);
        let broken = Broken::Gradient("gamma_f".to_owned());
        assert_eq!(found(&state, report(f32::NAN, f32::NAN)), (57, broken));
        fill(&mut state.parameters, "blocks.1.gamma_2", f32::NAN);
        let broken = Broken::Parameter("blocks.1.gamma_2".to_owned());
        assert_eq!(found(&state, report(f32::NAN, f32::NAN)), (57, broken));
    }
}
