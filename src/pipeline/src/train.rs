//! `model train`: starts the crate that has libtorch, which nothing else here depends on.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use attentive_course::{Course, cargo_program};
use attentive_models::ModelError;
use attentive_models::catalogue::{self, SHIPPED, Shipped};

use crate::args::Train;
use crate::error::PipelineError;

/// The package that trains, and its folder in the course.
const PACKAGE: &str = "attentive-reference";
const FOLDER: &str = "src/reference";
/// The variable that says where libtorch is.
const LIBTORCH: &str = "LIBTORCH";
/// The task of the models that learn from the digits, and the name of these in the catalogue.
const IMAGE_TASK: &str = "image-classification";
const DIGITS: &str = "digits";
/// Exit status of cargo when it failed, and of a program that panicked.
const FAILED: i32 = 101;

/// Runs the command. What can be wrong is found before anything is compiled.
///
/// # Errors
/// When the model is none of those that the course trains, the text cannot be read, or libtorch is not there.
pub(crate) fn run(options: &Train) -> Result<ExitCode, PipelineError> {
    let model = trained_here(&options.name)?;
    ensure_data(model, options)?;
    let here = env::current_dir().map_err(|error| PipelineError::File {
        path: PathBuf::from("."),
        error,
    })?;
    if !Course::containing(&here).is_ok_and(|course| course.path(FOLDER).is_dir()) {
        return Err(PipelineError::NoReference);
    }
    if env::var_os(LIBTORCH).is_none_or(|path| path.is_empty()) {
        return Err(PipelineError::NoLibtorch);
    }
    let status = Command::new(cargo_program())
        .args(["run", "--quiet", "--package", PACKAGE, "--"])
        .args(arguments(model, options))
        .status()
        .map_err(PipelineError::Cargo)?;
    // Without an exit status of its own, because it was ended by a signal, it did not do its work.
    let code = status.code().filter(|code| *code != FAILED);
    let code = code.and_then(|code| u8::try_from(code).ok());
    Ok(ExitCode::from(code.unwrap_or(2)))
}

/// Returns `true` if a model learns from the digits and not from a text.
fn is_of_images(model: &Shipped) -> bool {
    model.task == IMAGE_TASK
}

/// Finds a model that the course trains: those are the ones that it ships.
fn trained_here(name: &str) -> Result<&'static Shipped, PipelineError> {
    if let Some(model) = catalogue::shipped(name) {
        return Ok(model);
    }
    let names = SHIPPED.map(|model| model.name);
    let known = names.join(", ");
    let name = name.to_owned();
    match catalogue::find_model(&name) {
        Ok(_) => return Err(PipelineError::TrainedElsewhere { name, known }),
        Err(error @ ModelError::NoModel { .. }) => return Err(error.into()),
        Err(_) => (),
    }
    let nearest = attentive_course::suggestion(&name, names.into_iter());
    Err(PipelineError::NotTrained {
        name,
        nearest,
        known,
    })
}

/// Checks that there is something to learn from.
fn ensure_data(model: &Shipped, options: &Train) -> Result<(), PipelineError> {
    match &options.text {
        Some(text) if is_of_images(model) => Err(PipelineError::Option {
            option: "--text",
            expected: format!(
                "only for models of texts; {} learns from digits",
                model.name
            ),
            found: text.display().to_string(),
        }),
        Some(text) => ensure_file(text),
        None if is_of_images(model) => {
            catalogue::folder(DIGITS)?;
            Ok(())
        }
        None => Ok(()),
    }
}

fn ensure_file(path: &Path) -> Result<(), PipelineError> {
    match std::fs::File::open(path) {
        Ok(_) => Ok(()),
        Err(error) => Err(PipelineError::File {
            path: path.to_owned(),
            error,
        }),
    }
}

/// The same options, as that program takes them.
fn arguments(model: &Shipped, options: &Train) -> Vec<OsString> {
    let command = match is_of_images(model) {
        true => "image-model",
        false => "language-model",
    };
    let mut arguments = vec![command.into(), options.name.clone().into()];
    let mut add = |option: &str, value: Option<OsString>| {
        if let Some(value) = value {
            arguments.extend([option.into(), value]);
        }
    };
    add("--text", options.text.clone().map(Into::into));
    add(
        "--steps",
        options.steps.map(|steps| steps.to_string().into()),
    );
    add("--seed", options.seed.map(|seed| seed.to_string().into()));
    add("--out", options.out.clone().map(Into::into));
    arguments
}
