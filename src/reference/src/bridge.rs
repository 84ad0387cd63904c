//! Tensors from libtorch to the grader and back. `tch` uses a different version of `ndarray`, so slices are exchanged.

use attentive_grader::Tensor as GraderTensor;
use ndarray::{ArrayD, IxDyn};
use tch::{Kind, TchError, Tensor};

/// Copies a tensor from libtorch to the grader: floats become `f32`, integers `i64`.
///
/// # Errors
/// When it has a different type, or libtorch cannot copy it.
pub fn to_grader(tensor: &Tensor) -> Result<GraderTensor, TchError> {
    let shape: Vec<usize> = tensor
        .size()
        .iter()
        .map(|&length| length as usize)
        .collect();
    let flat = tensor.contiguous().view([-1]);
    let shaped = |error: ndarray::ShapeError| TchError::Shape(error.to_string());
    Ok(match tensor.kind() {
        Kind::Bool => GraderTensor::Bool(
            ArrayD::from_shape_vec(IxDyn(&shape), Vec::try_from(&flat)?).map_err(shaped)?,
        ),
        Kind::Int64 => GraderTensor::I64(
            ArrayD::from_shape_vec(IxDyn(&shape), Vec::try_from(&flat)?).map_err(shaped)?,
        ),
        Kind::Float | Kind::Double => {
            let floats = Vec::try_from(&flat.to_kind(Kind::Float))?;
            GraderTensor::F32(ArrayD::from_shape_vec(IxDyn(&shape), floats).map_err(shaped)?)
        }
        other => {
            return Err(TchError::Kind(format!(
                "expected floats, bools or i64, found {other:?}"
            )));
        }
    })
}

/// Copies a tensor from the grader to libtorch.
pub fn to_libtorch(tensor: &GraderTensor) -> Tensor {
    let shape: Vec<i64> = tensor.shape().iter().map(|&length| length as i64).collect();
    let flat = match tensor {
        GraderTensor::F32(array) => Tensor::from_slice(&array.iter().copied().collect::<Vec<_>>()),
        GraderTensor::Bool(array) => Tensor::from_slice(&array.iter().copied().collect::<Vec<_>>()),
        GraderTensor::I64(array) => Tensor::from_slice(&array.iter().copied().collect::<Vec<_>>()),
    };
    flat.view(shape.as_slice())
}
