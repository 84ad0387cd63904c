//! How a vision transformer cuts an image.

use ndarray::{Array2, Array3};

// ANCHOR: patches
/// Cuts an image (height, width, channels) into patches.
///
/// Each is a row of size · size · channels numbers.
pub(super) fn patches(image: &Array3<f32>, size: usize) -> Array2<f32> {
    let (height, width, channels) = image.dim();
    let (down, across) = (height / size, width / size);
    let cut = image
        .to_shape((down, size, across, size, channels))
        .expect("the size divides height and width");
    let together = cut.permuted_axes([0, 2, 1, 3, 4]); // (down, across, row, column, channel)
    together
        .to_shape((down * across, size * size * channels))
        .expect("as many numbers")
        .into_owned()
}
// ANCHOR_END: patches
