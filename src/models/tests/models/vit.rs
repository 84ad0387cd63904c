//! Tiny Vision Transformers that the hub's library wrote, on images of two sizes.

use attentive_models::{Image, ImageProcessor, Model, Vit};
use ndarray::{Array4, Axis, Ix3, Ix4};

use crate::expected::Expected;
use crate::fixture::{self, folder};

fn opened(name: &str) -> Vit {
    match Model::open(&folder(name)).expect("a sound fixture") {
        Model::Vit(vit) => vit,
        other => panic!("expected a ViT, found {other:?}"),
    }
}

fn images(expected: &Expected, name: &str) -> Array4<f32> {
    let pixels = expected.floats(name).into_dimensionality::<Ix4>();
    pixels.expect("(batch, channels, height, width)")
}

/// Compares all that a model computes, from embeddings to logits. Interpolated positions need no tolerance of their own: the
/// library sums the same 16 terms in a different order.
fn looks(name: &'static str) {
    let (vit, expected) = (opened(name), Expected::read(name));
    for start in ["", "wide."] {
        let images = images(&expected, &format!("{start}pixels"));
        let states = vit.run(images.view());
        expected.assert_states_of(start, &states);
        let logits = vit.classify(images.view()).expect("a sound fixture");
        expected.assert_equal(&format!("{start}logits"), logits.view().into_dyn());
    }
}

/// Compares a photo that the image processor has prepared. Pillow rounds to bytes after each axis, and the crate `image`
/// once, so that a byte may differ by one.
fn prepares(name: &'static str, deviation: f32) {
    let (vit, expected) = (opened(name), Expected::read(name));
    let processor = ImageProcessor::open(&folder(name), vit.config()).expect("a sound fixture");
    let photo = Image::open(&folder(name).join("photo.png")).expect("an image");
    let resized = processor.resize(&photo).expect("a size");
    let found = processor.normalise(&resized);
    let pixels = expected.floats("photo.pixels");
    let pixels = pixels.into_dimensionality::<Ix3>().expect("an image");
    let logits = vit.classify(pixels.view().insert_axis(Axis(0)));
    let logits = logits.expect("a sound fixture");
    expected.assert_equal("photo.logits", logits.view().into_dyn());
    assert_eq!(found.dim(), pixels.dim());
    let step = 1.0 / 255.0 / deviation;
    let mut equal = 0;
    for (found, expected) in found.iter().zip(&pixels) {
        let difference = (found - expected).abs();
        assert!(difference < 1.01 * step, "{found}, expected {expected}");
        equal += usize::from(difference < 0.01 * step);
    }
    assert!(
        equal * 10 > found.len() * 7,
        "{equal} of {} bytes",
        found.len()
    );
}

#[test]
fn images_of_three_channels_in_a_larger_grid() {
    looks("vit");
}

#[test]
fn grey_images_in_a_larger_grid_in_f16() {
    looks("vit-grey-half");
}

#[test]
fn photos_are_resized_bilinearly() {
    prepares("vit", 0.4);
}

#[test]
fn grey_photos_are_resized_bicubically() {
    prepares("vit-grey-half", 0.4);
}

/// The error of opening a model, or its image processor, after a change in one of its files.
fn error_with(file: &str, from: &str, to: &str) -> String {
    let copy = fixture::copy("vit");
    let processor = "preprocessor_config.json";
    std::fs::copy(folder("vit").join(processor), copy.path().join(processor)).expect("a copy");
    let path = copy.path().join(file);
    let text = std::fs::read_to_string(&path).expect("a file");
    assert!(text.contains(from), "{text}");
    std::fs::write(&path, text.replace(from, to)).expect("a file");
    let error = match Model::open(copy.path()) {
        Err(error) => error,
        Ok(Model::Vit(vit)) => {
            ImageProcessor::open(copy.path(), vit.config()).expect_err("a wrong file")
        }
        Ok(other) => panic!("expected a ViT, found {other:?}"),
    };
    let name = copy.path().display().to_string();
    error.to_string().replace(&name, "vit")
}

#[test]
fn fields_that_make_no_vit_are_named() {
    let error_with = |from: &str, to: &str| error_with("config.json", from, to);
    insta::assert_snapshot!(error_with("\"patch_size\": 4", "\"patch_size\": 0"), @"vit/config.json: expected `patch_size` to be from 1 to `image_size`, 12, found 0");
    insta::assert_snapshot!(error_with("\"patch_size\": 4", "\"patch_size\": 13"), @"vit/config.json: expected `patch_size` to be from 1 to `image_size`, 12, found 13");
    insta::assert_snapshot!(error_with("\"patch_size\": 4", "\"patch_size\": 6"), @"vit/model.safetensors: expected the tensor `vit.embeddings.position_embeddings` to have shape [1, 5, 20], found [1, 10, 20]");
    insta::assert_snapshot!(error_with("\"image_size\": 12", "\"image_size\": 120000"), @"vit/config.json: expected `image_size` to be from 1 to 4096, found 120000");
    insta::assert_snapshot!(error_with("\"num_channels\": 3", "\"num_channels\": 4"), @"vit/config.json: expected `num_channels` to be 1 (grey) or 3 (red, green and blue), found 4");
    insta::assert_snapshot!(error_with("\"num_channels\": 3", "\"num_channels\": 1"), @"vit/model.safetensors: expected the tensor `vit.embeddings.patch_embeddings.projection.weight` to have shape [20, 1, 4, 4], found [20, 3, 4, 4]");
    insta::assert_snapshot!(error_with("\"qkv_bias\": true", "\"qkv_bias\": false"), @"vit/config.json: expected `qkv_bias` to be true, found false");
    insta::assert_snapshot!(error_with("\"num_attention_heads\": 4", "\"num_attention_heads\": 3"), @"vit/config.json: expected `num_attention_heads` to be a divisor of the width, 20, found 3");
    insta::assert_snapshot!(error_with("\"image_size\": 12", "\"image_size\": [12, 12]"), @"vit/config.json: invalid type: sequence, expected usize at line 16 column 16");
}

#[test]
fn fields_that_make_no_image_processor_are_named() {
    let error_with = |from: &str, to: &str| error_with("preprocessor_config.json", from, to);
    insta::assert_snapshot!(error_with("\"height\": 12", "\"height\": 3"), @"vit/preprocessor_config.json: expected `size` to be of 1 to 2500 patches, with a side of 4 pixels each, found 3 × 12");
    insta::assert_snapshot!(error_with("\"height\": 12", "\"height\": 1000000000000"), @"vit/preprocessor_config.json: expected `size` to be of 1 to 2500 patches, with a side of 4 pixels each, found 1000000000000 × 12");
    insta::assert_snapshot!(error_with("\"height\": 12", "\"shortest_edge\": 12"), @"vit/preprocessor_config.json: expected `size` to be a number of pixels, or a height and a width at line 22 column 1");
    insta::assert_snapshot!(error_with("\"resample\": 2", "\"resample\": 5"), @"vit/preprocessor_config.json: expected `resample` to be 1 (Lanczos), 2 (bilinear) or 3 (bicubic), found 5");
    insta::assert_snapshot!(error_with("    0.4,\n", ""), @"vit/preprocessor_config.json: expected `image_mean` to be a list of 3, the number of channels, found 2");
    insta::assert_snapshot!(error_with("\"rescale_factor\": 0", "\"rescale_factor\": -0"), @"vit/preprocessor_config.json: expected `rescale_factor` to be above 0, found -0.003921569");
    insta::assert_snapshot!(error_with("    0.4\n", "    0\n"), @"vit/preprocessor_config.json: expected `image_std` to be above 0, found [0.6, 0.5, 0.0]");
}
