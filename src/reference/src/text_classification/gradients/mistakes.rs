//! The mistakes of `gradients`.

use tch::{Kind, Tensor};

use super::{Found, by, find, mean_cost};
use crate::backward::autograd::as_if;
use crate::model_weights::Weights;
use crate::task::Task;
use crate::text_classification::dropout::Dropout;
use crate::text_classification::model::{RIGHT, Way, attention, loss, norm, positions, words};
use crate::text_classification::pool;

/// Adds the mistakes.
pub(super) fn add(task: Task) -> Task {
    of_losses(of_embeddings(of_encoders(of_vectors(task))))
}

/// Mistakes between the logits and the states.
fn of_vectors(task: Task) -> Task {
    let pool = |pool: fn(&Tensor, &Tensor) -> Tensor| by(Way { pool, ..RIGHT });
    let dropped = |drop: fn(&Dropout, &Tensor) -> Tensor| by(Way { drop, ..RIGHT });
    task.mistake(
        "dropout-lost",
        dropped(|dropout, x| as_if(&dropout.run(x), x)),
    )
    .mistake(
        "dropout-not-scaled-back",
        dropped(|dropout, x| as_if(&dropout.run(x), &dropout.unscaled(x))),
    )
    .mistake(
        "not-divided",
        pool(|states, mask| as_if(&pool::mean(states, mask), &pool::sum(states, mask))),
    )
    .mistake(
        "padding-gets-a-gradient",
        pool(|states, mask| {
            let all = pool::sum(states, &mask.ones_like());
            let wrong = all / pool::counted(mask).clamp_min(1.0);
            as_if(&pool::mean(states, mask), &wrong)
        }),
    )
}

/// Mistakes between the states and the embedded words.
fn of_encoders(task: Task) -> Task {
    task.mistake(
        "norm-skipped",
        by(Way {
            // The norm has its own gradients, and hands on what it got.
            norm: |w, x| as_if(&norm(w, x), &(norm(w, &x.detach()) + x)),
            ..RIGHT
        }),
    )
    .mistake(
        "residual-lost",
        by(Way {
            sum: |x, attention| x.detach() + attention,
            ..RIGHT
        }),
    )
    .mistake(
        "branch-lost",
        by(Way {
            attend: |w, batch, x| (RIGHT.attend)(w, batch, &x.detach()),
            ..RIGHT
        }),
    )
    .mistake(
        "mask-lost",
        by(Way {
            attend: |w, batch, x| {
                let unmasked = attention(w, batch.heads, x, None);
                as_if(&(RIGHT.attend)(w, batch, x), &unmasked)
            },
            ..RIGHT
        }),
    )
}

/// Mistakes of the embeddings.
fn of_embeddings(task: Task) -> Task {
    let embed = |embed: fn(&Weights, &Tensor) -> Tensor| by(Way { embed, ..RIGHT });
    task.mistake("repeated-words-overwrite", embed(with_last_rows_only))
        .mistake(
            "positions-not-summed",
            embed(|w, tokens| {
                let p = positions(w, tokens).unsqueeze(0);
                let others = p.detach().expand([tokens.size()[0] - 1, -1, -1], false);
                words(w, tokens) + Tensor::cat(&[p, others], 0)
            }),
        )
        .form(
            "positions-not-summed",
            "positions-averaged",
            embed(|w, tokens| {
                let p = positions(w, tokens);
                let share = &p / tokens.size()[0] as f64;
                words(w, tokens) + as_if(&p, &share)
            }),
        )
        .mistake(
            "positions-forgotten",
            embed(|w, tokens| words(w, tokens) + positions(w, tokens).detach()),
        )
}

/// The vectors of the words, of which only the last with each id has a gradient.
fn with_last_rows_only(w: &Weights, tokens: &Tensor) -> Tensor {
    let ids = Vec::<i64>::try_from(&tokens.flatten(0, -1)).expect("ids");
    let is_last: Vec<f64> = (0..ids.len())
        .map(|place| f64::from(u8::from(!ids[place + 1..].contains(&ids[place]))))
        .collect();
    let is_last = Tensor::from_slice(&is_last).view_as(tokens).unsqueeze(-1);
    let vectors = words(w, tokens);
    as_if(&vectors, &(&vectors * is_last)) + positions(w, tokens)
}

fn of_losses(task: Task) -> Task {
    task.mistake("sum-instead-of-mean", |x| {
        let found = find(x, RIGHT, mean_cost);
        let texts = found.texts as f64;
        found.times(texts)
    })
    .mistake("averaged-twice", |x| {
        let found = find(x, RIGHT, mean_cost);
        let texts = found.texts as f64;
        found.times(1.0 / texts)
    })
    .mistake("result-negated", |x| find(x, RIGHT, mean_cost).times(-1.0))
    .mistake("softmax-twice", |x| {
        find(x, RIGHT, |steps, labels| {
            // A learner's way back begins at the probabilities, as if they were the logits.
            let probabilities = steps.logits.softmax(-1, Kind::Double);
            loss(&as_if(&probabilities, &steps.logits), labels)
        })
    })
    .mistake("labels-of-another-text", |x| {
        let labels = x["labels"].roll(1, 0);
        find(&x.clone().with("labels", labels), RIGHT, mean_cost)
    })
    .mistake("words-counted", |x| {
        let found = find(x, RIGHT, mean_cost);
        let texts = x["mask"].sum(Kind::Int64).int64_value(&[]);
        Found { texts, ..found }
    })
}
