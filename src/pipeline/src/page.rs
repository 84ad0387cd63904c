//! The page of `attention`: one file, with all layers and heads in it, that needs no network.

use serde::{Deserialize, Serialize};

/// Attention weights of one text.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Weights {
    /// The tokens, special ones included.
    pub(crate) tokens: Vec<String>,
    /// For each layer and head, a row for each token that looks, with a number for each that is looked at.
    pub(crate) layers: Vec<Vec<Vec<Vec<f32>>>>,
}

/// Attention of one text in one model.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown<'a> {
    /// Name of the model, as it was typed.
    pub(crate) model: &'a str,
    /// The weights.
    pub(crate) weights: &'a Weights,
    /// The layer to begin with, from 0.
    pub(crate) layer: usize,
    /// The head to begin with, from 0.
    pub(crate) head: usize,
    /// `true` if the learner's functions computed the weights.
    pub(crate) own: bool,
    /// The weights that the course's functions compute, if the page has them beside the learner's.
    pub(crate) course: Option<&'a Weights>,
}

/// For each layer and head, rows of weights in percent.
type Percentages = Vec<Vec<Vec<Vec<u8>>>>;

/// Data of the page's script.
#[derive(Debug, Serialize)]
struct Data<'a> {
    tokens: &'a [String],
    layers: Percentages,
    course: Option<Percentages>,
}

/// Writes the page.
///
/// # Errors
/// When the data cannot be turned into JSON.
pub(crate) fn page(shown: Shown<'_>) -> Result<String, serde_json::Error> {
    let Weights { tokens, layers } = shown.weights;
    // What was cut into other tokens has no numbers that belong beside these.
    let course = shown.course.filter(|course| course.tokens == *tokens);
    let data = Data {
        tokens,
        layers: percentages(layers),
        course: course.map(|course| percentages(&course.layers)),
    };
    // The end of the script's element must not be in it, whatever a token is.
    let data = serde_json::to_string(&data)?.replace('<', "\\u003c");
    let whose = match (shown.own, shown.course, course) {
        (false, _, _) => "Computed by the course's functions.",
        (true, None, _) => "Computed by your functions.",
        (true, Some(_), Some(_)) => {
            "Computed by your functions; the last table has what the course's compute, with a frame where they differ."
        }
        (true, Some(_), None) => {
            "Computed by your functions. The course's cut the text into other tokens, so there is nothing to compare: \
             look at your tokenizer."
        }
    };
    let heads = layers.first().map_or(0, Vec::len);
    let page = include_str!("page/page.html");
    let page = page.replace("STYLE", include_str!("page/page.css"));
    let page = page.replace("SCRIPT", include_str!("page/page.js"));
    let page = page.replace("WHOSE", whose);
    let page = page.replace("LAYERS", &options(layers.len(), shown.layer));
    let page = page.replace("HEADS", &options(heads, shown.head));
    // What others wrote comes last: nothing in it is replaced.
    let (before, after) = page.split_once("MODEL").unwrap_or((&page, ""));
    let page = format!("{before}{}{after}", escaped(shown.model));
    let (before, after) = page.split_once("DATA").unwrap_or((&page, ""));
    Ok(format!("{before}{data}{after}"))
}

fn percentages(layers: &[Vec<Vec<Vec<f32>>>]) -> Percentages {
    let of_row = |row: &Vec<f32>| row.iter().map(|&weight| percent(weight)).collect();
    let of_head = |head: &Vec<Vec<f32>>| head.iter().map(of_row).collect();
    let of_layer = |layer: &Vec<Vec<Vec<f32>>>| layer.iter().map(of_head).collect();
    layers.iter().map(of_layer).collect()
}

/// Percent, from 0 to 100; a weight that a learner's function got wrong may be any number, or none.
fn percent(weight: f32) -> u8 {
    (weight * 100.0).round().clamp(0.0, 100.0) as u8
}

fn options(number: usize, chosen: usize) -> String {
    let mut options = String::new();
    for index in 0..number {
        let selected = if index == chosen { " selected" } else { "" };
        options += &format!("<option value=\"{index}\"{selected}>{}</option>", index + 1);
    }
    options
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights(tokens: &[&str], weight: f32) -> Weights {
        let row = vec![weight; tokens.len()];
        let head = vec![row; tokens.len()];
        Weights {
            tokens: tokens.iter().map(ToString::to_string).collect(),
            layers: vec![vec![head; 2]],
        }
    }

    fn shown(weights: &Weights, course: Option<&Weights>, model: &str) -> String {
        let page = page(Shown {
            model,
            weights,
            layer: 0,
            head: 1,
            own: course.is_some(),
            course,
        });
        page.expect("it is JSON")
    }

    #[test]
    fn tokens_cannot_end_the_script() {
        let weights = weights(&["</script><script>alert(1)", "DATA"], 0.5);
        let page = shown(&weights, None, "a<b");
        assert_eq!(page.matches("<script").count(), 2, "data and script");
        assert!(page.contains("a&lt;b"));
        assert!(page.contains(r#""layers":[[[[50,50],[50,50]],[[50,50],[50,50]]]],"course":null"#));
    }

    #[test]
    fn a_page_needs_nothing_from_elsewhere() {
        let page = shown(&weights(&["cat"], 1.0), None, "minilm");
        for from_elsewhere in ["http", "src=", "href=", "url(", "@import"] {
            assert!(!page.contains(from_elsewhere), "{from_elsewhere}");
        }
        assert!(!page.contains("STYLE") && !page.contains("SCRIPT") && !page.contains("HEADS"));
    }

    #[test]
    fn the_courses_weights_are_beside_ones_own_if_the_tokens_are_the_same() {
        let own = weights(&["cat"], f32::NAN);
        let page = shown(&own, Some(&weights(&["cat"], 1.0)), "gpt");
        assert!(page.contains(r#""layers":[[[[0]],[[0]]]],"course":[[[[100]],[[100]]]]"#));
        let page = shown(&own, Some(&weights(&["cat", "s"], 0.5)), "gpt");
        assert!(page.contains(r#""course":null"#) && page.contains("look at your tokenizer"));
    }
}
