//! Turns images into the numbers that a model was trained with.

use std::path::Path;

use image::imageops::resize;
use ndarray::Array3;

use super::error::ImageError;
use super::file::{Image, shade};
use crate::config::{ImageSettings, MAX_PATCHES, Size, VitConfig};
use crate::error::ModelError;

/// An image processor, as `preprocessor_config.json` describes it.
#[derive(Debug)]
pub struct ImageProcessor {
    settings: ImageSettings,
    patch_size: usize,
}

impl ImageProcessor {
    /// Opens the image processor of a model's folder.
    ///
    /// # Errors
    /// When there is none, or it does not fit the model.
    pub fn open(folder: &Path, config: &VitConfig) -> Result<Self, ModelError> {
        Ok(Self {
            settings: ImageSettings::open(folder, config)?,
            patch_size: config.patch_size,
        })
    }

    /// An image in the size in which the model looks at it. When it gets smaller, each new pixel is a weighted mean of all
    /// the old ones that it covers, as in the library Pillow.
    ///
    /// # Errors
    /// When the model resizes nothing, and the image has no patch or too many.
    pub fn resize(&self, image: &Image) -> Result<Image, ImageError> {
        let (width, height) = image.pixels.dimensions();
        let found = Size {
            height: height as usize,
            width: width as usize,
        };
        let size = self.settings.size.unwrap_or(found);
        if !(1..=MAX_PATCHES).contains(&size.patches(self.patch_size)) {
            return Err(ImageError::Patches {
                name: image.name.clone(),
                most: MAX_PATCHES,
                patch_size: self.patch_size,
                width: size.width,
                height: size.height,
            });
        }
        if size == found {
            return Ok(image.clone());
        }
        let (width, height) = (size.width as u32, size.height as u32);
        Ok(Image {
            name: image.name.clone(),
            pixels: resize(&image.pixels, width, height, self.settings.filter),
        })
    }

    /// The numbers of an image that [`Self::resize`] returned: (channels, height, width).
    pub fn normalise(&self, image: &Image) -> Array3<f32> {
        let ImageSettings {
            rescale,
            mean,
            deviation,
            ..
        } = &self.settings;
        let (width, height) = image.pixels.dimensions();
        let shape = (mean.len(), height as usize, width as usize);
        Array3::from_shape_fn(shape, |(channel, row, column)| {
            let pixel = image.pixels.get_pixel(column as u32, row as u32).0;
            let byte = match mean.len() {
                1 => shade(pixel),
                _ => pixel[channel],
            };
            (f32::from(byte) * rescale - mean[channel]) / deviation[channel]
        })
    }
}
