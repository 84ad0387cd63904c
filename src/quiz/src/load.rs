//! Reads a quiz from a TOML file, and checks that it can be answered.
//!
//! The file is read into tables in which everything is optional, so that what is missing can be reported in words
//! that help the author. Each value comes with its span in the file.

use std::collections::HashMap;
use std::path::Path;

use attentive_course::files::is_leftover;
use serde::Deserialize;
use toml::Spanned;

use crate::file::{File, Table};
use crate::{Choice, Kind, Problem, Question, Quiz, QuizError};

impl Quiz {
    /// Reads the quiz in the file at `path`.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read, is not TOML, or is a quiz that nobody could answer. [`Problem`] lists what can
    /// be wrong.
    ///
    /// [`Problem`]: crate::Problem
    pub fn load(path: &Path) -> Result<Self, QuizError> {
        quiz(path, &mut Ids::new())
    }

    /// Reads all the quizzes of the folder `dir`, sorted by name. Only files named `*.toml` are read, and none that an
    /// editor leaves beside the file that it has open.
    ///
    /// # Errors
    ///
    /// Fails if the folder or one of its quizzes cannot be read ([`Quiz::load`]), and if two questions have the same id.
    pub fn load_all(dir: &Path) -> Result<Vec<Self>, QuizError> {
        let unreadable = |error| QuizError::Read {
            path: dir.to_owned(),
            error,
        };
        let mut paths = Vec::new();
        for entry in dir.read_dir().map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            if !is_leftover(&entry.file_name()) && entry.path().is_file() {
                paths.push(entry.path());
            }
        }
        paths.retain(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        });
        paths.sort();

        let mut ids = Ids::new();
        paths.iter().map(|path| quiz(path, &mut ids)).collect()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawQuiz {
    title: Option<Spanned<String>>,
    #[serde(default)]
    question: Vec<Spanned<RawQuestion>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawQuestion {
    id: Option<Spanned<String>>,
    kind: Option<RawKind>,
    prompt: Option<Spanned<String>>,
    #[serde(default)]
    choice: Vec<Spanned<RawChoice>>,
    answer: Option<Spanned<f64>>,
    tolerance: Option<Spanned<f64>>,
    why: Option<Spanned<String>>,
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "lowercase")]
enum RawKind {
    Single,
    Multiple,
    Number,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawChoice {
    text: Option<Spanned<String>>,
    #[serde(default)]
    right: bool,
    why: Option<Spanned<String>>,
}

/// "file:line" of each id.
type Ids = HashMap<String, String>;

/// Reads one quiz, and adds the ids of its questions to `ids`.
fn quiz(path: &Path, ids: &mut Ids) -> Result<Quiz, QuizError> {
    let file = File::read(path)?;
    let raw: RawQuiz = toml::from_str(&file.text).map_err(|error| {
        let message = error.message().replace('\n', " ");
        file.invalid(&error.span().unwrap_or(0..0), Problem::Toml(message))
    })?;
    let table = Table {
        file: &file,
        name: "quiz",
        span: 0..0,
    };
    let title = table.text("title", raw.title, "\"Softmax\"")?;
    if raw.question.is_empty() {
        return Err(table.invalid(Problem::NoQuestion));
    }
    let questions = raw
        .question
        .into_iter()
        .map(|raw| question(&file, raw, ids))
        .collect::<Result<_, _>>()?;
    let name = path
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    Ok(Quiz {
        name,
        path: path.to_owned(),
        title,
        questions,
    })
}

fn question(file: &File, raw: Spanned<RawQuestion>, ids: &mut Ids) -> Result<Question, QuizError> {
    let table = Table {
        file,
        name: "question",
        span: raw.span(),
    };
    let raw = raw.into_inner();
    let id_span = raw.id.as_ref().map_or(0..0, Spanned::span);
    let id = table.text("id", raw.id, "\"why-scale\"")?;
    if !id
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    {
        return Err(file.invalid(&id_span, Problem::BadId(id)));
    }
    if let Some(first) = ids.get(&id) {
        return Err(file.invalid(
            &id_span,
            Problem::DuplicateId {
                id,
                first: first.clone(),
            },
        ));
    }
    ids.insert(
        id.clone(),
        format!("{}:{}", file.path.display(), file.line(&id_span)),
    );

    let kind = table.required("kind", raw.kind, "\"single\"")?;
    let prompt = table.text("prompt", raw.prompt, "'Why divide by $\\sqrt{d_k}$?'")?;
    let kind = match kind {
        RawKind::Number => {
            misplaced(file, "number", "choice", raw.choice.first())?;
            Kind::Number {
                answer: table.number("answer", raw.answer, "0.5", f64::MIN)?,
                tolerance: table.number("tolerance", raw.tolerance, "0.001", 0.0)?,
                why: table.text("why", raw.why, "\"Because …\"")?,
            }
        }
        RawKind::Single | RawKind::Multiple => {
            let name = if kind == RawKind::Single {
                "single"
            } else {
                "multiple"
            };
            misplaced(file, name, "answer", raw.answer.as_ref())?;
            misplaced(file, name, "tolerance", raw.tolerance.as_ref())?;
            misplaced(file, name, "why", raw.why.as_ref())?;
            let choices = choices(&table, raw.choice)?;
            match choices.iter().filter(|choice| choice.right).count() {
                0 => return Err(table.invalid(Problem::NoRightChoice)),
                1 if kind == RawKind::Single => Kind::Single(choices),
                right if kind == RawKind::Single => {
                    return Err(table.invalid(Problem::SeveralRightChoices(right)));
                }
                _ => Kind::Multiple(choices),
            }
        }
    };
    Ok(Question {
        id,
        prompt,
        kind,
        line: table.line(),
    })
}

/// Returns an error if there is a value that has no meaning in a question of this kind.
fn misplaced<T>(
    file: &File,
    kind: &'static str,
    key: &'static str,
    value: Option<&Spanned<T>>,
) -> Result<(), QuizError> {
    match value {
        Some(value) => Err(file.invalid(&value.span(), Problem::Misplaced { key, kind })),
        None => Ok(()),
    }
}

fn choices(question: &Table<'_>, raw: Vec<Spanned<RawChoice>>) -> Result<Vec<Choice>, QuizError> {
    if raw.len() < 2 {
        return Err(question.invalid(Problem::TooFewChoices(raw.len())));
    }
    let mut choices: Vec<Choice> = Vec::with_capacity(raw.len());
    for raw in raw {
        let table = Table {
            file: question.file,
            name: "choice",
            span: raw.span(),
        };
        let raw = raw.into_inner();
        let text = table.text("text", raw.text, "\"It keeps the variance at 1\"")?;
        let why = table.text("why", raw.why, "\"Because …\"")?;
        if let Some(first) = choices.iter().find(|choice| choice.text == text) {
            return Err(table.invalid(Problem::EqualChoices {
                first: first.line,
                text,
            }));
        }
        choices.push(Choice {
            text,
            right: raw.right,
            why,
            line: table.line(),
        });
    }
    Ok(choices)
}
