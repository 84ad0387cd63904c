//! Pictures of numbers that the course's solutions compute, by name.
//!
//! [`crate::build`] puts them into pages, [`export`] into files.

mod additive_attention;
mod applications;
mod attention_pooling;
mod cache;
mod cost;
mod draw;
mod encoder_block;
mod export;
mod feed_forward;
mod fine_tuning;
mod layer_norm;
mod masks;
mod multi_head_attention;
mod patches;
mod pieces;
mod positional_encoding;
mod random;
mod rotary_embedding;
mod scaled_dot_product;
mod softmax;
mod tokens;
mod transformer;
mod why_attention;

pub use draw::{Axis, Bars, HeatMap, Lines, Panel, Range, Series, Ticks};
pub use export::export;

pub(crate) use cache::Cache;
pub(crate) use draw::short;

use attentive_course::Location;

use crate::BookError;
use crate::markdown::{escape, to_html};
use crate::math::Math;

/// A picture with its caption.
pub struct Figure {
    /// Caption below the picture, in Markdown.
    pub caption: &'static str,
    /// A sentence for readers who cannot see the picture; the numbers are in tables as well.
    pub description: &'static str,
    /// Pictures, side by side where there is room.
    pub panels: Vec<Panel>,
}

/// A figure with the function that computes it.
struct Entry {
    name: &'static str,
    compute: fn() -> Figure,
    /// Sources of the function: a change in them invalidates the cached figure.
    sources: &'static [&'static str],
}

macro_rules! entries {
    ($($module:ident, $source:literal: $($name:literal => $function:ident),+;)+) => {
        [$($(Entry {
            name: $name,
            compute: $module::$function,
            sources: &[
                include_str!(concat!("figures/", stringify!($module), ".rs")),
                include_str!(concat!("../../../", $source)),
            ],
        }),+),+]
    };
}

/// Every figure: its module, the source that this uses, and the name in `{{#figure NAME}}`.
const FIGURES: [Entry; 25] = entries! {
    why_attention, "src/book/src/figures/random.rs": "bottleneck" => bottleneck;
    softmax, "solutions/01-softmax/src/lib.rs": "softmax-temperature" => temperature;
    attention_pooling, "solutions/02-attention-pooling/src/lib.rs": "pooling-weights" => weights;
    additive_attention, "solutions/03-additive-attention/src/lib.rs": "additive-tanh" => tanh;
    scaled_dot_product, "solutions/05-scaled-dot-product/src/lib.rs":
        "worked-example" => worked_example,
        "seed-42" => seed_42,
        "scaled-and-unscaled" => scaled_and_unscaled,
        "masks" => masks,
        "one-query" => one_query;
    masks, "solutions/06-masks/src/lib.rs":
        "kinds-of-masks" => kinds,
        "families" => families;
    multi_head_attention, "solutions/07-multi-head-attention/src/lib.rs":
        "heads" => heads,
        "self-attention" => self_attention;
    positional_encoding, "solutions/08-positional-encoding/src/lib.rs": "sinusoidal" => sines;
    layer_norm, "solutions/09-layer-norm/src/lib.rs": "norms" => norms;
    feed_forward, "solutions/10-feed-forward/src/lib.rs": "activations" => activations;
    encoder_block, "solutions/11-encoder-block/src/lib.rs":
        "keras-block" => keras,
        "stacks" => stacks;
    transformer, "solutions/13-transformer/src/lib.rs":
        "cross-attention" => cross_attention,
        "two-blocks" => two_blocks;
    rotary_embedding, "solutions/14-rotary-embedding/src/lib.rs": "distances" => distances;
    applications, "src/book/src/figures/patches.rs": "patches" => image;
    tokens, "src/book/src/figures/pieces.rs": "merges" => merging;
    fine_tuning, "solutions/01-softmax/src/lib.rs": "loss" => loss;
    cost, "solutions/05-scaled-dot-product/src/lib.rs": "cost" => quadratic;
};

/// Returns the names of all figures.
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

/// Returns the HTML of a figure, on one line.
fn html(name: &str, figure: &Figure, math: &Math, at: &Location) -> Result<String, BookError> {
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
        to_html(figure.caption, math, at)?,
    ))
}
