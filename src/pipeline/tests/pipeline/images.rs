//! `image-classification`, on the model that ships and on one of random weights.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::Models;

/// A seven, as the data set has digits: bright on a dark ground.
const SEVEN: [&str; 8] = [
    "  5999  ", "  99999 ", "     95 ", "    992 ", "  999999", "   9952 ", "   99   ", "  599   ",
];

/// A folder with the seven, a model for photos, and the digits.
fn models() -> Models {
    let models = Models::new();
    models.write("seven.png", png(&SEVEN));
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/tests/fixtures/vit");
    for entry in fs::read_dir(fixture).expect("a fixture") {
        let path = entry.expect("a file").path();
        let name = path.file_name().expect("a name").to_string_lossy();
        models.write(&format!("vit/{name}"), fs::read(&path).expect("a file"));
    }
    models
}

/// A drawing as an image: a space is black, and 9 is white.
fn png(rows: &[&str]) -> Vec<u8> {
    let shades = rows.iter().flat_map(|row| row.chars());
    let shades = shades.map(|shade| shade.to_digit(10).unwrap_or(0) as u8 * 28);
    let width = rows[0].len() as u32;
    let drawing = image::GrayImage::from_raw(width, rows.len() as u32, shades.collect());
    let mut png = std::io::Cursor::new(Vec::new());
    drawing
        .expect("as many pixels")
        .write_to(&mut png, image::ImageFormat::Png)
        .expect("an image");
    png.into_inner()
}

/// A table of one digit 42 times, as `model fetch digits` would write it. It has the label 7, and the last one 1.
fn write_digits(models: &Models) {
    let shades = SEVEN.iter().flat_map(|row| row.chars());
    let shades: Vec<String> = shades
        .map(|shade| (shade.to_digit(10).unwrap_or(0) * 16 / 9).to_string())
        .collect();
    let shades = shades.join(",");
    let table = format!("{shades},7\n").repeat(41) + &format!("{shades},1\n");
    models.write("cache/models/digits/digits.csv", table);
}

#[test]
fn a_digit_is_read_and_shown() {
    let ran = models()
        .run(&["image-classification", "seven.png"])
        .exits(0);
    insta::assert_snapshot!(ran.stdout);
}

#[test]
fn photos_get_the_size_of_the_model() {
    let models = models();
    let arguments = [
        "image-classification",
        "vit/photo.png",
        "seven.png",
        "--model",
        "vit",
        "--json",
    ];
    let answers = models.run(&arguments).json();
    let answers = answers.as_array().expect("a list");
    assert_eq!(answers.len(), 2);
    for answer in answers {
        let labels = answer["labels"].as_array().expect("labels");
        let sum: f64 = labels
            .iter()
            .filter_map(|label| label["probability"].as_f64())
            .sum();
        assert!((sum - 1.0).abs() < 1e-5, "{answer}");
        assert_eq!(answer.get("expected"), None);
    }
    let one = models
        .run(&[&arguments[..], &["--top", "1"]].concat())
        .json();
    assert_eq!(one[0]["labels"][0], answers[0]["labels"][0]);
    assert_eq!(one[0]["labels"].as_array().map(Vec::len), Some(1));
}

#[test]
fn of_many_digits_those_that_are_wrong_are_shown() {
    let models = models();
    write_digits(&models);
    let ran = models
        .run(&["image-classification", "--digits", "0.."])
        .exits(0);
    insta::assert_snapshot!(ran.stdout);
    let two = models.run(&["image-classification", "--digits", "40..42", "--top", "1"]);
    assert!(two.exits(0).stdout.ends_with("1 of 2 are right: 50.0 %\n"));
    let one = models
        .run(&["image-classification", "--digits", "3", "--json"])
        .json();
    assert_eq!(
        (&one[0]["image"], &one[0]["expected"]),
        (&"digit 3".into(), &"7".into())
    );
}

#[test]
fn each_patch_has_its_attention() {
    let models = models();
    let arguments = ["attention", "seven.png", "--model", "book-digits"];
    let weights = models.run(&[&arguments[..], &["--json"]].concat()).json();
    let tokens: Vec<_> = weights["tokens"]
        .as_array()
        .expect("tokens")
        .iter()
        .collect();
    assert_eq!(
        (tokens.len(), tokens[0], tokens[6]),
        (17, &Value::from("[CLS]"), &Value::from("2,2"))
    );
    let row = weights["layers"][1][3][0].as_array().expect("a row");
    let sum: f64 = row.iter().filter_map(Value::as_f64).sum();
    assert!((sum - 1.0).abs() < 1e-5 && row.len() == 17, "{row:?}");
    models
        .run(&[&arguments[..], &["--out", "page.html"]].concat())
        .exits(0);
    assert!(models.path("page.html").exists());
}

#[test]
fn each_wrong_image_has_one_error() {
    let models = models();
    let seven = png(&SEVEN);
    models.write("cut.png", &seven[..60]);
    models.write("text.png", "no image");
    models.write(
        "wide/preprocessor_config.json",
        r#"{"do_resize": false, "image_mean": [0, 0, 0], "image_std": [1, 1, 1]}"#,
    );
    for file in ["config.json", "model.safetensors"] {
        models.write(
            &format!("wide/{file}"),
            fs::read(models.path("vit").join(file)).expect("a file"),
        );
        models.write(
            &format!("alone/{file}"),
            fs::read(models.path("vit").join(file)).expect("a file"),
        );
    }
    models.write("dot.png", png(&["9"]));
    models.write("long.png", png(&["9".repeat(40_004).as_str(); 4]));
    let mut all = String::new();
    for arguments in [
        "image-classification",
        "image-classification seven.png --digits 1",
        "image-classification missing.png",
        "image-classification text.png",
        "image-classification seven.png cut.png",
        "image-classification seven.png --model gpt",
        "image-classification seven.png --model bert",
        "image-classification seven.png --model alone",
        "image-classification dot.png --model wide",
        "image-classification long.png --model wide",
        "image-classification --digits held-out",
        "image-classification --digits 5..5",
        "image-classification --digits 3 --model vit",
        "fill-mask [MASK] --model book-digits",
        "text-generation the --model book-digits",
        "attention the --model book-digits --out page.html",
        "attention seven.png seven.png --model book-digits --out page.html",
        "attention seven.png --ids --model book-digits --out page.html",
        "attention long.png --model wide --out page.html",
    ] {
        let words: Vec<&str> = arguments.split(' ').collect();
        let ran = models.run(&words).exits(2);
        assert_eq!(ran.stdout, "", "{arguments}");
        all += &format!("$ {arguments}\n{}\n", ran.stderr);
    }
    write_digits(&models);
    all += &models
        .run(&["image-classification", "--digits", "42"])
        .exits(2)
        .stderr;
    models.write("cache/models/digits/digits.csv", "1,2,3\n");
    let broken = models
        .run(&["image-classification", "--digits", "0"])
        .exits(2)
        .stderr;
    let cache = models.path("cache").display().to_string();
    all += &broken.replace(&cache, "cache");
    insta::assert_snapshot!(all);
}
