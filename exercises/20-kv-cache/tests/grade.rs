//! Answers each task by a function of the exercise. The cases and their expected outputs are in `golden.safetensors`.
//!
//! Each `let` has the signature that the exercise asks for. If the compiler points at one, the function in `src/lib.rs`
//! has a different one.

// A signature that is written out says more than the name of a type.
#![allow(clippy::type_complexity)]

use attentive_grader::{Case, CaseError, Reply};
use gpt::Gpt;
use kv_cache::{Cache, Model, append, attend, generate, read};
use ndarray::{Array1, Array2, Array3, Array4, ArrayView3, Axis, concatenate, s, stack};

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .compiled_from(option_env!("ATTENTIVE_DIGESTS"))
        .task("append", |case| {
            let append: fn(ArrayView3<'_, f32>, ArrayView3<'_, f32>) -> Array3<f32> = append;
            Ok(case.reply("longer", append(case.view("past")?, case.view("new")?)))
        })
        .task("attend", |case| {
            let attend: fn(
                ArrayView3<'_, f32>,
                ArrayView3<'_, f32>,
                ArrayView3<'_, f32>,
            ) -> (Array3<f32>, Array3<f32>) = attend;
            let (contexts, weights) = attend(
                case.view("queries")?,
                case.view("keys")?,
                case.view("values")?,
            );
            Ok(case.reply("weights", weights).and("contexts", contexts))
        })
        .task("read", |case| {
            let read: fn(&[usize], &[Cache], &Model<'_>) -> (Array2<f32>, Vec<Cache>) = read;
            let (tokens, pieces) = (case.sizes("tokens")?, case.sizes("pieces")?);
            let model = Model::new(&weights(case)?);
            let (mut caches, mut logits) = (model.empty_caches(), Vec::new());
            let mut rest = &tokens[..];
            for length in pieces {
                let (piece, later) = rest.split_at(length);
                let (of_piece, longer) = read(piece, &caches, &model);
                logits.push(of_piece);
                (caches, rest) = (longer, later);
            }
            let logits: Vec<_> = logits.iter().map(|logits| logits.view()).collect();
            let logits = concatenate(Axis(0), &logits).expect("expected logits of equal width");
            let positions = caches.iter().map(|cache| cache.keys.len_of(Axis(1)));
            Ok(Reply::default()
                .and_ids("positions", positions.collect::<Array1<_>>())
                .and("keys", of_all_blocks(&caches, |cache| &cache.keys))
                .and("values", of_all_blocks(&caches, |cache| &cache.values))
                .and("logits", logits)
                .and_count("projected", model.projected()))
        })
        .task("generate", |case| {
            let generate: fn(&[usize], usize, &Model<'_>) -> Vec<usize> = generate;
            let (prompt, count) = (case.sizes("prompt")?, case.size("count")?);
            let weights = weights(case)?;
            let write = |count: usize| {
                let model = Model::new(&weights);
                let written = generate(&prompt, count, &model);
                (written, model.projected(), model.blocks.len())
            };
            let (written, projected, blocks) = write(count);
            // What one token more costs in each block. For no token the prompt may be read or not.
            let several = count.max(1);
            let (fewer, more) = (write(several).1, write(several + 1).1);
            let newest = more.saturating_sub(fewer).div_ceil(blocks);
            Ok(Reply::default()
                .and_ids("written", Array1::from(written))
                .and_count("newest", newest)
                .and_count("projected", projected))
        })
        .main()
}

/// The keys, or values, of all blocks in one array: of each as many positions as the shortest has.
fn of_all_blocks(caches: &[Cache], part: fn(&Cache) -> &Array3<f32>) -> Array4<f32> {
    let parts: Vec<_> = caches.iter().map(part).collect();
    let shortest = parts.iter().map(|part| part.len_of(Axis(1))).min();
    let shortest = s![.., ..shortest.unwrap_or_default(), ..];
    let equal: Vec<_> = parts.iter().map(|part| part.slice(shortest)).collect();
    stack(Axis(0), &equal).expect("expected a cache for each block, with equal heads and features")
}

fn weights(case: &Case) -> Result<Gpt<'_>, CaseError> {
    Gpt::stacked(
        |name| case.view(name),
        |name| case.view(name),
        |name| case.view(name),
        case.size("heads")?,
    )
}
