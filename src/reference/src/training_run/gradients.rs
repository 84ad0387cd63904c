//! The task `gradients`.

use tch::{Kind, Tensor};

use super::block::with_layers_of_a_block;
use super::cases::{LAYERS_OF_A_BLOCK, OF_A_BLOCK, decoder, layer, parameters, with_batches};
use super::decoder::{
    BLOCK, RIGHT, Way, blocks, counted, cross_entropy, differentiate, final_norm_skipped,
};
use super::update::times;
use crate::backward::autograd::as_if;
use crate::gpt::model::rows;
use crate::inputs::Inputs;
use crate::model_weights::Weights;
use crate::outputs::Outputs;
use crate::property::Property;
use crate::task::Task;

pub(super) fn task() -> Task {
    let task = Task::new("gradients", outputs(RIGHT))
        .output("loss", [])
        .ids("counted", [])
        .output("dnorm_f", ["row", "feature"])
        .labels("row", ["γ", "β"]);
    let task = with_layers_of_a_block(task, &["block 1", "block 0"])
        .in_order_of("block")
        .output("dposition_embedding", ["position", "feature"])
        .output("dtoken_embedding", ["token", "feature"]);
    properties(of_losses(of_blocks(of_embeddings(cases(task)))))
}

fn cases(task: Task) -> Task {
    task.case(
        "two-blocks",
        "2 blocks; 2 sequences of 3 positions, of which the second has padding in the last; the context is 4",
        |random| {
            let inputs = decoder(random, [2, 2], 3);
            with_batches(inputs, random, 1, &[3, 2], 3)
        },
    )
}

/// A loss, the number of positions that count, and gradients by the names of the parameters.
#[derive(Debug)]
struct Found {
    loss: Tensor,
    counted: i64,
    gradients: Weights,
}

impl From<Found> for Outputs {
    fn from(found: Found) -> Self {
        let gradients = &found.gradients;
        let layers = LAYERS_OF_A_BLOCK.into_iter();
        let layers = layers.map(|[name, first, second]| (name, layer(gradients, [first, second])));
        let around = [
            ("loss", found.loss.shallow_clone()),
            ("counted", Tensor::from(found.counted)),
            ("dnorm_f", layer(gradients, ["gamma_f", "beta_f"])),
            (
                "dposition_embedding",
                gradients["position_embedding"].shallow_clone(),
            ),
            (
                "dtoken_embedding",
                gradients["token_embedding"].shallow_clone(),
            ),
        ];
        layers.chain(around).collect()
    }
}

/// The only batch of a case: inputs and targets.
fn batch(x: &Inputs) -> [Tensor; 2] {
    ["inputs", "targets"].map(|name| x[name].get(0))
}

fn find(x: &Inputs, way: Way) -> Found {
    let [tokens, targets] = batch(x);
    let ignored = x.size("ignored");
    let (loss, gradients) = differentiate(&parameters(x), |parameters| {
        let logits = way.run(parameters, x.size("heads"), &tokens);
        cross_entropy(&logits, &targets, ignored)
    });
    Found {
        loss,
        counted: counted(&targets, ignored),
        gradients,
    }
}

fn outputs(way: Way) -> impl Fn(&Inputs) -> Outputs {
    move |x| find(x, way).into()
}

fn of_embeddings(task: Task) -> Task {
    let logits = |logits: fn(&Tensor, &Tensor) -> Tensor| outputs(Way { logits, ..RIGHT });
    let embed = |embed: fn(&Tensor, &Tensor, &Tensor) -> Tensor| outputs(Way { embed, ..RIGHT });
    task.mistake(
        "tied-use-lost",
        logits(|e, normed| (RIGHT.logits)(&e.detach(), normed)),
    )
    .form(
        "tied-use-lost",
        "tied-input-lost",
        embed(|e, p, tokens| (RIGHT.embed)(&e.detach(), p, tokens)),
    )
    .mistake(
        "positions-not-summed",
        embed(|e, p, tokens| {
            let (batch, length) = (tokens.size()[0], tokens.size()[1]);
            let p = p.narrow(0, 0, length).unsqueeze(0);
            let others = p.detach().expand([batch - 1, -1, -1], false);
            rows(e, tokens) + Tensor::cat(&[p, others], 0)
        }),
    )
    .form(
        "positions-not-summed",
        "positions-averaged",
        embed(|e, p, tokens| {
            let share = p / tokens.size()[0] as f64;
            (RIGHT.embed)(e, &as_if(p, &share), tokens)
        }),
    )
    .mistake("rows-of-positions", |x| {
        let mut found = find(x, RIGHT);
        let [tokens, _] = batch(x);
        let (e, p) = ("token_embedding", "position_embedding");
        // The gradient of the embedded vectors is put into the rows of E by their positions.
        let through_tokens = of_vectors(x, &tokens);
        let of_logits = &found.gradients[e] - &through_tokens;
        let misplaced = of_logits.narrow(0, 0, tokens.size()[1])
            + found.gradients[p].narrow(0, 0, tokens.size()[1]);
        let rest = tokens.size()[1];
        let rest = of_logits.narrow(0, rest, of_logits.size()[0] - rest);
        found.gradients = found.gradients.with(e, Tensor::cat(&[misplaced, rest], 0));
        Outputs::from(found)
    })
}

/// The share of E's gradient that comes from the vectors of the tokens.
fn of_vectors(x: &Inputs, tokens: &Tensor) -> Tensor {
    let [_, targets] = batch(x);
    let way = Way {
        logits: |e, normed| (RIGHT.logits)(&e.detach(), normed),
        ..RIGHT
    };
    let (_, gradients) = differentiate(&parameters(x), |parameters| {
        let logits = way.run(parameters, x.size("heads"), tokens);
        cross_entropy(&logits, &targets, x.size("ignored"))
    });
    gradients["token_embedding"].shallow_clone()
}

fn of_blocks(task: Task) -> Task {
    let norm = |norm: fn(&Weights, &Tensor) -> Tensor| outputs(Way { norm, ..RIGHT });
    task.mistake("norm-skipped", norm(final_norm_skipped))
        .mistake("blocks-forwards", |x| {
            by_hand(x, |blocks| {
                (0..blocks).map(|block| (block, block)).collect()
            })
        })
        .mistake("wrong-input-kept", |x| {
            by_hand(x, |blocks| {
                (0..blocks).rev().map(|block| (block, block + 1)).collect()
            })
        })
        .form("wrong-input-kept", "output-of-the-last-kept", |x| {
            by_hand(x, |blocks| {
                (0..blocks).rev().map(|block| (block, blocks)).collect()
            })
        })
}

/// Goes back through the blocks one by one, each at an input of its own: `way` has pairs of a block and the block whose
/// input is taken, and the number of blocks stands for the output of the last.
fn by_hand(x: &Inputs, way: impl Fn(usize) -> Vec<(usize, usize)>) -> Outputs {
    let [tokens, targets] = batch(x);
    let (parameters, heads) = (parameters(x), x.size("heads"));
    let double = parameters.map(|tensor| tensor.to_kind(Kind::Double));
    let mut inputs = vec![RIGHT.embedded(&double, &tokens)];
    let blocks = blocks(&double, heads);
    for block in &blocks {
        let output = BLOCK.run(block, &inputs[inputs.len() - 1]);
        inputs.push(output);
    }

    let last = parameters.with("last", inputs[blocks.len()].shallow_clone());
    let ignored = x.size("ignored");
    let (loss, mut gradients) = differentiate(&last, |leaves| {
        cross_entropy(&RIGHT.scores(leaves, &leaves["last"]), &targets, ignored)
    });
    let mut dx = gradients["last"].shallow_clone();
    for (block, input) in way(blocks.len()) {
        let leaves = blocks[block]
            .without("heads")
            .with("x", inputs[input].shallow_clone());
        let (_, of_block) = differentiate(&leaves, |leaves| {
            let weights = leaves.with("heads", Tensor::from(heads));
            (BLOCK.run(&weights, &leaves["x"]) * &dx).sum(Kind::Double)
        });
        for name in OF_A_BLOCK {
            gradients = gradients.with(
                &format!("blocks.{block}.{name}"),
                of_block[name].shallow_clone(),
            );
        }
        dx = of_block["x"].shallow_clone();
    }
    let (_, of_vectors) = differentiate(&parameters, |leaves| {
        (RIGHT.embedded(leaves, &tokens) * &dx).sum(Kind::Double)
    });
    for name in ["token_embedding", "position_embedding"] {
        let sum = &gradients[name] + &of_vectors[name];
        gradients = gradients.with(name, sum);
    }
    Outputs::from(Found {
        loss,
        counted: counted(&targets, ignored),
        gradients,
    })
}

fn of_losses(task: Task) -> Task {
    task.mistake("sum-instead-of-mean", |x| {
        let mut found = find(x, RIGHT);
        found.gradients = times(&found.gradients, found.counted as f64);
        Outputs::from(found)
    })
    .mistake("ignored-counted", |x| {
        // No token has this number, so that all of them count.
        Outputs::from(find(&x.clone().with("ignored", -1_i64), RIGHT))
    })
    .form("ignored-counted", "ignored-has-a-gradient", |x| {
        let all = find(&x.clone().with("ignored", -1_i64), RIGHT);
        Outputs::from(Found {
            gradients: all.gradients,
            ..find(x, RIGHT)
        })
    })
}

fn properties(task: Task) -> Task {
    let mut all = vec!["loss", "counted", "dnorm_f"];
    all.extend(LAYERS_OF_A_BLOCK.map(|[name, ..]| name));
    all.extend(["dposition_embedding", "dtoken_embedding"]);
    task.property(
        Property::new(
            "sequences-in-another-order",
            "moving the sequences of a batch changes nothing: everything is a sum over them",
        )
        .in_case("two-blocks")
        .rotate(["inputs", "targets"], 1)
        .expect_same(all.clone()),
    )
    .property(
        Property::new(
            "a-batch-twice",
            "a batch in which every sequence is there twice has the same loss and the same gradients",
        )
        .in_case("two-blocks")
        .double(["inputs", "targets"], 1)
        .expect_same(all.clone().into_iter().filter(|&name| name != "counted")),
    )
    .property(
        Property::new(
            "the-unread-position-does-not-matter",
            "the row of P after the last position changes nothing",
        )
        .in_case("two-blocks")
        .disturb(["position_embedding"], 0, 3)
        .expect_same(all),
    )
}
