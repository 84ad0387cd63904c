//! Answers each task by a function of the exercise. The cases and their expected outputs are in `golden.safetensors`.
//!
//! Each `let` has the signature that the exercise asks for. If the compiler points at one, the function in `src/lib.rs`
//! has a different one.

// A signature that is written out says more than the name of a type.
#![allow(clippy::type_complexity)]

use attentive_grader::{Case, CaseError, Reply, uniform};
use ndarray::{Array1, ArrayView1, ArrayView2};
use sampling::{
    Beam, Search, Settings, beam_search, draw, next_token, repetition_penalty, temperature, top_k,
    top_p,
};

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .compiled_from(option_env!("ATTENTIVE_DIGESTS"))
        .task("temperature", |case| {
            let temperature: fn(ArrayView1<'_, f32>, f32) -> Array1<f32> = temperature;
            let logits = temperature(case.view("logits")?, case.number("temperature")?);
            Ok(case.reply("logits", logits))
        })
        .task("top_k", |case| {
            let top_k: fn(ArrayView1<'_, f32>, usize) -> Array1<f32> = top_k;
            Ok(case.reply("logits", top_k(case.view("logits")?, case.size("k")?)))
        })
        .task("top_p", |case| {
            let top_p: fn(ArrayView1<'_, f32>, f32) -> Array1<f32> = top_p;
            Ok(case.reply("logits", top_p(case.view("logits")?, case.number("p")?)))
        })
        .task("repetition_penalty", |case| {
            let repetition_penalty: fn(ArrayView1<'_, f32>, &[usize], f32) -> Array1<f32> =
                repetition_penalty;
            let (written, penalty) = (case.sizes("written")?, case.number("penalty")?);
            let logits = repetition_penalty(case.view("logits")?, &written, penalty);
            Ok(case.reply("logits", logits))
        })
        .task("draw", |case| {
            let draw: fn(ArrayView1<'_, f32>, f32) -> usize = draw;
            draws(case, draw)
        })
        .task("next_token", |case| {
            let next_token: fn(ArrayView1<'_, f32>, &[usize], &Settings, f32) -> usize = next_token;
            let logits = case.view("logits")?;
            let written = case.sizes("written")?;
            let settings = Settings {
                repetition_penalty: case.number("repetition_penalty")?,
                temperature: case.number("temperature")?,
                top_k: case.size("top_k")?,
                top_p: case.number("top_p")?,
            };
            let u: ArrayView1<'_, f32> = case.view("u")?;
            let tokens = u
                .iter()
                .map(|&u| next_token(logits, &written, &settings, u));
            Ok(Reply::default().and_ids("tokens", tokens.collect::<Array1<_>>()))
        })
        .task("beam_search", |case| {
            let beam_search: fn(
                &[usize],
                &mut dyn FnMut(&[usize]) -> Array1<f32>,
                &Search,
            ) -> Vec<Beam> = beam_search;
            searched(case, beam_search)
        })
        .main()
}

/// Draws a token by each of the numbers `u`; in a case with a number of `draws`, by as many random ones as well.
fn draws(case: &Case, draw: fn(ArrayView1<'_, f32>, f32) -> usize) -> Result<Reply, CaseError> {
    let logits = case.view("logits")?;
    let u: ArrayView1<'_, f32> = case.view("u")?;
    let tokens: Vec<usize> = u.iter().map(|&u| draw(logits, u)).collect();
    let mut drawn = tokens.clone();
    if case.inputs.contains_key("draws") {
        let random = uniform(case.size("seed")? as u64);
        drawn.extend(random.take(case.size("draws")?).map(|u| draw(logits, u)));
    }

    let mut counts = Array1::<f32>::zeros(logits.len());
    let mut removed = 0;
    for &token in &drawn {
        assert!(
            token < logits.len(),
            "expected a token below {}, the size of the vocabulary, found {token}",
            logits.len()
        );
        counts[token] += 1.0;
        removed += usize::from(logits[token] == f32::NEG_INFINITY);
    }
    Ok(Reply::default()
        .and_ids("tokens", Array1::from(tokens))
        .and("shares", counts / drawn.len() as f32)
        .and_count("removed", removed))
}

/// Searches with a model whose logits depend on all tokens of a text and on their order, and counts its calls.
///
/// Beams have different lengths, so their tokens are returned as texts: `4,0,2`.
fn searched(
    case: &Case,
    beam_search: fn(&[usize], &mut dyn FnMut(&[usize]) -> Array1<f32>, &Search) -> Vec<Beam>,
) -> Result<Reply, CaseError> {
    let table: ArrayView2<'_, f32> = case.view("table")?;
    let prompt = case.sizes("prompt")?;
    let search = Search {
        width: case.size("width")?,
        longest: case.size("longest")?,
        end: case.size("end")?,
        length_penalty: case.number("length_penalty")?,
    };
    let mut calls = 0;
    let mut next = |text: &[usize]| {
        calls += 1;
        let row = text.iter().fold(0, |row, &token| {
            assert!(token < table.ncols(), "the model has no token {token}");
            (3 * row + token + 1) % table.nrows()
        });
        table.row(row).to_owned()
    };
    let beams = beam_search(&prompt, &mut next, &search);

    let mut texts = Vec::new();
    for beam in &beams {
        let tokens: Vec<String> = beam.tokens.iter().map(usize::to_string).collect();
        texts.push(tokens.join(","));
    }
    let sums: Array1<f32> = beams.iter().map(|beam| beam.log_probability).collect();
    let scores: Array1<f32> = beams.iter().map(|beam| beam.score).collect();
    Ok(Reply::default()
        .and_texts("beams", &texts)
        .and("log_probabilities", sums)
        .and("scores", scores)
        .and_count("calls", calls))
}
