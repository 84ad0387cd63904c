//! # Text classification
//!
//! A review is a text, and its class is one of a few: positive or negative. This exercise trains a classifier from
//! nothing. It makes a vocabulary, turns words into ids, reads them with a small encoder, and finds out on texts that
//! were held out whether it has learned anything.
//!
//! ```text
//! tokenize    words → ids, [UNK] for a word that is not in the vocabulary
//! pad         all texts of a batch to one length, with a mask
//! embed       x = E[word] + P[position]
//! encode      h = LayerNorm(x + Attention(x))              no position attends to padding
//! pool        c = Σ h / N                                  Σ: over the N words of a text
//! classify    z = c′ Wᵀ + b                                c′: c after dropout, in training
//! train       loss = mean of −ln P(label)                  P: softmax of z; then exercise 28's `update`
//! evaluate    the class with the largest z, against the label
//! ```
//!
//! On the way back, two steps are new. The rest is done by functions that you have written before:
//!
//! ```text
//! dropout     dc = dc′ / (1 − p) where an entry was kept, 0 where it was dropped: dropout again, with the same entries
//! pool        dh = dc / N at each word of the text, 0 at padding
//! ```
//!
//! The confusion matrix C counts the texts with label i that were taken for class j. For the class k that is of interest:
//!
//! ```text
//! accuracy    Σᵢ C[i, i] / Σ C             precision   C[k, k] / Σᵢ C[i, k]             a column
//! F₁          2 P R / (P + R)              recall      C[k, k] / Σⱼ C[k, j]             a row
//! ```
//!
//! (The encoder: the first half of a block of Vaswani et al. 2017, "Attention Is All You Need", section 3.1. Mean pooling:
//! Reimers and Gurevych 2019, "Sentence-BERT", section 3. Dropout: Srivastava et al. 2014, "Dropout: A Simple Way to
//! Prevent Neural Networks from Overfitting", section 4. Precision, recall and F₁: Manning, Raghavan and Schütze 2008,
//! "Introduction to Information Retrieval", section 8.3.)
//!
//! | symbol    | shape                        | meaning                                                              |
//! |-----------|------------------------------|----------------------------------------------------------------------|
//! | E         | (entries, d_model)           | a row for each entry of the vocabulary                               |
//! | P         | (longest, d_model)           | a row for each position                                              |
//! | mask      | (batch, length)              | `true` where there is a word                                         |
//! | x, h      | (batch, length, d_model)     | the embedded words, and the states after the encoder                 |
//! | c, c′     | (batch, d_model)             | a vector for each text, before and after dropout                     |
//! | z         | (batch, classes)             | the scores of the classes: logits                                    |
//! | p         |                              | the probability with which dropout drops an entry                    |
//! | C         | (classes, classes)           | labels in rows, predictions in columns                               |
//!
//! **What is held out is not looked at**, by no part of a program: not for the vocabulary, not for the number of steps,
//! not for choosing among models. Otherwise the result says how well the program knows these texts.
//!
//! You do not write the parts again. [`words`] splits a text by `normalize` and `split` of exercise 16. [`padding`] and
//! [`combine`] are masks of 06, `multi_head_attention` is that of 07, and `embed` that of 18. `cross_entropy` is that of
//! 24; `linear_backward`, `cross_entropy_backward` and `embedding_backward` are those of 25, `self_attention_backward` that
//! of 26. `norm_backward` and `update` are those of 28: `update(state, part, settings)` takes a step, and
//! [`Plan::run_settings`] gives its settings. `Cargo.toml` says whose functions these are, the course's or your own.
//! [`classifier`] gives you the parameters by name.

#[path = "../../../exercises/30-text-classification/src/data.rs"]
mod data;
#[path = "../../../exercises/30-text-classification/src/reviews.rs"]
mod reviews;

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use attention_backward::self_attention_backward;
use attentive_given::linear;
use backward::{cross_entropy_backward, embedding_backward, linear_backward};
use cross_entropy::cross_entropy;
use gpt::{EPSILON, embed};
use masks::{combine, padding};
use multi_head_attention::multi_head_attention;
use ndarray::{Array2, Array3, ArrayView2, ArrayView3, Axis, s};
use training::{Part, State, Tensors, norm_backward, update};

pub use data::{
    Classifier, Dropout, Encoded, Evaluation, Labelled, Mode, Outcome, PADDING, PARAMETERS, Plan,
    SPECIAL, Steps, UNKNOWN, classifier, with_entries, words,
};
pub use reviews::{Reviews, ReviewsError};

/// The entries that a model knows, in the order of their ids: [`SPECIAL`], then the words that occur at least `at_least`
/// times in all texts together.
///
/// A word that occurs more often comes first. Words that occur equally often are in the order of their characters, as
/// Rust compares strings.
pub fn vocabulary(texts: &[String], at_least: usize) -> Vec<String> {
    // region: solution "the special entries; then the words that are frequent enough, the most frequent first"
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for text in texts {
        for word in words(text) {
            *counts.entry(word).or_default() += 1;
        }
    }
    let mut frequent: Vec<(String, usize)> = counts.into_iter().collect();
    frequent.retain(|&(_, count)| count >= at_least);
    // The map has its words in order, and the sort leaves equal counts as they are.
    frequent.sort_by_key(|&(_, count)| Reverse(count));
    let mut entries = SPECIAL.map(str::to_owned).to_vec();
    entries.extend(frequent.into_iter().map(|(word, _)| word));
    entries
    // endregion
}

/// Texts as the model reads them: ids, and a mask.
///
/// A word that is not in the vocabulary has the id [`UNKNOWN`]. Of a text with more than `longest` words, the first
/// `longest` are read. All texts are padded to the length of the longest one, after their words, with [`PADDING`]. A text
/// may have no words, and then all of its row is padding. Without texts, or without words, the length is 0.
pub fn encode(texts: &[String], vocabulary: &[String], longest: usize) -> Encoded {
    // region: solution "the ids of each text's first words; padding up to the longest; the mask of exercise 06"
    let entries = vocabulary.iter().enumerate();
    let ids: HashMap<&str, usize> = entries.map(|(id, entry)| (entry.as_str(), id)).collect();
    let mut rows = Vec::new();
    for text in texts {
        let mut row = Vec::new();
        for word in words(text).iter().take(longest) {
            row.push(ids.get(word.as_str()).copied().unwrap_or(UNKNOWN));
        }
        rows.push(row);
    }
    let lengths: Vec<usize> = rows.iter().map(Vec::len).collect();
    let length = lengths.iter().copied().max().unwrap_or(0);
    let mut tokens = Array2::from_elem((texts.len(), length), PADDING);
    for (text, row) in rows.iter().enumerate() {
        for (position, &id) in row.iter().enumerate() {
            tokens[(text, position)] = id;
        }
    }
    Encoded {
        tokens,
        mask: padding(&lengths, length),
    }
    // endregion
}

/// A vector for each text: the mean of the states of its words, (batch, d_model).
///
/// `states` is (batch, length, d_model) and `mask` is (batch, length). Padding does not count, wherever it is. A text
/// without words gets zeros.
pub fn mean_pool(states: ArrayView3<'_, f32>, mask: ArrayView2<'_, bool>) -> Array2<f32> {
    // region: solution "add up the states of a text's words, and divide by the number of these"
    let (batch, _, d_model) = states.dim();
    let mut pooled: Array2<f32> = Array2::zeros((batch, d_model));
    for (text, mut mean) in pooled.rows_mut().into_iter().enumerate() {
        let mut counted = 0_usize;
        for (position, &is_word) in mask.row(text).iter().enumerate() {
            if is_word {
                mean += &states.slice(s![text, position, ..]);
                counted += 1;
            }
        }
        mean /= counted.max(1) as f32;
    }
    pooled
    // endregion
}

/// The backward pass of [`mean_pool`]: the gradient of the states, (batch, length, d_model).
///
/// `dpooled` is the gradient of its result, (batch, d_model). Padding gets a gradient of 0.
pub fn mean_pool_backward(mask: ArrayView2<'_, bool>, dpooled: ArrayView2<'_, f32>) -> Array3<f32> {
    // region: solution "each word of a text gets an equal share of the text's gradient"
    let (batch, length) = mask.dim();
    let mut dstates: Array3<f32> = Array3::zeros((batch, length, dpooled.ncols()));
    for (text, mask) in mask.rows().into_iter().enumerate() {
        let counted = mask.iter().filter(|&&is_word| is_word).count();
        let share = &dpooled.row(text) / counted as f32;
        for (position, &is_word) in mask.iter().enumerate() {
            if is_word {
                dstates.slice_mut(s![text, position, ..]).assign(&share);
            }
        }
    }
    dstates
    // endregion
}

/// Dropout. In training, the entries of `x` that are not kept become 0, and those that are kept are divided by 1 − p. In
/// evaluation, `x` stays as it is.
///
/// `x` is (batch, d_model). It may be the vectors of texts, or on the way back their gradient.
pub fn drop_out(x: ArrayView2<'_, f32>, dropout: &Dropout<'_>) -> Array2<f32> {
    // region: solution "in training, 0 where an entry is dropped, and a little more where it is kept"
    let mut y = x.to_owned();
    if dropout.mode == Mode::Training {
        y.zip_mut_with(&dropout.keep, |y, &is_kept| {
            *y = if is_kept {
                *y / (1.0 - dropout.rate)
            } else {
                0.0
            }
        });
    }
    y
    // endregion
}

/// Runs the classifier on a batch, and returns all of its steps.
///
/// [`classifier`] finds the weights among the parameters. Words and padding attend to the words of their own text and
/// never to padding. The ε of the layer norm is [`EPSILON`].
pub fn classify(
    batch: &Encoded,
    parameters: &Tensors,
    heads: usize,
    dropout: &Dropout<'_>,
) -> Steps {
    // region: solution "embed; attend to words, add, norm; pool; drop out; the head"
    let model = classifier(parameters);
    let tokens = batch.tokens.view();
    let embedded = embed(tokens, 0, model.token_embedding, model.position_embedding);
    // In an encoder, no position is too late.
    let everywhere = Array2::from_elem((tokens.ncols(), tokens.ncols()), true);
    let mask = combine(batch.mask.view(), everywhere.view());
    let x = embedded.view();
    let (attention, _) = multi_head_attention(x, x, x, &model.attention, heads, Some(mask.view()));
    let attended = &embedded + &attention;
    let states = model.norm.apply(attended.view(), EPSILON);
    let pooled = mean_pool(states.view(), batch.mask.view());
    let pooled = drop_out(pooled.view(), dropout);
    let logits = linear(pooled.view(), model.w_head, Some(model.b_head));
    Steps {
        embedded,
        attended,
        states,
        pooled,
        logits,
    }
    // endregion
}

/// The loss of a batch, the mean cross-entropy of its texts, and the gradient of each parameter.
///
/// `labels` has the class of each text. The gradients have the names and the shapes of `parameters`. Every text counts, so
/// `counted` is the number of texts.
pub fn gradients(
    batch: &Encoded,
    labels: &[usize],
    parameters: &Tensors,
    heads: usize,
    dropout: &Dropout<'_>,
) -> Part {
    // region: solution "forward; then back: the head, dropout, the mean, the norm, both ways of the sum, the embeddings"
    let model = classifier(parameters);
    let steps = classify(batch, parameters, heads, dropout);
    // Each text is a sequence of one position.
    let targets = ArrayView2::from_shape((labels.len(), 1), labels).expect("a label for each text");
    let logits = steps.logits.view().insert_axis(Axis(1));
    let loss = cross_entropy(logits, targets, None, 0.0);
    let dlogits = cross_entropy_backward(logits, targets, None, 0.0, 1.0);
    let dlogits = dlogits.index_axis_move(Axis(1), 0);

    let head = linear_backward(steps.pooled.view(), model.w_head, dlogits.view());
    let dpooled = drop_out(head.dx.view(), dropout);
    let dstates = mean_pool_backward(batch.mask.view(), dpooled.view());
    let norm = norm_backward(steps.attended.view(), &model.norm, dstates.view());
    let tokens = batch.tokens.view();
    let everywhere = Array2::from_elem((tokens.ncols(), tokens.ncols()), true);
    let mask = combine(batch.mask.view(), everywhere.view());
    let (dx, attention) = self_attention_backward(
        steps.embedded.view(),
        &model.attention,
        heads,
        Some(mask.view()),
        norm.dx.view(),
    );
    let dx = dx + &norm.dx;
    let dtoken = embedding_backward(tokens, model.token_embedding, dx.view());
    let mut dposition = Array2::zeros(model.position_embedding.raw_dim());
    let read = s![..tokens.ncols(), ..];
    dposition.slice_mut(read).assign(&dx.sum_axis(Axis(0)));

    let named = [
        ("token_embedding", dtoken.into_dyn()),
        ("position_embedding", dposition.into_dyn()),
        ("w_q", attention.dw_q.into_dyn()),
        ("b_q", attention.db_q.into_dyn()),
        ("w_k", attention.dw_k.into_dyn()),
        ("b_k", attention.db_k.into_dyn()),
        ("w_v", attention.dw_v.into_dyn()),
        ("b_v", attention.db_v.into_dyn()),
        ("w_o", attention.dw_o.into_dyn()),
        ("b_o", attention.db_o.into_dyn()),
        ("gamma", norm.dgamma.into_dyn()),
        ("beta", norm.dbeta.into_dyn()),
        ("w_head", head.dw.into_dyn()),
        ("b_head", head.db.into_dyn()),
    ];
    let named = named.map(|(name, gradient)| (name.to_owned(), gradient));
    Part {
        loss,
        counted: labels.len(),
        gradients: Tensors::from(named),
    }
    // endregion
}

/// Compares the scores of texts with their labels.
///
/// `logits` is (texts, classes). A text is taken for the class with the largest score, and for the first of these if
/// several are equally large. `positive` is the class of which precision and recall are. A share of nothing is 0, and so
/// is F₁ if precision and recall are both 0.
pub fn evaluate(logits: ArrayView2<'_, f32>, labels: &[usize], positive: usize) -> Evaluation {
    // region: solution "the best class of each text; count; then the shares of the diagonal, of a column and of a row"
    let share = |part: usize, whole: usize| part as f32 / whole.max(1) as f32;
    let mut confusion: Array2<usize> = Array2::zeros((logits.ncols(), logits.ncols()));
    for (scores, &label) in logits.rows().into_iter().zip(labels) {
        let mut best = 0;
        for (class, &score) in scores.iter().enumerate() {
            if score > scores[best] {
                best = class;
            }
        }
        confusion[(label, best)] += 1;
    }
    let found = confusion[(positive, positive)];
    let precision = share(found, confusion.column(positive).sum());
    let recall = share(found, confusion.row(positive).sum());
    let f1 = match precision + recall {
        0.0 => 0.0,
        sum => 2.0 * precision * recall / sum,
    };
    Evaluation {
        accuracy: share(confusion.diag().sum(), labels.len()),
        precision,
        recall,
        f1,
        confusion,
    }
    // endregion
}

/// An experiment from texts to an evaluation.
///
/// A vocabulary is made, and a classifier is trained, a step for each row of `plan.batches`. Step i reads the texts with
/// these numbers, with their labels and with row i of `plan.keep`. At the end, the held-out texts are judged. `start` gives
/// the parameters before the first step, for a vocabulary with so many entries.
///
/// Nothing but the evaluation depends on the held-out texts.
pub fn experiment(
    training: &Labelled,
    held_out: &Labelled,
    plan: &Plan,
    start: &dyn Fn(usize) -> Tensors,
) -> Outcome {
    // region: solution "vocabulary, encoding; a step for each batch; then the held-out texts, without dropout; evaluate"
    let vocabulary = vocabulary(&training.texts, plan.at_least);
    let encoded = encode(&training.texts, &vocabulary, plan.longest);
    let mut state = State::new(start(vocabulary.len()));
    let mut losses = Vec::new();
    for (texts, keep) in plan.batches.rows().into_iter().zip(plan.keep.outer_iter()) {
        let texts = texts.to_vec();
        let labels: Vec<usize> = texts.iter().map(|&text| training.labels[text]).collect();
        let dropout = Dropout {
            rate: plan.dropout,
            keep,
            mode: Mode::Training,
        };
        let batch = encoded.select(&texts);
        let part = gradients(&batch, &labels, &state.parameters, plan.heads, &dropout);
        let (next, record) = update(&state, &part, &plan.run_settings());
        state = next;
        losses.push(record.loss);
    }

    let encoded = encode(&held_out.texts, &vocabulary, plan.longest);
    let everything = Array2::from_elem((held_out.texts.len(), plan.keep.len_of(Axis(2))), true);
    let dropout = Dropout {
        rate: plan.dropout,
        keep: everything.view(),
        mode: Mode::Evaluation,
    };
    let logits = classify(&encoded, &state.parameters, plan.heads, &dropout).logits;
    let evaluation = evaluate(logits.view(), &held_out.labels, plan.positive);
    Outcome {
        vocabulary,
        losses,
        logits,
        evaluation,
    }
    // endregion
}
