//! Tensors from libtorch to the grader and back. `tch` uses another `ndarray`, so slices are exchanged.

use attentive_grader::Tensor as Graded;
use ndarray::{ArrayD, IxDyn};
use tch::{Kind, TchError, Tensor};

/// A tensor of libtorch's as one of the grader's: floats become `f32`, integers `i64`.
///
/// # Errors
/// When it is of another type, or libtorch cannot copy it.
pub fn to_grader(tensor: &Tensor) -> Result<Graded, TchError> {
    let shape: Vec<usize> = tensor
        .size()
        .iter()
        .map(|&length| length as usize)
        .collect();
    let flat = tensor.contiguous().view([-1]);
    let shaped = |error: ndarray::ShapeError| TchError::Shape(error.to_string());
    Ok(match tensor.kind() {
        Kind::Bool => Graded::Bool(
            ArrayD::from_shape_vec(IxDyn(&shape), Vec::try_from(&flat)?).map_err(shaped)?,
        ),
        Kind::Int64 => Graded::I64(
            ArrayD::from_shape_vec(IxDyn(&shape), Vec::try_from(&flat)?).map_err(shaped)?,
        ),
        Kind::Float | Kind::Double => {
            let floats = Vec::try_from(&flat.to_kind(Kind::Float))?;
            Graded::F32(ArrayD::from_shape_vec(IxDyn(&shape), floats).map_err(shaped)?)
        }
        other => {
            return Err(TchError::Kind(format!(
                "expected floats, bools or i64, found {other:?}"
            )));
        }
    })
}

/// One of the grader's tensors as one of libtorch's.
pub fn to_libtorch(tensor: &Graded) -> Tensor {
    let shape: Vec<i64> = tensor.shape().iter().map(|&length| length as i64).collect();
    let flat = match tensor {
        Graded::F32(array) => Tensor::from_slice(&array.iter().copied().collect::<Vec<_>>()),
        Graded::Bool(array) => Tensor::from_slice(&array.iter().copied().collect::<Vec<_>>()),
        Graded::I64(array) => Tensor::from_slice(&array.iter().copied().collect::<Vec<_>>()),
    };
    flat.view(shape.as_slice())
}
