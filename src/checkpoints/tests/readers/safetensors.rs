//! Safetensors: numbers of 16 bits, and models in several files.

use attentive_checkpoints::Checkpoint;
use half::{bf16, f16};
use ndarray::array;
use safetensors::Dtype;

use crate::samples::{self, safetensors_file as file};

#[test]
fn numbers_of_16_bits_become_floats() {
    let numbers = [1.5, -0.25, 0.0, 3.0];
    let f16: Vec<u8> = numbers
        .iter()
        .flat_map(|&number| f16::from_f32(number).to_le_bytes())
        .collect();
    let bf16: Vec<u8> = numbers
        .iter()
        .flat_map(|&number| bf16::from_f32(number).to_le_bytes())
        .collect();
    for (dtype, bytes) in [
        (Dtype::F32, samples::le_bytes(&numbers)),
        (Dtype::F16, f16),
        (Dtype::BF16, bf16),
    ] {
        let folder = samples::folder(&[("model.safetensors", &file("w", dtype, &[2, 2], &bytes))]);
        let checkpoint = Checkpoint::open(folder.path()).expect("a checkpoint");
        let found = checkpoint.read("w", (2, 2)).expect("a matrix");
        assert_eq!(found, array![[1.5, -0.25], [0.0, 3.0]], "{dtype:?}");
    }
}

#[test]
fn an_index_leads_to_the_files_beside_it() {
    let one = file("first", Dtype::F32, &[2], &samples::le_bytes(&[1.0, 2.0]));
    let two = file(
        "second",
        Dtype::BF16,
        &[1],
        &bf16::from_f32(4.0).to_le_bytes(),
    );
    let index = r#"{"weight_map": {"first": "one.safetensors", "second": "two.safetensors"}}"#;
    let folder = samples::folder(&[
        ("one.safetensors", &one),
        ("two.safetensors", &two),
        ("model.safetensors.index.json", index.as_bytes()),
    ]);
    let checkpoint = Checkpoint::open(folder.path()).expect("a checkpoint");
    assert_eq!(
        checkpoint.read("first", 2).expect("a vector"),
        array![1.0, 2.0]
    );
    assert_eq!(checkpoint.read("second", 1).expect("a vector"), array![4.0]);
}
