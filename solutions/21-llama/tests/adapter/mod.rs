//! A whole way of solving the exercise, and how it answers each task.

use attentive_grader::{Case, CaseError, Reply, exercise};
use llama::{AttentionSteps, BlockSteps, BlockWeights, Cache, Config, Llama};
use ndarray::{Array1, Array2, Array3, ArrayView2, ArrayView3, Axis, concatenate};

/// The functions of the exercise.
#[derive(Clone, Copy)]
pub(crate) struct Functions {
    pub(crate) rotate: fn(ArrayView3<'_, f32>, usize, f32) -> Array3<f32>,
    pub(crate) attend: fn(
        ArrayView3<'_, f32>,
        ArrayView3<'_, f32>,
        ArrayView3<'_, f32>,
    ) -> (Array3<f32>, Array3<f32>),
    pub(crate) self_attention:
        fn(ArrayView2<'_, f32>, &Cache, &BlockWeights<'_>, &Config) -> AttentionSteps,
    pub(crate) block: fn(ArrayView2<'_, f32>, &Cache, &BlockWeights<'_>, &Config) -> BlockSteps,
    pub(crate) logits: fn(&[usize], &[Cache], &Llama<'_>) -> (Array2<f32>, Vec<Cache>),
}

impl Functions {
    /// Fails unless the grader accepts all of them.
    pub(crate) fn accept(self) {
        exercise(env!("CARGO_MANIFEST_DIR"))
            .task("rotate", move |case| {
                let (past, base) = (case.size("past")?, case.number("base")?);
                Ok(case.reply("rotated", (self.rotate)(case.view("x")?, past, base)))
            })
            .task("grouped_query_attention", move |case| {
                let (queries, keys) = (case.view("queries")?, case.view("keys")?);
                let (contexts, weights) = (self.attend)(queries, keys, case.view("values")?);
                Ok(case.reply("weights", weights).and("contexts", contexts))
            })
            .task("self_attention", move |case| {
                let (x, past, weights) = of_block(case)?;
                let steps = (self.self_attention)(x, &past, &weights, &config(case)?);
                Ok(case
                    .reply("keys", steps.cache.keys)
                    .and("values", steps.cache.values)
                    .and("weights", steps.weights)
                    .and("output", steps.output))
            })
            .task("block", move |case| {
                let (x, past, weights) = of_block(case)?;
                let steps = (self.block)(x, &past, &weights, &config(case)?);
                Ok(case
                    .reply("attention", steps.attention)
                    .and("after_attention", steps.after_attention)
                    .and("feed_forward", steps.feed_forward)
                    .and("output", steps.output))
            })
            .task("logits", move |case| self.read(case))
            .accept();
    }

    /// Reads the text of a case in its pieces.
    fn read(self, case: &Case) -> Result<Reply, CaseError> {
        let head = match case.size("tied")? {
            1 => None,
            _ => Some(case.view("head")?),
        };
        let model = Llama {
            token_embedding: case.view("token_embedding")?,
            blocks: BlockWeights::stacked(|name| case.view(name), |name| case.view(name))?,
            final_norm: case.view("gamma_f")?,
            head,
            config: config(case)?,
        };
        let tokens = case.sizes("tokens")?;
        let (mut caches, mut all, mut from) = (model.empty_caches(), Vec::new(), 0);
        for length in case.sizes("pieces")? {
            let (logits, longer) = (self.logits)(&tokens[from..from + length], &caches, &model);
            all.push(logits);
            (caches, from) = (longer, from + length);
        }
        let views: Vec<_> = all.iter().map(|logits| logits.view()).collect();
        let positions = caches.iter().map(|cache| cache.values.len_of(Axis(1)));
        Ok(Reply::default()
            .and_ids("positions", positions.collect::<Array1<_>>())
            .and(
                "logits",
                concatenate(Axis(0), &views).expect("equal widths"),
            ))
    }
}

type OfBlock<'a> = (ArrayView2<'a, f32>, Cache, BlockWeights<'a>);

fn of_block(case: &Case) -> Result<OfBlock<'_>, CaseError> {
    let past = Cache {
        keys: case.view("past_keys")?.to_owned(),
        values: case.view("past_values")?.to_owned(),
    };
    let weights = BlockWeights::named(|name| case.view(name), |name| case.view(name))?;
    Ok((case.view("x")?, past, weights))
}

fn config(case: &Case) -> Result<Config, CaseError> {
    Ok(Config {
        heads: case.size("heads")?,
        kv_heads: case.size("kv_heads")?,
        epsilon: case.number("epsilon")?,
        base: case.number("base")?,
    })
}
