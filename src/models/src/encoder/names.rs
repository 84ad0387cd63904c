//! The names of tensors in the three kinds of encoders.

use crate::config::EncoderFamily;

/// The names of the parts of an encoder.
#[derive(Debug)]
pub(super) struct Names {
    /// The beginning of the body's names in a model with a head.
    pub(super) prefix: &'static str,
    /// The names of a layer's parts.
    pub(super) layer: LayerNames,
    /// The names of the head that fills gaps.
    pub(super) mask: MaskNames,
    /// The first layer of the head that classifies texts, and a tensor of the model without its heads or not.
    pub(super) first: FirstName,
    /// The heads that are known and have no use here: each name begins with one of these.
    unused: &'static [&'static str],
}

/// The names of a layer's parts, after that of the layer.
#[derive(Debug)]
pub(super) struct LayerNames {
    /// The beginning of the layers' names; their number follows.
    pub(super) stem: &'static str,
    pub(super) query: &'static str,
    pub(super) key: &'static str,
    pub(super) value: &'static str,
    pub(super) attention_output: &'static str,
    pub(super) attention_norm: &'static str,
    pub(super) intermediate: &'static str,
    pub(super) output: &'static str,
    pub(super) output_norm: &'static str,
}

/// The names of the head that fills gaps.
#[derive(Debug)]
pub(super) struct MaskNames {
    pub(super) transform: &'static str,
    pub(super) norm: &'static str,
    /// The bias: the head's, then the decoder's.
    pub(super) bias: &'static [&'static str],
    /// The decoder's matrix, which a tied model need not have.
    pub(super) decoder: &'static str,
}

/// The name of the first layer of the head that classifies texts.
#[derive(Debug, Clone, Copy)]
pub(super) enum FirstName {
    /// It is saved as part of the model without its heads.
    Body(&'static str),
    /// It is saved as part of the head.
    Head(&'static str),
}

const BERT: Names = Names {
    prefix: "bert.",
    layer: LayerNames {
        stem: "encoder.layer.",
        query: "attention.self.query",
        key: "attention.self.key",
        value: "attention.self.value",
        attention_output: "attention.output.dense",
        attention_norm: "attention.output.LayerNorm",
        intermediate: "intermediate.dense",
        output: "output.dense",
        output_norm: "output.LayerNorm",
    },
    mask: MaskNames {
        transform: "cls.predictions.transform.dense",
        norm: "cls.predictions.transform.LayerNorm",
        bias: &["cls.predictions.bias", "cls.predictions.decoder.bias"],
        decoder: "cls.predictions.decoder.weight",
    },
    first: FirstName::Body("pooler.dense"),
    unused: &["bert.pooler.", "pooler.", "cls.seq_relationship."],
};

const DISTIL_BERT: Names = Names {
    prefix: "distilbert.",
    layer: LayerNames {
        stem: "transformer.layer.",
        query: "attention.q_lin",
        key: "attention.k_lin",
        value: "attention.v_lin",
        attention_output: "attention.out_lin",
        attention_norm: "sa_layer_norm",
        intermediate: "ffn.lin1",
        output: "ffn.lin2",
        output_norm: "output_layer_norm",
    },
    mask: MaskNames {
        transform: "vocab_transform",
        norm: "vocab_layer_norm",
        bias: &["vocab_projector.bias"],
        decoder: "vocab_projector.weight",
    },
    first: FirstName::Head("pre_classifier"),
    unused: &[],
};

const ALBERT: Names = Names {
    prefix: "albert.",
    layer: LayerNames {
        stem: "encoder.albert_layer_groups.0.albert_layers.",
        query: "attention.query",
        key: "attention.key",
        value: "attention.value",
        attention_output: "attention.dense",
        attention_norm: "attention.LayerNorm",
        intermediate: "ffn",
        output: "ffn_output",
        output_norm: "full_layer_layer_norm",
    },
    mask: MaskNames {
        transform: "predictions.dense",
        norm: "predictions.LayerNorm",
        bias: &["predictions.bias", "predictions.decoder.bias"],
        decoder: "predictions.decoder.weight",
    },
    first: FirstName::Body("pooler"),
    unused: &["albert.pooler.", "pooler.", "sop_classifier."],
};

impl Names {
    pub(super) fn of(family: EncoderFamily) -> Self {
        match family {
            EncoderFamily::Bert => BERT,
            EncoderFamily::DistilBert => DISTIL_BERT,
            EncoderFamily::Albert => ALBERT,
        }
    }

    /// Returns `true` for tensors that a checkpoint may have without harm: buffers, second copies of tied weights, and
    /// heads without a use.
    pub(super) fn may_be_left(&self, name: &str) -> bool {
        name.ends_with("embeddings.position_ids")
            || name == self.mask.decoder
            || self.mask.bias.contains(&name)
            || self.unused.iter().any(|start| name.starts_with(start))
    }
}
