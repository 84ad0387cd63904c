//! `preprocessor_config.json`: the way from an image to the numbers that a model was trained with.

use std::path::Path;

use image::imageops::FilterType;
use serde::Deserialize;

use super::sizes::VitConfig;
use super::source::Source;
use crate::error::ModelError;

/// The name of the file.
const NAME: &str = "preprocessor_config.json";

/// Values that the hub's library assumes where the file has no such field.
const BILINEAR: u32 = 2;
const RESCALE: f32 = 1.0 / 255.0;
const MIDDLE: f32 = 0.5;

/// The most patches of an image: each layer has a weight for each pair of them, in each head.
pub(crate) const MAX_PATCHES: usize = 2500;

/// The settings of an image processor.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ImageSettings {
    /// The height and the width that images get; `None` if they stay as they are.
    pub(crate) size: Option<Size>,
    /// The filter that resizes them.
    pub(crate) filter: FilterType,
    /// The factor of each byte.
    pub(crate) rescale: f32,
    /// The mean of each channel, which is subtracted.
    pub(crate) mean: Vec<f32>,
    /// The deviation of each channel, by which the rest is divided.
    pub(crate) deviation: Vec<f32>,
}

/// A size in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) height: usize,
    pub(crate) width: usize,
}

#[derive(Debug, Deserialize)]
struct ProcessorFile {
    do_resize: Option<bool>,
    size: Option<SizeFile>,
    resample: Option<u32>,
    do_center_crop: Option<bool>,
    do_rescale: Option<bool>,
    rescale_factor: Option<f32>,
    do_normalize: Option<bool>,
    image_mean: Option<Vec<f32>>,
    image_std: Option<Vec<f32>>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(
    untagged,
    expecting = "expected `size` to be a number of pixels, or a height and a width"
)]
enum SizeFile {
    Side(usize),
    Sides { height: usize, width: usize },
}

impl Size {
    /// The number of patches in it.
    pub(crate) fn patches(self, patch_size: usize) -> usize {
        (self.height / patch_size).saturating_mul(self.width / patch_size)
    }
}

impl ImageSettings {
    /// Reads the file of a model's folder.
    pub(crate) fn open(folder: &Path, config: &VitConfig) -> Result<Self, ModelError> {
        let source = Source::required(folder, NAME)?;
        let file: ProcessorFile = source.parse()?;
        let crops = file.do_center_crop.unwrap_or(false);
        source.is("do_center_crop", false, crops)?;
        let size = match file.do_resize.unwrap_or(true) {
            true => Some(source.size(file.size, config)?),
            false => None,
        };
        let rescale = match file.do_rescale.unwrap_or(true) {
            true => file.rescale_factor.unwrap_or(RESCALE),
            false => 1.0,
        };
        source.holds("rescale_factor", rescale > 0.0, "above 0", rescale)?;
        let channels = config.channels;
        let (mean, deviation) = match file.do_normalize.unwrap_or(true) {
            true => (
                source.of_channels("image_mean", file.image_mean, channels)?,
                source.of_channels("image_std", file.image_std, channels)?,
            ),
            false => (vec![0.0; channels], vec![1.0; channels]),
        };
        let divides = deviation.iter().all(|&deviation| deviation > 0.0);
        let found = format!("{deviation:?}");
        source.holds("image_std", divides, "above 0", found)?;
        Ok(Self {
            size,
            filter: source.filter(file.resample.unwrap_or(BILINEAR))?,
            rescale,
            mean,
            deviation,
        })
    }
}

impl Source {
    fn size(&self, found: Option<SizeFile>, config: &VitConfig) -> Result<Size, ModelError> {
        let size = match found.unwrap_or(SizeFile::Side(config.image_size)) {
            SizeFile::Side(side) => Size {
                height: side,
                width: side,
            },
            SizeFile::Sides { height, width } => Size { height, width },
        };
        let patch_size = config.patch_size;
        let patches = size.patches(patch_size);
        let expected =
            format!("of 1 to {MAX_PATCHES} patches, with a side of {patch_size} pixels each");
        let found = format!("{} × {}", size.height, size.width);
        self.holds(
            "size",
            (1..=MAX_PATCHES).contains(&patches),
            &expected,
            found,
        )?;
        Ok(size)
    }

    /// The filter by its number in the library Pillow.
    fn filter(&self, number: u32) -> Result<FilterType, ModelError> {
        match number {
            1 => Ok(FilterType::Lanczos3),
            BILINEAR => Ok(FilterType::Triangle),
            3 => Ok(FilterType::CatmullRom),
            _ => Err(self.field(
                "resample",
                "1 (Lanczos), 2 (bilinear) or 3 (bicubic)".to_owned(),
                number.to_string(),
            )),
        }
    }

    /// A list with a number for each channel.
    fn of_channels(
        &self,
        field: &'static str,
        found: Option<Vec<f32>>,
        channels: usize,
    ) -> Result<Vec<f32>, ModelError> {
        let found = found.unwrap_or_else(|| vec![MIDDLE; channels]);
        let expected = format!("a list of {channels}, the number of channels");
        self.holds(field, found.len() == channels, &expected, found.len())?;
        Ok(found)
    }
}
