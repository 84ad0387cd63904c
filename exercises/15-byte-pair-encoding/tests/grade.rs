//! Answers each task by a function of the exercise. The cases and their expected outputs are in `golden.safetensors`.
//!
//! Each `let` has the signature that the exercise asks for. If the compiler points at one, the function in `src/lib.rs`
//! has a different one.

// A signature that is written out says more than the name of a type.
#![allow(clippy::type_complexity)]

use attentive_given::Merges;
use attentive_grader::Reply;
use byte_pair_encoding::{decode, encode, join, train};
use ndarray::Array1;

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .compiled_from(option_env!("ATTENTIVE_DIGESTS"))
        .task("join", |case| {
            let join: fn(&[usize], (usize, usize), usize) -> Vec<usize> = join;
            let (pieces, pair) = (case.sizes("pieces")?, case.pairs("pair")?);
            let joined = join(&pieces, pair[0], case.size("id")?);
            Ok(Reply::default().and_ids("joined", Array1::from(joined)))
        })
        .task("train", |case| {
            let train: fn(&[(&str, usize)], usize) -> Vec<(usize, usize)> = train;
            let (words, times) = (case.texts("words")?, case.sizes("occurrences")?);
            let words: Vec<(&str, usize)> = words.iter().map(String::as_str).zip(times).collect();
            let merges = train(&words, case.size("count")?);
            Ok(Reply::default().and_pairs("merges", &merges))
        })
        .task("encode", |case| {
            let encode: fn(&str, &Merges) -> Vec<usize> = encode;
            let merges = Merges::new(&case.pairs("merges")?);
            let ids = encode(&case.text("text")?, &merges);
            Ok(Reply::default()
                .and_ids("ids", Array1::from(ids))
                .and_count("lookups", merges.lookups()))
        })
        .task("decode", |case| {
            let decode: fn(&[usize], &[(usize, usize)]) -> String = decode;
            let text = decode(&case.sizes("ids")?, &case.pairs("merges")?);
            Ok(Reply::default().and_text("text", &text))
        })
        .main()
}
