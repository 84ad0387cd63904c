//! Writes a text on, token by token: chooses each token by the functions of exercise 19, and knows when to stop.

use std::ops::ControlFlow;

use attentive_models::{Reader, Search as ModelSearch};
use ndarray::Array1;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sampling::{Search, Settings, beam_search, next_token};
use serde::Serialize;

use crate::args::Decoding;
use crate::error::PipelineError;

/// The most beams. Each step holds every token after each of them, and more than some ten find no better texts.
const MOST_BEAMS: usize = 64;

/// A way to choose tokens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Strategy {
    /// One token after another, drawn or, at temperature 0, the likeliest.
    Draw {
        /// Steps before a draw.
        settings: Settings,
        /// Fixes the random numbers.
        seed: u64,
    },
    /// A search for the likeliest text.
    Beams {
        /// Number of beams.
        width: usize,
        /// Penalty for tokens that are there already.
        repetition_penalty: f32,
    },
}

/// A reason for which a text ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum End {
    /// The model wrote its end token.
    Token,
    /// It wrote a stop string.
    StopString,
    /// It has as many new tokens as were asked for.
    Length,
    /// The model cannot read a longer text.
    Context,
}

/// Bounds of a text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds<'a> {
    /// Number of new tokens at most.
    pub(crate) new_tokens: usize,
    /// Number of tokens that the model can read.
    pub(crate) context: usize,
    /// Tokens each of which ends a text.
    pub(crate) end: &'a [usize],
}

/// The ways in which a model is called.
pub(crate) struct Calls<'a> {
    /// From all tokens so far to the scores of the next.
    pub(crate) logits: Reader<'a>,
    /// The search of the model's own exercise, which takes the place of that of exercise 19.
    pub(crate) search: Option<ModelSearch<'a>>,
}

/// Gets all tokens so far whenever there is a new one, and may break off.
type Announce<'a> = dyn FnMut(&[usize]) -> Result<ControlFlow<()>, PipelineError> + 'a;

/// Reads the strategy from the options. `vocabulary` is the number of the model's tokens.
///
/// # Errors
/// When the value of an option means nothing.
pub(crate) fn strategy(options: &Decoding, vocabulary: usize) -> Result<Strategy, PipelineError> {
    let draws = options.top_k.is_some() || options.top_p.is_some();
    let temperature = options.temperature.unwrap_or(if draws { 1.0 } else { 0.0 });
    let top_p = options.top_p.unwrap_or(1.0);
    let penalty = options.repetition_penalty;
    ensure(
        temperature >= 0.0 && temperature.is_finite(),
        "--temperature",
        "of 0 or more",
        temperature,
    )?;
    ensure(
        top_p > 0.0 && top_p <= 1.0,
        "--top-p",
        "above 0 and at most 1",
        top_p,
    )?;
    ensure(
        penalty > 0.0 && penalty.is_finite(),
        "--repetition-penalty",
        "above 0 (1 changes nothing)",
        penalty,
    )?;
    ensure(options.top_k != Some(0), "--top-k", "of at least 1", 0)?;
    if let Some(width) = options.beams {
        ensure(
            (1..=MOST_BEAMS).contains(&width),
            "--beams",
            &format!("from 1 to {MOST_BEAMS}"),
            width,
        )?;
    }
    Ok(match options.beams {
        Some(width) => Strategy::Beams {
            width,
            repetition_penalty: penalty,
        },
        None => Strategy::Draw {
            settings: Settings {
                repetition_penalty: penalty,
                temperature,
                top_k: options.top_k.unwrap_or(vocabulary),
                top_p,
            },
            seed: options.seed,
        },
    })
}

/// Checks the value of an option.
///
/// # Errors
/// When it does not hold.
pub(crate) fn ensure(
    holds: bool,
    option: &'static str,
    expected: &str,
    found: impl ToString,
) -> Result<(), PipelineError> {
    if holds {
        return Ok(());
    }
    Err(PipelineError::Option {
        option,
        expected: expected.to_owned(),
        found: found.to_string(),
    })
}

/// Writes on after a prompt, which is shorter than the context. `written` is called with all tokens so far, as soon as there is a new one, and breaks off at a stop
/// string.
///
/// # Errors
/// When `written` fails, because nobody reads the text.
pub(crate) fn write(
    prompt: &[usize],
    strategy: Strategy,
    bounds: Bounds<'_>,
    model: &mut Calls<'_>,
    written: &mut Announce<'_>,
) -> Result<(Vec<usize>, End), PipelineError> {
    let logits = &mut model.logits;
    let room = bounds.new_tokens.min(bounds.context - prompt.len());
    let (tokens, end) = match strategy {
        Strategy::Draw { settings, seed } => {
            draw(prompt, settings, seed, room, bounds.end, logits, written)?
        }
        Strategy::Beams {
            width,
            repetition_penalty,
        } => {
            let tokens = match &mut model.search {
                Some(search) if repetition_penalty == 1.0 => {
                    [prompt, &search(width, room)].concat()
                }
                _ => search(prompt, width, repetition_penalty, room, bounds.end, logits),
            };
            let last = tokens[prompt.len()..].last();
            let end = if written(&tokens)?.is_break() {
                Some(End::StopString)
            } else {
                last.is_some_and(|last| bounds.end.contains(last))
                    .then_some(End::Token)
            };
            (tokens, end)
        }
    };
    let end = end.unwrap_or(if tokens.len() - prompt.len() == bounds.new_tokens {
        End::Length
    } else {
        End::Context
    });
    Ok((tokens, end))
}

/// Draws one token after another, and returns all tokens and what ended them, if the model did.
fn draw(
    prompt: &[usize],
    settings: Settings,
    seed: u64,
    room: usize,
    end: &[usize],
    logits: &mut dyn FnMut(&[usize]) -> Array1<f32>,
    written: &mut Announce<'_>,
) -> Result<(Vec<usize>, Option<End>), PipelineError> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut tokens = prompt.to_vec();
    for _ in 0..room {
        let scores = logits(&tokens);
        let token = next_token(scores.view(), &tokens, &settings, random.random());
        tokens.push(token);
        if end.contains(&token) {
            return Ok((tokens, Some(End::Token)));
        }
        if written(&tokens)?.is_break() {
            return Ok((tokens, Some(End::StopString)));
        }
    }
    Ok((tokens, None))
}

/// Returns the tokens of the best beam, with the prompt.
fn search(
    prompt: &[usize],
    width: usize,
    repetition_penalty: f32,
    room: usize,
    end: &[usize],
    logits: &mut dyn FnMut(&[usize]) -> Array1<f32>,
) -> Vec<usize> {
    let search = Search {
        width,
        longest: room,
        // Without an end token, a number that no token has.
        end: end.first().copied().unwrap_or(usize::MAX),
        length_penalty: 1.0,
    };
    let mut penalized = |tokens: &[usize]| {
        let scores = logits(tokens);
        let scores = sampling::repetition_penalty(scores.view(), tokens, repetition_penalty);
        with_one_end(scores, end)
    };
    let best = beam_search(prompt, &mut penalized, &search)
        .into_iter()
        .next();
    let tokens = best.map(|beam| beam.tokens).unwrap_or_default();
    [prompt, &tokens].concat()
}

/// Gives the first end token the probability of all of them: exercise 19 knows one.
fn with_one_end(mut scores: Array1<f32>, end: &[usize]) -> Array1<f32> {
    if let [first, others @ ..] = end
        && !others.is_empty()
    {
        let all = end.iter().map(|&token| scores[token]);
        let largest = all.clone().fold(f32::NEG_INFINITY, f32::max);
        let sum: f32 = all.map(|score| (score - largest).exp()).sum();
        others
            .iter()
            .for_each(|&token| scores[token] = f32::NEG_INFINITY);
        scores[*first] = largest + sum.ln();
    }
    scores
}

#[cfg(test)]
mod tests {
    use super::*;

    const VOCABULARY: usize = 5;

    /// A model that counts: after token n comes n + 1, and after the last the first.
    fn counts(tokens: &[usize]) -> Array1<f32> {
        let next = tokens.last().map_or(0, |token| (token + 1) % VOCABULARY);
        Array1::from_shape_fn(VOCABULARY, |token| if token == next { 2.0 } else { 0.0 })
    }

    fn model() -> Calls<'static> {
        Calls {
            logits: Box::new(counts),
            search: None,
        }
    }

    fn written(strategy: Strategy, bounds: Bounds<'_>) -> (Vec<usize>, End) {
        let mut go_on = |_: &[usize]| Ok(ControlFlow::Continue(()));
        write(&[1], strategy, bounds, &mut model(), &mut go_on).expect("nothing fails")
    }

    fn drawing(temperature: f32, seed: u64) -> Strategy {
        let settings = Settings {
            repetition_penalty: 1.0,
            temperature,
            top_k: VOCABULARY,
            top_p: 1.0,
        };
        Strategy::Draw { settings, seed }
    }

    const BOUNDS: Bounds<'static> = Bounds {
        new_tokens: 6,
        context: 100,
        end: &[],
    };

    #[test]
    fn a_text_ends_by_its_length_its_end_token_or_the_context() {
        let greedy = drawing(0.0, 0);
        assert_eq!(
            written(greedy, BOUNDS),
            (vec![1, 2, 3, 4, 0, 1, 2], End::Length)
        );
        let with_end = Bounds {
            end: &[0, 4],
            ..BOUNDS
        };
        assert_eq!(written(greedy, with_end), (vec![1, 2, 3, 4], End::Token));
        let short = Bounds {
            context: 3,
            ..BOUNDS
        };
        assert_eq!(written(greedy, short), (vec![1, 2, 3], End::Context));
    }

    #[test]
    fn beams_find_the_likeliest_text_and_stop_at_the_end_token() {
        let beams = Strategy::Beams {
            width: 2,
            repetition_penalty: 1.0,
        };
        assert_eq!(written(beams, BOUNDS).0, [1, 2, 3, 4, 0, 1, 2]);
        let with_end = Bounds {
            end: &[3],
            ..BOUNDS
        };
        assert_eq!(written(beams, with_end), (vec![1, 2, 3], End::Token));
    }

    #[test]
    fn the_search_of_a_model_takes_its_place_unless_there_is_a_penalty() {
        let bounds = Bounds {
            end: &[4],
            ..BOUNDS
        };
        for (penalty, expected) in [(1.0, [1, 3, 4].as_slice()), (1.5, &[1, 2, 3, 4])] {
            let mut model = model();
            model.search = Some(Box::new(|width, longest| {
                assert_eq!((width, longest), (2, 6));
                vec![3, 4]
            }));
            let beams = Strategy::Beams {
                width: 2,
                repetition_penalty: penalty,
            };
            let mut go_on = |_: &[usize]| Ok(ControlFlow::Continue(()));
            let ended = write(&[1], beams, bounds, &mut model, &mut go_on);
            assert_eq!(
                ended.expect("nothing fails"),
                (expected.to_vec(), End::Token)
            );
        }
    }

    #[test]
    fn a_seed_fixes_what_is_drawn() {
        let first = written(drawing(1.0, 7), BOUNDS);
        assert_eq!(first, written(drawing(1.0, 7), BOUNDS));
        let others: Vec<_> = (0..20)
            .map(|seed| written(drawing(1.0, seed), BOUNDS))
            .collect();
        assert!(others.iter().any(|other| *other != first));
    }

    #[test]
    fn every_token_is_announced_once_there_is_one() {
        let mut lengths = Vec::new();
        let mut announce = |tokens: &[usize]| {
            lengths.push(tokens.len());
            Ok(ControlFlow::Continue(()))
        };
        write(&[1], drawing(0.0, 0), BOUNDS, &mut model(), &mut announce).expect("nothing fails");
        assert_eq!(lengths, [2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn a_stop_string_ends_a_text() {
        for strategy in [
            drawing(0.0, 0),
            Strategy::Beams {
                width: 1,
                repetition_penalty: 1.0,
            },
        ] {
            let mut until_3 = |tokens: &[usize]| {
                Ok(match tokens.contains(&3) {
                    true => ControlFlow::Break(()),
                    false => ControlFlow::Continue(()),
                })
            };
            let ended = write(&[1], strategy, BOUNDS, &mut model(), &mut until_3);
            let (tokens, end) = ended.expect("nothing fails");
            assert!(tokens.starts_with(&[1, 2, 3]));
            assert_eq!(end, End::StopString);
        }
    }

    #[test]
    fn beams_take_all_end_tokens_for_one() {
        let scores = Array1::from_vec(vec![0.0, 1.0_f32.ln(), 3.0_f32.ln()]);
        let merged = with_one_end(scores.clone(), &[1, 2]);
        assert!((merged[1] - 4.0_f32.ln()).abs() < 1e-6);
        assert_eq!((merged[0], merged[2]), (0.0, f32::NEG_INFINITY));
        assert_eq!(with_one_end(scores.clone(), &[1]), scores);
        let beams = Strategy::Beams {
            width: 2,
            repetition_penalty: 1.0,
        };
        let two_ends = Bounds {
            end: &[0, 4],
            ..BOUNDS
        };
        assert_eq!(written(beams, two_ends), (vec![1, 2, 3, 0], End::Token));
    }
}
