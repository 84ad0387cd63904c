//! Pictures of what the course's solutions compute, by name.
//!
//! [`crate::build`] puts them into pages, [`export`] into files.

mod attention_pooling;
mod cache;
mod cost;
mod draw;
mod encoder_block;
mod export;
mod multi_head_attention;
mod positional_encoding;
mod sample;
mod scaled_dot_product;
mod softmax;
mod transformer;

pub use draw::{Axis, Bars, HeatMap, Lines, Panel, Range, Series, Ticks};
pub use export::export;

pub(crate) use cache::Cache;
pub(crate) use draw::{precise, short};

use crate::markdown::{escape, to_html};
use crate::math::Math;
use crate::{BookError, Place};

/// A picture with what is needed to understand it.
pub struct Figure {
    /// What stands below it, in Markdown.
    pub caption: &'static str,
    /// What it shows, in a sentence, for those who do not see it. The numbers come in tables besides.
    pub description: &'static str,
    /// The pictures, side by side where there is room.
    pub panels: Vec<Panel>,
}

/// A figure that can be computed.
struct Entry {
    name: &'static str,
    compute: fn() -> Figure,
    /// The text of what computes it: when that changes, it is computed anew.
    sources: &'static [&'static str],
}

macro_rules! entries {
    ($($module:ident, $solution:literal: $($name:literal => $function:ident),+;)+) => {
        [$($(Entry {
            name: $name,
            compute: $module::$function,
            sources: &[
                include_str!(concat!(stringify!($module), ".rs")),
                include_str!(concat!("../../../../solutions/", $solution, "/src/lib.rs")),
            ],
        }),+),+]
    };
}

/// Every figure, by the module and the solution that compute it, and the name that lessons use: `{{#figure NAME}}`.
const FIGURES: [Entry; 13] = entries! {
    softmax, "01-softmax": "softmax-temperature" => temperature;
    attention_pooling, "02-attention-pooling": "pooling-weights" => weights;
    scaled_dot_product, "05-scaled-dot-product":
        "worked-example" => worked_example,
        "seed-42" => seed_42,
        "scaled-and-unscaled" => scaled_and_unscaled,
        "masks" => masks,
        "one-query" => one_query;
    multi_head_attention, "07-multi-head-attention":
        "heads" => heads,
        "self-attention" => self_attention;
    positional_encoding, "08-positional-encoding": "sinusoidal" => sines;
    encoder_block, "11-encoder-block": "keras-block" => keras;
    transformer, "13-transformer": "cross-attention" => cross_attention;
    cost, "05-scaled-dot-product": "cost" => quadratic;
};

/// The names of all figures.
pub fn names() -> impl Iterator<Item = &'static str> {
    FIGURES.iter().map(|entry| entry.name)
}

/// Computes the figure of this name; `None` if there is none.
pub fn figure(name: &str) -> Option<Figure> {
    entry(name).map(|entry| (entry.compute)())
}

fn entry(name: &str) -> Option<&'static Entry> {
    FIGURES.iter().find(|entry| entry.name == name)
}

/// The HTML of a figure, on one line.
fn html(name: &str, figure: &Figure, math: &Math, place: &Place) -> Result<String, BookError> {
    let mut panels = String::new();
    let mut tables = String::new();
    for panel in &figure.panels {
        panels += &panel.inline(figure.description);
        tables += &panel.table();
    }
    Ok(format!(
        "<figure id=\"figure-{}\"><div class=\"panels\">{panels}</div><figcaption>{}</figcaption>\
         <details><summary>The numbers</summary><div class=\"numbers\" role=\"region\" aria-label=\"The numbers\" \
         tabindex=\"0\">{tables}</div></details></figure>",
        escape(name),
        to_html(figure.caption, math, place)?,
    ))
}
