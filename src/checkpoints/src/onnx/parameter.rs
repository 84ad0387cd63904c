//! A parameter: its numbers in the file, and what makes floats of them.

use std::ops::Range;

use crate::error::CheckpointError;
use crate::number::NumberType;

use super::OnnxFile;
use super::message::{Numbers, Tensor};
use super::protobuf::Fields;

/// The types that are read, for errors.
const TYPES: &str = "FLOAT, FLOAT16, BFLOAT16, or INT8 or UINT8 with a scale";

/// A tensor of a model.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Parameter {
    /// The shape that the model has for it.
    pub(super) shape: Vec<usize>,
    kind: Kind,
    place: Range<usize>,
    quantization: Option<Quantization>,
    /// `true` if the file has it as (in, out).
    transposed: bool,
}

/// The type of numbers in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Float(NumberType),
    Int8,
    Uint8,
}

/// The scale and the zero point by which integers become floats: (w − zero point) · scale.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Quantization {
    /// One, or one for each column.
    scales: Vec<f32>,
    /// As many.
    zero_points: Vec<f32>,
}

impl Kind {
    fn from_code(code: u64) -> Option<Self> {
        match code {
            1 => Some(Self::Float(NumberType::F32)),
            2 => Some(Self::Uint8),
            3 => Some(Self::Int8),
            10 => Some(Self::Float(NumberType::F16)),
            16 => Some(Self::Float(NumberType::BF16)),
            _ => None,
        }
    }

    fn size(self) -> usize {
        match self {
            Self::Float(number) => number.size(),
            Self::Int8 | Self::Uint8 => 1,
        }
    }
}

impl Tensor<'_> {
    /// Returns `true` if it has floats of a type that is read.
    pub(super) fn is_float(&self) -> bool {
        matches!(Kind::from_code(self.kind), Some(Kind::Float(_)))
    }

    /// The number of its numbers, if memory could hold them.
    fn count(&self) -> Option<usize> {
        let mut count: usize = 1;
        for &length in &self.shape {
            count = count.checked_mul(length.try_into().ok()?)?;
        }
        Some(count)
    }
}

impl Parameter {
    /// A parameter whose numbers are in the file.
    ///
    /// # Errors
    /// When there are more or fewer than its shape has, they are of a type that is not read, or they are elsewhere.
    pub(super) fn new(
        file: &OnnxFile,
        name: &str,
        tensor: &Tensor<'_>,
        quantization: Option<Quantization>,
        transposed: bool,
    ) -> Result<Self, CheckpointError> {
        let (kind, place) = stored(file, name, tensor)?;
        if matches!(kind, Kind::Float(_)) == quantization.is_some() {
            return Err(wrong_type(file, name, tensor.kind));
        }
        // The product of these fits a `usize`; one of them may not if another one is 0.
        let axes = tensor.shape.iter().map(|&length| usize::try_from(length));
        let shape: Result<Vec<usize>, _> = axes.collect();
        let mut shape = shape.map_err(|_| wrong_size(file, name, tensor, place.len()))?;
        if transposed {
            if shape.len() != 2 {
                return Err(file.damaged(format!(
                    "a product with `{name}` of shape {shape:?}, which is no matrix"
                )));
            }
            shape.reverse();
        }
        Ok(Self {
            shape,
            kind,
            place,
            quantization,
            transposed,
        })
    }

    /// The numbers, row by row in the order of the shape. `bytes` is the file.
    pub(super) fn numbers(&self, bytes: &[u8]) -> Vec<f32> {
        let bytes = &bytes[self.place.clone()];
        let numbers = match self.kind {
            Kind::Float(number) => {
                let count = bytes.len() / number.size();
                // There are as many bytes as it reads.
                number.read(bytes, count).unwrap_or_default()
            }
            Kind::Int8 => bytes
                .iter()
                .map(|&byte| f32::from(byte.cast_signed()))
                .collect(),
            Kind::Uint8 => bytes.iter().map(|&byte| f32::from(byte)).collect(),
        };
        self.in_order(self.dequantized(numbers))
    }

    fn dequantized(&self, mut numbers: Vec<f32>) -> Vec<f32> {
        if let Some(Quantization {
            scales,
            zero_points,
        }) = &self.quantization
        {
            // As long as a column's index goes through all scales, a row goes through all columns.
            let by_column = scales.iter().zip(zero_points).cycle();
            for (number, (scale, zero_point)) in numbers.iter_mut().zip(by_column) {
                *number = (*number - zero_point) * scale;
            }
        }
        numbers
    }

    fn in_order(&self, numbers: Vec<f32>) -> Vec<f32> {
        let &[rows, columns] = self.shape.as_slice() else {
            return numbers;
        };
        // There may be a huge number of rows without columns.
        if !self.transposed || numbers.is_empty() {
            return numbers;
        }
        let mut transposed = Vec::with_capacity(numbers.len());
        for row in 0..rows {
            transposed.extend((0..columns).map(|column| numbers[column * rows + row]));
        }
        transposed
    }
}

impl Quantization {
    /// The scale of integers, and their zero point, which is 0 if there is none.
    ///
    /// # Errors
    /// When they are neither one for all numbers nor one for each column.
    pub(super) fn new(
        file: &OnnxFile,
        name: &str,
        integers: &Tensor<'_>,
        scale: &Tensor<'_>,
        zero_point: Option<&Tensor<'_>>,
    ) -> Result<Self, CheckpointError> {
        if !matches!(
            Kind::from_code(integers.kind),
            Some(Kind::Int8 | Kind::Uint8)
        ) {
            return Err(wrong_type(file, name, integers.kind));
        }
        let (kind, place) = stored(file, name, scale)?;
        let Kind::Float(number) = kind else {
            return Err(file.damaged(format!("a scale of `{name}` that is no float")));
        };
        let count = place.len() / number.size();
        let columns = integers.shape.last().copied().unwrap_or(1);
        if count != 1 && (count as u64 != columns || integers.shape.len() != 2) {
            return Err(file.damaged(format!(
                "{count} scales of `{name}`, which has {columns} columns"
            )));
        }
        let scales = number.read(&file.bytes[place], count).unwrap_or_default();
        let zero_points = match zero_point {
            Some(tensor) => zero_points(file, name, tensor, integers.kind)?,
            None => vec![0.0; count],
        };
        if zero_points.len() != count {
            return Err(file.damaged(format!(
                "{} zero points for {count} scales of `{name}`",
                zero_points.len()
            )));
        }
        Ok(Self {
            scales,
            zero_points,
        })
    }
}

/// The zero points of integers, which are of the same type.
fn zero_points(
    file: &OnnxFile,
    name: &str,
    tensor: &Tensor<'_>,
    kind: u64,
) -> Result<Vec<f32>, CheckpointError> {
    if tensor.kind != kind {
        return Err(file.damaged(format!(
            "a zero point of `{name}` that is not of the type of its integers"
        )));
    }
    let Numbers::Integers(place) = &tensor.numbers else {
        let (kind, place) = stored(file, name, tensor)?;
        let bytes = file.bytes[place].iter();
        return match kind {
            Kind::Int8 => Ok(bytes.map(|&byte| f32::from(byte.cast_signed())).collect()),
            Kind::Uint8 => Ok(bytes.map(|&byte| f32::from(byte)).collect()),
            Kind::Float(_) => Err(wrong_type(file, name, tensor.kind)),
        };
    };
    let mut list = Fields::new(&file.bytes, place.clone());
    let mut zero_points = Vec::new();
    while !list.is_empty() {
        let value = list.varint().map_err(|error| file.malformed(&error))?;
        // A negative one has all 64 bits.
        let value = value.cast_signed();
        let small = i16::try_from(value).map_err(|_| {
            file.damaged(format!(
                "the zero point {value} of `{name}`, which is no byte"
            ))
        })?;
        zero_points.push(f32::from(small));
    }
    Ok(zero_points)
}

/// The type of a tensor's numbers, and their bytes, as many as its shape has.
fn stored(
    file: &OnnxFile,
    name: &str,
    tensor: &Tensor<'_>,
) -> Result<(Kind, Range<usize>), CheckpointError> {
    let kind = Kind::from_code(tensor.kind).ok_or_else(|| wrong_type(file, name, tensor.kind))?;
    let place = match &tensor.numbers {
        Numbers::Raw(place) => place.clone(),
        Numbers::Floats(place) if kind == Kind::Float(NumberType::F32) => place.clone(),
        Numbers::None => 0..0,
        Numbers::Floats(_) | Numbers::Integers(_) => {
            return Err(file.damaged(format!("the numbers of `{name}` in a list of another type")));
        }
        Numbers::External => {
            return Err(CheckpointError::Graph {
                path: file.path.clone(),
                expected: "all numbers in the file",
                found: format!("`{name}`, whose numbers are in another one"),
            });
        }
    };
    let bytes = tensor
        .count()
        .and_then(|count| count.checked_mul(kind.size()));
    if bytes != Some(place.len()) {
        return Err(wrong_size(file, name, tensor, place.len()));
    }
    Ok((kind, place))
}

fn wrong_type(file: &OnnxFile, name: &str, code: u64) -> CheckpointError {
    let found = match code {
        1 => "FLOAT".to_owned(),
        2 => "UINT8 without a scale".to_owned(),
        3 => "INT8 without a scale".to_owned(),
        6 => "INT32".to_owned(),
        7 => "INT64".to_owned(),
        10 => "FLOAT16".to_owned(),
        11 => "DOUBLE".to_owned(),
        16 => "BFLOAT16".to_owned(),
        21 => "UINT4".to_owned(),
        22 => "INT4".to_owned(),
        other => format!("the type {other}"),
    };
    CheckpointError::TensorType {
        path: file.path.clone(),
        name: name.to_owned(),
        expected: TYPES,
        found,
    }
}

fn wrong_size(file: &OnnxFile, name: &str, tensor: &Tensor<'_>, bytes: usize) -> CheckpointError {
    file.damaged(format!(
        "{bytes} bytes for `{name}`, which has the shape {:?}",
        tensor.shape
    ))
}
