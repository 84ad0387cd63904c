//! The functions that are measured, and what libtorch has for each.

use attentive_given::linear;
use clap::ValueEnum;
use layer_norm::{layer_norm, rms_norm};
use multi_head_attention::{Projections, multi_head_attention};
use ndarray::{Array1, Array2, Axis, s};
use scaled_dot_product::attention;
use softmax::softmax;
use tch::{Kind, Tensor};

use crate::decoding;
use crate::numbers::{noise, to_libtorch};
use crate::pair::Pair;

/// Width of a head.
const HEAD: usize = 64;
/// Width of a model, and the heads in it.
const D_MODEL: usize = 512;
const HEADS: usize = D_MODEL / HEAD;
const EPSILON: f32 = 1e-5;

/// A function that is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Function {
    Product,
    Softmax,
    LayerNorm,
    RmsNorm,
    Attention,
    FusedAttention,
    MultiHead,
    DecodingStep,
}

impl Function {
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        Self::value_variants().iter().copied()
    }

    /// The name in the output.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Softmax => "softmax",
            Self::LayerNorm => "layer-norm",
            Self::RmsNorm => "rms-norm",
            Self::Attention => "attention",
            Self::FusedAttention => "fused-attention",
            Self::MultiHead => "multi-head",
            Self::DecodingStep => "decoding-step",
        }
    }

    /// Describes what libtorch does.
    pub(crate) fn beside(self) -> &'static str {
        match self {
            Self::Product => "libtorch, linear",
            Self::Softmax => "libtorch, softmax",
            Self::LayerNorm => "libtorch, layer_norm",
            Self::RmsNorm => "libtorch, rms_norm",
            Self::Attention | Self::MultiHead | Self::DecodingStep => "libtorch, step by step",
            Self::FusedAttention => "libtorch, scaled_dot_product_attention",
        }
    }

    /// The function with arguments of a size.
    pub(crate) fn pair(self, size: usize) -> Pair {
        match self {
            Self::Product => product_pair(size),
            Self::Softmax => softmax_pair(size),
            Self::LayerNorm => layer_norm_pair(size),
            Self::RmsNorm => rms_norm_pair(size),
            Self::Attention => attention_pair(size, step_by_step),
            Self::FusedAttention => attention_pair(size, fused),
            Self::MultiHead => multi_head_pair(size),
            Self::DecodingStep => decoding::pair(size, D_MODEL, HEADS),
        }
    }
}

/// x Wᵀ, all of them (size, size).
fn product_pair(size: usize) -> Pair {
    let (x, w) = (noise((size, size)), noise((size, size)));
    let (tx, tw) = (to_libtorch(x.view()), to_libtorch(w.view()));
    Pair {
        ours: Box::new(move || linear(x.view(), w.view(), None).into_dyn()),
        libtorch: Box::new(move || tx.linear(&tw, None::<&Tensor>)),
        products: None,
    }
}

fn softmax_pair(size: usize) -> Pair {
    let logits = noise((size, size));
    let tensor = to_libtorch(logits.view());
    Pair {
        ours: Box::new(move || softmax(logits.view()).into_dyn()),
        libtorch: Box::new(move || tensor.softmax(-1, Kind::Float)),
        products: None,
    }
}

fn layer_norm_pair(size: usize) -> Pair {
    let (x, gamma, beta) = (noise((size, size)), noise(size), noise(size));
    let tensors = [to_libtorch(gamma.view()), to_libtorch(beta.view())];
    let tx = to_libtorch(x.view());
    let width = [size as i64];
    Pair {
        ours: Box::new(move || layer_norm(x.view(), gamma.view(), beta.view(), EPSILON).into_dyn()),
        libtorch: Box::new(move || {
            let [gamma, beta] = &tensors;
            tx.layer_norm(width, Some(gamma), Some(beta), EPSILON.into(), true)
        }),
        products: None,
    }
}

fn rms_norm_pair(size: usize) -> Pair {
    let (x, gamma) = (noise((size, size)), noise(size));
    let (tx, scale) = (to_libtorch(x.view()), to_libtorch(gamma.view()));
    let width = [size as i64];
    Pair {
        ours: Box::new(move || rms_norm(x.view(), gamma.view(), EPSILON).into_dyn()),
        libtorch: Box::new(move || tx.rms_norm(width, Some(&scale), f64::from(EPSILON))),
        products: None,
    }
}

/// One head, without a mask.
fn attention_pair(size: usize, libtorch: fn(&Tensor, &Tensor, &Tensor) -> Tensor) -> Pair {
    let [q, k, v]: [Array2<f32>; 3] = [(); 3].map(|()| noise((size, HEAD)));
    let [tq, tk, tv] = [&q, &k, &v].map(|array| to_libtorch(array.view()));
    let (q_too, k_too, v_too) = (q.clone(), k.clone(), v.clone());
    Pair {
        ours: Box::new(move || attention(q.view(), k.view(), v.view(), None).0.into_dyn()),
        libtorch: Box::new(move || libtorch(&tq, &tk, &tv)),
        products: Some(Box::new(move || {
            q_too.dot(&k_too.t()).dot(&v_too).into_dyn()
        })),
    }
}

/// The formula, with the weights as a tensor, as the solution has it.
pub(crate) fn step_by_step(q: &Tensor, k: &Tensor, v: &Tensor) -> Tensor {
    let scores = q.matmul(&k.transpose(-2, -1)) / (HEAD as f64).sqrt();
    scores.softmax(-1, Kind::Float).matmul(v)
}

/// The kernel that never has all weights.
fn fused(q: &Tensor, k: &Tensor, v: &Tensor) -> Tensor {
    // It takes (batch, heads, length, head_dim).
    let [q, k, v] = [q, k, v].map(|tensor| tensor.unsqueeze(0).unsqueeze(0));
    let none = None::<&Tensor>;
    Tensor::scaled_dot_product_attention(&q, &k, &v, none, 0.0, false, None, false)
}

/// Self-attention of one sequence.
fn multi_head_pair(size: usize) -> Pair {
    let x = noise((1, size, D_MODEL));
    // Of variance 1 / d_model, so that the scores are of the size that they have in a model.
    let scale = (3.0 / D_MODEL as f32).sqrt();
    let weights: [Array2<f32>; 4] = [(); 4].map(|()| noise((D_MODEL, D_MODEL)) * scale);
    let bias: Array1<f32> = noise(D_MODEL);
    let tx = to_libtorch(x.view());
    let matrices = weights.each_ref().map(|weight| to_libtorch(weight.view()));
    let tensor_bias = to_libtorch(bias.view());
    let (x_too, weights_too) = (x.clone(), weights.clone());
    Pair {
        ours: Box::new(move || {
            let [w_q, w_k, w_v, w_o] = weights.each_ref().map(|weight| weight.view());
            let [b_q, b_k, b_v, b_o] = [bias.view(); 4];
            let projections = Projections {
                w_q,
                b_q,
                w_k,
                b_k,
                w_v,
                b_v,
                w_o,
                b_o,
            };
            let x = x.view();
            let (output, _) = multi_head_attention(x, x, x, &projections, HEADS, None);
            output.into_dyn()
        }),
        libtorch: Box::new(move || {
            let heads = [1, size as i64, HEADS as i64, HEAD as i64];
            let [w_q, w_k, w_v, w_o] = &matrices;
            let [q, k, v] = [w_q, w_k, w_v].map(|weight| {
                let projected = tx.linear(weight, Some(&tensor_bias));
                projected.view(heads).transpose(1, 2)
            });
            let contexts = step_by_step(&q, &k, &v).transpose(1, 2);
            let merged = contexts.reshape([1, size as i64, D_MODEL as i64]);
            merged.linear(w_o, Some(&tensor_bias))
        }),
        products: Some(Box::new(move || {
            let x = x_too.index_axis(Axis(0), 0);
            let [q, k, v, o] = weights_too.each_ref().map(|weight| x.dot(&weight.t()));
            for head in 0..HEADS {
                let head = s![.., head * HEAD..(head + 1) * HEAD];
                std::hint::black_box(q.slice(head).dot(&k.slice(head).t()).dot(&v.slice(head)));
            }
            o.into_dyn()
        })),
    }
}
