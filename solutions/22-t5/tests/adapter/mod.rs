//! The cases of each task, handed to a function that is written otherwise.

use attentive_grader::{Case, CaseError, Exercise, Reply, exercise};
use ndarray::{Array1, Array2, Array3, Array4, ArrayView2, ArrayView3};
use t5::{
    AttentionWeights, DecoderSteps, DecoderWeights, FeedForward, Head, RmsNorm, Search, Settings,
    T5,
};

pub(crate) type Bucket = fn(isize, bool, usize, usize) -> usize;
pub(crate) type Bias = fn(ArrayView2<'_, f32>, usize, usize, bool, usize) -> Array3<f32>;
pub(crate) type Attention = fn(
    ArrayView3<'_, f32>,
    ArrayView3<'_, f32>,
    &AttentionWeights<'_>,
    usize,
    Option<ArrayView3<'_, f32>>,
    Option<ArrayView3<'_, bool>>,
) -> (Array3<f32>, Array4<f32>);
pub(crate) type Network = fn(ArrayView3<'_, f32>, &FeedForward<'_>) -> Array3<f32>;
pub(crate) type Logits = fn(ArrayView3<'_, f32>, &RmsNorm<'_>, &Head<'_>) -> Array3<f32>;
pub(crate) type Generate = fn(&[usize], &T5<'_>, &Search) -> Vec<usize>;

fn is_true(case: &Case, name: &str) -> Result<bool, CaseError> {
    Ok(case.size(name)? != 0)
}

pub(crate) fn buckets(bucket: Bucket) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR")).task("relative_position_bucket", move |case| {
        let (both, buckets) = (is_true(case, "bidirectional")?, case.size("buckets")?);
        let max_distance = case.size("max_distance")?;
        let offsets: Array1<f32> = case.view("offsets")?.to_owned();
        let found = offsets.mapv(|offset| bucket(offset as isize, both, buckets, max_distance));
        Ok(Reply::default().and_ids("buckets", found))
    })
}

pub(crate) fn biases(bias: Bias) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR")).task("position_bias", move |case| {
        let bias = bias(
            case.view("table")?,
            case.size("queries")?,
            case.size("keys")?,
            is_true(case, "bidirectional")?,
            case.size("max_distance")?,
        );
        Ok(case.reply("bias", bias))
    })
}

pub(crate) fn attending(attention: Attention) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR")).task("attention", move |case| {
        let weights = AttentionWeights::named(|name| case.view(name), "")?;
        let bias = if case.inputs.contains_key("bias") {
            Some(case.view("bias")?)
        } else {
            None
        };
        let mask = case.optional_mask("mask")?;
        let (x, source) = (case.view("x")?, case.view("source")?);
        let (output, weights) = attention(x, source, &weights, case.size("heads")?, bias, mask);
        Ok(case.reply("weights", weights).and("output", output))
    })
}

pub(crate) fn networks(network: Network) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR")).task("feed_forward", move |case| {
        let weights = FeedForward::named(|name| case.view(name), is_true(case, "gated")?)?;
        Ok(case.reply("output", network(case.view("x")?, &weights)))
    })
}

pub(crate) fn blocks<B>(block: B) -> Exercise
where
    B: Fn(
            ArrayView3<'_, f32>,
            ArrayView3<'_, f32>,
            &DecoderWeights<'_>,
            usize,
            ArrayView3<'_, f32>,
            Option<ArrayView3<'_, bool>>,
        ) -> DecoderSteps
        + 'static,
{
    exercise(env!("CARGO_MANIFEST_DIR")).task("decoder_block", move |case| {
        let gated = is_true(case, "gated")?;
        let weights = DecoderWeights::named(|name| case.view(name), |name| case.view(name), gated)?;
        let (x, memory, bias) = (case.view("x")?, case.view("memory")?, case.view("bias")?);
        let (heads, mask) = (case.size("heads")?, case.optional_mask("mask")?);
        let steps = block(x, memory, &weights, heads, bias, mask);
        Ok(case
            .reply("self_weights", steps.self_weights)
            .and("after_self", steps.after_self)
            .and("cross_weights", steps.cross_weights)
            .and("after_cross", steps.after_cross)
            .and("output", steps.output))
    })
}

pub(crate) fn heads(logits: Logits) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR")).task("logits", move |case| {
        let norm = RmsNorm {
            gamma: case.view("gamma_f")?,
        };
        let matrix = case.view("matrix")?;
        let head = if is_true(case, "tied")? {
            Head::Tied(matrix)
        } else {
            Head::Untied(matrix)
        };
        Ok(case.reply("logits", logits(case.view("x")?, &norm, &head)))
    })
}

pub(crate) fn generating(generate: Generate) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR")).task("generate", move |case| {
        let settings = Settings {
            gated: is_true(case, "gated")?,
            tied: is_true(case, "tied")?,
            heads: case.size("heads")?,
            max_distance: case.size("max_distance")?,
        };
        let model = T5::stacked(
            |name| case.view(name),
            |name| case.view(name),
            |name| case.view(name),
            settings,
        )?;
        let search = Search {
            width: case.size("width")?,
            longest: case.size("longest")?,
            end: case.size("end")?,
            length_penalty: case.number("length_penalty")?,
        };
        let sources: Array2<usize> = case.ids("sources")?;
        let mut texts = Vec::new();
        for source in sources.rows() {
            let tokens = generate(&source.to_vec(), &model, &search);
            let tokens: Vec<String> = tokens.iter().map(usize::to_string).collect();
            texts.push(tokens.join(","));
        }
        Ok(Reply::default().and_texts("texts", &texts))
    })
}
