//! Images: reading a file, and turning it into the numbers that a model looks at.

mod error;
mod file;
mod processor;

pub use error::ImageError;
pub use file::Image;
pub use processor::ImageProcessor;
