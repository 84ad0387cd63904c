//! One layer of an encoder.

use bert::{BertLayer, Projections};

use super::names::Names;
use crate::config::EncoderConfig;
use crate::error::ModelError;
use crate::tensors::{Layout, Tensors};
use crate::weights::{LinearWeights, NormWeights};

/// The weights of one layer.
#[derive(Debug)]
pub(super) struct Layer {
    query: LinearWeights,
    key: LinearWeights,
    value: LinearWeights,
    attention_output: LinearWeights,
    attention_norm: NormWeights,
    intermediate: LinearWeights,
    output: LinearWeights,
    output_norm: NormWeights,
}

impl Layer {
    pub(super) fn read(
        tensors: &mut Tensors<'_>,
        names: &Names,
        number: usize,
        config: &EncoderConfig,
    ) -> Result<Self, ModelError> {
        let (width, inner) = (config.width, config.inner_width);
        let names = &names.layer;
        let layer = tensors.body(&format!("{}{number}", names.stem));
        let mut linear = |part: &str, input, output| {
            tensors.linear(&format!("{layer}.{part}"), input, output, Layout::OutIn)
        };
        let query = linear(names.query, width, width)?;
        let key = linear(names.key, width, width)?;
        let value = linear(names.value, width, width)?;
        let attention_output = linear(names.attention_output, width, width)?;
        let intermediate = linear(names.intermediate, width, inner)?;
        let output = linear(names.output, inner, width)?;
        let mut norm = |part: &str| tensors.norm(&format!("{layer}.{part}"), width);
        Ok(Self {
            query,
            key,
            value,
            attention_output,
            attention_norm: norm(names.attention_norm)?,
            intermediate,
            output,
            output_norm: norm(names.output_norm)?,
        })
    }

    pub(super) fn view(&self) -> BertLayer<'_> {
        BertLayer {
            attention: Projections {
                w_q: self.query.weight.view(),
                b_q: self.query.bias.view(),
                w_k: self.key.weight.view(),
                b_k: self.key.bias.view(),
                w_v: self.value.weight.view(),
                b_v: self.value.bias.view(),
                w_o: self.attention_output.weight.view(),
                b_o: self.attention_output.bias.view(),
            },
            attention_norm: self.attention_norm.of_bert(),
            intermediate: self.intermediate.of_bert(),
            output: self.output.of_bert(),
            output_norm: self.output_norm.of_bert(),
        }
    }
}
