//! A small BERT with the head that fills gaps.

use attentive_recipe::Text;
use serde_json::{Value, json};
use tch::nn::{Init, Path};
use tch::{Device, Kind, Reduction, Tensor};

use super::corpus::{Corpus, draw_below};
use super::error::TrainingError;
use super::neighbours;
use super::network::{Network, Purpose};
use super::tokens::{self, SPECIAL};
use crate::layers::{Heads, Linear, NOT_DECAYED, Norm, table};

/// The number of batches that are enough for the book.
pub(super) const STEPS: usize = 1000;

const VOCABULARY: usize = 1500;
const CONTEXT: i64 = 64;
const WIDTH: i64 = 128;
const INNER: i64 = 4 * WIDTH;
const LAYERS: i64 = 2;
const HEADS: i64 = 4;
const TYPES: i64 = 2;
const EPSILON: f64 = 1e-12;
const DROPOUT: f64 = 0.05;
/// Tokens of a batch.
const BATCH_TOKENS: usize = 2048;
const PEAK_RATE: f64 = 2e-3;
/// The standard deviation of the first embeddings.
const STDEV: f64 = 0.05;
/// The size of the first positions if that of the other tables is 1: heads find their neighbours by them.
const POSITIONS: f64 = 1.5;
/// The positions at which the heads of each layer look at the start, from their own.
const OFFSETS: [i64; HEADS as usize] = [-1, 1, -2, 2];
/// The share of tokens that are to be found. BERT's is 0.15. With more, each batch has more to learn from; Wettig et al. 2023
/// found 0.4 to be better for many sizes.
const MASKED: f64 = 0.4;
/// When the loss is measured, one of so many tokens is masked.
const MEASURED: i64 = 5;
/// The shortest text to learn from, without its special tokens.
const SHORTEST: usize = 8;
/// The longest, without its special tokens.
const LONGEST: usize = CONTEXT as usize - 2;

const START: i64 = 2;
const SEPARATOR: i64 = 3;
const MASK: i64 = 4;

/// The model.
#[derive(Debug)]
pub(super) struct Bert {
    words: Tensor,
    positions: Tensor,
    types: Tensor,
    norm: Norm,
    layers: Vec<Layer>,
    transform: Linear,
    transform_norm: Norm,
    bias: Tensor,
}

#[derive(Debug)]
struct Layer {
    query: Linear,
    key: Linear,
    value: Linear,
    attention_output: Linear,
    attention_norm: Norm,
    widen: Linear,
    narrow: Linear,
    output_norm: Norm,
}

/// Rows with gaps.
struct Gaps {
    /// Tokens, some of them masked: (rows, length).
    ids: Tensor,
    /// The places of the gaps in the flattened rows.
    places: Tensor,
    /// The tokens that were there.
    wanted: Tensor,
}

/// Learns a vocabulary, and cuts a text into its tokens.
pub(super) fn read(text: &Text) -> Result<(Vec<String>, Corpus), TrainingError> {
    let pieces = tokens::word_pieces(&text.documents, VOCABULARY)?;
    let tokenizer = tokens::word_piece_tokenizer(&pieces)?;
    let mut ids = Vec::new();
    for document in &text.documents {
        ids.extend(tokens::encode(&tokenizer, document)?);
    }
    let ending = |id: i64| matches!(pieces[id as usize].as_str(), "." | "?" | "!");
    let corpus = Corpus::new(&ids, LONGEST, ending)?;
    Ok((pieces, corpus))
}

impl Bert {
    /// A model whose head begins with the frequencies of tokens, which it would have to learn first otherwise.
    pub(super) fn new(root: &Path<'_>, log_frequencies: &[f64]) -> Self {
        let body = root / "bert";
        let embeddings = &body / "embeddings";
        let head = root / "cls" / "predictions";
        let layers = &body / "encoder" / "layer";
        let vocabulary = log_frequencies.len() as i64;
        let table = |name: &str, rows| table(&(&embeddings / name), rows, WIDTH, STDEV);
        let bias = head.set_group(NOT_DECAYED);
        Self {
            words: table("word_embeddings", vocabulary),
            positions: with_waves(table("position_embeddings", CONTEXT)),
            types: table("token_type_embeddings", TYPES),
            norm: Norm::new(&(&embeddings / "LayerNorm"), WIDTH, EPSILON),
            layers: (0..LAYERS).map(|n| Layer::new(&(&layers / n))).collect(),
            transform: linear(&(&head / "transform" / "dense"), WIDTH, WIDTH),
            transform_norm: Norm::new(&(&head / "transform" / "LayerNorm"), WIDTH, EPSILON),
            bias: with_frequencies(
                bias.var("bias", &[vocabulary], Init::Const(0.0)),
                log_frequencies,
            ),
        }
    }

    /// The scores of each token in each gap: (gaps, vocabulary).
    fn logits(&self, gaps: &Gaps, learning: bool) -> Tensor {
        let positions = self.positions.narrow(0, 0, gaps.ids.size()[1]);
        let x = Tensor::embedding(&self.words, &gaps.ids, -1, false, false)
            + positions
            + self.types.get(0);
        let x = self.norm.apply(&x).dropout(DROPOUT, learning);
        let x = self
            .layers
            .iter()
            .fold(x, |x, layer| layer.apply(&x, learning));
        let states = x.flatten(0, 1).index_select(0, &gaps.places).unsqueeze(0);
        let transformed = self.transform.out_in(&states).gelu("none");
        let transformed = self.transform_norm.apply(&transformed).squeeze_dim(0);
        transformed.linear(&self.words, Some(&self.bias))
    }

    /// Adds the special tokens around rows, and masks some of the others.
    fn mask(&self, rows: &Tensor, purpose: Purpose) -> Gaps {
        let count = rows.size()[0];
        let special = |id: i64| Tensor::full([count, 1], id, (Kind::Int64, Device::Cpu));
        let ids = Tensor::cat(
            &[special(START), rows.shallow_clone(), special(SEPARATOR)],
            1,
        );
        let chosen = match purpose {
            Purpose::Learning => dice(&ids).lt(MASKED),
            Purpose::Measuring => one_in(MEASURED, &ids),
        };
        let chosen = chosen.logical_and(&ids.ge(SPECIAL.len() as i64));
        let places = chosen.flatten(0, 1).nonzero().squeeze_dim(1);
        let wanted = ids.flatten(0, 1).index_select(0, &places);
        let masked = ids.masked_fill(&chosen, MASK);
        let ids = match purpose {
            Purpose::Measuring => masked,
            Purpose::Learning => self.soften(&ids, &masked, &chosen),
        };
        Gaps {
            ids,
            places,
            wanted,
        }
    }

    /// Devlin et al. 2019, section 3.1: of the chosen tokens, 80 % are masked, 10 % are random, and 10 % stay.
    fn soften(&self, ids: &Tensor, masked: &Tensor, chosen: &Tensor) -> Tensor {
        let dice = dice(ids);
        let others = Tensor::randint_low(
            SPECIAL.len() as i64,
            self.words.size()[0],
            ids.size(),
            (Kind::Int64, Device::Cpu),
        );
        let random = dice.lt(0.1).logical_and(chosen);
        let stays = dice.ge(0.9);
        ids.where_self(&stays, &others.where_self(&random, masked))
    }
}

impl Layer {
    fn new(path: &Path<'_>) -> Self {
        let attention = path / "attention";
        let of_self = &attention / "self";
        let output = &attention / "output";
        let layer = Self {
            query: linear(&(&of_self / "query"), WIDTH, WIDTH),
            key: linear(&(&of_self / "key"), WIDTH, WIDTH),
            value: linear(&(&of_self / "value"), WIDTH, WIDTH),
            attention_output: linear(&(&output / "dense"), WIDTH, WIDTH),
            attention_norm: Norm::new(&(&output / "LayerNorm"), WIDTH, EPSILON),
            widen: linear(&(path / "intermediate" / "dense"), WIDTH, INNER),
            narrow: linear(&(path / "output" / "dense"), INNER, WIDTH),
            output_norm: Norm::new(&(path / "output" / "LayerNorm"), WIDTH, EPSILON),
        };
        layer.look_at_neighbours();
        layer
    }

    /// Sets the queries so that each head looks at a neighbour.
    fn look_at_neighbours(&self) {
        let width = WIDTH / HEADS;
        for (head, offset) in (0..HEADS).zip(OFFSETS) {
            let rows = |layer: &Linear| layer.weight.narrow(0, head * width, width);
            tch::no_grad(|| {
                let query = neighbours::query(&rows(&self.key), offset);
                rows(&self.query).copy_(&query);
            });
        }
    }

    fn apply(&self, x: &Tensor, learning: bool) -> Tensor {
        let heads = Heads {
            count: HEADS,
            causal: false,
        };
        let (query, key) = (self.query.out_in(x), self.key.out_in(x));
        let context = heads.attend(&query, &key, &self.value.out_in(x));
        let attended = self
            .attention_output
            .out_in(&context)
            .dropout(DROPOUT, learning);
        let h = self.attention_norm.apply(&(x + attended));
        let hidden = self.widen.out_in(&h).gelu("none");
        let output = self.narrow.out_in(&hidden).dropout(DROPOUT, learning);
        self.output_norm.apply(&(h + output))
    }
}

impl Network for Bert {
    /// All rows of a batch have one length, which is drawn: texts are short and long at inference.
    fn draw(&self, corpus: &Corpus) -> Tensor {
        let length = SHORTEST + draw_below(LONGEST + 1 - SHORTEST, 1)[0];
        corpus.draw(BATCH_TOKENS / length, length)
    }

    fn loss(&self, rows: &Tensor, purpose: Purpose) -> Tensor {
        let gaps = self.mask(rows, purpose);
        let logits = self.logits(&gaps, purpose == Purpose::Learning);
        logits.cross_entropy_loss(&gaps.wanted, None::<Tensor>, Reduction::Mean, -100, 0.0)
    }

    fn config(&self) -> Value {
        json!({
            "architectures": ["BertForMaskedLM"],
            "attention_probs_dropout_prob": 0.0,
            "dtype": "float16",
            "hidden_act": "gelu",
            "hidden_dropout_prob": DROPOUT,
            "hidden_size": WIDTH,
            "intermediate_size": INNER,
            "layer_norm_eps": EPSILON,
            "max_position_embeddings": CONTEXT,
            "model_type": "bert",
            "num_attention_heads": HEADS,
            "num_hidden_layers": LAYERS,
            "pad_token_id": 0,
            "tie_word_embeddings": true,
            "type_vocab_size": TYPES,
            "vocab_size": self.words.size()[0],
        })
    }

    fn peak_rate(&self) -> f64 {
        PEAK_RATE
    }
}

/// A linear layer whose outputs begin as large as its inputs. With BERT's own 0.02, made for a width of 768, all scores
/// of attention would be nearly equal here, and the first thousand batches would go by without a word's neighbours.
fn linear(path: &Path<'_>, input: i64, output: i64) -> Linear {
    Linear::new(path, [output, input], output, (input as f64).powf(-0.5))
}

/// Positions that begin as waves, which heads can shift.
fn with_waves(mut positions: Tensor) -> Tensor {
    // A sine has the standard deviation 1/√2.
    let waves = neighbours::waves(CONTEXT, WIDTH) * (STDEV * POSITIONS * 2_f64.sqrt());
    tch::no_grad(|| positions.copy_(&waves));
    positions
}

/// A bias that is the logarithm of each token's frequency.
fn with_frequencies(mut bias: Tensor, log_frequencies: &[f64]) -> Tensor {
    let logs: Vec<f32> = log_frequencies.iter().map(|&log| log as f32).collect();
    tch::no_grad(|| bias.copy_(&Tensor::from_slice(&logs)));
    bias
}

/// A number from 0 up to 1 for each token, drawn.
fn dice(ids: &Tensor) -> Tensor {
    Tensor::rand(ids.size(), (Kind::Float, Device::Cpu))
}

/// `true` for one of n places, a different one in each row.
fn one_in(n: i64, ids: &Tensor) -> Tensor {
    let (rows, length) = ids.size2().expect("(rows, length)");
    let count = |n| Tensor::arange(n, (Kind::Int64, Device::Cpu));
    (count(rows).unsqueeze(1) + count(length))
        .remainder(n)
        .eq(0)
}
