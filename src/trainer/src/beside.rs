//! A run that is shown next to this one: libtorch's, which ships with the course, or that of another folder.

use std::path::Path;

use attentive_course::Course;
use attentive_course::text::count;
use attentive_recipe::{Aspect, Difference, Plan, RecipeName, RunRecord};

use crate::curve::means;
use crate::error::TrainerError;

/// The folder of libtorch's runs, from the root of the course.
const SHIPPED: &str = "src/trainer/shipped";

/// The parts of a run of which the last is what it comes to.
const PARTS: usize = 10;

/// A run to compare with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Beside {
    /// Its record.
    pub(crate) record: RunRecord,
    /// The first thing that was different in it.
    difference: Option<Difference>,
    source: Source,
}

/// The place that a record comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// The course. Its runs were taken on a different computer.
    Course,
    /// A file of the reader's.
    File,
}

impl Beside {
    /// Reads the run of a file.
    ///
    /// # Errors
    /// When the file is no record of a run.
    pub(crate) fn read(path: &Path, plan: &Plan) -> Result<Self, TrainerError> {
        Self::from(path, plan, Source::File)
    }

    fn from(path: &Path, plan: &Plan, source: Source) -> Result<Self, TrainerError> {
        let record = RunRecord::read(path)?;
        Ok(Self {
            difference: record.plan.difference(plan),
            record,
            source,
        })
    }

    /// Libtorch's run of a plan, if the course has it.
    ///
    /// # Errors
    /// When the file is no record of a run.
    pub(crate) fn shipped(course: &Course, plan: &Plan) -> Result<Option<Self>, TrainerError> {
        for name in RecipeName::ALL {
            let path = course.path(SHIPPED).join(name.file());
            if !path.is_file() {
                continue;
            }
            let beside = Self::from(&path, plan, Source::Course)?;
            if beside.difference.is_none() {
                return Ok(Some(beside));
            }
        }
        Ok(None)
    }

    /// The loss of a step, from 1.
    pub(crate) fn loss(&self, step: usize) -> Option<f32> {
        self.record.losses.get(step.checked_sub(1)?).copied()
    }

    /// The mean loss of the run's last tenth.
    pub(crate) fn floor(&self) -> Option<f32> {
        let losses = &self.record.losses;
        means(losses, losses.len(), PARTS)
            .last()
            .map(|mean| mean.loss)
    }

    /// Says whose losses they are, and whether they can be compared number by number.
    pub(crate) fn in_words(&self) -> String {
        let RunRecord {
            by,
            threads,
            milliseconds_per_step,
            ..
        } = &self.record;
        let pace = match self.source {
            Source::Course => String::new(),
            Source::File => {
                let threads = count(*threads, "thread");
                format!(": {milliseconds_per_step:.0} ms for each step with {threads}")
            }
        };
        let mut words = format!("The recorded losses are those of {by}{pace}.");
        if let Some(difference) = &self.difference {
            let Difference {
                aspect,
                expected,
                found,
            } = difference;
            // A digest says nothing to anybody.
            words += &match aspect {
                Aspect::Text => " Its text was a different one: compare them with care.".to_owned(),
                _ => format!(
                    " Its {aspect} was a different one ({expected}, and here {found}): compare them with care."
                ),
            };
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use attentive_course::files;
    use attentive_recipe::{Recipe, Source};

    use super::*;
    use crate::session::SEED;

    fn plan() -> Plan {
        Plan {
            recipe: Recipe::POCKET,
            seed: 42,
            text: "the course's own book".to_owned(),
            text_sha256: Some("ab".to_owned()),
            vocabulary: 80,
        }
    }

    /// A course with a run of libtorch's.
    fn course(folder: &Path) -> Course {
        let mut record = RunRecord::new("libtorch 2.13.0".to_owned(), plan(), 2);
        record.losses = vec![4.5, 3.5];
        record.milliseconds_per_step = 5.25;
        let path = folder.join(SHIPPED).join(RecipeName::Pocket.file());
        record.write(&path).expect("it can be written");
        Course::at(folder)
    }

    #[test]
    fn a_run_of_the_same_plan_is_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let found = Beside::shipped(&course(folder.path()), &plan()).expect("a record");
        let beside = found.expect("a run of the plan");
        assert_eq!(
            [0, 1, 2, 3].map(|step| beside.loss(step)),
            [None, Some(4.5), Some(3.5), None]
        );
        assert_eq!(beside.floor(), Some(3.5));
        insta::assert_snapshot!(beside.in_words(), @"The recorded losses are those of libtorch 2.13.0.");
        let path = folder.path().join(SHIPPED).join(RecipeName::Pocket.file());
        let named = Beside::read(&path, &plan()).expect("a record");
        insta::assert_snapshot!(named.in_words(), @"The recorded losses are those of libtorch 2.13.0: 5 ms for each step with 2 threads.");
    }

    #[test]
    fn a_run_of_a_different_plan_is_shown_if_it_was_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let course = course(folder.path());
        let path = folder.path().join(SHIPPED).join(RecipeName::Pocket.file());
        let words = |change: fn(&mut Plan)| {
            let mut plan = plan();
            change(&mut plan);
            assert_eq!(Beside::shipped(&course, &plan).expect("a record"), None);
            Beside::read(&path, &plan).expect("a record").in_words()
        };
        let changed = words(|plan| plan.text_sha256 = Some("cd".to_owned()));
        insta::assert_snapshot!(changed, @"The recorded losses are those of libtorch 2.13.0: 5 ms for each step with 2 threads. Its text was a different one: compare them with care.");
        let larger = words(|plan| plan.vocabulary = 81);
        insta::assert_snapshot!(larger, @"The recorded losses are those of libtorch 2.13.0: 5 ms for each step with 2 threads. Its number of different characters was a different one (80, and here 81): compare them with care.");
        words(|plan| plan.seed = 7);
        words(|plan| plan.recipe = Recipe::NANO);
    }

    #[test]
    fn libtorch_has_taken_the_run_of_each_recipe() {
        let course = Course::at(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
        for name in RecipeName::ALL {
            let recipe = name.recipe();
            let source = Source::open(&recipe, None).expect("it comes with the course");
            let corpus = source.corpus(&recipe).expect("it is long enough");
            let plan = Plan::new(recipe, SEED, &source, &corpus);
            let found = Beside::shipped(&course, &plan).expect("a record");
            let record = found.map(|beside| beside.record);
            let losses = record.map(|record| record.losses.len());
            // Otherwise the text has changed: record it again with `recipe-run`.
            assert_eq!(losses, Some(recipe.steps), "{name:?}");
        }
    }

    #[test]
    fn a_file_that_is_no_record_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("run.json");
        files::write(&path, "[]").expect("it can be written");
        let error = Beside::read(&path, &plan()).expect_err("it is none");
        assert!(matches!(error, TrainerError::Record(_)), "{error}");
    }
}
