//! The Vision Transformer: its tensors, and exercise 23's functions on them.

mod block;

use std::path::{Path, PathBuf};

use attentive_checkpoints::Checkpoint;
use ndarray::{Array1, Array2, Array3, Array4, ArrayView4, Axis};
use vision_transformer::{VitEmbeddings, VitHead, classify, embed};

use crate::config::VitConfig;
use crate::error::ModelError;
use crate::states::States;
use crate::tensors::{Layout, Tensors, with_columns_together};
use crate::weights::{LinearWeights, NormWeights};

use block::Block;

/// The class token, which any Vision Transformer has.
const CLASS_TOKEN: &str = "embeddings.cls_token";
/// The last layer, which says the class.
const CLASSIFIER: &str = "classifier";
/// The layers behind the class token of a model that was saved without a classifier. Nothing here reads them.
const UNUSED: [&str; 2] = ["vit.pooler.", "pooler."];

/// A model that looks at images.
#[derive(Debug)]
pub struct Vit {
    folder: PathBuf,
    config: VitConfig,
    projection: LinearWeights,
    class_token: Array1<f32>,
    positions: Array2<f32>,
    blocks: Vec<Block>,
    norm: NormWeights,
    classifier: Option<LinearWeights>,
}

impl Vit {
    pub(crate) fn read(
        folder: &Path,
        config: VitConfig,
        checkpoint: &Checkpoint,
    ) -> Result<Self, ModelError> {
        let mut tensors = Tensors::new(checkpoint, "vit.", CLASS_TOKEN);
        let width = config.width;
        let class_token: Array3<f32> = tensors.array(&tensors.body(CLASS_TOKEN), (1, 1, width))?;
        let rows = 1 + config.side() * config.side();
        let positions = tensors.body("embeddings.position_embeddings");
        let positions: Array3<f32> = tensors.array(&positions, (1, rows, width))?;
        let projection = projection(&mut tensors, &config)?;
        let mut blocks = Vec::new();
        for number in 0..config.layers {
            blocks.push(Block::read(&mut tensors, number, &config)?);
        }
        let norm = tensors.norm(&tensors.body("layernorm"), width)?;
        let classifier = match tensors.contains(&format!("{CLASSIFIER}.weight")) {
            true => {
                let classes = config.labels.len();
                Some(tensors.linear(CLASSIFIER, width, classes, Layout::OutIn)?)
            }
            false => None,
        };
        tensors.finish(|name| UNUSED.iter().any(|start| name.starts_with(start)))?;
        Ok(Self {
            folder: folder.to_owned(),
            projection,
            class_token: class_token.flatten().into_owned(),
            positions: positions.index_axis_move(Axis(0), 0),
            blocks,
            norm,
            classifier,
            config,
        })
    }

    /// The sizes.
    pub fn config(&self) -> &VitConfig {
        &self.config
    }

    /// Runs the model on images (batch, channels, height, width), which have a patch at least. The last hidden states have
    /// not gone through the last norm.
    pub fn run(&self, images: ArrayView4<'_, f32>) -> States {
        let mut states = States::default();
        let last = self.through_blocks(images, |input, attention| {
            states.hidden.push(input);
            states.attentions.push(attention);
        });
        states.hidden.push(last);
        states
    }

    /// The scores of every class for each image, from images as [`Self::run`] takes them: (batch, classes).
    ///
    /// # Errors
    /// When the checkpoint has no classifier.
    pub fn classify(&self, images: ArrayView4<'_, f32>) -> Result<Array2<f32>, ModelError> {
        let classifier = self.classifier.as_ref();
        let classifier = classifier.ok_or_else(|| ModelError::MissingHead {
            folder: self.folder.clone(),
            expected: "a head that classifies images",
        })?;
        let last = self.through_blocks(images, |_, _| ());
        let head = VitHead {
            norm: self.norm.of_bert(),
            classifier: classifier.of_bert(),
        };
        Ok(classify(last.view(), &head, self.config.epsilon))
    }

    /// The output of the last block. The input and the attention weights of each block are given to `visit`, so that only
    /// who needs them keeps them.
    fn through_blocks(
        &self,
        images: ArrayView4<'_, f32>,
        mut visit: impl FnMut(Array3<f32>, Array4<f32>),
    ) -> Array3<f32> {
        let VitConfig { heads, epsilon, .. } = self.config;
        let embeddings = VitEmbeddings {
            patch_size: self.config.patch_size,
            projection: self.projection.of_bert(),
            class_token: self.class_token.view(),
            positions: self.positions.view(),
        };
        let mut x = embed(images, &embeddings);
        for block in &self.blocks {
            let steps = vision_transformer::block(x.view(), &block.view(), heads, epsilon);
            visit(x, steps.attention_weights);
            x = steps.output;
        }
        x
    }
}

/// Reads the projection, which a checkpoint has as the kernel of a convolution.
fn projection(tensors: &mut Tensors<'_>, config: &VitConfig) -> Result<LinearWeights, ModelError> {
    let VitConfig {
        patch_size: size,
        channels,
        width,
        ..
    } = *config;
    let name = tensors.body("embeddings.patch_embeddings.projection");
    let kernel: Array4<f32> =
        tensors.array(&format!("{name}.weight"), (width, channels, size, size))?;
    let weight = kernel.into_shape_with_order((width, channels * size * size));
    Ok(LinearWeights {
        weight: with_columns_together(weight.expect("the same numbers in the same order")),
        bias: tensors.vector(&format!("{name}.bias"), width)?,
    })
}
