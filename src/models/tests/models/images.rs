//! Files that are no images, as people read their errors.

use std::fs;
use std::path::Path;

use attentive_models::Image;
use image::{DynamicImage, Rgba, RgbaImage};

use crate::fixture::folder;

/// The error of a file, by its contents.
fn error(name: &str, contents: &[u8]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    fs::write(&path, contents).expect("a file");
    error_of(&path)
}

fn error_of(path: &Path) -> String {
    let error = Image::open(path).expect_err("no image").to_string();
    let folder = path.parent().expect("a folder").display().to_string();
    error.replace(&format!("{folder}/"), "")
}

fn photo() -> Vec<u8> {
    fs::read(folder("vit").join("photo.png")).expect("an image")
}

/// A PNG that has this size in its header, and the pixels of a smaller one.
fn of_size(width: u32, height: u32) -> Vec<u8> {
    let mut png = photo();
    png[16..20].copy_from_slice(&width.to_be_bytes());
    png[20..24].copy_from_slice(&height.to_be_bytes());
    let mut sum = flate2::Crc::new();
    sum.update(&png[12..29]);
    png[29..33].copy_from_slice(&sum.sum().to_be_bytes());
    png
}

fn jpeg() -> Vec<u8> {
    let photo = image::load_from_memory(&photo()).expect("an image");
    let mut jpeg = std::io::Cursor::new(Vec::new());
    photo
        .write_to(&mut jpeg, image::ImageFormat::Jpeg)
        .expect("an image");
    jpeg.into_inner()
}

#[test]
fn what_is_no_image_has_one_error() {
    let folder = tempfile::tempdir().expect("a folder");
    insta::assert_snapshot!(error_of(&folder.path().join("missing.png")), @"missing.png cannot be read: No such file or directory (os error 2)");
    insta::assert_snapshot!(error("text.png", b"no image"), @"text.png: expected an image in PNG or JPEG, found none; save it as one of these");
    insta::assert_snapshot!(error("empty.png", b""), @"empty.png: expected an image in PNG or JPEG, found none; save it as one of these");
    insta::assert_snapshot!(error("moving.gif", b"GIF89a\x01\0\x01\0"), @"moving.gif: expected an image in PNG or JPEG, found GIF; save it as one of these");
}

#[test]
fn damaged_images_have_one_error() {
    let png = photo();
    insta::assert_snapshot!(error("cut.png", &png[..png.len() / 2]), @"cut.png: expected a whole image, found this problem: unexpected end of file; save it again");
    insta::assert_snapshot!(error("cut.png", &png[..20]), @"cut.png: expected a whole image, found this problem: unexpected end of file; save it again");
    let jpeg = jpeg();
    insta::assert_snapshot!(error("cut.jpg", &jpeg[..jpeg.len() / 2]), @"cut.jpg: expected a whole image, found this problem: unexpected end of file; save it again");
    insta::assert_snapshot!(error("cut.jpg", &jpeg[..20]), @"cut.jpg: expected a whole image, found this problem: Format error decoding Jpeg: I/O errors Not enough bytes, expected 1 but found 0; save it again");
}

#[test]
fn images_without_pixels_and_with_too_many_are_known_by_their_header() {
    insta::assert_snapshot!(error("nothing.png", &of_size(0, 23)), @"nothing.png: expected a whole image, found this problem: Format error decoding Png: Invalid image dimensions; save it again");
    insta::assert_snapshot!(error("large.png", &of_size(50_000, 20_000)), @"large.png: expected an image of 1 to 50000000 pixels, found 50000 × 20000; save it in a different size");
    insta::assert_snapshot!(error("wide.png", &of_size(u32::MAX / 2, u32::MAX / 2)), @"wide.png: expected an image of at most 50000000 pixels, found a larger one; save it in a smaller size");
    // The size of a JPEG is after the marker of its frame.
    let mut large = jpeg();
    let frame = large.windows(2).position(|pair| pair == [0xFF, 0xC0]);
    let frame = frame.expect("a frame");
    large[frame + 5..frame + 9].copy_from_slice(&[0xFF; 4]);
    insta::assert_snapshot!(error("large.jpg", &large), @"large.jpg: expected an image of 1 to 50000000 pixels, found 65535 × 65535; save it in a different size");
}

#[test]
fn only_opaque_images_are_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ink.png");
    let mut pixels = RgbaImage::from_pixel(3, 2, Rgba([255, 0, 0, 255]));
    let save = |pixels: &RgbaImage| {
        let image = DynamicImage::ImageRgba8(pixels.clone());
        image.save(&path).expect("a file");
    };
    save(&pixels);
    let (shades, width) = Image::open(&path).expect("an image").grey();
    assert_eq!((shades, width), (vec![76; 6], 3));
    pixels.put_pixel(1, 1, Rgba([0, 0, 0, 0]));
    save(&pixels);
    insta::assert_snapshot!(error_of(&path), @"ink.png: expected an image without transparent pixels, found some; save it with a background");
}

#[test]
fn a_jpeg_is_read_by_its_contents() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("photo.png");
    fs::write(&path, jpeg()).expect("a file");
    let (shades, width) = Image::open(&path).expect("an image").grey();
    assert_eq!((shades.len(), width), (37 * 23, 37));
}
