//! Tensors: the inputs of cases and the outputs of functions.

use std::ops::Range;

use ndarray::{Array, ArrayD, Axis, Dimension, IxDyn, Slice, concatenate};

/// A tensor of one of the three types that cases and replies are made of.
#[derive(Debug, Clone, PartialEq)]
pub enum Tensor {
    /// Numbers.
    F32(ArrayD<f32>),
    /// Masks.
    Bool(ArrayD<bool>),
    /// Sizes, offsets and token ids.
    I64(ArrayD<i64>),
}

impl Tensor {
    /// Returns the length of every axis.
    pub fn shape(&self) -> &[usize] {
        match self {
            Self::F32(array) => array.shape(),
            Self::Bool(array) => array.shape(),
            Self::I64(array) => array.shape(),
        }
    }
}

impl Tensor {
    /// Returns the entries as numbers: those of masks are 0 and 1, and whole numbers are rounded where `f32` has no
    /// place for them.
    pub fn numbers(&self) -> ArrayD<f32> {
        match self {
            Self::F32(array) => array.clone(),
            Self::Bool(array) => array.mapv(|entry| f32::from(u8::from(entry))),
            Self::I64(array) => array.mapv(|entry| entry as f32),
        }
    }

    /// Returns the name of its type.
    pub(crate) fn type_in_words(&self) -> &'static str {
        match self {
            Self::F32(_) => "numbers",
            Self::Bool(_) => "a mask",
            Self::I64(_) => "whole numbers",
        }
    }

    /// Returns the number of entries.
    pub fn len(&self) -> usize {
        match self {
            Self::F32(array) => array.len(),
            Self::Bool(array) => array.len(),
            Self::I64(array) => array.len(),
        }
    }

    /// Returns `true` if there are no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the entry at an index, if there is one.
    pub(crate) fn entry(&self, index: &IxDyn) -> Entry {
        let entry = match self {
            Self::F32(array) => array.get(index).map(|&number| Entry::Number(number)),
            Self::Bool(array) => array.get(index).map(|&entry| Entry::Id(entry.into())),
            Self::I64(array) => array.get(index).map(|&id| Entry::Id(id)),
        };
        entry.unwrap_or(Entry::Missing)
    }

    /// Returns the tensor with every entry moved one place on along an axis, and the last to the front; `None` where it
    /// has no such axis.
    pub(crate) fn rotated(&self, axis: usize) -> Option<Self> {
        (axis < self.shape().len()).then(|| match self {
            Self::F32(array) => Self::F32(rotate(array, axis)),
            Self::Bool(array) => Self::Bool(rotate(array, axis)),
            Self::I64(array) => Self::I64(rotate(array, axis)),
        })
    }

    /// Returns the tensor behind itself along an axis; `None` where it has no such axis.
    pub(crate) fn doubled(&self, axis: usize) -> Option<Self> {
        (axis < self.shape().len()).then(|| match self {
            Self::F32(array) => Self::F32(double(array, axis)),
            Self::Bool(array) => Self::Bool(double(array, axis)),
            Self::I64(array) => Self::I64(double(array, axis)),
        })
    }

    /// Returns the part of a tensor whose index on an axis is in a range. The axis must have these indices.
    pub(crate) fn slice(&self, axis: usize, range: Range<usize>) -> Self {
        let (axis, range) = (Axis(axis), Slice::from(range));
        match self {
            Self::F32(array) => Self::F32(array.slice_axis(axis, range).to_owned()),
            Self::Bool(array) => Self::Bool(array.slice_axis(axis, range).to_owned()),
            Self::I64(array) => Self::I64(array.slice_axis(axis, range).to_owned()),
        }
    }
}

/// One entry of a tensor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Entry {
    /// A number.
    Number(f32),
    /// A whole number.
    Id(i64),
    /// No entry: another tensor is longer.
    Missing,
}

impl Entry {
    /// Returns the entry as a number; NaN where there is none.
    pub fn as_number(self) -> f32 {
        match self {
            Self::Number(number) => number,
            Self::Id(id) => id as f32,
            Self::Missing => f32::NAN,
        }
    }
}

impl<D: Dimension> From<Array<f32, D>> for Tensor {
    fn from(array: Array<f32, D>) -> Self {
        Self::F32(array.into_dyn())
    }
}

impl<D: Dimension> From<Array<bool, D>> for Tensor {
    fn from(array: Array<bool, D>) -> Self {
        Self::Bool(array.into_dyn())
    }
}

impl<D: Dimension> From<Array<i64, D>> for Tensor {
    fn from(array: Array<i64, D>) -> Self {
        Self::I64(array.into_dyn())
    }
}

impl From<i64> for Tensor {
    fn from(number: i64) -> Self {
        Self::I64(ndarray::arr0(number).into_dyn())
    }
}

/// Returns an array with every entry moved one place on along an axis that it has, and the last to the front.
pub(crate) fn rotate<T: Clone>(array: &ArrayD<T>, axis: usize) -> ArrayD<T> {
    let length = array.len_of(Axis(axis));
    let (front, last) = array.view().split_at(Axis(axis), length.saturating_sub(1));
    concatenate(Axis(axis), &[last, front]).unwrap_or_else(|_| array.clone())
}

fn double<T: Clone>(array: &ArrayD<T>, axis: usize) -> ArrayD<T> {
    concatenate(Axis(axis), &[array.view(), array.view()]).unwrap_or_else(|_| array.clone())
}
