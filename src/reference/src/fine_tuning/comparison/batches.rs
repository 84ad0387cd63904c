//! Sentences as tensors.

use tch::{Kind, Tensor};

use super::snippets::Snippet;

/// The id of padding, which the mask hides.
const PADDING: i64 = 0;

/// Sentences that a model reads together.
#[derive(Debug)]
pub(super) struct Batch {
    /// The ids (batch, length).
    pub(super) ids: Tensor,
    /// The mask (batch, length), `true` for what is not padding.
    pub(super) mask: Tensor,
    /// The labels (batch).
    pub(super) labels: Tensor,
}

impl Batch {
    /// Pads sentences to the length of the longest one.
    pub(super) fn of<'a>(snippets: impl IntoIterator<Item = &'a Snippet>) -> Self {
        let snippets: Vec<&Snippet> = snippets.into_iter().collect();
        let lengths = snippets.iter().map(|snippet| snippet.ids.len());
        let length = lengths.max().unwrap_or(0);
        let (mut ids, mut mask, mut labels) = (Vec::new(), Vec::new(), Vec::new());
        for snippet in &snippets {
            let padding = length - snippet.ids.len();
            ids.extend(&snippet.ids);
            ids.resize(ids.len() + padding, PADDING);
            mask.resize(mask.len() + snippet.ids.len(), 1_i64);
            mask.resize(mask.len() + padding, 0);
            labels.push(snippet.label);
        }
        let shape = [snippets.len() as i64, length as i64];
        Self {
            ids: Tensor::from_slice(&ids).view(shape),
            mask: Tensor::from_slice(&mask).view(shape).to_kind(Kind::Bool),
            labels: Tensor::from_slice(&labels),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_sentences_are_padded_and_masked() {
        let snippets = [
            Snippet {
                ids: vec![5, 6, 7],
                label: 1,
            },
            Snippet {
                ids: vec![8],
                label: 0,
            },
        ];
        let batch = Batch::of(&snippets);
        let rows = |tensor: &Tensor| Vec::<Vec<i64>>::try_from(tensor.to_kind(Kind::Int64));
        assert_eq!(rows(&batch.ids).expect("rows"), [[5, 6, 7], [8, 0, 0]]);
        assert_eq!(rows(&batch.mask).expect("rows"), [[1, 1, 1], [1, 0, 0]]);
        let labels = Vec::<i64>::try_from(batch.labels).expect("labels");
        assert_eq!(labels, [1, 0]);
    }
}
