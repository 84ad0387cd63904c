//! Checkpoints: everything that a run needs to go on, in one file that is there whole or not at all.

mod valid;

use std::path::{Path, PathBuf};

use attentive_course::files;
use attentive_recipe::RunRecord;
use serde::{Deserialize, Serialize};
use training::{State, Tensors, resume, save};

use crate::error::TrainerError;
use crate::tensors::{self, Words};

pub(crate) use valid::{MOST_STEPS, ensure_fits};

/// The name of what these files are, with the number of its version.
const FORMAT: &str = "attentive training 1";
/// The words of a file under which this name is, and under which the header is.
const FORMAT_KEY: &str = "format";
const HEADER_KEY: &str = "run";

/// Everything about a run but its tensors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Header {
    /// The run so far.
    pub(crate) record: RunRecord,
    /// The file of the text; that of the recipe has none.
    pub(crate) source: Option<PathBuf>,
}

/// Writes a checkpoint. The tensors are those that exercise 28's `save` stores.
///
/// # Errors
/// When the file cannot be written. Then the one that was there before stays.
pub(crate) fn write(path: &Path, header: &Header, state: &State) -> Result<(), TrainerError> {
    let words = Words::from([
        (FORMAT_KEY.to_owned(), FORMAT.to_owned()),
        (HEADER_KEY.to_owned(), serde_json::to_string(header)?),
    ]);
    let saved = save(state);
    let named = saved.iter().map(|(name, tensor)| (name.clone(), tensor));
    let file = tensors::to_bytes(named, Some(words))?;
    Ok(files::write(path, file)?)
}

/// Reads a checkpoint. The state is what exercise 28's `resume` makes of it, and is still to be [checked](ensure_fits).
///
/// # Errors
/// When there is none, or it is of a different kind.
pub(crate) fn read(path: &Path) -> Result<(Header, State), TrainerError> {
    let (header, tensors) = parse(path)?;
    valid::ensure_count(path, &tensors)?;
    let state = resume(&tensors).map_err(|error| TrainerError::Resume {
        path: path.to_owned(),
        error,
    })?;
    Ok((header, state))
}

/// Reads everything about a run but its tensors.
///
/// # Errors
/// When there is none, or the file is of a different kind.
pub(crate) fn read_header(path: &Path) -> Result<Header, TrainerError> {
    Ok(parse(path)?.0)
}

fn parse(path: &Path) -> Result<(Header, Tensors), TrainerError> {
    if !path.is_file() {
        return Err(TrainerError::NoCheckpoint(path.to_owned()));
    }
    let (tensors, words) = tensors::from_bytes(&files::read(path)?).map_err(|p| wrong(path, p))?;
    let format = words.get(FORMAT_KEY).map(String::as_str);
    if format != Some(FORMAT) {
        let found = match format {
            Some(format) => format!("one of the format `{format}` instead of `{FORMAT}`"),
            None => "tensors of a different program".to_owned(),
        };
        return Err(wrong(path, found));
    }
    let header = words
        .get(HEADER_KEY)
        .map(String::as_str)
        .unwrap_or_default();
    let header: Header = serde_json::from_str(header)
        .map_err(|error| wrong(path, format!("one whose run cannot be read ({error})")))?;
    Ok((header, tensors))
}

/// The error of a file that is not what it should be.
pub(crate) fn wrong(path: &Path, problem: String) -> TrainerError {
    TrainerError::Checkpoint {
        path: path.to_owned(),
        problem,
    }
}

#[cfg(test)]
mod tests {
    use attentive_recipe::{Plan, Recipe, first_parameters};
    use ndarray::arr0;
    use tempfile::TempDir;

    use super::*;

    /// A run that is saved in a folder.
    struct Saved {
        folder: TempDir,
        header: Header,
        state: State,
    }

    impl Saved {
        fn new() -> Self {
            let plan = Plan {
                recipe: Recipe {
                    blocks: 1,
                    width: 4,
                    context: 3,
                    ..Recipe::POCKET
                },
                seed: 5,
                text: "a text".to_owned(),
                text_sha256: Some("ab".to_owned()),
                vocabulary: 6,
            };
            let mut state = State::new(first_parameters(&plan.recipe, plan.vocabulary, plan.seed));
            state.step = 2;
            for moments in state.moments.values_mut() {
                moments.m.fill(0.1);
                moments.v.fill(1e-12);
            }
            let mut record = RunRecord::new("a test".to_owned(), plan, 1);
            record.losses = vec![2.25, 1.123_456_8];
            record.norms = vec![1.5, 0.5];
            Self {
                folder: tempfile::tempdir().expect("a folder"),
                header: Header {
                    record,
                    source: Some(PathBuf::from("poem.txt")),
                },
                state,
            }
        }

        fn path(&self) -> PathBuf {
            self.folder.path().join("checkpoint.safetensors")
        }

        fn fits(&self, state: &State) -> Result<(), TrainerError> {
            ensure_fits(&self.path(), &self.header.record, state)
        }

        /// Writes tensors with the header of the run.
        fn write_tensors(&self, tensors: &Tensors) {
            let words = Words::from([
                (FORMAT_KEY.to_owned(), FORMAT.to_owned()),
                (
                    HEADER_KEY.to_owned(),
                    serde_json::to_string(&self.header).expect("JSON"),
                ),
            ]);
            let named = tensors.iter().map(|(name, tensor)| (name.clone(), tensor));
            let bytes = tensors::to_bytes(named, Some(words)).expect("a file");
            files::write(&self.path(), bytes).expect("it can be written");
        }

        /// The problem of a file that is not what it should be.
        #[track_caller]
        fn problem<T>(&self, read: Result<T, TrainerError>) -> String {
            match read {
                Err(TrainerError::Checkpoint { path, problem }) => {
                    assert_eq!(path, self.path());
                    problem
                }
                Err(other) => panic!("{other}"),
                Ok(_) => panic!("expected an error"),
            }
        }
    }

    #[test]
    fn a_run_goes_on_with_exactly_what_it_had() {
        let saved = Saved::new();
        write(&saved.path(), &saved.header, &saved.state).expect("it can be written");
        let (header, state) = read(&saved.path()).expect("it can be read");
        assert_eq!(header, saved.header);
        assert_eq!(state, saved.state);
        saved.fits(&state).expect("it is that of its plan");
        let files = std::fs::read_dir(saved.folder.path()).expect("a folder");
        assert_eq!(files.count(), 1, "nothing that was written aside is left");
    }

    #[test]
    fn other_files_are_refused() {
        let saved = Saved::new();
        let path = saved.path();
        let missing = read(&path).expect_err("there is none");
        assert!(
            matches!(missing, TrainerError::NoCheckpoint(_)),
            "{missing}"
        );
        files::write(&path, "no tensors").expect("it can be written");
        let problem = saved.problem(read(&path));
        assert!(problem.starts_with("a damaged file"), "{problem}");

        let tensors = save(&saved.state);
        let written = |words: Option<Words>| {
            let named = tensors.iter().map(|(name, tensor)| (name.clone(), tensor));
            let bytes = tensors::to_bytes(named, words).expect("a file");
            files::write(&path, bytes).expect("it can be written");
            saved.problem(read(&path))
        };
        assert_eq!(written(None), "tensors of a different program");
        let format = |name: &str| Words::from([(FORMAT_KEY.to_owned(), name.to_owned())]);
        assert_eq!(
            written(Some(format("attentive training 0"))),
            "one of the format `attentive training 0` instead of `attentive training 1`"
        );
        let problem = written(Some(format(FORMAT)));
        assert!(
            problem.starts_with("one whose run cannot be read"),
            "{problem}"
        );
    }

    #[test]
    fn a_moment_that_is_missing_is_the_exercises_error() {
        let saved = Saved::new();
        let mut tensors: Tensors = save(&saved.state);
        tensors.remove("v.gamma_f");
        saved.write_tensors(&tensors);
        let error = read(&saved.path()).expect_err("one is missing");
        assert!(matches!(error, TrainerError::Resume { .. }), "{error}");
        assert!(error.to_string().contains("`v.gamma_f`"), "{error}");
    }

    #[test]
    fn a_number_of_steps_has_to_be_a_count() {
        let saved = Saved::new();
        let mut tensors: Tensors = save(&saved.state);
        for (steps, shown) in [
            (-1.0, "-1"),
            (2.5, "2.5"),
            (f32::NAN, "NaN"),
            (f32::INFINITY, "inf"),
            (16_777_218.0, "16777218"),
        ] {
            tensors.insert("step".to_owned(), arr0(steps).into_dyn());
            saved.write_tensors(&tensors);
            let expected =
                format!("{shown} as its number of steps, instead of a whole number up to 16777216");
            assert_eq!(saved.problem(read(&saved.path())), expected);
        }
        tensors.insert("step".to_owned(), arr0(16_777_216.0).into_dyn());
        saved.write_tensors(&tensors);
        let (_, state) = read(&saved.path()).expect("it is a count");
        assert_eq!(state.step, 16_777_216);
    }

    #[test]
    fn a_run_has_as_many_norms_as_losses_and_no_more_steps_than_planned() {
        let mut saved = Saved::new();
        let state = saved.state.clone();
        saved.header.record.norms.push(1.0);
        let problem = saved.problem(saved.fits(&state));
        assert_eq!(problem, "2 losses and 3 norms of gradients");
        saved.header.record.norms.pop();
        for steps in [0, 1] {
            saved.header.record.plan.recipe.steps = steps;
            let problem = saved.problem(saved.fits(&state));
            assert_eq!(problem, format!("2 steps of {steps}"));
        }
        // A curve of so many steps could not be drawn: the numbers of its columns would overflow.
        saved.header.record.plan.recipe.steps = usize::MAX;
        let problem = saved.problem(saved.fits(&state));
        let expected = format!(
            "{} steps in its plan, where 16777216 are the most",
            usize::MAX
        );
        assert_eq!(problem, expected);
    }

    #[test]
    fn a_state_of_a_different_model_is_refused() {
        let saved = Saved::new();
        let mut state = saved.state.clone();
        state.step = 7;
        assert_eq!(
            saved.problem(saved.fits(&state)),
            "7 steps in its tensors and 2 in its losses"
        );
        state = saved.state.clone();
        state.parameters.remove("gamma_f");
        assert_eq!(
            saved.problem(saved.fits(&state)),
            "no parameter `gamma_f` with its moments"
        );
        let wide = Recipe {
            width: 8,
            ..saved.header.record.plan.recipe
        };
        state = State::new(first_parameters(&wide, 6, 5));
        state.step = 2;
        assert_eq!(
            saved.problem(saved.fits(&state)),
            "`beta_f` or a moment of it with the shape [8] instead of [4]"
        );
        let deep = Recipe {
            blocks: 2,
            ..saved.header.record.plan.recipe
        };
        state = State::new(first_parameters(&deep, 6, 5));
        state.step = 2;
        assert_eq!(
            saved.problem(saved.fits(&state)),
            "a parameter `blocks.1.b_fc`, which the model does not have"
        );
    }
}
