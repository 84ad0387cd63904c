//! The chat template of a model: from a conversation to the text that the model was trained to write on.
//!
//! A template is a program in the language Jinja, and it comes from a stranger like the rest of the folder. It can read
//! what it is given and nothing else, and it has so many steps and so much text, and no more. Lists that hold one another are
//! not counted, and neither is what parsing takes, which goes as deep as the source does. So whoever checks or fills in a
//! template that nobody has looked at does it in a process of its own with limits, as the pipeline does.
//! [`ChatTemplate::open`] reads the source and no more, so it is safe anywhere.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs;
use std::path::Path;

use attentive_checkpoints::{hub_file, parse_object};
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, State, Value};
use minijinja_contrib::pycompat::unknown_method_callback;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::error::ModelError;

/// The file that has a template and nothing else.
const TEMPLATE: &str = "chat_template.jinja";
/// The file of the tokenizer's settings, which may have a template.
const SETTINGS: &str = "tokenizer_config.json";
/// The template that is used if a model has several.
const DEFAULT: &str = "default";
/// The name of the template in errors.
const NAME: &str = "chat_template";
/// The fuel of a template: each step costs one, and so do 64 bytes of text that it puts together, so all of its texts take 64
/// megabytes at most. A conversation of a hundred thousand words needs a tenth of this.
const FUEL: u64 = 1_000_000;
/// The bytes of text that cost as much as a step.
const BYTES_OF_FUEL: u64 = 64;
/// The bytes of a template. Those of the hub have some thousands.
const SOURCE_BYTES: usize = 1 << 20;
/// The bytes of the tokenizer's settings, which can list thousands of tokens.
const SETTINGS_BYTES: usize = 8 << 20;
/// The bytes that a conversation becomes. No model of the course reads a tenth of this, for which a tokenizer takes seconds.
const FILLED_BYTES: usize = 4 << 20;
/// The characters of a problem that are shown. A template can put any text into one.
const SHOWN: usize = 500;

/// The side that says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// The person who asks.
    User,
    /// The model.
    Assistant,
}

/// A part of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The side that said it.
    pub role: Role,
    /// The words.
    pub content: String,
}

/// The chat template of a model: a text, until it is filled in. As JSON it goes to the process that does so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatTemplate {
    /// The file that it comes from, as errors name it.
    file: String,
    source: String,
    /// The tokens that have names, such as `bos_token`.
    special: BTreeMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
struct Settings {
    chat_template: Option<Templates>,
    #[serde(flatten)]
    others: BTreeMap<String, Json>,
}

/// One template, or several with names.
#[derive(Debug, Deserialize)]
#[serde(
    untagged,
    expecting = "expected `chat_template` to be a text, or a list of objects with `name` and `template`"
)]
enum Templates {
    One(String),
    Several(Vec<Named>),
}

#[derive(Debug, Deserialize)]
struct Named {
    name: String,
    template: String,
}

impl ChatTemplate {
    /// Reads the template of a folder: `chat_template.jinja`, or the one in `tokenizer_config.json`. It is not parsed.
    ///
    /// # Errors
    /// When there is none, or a file is too large.
    pub fn open(folder: &Path) -> Result<Self, ModelError> {
        let settings = settings(folder)?;
        let (file, source) = match read(folder, TEMPLATE, SOURCE_BYTES)? {
            Some(source) => (TEMPLATE, Some(text(folder, source)?)),
            None => (SETTINGS, settings.chat_template.and_then(Templates::main)),
        };
        let source = source.ok_or_else(|| ModelError::NoChatTemplate(folder.to_owned()))?;
        let path = folder.join(file);
        if source.len() > SOURCE_BYTES {
            return Err(problem(&path, &too_large("it", source.len(), SOURCE_BYTES)));
        }
        Ok(Self {
            file: path.display().to_string(),
            source,
            special: special_tokens(settings.others),
        })
    }

    /// Parses the template.
    ///
    /// # Errors
    /// When it is not in the language of templates.
    pub fn check(&self) -> Result<(), ModelError> {
        self.environment().map(drop)
    }

    /// The text of a conversation, up to where the model's answer begins.
    ///
    /// The day is not told to the template, so the same conversation is the same text tomorrow.
    ///
    /// # Errors
    /// When the template is not in the language of templates, does not take this conversation, or makes too much of it.
    pub fn fill(&self, messages: &[Message]) -> Result<String, ModelError> {
        let messages: Vec<Value> = messages.iter().map(Message::value).collect();
        let mut variables: BTreeMap<&str, Value> = BTreeMap::from([
            ("messages", Value::from(messages)),
            ("add_generation_prompt", Value::from(true)),
            ("tools", Value::from(())),
            ("documents", Value::from(())),
        ]);
        for (name, token) in &self.special {
            variables.insert(name, Value::from(token.as_str()));
        }
        let environment = self.environment()?;
        let filled = environment
            .get_template(NAME)
            .and_then(|template| template.render(variables))
            .map_err(|error| self.failed(&error))?;
        if filled.len() > FILLED_BYTES {
            let found = too_large("the text", filled.len(), FILLED_BYTES);
            return Err(problem(Path::new(&self.file), &found));
        }
        Ok(filled)
    }

    fn environment(&self) -> Result<Environment<'_>, ModelError> {
        environment(&self.source).map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &Error) -> ModelError {
        problem(Path::new(&self.file), &error.to_string())
    }
}

impl Message {
    fn value(&self) -> Value {
        let role = match self.role {
            Role::User => "user",
            Role::Assistant => "assistant",
        };
        Value::from_pairs([("role", role), ("content", &self.content)])
    }
}

impl Templates {
    /// The only one, or the one that is called so.
    fn main(self) -> Option<String> {
        match self {
            Self::One(template) => Some(template),
            Self::Several(all) => {
                let main = all.into_iter().find(|named| named.name == DEFAULT)?;
                Some(main.template)
            }
        }
    }
}

/// Templates as the hub's library reads them: blocks take their lines with them, and strings have Python's methods.
fn environment(source: &str) -> Result<Environment<'_>, Error> {
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build()?;
    environment.set_syntax(syntax);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_unknown_method_callback(python_method);
    environment.set_fuel(Some(FUEL));
    environment.add_function(
        "raise_exception",
        |message: String| -> Result<Value, Error> {
            Err(Error::new(ErrorKind::InvalidOperation, message))
        },
    );
    environment.add_template(NAME, source)?;
    Ok(environment)
}

/// A method of Python's. `format` makes a text as wide as it is told at once, so the widths are paid before.
fn python_method(
    state: &mut State<'_, '_>,
    value: &Value,
    method: &str,
    arguments: &[Value],
) -> Result<Value, Error> {
    if let ("format", Some(format)) = (method, value.as_str()) {
        let numbers = format.split(|sign: char| !sign.is_ascii_digit());
        let widths = numbers
            .filter(|digits| !digits.is_empty())
            .map(|digits| digits.parse().unwrap_or(u64::MAX));
        state.consume_fuel(widths.fold(0, u64::saturating_add) / BYTES_OF_FUEL)?;
    }
    unknown_method_callback(state, value, method, arguments)
}

/// The settings of the tokenizer; without a file there are none.
fn settings(folder: &Path) -> Result<Settings, ModelError> {
    let Some(text) = read(folder, SETTINGS, SETTINGS_BYTES)? else {
        return Ok(Settings::default());
    };
    Ok(parse_object(&folder.join(SETTINGS), &text)?)
}

/// The contents of a file that is not too large.
fn read(folder: &Path, name: &'static str, most: usize) -> Result<Option<Vec<u8>>, ModelError> {
    let path = folder.join(name);
    let bytes = fs::metadata(&path).map_or(0, |file| file.len());
    match usize::try_from(bytes) {
        Ok(bytes) if bytes <= most => Ok(hub_file(folder, name)?),
        _ => Err(problem(&path, &too_large("it", bytes, most))),
    }
}

fn too_large(what: &str, bytes: impl Display, most: usize) -> String {
    format!("{what} has {bytes} bytes, and {most} are the most")
}

/// The text of the file that has a template and nothing else.
fn text(folder: &Path, source: Vec<u8>) -> Result<String, ModelError> {
    String::from_utf8(source).map_err(|error| problem(&folder.join(TEMPLATE), &error.to_string()))
}

/// The fields `bos_token` and the like: each is a text, or has one as its content.
fn special_tokens(settings: BTreeMap<String, Json>) -> BTreeMap<String, String> {
    let mut tokens = BTreeMap::new();
    for (name, value) in settings {
        let text = value.as_str().or_else(|| value["content"].as_str());
        if let (true, Some(text)) = (name.ends_with("_token"), text) {
            tokens.insert(name, text.to_owned());
        }
    }
    tokens
}

/// The error for a problem, whose words can be a stranger's: what a terminal would obey is escaped, and what is long is cut.
fn problem(path: &Path, problem: &str) -> ModelError {
    let mut words = problem.chars();
    let mut shown = String::new();
    for sign in words.by_ref().take(SHOWN) {
        match sign {
            '\'' | '"' | '\\' => shown.push(sign),
            other => shown.extend(other.escape_debug()),
        }
    }
    if words.next().is_some() {
        shown.push('…');
    }
    ModelError::ChatTemplate {
        path: path.to_owned(),
        problem: shown,
    }
}
