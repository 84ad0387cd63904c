//! The command line. What `--help` prints is written here, and it is meant to be read by beginners.

mod images;
mod writing;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use images::ClassifyImages;
pub(crate) use writing::{Decoding, Generate, Text2Text, WeightForm};

/// Parsed command line of the program, which is two commands of `cargo attentive`.
#[derive(Debug, Parser)]
#[command(name = "attentive", bin_name = "cargo attentive")]
pub struct Arguments {
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// Commands of the program.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a language model through the functions of the course, or through your own
    #[command(after_help = "\
Examples:
  cargo attentive model fetch minilm
  cargo attentive pipeline tokenize \"The cat sat.\" --model minilm
  cargo attentive pipeline fill-mask \"The cat sat on the [MASK].\" --model models/bert-base-uncased
  cargo attentive pipeline text-generation \"A query asks\" --model models/gpt2 --temperature 0.7
  cargo attentive pipeline text-generation \"A query asks\" --model models/gpt2 --own

A model is a folder with config.json, model.safetensors and tokenizer.json, as the hub has it. \
`cargo attentive model list` names those that `cargo attentive model fetch NAME` can fetch; these go by their names. \
Folders such as models/gpt2 are downloads from the hub: the book's page \"Running a model\" has the commands.

--own runs the same model through what you wrote in exercises/. The first function that is not solved yet \
is named, and a wrong one shows in what the model writes. Once exercise 20 is solved, it keeps keys and values, \
and texts are written faster.

`cargo attentive pipeline TASK --help` has the options of a task.

Exit status: 0 done, 1 with --own: a function is not solved yet or panicked, 2 the command could not do its work.")]
    Pipeline(Pipeline),
    /// List, fetch, convert and train the models that the course knows
    #[command(after_help = "\
Examples:
  cargo attentive model list
  cargo attentive model fetch minilm
  cargo attentive model fetch co2
  cargo attentive pipeline feature-extraction \"A man eats pasta.\" --model minilm
  cargo attentive model convert smollm2 --out models/smollm2
  cargo attentive model train book-gpt --text alice.txt

book-gpt, book-bert and book-digits ship with the course. Models that were fetched are kept outside the repository, in \
~/.cache/attentive/models or where ATTENTIVE_CACHE says.

Exit status: 0 done, 2 the command could not do its work.")]
    Model(Model),
    /// Fill in a chat template from standard input, within limits: this program's own process for it
    #[command(hide = true)]
    FillTemplate,
}

/// `pipeline`.
#[derive(Debug, Args)]
#[command(subcommand_value_name = "TASK", subcommand_help_heading = "Tasks")]
#[command(disable_help_subcommand = true)]
pub struct Pipeline {
    /// The task.
    #[command(subcommand)]
    pub task: Task,
}

/// Tasks, by the hub's names.
#[derive(Debug, Subcommand)]
pub enum Task {
    /// Show the tokens of a text, and their ids
    #[command(after_help = "\
Examples:
  cargo attentive pipeline tokenize \"The quick brown fox\" --model models/gpt2
  cargo attentive pipeline tokenize \"The quick brown fox\" --model models/gpt2 --model models/bert-base-uncased
  cargo attentive pipeline tokenize --ids \"464 2068 7586\" --model models/gpt2

The folder needs tokenizer.json or vocab.txt only. With several models, their tokens are side by side.")]
    Tokenize(Tokenize),
    /// Turn each text into one vector, and compare them
    #[command(after_help = "\
Examples:
  cargo attentive pipeline feature-extraction \"A man eats pasta.\" \"A man eats food.\" --model minilm
  cargo attentive pipeline feature-extraction --file sentences.txt --model minilm --json
  cargo attentive pipeline feature-extraction \"A man eats pasta.\" --model minilm --pool cls

The vector is the mean over all tokens, scaled to length 1, as sentence encoders have it; or with --pool cls \
the last layer at the first token, as it is.")]
    FeatureExtraction(Features),
    /// Fill the gaps in a text
    #[command(after_help = "\
Examples:
  cargo attentive pipeline fill-mask \"The [MASK] sat on the mat.\" --model models/bert-base-uncased
  cargo attentive pipeline fill-mask --file gaps.txt --top 3 --model models/bert-base-uncased

A gap is written as the model's own mask token, which is [MASK] in BERT's family.")]
    FillMask(FillMask),
    /// Say which class a text belongs to
    #[command(after_help = "\
Examples:
  cargo attentive pipeline text-classification \"I loved it.\" --model models/sst2
  cargo attentive pipeline text-classification --file reviews.txt --threads 2 --json --model models/sst2")]
    TextClassification(Classify),
    /// Say which class each token of a text belongs to
    #[command(after_help = "\
Examples:
  cargo attentive pipeline token-classification \"Anna lives in Paris.\" --model models/ner
  cargo attentive model fetch grammar
  cargo attentive pipeline token-classification \"He have a dog.\" --model grammar

A label can be an edit, such as $REPLACE_has. Edits are applied: the corrected text is below the table, and in a \
terminal, what was taken away is struck through.")]
    TokenClassification(Classify),
    /// Continue a text
    #[command(after_help = "\
Examples:
  cargo attentive pipeline text-generation \"A query asks\" --model models/gpt2
  cargo attentive pipeline text-generation \"A query asks\" --model models/gpt2 --temperature 0.7 --top-p 0.9 --seed 1
  cargo attentive pipeline text-generation \"A query asks\" --model models/gpt2 --beams 4
  cargo attentive pipeline text-generation --ids \"464 2068\" --model models/gpt2
  cargo attentive pipeline text-generation --chat \"What is the capital of France?\" --model smollm2

--chat is for models that were trained to answer. With a text, the answer is printed; without one, it is a conversation, \
and each line that you type is a question. What was said before is not read again.

Without options the most likely token is taken each time. Scores are changed in this order: repetition \
penalty, temperature, top-k, top-p. The text appears as it is written; tokens per second follow on standard error.")]
    TextGeneration(Generate),
    /// Turn a text into a different one: translate, summarise, answer
    #[command(name = "text2text-generation")]
    #[command(after_help = "\
Examples:
  cargo attentive pipeline text2text-generation \"translate English to German: The house is wonderful.\" --model t5-titles
  cargo attentive pipeline text2text-generation \"summarize: The cat sat …\" --model models/flan-t5-small --beams 4
  cargo attentive pipeline text2text-generation --file questions.txt --model t5-titles --json
  cargo attentive pipeline text2text-generation --ids \"13959,1566,12,2968,10,37,629,19,1627,5,1\" --model t5-titles

T5 reads the source as a whole and writes a target. What it is to do is said in words at the beginning of the source; \
it does well what it was trained to do. `cargo attentive model fetch t5-titles` fetches a small one.

Without options the most likely token is taken each time, until the end token comes. Options are those of \
text-generation. The target appears as it is written. With --ids, the source needs its end token, which is 1.

With --own, exercise 22 computes all of the target again for each new token, and --beams calls its `generate`.")]
    Text2TextGeneration(Text2Text),
    /// Say what an image shows
    #[command(after_help = "\
Examples:
  cargo attentive pipeline image-classification photo.jpg --model models/vit-base-patch16-224
  cargo attentive model fetch digits
  cargo attentive pipeline image-classification --digits 1500..1503
  cargo attentive pipeline image-classification --digits held-out

Images are PNG or JPEG. They are resized and normalised as preprocessor_config.json says, which the folder needs. \
The model that ships, book-digits, reads one handwritten digit that is bright on a dark ground. It learned from the \
first 1500 digits of the data set `digits`, and the others are held out: of these, the share of right answers says \
how good it is. Of more than 12 digits, only those are shown that are read wrong.")]
    ImageClassification(ClassifyImages),
    /// Write a page that shows which token attends to which
    #[command(after_help = "\
Examples:
  cargo attentive pipeline attention \"The cat sat on the mat.\" --model minilm --out page.html
  cargo attentive pipeline attention \"The cat sat.\" --model models/gpt2 --layer 5 --head 2 --out page.html
  cargo attentive pipeline attention digit.png --model book-digits --out page.html

Layers and heads are counted from 1. The page has all of them, and begins with the one that you name. Of a T5, they \
are the encoder's. A model of images takes an image instead of a text: its tokens are patches. It needs no network. \
With --own it has the weights that your functions compute next to the course's.")]
    Attention(Attention),
}

/// Texts, and the model that reads them.
#[derive(Debug, Args)]
pub struct Input {
    /// The texts; without any, each line of --file or of standard input is one
    #[arg(value_name = "TEXT")]
    pub texts: Vec<String>,
    /// Read texts from a file, one a line
    #[arg(long, value_name = "FILE", conflicts_with = "texts")]
    pub file: Option<PathBuf>,
    /// Texts are token ids, such as "101 2023 102", and are taken as they are
    #[arg(long)]
    pub ids: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Use your own functions in exercises/ instead of the course's solutions
    #[arg(long)]
    pub own: bool,
}

/// The one model of most tasks.
#[derive(Debug, Args)]
pub struct ModelChoice {
    /// A folder with a model, or the name of one that ships or was fetched; text-generation, fill-mask and image-classification need none
    #[arg(long, value_name = "FOLDER|NAME")]
    pub model: Option<String>,
}

/// Options of tasks that read many texts at once.
#[derive(Debug, Args)]
pub struct Batching {
    /// Number of texts that are worked on at the same time
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..))]
    pub threads: u8,
    /// Cut a text that is too long into windows which overlap by this many tokens, instead of dropping its end
    #[arg(long, value_name = "TOKENS")]
    pub stride: Option<usize>,
    /// Write hidden states, attentions and logits to a safetensors file
    #[arg(long, value_name = "FILE")]
    pub tensors: Option<PathBuf>,
}

/// `tokenize`.
#[derive(Debug, Args)]
pub struct Tokenize {
    /// Texts.
    #[command(flatten)]
    pub input: Input,
    /// A folder with a tokenizer, or the name of a model that was fetched; may be repeated
    #[arg(long, value_name = "FOLDER|NAME")]
    pub model: Vec<String>,
}

/// A way from the states of all tokens to one vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Pool {
    /// The mean over all tokens but padding, scaled to length 1
    Mean,
    /// The state of the first token
    Cls,
}

/// `feature-extraction`.
#[derive(Debug, Args)]
pub struct Features {
    /// Texts.
    #[command(flatten)]
    pub input: Input,
    /// The model.
    #[command(flatten)]
    pub model: ModelChoice,
    /// The way in which they are run.
    #[command(flatten)]
    pub batching: Batching,
    /// The way in which the states of all tokens become one vector
    #[arg(long, value_enum, default_value_t = Pool::Mean)]
    pub pool: Pool,
}

/// `fill-mask`.
#[derive(Debug, Args)]
pub struct FillMask {
    /// Texts.
    #[command(flatten)]
    pub input: Input,
    /// The model.
    #[command(flatten)]
    pub model: ModelChoice,
    /// The way in which they are run.
    #[command(flatten)]
    pub batching: Batching,
    /// Number of tokens to show for each gap
    #[arg(long, value_name = "NUMBER", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    pub top: u16,
}

/// `text-classification` and `token-classification`.
#[derive(Debug, Args)]
pub struct Classify {
    /// Texts.
    #[command(flatten)]
    pub input: Input,
    /// The model.
    #[command(flatten)]
    pub model: ModelChoice,
    /// The way in which they are run.
    #[command(flatten)]
    pub batching: Batching,
}

/// `attention`.
#[derive(Debug, Args)]
pub struct Attention {
    /// The text.
    #[command(flatten)]
    pub input: Input,
    /// The model.
    #[command(flatten)]
    pub model: ModelChoice,
    /// The layer to show first, from 1 [default: the last]
    #[arg(long, value_name = "NUMBER")]
    pub layer: Option<usize>,
    /// The head to show first, from 1 [default: the first]
    #[arg(long, value_name = "NUMBER")]
    pub head: Option<usize>,
    /// File of the page; with --json there is none, and the weights are printed
    #[arg(long, value_name = "FILE", required_unless_present = "json")]
    pub out: Option<PathBuf>,
}

/// `model`.
#[derive(Debug, Args)]
#[command(disable_help_subcommand = true)]
pub struct Model {
    /// The action.
    #[command(subcommand)]
    pub command: ModelCommand,
}

/// Commands of `model`.
#[derive(Debug, Subcommand)]
pub enum ModelCommand {
    /// List the models that ship, and the models, texts and data sets that can be fetched or were
    List,
    /// Fetch a model, a text or a data set into the cache
    Fetch {
        /// Its name
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Convert a model from GGUF, ONNX or safetensors into a folder of the hub's layout
    #[command(after_help = "\
Examples:
  cargo attentive model fetch smollm2
  cargo attentive model convert smollm2 --out models/smollm2
  cargo attentive model convert llama.Q8_0.gguf --out models/llama --dtype bf16
  cargo attentive model convert models/sharded --out models/whole --dtype f16

The new folder has config.json, model.safetensors and tokenizer.json, and tokenizer_config.json with the chat \
template if there is one. Every library that reads models of the hub can load it.

What is read: safetensors, in one file or in several with model.safetensors.index.json; GGUF of a Llama, with its \
tensors in F32, F16, BF16, Q8_0, Q4_0 or Q4_1; ONNX of a T5 (an encoder and a decoder in one folder) and of a \
DistilBERT that labels tokens. A quantised number becomes the float that it stands for, so a file of 4 bits a \
number becomes about six times as large in f32.

The folder appears when it is whole. Nothing that is there is overwritten.

Exit status: 0 done, 2 the command could not do its work.")]
    Convert(Convert),
    /// Train a small model on the course's own book, a text of yours, or digits; it needs libtorch and several minutes
    #[command(after_help = "\
Examples:
  export LIBTORCH=\"$(src/reference/libtorch.sh)\"
  cargo attentive model train book-gpt
  cargo attentive model train book-bert --steps 500 --out models/hurried
  cargo attentive model train book-gpt --text alice.txt
  cargo attentive model train book-digits

book-gpt is a GPT-2 that writes, book-bert a BERT that fills gaps. At the end, the loss is printed: on text that \
the model has learned from, and on text that was held out; and next to it the loss that was recorded when the \
shipped model was trained. book-digits is a Vision Transformer that reads digits, for which `cargo attentive model \
fetch digits` has to be called first; for it, the share of right answers is printed.")]
    Train(Train),
}

/// `model convert`.
#[derive(Debug, Args)]
pub struct Convert {
    /// A folder with a model, one file of it, or the name of one that ships or was fetched
    #[arg(value_name = "FOLDER|FILE|NAME")]
    pub source: String,
    /// The folder to write; it must be new or empty
    #[arg(long, value_name = "FOLDER")]
    pub out: PathBuf,
    /// The type of the numbers that are written
    #[arg(long, value_enum, default_value_t = Dtype::F32)]
    pub dtype: Dtype,
}

/// A type of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Dtype {
    /// 32 bits: every number of the source, exactly
    F32,
    /// 16 bits: three digits, and numbers up to 65504
    F16,
    /// 16 bits: two digits, and numbers as large as in 32 bits
    Bf16,
}

/// `model train`.
#[derive(Debug, Args)]
pub struct Train {
    /// Its name: book-gpt, book-bert or book-digits
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Train on this file of plain text instead of the course's book; empty lines separate its paragraphs
    #[arg(long, value_name = "FILE")]
    pub text: Option<PathBuf>,
    /// Number of batches [default: enough for the book]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub steps: Option<u32>,
    /// Fixes what is random: the same seed trains the same model [default: 42]
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,
    /// The folder to write [default: NAME in target/attentive/models]
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
}
