//! The mistakes of beam search.

use tch::Kind;

use super::cases::{TELLING, TWO_TELLING};
use super::search::{Beam, Fate, STEPS, Steps, Token};
use crate::inputs::Inputs;
use crate::outputs::Outputs;
use crate::task::Task;

/// Adds the mistakes.
pub(super) fn of_beam_search(task: Task) -> Task {
    of_results(of_ends(of_scores(task)))
}

/// A way of searching.
fn by(steps: Steps) -> impl Fn(&Inputs) -> Outputs {
    move |x| steps.run(x)
}

fn of_scores(task: Task) -> Task {
    task.mistake(
        "length-ignored",
        by(Steps {
            score: |sum, _, _| sum,
            ..STEPS
        }),
    )
    .mistake(
        "length-multiplied",
        by(Steps {
            score: |sum, tokens, settings| {
                sum * (tokens.len() as f64).powf(settings.length_penalty)
            },
            ..STEPS
        }),
    )
    .mistake(
        "prompt-counted",
        by(Steps {
            score: |sum, tokens, settings| {
                sum / ((tokens.len() + settings.prompt) as f64).powf(settings.length_penalty)
            },
            ..STEPS
        }),
    )
    .mistake(
        "length-of-the-parent",
        by(Steps {
            score: |sum, tokens, settings| {
                let length = (tokens.len() - 1).max(1);
                sum / (length as f64).powf(settings.length_penalty)
            },
            ..STEPS
        }),
    )
    .only_in(TWO_TELLING)
    .mistake(
        "end-not-counted",
        by(Steps {
            score: |sum, tokens, settings| {
                let ends = tokens.last() == Some(&settings.end);
                let length = tokens.len() - usize::from(ends && tokens.len() > 1);
                sum / (length as f64).powf(settings.length_penalty)
            },
            ..STEPS
        }),
    )
    .mistake(
        "logits-added-up",
        by(Steps {
            log_probabilities: |logits| logits.shallow_clone(),
            ..STEPS
        }),
    )
    .only_in(TELLING)
    .mistake(
        "probabilities-added-up",
        by(Steps {
            log_probabilities: |logits| logits.softmax(0, Kind::Double),
            ..STEPS
        }),
    )
    .only_in(TELLING)
    .mistake(
        "probabilities-multiplied",
        by(Steps {
            log_probabilities: |logits| logits.softmax(0, Kind::Double),
            add: |beam, probability, _| match beam.tokens.len() {
                0 => probability,
                _ => beam.sum * probability,
            },
            ..STEPS
        }),
    )
    .only_in(TELLING)
    .mistake(
        "score-carried-on",
        by(Steps {
            add: |beam, log_probability, _| beam.score + log_probability,
            ..STEPS
        }),
    )
    .mistake(
        "end-adds-nothing",
        by(Steps {
            add: |beam, log_probability, token| match token {
                Token::End => beam.sum,
                Token::Other => beam.sum + log_probability,
            },
            ..STEPS
        }),
    )
    .only_in(TWO_TELLING)
    .mistake(
        "pruned-by-sums",
        by(Steps {
            select: |mut beams, settings| {
                beams.sort_by(|a, b| b.sum.total_cmp(&a.sum));
                beams.truncate(settings.width);
                beams
            },
            result: |_, _, mut beams| {
                beams.sort_by(|a, b| b.score.total_cmp(&a.score));
                beams
            },
            ..STEPS
        }),
    )
    .mistake(
        "length-of-the-others",
        by(Steps {
            kept: |beam, length, settings| Beam {
                score: beam.sum / (length as f64).powf(settings.length_penalty),
                ..beam
            },
            ..STEPS
        }),
    )
}

fn of_ends(task: Task) -> Task {
    task.mistake(
        "ended-beams-dropped",
        by(Steps {
            ended: Fate::Dropped,
            ..STEPS
        }),
    )
    .mistake(
        "ended-by-the-prompt",
        by(Steps {
            last: |prompt, written| [prompt, written].concat().last().copied(),
            ..STEPS
        }),
    )
    .mistake(
        "end-continued",
        by(Steps {
            ended: Fate::Continued,
            ..STEPS
        }),
    )
    .mistake(
        "ended-beams-set-aside",
        by(Steps {
            ended: Fate::SetAside,
            ..STEPS
        }),
    )
    .mistake(
        "stops-at-the-first-end",
        by(Steps {
            stops: |beams, settings| {
                beams
                    .iter()
                    .any(|beam| beam.tokens.last() == Some(&settings.end))
            },
            ..STEPS
        }),
    )
    .form(
        "stops-at-the-first-end",
        "stops-when-the-best-ends",
        by(Steps {
            stops: |beams, settings| {
                let best = beams.first().and_then(|beam| beam.tokens.last());
                best == Some(&settings.end)
            },
            ..STEPS
        }),
    )
    .mistake(
        "only-ended-beams-returned",
        by(Steps {
            result: |settings, _, mut beams| {
                beams.retain(|beam| beam.tokens.last() == Some(&settings.end));
                beams
            },
            ..STEPS
        }),
    )
    .only_in(TELLING)
    .mistake(
        "end-not-returned",
        by(Steps {
            result: |settings, _, mut beams| {
                for beam in &mut beams {
                    if beam.tokens.last() == Some(&settings.end) {
                        beam.tokens.pop();
                    }
                }
                beams
            },
            ..STEPS
        }),
    )
}

fn of_results(task: Task) -> Task {
    task.mistake(
        "beams-duplicated",
        by(Steps {
            start: |settings| settings.width,
            ..STEPS
        }),
    )
    .mistake(
        "best-token-only",
        by(Steps {
            continuations: Some(1),
            ..STEPS
        }),
    )
    .mistake(
        "worst-kept",
        by(Steps {
            select: |mut beams, settings| {
                beams.reverse();
                beams.truncate(settings.width);
                beams
            },
            ..STEPS
        }),
    )
    .only_in(TELLING)
    .mistake(
        "worst-first",
        by(Steps {
            result: |_, _, mut beams| {
                beams.reverse();
                beams
            },
            ..STEPS
        }),
    )
    .mistake(
        "only-the-best-returned",
        by(Steps {
            result: |_, _, mut beams| {
                beams.truncate(1);
                beams
            },
            ..STEPS
        }),
    )
    .mistake(
        "prompt-forgotten",
        by(Steps {
            text: |_, written| written.to_vec(),
            ..STEPS
        }),
    )
    .mistake(
        "only-the-last-token-given",
        by(Steps {
            text: |prompt, written| {
                let text = [prompt, written].concat();
                text[text.len().saturating_sub(1)..].to_vec()
            },
            ..STEPS
        }),
    )
    .mistake(
        "prompt-returned",
        by(Steps {
            result: |_, prompt, mut beams| {
                for beam in &mut beams {
                    beam.tokens = [prompt, &beam.tokens].concat();
                }
                beams
            },
            ..STEPS
        }),
    )
    .mistake(
        "one-step-too-many",
        by(Steps {
            longest: |longest| longest + 1,
            ..STEPS
        }),
    )
    .mistake(
        "model-called-for-each-token",
        by(Steps {
            calls: |vocabulary| vocabulary,
            ..STEPS
        }),
    )
}
