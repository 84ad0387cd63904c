//! The cases of `unfreeze`.

use crate::inputs::Inputs;
use crate::task::Task;

/// Names of which a part is found in the wrong place if you look for it anywhere.
const NAMES_INSIDE_NAMES: [&str; 9] = [
    "embeddings.tokens",
    "embeddings.norm.gamma",
    "blocks.0.attention.position_embeddings",
    "blocks.0.attention.head_scale",
    "blocks.1.attention.head_scale",
    "blocks.1.feed_forward.w_1",
    "blocks.2.attention.position_embeddings",
    "head.norm.gamma",
    "head.weight",
];

pub(super) fn add(task: Task) -> Task {
    task.case(
        "top-two",
        "the head and the upper 2 of 4 blocks; ξ is 0.5",
        |_| tuning(&names(&[0, 1, 2, 3]), 4, Some(2), 1e-3, 0.5),
    )
    .case("head-alone", "the head and none of 3 blocks", |_| {
        tuning(&names(&[0, 1, 2]), 3, Some(0), 2e-3, 0.8)
    })
    .case(
        "everything",
        "the head, all 3 blocks and the embeddings; ξ is 0.9",
        |_| tuning(&names(&[0, 1, 2]), 3, None, 5e-5, 0.9),
    )
    .case(
        "all-blocks",
        "the head and all 3 blocks, but not the embeddings",
        |_| tuning(&names(&[0, 1, 2]), 3, Some(3), 1e-4, 0.7),
    )
    .case(
        "from-the-top",
        "the upper 2 of 4 blocks, with the names from the head downwards",
        |_| {
            let mut names = names(&[0, 1, 2, 3]);
            names.reverse();
            tuning(&names, 4, Some(2), 3e-3, 0.75)
        },
    )
    .case(
        "twelve-blocks",
        "the upper 3 of 12 blocks, in no order: block 1 is not block 10 or 11",
        |_| tuning(&names(&[10, 1, 9, 0, 11, 8]), 12, Some(3), 1e-3, 0.6),
    )
    .case(
        "twelve-and-everything",
        "everything in a model of 12 blocks; ξ is 1 / 2.6",
        |_| tuning(&names(&[2, 11, 0, 10, 1]), 12, None, 4e-3, 1.0 / 2.6),
    )
    .case(
        "names-inside-names",
        "names of blocks that contain those of the other parts",
        |_| tuning(&NAMES_INSIDE_NAMES.map(str::to_owned), 3, None, 1e-3, 0.5),
    )
    .case(
        "no-decay",
        "a ξ of 1: all that is trained has one rate",
        |_| tuning(&names(&[0, 1]), 2, Some(1), 2e-5, 1.0),
    )
}

/// The names of a model's parameters, from the embeddings to the head, with two in each of these blocks.
fn names(blocks: &[usize]) -> Vec<String> {
    let mut names = vec![
        "embeddings.tokens".to_owned(),
        "embeddings.positions".to_owned(),
    ];
    for block in blocks {
        names.push(format!("blocks.{block}.w_q"));
        names.push(format!("blocks.{block}.b_1"));
    }
    names.extend(["head.weight", "head.bias"].map(str::to_owned));
    names
}

fn tuning(names: &[String], blocks: i64, top: Option<i64>, rate: f32, decay: f32) -> Inputs {
    let inputs = Inputs::default()
        .with_texts("names", names)
        .with("blocks", blocks)
        .with("rate", rate)
        .with("decay", decay);
    match top {
        Some(top) => inputs.with("top", top),
        None => inputs,
    }
}
