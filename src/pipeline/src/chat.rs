//! `text-generation --chat`: answers questions, or talks in the terminal.

mod template;

use std::io::{self, BufRead, IsTerminal, Write};

use attentive_models::{Message, Role, Tokenizer};

use crate::args::Generate;
use crate::continuation::{Continuation, Continued, Shown};
use crate::error::PipelineError;
use crate::input;
use crate::model;
use crate::print::{json, note};
use crate::written::{Given, Written};

use template::Template;
pub(crate) use template::fill_within_limits;

/// The sign at which the next question is typed.
const SIGN: &str = "> ";

/// Runs the task: each text is a question with a conversation of its own; without a text, each line of standard input is a
/// question in one conversation.
pub(crate) fn run(options: &Generate) -> Result<(), PipelineError> {
    let own = options.input.own;
    let opened = model::writer(&options.model, own, "text-generation", options.weights)?;
    let template = Template::open(&opened.folder)?;
    let tokenizer = opened.tokenizer()?;
    let mut chat = Chat {
        continuation: Continuation::new(&opened, options)?,
        context: opened.model.context(),
        answers: Vec::new(),
    };
    let ended = if options.input.texts.is_empty() && options.input.file.is_none() {
        chat.converse(&mut Conversation::new(&template, tokenizer))
    } else {
        questions(options)?.into_iter().try_for_each(|question| {
            chat.answer(&mut Conversation::new(&template, tokenizer), question)
        })
    };
    // An error takes away none of the answers before it.
    if options.input.json && (ended.is_ok() || !chat.answers.is_empty()) {
        json(&chat.answers)?;
    }
    ended
}

/// The texts, none of which may be empty: a model makes up the question then.
fn questions(options: &Generate) -> Result<Vec<String>, PipelineError> {
    let questions = input::texts(&options.input)?;
    match questions.iter().position(|it| it.trim().is_empty()) {
        Some(empty) => Err(PipelineError::EmptyPrompt { number: empty + 1 }),
        None => Ok(questions),
    }
}

/// A model that answers.
struct Chat<'a> {
    continuation: Continuation<'a>,
    /// Number of tokens that the model can read.
    context: usize,
    answers: Vec<Written>,
}

impl Chat<'_> {
    /// Answers each line of standard input.
    fn converse(&mut self, conversation: &mut Conversation<'_>) -> Result<(), PipelineError> {
        let mut questions = Questions::of_input();
        while let Some(question) = questions.next()? {
            self.answer(conversation, question)?;
        }
        Ok(())
    }

    /// Answers a question, and keeps the answer.
    fn answer(
        &mut self,
        conversation: &mut Conversation<'_>,
        question: String,
    ) -> Result<(), PipelineError> {
        let prompt = conversation.ask(&question)?;
        if conversation.has_answers() && prompt.len() >= self.context {
            return Err(PipelineError::ConversationTooLong {
                length: prompt.len(),
                context: self.context,
            });
        }
        input::ensure_room(prompt.len(), self.context, self.answers.len() + 1)?;
        let answer = self.continuation.continue_one(&prompt, Shown::Answer)?;
        conversation.answered(&answer)?;
        self.answers
            .push(Written::new(Given::Prompt(question), prompt.len(), answer));
        Ok(())
    }
}

/// A conversation with a model.
struct Conversation<'a> {
    template: &'a Template,
    tokenizer: &'a Tokenizer,
    messages: Vec<Message>,
    /// All that the model has read and written.
    text: String,
    tokens: Vec<usize>,
}

impl<'a> Conversation<'a> {
    fn new(template: &'a Template, tokenizer: &'a Tokenizer) -> Self {
        Self {
            template,
            tokenizer,
            messages: Vec::new(),
            text: String::new(),
            tokens: Vec::new(),
        }
    }

    /// Returns `true` if a question was answered before.
    fn has_answers(&self) -> bool {
        self.messages.len() > 1
    }

    /// Adds a question, and returns the tokens of the conversation up to where the answer begins.
    ///
    /// Answers stay as the model wrote them, token by token: cut anew, the same text could give other tokens, and all that
    /// comes after them would have to be read again.
    fn ask(&mut self, question: &str) -> Result<Vec<usize>, PipelineError> {
        self.messages.push(Message {
            role: Role::User,
            content: question.to_owned(),
        });
        let text = self.template.fill(&self.messages)?;
        // The template may have changed the answer, such as by taking a space from its end.
        let new = match text.strip_prefix(&self.text) {
            Some(new) => new,
            None => {
                self.tokens.clear();
                &text
            }
        };
        // The special tokens are in the template.
        self.tokens.extend(self.tokenizer.encode(new, false)?.ids);
        self.text = text;
        Ok(self.tokens.clone())
    }

    /// Adds the answer.
    fn answered(&mut self, answer: &Continued) -> Result<(), PipelineError> {
        let written = &answer.ids[self.tokens.len()..];
        self.text += &self.tokenizer.decode(written, false)?;
        self.tokens.clone_from(&answer.ids);
        self.messages.push(Message {
            role: Role::Assistant,
            content: answer.text.clone().unwrap_or_default(),
        });
        Ok(())
    }
}

/// The lines of standard input, with a sign before each in a terminal.
struct Questions {
    lines: io::Lines<io::StdinLock<'static>>,
    is_typed: bool,
}

impl Questions {
    fn of_input() -> Self {
        let stdin = io::stdin();
        let is_typed = stdin.is_terminal();
        if is_typed {
            note("Type a question; Ctrl-D ends the conversation.");
        }
        Self {
            lines: stdin.lock().lines(),
            is_typed,
        }
    }

    /// The next line that is not empty.
    fn next(&mut self) -> Result<Option<String>, PipelineError> {
        loop {
            if self.is_typed {
                // Where standard error is closed, nobody misses it.
                let _ = write!(io::stderr(), "{SIGN}");
            }
            let Some(line) = self
                .lines
                .next()
                .transpose()
                .map_err(PipelineError::Input)?
            else {
                return Ok(None);
            };
            if !line.trim().is_empty() {
                return Ok(Some(line));
            }
        }
    }
}
