//! The gradients of what is trained are those of finite differences and of the formulas, and a merged layer does the same
//! as a layer with LoRA.

#[path = "shared/finite_differences.rs"]
mod finite_differences;

use attentive_reference::Random;
use attentive_reference::fine_tuning::head;
use attentive_reference::fine_tuning::lora::Layer;
use tch::Tensor;

use finite_differences::{compare, largest, normal};

/// A layer from 5 features to 3 with a rank of 2, and the gradient of its output.
fn layer(random: &Random, leading: &[i64]) -> (Layer, Tensor) {
    let shape = |features: i64| [leading, &[features]].concat();
    let layer = Layer {
        x: normal(random, &shape(5)),
        weight: normal(random, &[3, 5]),
        a: normal(random, &[2, 5]),
        b: normal(random, &[3, 2]),
        alpha: 3.0,
    };
    (layer, normal(random, &shape(3)))
}

#[test]
fn a_head_on_vectors_that_are_constants() {
    let random = Random::new(1, "head");
    let vectors = normal(&random, &[4, 5]);
    let (weight, bias) = (normal(&random, &[3, 5]), normal(&random, &[3]));
    let labels = Tensor::from_slice(&[2_i64, 0, 2, 1]);
    let forward = |parameters: &[Tensor; 2]| head::forward(&vectors, &labels, parameters);
    let inputs = [&weight, &bias];
    let formula = head::formula(&vectors, &labels, &inputs.map(Tensor::shallow_clone));
    compare("head", inputs, &forward, &Tensor::from(1_f64), &formula);
}

#[test]
fn lora_on_a_weight_that_is_a_constant() {
    let random = Random::new(1, "lora");
    for leading in [&[][..], &[4], &[2, 3]] {
        let (layer, dy) = layer(&random, leading);
        let forward = |inputs: &[Tensor; 3]| {
            let [x, a, b] = inputs.each_ref().map(Tensor::shallow_clone);
            let weight = layer.weight.shallow_clone();
            let alpha = layer.alpha;
            Layer {
                x,
                weight,
                a,
                b,
                alpha,
            }
            .forward()
        };
        let formula = layer.formula(&dy);
        let inputs = [&layer.x, &layer.a, &layer.b];
        compare(&format!("{leading:?}"), inputs, &forward, &dy, &formula);
    }
}

#[test]
fn before_the_first_step_only_b_has_a_gradient() {
    let random = Random::new(1, "start");
    let (layer, dy) = layer(&random, &[4]);
    let fresh = Layer {
        b: layer.b.zeros_like(),
        ..layer
    };
    let [_, da, db] = fresh.formula(&dy);
    assert_eq!(largest(&da), 0.0);
    assert!(largest(&db) > 0.1);
    let unchanged = fresh.x.linear(&fresh.weight, None::<Tensor>);
    assert_eq!(largest(&(fresh.forward() - unchanged)), 0.0);
}

#[test]
fn a_merged_layer_is_the_layer_with_lora() {
    let random = Random::new(1, "merged");
    let (layer, _) = layer(&random, &[2, 3]);
    let merged = layer.x.linear(&layer.merged(), None::<Tensor>);
    assert!(largest(&(layer.forward() - merged)) < 1e-12);
}
