//! The kinds of models, and their sizes.

/// A model's `config.json`.
#[derive(Debug, Clone, PartialEq)]
pub enum Config {
    /// A model that reads.
    Encoder(EncoderConfig),
    /// A model that writes.
    Gpt(GptConfig),
}

/// A kind of encoder: names of tensors and parts differ, the computation is BERT's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EncoderFamily {
    /// BERT.
    Bert,
    /// DistilBERT: no token types, and a different head for classification.
    DistilBert,
    /// ALBERT: narrower embeddings, and one layer's weights for all layers.
    Albert,
}

/// The sizes of an encoder.
#[derive(Debug, Clone, PartialEq)]
pub struct EncoderConfig {
    /// The kind.
    pub family: EncoderFamily,
    /// The number of tokens.
    pub vocabulary: usize,
    /// The most tokens of a text.
    pub context: usize,
    /// The number of token types; 0 without them.
    pub token_types: usize,
    /// The width of embeddings; ALBERT's are narrower than the layers.
    pub embedding_width: usize,
    /// The width of the layers, d_model.
    pub width: usize,
    /// The number of layers.
    pub layers: usize,
    /// The number of heads of each layer.
    pub heads: usize,
    /// The width of the feed-forward networks.
    pub inner_width: usize,
    /// The ε of every layer norm.
    pub epsilon: f32,
    /// `true` if the decoder of masked tokens is the table of embeddings.
    pub tied: bool,
    /// `true` if the classifier gives labels to tokens and not to the text.
    pub labels_tokens: bool,
    /// The names of the labels, by number.
    pub labels: Vec<String>,
}

/// The sizes of a GPT-2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GptConfig {
    /// The number of tokens.
    pub vocabulary: usize,
    /// The most tokens of a text.
    pub context: usize,
    /// The width of the layers, d_model.
    pub width: usize,
    /// The number of blocks.
    pub layers: usize,
    /// The number of heads of each block.
    pub heads: usize,
    /// The width of the feed-forward networks.
    pub inner_width: usize,
    /// `true` if the scores of tokens are made with the table of embeddings.
    pub tied: bool,
    /// The token after which nothing more is written.
    pub end_token: Option<usize>,
}

impl Config {
    /// The number of tokens.
    pub fn vocabulary(&self) -> usize {
        match self {
            Self::Encoder(config) => config.vocabulary,
            Self::Gpt(config) => config.vocabulary,
        }
    }

    /// The most tokens of a text.
    pub fn context(&self) -> usize {
        match self {
            Self::Encoder(config) => config.context,
            Self::Gpt(config) => config.context,
        }
    }

    /// The number of layers.
    pub fn layers(&self) -> usize {
        match self {
            Self::Encoder(config) => config.layers,
            Self::Gpt(config) => config.layers,
        }
    }

    /// The number of heads of each layer.
    pub fn heads(&self) -> usize {
        match self {
            Self::Encoder(config) => config.heads,
            Self::Gpt(config) => config.heads,
        }
    }
}
