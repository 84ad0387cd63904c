//! The page of `attention`: one file, with all layers and heads in it, that needs no network.

use ndarray::{ArrayView3, Axis};
use serde::Serialize;

/// Attention of one text in one model.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown<'a> {
    /// Name of the model, as it was typed.
    pub(crate) model: &'a str,
    /// The tokens, special ones included.
    pub(crate) tokens: &'a [String],
    /// Weights of each layer: (heads, tokens that look, tokens that are looked at).
    pub(crate) layers: &'a [ArrayView3<'a, f32>],
    /// The layer to begin with, from 0.
    pub(crate) layer: usize,
    /// The head to begin with, from 0.
    pub(crate) head: usize,
    /// `true` if the learner's functions computed the weights.
    pub(crate) own: bool,
}

/// Data of the page's script.
#[derive(Debug, Serialize)]
struct Data<'a> {
    tokens: &'a [String],
    /// For each layer and head, rows of weights in percent.
    layers: Vec<Vec<Vec<Vec<u8>>>>,
}

/// Writes the page.
///
/// # Errors
/// When the data cannot be turned into JSON.
pub(crate) fn page(shown: Shown<'_>) -> Result<String, serde_json::Error> {
    let Shown {
        model,
        tokens,
        layers,
        layer,
        head,
        own,
    } = shown;
    let data = Data {
        tokens,
        layers: layers.iter().map(percentages).collect(),
    };
    // The end of the script's element must not be in it, whatever a token is.
    let data = serde_json::to_string(&data)?.replace('<', "\\u003c");
    let whose = if own {
        "Computed by your functions."
    } else {
        "Computed by the course's functions."
    };
    let heads = layers.first().map_or(0, |layer| layer.len_of(Axis(0)));
    let page = include_str!("page/page.html");
    let page = page.replace("STYLE", include_str!("page/page.css"));
    let page = page.replace("SCRIPT", include_str!("page/page.js"));
    let page = page.replace("WHOSE", whose);
    let page = page.replace("LAYERS", &options(layers.len(), layer));
    let page = page.replace("HEADS", &options(heads, head));
    // What others wrote comes last: nothing in it is replaced.
    let (before, after) = page.split_once("MODEL").unwrap_or((&page, ""));
    let page = format!("{before}{}{after}", escaped(model));
    let (before, after) = page.split_once("DATA").unwrap_or((&page, ""));
    Ok(format!("{before}{data}{after}"))
}

fn percentages(layer: &ArrayView3<'_, f32>) -> Vec<Vec<Vec<u8>>> {
    let mut heads = Vec::new();
    for head in layer.outer_iter() {
        let rows = head.rows().into_iter();
        let row = |row: ndarray::ArrayView1<'_, f32>| {
            row.iter()
                .map(|weight| (weight * 100.0).round() as u8)
                .collect()
        };
        heads.push(rows.map(row).collect());
    }
    heads
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
    use ndarray::Array3;

    use super::*;

    fn shown(tokens: &[String], model: &str) -> String {
        let weights = Array3::from_elem((2, tokens.len(), tokens.len()), 0.5);
        let page = page(Shown {
            model,
            tokens,
            layers: &[weights.view()],
            layer: 0,
            head: 1,
            own: false,
        });
        page.expect("it is JSON")
    }

    #[test]
    fn tokens_cannot_end_the_script() {
        let page = shown(
            &["</script><script>alert(1)".to_owned(), "DATA".to_owned()],
            "a<b",
        );
        assert_eq!(page.matches("<script").count(), 2, "data and script");
        assert!(page.contains("a&lt;b"));
        assert!(page.contains(r#""layers":[[[[50,50],[50,50]],[[50,50],[50,50]]]]"#));
    }

    #[test]
    fn a_page_needs_nothing_from_elsewhere() {
        let page = shown(&["cat".to_owned()], "minilm");
        for from_elsewhere in ["http", "src=", "href=", "url(", "@import"] {
            assert!(!page.contains(from_elsewhere), "{from_elsewhere}");
        }
        assert!(!page.contains("STYLE") && !page.contains("SCRIPT") && !page.contains("HEADS"));
    }
}
