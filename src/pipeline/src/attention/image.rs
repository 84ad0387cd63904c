//! Attention in an image: its tokens are the class token and the patches.

use std::path::Path;

use attentive_models::{Image, ImageProcessor, Vit};
use ndarray::Axis;

use super::{LONGEST, layers};
use crate::error::PipelineError;
use crate::page::Weights;
use crate::print::note;

/// The weights of an image of a file.
///
/// # Errors
/// When it cannot be read, or has too many patches for a page.
pub(super) fn weights(
    vit: &Vit,
    folder: &Path,
    path: &str,
    as_ids: bool,
) -> Result<Weights, PipelineError> {
    if as_ids {
        return Err(PipelineError::Option {
            option: "--ids",
            expected: "only with a model of texts".to_owned(),
            found: "one of images".to_owned(),
        });
    }
    let processor = ImageProcessor::open(folder, vit.config())?;
    let image = processor.resize(&Image::open(Path::new(path))?)?;
    let pixels = processor.normalise(&image);
    let (_, height, width) = pixels.dim();
    let patch_size = vit.config().patch_size;
    let (rows, columns) = (height / patch_size, width / patch_size);
    if rows * columns >= LONGEST {
        return Err(PipelineError::Option {
            option: "attention",
            expected: format!(
                "an image of fewer than {LONGEST} patches, so that a page can show them"
            ),
            found: format!("{rows} rows of {columns}"),
        });
    }
    note("[CLS] is the class token, and 2,3 is the patch in row 2 and column 3.");
    let places = (0..rows * columns).map(|patch| (1 + patch / columns, 1 + patch % columns));
    let patches = places.map(|(row, column)| format!("{row},{column}"));
    Ok(Weights {
        tokens: ["[CLS]".to_owned()].into_iter().chain(patches).collect(),
        layers: layers(&vit.run(pixels.view().insert_axis(Axis(0)))),
    })
}
