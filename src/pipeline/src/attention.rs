//! `attention`: a page that shows which token attends to which.

mod beside;
mod image;

use attentive_models::{LanguageModel, Model, States};
use ndarray::{Array2, Array4, ArrayView2};

use crate::args::Attention;
use crate::error::PipelineError;
use crate::input;
use crate::model::{self, Opened};
use crate::page::{Shown, Weights, page};
use crate::pieces::Piece;
use crate::print::{json, note, print, write};

/// The most tokens that a page shows: it has a number for each pair of them, in each head.
const LONGEST: usize = 128;

/// Runs the task.
pub(crate) fn run(options: &Attention) -> Result<(), PipelineError> {
    let opened = model::open(&options.model, options.input.own, "attention")?;
    let config = opened.model.config();
    let layer = chosen(
        "--layer",
        options.layer.unwrap_or(config.layers()),
        config.layers(),
    )?;
    let head = chosen("--head", options.head.unwrap_or(1), config.heads())?;
    let texts = input::texts(&options.input)?;
    let [text] = texts.as_slice() else {
        return Err(PipelineError::Option {
            option: "attention",
            expected: match opened.model {
                Model::Vit(_) => "to get one image",
                _ => "to get one text",
            }
            .to_owned(),
            found: texts.len().to_string(),
        });
    };
    let weights = weights(&opened, text, options.input.ids)?;
    let Some(out) = options.out.as_ref().filter(|_| !options.input.json) else {
        return json(&weights);
    };
    let own = options.input.own;
    let course = own.then(|| beside::of_course(options, text, &opened.name));
    let course = course.flatten();
    if own && course.is_none() {
        note("The course's functions cannot be run here: the page shows what yours compute.");
    }
    let page = page(Shown {
        model: &opened.name,
        weights: &weights,
        layer,
        head,
        own,
        course: course.as_ref(),
    })?;
    write(out, page)?;
    print(&format!(
        "The page is in {}: open it in a browser.\n",
        out.display()
    ))
}

fn weights(opened: &Opened<Model>, text: &str, as_ids: bool) -> Result<Weights, PipelineError> {
    match &opened.model {
        Model::Gpt(gpt) => of_text(opened, text, as_ids, |ids| gpt.run(ids)),
        Model::Llama(llama) => of_text(opened, text, as_ids, |ids| {
            LanguageModel::run(llama, &ids.row(0).to_vec()).0
        }),
        Model::T5(t5) => of_text(opened, text, as_ids, |ids| t5.encode(&ids.row(0).to_vec())),
        Model::Encoder(encoder) => of_text(opened, text, as_ids, |ids| {
            let mask = Array2::from_elem(ids.dim(), true);
            encoder.run(ids, Array2::zeros(ids.dim()).view(), mask.view())
        }),
        Model::Vit(vit) => image::weights(vit, &opened.folder, text, as_ids),
    }
}

/// The weights of a text, of which the page shows the beginning if it is long. `run` runs the model on (1, tokens).
fn of_text(
    opened: &Opened<Model>,
    text: &str,
    as_ids: bool,
    run: impl FnOnce(ArrayView2<'_, usize>) -> States,
) -> Result<Weights, PipelineError> {
    let piece = read(opened, text, as_ids)?;
    let context = opened.model.config().context().min(LONGEST);
    let (pieces, too_long) = piece.fit(context, None);
    if let Some(too_long) = too_long {
        note(&format!(
            "the text has {} tokens: the page shows the first {}",
            too_long.tokens, too_long.room
        ));
    }
    let piece = &pieces[0];
    let ids = Array2::from_shape_fn((1, piece.ids.len()), |(_, position)| piece.ids[position]);
    Ok(Weights {
        tokens: piece.tokens.clone(),
        layers: layers(&run(ids.view())),
    })
}

/// The weights of all layers as lists.
fn layers(states: &States) -> Vec<Vec<Vec<Vec<f32>>>> {
    states.attentions.iter().map(nested).collect()
}

/// The weights of a layer's only text as lists.
fn nested(layer: &Array4<f32>) -> Vec<Vec<Vec<f32>>> {
    let mut heads = Vec::new();
    for text in layer.outer_iter() {
        for head in text.outer_iter() {
            heads.push(head.outer_iter().map(|row| row.to_vec()).collect());
        }
    }
    heads
}

/// A layer or a head from 0, of one that is counted from 1.
fn chosen(option: &'static str, found: usize, number: usize) -> Result<usize, PipelineError> {
    if (1..=number).contains(&found) {
        return Ok(found - 1);
    }
    Err(PipelineError::Option {
        option,
        expected: format!("from 1 to {number}"),
        found: found.to_string(),
    })
}

fn read(opened: &Opened<Model>, text: &str, as_ids: bool) -> Result<Piece, PipelineError> {
    let vocabulary = opened.model.config().vocabulary();
    let piece = opened.piece(vocabulary, text, 0, as_ids)?;
    if piece.ids.is_empty() {
        return Err(PipelineError::EmptyPrompt { number: 1 });
    }
    Ok(piece)
}
