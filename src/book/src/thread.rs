//! One sentence, carried from its text to a prediction: `{{#thread STAGE}}`.
//!
//! [`STAGES`] lists the steps and the pages that explain them. [`Run`] computes their numbers with the course's
//! solutions, in a model that is small enough to print.

mod model;
mod table;

use attentive_course::Location;
use ndarray::Array2;

use crate::BookError;
use crate::markdown::{escape, to_html};
use crate::math::Math;
use model::{HEADS, Run, TOKENS, VOCABULARY};
use table::{Part, Table};

/// A step of the model.
struct Stage {
    /// Name in `{{#thread NAME}}`.
    name: &'static str,
    title: &'static str,
    /// Page whose lesson explains the step, without `.html`. Links to the step lead there.
    page: &'static str,
    /// Explanation of the step, in Markdown.
    text: &'static str,
    tables: fn(&Run) -> Vec<Table>,
}

/// The steps, in the order in which the model takes them.
const STAGES: [Stage; 13] = [
    Stage {
        name: "tokens",
        title: "Tokens",
        page: "what-a-network-learns",
        text: "The text *the cat sleeps* is split into three tokens. The vocabulary of this model has five, and each \
               token is replaced by its index.",
        tables: |run| {
            vec![Table::of_indices(
                "indices (3)",
                words(&TOKENS),
                &run.indices,
            )]
        },
    },
    Stage {
        name: "embedding",
        title: "Embedding",
        page: "what-a-network-learns",
        text: "Each index selects a row of the embedding $E$, a $5 \\times 4$ matrix of parameters. From here on the \
               sentence is a matrix with one row for each token.",
        tables: |run| vec![features("rows of E (3 × 4)", &run.embedded)],
    },
    Stage {
        name: "positions",
        title: "Positions",
        page: "positional-encoding",
        text: "Each row is multiplied by $\\sqrt{d_\\text{model}} = 2$, and the encoding of its position is added.",
        tables: |run| {
            vec![
                features("encoding of the positions (3 × 4)", &run.encoding),
                features("sum x (3 × 4)", &run.x),
            ]
        },
    },
    Stage {
        name: "queries-keys-values",
        title: "Queries, keys and values",
        page: "self-attention",
        text: "Three linear layers turn the same $x$ into queries, keys and values. Features 0 and 1 belong to the \
               first head, features 2 and 3 to the second.",
        tables: |run| {
            vec![
                features("queries (3 × 4)", &run.queries).of_part(Part::Queries),
                features("keys (3 × 4)", &run.keys).of_part(Part::Keys),
                features("values (3 × 4)", &run.values).of_part(Part::Values),
            ]
        },
    },
    Stage {
        name: "scores",
        title: "Scores",
        page: "scaled-dot-product",
        text: "In each head, every query is multiplied by every key, and the product is divided by $\\sqrt{d_k} = \
               \\sqrt{2}$. Each row is a query and each column a key.",
        tables: |run| per_head("scores", &run.scores),
    },
    Stage {
        name: "mask",
        title: "Mask",
        page: "masks",
        text: "The model predicts the next token, so no token may see a later one. The causal mask replaces the \
               scores of later tokens by $-\\infty$.",
        tables: |run| per_head("masked scores", &run.masked),
    },
    Stage {
        name: "weights",
        title: "Weights",
        page: "softmax",
        text: "A softmax turns each row of scores into weights. A score of $-\\infty$ becomes a weight of 0.",
        tables: |run| per_head("weights", &run.weights),
    },
    Stage {
        name: "heads",
        title: "Heads",
        page: "multi-head-attention",
        text: "Each head takes the weighted mean of its values. The results of both heads are put side by side, and \
               $W_O$ mixes them.",
        tables: |run| {
            vec![
                features("both heads side by side (3 × 4)", &run.heads),
                features("after W_O (3 × 4)", &run.attention),
            ]
        },
    },
    Stage {
        name: "norm",
        title: "Sum and norm",
        page: "layer-norm",
        text: "The result of attention is added to $x$, and a layer norm brings each row to mean 0 and variance 1.",
        tables: |run| {
            vec![
                features("x + attention (3 × 4)", &run.sum),
                features("after the layer norm (3 × 4)", &run.normed),
            ]
        },
    },
    Stage {
        name: "feed-forward",
        title: "Feed-forward network",
        page: "feed-forward",
        text: "A linear layer takes each row to six hidden features, ReLU sets the negative ones to 0, and a second \
               linear layer returns to four.",
        tables: |run| {
            vec![
                features("hidden layer after ReLU (3 × 6)", &run.hidden),
                features("result (3 × 4)", &run.feed_forward),
            ]
        },
    },
    Stage {
        name: "block",
        title: "Output of the block",
        page: "encoder-block",
        text: "The result is added to what went in, and a second layer norm follows. This is the output of the block. \
               A larger model would now repeat everything from the queries on, with other parameters.",
        tables: |run| vec![features("output (3 × 4)", &run.output)],
    },
    Stage {
        name: "logits",
        title: "Logits",
        page: "transformer",
        text: "The dot product of each row with each row of the embedding is a logit: the higher it is, the better \
               this token fits as the next one.",
        tables: |run| vec![vocabulary("logits (3 × 5)", &run.logits)],
    },
    Stage {
        name: "prediction",
        title: "Prediction",
        page: "transformer",
        text: "A softmax turns the logits into probabilities. Each row predicts the token *after* its own: after \
               *the* comes *cat*, after *cat* comes *sleeps*, and after *sleeps* comes the full stop.",
        tables: |run| vec![vocabulary("probabilities (3 × 5)", &run.probabilities)],
    },
];

impl Stage {
    /// Returns a link to this stage, with its title between two texts.
    fn link(&self, before: &str, after: &str) -> String {
        let (page, name, title) = (self.page, self.name, escape(self.title));
        format!("<a href=\"{page}.html#thread-{name}\">{before}{title}{after}</a>")
    }
}

/// Returns the names of all stages.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    STAGES.iter().map(|stage| stage.name)
}

/// Returns the HTML of a stage, on one line; `None` if there is none of this name.
pub(crate) fn html(name: &str, math: &Math, at: &Location) -> Option<Result<String, BookError>> {
    let number = STAGES.iter().position(|stage| stage.name == name)?;
    Some(to_html(STAGES[number].text, math, at).map(|text| stage_html(number, &text)))
}

fn stage_html(number: usize, text: &str) -> String {
    let stage = &STAGES[number];
    let mut tables = String::new();
    for table in (stage.tables)(&Run::compute()) {
        tables += &table.html();
    }
    let mut links = Vec::new();
    if let Some(before) = number.checked_sub(1) {
        links.push(STAGES[before].link("← Before: ", ""));
    }
    if let Some(after) = STAGES.get(number + 1) {
        links.push(after.link("After: ", " →"));
    }
    format!(
        "<figure class=\"thread\" id=\"thread-{}\"><figcaption><strong>The running sentence, {} of {}: {}.</strong> \
         {text}</figcaption><div class=\"numbers\" role=\"region\" aria-label=\"The running sentence: {}\" \
         tabindex=\"0\">{tables}</div><p class=\"thread-links\">{}</p></figure>",
        stage.name,
        number + 1,
        STAGES.len(),
        escape(stage.title),
        escape(stage.title),
        links.join(" ")
    )
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

/// Returns a table with a row for each token and a column for each feature.
fn features(caption: &str, values: &Array2<f32>) -> Table {
    let columns = (0..values.ncols()).map(|feature| feature.to_string());
    Table::of_numbers(caption, words(&TOKENS), columns.collect(), values)
}

/// Returns a table with a row for each token and a column for each token that could come next.
fn vocabulary(caption: &str, values: &Array2<f32>) -> Table {
    Table::of_numbers(caption, words(&TOKENS), words(&VOCABULARY), values)
}

/// Returns a table of queries and keys for each head.
fn per_head(what: &str, heads: &[Array2<f32>; HEADS]) -> Vec<Table> {
    let mut tables = Vec::new();
    for (head, values) in heads.iter().enumerate() {
        let caption = format!("head {}: {what} (3 × 3)", head + 1);
        tables.push(Table::of_numbers(
            &caption,
            words(&TOKENS),
            words(&TOKENS),
            values,
        ));
    }
    tables
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn each_stage_is_on_the_page_that_links_to_it_lead_to() {
        let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../book/src");
        for stage in &STAGES {
            let path = pages.join(format!("{}.md", stage.page));
            let page = fs::read_to_string(&path).expect("a page");
            let directive = format!("\n{{{{#thread {}}}}}\n", stage.name);
            assert!(page.contains(&directive), "{}{directive}", path.display());
        }
    }

    #[test]
    fn the_shapes_in_captions_are_those_of_the_numbers() {
        let run = Run::compute();
        for stage in &STAGES[1..] {
            for table in (stage.tables)(&run) {
                table.assert_shape();
            }
        }
    }

    #[test]
    fn a_stage_shows_its_numbers_and_links_to_those_around_it() {
        let at = Location {
            file: "lesson.md".into(),
            line: 1,
        };
        let html = html("mask", &Math::new(), &at).expect("the stage exists");
        insta::assert_snapshot!(html.expect("it can be shown").replace("><", ">\n<"));
    }
}
