//! Multi-head attention and its backward pass, step by step, so that a mistake can take one of the steps differently.

use std::collections::BTreeMap;
use std::ops::Index;

use tch::{Kind, Tensor};

use super::{GRADIENTS, INPUTS};
use crate::attention_backward::steps::Steps;
use crate::backward::linear;
use crate::inputs::Inputs;
use crate::multi_head_attention::{merge, split};
use crate::outputs::Outputs;

/// The names around one of the linear layers.
pub(in crate::attention_backward) struct LinearLayer {
    pub(in crate::attention_backward) x: &'static str,
    pub(in crate::attention_backward) weight: &'static str,
    bias: &'static str,
    pub(in crate::attention_backward) dx: &'static str,
    pub(in crate::attention_backward) dw: &'static str,
    pub(in crate::attention_backward) db: &'static str,
}

/// The layers of queries, keys and values.
pub(super) const PROJECTIONS: [LinearLayer; 3] = [
    LinearLayer {
        x: "query",
        weight: "w_q",
        bias: "b_q",
        dx: "dquery",
        dw: "dw_q",
        db: "db_q",
    },
    LinearLayer {
        x: "key",
        weight: "w_k",
        bias: "b_k",
        dx: "dkey",
        dw: "dw_k",
        db: "db_k",
    },
    LinearLayer {
        x: "value",
        weight: "w_v",
        bias: "b_v",
        dx: "dvalue",
        dw: "dw_v",
        db: "db_v",
    },
];

/// One call of multi-head attention, and what its gradients are computed from, in `f64`.
pub(in crate::attention_backward) struct Layer {
    /// The inputs of the case, in `f64`.
    pub(in crate::attention_backward) x: Inputs,
    pub(in crate::attention_backward) heads: i64,
    /// Attention in every head: (batch, heads, …). Its dy is the gradient of the contexts.
    pub(in crate::attention_backward) attention: Steps,
    /// The contexts of all heads: (batch, queries, inner).
    pub(in crate::attention_backward) merged: Tensor,
    /// Their gradient.
    pub(in crate::attention_backward) dmerged: Tensor,
}

impl Layer {
    pub(in crate::attention_backward) fn of(x: &Inputs) -> Self {
        let mut inputs = x.clone();
        for name in INPUTS.into_iter().chain(["dy"]) {
            inputs = inputs.with(name, x[name].to_kind(Kind::Double));
        }
        let heads = x.size("heads");
        let mask = x.get("mask").map(|mask| mask.unsqueeze(1));
        let dmerged = inputs["dy"].matmul(&inputs["w_o"]);
        let [q, k, v] = PROJECTIONS.map(|layer| {
            let bias = Some(&inputs[layer.bias]);
            split(&inputs[layer.x].linear(&inputs[layer.weight], bias), heads)
        });
        let attention = Steps::new([&q, &k, &v], mask.as_ref(), &split(&dmerged, heads));
        Self {
            x: inputs,
            heads,
            merged: merge(&attention.output()),
            attention,
            dmerged,
        }
    }

    /// The same with a different attention in every head, and with the contexts that it gives.
    pub(in crate::attention_backward) fn with_attention(&self, attention: Steps) -> Self {
        Self {
            x: self.x.clone(),
            heads: self.heads,
            merged: merge(&attention.output()),
            attention,
            dmerged: self.dmerged.shallow_clone(),
        }
    }

    pub(in crate::attention_backward) fn gradients(&self) -> Gradients {
        self.gradients_merged(self.projected())
    }

    /// All gradients, if those of q, k and v in every head are these.
    pub(in crate::attention_backward) fn gradients_of(&self, heads: [Tensor; 3]) -> Gradients {
        self.gradients_merged(heads.map(|gradient| merge(&gradient)))
    }

    /// All gradients, if those of the projected queries, keys and values are these: (batch, length, inner).
    pub(in crate::attention_backward) fn gradients_merged(
        &self,
        projected: [Tensor; 3],
    ) -> Gradients {
        let mut gradients = Gradients::default();
        for (layer, dy) in PROJECTIONS.iter().zip(&projected) {
            let x = &self.x[layer.x];
            let [dx, dw, db] = linear::formula(x, &self.x[layer.weight], dy);
            gradients = gradients
                .with(layer.dx, dx.reshape(x.size()))
                .with(layer.dw, dw)
                .with(layer.db, db);
        }
        let [_, dw_o, db_o] = linear::formula(&self.merged, &self.x["w_o"], &self.x["dy"]);
        gradients.with("dw_o", dw_o).with("db_o", db_o)
    }

    /// The gradients of the projected queries, keys and values: (batch, length, inner).
    pub(in crate::attention_backward) fn projected(&self) -> [Tensor; 3] {
        self.attention.gradients().map(|gradient| merge(&gradient))
    }
}

/// Gradients by name.
#[derive(Default)]
pub(in crate::attention_backward) struct Gradients(BTreeMap<&'static str, Tensor>);

impl Gradients {
    /// Adds a gradient, or replaces it.
    pub(in crate::attention_backward) fn with(
        mut self,
        name: &'static str,
        gradient: Tensor,
    ) -> Self {
        self.0.insert(name, gradient);
        self
    }

    /// The same with a different gradient of each of these.
    pub(in crate::attention_backward) fn map(
        mut self,
        names: impl IntoIterator<Item = &'static str>,
        change: impl Fn(&Tensor) -> Tensor,
    ) -> Self {
        for name in names {
            let changed = change(&self[name]);
            self = self.with(name, changed);
        }
        self
    }
}

impl Index<&str> for Gradients {
    type Output = Tensor;

    /// # Panics
    /// When there is no such gradient.
    fn index(&self, name: &str) -> &Tensor {
        self.0
            .get(name)
            .unwrap_or_else(|| panic!("expected one of {GRADIENTS:?}, found `{name}`"))
    }
}

impl From<Gradients> for Outputs {
    fn from(Gradients(gradients): Gradients) -> Self {
        gradients.into_iter().collect()
    }
}
