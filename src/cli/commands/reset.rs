//! `attentive reset`: the stub again.

use std::path::PathBuf;

use attentive_course::files;
use attentive_course::{Exercise, Tree};

use crate::commands::{Outcome, conclude};
use crate::error::Error;
use crate::root::course;
use crate::sync::PRISTINE;

/// Makes one exercise the stub.
pub(crate) fn run(name: &str) -> Outcome {
    let all = course().exercises(Tree::Exercises)?;
    let exercise = attentive_course::find(&all, name)?;
    conclude(&reset(exercise)?, true)
}

/// Puts the stub's files back, keeps what was there, and says so.
pub(crate) fn reset(exercise: &Exercise) -> Result<String, Error> {
    let directory = exercise.directory();
    let pristine = directory.join(PRISTINE);
    let stubs = files::list(&pristine)?;
    if stubs.is_empty() {
        return Err(Error::NoStub {
            directory: directory.display().to_string(),
        });
    }
    let mut text = String::new();
    for stub in stubs {
        let (path, stub) = (
            directory.join("src").join(&stub),
            files::read(&pristine.join(&stub))?,
        );
        let kept = match files::read(&path) {
            Ok(found) if found == stub => continue,
            Ok(_) => Some(files::back_up(&path)?),
            Err(_) if !path.exists() => None,
            Err(error) => return Err(error.into()),
        };
        files::write(&path, &stub)?;
        let what = |kept: PathBuf| format!("; what you had is in {}", kept.display());
        text += &format!(
            "{} is the stub again{}\n",
            path.display(),
            kept.map_or_else(String::new, what)
        );
    }
    if text.is_empty() {
        text = format!("{} is the stub already\n", exercise.source().display());
    }
    Ok(text)
}
