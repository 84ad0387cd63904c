//! Measures by which runs are compared, and the parameters of a case. Everything in this file is given.

use adamw::Moments;
use ndarray::{Array1, Array2, ArrayD, ArrayViewD, Axis, concatenate, stack};

use crate::state::{Record, State, Tensors};

/// The parameters of a decoder that are not in a block.
pub const AROUND_THE_BLOCKS: [&str; 4] =
    ["token_embedding", "position_embedding", "gamma_f", "beta_f"];

/// The parameters of a block.
pub const OF_A_BLOCK: [&str; 12] = [
    "gamma_1", "beta_1", "w_qkv", "b_qkv", "w_o", "b_o", "gamma_2", "beta_2", "w_fc", "b_fc",
    "w_proj", "b_proj",
];

/// The layers of a block in the order in which they get their gradients: a name, and the names of the two parameters.
pub const LAYERS_OF_A_BLOCK: [[&str; 3]; 6] = [
    ["dproj", "w_proj", "b_proj"],
    ["dfc", "w_fc", "b_fc"],
    ["dnorm_2", "gamma_2", "beta_2"],
    ["doutput", "w_o", "b_o"],
    ["dqkv", "w_qkv", "b_qkv"],
    ["dnorm_1", "gamma_1", "beta_1"],
];

/// The columns of the trace of a run, in the order in which they are computed.
pub const QUANTITIES: [&str; 4] = ["loss", "gradient norm", "learning rate", "steps taken"];

/// The parameters of a decoder. `tensor` finds a tensor by its name; those of the blocks are stacked, with the blocks on
/// their first axis.
///
/// # Errors
/// When a tensor is not found.
pub fn from_stacks<'a, E>(
    tensor: impl Fn(&str) -> Result<ArrayViewD<'a, f32>, E>,
) -> Result<Tensors, E> {
    let mut parameters = Tensors::new();
    for name in AROUND_THE_BLOCKS {
        parameters.insert(name.to_owned(), tensor(name)?.to_owned());
    }
    for name in OF_A_BLOCK {
        for (block, tensor) in tensor(name)?.outer_iter().enumerate() {
            parameters.insert(format!("blocks.{block}.{name}"), tensor.to_owned());
        }
    }
    Ok(parameters)
}

/// The tensor of this name, or a stack of those that all blocks have under this name, with the last block first, as on the
/// way back.
///
/// # Panics
/// If there is none, or blocks have different shapes.
pub fn stacked(tensors: &Tensors, name: &str) -> ArrayD<f32> {
    if let Some(tensor) = tensors.get(name) {
        return tensor.clone();
    }
    let mut blocks = Vec::new();
    while let Some(tensor) = tensors.get(&format!("blocks.{}.{name}", blocks.len())) {
        blocks.push(tensor.view());
    }
    assert!(
        !blocks.is_empty(),
        "expected a gradient `{name}` or `blocks.0.{name}`, found neither"
    );
    blocks.reverse();
    stack(Axis(0), &blocks)
        .unwrap_or_else(|_| panic!("expected `{name}` to have the same shape in all blocks"))
}

/// The gradients of a layer as one matrix: below W its bias, or below γ its β. Those of blocks are stacked, as in
/// [`stacked`].
///
/// # Panics
/// If one of them is missing, or their shapes do not fit each other.
pub fn layer(tensors: &Tensors, [first, second]: [&str; 2]) -> ArrayD<f32> {
    let (mut upper, lower) = (stacked(tensors, first), stacked(tensors, second));
    let rows = Axis(lower.ndim() - 1);
    if upper.ndim() == lower.ndim() {
        upper = upper.insert_axis(rows);
    }
    concatenate(rows, &[upper.view(), lower.insert_axis(rows).view()])
        .unwrap_or_else(|_| panic!("expected `{second}` to be as wide as `{first}`"))
}

/// A row of numbers for all tensors of a state: its parameters, or one of their moments.
pub type Measure = fn(&Tensors) -> Array1<f32>;

/// The norm of each tensor, in the order of their names.
pub fn lengths(tensors: &Tensors) -> Array1<f32> {
    let length = |tensor: &ArrayD<f32>| tensor.iter().map(|x| x * x).sum::<f32>().sqrt();
    tensors.values().map(length).collect()
}

/// All entries of all tensors, in the order of their names.
pub fn entries(tensors: &Tensors) -> Array1<f32> {
    tensors.values().flatten().copied().collect()
}

/// A run step by step, in the order in which its quantities are computed: `trace` has the [`QUANTITIES`] of each step, and
/// `m`, `v` and `parameters` are measures of the state after it. All are (step, …). `history` has the state after each step.
///
/// # Panics
/// If the states do not have the same parameters.
pub fn steps(
    history: &[State],
    records: &[Record],
    measure: Measure,
) -> [(&'static str, Array2<f32>); 4] {
    let m = rows(history, |state| {
        measure(&moments(state, |moments| &moments.m))
    });
    let v = rows(history, |state| {
        measure(&moments(state, |moments| &moments.v))
    });
    let parameters = rows(history, |state| measure(&state.parameters));
    [
        ("trace", reports(history, records)),
        ("m", m),
        ("v", v),
        ("parameters", parameters),
    ]
}

/// A number from the report of each step of a run, from the first on. For steps that were `taken` before it is 0.
pub fn curve(taken: usize, records: &[Record], number: fn(&Record) -> f32) -> Array1<f32> {
    let before = vec![0.0; taken];
    before
        .into_iter()
        .chain(records.iter().map(number))
        .collect()
}

fn reports(history: &[State], records: &[Record]) -> Array2<f32> {
    let mut reports = Array2::zeros((history.len(), QUANTITIES.len()));
    let steps = records.iter().zip(history);
    for (mut row, (record, state)) in reports.rows_mut().into_iter().zip(steps) {
        (row[0], row[1], row[2]) = (record.loss, record.norm, record.rate);
        row[3] = state.step as f32;
    }
    reports
}

fn moments(state: &State, moment: fn(&Moments) -> &ArrayD<f32>) -> Tensors {
    let moments = state.moments.iter();
    moments
        .map(|(name, moments)| (name.clone(), moment(moments).clone()))
        .collect()
}

fn rows(history: &[State], row: impl Fn(&State) -> Array1<f32>) -> Array2<f32> {
    let rows: Vec<Array1<f32>> = history.iter().map(row).collect();
    let rows: Vec<_> = rows.iter().map(|row| row.view()).collect();
    stack(Axis(0), &rows).expect("expected states with the same parameters and moments")
}
