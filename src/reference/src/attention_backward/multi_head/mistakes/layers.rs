//! The mistakes in the four linear layers.

use tch::{Kind, Tensor};

use super::super::cases::EQUAL_SHAPES;
use super::super::layer::PROJECTIONS;
use super::super::{Gradients, Layer};
use super::{wrong, wrong_with};
use crate::inputs::Inputs;
use crate::multi_head_attention::{merge_by_reshaping, split};
use crate::outputs::Outputs;
use crate::task::Task;

/// The gradients of the weights.
const WEIGHTS: [&str; 4] = ["dw_q", "dw_k", "dw_v", "dw_o"];

/// The gradients of the biases.
const BIASES: [&str; 4] = ["db_q", "db_k", "db_v", "db_o"];

/// Adds all of them.
pub(super) fn add(task: Task) -> Task {
    of_sums(of_operands(of_inputs(of_transpositions(task))))
}

fn of_transpositions(task: Task) -> Task {
    task.mistake(
        "output-projection-forgotten",
        wrong(|x| with_dmerged(x, &x.x["dy"]).gradients()),
    )
    .only_in(EQUAL_SHAPES)
    .mistake(
        "weight-transposed",
        wrong(|x| {
            let x = with_dmerged(x, &x.x["dy"].matmul(&x.x["w_o"].tr()));
            let projected = x.projected();
            let mut gradients = x.gradients();
            for (layer, dy) in PROJECTIONS.iter().zip(&projected) {
                gradients = gradients.with(layer.dx, dy.matmul(&x.x[layer.weight].tr()));
            }
            gradients
        }),
    )
    .only_in(EQUAL_SHAPES)
    .form(
        "weight-transposed",
        "w-o-transposed",
        wrong(|x| with_dmerged(x, &x.x["dy"].matmul(&x.x["w_o"].tr())).gradients()),
    )
    .only_in(EQUAL_SHAPES)
    .mistake(
        "gradient-transposed",
        wrong(|x| x.gradients().map(WEIGHTS, Tensor::tr)),
    )
}

/// Adds the mistakes with the inputs of the layers.
fn of_inputs(task: Task) -> Task {
    task.mistake(
        "wrong-operand-for-w-o",
        wrong(|x| x.gradients().with("dw_o", dw_of(&x.dmerged, &x.x["dy"]))),
    )
    .form(
        "wrong-operand-for-w-o",
        "w-o-from-the-query",
        wrong(|x| {
            let dw_o = dw_of(&x.x["query"], &x.x["dy"]);
            x.gradients().with("dw_o", dw_o)
        }),
    )
    .only_in(EQUAL_SHAPES)
    .form(
        "wrong-operand-for-w-o",
        "contexts-merged-by-reshaping",
        wrong(|x| {
            let merged = merge_by_reshaping(&x.attention.output());
            x.gradients().with("dw_o", dw_of(&merged, &x.x["dy"]))
        }),
    )
    .mistake(
        "keys-as-values",
        wrong(|x| {
            let [.., dv] = x.projected();
            x.gradients().with("dw_v", dw_of(&x.x["key"], &dv))
        }),
    )
    .only_in(EQUAL_SHAPES)
    .form(
        "keys-as-values",
        "queries-as-keys-and-values",
        wrong(|x| {
            let [_, dk, dv] = x.projected();
            let query = &x.x["query"];
            x.gradients()
                .with("dw_k", dw_of(query, &dk))
                .with("dw_v", dw_of(query, &dv))
        }),
    )
    .only_in(EQUAL_SHAPES)
}

/// Adds the mistakes with the matrices of the layers, and those that are the same in all layers.
fn of_operands(task: Task) -> Task {
    task.mistake("wrong-projection", through([("dvalue", 2, "w_k")]))
        .only_in(EQUAL_SHAPES)
        .form(
            "wrong-projection",
            "w-q-for-all",
            through([("dkey", 1, "w_q"), ("dvalue", 2, "w_q")]),
        )
        .only_in(EQUAL_SHAPES)
        .mistake(
            "dx-instead-of-x",
            wrong(|x| {
                let projected = x.projected();
                let dw_o = dw_of(&x.dmerged, &x.x["dy"]);
                let mut gradients = x.gradients().with("dw_o", dw_o);
                for (layer, dy) in PROJECTIONS.iter().zip(&projected) {
                    let dw = dw_of(&gradients[layer.dx], dy);
                    gradients = gradients.with(layer.dw, dw);
                }
                gradients
            }),
        )
        .mistake(
            "no-projection-biases",
            wrong_with(|x| {
                let mut inputs = x.clone();
                for bias in ["b_q", "b_k", "b_v"] {
                    inputs = inputs.with(bias, x[bias].zeros_like());
                }
                inputs
            }),
        )
}

fn of_sums(task: Task) -> Task {
    task.mistake(
        "averaged-over-positions",
        wrong(|x| averaged(averaged(x.gradients(), x, WEIGHTS), x, BIASES)),
    )
    .mistake(
        "summed-over-features",
        wrong(|x| {
            let projected = x.projected();
            let mut gradients = x.gradients().with("db_o", over_features(&x.x["dy"]));
            for (layer, dy) in PROJECTIONS.iter().zip(&projected) {
                gradients = gradients.with(layer.db, over_features(dy));
            }
            gradients
        }),
    )
    .mistake(
        "overwritten",
        wrong(|x| {
            let last = Layer::of(&last_element(&x.x)).gradients();
            let mut gradients = x.gradients();
            for name in WEIGHTS.into_iter().chain(BIASES) {
                gradients = gradients.with(name, last[name].shallow_clone());
            }
            gradients
        }),
    )
    .only_in(EQUAL_SHAPES)
}

/// The same with a different gradient of the merged contexts.
fn with_dmerged(x: &Layer, dmerged: &Tensor) -> Layer {
    let dcontext = split(dmerged, x.heads);
    x.with_attention(x.attention.with_dy(dcontext))
}

/// The right gradients, but some inputs get theirs through a different matrix: name, index of the projection, matrix.
fn through<const N: usize>(
    changes: [(&'static str, usize, &'static str); N],
) -> impl Fn(&Inputs) -> Outputs {
    wrong(move |x| {
        let (projected, mut gradients) = (x.projected(), x.gradients());
        for &(name, index, weight) in &changes {
            gradients = gradients.with(name, projected[index].matmul(&x.x[weight]));
        }
        gradients
    })
}

/// The gradient of the weights of a linear layer.
fn dw_of(x: &Tensor, dy: &Tensor) -> Tensor {
    dy.flatten(0, 1).tr().matmul(&x.flatten(0, 1))
}

/// The last batch element alone.
fn last_element(x: &Inputs) -> Inputs {
    let mut inputs = x.clone();
    for name in ["query", "key", "value", "mask", "dy"] {
        if let Some(tensor) = x.get(name) {
            inputs = inputs.with(name, tensor.narrow(0, tensor.size()[0] - 1, 1));
        }
    }
    inputs
}

/// The gradients with these divided by the number of positions that they are sums over.
fn averaged(gradients: Gradients, x: &Layer, names: [&'static str; 4]) -> Gradients {
    let positions = |input: &str| (x.x[input].size()[0] * x.x[input].size()[1]) as f64;
    let (queries, keys) = (positions("query"), positions("key"));
    let [of_q, of_k, of_v, of_o] = names;
    gradients
        .map([of_q, of_o], |gradient| gradient / queries)
        .map([of_k, of_v], |gradient| gradient / keys)
}

/// The sum over the features of each position: (positions).
fn over_features(dy: &Tensor) -> Tensor {
    dy.flatten(0, 1).sum_dim_intlist(-1, false, None::<Kind>)
}
