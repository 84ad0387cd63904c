//! Continues a text by a model, and shows it while it grows.

use std::io::{Stdout, stdout};
use std::ops::ControlFlow;
use std::time::Instant;

use attentive_course::text::count;
use attentive_models::{LanguageModel, Tokenizer, kept};

use crate::args::{Decoding, Generate};
use crate::error::PipelineError;
use crate::model::Opened;
use crate::own;
use crate::print::{note, print};
use crate::stop::{Asked, StopStrings};
use crate::stream::Stream;
use crate::writer::{self, Bounds, Calls, End, Strategy};

/// Number of new tokens of a text, and of an answer, if none is asked for. An answer ends by itself.
const IN_TEXT: usize = 50;
const IN_ANSWER: usize = 500;

/// A model that continues texts, and the way in which it does.
pub(crate) struct Continuation<'a> {
    model: Calls<'a>,
    tokenizer: Option<&'a Tokenizer>,
    strategy: Strategy,
    /// Number of new tokens of a text at most.
    new_tokens: usize,
    /// Number of tokens that the model can read.
    context: usize,
    /// The tokens that end a text: those of the model, and those that were asked for.
    end: Vec<usize>,
    stops: StopStrings,
    /// `true` if texts are printed while they grow.
    streams: bool,
    /// The tokens that the model read last. The next text is not read again as far as it begins with them.
    before: Vec<usize>,
}

/// The part of a text that is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    /// The prompt, and the tokens after it.
    All,
    /// The tokens after the prompt.
    Answer,
    /// The tokens after the start token, which is no text.
    Target,
}

/// A model's own part of the settings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits<'a> {
    /// Number of its tokens.
    pub(crate) vocabulary: usize,
    /// Bounds of a text.
    pub(crate) bounds: Bounds<'a>,
    /// Texts before each of which a text ends.
    pub(crate) stop_strings: &'a [String],
}

/// A text that was continued.
#[derive(Debug)]
pub(crate) struct Continued {
    /// All tokens, with the prompt's.
    pub(crate) ids: Vec<usize>,
    /// The part that is shown, up to a stop string; without a tokenizer there is none.
    pub(crate) text: Option<String>,
    /// The reason for which it ends.
    pub(crate) end: End,
}

impl<'a> Continuation<'a> {
    /// Prepares a model that continues texts by the options.
    ///
    /// # Errors
    /// When the value of an option means nothing.
    pub(crate) fn new(
        opened: &'a Opened<Box<dyn LanguageModel>>,
        options: &Generate,
    ) -> Result<Self, PipelineError> {
        let model = &*opened.model;
        let default = if options.chat { IN_ANSWER } else { IN_TEXT };
        let limits = Limits {
            vocabulary: model.vocabulary(),
            bounds: Bounds {
                new_tokens: options.max_new_tokens.unwrap_or(default),
                context: model.context(),
                end: model.end_tokens(),
            },
            stop_strings: model.stop_strings(),
        };
        let calls = calls(model, options);
        let tokenizer = opened.tokenizer.as_ref();
        Self::of(
            calls,
            limits,
            tokenizer,
            &options.decoding,
            !options.input.json,
        )
    }

    /// Prepares any model. Texts are printed while they grow if `streams`.
    ///
    /// # Errors
    /// When the value of an option means nothing.
    pub(crate) fn of(
        model: Calls<'a>,
        limits: Limits<'a>,
        tokenizer: Option<&'a Tokenizer>,
        decoding: &Decoding,
        streams: bool,
    ) -> Result<Self, PipelineError> {
        let Bounds {
            new_tokens,
            context,
            end,
        } = limits.bounds;
        writer::ensure(new_tokens > 0, "--max-new-tokens", "of at least 1", 0)?;
        let asked = Asked::new(&decoding.stop, tokenizer)?;
        Ok(Self {
            model,
            tokenizer,
            strategy: writer::strategy(decoding, limits.vocabulary)?,
            new_tokens,
            context,
            end: [end, &asked.tokens].concat(),
            stops: StopStrings::new(limits.stop_strings, &asked.texts)?,
            streams,
            before: Vec::new(),
        })
    }

    /// Continues one text, and says how fast. The prompt has one token at least, and is shorter than the context.
    ///
    /// # Errors
    /// When the text cannot be decoded or printed.
    pub(crate) fn continue_one(
        &mut self,
        prompt: &[usize],
        shown: Shown,
    ) -> Result<Continued, PipelineError> {
        let read = prompt.len() - kept(&self.before, prompt);
        let mut view = View::new(self.tokenizer, &self.stops, prompt, shown, self.streams)?;
        let bounds = Bounds {
            new_tokens: self.new_tokens,
            context: self.context,
            end: &self.end,
        };
        let begun = Instant::now();
        let (ids, end) = writer::write(
            prompt,
            self.strategy,
            bounds,
            &mut self.model,
            &mut |tokens| view.grow(tokens),
        )?;
        let seconds = begun.elapsed().as_secs_f64();
        let text = view.finish(&ids, end)?;
        let mut summary = summary(ids.len() - prompt.len(), end, seconds);
        if shown == Shown::Answer {
            let all = count(prompt.len(), "token");
            summary += &format!("; {read} of the {all} before them had to be read");
        }
        note(&summary);
        let read = match self.strategy {
            // The last token was written and not read.
            Strategy::Draw { .. } => ids.len() - 1,
            // What was read last is some beam, and all of them begin with the prompt.
            Strategy::Beams { .. } => prompt.len(),
        };
        self.before = ids[..read].to_vec();
        Ok(Continued { ids, text, end })
    }
}

/// The model with a cache. Without exercise 20, the learner's functions compute all of a text each time.
fn calls<'a>(model: &'a dyn LanguageModel, options: &Generate) -> Calls<'a> {
    Calls {
        logits: if options.input.own {
            own::reader(model)
        } else {
            model.cached(options.decoding.threads.into())
        },
        search: None,
    }
}

fn summary(new: usize, end: End, seconds: f64) -> String {
    let why = match end {
        End::Token => "the end token came",
        End::StopString => "a stop string came",
        End::Length => "as many as asked for",
        End::Context => "the model cannot read a longer text",
    };
    format!(
        "{} ({why}), {:.1} tokens per second",
        count(new, "new token"),
        new as f64 / seconds.max(f64::MIN_POSITIVE)
    )
}

/// A text that is shown while it grows.
struct View<'a> {
    tokenizer: Option<&'a Tokenizer>,
    stops: &'a StopStrings,
    /// Number of tokens at the beginning that are not shown.
    hidden: usize,
    /// Bytes of the prompt that are shown. Stop strings in them are not looked for.
    prompt: usize,
    /// `None` if the text is not printed while it grows.
    stream: Option<Stream<Stdout>>,
}

impl<'a> View<'a> {
    fn new(
        tokenizer: Option<&'a Tokenizer>,
        stops: &'a StopStrings,
        prompt: &[usize],
        shown: Shown,
        streams: bool,
    ) -> Result<Self, PipelineError> {
        let hidden = match shown {
            Shown::All => 0,
            Shown::Answer | Shown::Target => prompt.len(),
        };
        let mut view = Self {
            tokenizer,
            stops,
            hidden,
            prompt: 0,
            stream: streams.then(|| Stream::new(stdout())),
        };
        if let Some(text) = view.decode(prompt)? {
            view.prompt = text.len();
            if let Some(stream) = &mut view.stream {
                stream.grow(&text)?;
            }
        }
        Ok(view)
    }

    /// Shows what is new, up to a stop string, at which the text is to end.
    fn grow(&mut self, tokens: &[usize]) -> Result<ControlFlow<()>, PipelineError> {
        let go_on = Ok(ControlFlow::Continue(()));
        if self.stream.is_none() && self.stops.is_empty() {
            return go_on;
        }
        let Some(text) = self.decode(tokens)? else {
            return go_on;
        };
        if self.stop(&text).is_some() {
            return Ok(ControlFlow::Break(()));
        }
        if let Some(stream) = &mut self.stream {
            let new = text.get(self.prompt..).unwrap_or_default();
            let begun = new.len() - self.stops.settled(new).len();
            stream.grow(&text[..text.len() - begun])?;
        }
        go_on
    }

    /// Shows the rest, and returns all that was shown. Without a tokenizer, the ids are printed.
    fn finish(self, tokens: &[usize], end: End) -> Result<Option<String>, PipelineError> {
        let Some(mut text) = self.decode(tokens)? else {
            if self.stream.is_some() {
                print(&format!("{}\n", in_numbers(&tokens[self.hidden..])))?;
            }
            return Ok(None);
        };
        if let (End::StopString, Some(stop)) = (end, self.stop(&text)) {
            text.truncate(stop);
        }
        if let Some(stream) = self.stream {
            stream.finish(&text)?;
        }
        Ok(Some(text))
    }

    /// The byte at which the first stop string begins.
    fn stop(&self, text: &str) -> Option<usize> {
        let new = text.get(self.prompt..)?;
        Some(self.prompt + self.stops.find(new)?)
    }

    fn decode(&self, tokens: &[usize]) -> Result<Option<String>, PipelineError> {
        let shown = &tokens[self.hidden..];
        let text = self
            .tokenizer
            .map(|tokenizer| tokenizer.decode(shown, true));
        Ok(text.transpose()?)
    }
}

fn in_numbers(ids: &[usize]) -> String {
    let ids: Vec<String> = ids.iter().map(usize::to_string).collect();
    ids.join(" ")
}
