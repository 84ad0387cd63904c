//! Beam search step by step, so that a mistake can take one of the steps differently.

use tch::{Kind, Tensor};

use crate::inputs::Inputs;
use crate::outputs::Outputs;
use crate::texts::of_texts;

/// A text that the search has written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Beam {
    pub(crate) tokens: Vec<i64>,
    pub(crate) sum: f64,
    pub(crate) score: f64,
}

/// The settings of a case.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) width: usize,
    pub(crate) longest: usize,
    pub(crate) end: i64,
    pub(crate) length_penalty: f64,
    /// The number of tokens in the prompt.
    pub(crate) prompt: usize,
}

impl From<&Inputs> for Settings {
    fn from(x: &Inputs) -> Self {
        Self {
            width: x.size("width") as usize,
            longest: x.size("longest") as usize,
            end: x.size("end"),
            length_penalty: x.number("length_penalty"),
            prompt: x["prompt"].size()[0] as usize,
        }
    }
}

/// A token that a beam is continued with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    End,
    Other,
}

/// The fate of a beam at the beginning of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Continued,
    Kept,
    SetAside,
    Dropped,
}

/// The steps of a search.
#[derive(Clone, Copy)]
pub(crate) struct Steps {
    /// From the settings, the number of beams without tokens that it begins with.
    pub(super) start: fn(&Settings) -> usize,
    /// From a beam that has ended, what becomes of it.
    pub(super) ended: Fate,
    /// From the prompt and the tokens written, the last token, which may be the end.
    pub(super) last: fn(&[i64], &[i64]) -> Option<i64>,
    /// From a beam that has ended, the number of tokens of those that go on and the settings, the candidate.
    pub(super) kept: fn(Beam, usize, &Settings) -> Beam,
    /// From the prompt and the tokens written, the text that the model reads.
    pub(super) text: fn(&[i64], &[i64]) -> Vec<i64>,
    /// From a row of logits, a number for each token.
    pub(super) log_probabilities: fn(&Tensor) -> Tensor,
    /// From a beam, the number of the next token and that token, the next sum.
    pub(super) add: fn(&Beam, f64, Token) -> f64,
    /// From the sum and the tokens, the score.
    pub(super) score: fn(f64, &[i64], &Settings) -> f64,
    /// The number of continuations of each beam that are candidates, if not all.
    pub(super) continuations: Option<usize>,
    /// From beams in the order of their scores, those that are kept.
    pub(super) select: fn(Vec<Beam>, &Settings) -> Vec<Beam>,
    /// Decides from the beams that are kept to stop early.
    pub(super) stops: fn(&[Beam], &Settings) -> bool,
    /// From the number of steps, the number that is made.
    pub(super) longest: fn(usize) -> usize,
    /// From the settings, the prompt and the beams found, those returned.
    pub(super) result: fn(&Settings, &[i64], Vec<Beam>) -> Vec<Beam>,
    /// From the size of the vocabulary, the calls of the model that one beam needs.
    pub(super) calls: fn(i64) -> i64,
}

/// The steps as they should be.
pub(crate) const STEPS: Steps = Steps {
    start: |_| 1,
    ended: Fate::Kept,
    last: |_, written| written.last().copied(),
    kept: |beam, _, _| beam,
    text: |prompt, written| [prompt, written].concat(),
    log_probabilities: |logits| logits.log_softmax(0, Kind::Double),
    add: |beam, log_probability, _| beam.sum + log_probability,
    score: |sum, tokens, settings| sum / (tokens.len() as f64).powf(settings.length_penalty),
    continuations: None,
    select: |mut beams, settings| {
        beams.truncate(settings.width);
        beams
    },
    stops: |_, _| false,
    longest: |longest| longest,
    result: |_, _, beams| beams,
    calls: |_| 1,
};

/// A finished search.
pub(crate) struct Found {
    pub(crate) beams: Vec<Beam>,
    calls: i64,
    /// The least difference between the scores of two candidates next to each other, of which at least one is kept.
    pub(crate) least_gap: f64,
}

impl Steps {
    pub(super) fn run(self, x: &Inputs) -> Outputs {
        outputs(&self.search(x))
    }

    pub(super) fn search(self, x: &Inputs) -> Found {
        let prompt = Vec::<i64>::try_from(&x["prompt"]).expect("a row of tokens");
        let table = &x["table"];
        let next = |text: &[i64]| table.get(row(text, table));
        self.search_with(&Settings::from(x), &prompt, &next)
    }

    /// Searches with a model, which returns the logits (vocabulary) of the token after a text.
    pub(crate) fn search_with(
        self,
        settings: &Settings,
        prompt: &[i64],
        next: &dyn Fn(&[i64]) -> Tensor,
    ) -> Found {
        let empty = Beam {
            tokens: Vec::new(),
            sum: 0.0,
            score: 0.0,
        };
        let mut beams = vec![empty; (self.start)(settings)];
        let (mut aside, mut calls, mut least_gap) = (Vec::new(), 0, f64::INFINITY);
        for length in 1..=(self.longest)(settings.longest) {
            let mut candidates = Vec::new();
            for beam in beams {
                match self.fate(prompt, &beam, settings) {
                    Fate::Kept => candidates.push((self.kept)(beam, length, settings)),
                    Fate::SetAside => aside.push(beam),
                    Fate::Dropped => {}
                    Fate::Continued => {
                        let logits = next(&(self.text)(prompt, &beam.tokens));
                        calls += (self.calls)(logits.size()[0]);
                        candidates.extend(self.continued(&beam, &logits, settings));
                    }
                }
            }
            candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
            for pair in candidates.windows(2).take(settings.width) {
                least_gap = least_gap.min(pair[0].score - pair[1].score);
            }
            beams = (self.select)(candidates, settings);
            if (self.stops)(&beams, settings) {
                break;
            }
        }
        if self.ended == Fate::SetAside {
            beams.extend(aside);
            beams.sort_by(|a, b| b.score.total_cmp(&a.score));
            beams.truncate(settings.width);
        }
        Found {
            beams: (self.result)(settings, prompt, beams),
            calls,
            least_gap,
        }
    }

    fn fate(&self, prompt: &[i64], beam: &Beam, settings: &Settings) -> Fate {
        if (self.last)(prompt, &beam.tokens) == Some(settings.end) {
            self.ended
        } else {
            Fate::Continued
        }
    }

    /// The continuations of a beam with each token.
    fn continued(&self, beam: &Beam, logits: &Tensor, settings: &Settings) -> Vec<Beam> {
        let logs = (self.log_probabilities)(logits);
        let logs = Vec::<f64>::try_from(logs.to_kind(Kind::Double)).expect("a row of numbers");
        let mut continued = Vec::new();
        for (token, log) in logs.into_iter().enumerate() {
            let tokens = [&beam.tokens[..], &[token as i64]].concat();
            let next = match token as i64 == settings.end {
                true => Token::End,
                false => Token::Other,
            };
            let sum = (self.add)(beam, log, next);
            continued.push(Beam {
                score: (self.score)(sum, &tokens, settings),
                sum,
                tokens,
            });
        }
        if let Some(most) = self.continuations {
            continued.sort_by(|a, b| b.score.total_cmp(&a.score));
            continued.truncate(most);
        }
        continued
    }
}

/// The row of the table with the logits of the token after a text: it depends on all tokens and on their order.
fn row(text: &[i64], table: &Tensor) -> i64 {
    let rows = table.size()[0];
    text.iter()
        .fold(0, |row, token| (3 * row + token + 1) % rows)
}

/// The beams as tensors. Their lengths differ, so their tokens are texts: `4,0,2`.
fn outputs(found: &Found) -> Outputs {
    let mut texts = Vec::new();
    for beam in &found.beams {
        let tokens: Vec<String> = beam.tokens.iter().map(i64::to_string).collect();
        texts.push(tokens.join(","));
    }
    let sums: Vec<f64> = found.beams.iter().map(|beam| beam.sum).collect();
    let scores: Vec<f64> = found.beams.iter().map(|beam| beam.score).collect();
    [
        ("beams", of_texts(&texts)),
        ("log_probabilities", Tensor::from_slice(&sums)),
        ("scores", Tensor::from_slice(&scores)),
        ("calls", Tensor::from(found.calls)),
    ]
    .into()
}
