//! The steps from GPT-2's decoder to Llama's, each as a change of the parameters.

use attentive_recipe::Recipe;
use serde::Serialize;
use tch::{Kind, Tensor};

use crate::model_weights::Weights;
use crate::random::Random;

/// The query heads that share a key head, where key heads are shared.
pub(super) const GROUP: i64 = 2;

/// A part in which Llama differs from GPT-2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// RMS norm, which has no β, in place of layer norm.
    RmsNorm,
    /// SwiGLU with as many parameters, in place of two matrices and GELU.
    SwiGlu,
    /// Rotary embedding, in place of a table of positions.
    Rotary,
    /// No biases in linear layers.
    NoBiases,
    /// Two query heads share a head of keys and values.
    SharedKeys,
    /// A head of its own, in place of the embedding.
    OwnHead,
}

/// A decoder between GPT-2's and Llama's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Design {
    /// The name in a table.
    pub name: &'static str,
    /// The changes, against GPT-2.
    #[serde(skip)]
    changes: &'static [Change],
}

impl Design {
    /// GPT-2's, which is that of the recipes.
    pub const GPT_2: Self = Self {
        name: "gpt-2",
        changes: &[],
    };

    /// All designs, in the order of the table: GPT-2, each change alone, and all of them. Small models of Llama's family
    /// keep the embedding as their head.
    pub const ALL: [Self; 9] = [
        Self::GPT_2,
        Self {
            name: "rms-norm",
            changes: &[Change::RmsNorm],
        },
        Self {
            name: "swiglu",
            changes: &[Change::SwiGlu],
        },
        Self {
            name: "rotary",
            changes: &[Change::Rotary],
        },
        Self {
            name: "no-biases",
            changes: &[Change::NoBiases],
        },
        Self {
            name: "shared-keys",
            changes: &[Change::SharedKeys],
        },
        Self {
            name: "own-head",
            changes: &[Change::OwnHead],
        },
        Self {
            name: "llama-tied",
            changes: &[
                Change::RmsNorm,
                Change::SwiGlu,
                Change::Rotary,
                Change::NoBiases,
                Change::SharedKeys,
            ],
        },
        Self {
            name: "llama",
            changes: &[
                Change::RmsNorm,
                Change::SwiGlu,
                Change::Rotary,
                Change::NoBiases,
                Change::SharedKeys,
                Change::OwnHead,
            ],
        },
    ];

    /// The first parameters of this design, from GPT-2's by their names in exercise 28. What a design has in common with
    /// GPT-2 begins with the same numbers, and whatever is new is drawn from the seed.
    pub(super) fn parameters(&self, gpt_2: Weights, recipe: &Recipe, seed: u64) -> Weights {
        self.changes.iter().fold(gpt_2, |parameters, change| {
            change.applied(&parameters, recipe, seed)
        })
    }
}

impl Change {
    /// The parameters with this change.
    fn applied(self, parameters: &Weights, recipe: &Recipe, seed: u64) -> Weights {
        let drawn = |name: &str, shape: &[i64]| {
            Random::new(seed, name).normal(shape) * f64::from(recipe.deviation)
        };
        match self {
            Self::RmsNorm => without(parameters, "beta_"),
            Self::NoBiases => without(parameters, "b_"),
            Self::Rotary => parameters.without("position_embedding"),
            Self::OwnHead => {
                let head = drawn("head", &parameters["token_embedding"].size());
                parameters.with("head", head)
            }
            Self::SharedKeys => of_blocks(parameters, recipe, |name, tensor| match name {
                "w_qkv" | "b_qkv" => vec![(name, with_shared_keys(tensor))],
                _ => vec![(name, tensor.shallow_clone())],
            }),
            Self::SwiGlu => {
                let (width, inner) = (recipe.width as i64, gated_width(recipe));
                let mut number = 0;
                of_blocks(parameters, recipe, |name, tensor| match name {
                    "w_fc" => {
                        number += 1;
                        let up = drawn(&format!("up {number}"), &[width, inner]);
                        vec![("w_gate", tensor.narrow(1, 0, inner)), ("w_up", up)]
                    }
                    "b_fc" => {
                        let zeros = tensor.narrow(0, 0, inner);
                        vec![("b_gate", zeros.copy()), ("b_up", zeros)]
                    }
                    "w_proj" => vec![(name, tensor.narrow(0, 0, inner))],
                    _ => vec![(name, tensor.shallow_clone())],
                })
            }
        }
    }
}

/// The width of a gated network whose three matrices have about as many numbers as the two of GPT-2: 8/3 of the model's
/// width, rounded.
fn gated_width(recipe: &Recipe) -> i64 {
    (2 * recipe.inner_width() as i64 + 1) / 3
}

/// The parameters whose names, without their block's, do not begin like this.
fn without(parameters: &Weights, start: &str) -> Weights {
    let kept = parameters.iter().filter(|(name, _)| {
        let last = name.rsplit('.').next().unwrap_or(name);
        !last.starts_with(start)
    });
    kept.map(|(name, tensor)| (name.to_owned(), tensor.shallow_clone()))
        .collect()
}

/// The parameters, with those of each block replaced by what `change` makes of them, given their names in the block.
fn of_blocks<'a>(
    parameters: &'a Weights,
    recipe: &Recipe,
    mut change: impl FnMut(&'a str, &Tensor) -> Vec<(&'a str, Tensor)>,
) -> Weights {
    let prefixes: Vec<String> = (0..recipe.blocks).map(|n| format!("blocks.{n}.")).collect();
    let mut changed = Vec::new();
    for (name, tensor) in parameters.iter() {
        let part = prefixes
            .iter()
            .find_map(|prefix| Some((prefix, name.strip_prefix(prefix.as_str())?)));
        match part {
            Some((prefix, part)) => changed.extend(
                change(part, tensor)
                    .into_iter()
                    .map(|(part, tensor)| (format!("{prefix}{part}"), tensor.contiguous())),
            ),
            None => changed.push((name.to_owned(), tensor.shallow_clone())),
        }
    }
    changed.into_iter().collect()
}

/// Columns of queries, keys and values, with fewer of keys and of values.
fn with_shared_keys(qkv: &Tensor) -> Tensor {
    let shared =
        |columns: &Tensor| columns.narrow(-1, 0, columns.size()[columns.dim() - 1] / GROUP);
    let [queries, keys, values] = [0, 1, 2].map(|part| qkv.chunk(3, -1).swap_remove(part));
    Tensor::cat(&[queries, shared(&keys), shared(&values)], -1)
}

/// The number of all parameters.
pub(super) fn count(parameters: &Weights) -> usize {
    parameters.iter().map(|(_, tensor)| tensor.numel()).sum()
}

/// The bytes that keys and values of a whole context take in a cache.
pub(super) fn cache_bytes(parameters: &Weights, recipe: &Recipe) -> usize {
    let columns = parameters["blocks.0.w_qkv"].size()[1] as usize - recipe.width;
    recipe.blocks * recipe.context * columns * Kind::Float.elt_size_in_bytes()
}

#[cfg(test)]
mod tests {
    use super::super::decoder::first_of_gpt_2;
    use super::*;

    const RECIPE: Recipe = Recipe::POCKET;

    fn parameters(name: &str) -> Weights {
        let design = Design::ALL.into_iter().find(|design| design.name == name);
        let gpt_2 = first_of_gpt_2(&RECIPE, 50, 7);
        design.expect("a design").parameters(gpt_2, &RECIPE, 7)
    }

    #[test]
    fn each_change_has_its_parameters() {
        let all = count(&parameters("gpt-2")) as i64;
        let more = |name| count(&parameters(name)) as i64 - all;
        // Two blocks of width 32, a context of 32, and 50 tokens.
        assert_eq!(more("rms-norm"), -(2 * 2 + 1) * 32);
        assert_eq!(more("rotary"), -32 * 32);
        assert_eq!(more("no-biases"), -2 * (3 * 32 + 32 + 128 + 32));
        assert_eq!(more("shared-keys"), -2 * (32 + 1) * 32);
        assert_eq!(more("own-head"), 50 * 32);
        // 3 · 32 · 85 numbers in place of 2 · 32 · 128, and 2 · 85 biases in place of 128.
        assert_eq!(more("swiglu"), 2 * (-32 + 42));
        let alone = ["rms-norm", "rotary", "no-biases", "shared-keys", "swiglu"];
        let sum: i64 = alone.map(more).iter().sum();
        // Without biases there are none of the gate, and fewer of shared keys.
        assert_eq!(more("llama-tied"), sum + 2 * (32 - 42));
        assert_eq!(more("llama"), more("llama-tied") + 50 * 32);
    }

    #[test]
    fn what_designs_have_in_common_begins_with_the_same_numbers() {
        let (gpt_2, llama) = (parameters("gpt-2"), parameters("llama"));
        for name in ["token_embedding", "blocks.1.w_o", "blocks.1.gamma_2"] {
            assert_eq!(gpt_2[name], llama[name], "{name}");
        }
        let queries = |w: &Weights| w["blocks.1.w_qkv"].narrow(1, 0, 32);
        assert_eq!(queries(&gpt_2), queries(&llama));
        let keys = |w: &Weights| w["blocks.1.w_qkv"].narrow(1, 32, 16);
        assert_eq!(keys(&gpt_2), keys(&llama));
        assert_ne!(llama["blocks.0.w_up"], llama["blocks.1.w_up"]);
        let mut names = llama.iter().map(|(name, _)| name);
        assert!(!names.any(|name| name.contains("b_") || name.contains("beta_")));
    }

    #[test]
    fn shared_keys_halve_the_cache() {
        let bytes = |name| cache_bytes(&parameters(name), &RECIPE);
        assert_eq!(bytes("gpt-2"), 2 * 2 * 32 * 32 * 4);
        assert_eq!(bytes("shared-keys") * 2, bytes("gpt-2"));
        assert_eq!(bytes("swiglu"), bytes("gpt-2"));
    }
}
