//! Reads images from files of strangers.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, RgbImage};

use super::error::ImageError;

/// The most pixels of an image, those of a large photo. What they take of the memory is a few hundred megabytes.
const MAX_PIXELS: u64 = 50_000_000;
/// The most bytes of a file: more than an image of so many pixels takes without compression.
const MAX_BYTES: u64 = 4 * MAX_PIXELS;
/// The markers of a JPEG before its pixels, and behind them.
const START_OF_SCAN: [u8; 2] = [0xFF, 0xDA];
const END_OF_IMAGE: [u8; 2] = [0xFF, 0xD9];

/// An image in memory.
#[derive(Debug, Clone)]
pub struct Image {
    /// The name that errors have for it.
    pub(super) name: String,
    pub(super) pixels: RgbImage,
}

impl Image {
    /// Reads a file in PNG or JPEG. A photo is turned as its camera was held.
    ///
    /// # Errors
    /// When the file cannot be read, is no image of these formats, is damaged, has no pixels or too many, or is transparent.
    /// The number of pixels is taken from the header, before there is room for them.
    pub fn open(path: &Path) -> Result<Self, ImageError> {
        let file = read(path)?;
        // The name of the file says nothing about its format.
        let reader = ImageReader::new(Cursor::new(&file));
        let reader = reader.with_guessed_format().map_err(unreadable(path))?;
        ensure_format(path, reader.format())?;
        let is_jpeg = reader.format() == Some(ImageFormat::Jpeg);
        let mut decoder = reader.into_decoder().map_err(damaged(path))?;
        ensure_pixels(path, decoder.dimensions())?;
        if is_jpeg {
            ensure_end(path, &file)?;
        }
        let orientation = decoder.orientation().map_err(damaged(path))?;
        let mut image = DynamicImage::from_decoder(decoder).map_err(damaged(path))?;
        image.apply_orientation(orientation);
        Ok(Self {
            name: path.display().to_string(),
            pixels: opaque(path, image)?,
        })
    }

    /// An image in shades of grey, of so many pixels in a row. Pixels that fill no row are left out.
    pub fn of_grey(name: &str, width: usize, pixels: &[u8]) -> Self {
        let height = pixels.len() / width.max(1);
        let grey = |column, row| pixels[row as usize * width + column as usize];
        Self {
            name: name.to_owned(),
            pixels: RgbImage::from_fn(width as u32, height as u32, |column, row| {
                image::Rgb([grey(column, row); 3])
            }),
        }
    }

    /// The shades of grey, row by row, and the number of them in a row.
    pub fn grey(&self) -> (Vec<u8>, usize) {
        let grey = self.pixels.pixels().map(|pixel| shade(pixel.0));
        (grey.collect(), self.pixels.width() as usize)
    }
}

/// The brightness of a colour, as the library Pillow computes it: by the weights of ITU-R 601.
pub(super) fn shade([red, green, blue]: [u8; 3]) -> u8 {
    let sum = 19_595 * u32::from(red) + 38_470 * u32::from(green) + 7_471 * u32::from(blue);
    // The weights add up to 2¹⁶, so this is a byte.
    ((sum + (1 << 15)) >> 16) as u8
}

/// Reads a file, unless it has more bytes than the largest image in memory.
fn read(path: &Path) -> Result<Vec<u8>, ImageError> {
    let file = File::open(path).map_err(unreadable(path))?;
    let mut bytes = Vec::new();
    let mut start = file.take(MAX_BYTES + 1);
    start.read_to_end(&mut bytes).map_err(unreadable(path))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(larger(path));
    }
    Ok(bytes)
}

fn larger(path: &Path) -> ImageError {
    ImageError::Larger {
        path: path.to_owned(),
        most: MAX_PIXELS,
    }
}

fn damaged(path: &Path) -> impl Fn(image::ImageError) -> ImageError {
    move |error| match error {
        image::ImageError::Limits(_) => larger(path),
        error => ImageError::Damaged {
            path: path.to_owned(),
            problem: error.to_string().trim().replace('\n', "; "),
        },
    }
}

/// Checks that a JPEG has its end. The decoder makes grey of what is missing, without a word.
fn ensure_end(path: &Path, file: &[u8]) -> Result<(), ImageError> {
    let last = |marker: [u8; 2]| file.windows(2).rposition(|pair| pair == marker);
    // A small image of the header ends before the scan begins, and other data may follow the end.
    if last(END_OF_IMAGE) > last(START_OF_SCAN) {
        return Ok(());
    }
    Err(ImageError::Damaged {
        path: path.to_owned(),
        problem: "unexpected end of file".to_owned(),
    })
}

fn unreadable(path: &Path) -> impl Fn(std::io::Error) -> ImageError {
    move |error| ImageError::Unreadable {
        path: path.to_owned(),
        error,
    }
}

fn ensure_format(path: &Path, found: Option<ImageFormat>) -> Result<(), ImageError> {
    if matches!(found, Some(ImageFormat::Png | ImageFormat::Jpeg)) {
        return Ok(());
    }
    let found = found.and_then(|format| format.extensions_str().first().copied());
    Err(ImageError::Format {
        path: path.to_owned(),
        found: found.map_or("none".to_owned(), str::to_uppercase),
    })
}

fn ensure_pixels(path: &Path, (width, height): (u32, u32)) -> Result<(), ImageError> {
    // Two numbers of 32 bits do not overflow one of 64.
    let pixels = u64::from(width) * u64::from(height);
    if (1..=MAX_PIXELS).contains(&pixels) {
        return Ok(());
    }
    Err(ImageError::Pixels {
        path: path.to_owned(),
        most: MAX_PIXELS,
        width,
        height,
    })
}

/// The colours of an image, if there is nothing behind them that would shine through.
fn opaque(path: &Path, image: DynamicImage) -> Result<RgbImage, ImageError> {
    if !image.color().has_alpha() {
        return Ok(image.into_rgb8());
    }
    let pixels = image.into_rgba8();
    if pixels.pixels().any(|pixel| pixel.0[3] != u8::MAX) {
        return Err(ImageError::Transparent(path.to_owned()));
    }
    Ok(DynamicImage::ImageRgba8(pixels).into_rgb8())
}
