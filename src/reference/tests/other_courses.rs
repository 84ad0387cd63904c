//! Numbers that other courses printed and libtorch computes again. One test: libtorch has one generator.

use attentive_reference::scaled_dot_product;
use tch::{Device, Kind, Tensor};

/// Seed 42, then q, k and v = randn(1, 3, 4) in turn: to every printed digit.
#[test]
fn attention_weights_of_seed_42() {
    tch::manual_seed(42);
    let randn = || Tensor::randn([1, 3, 4], (Kind::Float, Device::Cpu));
    let (q, k, v) = (randn(), randn(), randn());
    let weights = scaled_dot_product::formula(&q, &k, &v, None).weights;
    let numbers = Vec::<f32>::try_from(weights.flatten(0, -1)).expect("nine numbers");
    let printed: Vec<_> = numbers.iter().map(ToString::to_string).collect();
    let known = [
        ["0.3017341", "0.30983964", "0.3884262"],
        ["0.2450955", "0.3801395", "0.37476498"],
        ["0.29378855", "0.2293217", "0.4768897"],
    ];
    assert_eq!(printed, known.as_flattened());
}
