//! The classifier's gradients are those of finite differences, padding has no influence, and libtorch's run on all reviews
//! learns something.

#[path = "shared/slopes.rs"]
mod slopes;

use attentive_reference::text_classification::experiment::{SENTENCES, on_all_reviews};
use attentive_reference::text_classification::model::{PARAMETERS, logits_and_loss};
use attentive_reference::text_classification::reviews::part;
use attentive_reference::{Random, SEED, Weights};
use tch::{Kind, Tensor};

const HEADS: i64 = 2;

/// A classifier with 6 entries, 5 positions, a width of 4 and 3 classes, in `f64`.
fn parameters(random: &Random) -> Weights {
    let named = PARAMETERS.map(|name| {
        let shape: &[i64] = match name {
            "token_embedding" => &[6, 4],
            "position_embedding" => &[5, 4],
            "w_head" => &[3, 4],
            "b_head" => &[3],
            _ if name.starts_with("w_") => &[4, 4],
            _ => &[4],
        };
        let drawn = random.normal(shape).to_kind(Kind::Double) * 0.5;
        let gamma = if name == "gamma" { 1.0 } else { 0.0 };
        (name.to_owned(), drawn + gamma)
    });
    named.into_iter().collect()
}

/// Tokens, mask and labels of three texts, of which the second has no words.
fn texts() -> [Tensor; 3] {
    let tokens = Tensor::from_slice(&[3_i64, 5, 3, 0, 0, 0, 0, 0, 1, 4, 0, 0]);
    let mask = tokens.ne(0_i64);
    let labels = Tensor::from_slice(&[2_i64, 1, 0]);
    [tokens.reshape([3, 4]), mask.reshape([3, 4]), labels]
}

#[test]
fn gradients_are_those_of_finite_differences() {
    let random = Random::new(SEED, "gradients_are_those_of_finite_differences");
    let parameters = parameters(&random);
    let texts = texts();
    let loss = |parameters: &Weights| {
        let [_, loss] = logits_and_loss(parameters, HEADS, texts.each_ref());
        loss
    };
    slopes::compare(&parameters, loss);
}

#[test]
fn padding_changes_nothing() {
    let random = Random::new(SEED, "padding_changes_nothing");
    let parameters = parameters(&random);
    let [tokens, mask, labels] = texts();
    let run = |tokens: &Tensor, mask: &Tensor| {
        let [logits, _] = logits_and_loss(&parameters, HEADS, [tokens, mask, &labels]);
        logits
    };
    let shorter = run(&tokens.narrow(1, 0, 3), &mask.narrow(1, 0, 3));
    let longer = run(&tokens, &mask);
    assert!(
        shorter.allclose(&longer, 1e-12, 1e-12, false),
        "{shorter}\n{longer}"
    );
}

#[test]
fn runs_on_all_reviews_learn_something() {
    let mut shares = Vec::new();
    for seed in SEED..SEED + 8 {
        let random = Random::new(seed, &format!("text-classification/experiment/{SENTENCES}"));
        let (losses, [accuracy, precision, recall, f1]) = on_all_reviews(&random);
        let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64;
        let (first, last) = (mean(&losses[..10]), mean(&losses[losses.len() - 10..]));
        assert!(last < 0.75 * first, "{seed}: {first} → {last}");
        // Half would be right by chance, and of 1,000 series of guesses three reach 64.
        assert!(
            accuracy >= 0.6 && precision > 0.55 && recall > 0.5,
            "{seed}: accuracy {accuracy}, precision {precision}, recall {recall}, F₁ {f1}"
        );
        shares.push(accuracy);
    }
    let mean = shares.iter().sum::<f64>() / shares.len() as f64;
    assert!(mean >= 0.68 && shares[0] >= 0.65, "{shares:?}");
}

#[test]
fn the_parts_of_the_file_are_balanced() {
    for (name, texts) in [("training", 200), ("held-out", 100)] {
        let part = part(name);
        assert_eq!(part.texts.len(), texts, "{name}");
        assert_eq!(part.labels.iter().sum::<usize>(), texts / 2, "{name}");
    }
}
