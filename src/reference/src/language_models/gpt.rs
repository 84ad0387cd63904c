//! A small GPT-2: blocks of pre-norm, learned positions, tied embeddings.

use attentive_recipe::Text;
use serde_json::{Value, json};
use tch::nn::Path;
use tch::{Kind, Reduction, Tensor};
use tokenizers::Tokenizer;

use super::corpus::Corpus;
use super::error::TrainingError;
use super::network::{Network, Purpose};
use super::tokens;
use crate::layers::{Heads, Linear, Norm, table};

/// The number of batches that are enough for the book.
pub(super) const STEPS: usize = 2000;

const VOCABULARY: usize = 1024;
const CONTEXT: i64 = 128;
const WIDTH: i64 = 112;
const LAYERS: i64 = 4;
const HEADS: i64 = 4;
const EPSILON: f64 = 1e-5;
const DROPOUT: f64 = 0.1;
const BATCH: usize = 16;
const PEAK_RATE: f64 = 3e-3;
/// The standard deviation of the first weights. GPT-2's, 0.02, is for a width that is seven times as large.
const STDEV: f64 = 0.05;

/// The model.
#[derive(Debug)]
pub(super) struct Gpt {
    tokens: Tensor,
    positions: Tensor,
    blocks: Vec<Block>,
    final_norm: Norm,
}

#[derive(Debug)]
struct Block {
    norm_1: Norm,
    qkv: Linear,
    attention_output: Linear,
    norm_2: Norm,
    widen: Linear,
    narrow: Linear,
}

/// Learns a vocabulary, and cuts a text into its tokens; [`tokens::END`] comes after each document.
pub(super) fn read(text: &Text) -> Result<(Tokenizer, Corpus), TrainingError> {
    let tokenizer = tokens::byte_pairs(&text.documents, VOCABULARY)?;
    let mut ids = Vec::new();
    for document in &text.documents {
        ids.extend(tokens::encode(&tokenizer, document)?);
        ids.push(0);
    }
    let ending = |id: i64| {
        let token = tokenizer.id_to_token(id as u32).unwrap_or_default();
        // `Ċ` is how a byte-level vocabulary writes the end of a line.
        token == tokens::END || token.ends_with(['.', '?', '!', 'Ċ'])
    };
    let corpus = Corpus::new(&ids, CONTEXT as usize + 1, ending)?;
    Ok((tokenizer, corpus))
}

impl Gpt {
    pub(super) fn new(root: &Path<'_>, vocabulary: usize) -> Self {
        let blocks = root / "h";
        Self {
            tokens: table(&(root / "wte"), vocabulary as i64, WIDTH, STDEV),
            positions: table(&(root / "wpe"), CONTEXT, WIDTH, STDEV / 2.0),
            blocks: (0..LAYERS).map(|n| Block::new(&(&blocks / n))).collect(),
            final_norm: Norm::new(&(root / "ln_f"), WIDTH, EPSILON),
        }
    }

    /// The scores of each token's successor: (rows, length, vocabulary).
    fn logits(&self, ids: &Tensor, learning: bool) -> Tensor {
        let positions = self.positions.narrow(0, 0, ids.size()[1]);
        let x = Tensor::embedding(&self.tokens, ids, -1, false, false) + positions;
        let x = x.dropout(DROPOUT, learning);
        let x = self
            .blocks
            .iter()
            .fold(x, |x, block| block.apply(&x, learning));
        self.final_norm.apply(&x).matmul(&self.tokens.tr())
    }
}

impl Block {
    fn new(path: &Path<'_>) -> Self {
        // Radford et al. 2019, section 2.3: what is added to the stream is smaller where more is added.
        let added = STDEV / (2.0 * LAYERS as f64).sqrt();
        let linear = |name: &str, part: &str, input, output, stdev| {
            Linear::new(&(path / name / part), [input, output], output, stdev)
        };
        Self {
            norm_1: Norm::new(&(path / "ln_1"), WIDTH, EPSILON),
            qkv: linear("attn", "c_attn", WIDTH, 3 * WIDTH, STDEV),
            attention_output: linear("attn", "c_proj", WIDTH, WIDTH, added),
            norm_2: Norm::new(&(path / "ln_2"), WIDTH, EPSILON),
            widen: linear("mlp", "c_fc", WIDTH, 4 * WIDTH, STDEV),
            narrow: linear("mlp", "c_proj", 4 * WIDTH, WIDTH, added),
        }
    }

    fn apply(&self, x: &Tensor, learning: bool) -> Tensor {
        let heads = Heads {
            count: HEADS,
            causal: true,
        };
        let qkv = self.qkv.in_out(&self.norm_1.apply(x)).chunk(3, -1);
        let context = heads.attend(&qkv[0], &qkv[1], &qkv[2]);
        let a = x + self
            .attention_output
            .in_out(&context)
            .dropout(DROPOUT, learning);
        let hidden = self.widen.in_out(&self.norm_2.apply(&a)).gelu("tanh");
        &a + self.narrow.in_out(&hidden).dropout(DROPOUT, learning)
    }
}

impl Network for Gpt {
    fn draw(&self, corpus: &Corpus) -> Tensor {
        corpus.draw(BATCH, CONTEXT as usize + 1)
    }

    fn loss(&self, rows: &Tensor, purpose: Purpose) -> Tensor {
        let length = rows.size()[1] - 1;
        let (given, wanted) = (rows.narrow(1, 0, length), rows.narrow(1, 1, length));
        let logits = self.logits(&given, purpose == Purpose::Learning);
        logits
            .flatten(0, 1)
            .to_kind(Kind::Float)
            .cross_entropy_loss(
                &wanted.flatten(0, 1),
                None::<Tensor>,
                Reduction::Mean,
                -100,
                0.0,
            )
    }

    fn config(&self) -> Value {
        json!({
            "activation_function": "gelu_new",
            "architectures": ["GPT2LMHeadModel"],
            "attn_pdrop": 0.0,
            "bos_token_id": 0,
            "dtype": "float16",
            "embd_pdrop": DROPOUT,
            "eos_token_id": 0,
            "layer_norm_epsilon": EPSILON,
            "model_type": "gpt2",
            "n_embd": WIDTH,
            "n_head": HEADS,
            "n_layer": LAYERS,
            "n_positions": CONTEXT,
            "resid_pdrop": DROPOUT,
            "tie_word_embeddings": true,
            "vocab_size": self.tokens.size()[0],
        })
    }

    fn peak_rate(&self) -> f64 {
        PEAK_RATE
    }
}
