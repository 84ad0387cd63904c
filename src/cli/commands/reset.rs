//! `attentive reset`: the stub again.

use attentive_course::files;
use attentive_course::{Exercise, Tree};

use crate::commands::{CommandResult, finish};
use crate::error::Error;
use crate::root::{course, shown};

/// Makes one exercise the stub.
pub(crate) fn run(name: &str) -> CommandResult {
    let all = course().exercises(Tree::Exercises)?;
    let exercise = attentive_course::find(&all, name)?;
    finish(&reset(exercise)?, true)
}

/// Puts the stub's files back and keeps what was there. Returns what was done, in words.
pub(crate) fn reset(exercise: &Exercise) -> Result<String, Error> {
    let mut text = String::new();
    for (file, stub) in course().stub(exercise)? {
        let path = exercise.directory().join("src").join(file);
        let kept = match files::read(&path) {
            Ok(found) if found == stub.as_bytes() => continue,
            Err(_) if !path.exists() => String::new(),
            // What cannot be read is kept, too.
            Ok(_) | Err(_) => {
                let kept = files::back_up(&path)?;
                format!("; what you had is in {}", shown(&kept))
            }
        };
        files::write(&path, stub)?;
        text += &format!("{} is the stub again{kept}\n", shown(&path));
    }
    if text.is_empty() {
        text = format!("{} is the stub already\n", shown(&exercise.source()));
    }
    Ok(text)
}
