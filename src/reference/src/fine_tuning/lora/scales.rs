//! Wrong factors of the product of B and A.

use tch::Tensor;

use super::Layer;
use crate::inputs::Inputs;
use crate::task::Task;

/// A wrong factor.
pub(super) struct Scale {
    /// The mistake.
    pub(super) id: &'static str,
    /// The mistake of which it is another form.
    pub(super) form_of: Option<&'static str>,
    pub(super) factor: fn(&Layer) -> f64,
}

/// Those that the forward pass, the backward pass and merging have in common.
pub(super) const SCALES: [Scale; 7] = [
    Scale::new("alpha-not-divided", |layer| layer.alpha),
    Scale::new("alpha-forgotten", |layer| 1.0 / layer.rank()),
    Scale::new("scale-inverted", |layer| layer.rank() / layer.alpha),
    Scale::new("divided-by-the-root", |layer| {
        layer.alpha / layer.rank().sqrt()
    }),
    Scale::new("scale-twice", |layer| layer.scale().powi(2)),
    Scale::new("divided-by-the-width", |layer| layer.alpha / layer.d_in()),
    Scale {
        form_of: Some("divided-by-the-width"),
        ..Scale::new("divided-by-the-output-width", |layer| {
            layer.alpha / layer.d_out()
        })
    },
];

/// Computes the output with a factor in place of the scale.
pub(super) type ByFactor = fn(&Inputs, fn(&Layer) -> f64) -> Tensor;

/// Adds the mistakes about the scale that the forward pass and merging have in common.
pub(super) fn add(task: Task, by: ByFactor) -> Task {
    let with = move |factor| move |x: &Inputs| by(x, factor);
    let mut task = task
        .mistake("scale-forgotten", with(|_| 1.0))
        .mistake("scale-on-everything", move |x| {
            let rank = x["a"].size()[0] as f64;
            by(x, |_| 1.0) * (x.number("alpha") / rank)
        })
        .mistake("merged-twice", with(|layer| 2.0 * layer.scale()))
        .mistake("adapter-subtracted", with(|layer| -layer.scale()));
    for scale in SCALES {
        task = match scale.form_of {
            Some(form_of) => task.form(form_of, scale.id, with(scale.factor)),
            None => task.mistake(scale.id, with(scale.factor)),
        };
    }
    task
}

impl Scale {
    const fn new(id: &'static str, factor: fn(&Layer) -> f64) -> Self {
        Self {
            id,
            form_of: None,
            factor,
        }
    }
}
