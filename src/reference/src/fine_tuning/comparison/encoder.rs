//! The model that is fine-tuned: the BERT of the exercise, in libtorch, with trained weights.

use std::collections::HashMap;
use std::path::Path;

use attentive_models::{Config, EncoderConfig, EncoderFamily};
use tch::{Kind, Tensor};

use super::batches::Batch;
use super::error::ComparisonError;
use super::snippets::Snippet;
use crate::bert;
use crate::model_weights::Weights;

/// Sentences that are read at once if nothing is learned.
const READ_AT_ONCE: usize = 50;

/// The embeddings: the hub's names and the exercise's.
const EMBEDDINGS: [[&str; 2]; 5] = [
    ["word_embeddings.weight", "word"],
    ["position_embeddings.weight", "position"],
    ["token_type_embeddings.weight", "token_type"],
    ["LayerNorm.weight", "gamma_0"],
    ["LayerNorm.bias", "beta_0"],
];
/// The tensors of a block.
const BLOCK: [[&str; 2]; 16] = [
    ["attention.self.query.weight", "w_q"],
    ["attention.self.query.bias", "b_q"],
    ["attention.self.key.weight", "w_k"],
    ["attention.self.key.bias", "b_k"],
    ["attention.self.value.weight", "w_v"],
    ["attention.self.value.bias", "b_v"],
    ["attention.output.dense.weight", "w_o"],
    ["attention.output.dense.bias", "b_o"],
    ["attention.output.LayerNorm.weight", "gamma_1"],
    ["attention.output.LayerNorm.bias", "beta_1"],
    ["intermediate.dense.weight", "w_1"],
    ["intermediate.dense.bias", "b_1"],
    ["output.dense.weight", "w_2"],
    ["output.dense.bias", "b_2"],
    ["output.LayerNorm.weight", "gamma_2"],
    ["output.LayerNorm.bias", "beta_2"],
];

/// A trained encoder.
#[derive(Debug)]
pub(super) struct Encoder {
    pub(super) config: EncoderConfig,
    /// The trained tensors, under the names of the exercise.
    pub(super) weights: Weights,
}

impl Encoder {
    /// Opens the model of a folder.
    pub(super) fn open(folder: &Path) -> Result<Self, ComparisonError> {
        let config = match Config::open(folder)? {
            Config::Encoder(config) if config.family == EncoderFamily::Bert => config,
            _ => return Err(ComparisonError::NotBert(folder.to_owned())),
        };
        let path = folder.join("model.safetensors");
        let tensors = Tensor::read_safetensors(&path)?;
        let tensors: HashMap<String, Tensor> = tensors.into_iter().collect();
        let take = |name: String| match tensors.get(&name) {
            Some(tensor) => Ok(tensor.to_kind(Kind::Float)),
            None => Err(ComparisonError::MissingTensor {
                path: path.clone(),
                name,
            }),
        };
        let mut named = Vec::new();
        for [of_hub, own] in EMBEDDINGS {
            named.push((own.to_owned(), take(format!("embeddings.{of_hub}"))?));
        }
        for layer in 0..config.layers {
            for [of_hub, own] in BLOCK {
                let tensor = take(format!("encoder.layer.{layer}.{of_hub}"))?;
                named.push((format!("layer_{layer}_{own}"), tensor));
            }
        }
        Ok(Self {
            config,
            weights: named.into_iter().collect(),
        })
    }

    /// A vector (batch, width) for each sentence, by these weights: the mean over its tokens, as the model was trained.
    pub(super) fn vectors(&self, weights: &Weights, batch: &Batch) -> Tensor {
        let size = |size: usize| Tensor::from(size as i64);
        let inputs = [
            ("ids", batch.ids.shallow_clone()),
            ("types", batch.ids.zeros_like()),
            ("mask", batch.mask.shallow_clone()),
            ("layers", size(self.config.layers)),
            ("heads", size(self.config.heads)),
            ("epsilon", Tensor::from(f64::from(self.config.epsilon))),
        ];
        let inputs = inputs.map(|(name, tensor)| (name.to_owned(), tensor));
        let weights = weights
            .iter()
            .map(|(name, tensor)| (name.to_owned(), tensor.shallow_clone()));
        let states = bert::formula(&weights.chain(inputs).collect()).states;
        let last = states.last().expect("the embeddings at least");
        bert::mean_of_text(last, &batch.mask)
    }

    /// The vectors of many sentences, of which nothing is learned.
    pub(super) fn read(&self, weights: &Weights, snippets: &[Snippet]) -> Tensor {
        tch::no_grad(|| {
            let batches = snippets.chunks(READ_AT_ONCE).map(Batch::of);
            let vectors: Vec<Tensor> = batches.map(|batch| self.vectors(weights, &batch)).collect();
            Tensor::cat(&vectors, 0)
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use attentive_models::Model;
    use ndarray::{Array2, Axis};

    use super::*;

    /// A tiny model with random weights.
    const TINY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/tests/fixtures/bert");

    pub(in crate::fine_tuning::comparison) fn tiny() -> Encoder {
        Encoder::open(Path::new(TINY)).unwrap_or_else(|error| panic!("{error}"))
    }

    pub(in crate::fine_tuning::comparison) fn snippets() -> [Snippet; 3] {
        let snippet = |ids: &[i64], label| Snippet {
            ids: ids.to_vec(),
            label,
        };
        [
            snippet(&[2, 7, 50, 99, 3], 1),
            snippet(&[2, 3], 0),
            snippet(&[2, 100, 7, 3], 1),
        ]
    }

    #[test]
    fn vectors_are_means_of_what_the_course_computes() {
        let Ok(Model::Encoder(course)) = Model::open(Path::new(TINY)) else {
            panic!("a sound fixture")
        };
        let encoder = tiny();
        let vectors = encoder.read(&encoder.weights, &snippets());
        for (row, snippet) in (0..).zip(&snippets()) {
            // Each sentence alone, so that there is no padding.
            let ids = snippet.ids.iter().map(|&id| id as usize).collect();
            let ids = Array2::from_shape_vec((1, snippet.ids.len()), ids).expect("a row");
            let (types, mask) = (Array2::zeros(ids.dim()), Array2::from_elem(ids.dim(), true));
            let states = course.run(ids.view(), types.view(), mask.view());
            let last = states.hidden.last().expect("a layer");
            let mean = last
                .index_axis(Axis(0), 0)
                .mean_axis(Axis(0))
                .expect("words");
            let found = Vec::<f32>::try_from(vectors.get(row)).expect("a vector");
            for (found, expected) in found.iter().zip(mean) {
                assert!((found - expected).abs() < 1e-4, "{found} {expected}");
            }
        }
    }

    #[test]
    fn a_model_of_a_different_kind_is_refused() {
        let folder = Path::new(TINY).with_file_name("distilbert-texts");
        let error = Encoder::open(&folder).expect_err("DistilBERT");
        assert!(matches!(error, ComparisonError::NotBert(_)), "{error}");
        let folder = Path::new(TINY).with_file_name("bert-texts");
        let error = Encoder::open(&folder).expect_err("names with a prefix");
        assert!(
            matches!(error, ComparisonError::MissingTensor { .. }),
            "{error}"
        );
    }
}
