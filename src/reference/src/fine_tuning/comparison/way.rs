//! The ways of fine-tuning, and the settings of each.

use serde::Serialize;

/// The rank of LoRA's matrices.
pub(super) const RANK: i64 = 8;
/// α, by which LoRA's product counts.
pub(super) const ALPHA: f64 = 16.0;
/// The blocks that are trained besides the head, where only the upper ones are.
const TOP: i64 = 2;

/// The rate of everything that is new: a head, or LoRA's matrices.
pub(super) const NEW_RATE: f64 = 1e-3;
/// The passes through the sentences that the frozen model has to read once only: a pass of its head takes no time.
const HEAD_PASSES: usize = 30;
/// The passes of all other ways.
const PASSES: usize = 3;

/// A way of fine-tuning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// The model is frozen, and a head is trained on its vectors, which are computed once.
    Head,
    /// The head and the top two blocks are trained.
    TopTwo,
    /// Everything is trained, at a small rate.
    Everything,
    /// The model is frozen; the head is trained, and LoRA of rank 8 on the queries and the values of each block.
    Lora,
}

impl Way {
    /// All ways, in the order of the table.
    pub const ALL: [Self; 4] = [Self::Head, Self::TopTwo, Self::Everything, Self::Lora];

    /// The name in a table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::TopTwo => "top-two",
            Self::Everything => "everything",
            Self::Lora => "lora",
        }
    }

    /// The number of passes through the sentences.
    pub(super) fn passes(self) -> usize {
        match self {
            Self::Head => HEAD_PASSES,
            Self::TopTwo | Self::Everything | Self::Lora => PASSES,
        }
    }

    /// The rate of what the model brings along, as far as it is trained.
    pub(super) fn rate(self) -> f64 {
        match self {
            Self::Head | Self::Lora => 0.0,
            Self::TopTwo => 1e-4,
            Self::Everything => 5e-5,
        }
    }

    /// Returns `true` if a tensor of the model is trained.
    pub(super) fn trains(self, name: &str, layers: i64) -> bool {
        match self {
            Self::Head | Self::Lora => false,
            Self::TopTwo => {
                (layers - TOP..layers).any(|layer| name.starts_with(&format!("layer_{layer}_")))
            }
            Self::Everything => true,
        }
    }

    /// Returns `true` if LoRA is added to a matrix of the model.
    pub(super) fn adapts(self, name: &str) -> bool {
        self == Self::Lora
            && name.starts_with("layer_")
            && (name.ends_with("_w_q") || name.ends_with("_w_v"))
    }
}
