//! Answers each task by a function of the exercise. The cases and their expected outputs are in `golden.safetensors`.

use decoder_block::{DecoderWeights, decoder_block};

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .task("decoder_block", |case| {
            let weights = DecoderWeights::named(|name| case.view(name), |name| case.view(name))?;
            let (heads, mask) = (case.size("heads")?, case.optional_mask("memory_mask")?);
            let steps = decoder_block(case.view("x")?, case.view("memory")?, &weights, heads, mask);
            Ok(case
                .reply("self_attention", steps.self_attention)
                .and("after_self_attention", steps.after_self_attention)
                .and("cross_weights", steps.cross_weights)
                .and("cross_attention", steps.cross_attention)
                .and("after_cross_attention", steps.after_cross_attention)
                .and("feed_forward", steps.feed_forward)
                .and("output", steps.output))
        })
        .main()
}
