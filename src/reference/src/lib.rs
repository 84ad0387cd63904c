//! The course's models in libtorch, right and wrong on purpose, and the recorder of golden packs.
//!
//! There is one module for each exercise. It says which cases there are, what libtorch computes for them, and how it
//! computes when it makes one of the mistakes that learners make. [`record`] turns that into a golden pack.
//!
//! ```text
//! cargo run -p attentive-reference -- record                        # the packs in exercises/
//! cargo run -p attentive-reference -- record --seed 7 --out hidden  # others of the same kind, for grading
//! cargo run -p attentive-reference -- train                         # the model in exercises/13-transformer
//! cargo run -p attentive-reference -- language-model book-gpt       # a model of the book; cargo attentive model train
//! cargo run -p attentive-reference -- image-model book-digits    # a model of images; cargo attentive model train
//! cargo run -p attentive-reference -- recipe-text                   # the text of recipes, from the book as it is
//! cargo run -p attentive-reference -- recipe-run nano               # a run for cargo attentive train to show
//! cargo run -p attentive-reference -- loss-curves                   # faulty runs, for the lesson on loss curves
//! cargo run -p attentive-reference -- compare-fine-tuning           # a table of the ways of fine-tuning
//! cargo run -p attentive-reference -- compare-designs               # a table of the steps from GPT-2 to Llama
//! ```

mod attention_weights;
mod bridge;
mod equal_scores;
mod exercise;
mod inputs;
mod layers;
mod model_folder;
mod model_weights;
mod outputs;
mod processor_time;
mod property;
mod random;
mod random_weights;
mod record;
mod scoring;
mod sublayers;
mod task;
mod texts;
mod vocabulary;

pub mod adamw;
pub mod additive_attention;
pub mod attention_backward;
pub mod attention_pooling;
pub mod backward;
pub mod bert;
pub mod book_text;
pub mod byte_pair_encoding;
pub mod cross_entropy;
pub mod decoder_block;
pub mod encoder_block;
pub mod feed_forward;
pub mod fine_tuning;
pub mod gpt;
pub mod image_models;
pub mod kv_cache;
pub mod language_models;
pub mod layer_norm;
pub mod llama;
pub mod masks;
pub mod multi_head_attention;
pub mod multiplicative_attention;
pub mod positional_encoding;
pub mod rotary_embedding;
pub mod sampling;
pub mod scaled_dot_product;
pub mod softmax;
pub mod t5;
pub mod text_classification;
pub mod time_series;
pub mod training;
pub mod training_run;
pub mod transformer;
pub mod vision_transformer;
pub mod weighting;
pub mod word_piece;

pub use attention_weights::Attention;
pub use bridge::{to_grader, to_libtorch};
pub use exercise::Exercise;
pub use inputs::Inputs;
pub use model_folder::{FolderError, check_target};
pub use model_weights::Weights;
pub use outputs::Outputs;
pub use property::Property;
pub use random::Random;
pub use record::{Computation, Named, Part, RecordError, record};
pub use task::Task;
pub use texts::{of_bytes, of_ids, of_pairs, of_texts};

/// The seed of the packs in the repository.
pub const SEED: u64 = 42;

/// Every exercise that has a reference.
///
/// A module with a function `exercise` is registered by its `pub mod` above: the build script makes this list of them.
pub fn exercises() -> Vec<Exercise> {
    include!(concat!(env!("OUT_DIR"), "/exercises.rs"))
}
