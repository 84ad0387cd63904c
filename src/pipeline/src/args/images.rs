//! Options of the task that looks at images.

use std::path::PathBuf;

use clap::Args;

use super::ModelChoice;
use crate::digit_range::DigitRange;

/// `image-classification`.
#[derive(Debug, Args)]
pub struct ClassifyImages {
    /// The images, in PNG or JPEG
    #[arg(
        value_name = "IMAGE",
        required_unless_present = "digits",
        conflicts_with = "digits"
    )]
    pub images: Vec<PathBuf>,
    /// Take digits of the data set `digits`: held-out, or by their numbers, such as 1500 or 1500..1510
    #[arg(long, value_name = "DIGITS")]
    pub digits: Option<DigitRange>,
    /// The model.
    #[command(flatten)]
    pub model: ModelChoice,
    /// Number of classes to show for each image
    #[arg(long, value_name = "NUMBER", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..))]
    pub top: u16,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Use your own functions in exercises/ instead of the course's solutions
    #[arg(long)]
    pub own: bool,
}
