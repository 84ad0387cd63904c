//! The attention of recurrent networks: pooling, additive and multiplicative attention, each computed in several ways.

use attentive_reference::{
    Random, additive_attention, attention_pooling, multiplicative_attention, weighting,
};
use tch::{Kind, Tensor};

/// The largest difference of an entry.
fn difference(a: &Tensor, b: &Tensor) -> f64 {
    assert_eq!(a.size(), b.size());
    (a - b).abs().max().double_value(&[])
}

#[test]
fn scores_of_a_linear_layer() {
    use attention_pooling::{formula, kernel};
    let random = Random::new(1, "pooling");
    let (hidden, weight, bias) = (
        random.normal(&[2, 5, 8]),
        random.normal(&[8]),
        random.normal(&[]),
    );
    let scores = kernel(&hidden, &weight, &bias);
    assert!(difference(&scores, &formula(&hidden, &weight, &bias)) < 1e-5);
    let einsum = Tensor::einsum("blh,h->bl", &[&hidden, &weight], None::<i64>) + bias;
    assert!(difference(&scores, &einsum) < 1e-5);
}

#[test]
fn weights_and_weighted_sums() {
    let random = Random::new(1, "weighting");
    let far_apart = Tensor::from_slice(&[150_f32, 0.0, -150.0]).unsqueeze(1);
    let scores = random.normal(&[3, 6]) + far_apart;
    let some = Tensor::from_slice(&[true, false, true]).unsqueeze(1);
    let mask = random.normal(&[3, 6]).greater(-1.0).logical_and(&some);
    for (values, equation) in [
        (random.normal(&[6, 4]), "ij,jd->id"),
        (random.normal(&[3, 6, 4]), "ij,ijd->id"),
    ] {
        for mask in [None, Some(&mask)] {
            let (kernel, formula) = (
                weighting::kernel(&scores, &values, mask),
                weighting::formula(&scores, &values, mask),
            );
            assert!(difference(&kernel.output, &formula.output) < 1e-6, "output");
            assert!(
                difference(&kernel.weights, &formula.weights) < 1e-6,
                "weights"
            );
            let einsum = Tensor::einsum(equation, &[&kernel.weights, &values], None::<i64>);
            assert!(
                difference(&kernel.output, &einsum) < 1e-6,
                "output of the weights"
            );
        }
        let nothing = weighting::kernel(&scores, &values, Some(&mask))
            .output
            .select(0, 1);
        assert_eq!(
            nothing.abs().max().double_value(&[]),
            0.0,
            "nothing allowed, nothing read"
        );
    }
}

#[test]
fn additive_scores_and_concat_are_one() {
    use multiplicative_attention::{formula, kernel};
    let random = Random::new(1, "additive");
    let (queries, keys) = (random.normal(&[5, 3]), random.normal(&[6, 4]));
    let (w_a, u_a, v_a) = (
        random.normal(&[7, 3]),
        random.normal(&[7, 4]),
        random.normal(&[7]),
    );
    let alignment = additive_attention::kernel(&queries, &keys, &w_a, &u_a, &v_a);
    let by_formula = additive_attention::formula(&queries, &keys, &w_a, &u_a, &v_a);
    assert!(difference(&alignment, &by_formula) < 1e-5);
    let side_by_side = Tensor::cat(&[&w_a, &u_a], 1);
    assert!(
        difference(
            &alignment,
            &kernel::concat(&queries, &keys, &side_by_side, &v_a)
        ) < 1e-5
    );
    assert!(
        difference(
            &alignment,
            &formula::concat(&queries, &keys, &side_by_side, &v_a)
        ) < 1e-5
    );
}

#[test]
fn products_of_queries_and_keys() {
    use multiplicative_attention::{formula, kernel};
    let random = Random::new(1, "multiplicative");
    let (queries, keys, w_a) = (
        random.normal(&[5, 3]),
        random.normal(&[7, 4]),
        random.normal(&[3, 4]),
    );
    let general = kernel::general(&queries, &keys, &w_a);
    assert!(difference(&general, &formula::general(&queries, &keys, &w_a)) < 1e-5);
    let einsum = Tensor::einsum("iq,qk,jk->ij", &[&queries, &w_a, &keys], None::<i64>);
    assert!(difference(&general, &einsum) < 1e-5);

    let keys = random.normal(&[7, 3]);
    let dot = kernel::dot(&queries, &keys);
    assert!(difference(&dot, &formula::dot(&queries, &keys)) < 1e-5);
    let identity = Tensor::eye(3, (Kind::Float, tch::Device::Cpu));
    assert!(
        difference(&dot, &kernel::general(&queries, &keys, &identity)) < 1e-5,
        "general with W = 1 is dot"
    );
}
