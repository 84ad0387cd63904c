//! The decoder that libtorch trains for a recipe: GPT-2's, or one on the way to Llama's.

use attentive_recipe::{Corpus, Measured, Recipe, Windows, first_parameters};
use ndarray::{Array2, ArrayD};
use tch::nn::VarStore;
use tch::{Device, Kind, Reduction, Tensor};

use super::error::TrainingError;
use crate::layer_norm::kernel::rms_norm;
use crate::layers::{Heads, NOT_DECAYED};
use crate::model_weights::Weights;
use crate::rotary_embedding::{Layout, angles_with_base};

/// The ε of all norms.
pub(super) const EPSILON: f64 = 1e-5;
/// The base of rotary embedding.
pub(super) const BASE: f64 = 1e4;

/// A decoder whose parameters go by the names of exercise 28. Their presence decides how it computes: it has layer norms
/// if there is a β, a gated network if there is a gate, a table of positions or else rotary embedding, and a head of its
/// own if there is one. Fewer columns of keys are shared by the query heads.
#[derive(Debug)]
pub(super) struct Decoder {
    parameters: Weights,
    recipe: Recipe,
    turns: Turns,
}

/// The cosine and the sine (context, 1, head_dim / 2) of the angle of each pair of features at each position.
#[derive(Debug)]
struct Turns {
    cos: Tensor,
    sin: Tensor,
}

/// The first parameters of the recipe's GPT-2.
pub(super) fn first_of_gpt_2(recipe: &Recipe, vocabulary: usize, seed: u64) -> Weights {
    let parameters = first_parameters(recipe, vocabulary, seed);
    parameters
        .into_iter()
        .map(|(name, array)| (name, to_tensor(&array)))
        .collect()
}

impl Decoder {
    /// A decoder that begins with these parameters, all of which are variables of the store.
    pub(super) fn new(store: &VarStore, first: &Weights, recipe: &Recipe) -> Self {
        let variable = |(name, first): (&str, &Tensor)| {
            let path = match first.dim() {
                0 | 1 => store.root().set_group(NOT_DECAYED),
                _ => store.root(),
            };
            let variable = path.add(&name.replace('.', "/"), first.copy(), true);
            (name.to_owned(), variable)
        };
        Self {
            parameters: first.iter().map(variable).collect(),
            recipe: *recipe,
            turns: Turns::new(recipe),
        }
    }

    pub(super) fn loss(&self, windows: &Windows) -> Tensor {
        self.losses(windows).mean(None::<Kind>)
    }

    /// The loss of each position: (batch, length).
    fn losses(&self, windows: &Windows) -> Tensor {
        let targets = to_ids(&windows.targets);
        let logits = self.logits(&to_ids(&windows.inputs)).transpose(1, 2);
        logits.cross_entropy_loss(&targets, None::<Tensor>, Reduction::None, -100, 0.0)
    }

    /// The losses on what is held out.
    pub(super) fn measure(&self, corpus: &Corpus, step: usize) -> Result<Measured, TrainingError> {
        let batches = corpus.held_out();
        let losses: Vec<Tensor> = tch::no_grad(|| batches.iter().map(|b| self.losses(b)).collect());
        let of_positions = Tensor::cat(&losses, 0).mean_dim(0, false, Kind::Double);
        let of_positions = Vec::<f32>::try_from(of_positions.to_kind(Kind::Float))?;
        Ok(Measured::new(step, &of_positions))
    }

    /// The logits (batch, length, vocabulary) of tokens (batch, length).
    pub(super) fn logits(&self, tokens: &Tensor) -> Tensor {
        let words = &self.parameters["token_embedding"];
        let mut x = Tensor::embedding(words, tokens, -1, false, false);
        if let Some(positions) = self.parameters.get("position_embedding") {
            x += positions.narrow(0, 0, tokens.size()[1]);
        }
        for number in 0..self.recipe.blocks {
            x = self.block(number, &x);
        }
        let head = self.parameters.get("head").unwrap_or(words);
        self.norm(&x, "gamma_f", "beta_f").matmul(&head.tr())
    }

    fn block(&self, number: usize, x: &Tensor) -> Tensor {
        let named = |name: &str| format!("blocks.{number}.{name}");
        let normed = self.norm(x, &named("gamma_1"), &named("beta_1"));
        let a = x + self.attention(number, &normed);
        let normed = self.norm(&a, &named("gamma_2"), &named("beta_2"));
        &a + self.network(number, &normed)
    }

    fn attention(&self, number: usize, x: &Tensor) -> Tensor {
        let qkv = self.linear(number, "qkv", x);
        let (width, all) = (self.recipe.width as i64, qkv.size()[2]);
        let shared = (all - width) / 2;
        let qkv = qkv.split_with_sizes([width, shared, shared], -1);
        let heads = Heads {
            count: self.recipe.heads as i64,
            causal: true,
        };
        let context = match self.parameters.get("position_embedding") {
            Some(_) => heads.attend(&qkv[0], &qkv[1], &qkv[2]),
            None => {
                let [queries, keys] = [&qkv[0], &qkv[1]].map(|x| self.turns.applied(x));
                heads.attend(&queries, &keys, &qkv[2])
            }
        };
        self.linear(number, "o", &context)
    }

    fn network(&self, number: usize, x: &Tensor) -> Tensor {
        let hidden = match self.parameters.get(&format!("blocks.{number}.w_gate")) {
            Some(_) => self.linear(number, "gate", x).silu() * self.linear(number, "up", x),
            None => self.linear(number, "fc", x).gelu("tanh"),
        };
        self.linear(number, "proj", &hidden)
    }

    /// x W + b, or x W where there is no bias.
    fn linear(&self, number: usize, name: &str, x: &Tensor) -> Tensor {
        let product = x.matmul(&self.parameters[format!("blocks.{number}.w_{name}").as_str()]);
        match self.parameters.get(&format!("blocks.{number}.b_{name}")) {
            Some(bias) => product + bias,
            None => product,
        }
    }

    fn norm(&self, x: &Tensor, gamma: &str, beta: &str) -> Tensor {
        let gamma = &self.parameters[gamma];
        match self.parameters.get(beta) {
            Some(beta) => x.layer_norm([x.size()[2]], Some(gamma), Some(beta), EPSILON, false),
            None => rms_norm(x, gamma, EPSILON),
        }
    }
}

impl Turns {
    fn new(recipe: &Recipe) -> Self {
        let head_dim = recipe.width / recipe.heads;
        let shape = [recipe.context as i64, head_dim as i64];
        let vectors = Tensor::zeros(shape, (Kind::Float, Device::Cpu));
        let angles = angles_with_base(&vectors, 0, BASE).unsqueeze(1);
        Self {
            cos: angles.cos().to_kind(Kind::Float),
            sin: angles.sin().to_kind(Kind::Float),
        }
    }

    /// The heads of x (batch, length, heads · head_dim), each rotated in halves to its position.
    fn applied(&self, x: &Tensor) -> Tensor {
        let length = x.size()[1];
        let [cos, sin] = [&self.cos, &self.sin].map(|turns| turns.narrow(0, 0, length));
        let head_dim = 2 * cos.size()[2];
        let (a, b) = Layout::Halves.split(&x.unflatten(-1, [-1, head_dim]));
        let (first, second) = (&a * &cos - &b * &sin, a * sin + b * cos);
        Layout::Halves.join(&first, &second).flatten(-2, -1)
    }
}

/// Numbers in libtorch, which `tch` takes as a slice and a shape.
pub(super) fn to_tensor(array: &ArrayD<f32>) -> Tensor {
    let shape: Vec<i64> = array.shape().iter().map(|&length| length as i64).collect();
    let numbers: Vec<f32> = array.iter().copied().collect();
    Tensor::from_slice(&numbers).view(shape.as_slice())
}

pub(super) fn to_ids(array: &Array2<usize>) -> Tensor {
    let ids: Vec<i64> = array.iter().map(|&id| id as i64).collect();
    Tensor::from_slice(&ids).view([array.nrows() as i64, array.ncols() as i64])
}

#[cfg(test)]
mod tests {
    use super::super::design::Design;
    use super::*;
    use crate::inputs::Inputs;
    use crate::llama;
    use crate::outputs::Outputs;

    const RECIPE: Recipe = Recipe {
        heads: 4,
        ..Recipe::POCKET
    };

    /// Exercise 21's matrices (out, in) of all blocks, from columns of those here.
    fn stacked(first: &Weights, name: &str, columns: Option<[i64; 2]>) -> Tensor {
        let of_block = |block: usize| {
            let tensor = &first[format!("blocks.{block}.{name}").as_str()];
            let tensor = match columns {
                Some([from, length]) => tensor.narrow(1, from, length),
                None => tensor.shallow_clone(),
            };
            match tensor.dim() {
                1 => tensor,
                _ => tensor.tr(),
            }
        };
        let tensors: Vec<Tensor> = (0..RECIPE.blocks).map(of_block).collect();
        Tensor::stack(&tensors, 0)
    }

    /// The weights as exercise 21 has them.
    fn as_exercise(first: &Weights, tokens: &Tensor) -> Inputs {
        let of_blocks = [
            ("gamma_1", "gamma_1", None),
            ("w_q", "w_qkv", Some([0, 32])),
            ("w_k", "w_qkv", Some([32, 16])),
            ("w_v", "w_qkv", Some([48, 16])),
            ("w_o", "w_o", None),
            ("gamma_2", "gamma_2", None),
            ("w_gate", "w_gate", None),
            ("w_up", "w_up", None),
            ("w_down", "w_proj", None),
        ];
        let inputs = Inputs::default()
            .with("tokens", tokens.shallow_clone())
            .with("token_embedding", first["token_embedding"].shallow_clone())
            .with("gamma_f", first["gamma_f"].shallow_clone())
            .with("head", first["head"].shallow_clone())
            .with("heads", 4)
            .with("kv_heads", 2)
            .with("epsilon", EPSILON)
            .with("base", BASE)
            .with("tied", 0);
        of_blocks
            .into_iter()
            .fold(inputs, |inputs, (name, here, columns)| {
                inputs.with(name, stacked(first, here, columns))
            })
    }

    #[test]
    fn the_last_design_is_that_of_exercise_21() {
        let [.., llama] = Design::ALL;
        let gpt_2 = first_of_gpt_2(&RECIPE, 50, 3);
        // Ten times as large: the first weights are so small that the logits would hardly depend on the positions.
        let gpt_2 = gpt_2.map(|tensor| match tensor.dim() {
            1 => tensor.shallow_clone(),
            _ => tensor * 10.0,
        });
        let first = llama.parameters(gpt_2, &RECIPE, 3);
        let tokens = Tensor::from_slice(&[3_i64, 14, 15, 9, 26, 49, 0, 3]);
        let Outputs::Named(expected) = llama::whole_text(&as_exercise(&first, &tokens)) else {
            panic!("expected named outputs");
        };
        let mut expected = expected.into_iter();
        let expected = expected.find(|(name, _)| *name == "logits");
        let (_, expected) = expected.expect("logits");

        let store = VarStore::new(Device::Cpu);
        let decoder = Decoder::new(&store, &first, &RECIPE);
        let logits = decoder.logits(&tokens.unsqueeze(0)).squeeze_dim(0);
        let difference = (logits - expected).abs().max();
        assert!(difference.double_value(&[]) < 1e-4, "{difference}");
    }
}
