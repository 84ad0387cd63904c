//! The kinds of models other than GPT-2: a T5 and a Vision Transformer.

use safetensors::SafeTensors;

use super::{first_row, floats, likeliest, recorded, run};
use crate::support::Checkout;

/// A tiny T5 with random weights, and what the hub's own library computes with it.
const T5: &str = "src/models/tests/fixtures/t5-gated";
/// The same of a Vision Transformer, with a photo.
const VIT: &str = "src/models/tests/fixtures/vit";

/// Greedily and by a search; and a function that is not solved is named.
pub(super) fn a_t5_writes_what_the_hubs_library_writes(checkout: &Checkout) {
    let bytes = recorded(checkout, T5);
    let tensors = SafeTensors::deserialize(&bytes).expect("tensors");
    let source = first_row(&tensors, "ids");
    let source: Vec<String> = source.iter().map(usize::to_string).collect();
    let source = source.join(" ");
    let task = [
        "pipeline",
        "text2text-generation",
        "--own",
        "--ids",
        &source,
    ];
    let task = [
        &task[..],
        &["--model", T5, "--json", "--max-new-tokens", "12"],
    ]
    .concat();
    for (options, name) in [(&[][..], "generated"), (&["--beams", "3"], "searched")] {
        let ran = run(checkout, &[&task[..], options].concat()).exits(0);
        let target = &first_row(&tensors, name)[1..];
        assert_eq!(ran.json()[0]["ids"], serde_json::json!(target), "{name}");
    }
    let file = "exercises/22-t5/src/lib.rs";
    let solved = checkout.read(file);
    checkout.attentive(&["reset", "t5"]).exits(0);
    let open = run(checkout, &task).exits(1);
    let says = "22-t5 is not solved yet, and this model needs it: for each query and key, ";
    assert!(open.stderr.contains(says), "{}", open.stderr);
    assert_eq!(open.stdout, "");
    checkout.write(file, solved);
}

/// The class of a photo and its probability; and a function that is not solved is named.
pub(super) fn a_vit_sees_what_the_hubs_library_sees(checkout: &Checkout) {
    let bytes = recorded(checkout, VIT);
    let tensors = SafeTensors::deserialize(&bytes).expect("tensors");
    let logits = floats(&tensors.tensor("photo.logits").expect("logits"));
    let class = likeliest(&logits);
    let sum: f32 = logits
        .iter()
        .map(|logit| (logit - logits[class]).exp())
        .sum();
    let photo = format!("{VIT}/photo.png");
    let task = [
        "pipeline",
        "image-classification",
        "--own",
        &photo,
        "--model",
        VIT,
        "--json",
    ];
    let answers = run(checkout, &task).exits(0).json();
    let found = &answers[0]["labels"][0];
    assert_eq!(found["label"], ["bad", "fair", "good"][class]);
    let found = found["probability"].as_f64().expect("a probability") as f32;
    // Pillow and the crate `image` round differently where they resize a photo. A byte in three that is off by one moves
    // the probability by up to 0.008, and swapped axes move it by 0.14.
    let distance = (found - sum.recip()).abs();
    assert!(distance < 1e-2, "{distance}");

    let file = "exercises/23-vision-transformer/src/lib.rs";
    let solved = checkout.read(file);
    checkout
        .attentive(&["reset", "vision-transformer"])
        .exits(0);
    let open = run(checkout, &task).exits(1);
    let says = "23-vision-transformer is not solved yet, and this model needs it: ";
    assert!(open.stderr.contains(says), "{}", open.stderr);
    assert_eq!(open.stdout, "");
    checkout.write(file, solved);
}
