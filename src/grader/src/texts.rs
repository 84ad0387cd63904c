//! Texts, bytes and pairs as tensors of whole numbers, in which they travel.
//!
//! A text is its UTF-8, a number for each byte. In a list of texts, −1 ends each: a text may be empty. Pairs follow each
//! other, left before right.

use ndarray::Array1;

use crate::tensor::Tensor;

/// The entry that ends each text of a list.
const END: i64 = -1;

impl Tensor {
    /// Makes a tensor of bytes, such as the UTF-8 of a text.
    pub fn of_bytes(bytes: impl AsRef<[u8]>) -> Self {
        let entries = bytes.as_ref().iter().map(|&byte| i64::from(byte));
        Self::from(Array1::from_iter(entries))
    }

    /// Makes a tensor of a list of texts, or of strings of bytes.
    pub fn of_texts<T: AsRef<[u8]>>(texts: &[T]) -> Self {
        let mut entries: Vec<i64> = Vec::new();
        for text in texts {
            entries.extend(text.as_ref().iter().map(|&byte| i64::from(byte)));
            entries.push(END);
        }
        Self::from(Array1::from(entries))
    }

    /// Makes a tensor of pairs of ids.
    pub fn of_pairs(pairs: &[(usize, usize)]) -> Self {
        let sides = pairs.iter().flat_map(|&(left, right)| [left, right]);
        // No id that is right is larger than what `i64` holds.
        let sides = sides.map(|id| i64::try_from(id).unwrap_or(i64::MAX));
        Self::from(Array1::from_iter(sides))
    }

    /// Returns the bytes that the tensor holds, if it holds bytes.
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        let entries = self.sequence()?.iter();
        entries.map(|&entry| u8::try_from(entry).ok()).collect()
    }

    /// Returns the texts that the tensor holds, as bytes, if it holds texts.
    pub fn to_texts(&self) -> Option<Vec<Vec<u8>>> {
        let (mut texts, mut text) = (Vec::new(), Vec::new());
        for &entry in self.sequence()? {
            match u8::try_from(entry) {
                Ok(byte) => text.push(byte),
                Err(_) if entry == END => texts.push(std::mem::take(&mut text)),
                Err(_) => return None,
            }
        }
        text.is_empty().then_some(texts)
    }

    /// Returns the pairs that the tensor holds, if it holds pairs.
    pub fn to_pairs(&self) -> Option<Vec<(usize, usize)>> {
        let ids = self.to_ids()?;
        let is_even = ids.len().is_multiple_of(2);
        is_even.then(|| ids.chunks(2).map(|pair| (pair[0], pair[1])).collect())
    }

    /// Returns the ids that the tensor holds, if it is a sequence of them.
    pub fn to_ids(&self) -> Option<Vec<usize>> {
        let entries = self.sequence()?.iter();
        entries.map(|&entry| usize::try_from(entry).ok()).collect()
    }

    /// Returns the entries of a tensor of whole numbers with one axis.
    fn sequence(&self) -> Option<&[i64]> {
        match self {
            Self::I64(array) if array.ndim() == 1 => array.as_slice(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{arr1, arr2};

    use super::*;

    #[test]
    fn what_is_put_in_comes_out() {
        let bytes = [0, 255, b'a'];
        assert_eq!(Tensor::of_bytes(bytes).to_bytes(), Some(bytes.to_vec()));
        for texts in [&[][..], &[""], &["", "é\n", ""]] {
            let out = Tensor::of_texts(texts).to_texts().expect("texts");
            assert!(
                out.iter()
                    .map(Vec::as_slice)
                    .eq(texts.iter().map(|text| text.as_bytes()))
            );
        }
        let pairs = [(104, 101), (256, 0)];
        assert_eq!(Tensor::of_pairs(&pairs).to_pairs(), Some(pairs.to_vec()));
    }

    #[test]
    fn what_is_something_else_does_not() {
        let ids = |entries: &[i64]| Tensor::from(arr1(entries));
        assert_eq!(ids(&[256]).to_bytes(), None);
        assert_eq!(ids(&[97]).to_texts(), None, "a text without its end");
        assert_eq!(ids(&[97, -2]).to_texts(), None);
        assert_eq!(ids(&[1, 2, 3]).to_pairs(), None);
        assert_eq!(ids(&[-1]).to_ids(), None);
        assert_eq!(Tensor::from(arr2(&[[1_i64]])).to_ids(), None);
        assert_eq!(Tensor::from(arr1(&[1.0_f32])).to_bytes(), None);
    }
}
