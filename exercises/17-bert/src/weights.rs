//! The weights of a BERT and of its heads, as a checkpoint holds them. Everything in this file is given.

use attentive_given::linear;
use encoder_block::{Norm, projections_named};
use multi_head_attention::Projections;
use ndarray::{Array, Array3, ArrayView, ArrayView1, ArrayView2, ArrayView3, Dimension};

/// A BERT without a head: what turns tokens into vectors.
#[derive(Debug, Clone)]
pub struct Bert<'a> {
    /// The first layer, from tokens to vectors.
    pub embeddings: BertEmbeddings<'a>,
    /// The layers, in the order in which they are applied. ALBERT's are all the same.
    pub layers: Vec<BertLayer<'a>>,
    /// The number of heads of every attention.
    pub heads: usize,
    /// The ε of every layer norm.
    pub epsilon: f32,
}

/// The tables from which each token gets its first vector, and the norm after their sum.
#[derive(Debug, Clone, Copy)]
pub struct BertEmbeddings<'a> {
    /// A row for each word piece: (vocabulary, width).
    pub word: ArrayView2<'a, f32>,
    /// A row for each position, counted from 0: (longest text, width).
    pub position: ArrayView2<'a, f32>,
    /// A row for each type of token, (types, width). DistilBERT has none.
    pub token_type: Option<ArrayView2<'a, f32>>,
    /// The layer norm of the sum.
    pub norm: Norm<'a>,
    /// The linear layer from the tables' width to the model's. Only ALBERT has one, because its tables are narrower.
    pub projection: Option<Linear<'a>>,
}

/// One layer: attention and its norm, feed-forward and its norm.
#[derive(Debug, Clone, Copy)]
pub struct BertLayer<'a> {
    /// Query, key, value and output of attention.
    pub attention: Projections<'a>,
    /// The layer norm after attention and its residual connection.
    pub attention_norm: Norm<'a>,
    /// The linear layer that widens, before GELU.
    pub intermediate: Linear<'a>,
    /// The linear layer that narrows again.
    pub output: Linear<'a>,
    /// The layer norm after feed-forward and its residual connection.
    pub output_norm: Norm<'a>,
}

/// The head that fills gaps. Its decoder has no matrix of its own: it uses [`BertEmbeddings::word`].
#[derive(Debug, Clone, Copy)]
pub struct MaskedLmHead<'a> {
    /// The linear layer before GELU, from the model's width to that of the word embeddings.
    pub transform: Linear<'a>,
    /// The layer norm after GELU.
    pub norm: Norm<'a>,
    /// A number that is added to the logit of each word piece: (vocabulary).
    pub bias: ArrayView1<'a, f32>,
}

/// The head that sorts texts into classes, in one of two forms.
#[derive(Debug, Clone, Copy)]
pub enum ClassificationHead<'a> {
    /// BERT's and ALBERT's.
    Bert {
        /// The linear layer before tanh, (width, width).
        pooler: Linear<'a>,
        /// The last linear layer, (classes, width).
        classifier: Linear<'a>,
    },
    /// DistilBERT's.
    DistilBert {
        /// The linear layer before ReLU, (width, width).
        pre_classifier: Linear<'a>,
        /// The last linear layer, (classes, width).
        classifier: Linear<'a>,
    },
}

/// A linear layer: x Wᵀ + b.
#[derive(Debug, Clone, Copy)]
pub struct Linear<'a> {
    /// W (out, in).
    pub weight: ArrayView2<'a, f32>,
    /// b (out).
    pub bias: ArrayView1<'a, f32>,
}

impl Linear<'_> {
    /// The layer at each position of `x` (…, in): the result is (…, out).
    pub fn apply<D: Dimension>(&self, x: ArrayView<'_, f32, D>) -> Array<f32, D> {
        linear(x, self.weight, Some(self.bias))
    }
}

impl<'a> Linear<'a> {
    /// The layer that goes by the names `w_NAME` and `b_NAME`.
    ///
    /// # Errors
    /// When one of them is not found.
    pub fn named<E>(
        vector: impl Fn(&str) -> Result<ArrayView1<'a, f32>, E>,
        matrix: impl Fn(&str) -> Result<ArrayView2<'a, f32>, E>,
        name: &str,
    ) -> Result<Self, E> {
        Ok(Self {
            weight: matrix(&format!("w_{name}"))?,
            bias: vector(&format!("b_{name}"))?,
        })
    }
}

impl<'a> BertEmbeddings<'a> {
    /// The embeddings that go by the names `word`, `position`, `gamma_0` and `beta_0`, with the table `token_type` and
    /// the projection `w_projection` and `b_projection` where `has` knows these names.
    ///
    /// # Errors
    /// When one of them is not found.
    pub fn named<E>(
        vector: impl Fn(&str) -> Result<ArrayView1<'a, f32>, E>,
        matrix: impl Fn(&str) -> Result<ArrayView2<'a, f32>, E>,
        has: impl Fn(&str) -> bool,
    ) -> Result<Self, E> {
        let token_type = has("token_type").then(|| matrix("token_type"));
        let projection = has("w_projection").then(|| Linear::named(&vector, &matrix, "projection"));
        Ok(Self {
            word: matrix("word")?,
            position: matrix("position")?,
            token_type: token_type.transpose()?,
            norm: Norm::named(&vector, 0)?,
            projection: projection.transpose()?,
        })
    }
}

impl<'a> BertLayer<'a> {
    /// The layer whose weights have the names of those of an encoder block, `w_q`, `b_q` and so on to `gamma_2` and
    /// `beta_2`.
    ///
    /// # Errors
    /// When one of them is not found.
    pub fn named<E>(
        vector: impl Fn(&str) -> Result<ArrayView1<'a, f32>, E>,
        matrix: impl Fn(&str) -> Result<ArrayView2<'a, f32>, E>,
    ) -> Result<Self, E> {
        Ok(Self {
            attention: projections_named(&vector, &matrix)?,
            attention_norm: Norm::named(&vector, 1)?,
            intermediate: Linear::named(&vector, &matrix, "1")?,
            output: Linear::named(&vector, &matrix, "2")?,
            output_norm: Norm::named(&vector, 2)?,
        })
    }
}

impl<'a> MaskedLmHead<'a> {
    /// The head that goes by the names `w_transform`, `b_transform`, `gamma_0`, `beta_0` and `bias`.
    ///
    /// # Errors
    /// When one of them is not found.
    pub fn named<E>(
        vector: impl Fn(&str) -> Result<ArrayView1<'a, f32>, E>,
        matrix: impl Fn(&str) -> Result<ArrayView2<'a, f32>, E>,
    ) -> Result<Self, E> {
        Ok(Self {
            transform: Linear::named(&vector, &matrix, "transform")?,
            norm: Norm::named(&vector, 0)?,
            bias: vector("bias")?,
        })
    }
}

impl<'a> ClassificationHead<'a> {
    /// The head whose first layer is called `pooler` in BERT and `pre_classifier` in DistilBERT, whichever `has` knows,
    /// and whose last is `classifier`.
    ///
    /// # Errors
    /// When one of them is not found.
    pub fn named<E>(
        vector: impl Fn(&str) -> Result<ArrayView1<'a, f32>, E>,
        matrix: impl Fn(&str) -> Result<ArrayView2<'a, f32>, E>,
        has: impl Fn(&str) -> bool,
    ) -> Result<Self, E> {
        let classifier = Linear::named(&vector, &matrix, "classifier")?;
        if has("w_pooler") {
            let pooler = Linear::named(&vector, &matrix, "pooler")?;
            return Ok(Self::Bert { pooler, classifier });
        }
        let pre_classifier = Linear::named(&vector, &matrix, "pre_classifier")?;
        Ok(Self::DistilBert {
            pre_classifier,
            classifier,
        })
    }
}

impl<'a> Bert<'a> {
    /// The model with the embeddings of [`BertEmbeddings::named`], and with layers whose names begin with `layer_0_`,
    /// `layer_1_` and so on.
    ///
    /// # Errors
    /// When a weight is not found.
    pub fn named<E>(
        vector: impl Fn(&str) -> Result<ArrayView1<'a, f32>, E>,
        matrix: impl Fn(&str) -> Result<ArrayView2<'a, f32>, E>,
        has: impl Fn(&str) -> bool,
        (layers, heads, epsilon): (usize, usize, f32),
    ) -> Result<Self, E> {
        let embeddings = BertEmbeddings::named(&vector, &matrix, has)?;
        let layers = (0..layers).map(|layer| {
            BertLayer::named(
                |name| vector(&format!("layer_{layer}_{name}")),
                |name| matrix(&format!("layer_{layer}_{name}")),
            )
        });
        Ok(Self {
            embeddings,
            layers: layers.collect::<Result<_, E>>()?,
            heads,
            epsilon,
        })
    }
}

/// GELU of every entry, by exercise 10's `gelu`: the exact one, with the error function.
pub fn gelu(x: ArrayView3<'_, f32>) -> Array3<f32> {
    let (batch, length, width) = x.dim();
    let rows = x
        .to_shape((batch * length, width))
        .expect("as many entries");
    feed_forward::gelu(rows.view())
        .into_shape_clone((batch, length, width))
        .expect("as many entries")
}
