//! The course's folders: where its root is, which exercises there are, and what they are called.

use std::path::{Path, PathBuf};

use thiserror::Error;

/// Where exercises live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Home {
    /// `exercises/`: what learners edit.
    Exercises,
    /// `solutions/`: the same, solved.
    Solutions,
}

impl Home {
    fn folder(self) -> &'static str {
        match self {
            Self::Exercises => "exercises",
            Self::Solutions => "solutions",
        }
    }
}

/// One exercise's crate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Exercise {
    /// Its number as the folder has it, such as `05`.
    pub(crate) number: String,
    /// Its name, such as `scaled-dot-product`.
    pub(crate) name: String,
    /// Learner's or solved.
    pub(crate) home: Home,
}

/// Why a course or an exercise was not found.
#[derive(Debug, Error)]
pub(crate) enum CourseError {
    #[error(
        "expected to be inside a checkout of Attentive (a folder with Cargo.toml, exercises and book), found {0}; \
         change into the checkout"
    )]
    NotHere(PathBuf),
    #[error("the folder {path} cannot be read ({error}); restore it from the repository")]
    Folder {
        path: PathBuf,
        error: std::io::Error,
    },
    #[error(
        "{0} has no exercise in it (a folder such as 01-softmax); restore it from the repository"
    )]
    Empty(&'static str),
    #[error("expected an exercise, found `{found}`; {nearest}these are there:\n{list}")]
    Unknown {
        found: String,
        nearest: String,
        list: String,
    },
}

/// Makes the course's root the current directory, so that every path is shown as seen from there. Returns the folder
/// that was the current one.
pub(crate) fn enter() -> Result<PathBuf, CourseError> {
    let here = std::env::current_dir().unwrap_or_default();
    let is_root =
        |folder: &&Path| folder.join("Cargo.toml").is_file() && folder.join("exercises").is_dir();
    let root = here
        .ancestors()
        .find(is_root)
        .ok_or_else(|| CourseError::NotHere(here.clone()))?;
    std::env::set_current_dir(root)
        .map_err(|error| CourseError::Folder {
            path: root.to_owned(),
            error,
        })
        .map(|()| here)
}

/// A text in which the course's files are as seen from its root.
pub(crate) fn from_root(text: &str) -> String {
    let root = std::env::current_dir().unwrap_or_default().join("");
    match root.to_str() {
        Some(root) if !root.is_empty() => text.replace(root, ""),
        _ => text.to_owned(),
    }
}

/// All exercises of a home, by number.
pub(crate) fn exercises(home: Home) -> Result<Vec<Exercise>, CourseError> {
    let path = Path::new(home.folder());
    let failed = |error| CourseError::Folder {
        path: path.to_owned(),
        error,
    };
    let mut exercises = Vec::new();
    for entry in path.read_dir().map_err(failed)? {
        let entry = entry.map_err(failed)?;
        exercises.extend(Exercise::at(&entry.path()).filter(|_| entry.path().is_dir()));
    }
    exercises.sort();
    if exercises.is_empty() {
        Err(CourseError::Empty(home.folder()))
    } else {
        Ok(exercises)
    }
}

/// The exercises that are named, or all.
pub(crate) fn select(home: Home, names: &[String]) -> Result<Vec<Exercise>, CourseError> {
    let all = exercises(home)?;
    if names.is_empty() {
        return Ok(all);
    }
    let mut selected = names
        .iter()
        .map(|name| find(&all, name).cloned())
        .collect::<Result<Vec<_>, _>>()?;
    selected.sort();
    selected.dedup();
    Ok(selected)
}

/// The exercise that goes by a name, a folder or a number.
pub(crate) fn find<'a>(all: &'a [Exercise], wanted: &str) -> Result<&'a Exercise, CourseError> {
    let number = |text: &str| text.parse::<u32>().ok();
    let fits = |exercise: &&Exercise| {
        let same_number = number(wanted).is_some() && number(wanted) == number(&exercise.number);
        exercise.name == wanted || exercise.folder() == wanted || same_number
    };
    all.iter().find(fits).ok_or_else(|| {
        let names = all.iter().map(|exercise| exercise.name.as_str());
        let list = all
            .iter()
            .map(|exercise| format!("  {} {}", exercise.number, exercise.name));
        CourseError::Unknown {
            found: wanted.to_owned(),
            nearest: suggestion(wanted, names),
            list: list.collect::<Vec<_>>().join("\n"),
        }
    })
}

/// `did you mean …? `, where one of the names is near enough.
pub(crate) fn suggestion<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> String {
    let wanted = wanted
        .trim_start_matches(|c: char| c.is_ascii_digit() || c == '-')
        .to_lowercase();
    let similarity = |name: &str| {
        let begins = wanted.len() >= 3 && name.starts_with(&wanted);
        if begins {
            1.0
        } else {
            strsim::jaro_winkler(&wanted, name)
        }
    };
    let nearest = names
        .map(|name| (similarity(name), name))
        .max_by(|(a, _), (b, _)| a.total_cmp(b));
    match nearest {
        Some((similarity, name)) if similarity > 0.75 => format!("did you mean `{name}`? "),
        _ => String::new(),
    }
}

impl Exercise {
    /// The exercise whose folder this is, from the course's root.
    pub(crate) fn at(directory: &Path) -> Option<Self> {
        let homes = [Home::Exercises, Home::Solutions];
        let home = homes
            .into_iter()
            .find(|home| directory.parent() == Some(Path::new(home.folder())))?;
        let (number, name) = directory.file_name()?.to_str()?.split_once('-')?;
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| Self {
            number: number.to_owned(),
            name: name.to_owned(),
            home,
        })
    }

    /// Its folder's name, such as `05-scaled-dot-product`.
    pub(crate) fn folder(&self) -> String {
        format!("{}-{}", self.number, self.name)
    }

    /// Its folder, from the course's root.
    pub(crate) fn directory(&self) -> PathBuf {
        Path::new(self.home.folder()).join(self.folder())
    }

    /// The file to edit, from the course's root.
    pub(crate) fn source(&self) -> PathBuf {
        self.directory().join("src/lib.rs")
    }

    /// What cargo calls it.
    pub(crate) fn package(&self) -> String {
        match self.home {
            Home::Exercises => self.name.clone(),
            Home::Solutions => format!("{}-solution", self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn course() -> Vec<Exercise> {
        let exercise = |number: &str, name: &str| Exercise {
            number: number.into(),
            name: name.into(),
            home: Home::Exercises,
        };
        vec![
            exercise("01", "softmax"),
            exercise("05", "scaled-dot-product"),
            exercise("10", "layer-norm"),
        ]
    }

    #[test]
    fn an_exercise_goes_by_several_names() {
        let all = course();
        for name in ["scaled-dot-product", "05-scaled-dot-product", "05", "5"] {
            assert_eq!(
                find(&all, name).expect("a name that it goes by").name,
                "scaled-dot-product"
            );
        }
        assert!(find(&all, "0").is_err());
    }

    #[test]
    fn the_nearest_name_is_suggested_and_no_far_one() {
        let suggestion =
            |wanted: &str| suggestion(wanted, ["softmax", "scaled-dot-product"].into_iter());
        assert_eq!(suggestion("sofmax"), "did you mean `softmax`? ");
        assert_eq!(
            suggestion("05-Scaled-dot-prodct"),
            "did you mean `scaled-dot-product`? "
        );
        assert_eq!(suggestion("scaled"), "did you mean `scaled-dot-product`? ");
        assert_eq!(suggestion("convolution"), "");
        assert_eq!(suggestion("17"), "");
    }
}
