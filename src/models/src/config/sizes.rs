//! The kinds of models, and their sizes.

/// A model's `config.json`.
#[derive(Debug, Clone, PartialEq)]
pub enum Config {
    /// A model that reads.
    Encoder(EncoderConfig),
    /// A model that writes.
    Gpt(GptConfig),
    /// A model that writes, and that may have been trained to answer.
    Llama(LlamaConfig),
    /// A model that reads a source and writes a target.
    T5(T5Config),
    /// A model that looks at images.
    Vit(VitConfig),
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

/// The sizes of a Llama.
#[derive(Debug, Clone, PartialEq)]
pub struct LlamaConfig {
    /// The number of tokens.
    pub vocabulary: usize,
    /// The most tokens of a text.
    pub context: usize,
    /// The width of the layers, d_model.
    pub width: usize,
    /// The number of blocks.
    pub layers: usize,
    /// The number of query heads of each block.
    pub heads: usize,
    /// The number of key heads, and of value heads; it divides `heads`.
    pub kv_heads: usize,
    /// The width of a head; all heads together need not be as wide as the layer.
    pub head_dim: usize,
    /// The width of the feed-forward networks.
    pub inner_width: usize,
    /// The ε of every RMS norm.
    pub epsilon: f32,
    /// The rotary embedding.
    pub rotary: Rotary,
    /// `true` if the scores of tokens are made with the table of embeddings.
    pub tied: bool,
    /// The tokens after each of which nothing more is written.
    pub end_tokens: Vec<usize>,
    /// The texts before each of which nothing more is written.
    pub stop_strings: Vec<String>,
}

/// A rotary embedding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rotary {
    /// The base of the frequencies.
    pub base: f32,
    /// The change of the frequencies, if there is one.
    pub scaling: Option<RotaryScaling>,
}

/// A change of the frequencies of a rotary embedding, by which a trained model reads longer texts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RotaryScaling {
    /// Each frequency is divided.
    Linear {
        /// The divisor.
        factor: f64,
    },
    /// Low frequencies are divided, high ones stay, and those in between are mixed.
    Llama3 {
        /// The divisor.
        factor: f64,
        /// Frequencies with fewer turns in the original context are divided.
        low_turns: f64,
        /// Frequencies with more turns in the original context stay.
        high_turns: f64,
        /// The number of tokens of a text in the training before.
        original_context: f64,
    },
}

/// The sizes of a Vision Transformer.
#[derive(Debug, Clone, PartialEq)]
pub struct VitConfig {
    /// The number of pixels along each side of the images that it was trained on.
    pub image_size: usize,
    /// The number of pixels along each side of a patch.
    pub patch_size: usize,
    /// The channels of an image: 1 is grey, 3 are red, green and blue.
    pub channels: usize,
    /// The width of the layers, d_model.
    pub width: usize,
    /// The number of blocks.
    pub layers: usize,
    /// The number of heads of each block.
    pub heads: usize,
    /// The width of the feed-forward networks.
    pub inner_width: usize,
    /// The ε of every layer norm.
    pub epsilon: f32,
    /// The names of the classes, by number.
    pub labels: Vec<String>,
}

impl VitConfig {
    /// The number of patches along each side of the images that it was trained on, which is that of its positions.
    pub fn side(&self) -> usize {
        self.image_size / self.patch_size
    }
}

impl RotaryScaling {
    /// Its name in `config.json`.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Linear { .. } => "linear",
            Self::Llama3 { .. } => "llama3",
        }
    }
}

/// The sizes of a T5.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct T5Config {
    /// The number of tokens.
    pub vocabulary: usize,
    /// The most tokens of a source, and of a target. Distances have no end, so it is the length of the training's texts.
    pub context: usize,
    /// The width of the layers, d_model.
    pub width: usize,
    /// The number of blocks of the encoder.
    pub layers: usize,
    /// The number of blocks of the decoder.
    pub decoder_layers: usize,
    /// The number of heads of each attention.
    pub heads: usize,
    /// The width of a head; all heads together need not be as wide as the layer.
    pub head_dim: usize,
    /// The width of the feed-forward networks.
    pub inner_width: usize,
    /// The number of buckets of distances.
    pub buckets: usize,
    /// The distance from which on all keys share the last bucket.
    pub max_distance: usize,
    /// `true` if the feed-forward networks have gates, as in version 1.1.
    pub gated: bool,
    /// `true` if the scores of tokens may be made with the table of embeddings. A checkpoint can have a matrix all the same.
    pub tied: bool,
    /// `true` if the scores are divided by the square root of the width, as in version 1.0.
    pub scaled: bool,
    /// The token with which every target begins.
    pub start_token: usize,
    /// The tokens after each of which nothing more is written.
    pub end_tokens: Vec<usize>,
    /// The texts before each of which nothing more is written.
    pub stop_strings: Vec<String>,
}

impl Config {
    /// The number of tokens; 0 for a model of images, which has none.
    pub fn vocabulary(&self) -> usize {
        match self {
            Self::Encoder(config) => config.vocabulary,
            Self::Gpt(config) => config.vocabulary,
            Self::Llama(config) => config.vocabulary,
            Self::T5(config) => config.vocabulary,
            Self::Vit(_) => 0,
        }
    }

    /// The most tokens of a text; 0 for a model of images, which reads none.
    pub fn context(&self) -> usize {
        match self {
            Self::Encoder(config) => config.context,
            Self::Gpt(config) => config.context,
            Self::Llama(config) => config.context,
            Self::T5(config) => config.context,
            Self::Vit(_) => 0,
        }
    }

    /// The number of layers; of a T5, those of its encoder.
    pub fn layers(&self) -> usize {
        match self {
            Self::Encoder(config) => config.layers,
            Self::Gpt(config) => config.layers,
            Self::Llama(config) => config.layers,
            Self::T5(config) => config.layers,
            Self::Vit(config) => config.layers,
        }
    }

    /// The number of heads of each layer.
    pub fn heads(&self) -> usize {
        match self {
            Self::Encoder(config) => config.heads,
            Self::Gpt(config) => config.heads,
            Self::Llama(config) => config.heads,
            Self::T5(config) => config.heads,
            Self::Vit(config) => config.heads,
        }
    }
}
