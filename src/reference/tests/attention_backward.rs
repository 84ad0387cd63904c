//! Gradients of attention by three ways are the same: libtorch's autograd through its kernel, the formulas, and finite
//! differences in `f64`.

#[path = "shared/finite_differences.rs"]
mod finite_differences;

use attentive_reference::attention_backward::{attention, multi_head};
use attentive_reference::{Inputs, Random};
use finite_differences::{compare, normal};
use tch::{Device, Kind, Tensor};

/// A mask (queries, keys) with these entries.
fn mask(rows: &[&[bool]]) -> Tensor {
    let rows: Vec<Tensor> = rows.iter().map(|&row| Tensor::from_slice(row)).collect();
    Tensor::stack(&rows, 0)
}

fn compare_attention(what: &str, inputs: [&Tensor; 3], mask: Option<&Tensor>, dy: &Tensor) {
    let formula = attention::formula(inputs, mask, dy);
    let forward = |inputs: &[Tensor; 3]| attention::forward(mask, inputs);
    compare(what, inputs, &forward, dy, &formula);
}

#[test]
fn attention_with_masks_and_rows_that_are_blocked_altogether() {
    let random = Random::new(1, "attention");
    let (q, k) = (normal(&random, &[3, 5]), normal(&random, &[4, 5]));
    let (v, dy) = (normal(&random, &[4, 2]), normal(&random, &[3, 2]));
    let (yes, no) = (true, false);
    let masks = [
        ("no mask", None),
        (
            "padding",
            Some(mask(&[&[yes, yes, no, no], &[yes; 4], &[no, yes, no, yes]])),
        ),
        (
            "a blocked row",
            Some(mask(&[&[yes, no, no, yes], &[no; 4], &[yes; 4]])),
        ),
        (
            "nothing allowed",
            Some(mask(&[&[no; 4], &[no; 4], &[no; 4]])),
        ),
    ];
    for (what, mask) in &masks {
        compare_attention(what, [&q, &k, &v], mask.as_ref(), &dy);
    }
}

#[test]
fn attention_with_heads_and_a_batch() {
    let random = Random::new(1, "heads");
    let (q, k) = (
        normal(&random, &[2, 3, 4, 5]),
        normal(&random, &[2, 3, 6, 5]),
    );
    let (v, dy) = (
        normal(&random, &[2, 3, 6, 2]),
        normal(&random, &[2, 3, 4, 2]),
    );
    compare_attention("no mask", [&q, &k, &v], None, &dy);
    // The same for all heads: the second key is blocked in batch element 1.
    let mask = Tensor::ones([2, 1, 4, 6], (Kind::Bool, Device::Cpu));
    let _ = mask.get(1).select(2, 1).fill_(0_i64);
    compare_attention("a mask", [&q, &k, &v], Some(&mask), &dy);
}

#[test]
fn all_gradients_of_multi_head_attention() {
    let random = Random::new(1, "multi-head");
    let (yes, no) = (true, false);
    let mask = Tensor::stack(
        &[
            mask(&[&[yes, no, no, no], &[yes, yes, no, yes]]),
            mask(&[&[yes; 4], &[no; 4]]),
        ],
        0,
    );
    let shapes: [&[i64]; 11] = [
        &[2, 2, 5],
        &[2, 4, 3],
        &[2, 4, 7],
        &[6, 5],
        &[6],
        &[6, 3],
        &[6],
        &[6, 7],
        &[6],
        &[5, 6],
        &[5],
    ];
    let tensors = shapes.map(|shape| normal(&random, shape));
    let dy = normal(&random, &[2, 2, 5]);
    for mask in [None, Some(&mask)] {
        let mut inputs = Inputs::default()
            .with("heads", 3_i64)
            .with("dy", dy.shallow_clone());
        for (name, tensor) in multi_head::INPUTS.into_iter().zip(&tensors) {
            inputs = inputs.with(name, tensor.shallow_clone());
        }
        if let Some(mask) = mask {
            inputs = inputs.with("mask", mask.shallow_clone());
        }
        let formula = multi_head::formula(&inputs);
        let forward = |inputs: &[Tensor; 11]| multi_head::forward(3, mask, inputs);
        compare("multi-head", tensors.each_ref(), &forward, &dy, &formula);
    }
}
