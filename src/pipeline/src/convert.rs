//! `model convert`: a model of any format becomes a folder of the hub's layout.

use std::path::{Path, PathBuf};

use attentive_checkpoints::{NumberType, Progress, convert};

use crate::args::{Convert, Dtype};
use crate::error::PipelineError;
use crate::model;
use crate::print::{bar, print};

/// Digits between two commas.
const GROUP: usize = 3;

/// Converts a model, and says what was written.
///
/// # Errors
/// When the model cannot be read, or the folder cannot be written.
pub(crate) fn run(options: &Convert) -> Result<(), PipelineError> {
    let source = source(&options.source)?;
    let bar = bar("{bar:30} {percent} % {msg}");
    let mut show = |progress: Progress<'_>| {
        bar.set_length(progress.total as u64);
        bar.set_position(progress.written as u64);
        bar.set_message(progress.name.to_owned());
    };
    let converted = convert(&source, &options.out, number(options.dtype), &mut show);
    bar.finish_and_clear();
    let converted = converted?;
    let out = options.out.display();
    print(&format!(
        "{out} has {files}: {tensors} tensors with {numbers} numbers in {bytes} bytes\nuse it with --model {out}\n",
        files = converted.files.join(", "),
        tensors = converted.tensors,
        numbers = grouped(&converted.parameters.to_string()),
        bytes = grouped(&converted.bytes.to_string()),
    ))
}

/// The digits of a number with a comma after each thousand.
fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(GROUP) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The path of a model: a file, or the folder of a name. What ends like a file is none of the names.
fn source(source: &str) -> Result<PathBuf, PipelineError> {
    let path = Path::new(source);
    if path.is_file() || path.extension().is_some() {
        return Ok(path.to_owned());
    }
    model::folder(source)
}

fn number(dtype: Dtype) -> NumberType {
    match dtype {
        Dtype::F32 => NumberType::F32,
        Dtype::F16 => NumberType::F16,
        Dtype::Bf16 => NumberType::BF16,
    }
}
