//! Wrong factors of the product of B and A.

use super::Layer;

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

impl Scale {
    const fn new(id: &'static str, factor: fn(&Layer) -> f64) -> Self {
        Self {
            id,
            form_of: None,
            factor,
        }
    }
}
