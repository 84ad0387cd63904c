//! Progress between calls, in `.attentive/progress.json`: verdicts, revealed hints and quiz answers.
//!
//! The file is replaced as a whole, so that it can be read after a kill at any moment; writers take turns by a lock.

mod record;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use attentive_course::files::{self, FileError};
use attentive_quiz::{Answer, Question, StoredAnswer};
use serde::{Deserialize, Deserializer, Serialize};
use thiserror::Error;

use crate::style::warn;

pub(crate) use record::{Record, TaskOutcome, TaskRecord};

const VERSION: u32 = 1;
const FILE: &str = ".attentive/progress.json";
const LOCK: &str = ".attentive/lock";

/// Contents of the file, if it could be written.
static UNWRITTEN: Mutex<Option<Progress>> = Mutex::new(None);

/// A reason why progress cannot be kept.
#[derive(Debug, Error)]
pub(crate) enum ProgressError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error(
        "{FILE}: expected version {VERSION}, found {found}; it was written by a different version of the course: use that \
         one, or delete the file to start again"
    )]
    Version { found: u64 },
    #[error("{FILE} cannot be put into JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// The last answers, by the ids of their questions.
pub(crate) type Answers = BTreeMap<String, StoredAnswer>;

/// New answers by the ids of their questions; `None` forgets one.
pub(crate) type AnswerChanges = BTreeMap<String, Option<StoredAnswer>>;

/// Contents of the progress file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Progress {
    version: u32,
    /// The last verdicts, by exercise.
    #[serde(default)]
    pub(crate) exercises: BTreeMap<String, Record>,
    /// Numbers of hints revealed, by exercise and task.
    #[serde(default)]
    pub(crate) hints: BTreeMap<String, BTreeMap<String, usize>>,
    #[serde(default, deserialize_with = "stored_answers")]
    quiz: Answers,
}

/// Reads stored answers. Earlier versions stored `true` or `false`, of whatever was asked then: such are left out, and asked
/// again.
fn stored_answers<'de, D: Deserializer<'de>>(from: D) -> Result<Answers, D::Error> {
    let mut answers = BTreeMap::new();
    for (id, value) in BTreeMap::<String, serde_json::Value>::deserialize(from)? {
        if let Ok(answer) = serde_json::from_value(value) {
            answers.insert(id, answer);
        }
    }
    Ok(answers)
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            version: VERSION,
            exercises: BTreeMap::new(),
            hints: BTreeMap::new(),
            quiz: BTreeMap::new(),
        }
    }
}

impl Progress {
    /// Returns `true` if the last answer to a question, as it is asked now, is right.
    pub(crate) fn is_answered(&self, question: &Question) -> bool {
        let stored = self.quiz.get(&question.id);
        let answer = stored.and_then(|stored| question.recall(stored));
        answer.is_some_and(|answer| question.accepts(&answer))
    }

    /// Keeps an answer to a question.
    pub(crate) fn keep_answer(&mut self, question: &Question, answer: &Answer) {
        self.quiz
            .insert(question.id.clone(), question.store(answer));
    }

    /// Returns all answers.
    pub(crate) fn answers(&self) -> &Answers {
        &self.quiz
    }

    /// Keeps these answers, too, and forgets others.
    pub(crate) fn change_answers(&mut self, changes: AnswerChanges) {
        for (id, answer) in changes {
            match answer {
                Some(answer) => self.quiz.insert(id, answer),
                None => self.quiz.remove(&id),
            };
        }
    }

    /// Loads the progress; none, if there is no file or it is damaged.
    pub(crate) fn load() -> Result<Self, ProgressError> {
        let mut unwritten = UNWRITTEN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(progress) = unwritten.as_ref() {
            return Ok(progress.clone());
        }
        match Self::read() {
            Ok(progress) => Ok(progress.unwrap_or_default()),
            Err(ProgressError::File(error)) => {
                Ok(forget(&mut unwritten, &error, Self::default()).clone())
            }
            Err(error) => Err(error),
        }
    }

    /// Changes what is remembered; nobody else changes it meanwhile.
    ///
    /// A damaged file is kept beside the new one, and standard error says where. Where nothing can be read or written, such
    /// as in a checkout that is read-only, the change is made all the same, for as long as this process runs.
    pub(crate) fn update<T>(change: impl FnOnce(&mut Self) -> T) -> Result<T, ProgressError> {
        let mut unwritten = UNWRITTEN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(progress) = unwritten.as_mut() {
            return Ok(change(progress));
        }
        let locked = files::lock(Path::new(LOCK), || ());
        let progress = match Self::read() {
            Ok(progress) => progress,
            Err(ProgressError::File(error)) => {
                return Ok(change(forget(&mut unwritten, &error, Self::default())));
            }
            Err(error) => return Err(error),
        };
        match locked {
            Ok(_locked) => Self::update_file(progress, change),
            Err(error) => {
                let progress = progress.unwrap_or_default();
                Ok(change(forget(&mut unwritten, &error, progress)))
            }
        }
    }

    /// Changes the file, which had this progress in it, or was damaged.
    fn update_file<T>(
        progress: Option<Self>,
        change: impl FnOnce(&mut Self) -> T,
    ) -> Result<T, ProgressError> {
        let path = Path::new(FILE);
        let mut progress = match progress {
            Some(progress) => progress,
            None => {
                let kept = files::back_up(path)?;
                let kept = kept.display();
                warn(&format!(
                    "note: {FILE} was damaged, so you start with an empty one; the old one is {kept}"
                ));
                Self::default()
            }
        };
        let result = change(&mut progress);
        let mut text = serde_json::to_vec_pretty(&progress)?;
        text.push(b'\n');
        files::write(path, &text)?;
        Ok(result)
    }

    /// The file; `None` if it is damaged.
    fn read() -> Result<Option<Self>, ProgressError> {
        let path = Path::new(FILE);
        if !path.exists() {
            return Ok(Some(Self::default()));
        }
        let Ok(value) = serde_json::from_slice::<serde_json::Value>(&files::read(path)?) else {
            return Ok(None);
        };
        match value.get("version").and_then(serde_json::Value::as_u64) {
            Some(version) if version != u64::from(VERSION) => {
                Err(ProgressError::Version { found: version })
            }
            _ => Ok(serde_json::from_value(value).ok()),
        }
    }
}

/// Goes on with progress that is kept for as long as this process runs.
fn forget<'a>(
    unwritten: &'a mut Option<Progress>,
    error: &FileError,
    progress: Progress,
) -> &'a mut Progress {
    warn(&format!("note: nothing that you do now is stored: {error}"));
    unwritten.insert(progress)
}
