//! The error of an image that no model can look at.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// An error of an image. Each names it, the expected and the found.
#[derive(Debug, Error)]
pub enum ImageError {
    /// The file cannot be read.
    #[error("{path} cannot be read: {error}", path = .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        error: io::Error,
    },
    /// The file is no image, or one of a format that is not read.
    #[error("{path}: expected an image in PNG or JPEG, found {found}; save it as one of these", path = .path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// The format, if it is a known one.
        found: String,
    },
    /// The file is damaged.
    #[error("{path}: expected a whole image, found this problem: {problem}; save it again", path = .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The problem, in the words of the crate `image`.
        problem: String,
    },
    /// The image has no pixels, or so many that they would fill the memory.
    #[error("{path}: expected an image of 1 to {most} pixels, found {width} × {height}; save it in a different size", path = .path.display())]
    Pixels {
        /// The file.
        path: PathBuf,
        /// The largest number of pixels.
        most: u64,
        /// The width of the image.
        width: u32,
        /// The height of the image.
        height: u32,
    },
    /// The file, or the image in it, would fill the memory, and nothing more is known about it.
    #[error("{path}: expected an image of at most {most} pixels, found a larger one; save it in a smaller size", path = .path.display())]
    Larger {
        /// The file.
        path: PathBuf,
        /// The largest number of pixels.
        most: u64,
    },
    /// Pixels are transparent, and what is behind them is not known.
    #[error("{path}: expected an image without transparent pixels, found some; save it with a background", path = .0.display())]
    Transparent(PathBuf),
    /// The image has no patch, or so many that their attention would fill the memory. The model does not resize it.
    #[error(
        "{name}: expected an image of 1 to {most} patches of {patch_size} × {patch_size} pixels, found {width} × {height} \
         pixels; this model does not resize images: give it a different one"
    )]
    Patches {
        /// The image.
        name: String,
        /// The largest number of patches.
        most: usize,
        /// The number of pixels along each side of a patch.
        patch_size: usize,
        /// The width of the image.
        width: usize,
        /// The height of the image.
        height: usize,
    },
}
