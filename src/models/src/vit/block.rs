//! One block of a Vision Transformer.

use vision_transformer::{Projections, VitBlock};

use crate::config::VitConfig;
use crate::error::ModelError;
use crate::tensors::{Layout, Tensors};
use crate::weights::{LinearWeights, NormWeights};

/// The weights of a block.
#[derive(Debug)]
pub(super) struct Block {
    norm_1: NormWeights,
    query: LinearWeights,
    key: LinearWeights,
    value: LinearWeights,
    attention_output: LinearWeights,
    norm_2: NormWeights,
    widen: LinearWeights,
    narrow: LinearWeights,
}

impl Block {
    pub(super) fn read(
        tensors: &mut Tensors<'_>,
        number: usize,
        config: &VitConfig,
    ) -> Result<Self, ModelError> {
        let (width, inner) = (config.width, config.inner_width);
        let name = tensors.body(&format!("encoder.layer.{number}"));
        let mut linear = |part: &str, input, output| {
            tensors.linear(&format!("{name}.{part}"), input, output, Layout::OutIn)
        };
        let query = linear("attention.attention.query", width, width)?;
        let key = linear("attention.attention.key", width, width)?;
        let value = linear("attention.attention.value", width, width)?;
        let attention_output = linear("attention.output.dense", width, width)?;
        let widen = linear("intermediate.dense", width, inner)?;
        let narrow = linear("output.dense", inner, width)?;
        let mut norm = |part: &str| tensors.norm(&format!("{name}.{part}"), width);
        Ok(Self {
            norm_1: norm("layernorm_before")?,
            query,
            key,
            value,
            attention_output,
            norm_2: norm("layernorm_after")?,
            widen,
            narrow,
        })
    }

    pub(super) fn view(&self) -> VitBlock<'_> {
        VitBlock {
            norm_1: self.norm_1.of_bert(),
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
            norm_2: self.norm_2.of_bert(),
            widen: self.widen.of_bert(),
            narrow: self.narrow.of_bert(),
        }
    }
}
