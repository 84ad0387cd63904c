//! Tiny T5s that the hub's library wrote, and what it computed with them.

use std::fs;
use std::path::Path;

use attentive_models::{Model, T5};
use ndarray::{Axis, stack};

use crate::errors::change_tensors;
use crate::expected::{Expected, batch, batch_of_states};
use crate::fixture::{copy, folder};

/// Opens the T5 of a folder.
fn t5(folder: &Path) -> T5 {
    let model = Model::open(folder).unwrap_or_else(|error| panic!("{error}"));
    model.t5().expect("a T5")
}

/// Runs a T5, and compares all that it computes.
fn runs(name: &'static str, t5: &T5) {
    let expected = Expected::read(name);
    let (ids, targets) = (expected.integers("ids"), expected.integers("target"));
    let pairs = ids.outer_iter().zip(targets.outer_iter());
    let pairs: Vec<_> = pairs
        .map(|(source, target)| t5.run(&source.to_vec(), &target.to_vec()))
        .collect();
    let encoder: Vec<_> = pairs.iter().map(|pair| &pair.encoder).collect();
    expected.assert_states(&batch_of_states(&encoder));
    let decoder: Vec<_> = pairs.iter().map(|pair| &pair.decoder).collect();
    expected.assert_states_of("decoder.", &batch_of_states(&decoder));
    let layers = 0..pairs[0].cross_attentions.len();
    let cross = layers.map(|layer| batch(pairs.iter().map(|pair| &pair.cross_attentions[layer])));
    expected.assert_layers("cross.", &cross.collect::<Vec<_>>());
    let logits: Vec<_> = pairs.iter().map(|pair| pair.logits.view()).collect();
    let logits = stack(Axis(0), &logits).expect("texts of one length");
    expected.assert_equal("logits", logits.view().into_dyn());
}

/// Has a T5 write for the first source, in all ways that there are.
fn translates(name: &'static str) {
    let expected = Expected::read(name);
    let t5 = t5(&folder(name));
    let source = expected.integers("ids").row(0).to_vec();
    let generated = expected.integers("generated").row(0).to_vec();
    let [one, three] = [1, 3].map(|threads| t5.cached(&source, threads));
    for mut next in [one, three, t5.by_exercise(&source)] {
        let mut target = generated[..1].to_vec();
        while target.len() < generated.len() {
            let scores = next(&target);
            let best = scores.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
            target.push(best.expect("a token").0);
        }
        assert_eq!(target, generated, "{name}");
    }
    let searched = expected.integers("searched").row(0).to_vec();
    let mut search = t5.search_by_exercise(&source).expect("a start and an end");
    assert_eq!(search(3, searched.len() - 1), searched[1..], "{name}");
}

#[test]
fn t5_translates_with_a_tied_head() {
    let t5 = t5(&folder("t5"));
    assert_eq!((t5.config().gated, t5.config().scaled), (false, true));
    runs("t5", &t5);
    translates("t5");
}

#[test]
fn t5_translates_with_gates_and_a_head_of_its_own_in_f16() {
    let t5 = t5(&folder("t5-gated"));
    assert_eq!((t5.config().gated, t5.config().scaled), (true, false));
    runs("t5-gated", &t5);
    translates("t5-gated");
}

#[test]
fn t5_is_read_as_files_on_the_hub_spell_it() {
    let folder = copy("t5-gated");
    let path = folder.path().join("config.json");
    let text = fs::read_to_string(&path).expect("a file");
    let mut config: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let fields = config.as_object_mut().expect("fields");
    fields.remove("scale_decoder_outputs").expect("the new one");
    fields
        .remove("decoder_start_token_id")
        .expect("the new one");
    fields.insert("tie_word_embeddings".to_owned(), false.into());
    fs::write(path, config.to_string()).expect("a file");
    runs("t5-gated", &t5(folder.path()));
}

#[test]
fn what_old_files_have_besides_is_left() {
    let folder = copy("t5");
    change_tensors(&folder, |tensors| {
        let (tokens, bias) = (
            tensors["shared.weight"].clone(),
            tensors["decoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight"].clone(),
        );
        let cross = "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight";
        for (name, tensor) in [
            ("encoder.embed_tokens.weight", tokens.clone()),
            ("decoder.embed_tokens.weight", tokens.clone()),
            // Tied, and there all the same.
            ("lm_head.weight", tokens),
            (cross, bias),
        ] {
            tensors.insert(name.to_owned(), tensor);
        }
    });
    runs("t5", &t5(folder.path()));
}
