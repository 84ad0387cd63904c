//! The controls of an explorer, and what its script fills in. Styles hide them where no script runs.

use super::sentence::{Head, TOKENS, WORDS};
use crate::markdown::escape;

/// The steps of attention, as the script numbers them.
const STEPS: [(&str, &str); 5] = [
    ("0", "scores q·k"),
    ("1", "scaled scores"),
    ("2", "masked scores"),
    ("3", "weights (softmax)"),
    ("4", "outputs (weights · values)"),
];
/// The step that is shown first.
const WEIGHTS: usize = 3;
/// Exponents of d_k, below the line.
const SCALES: [(&str, &str); 3] = [("0.5", "1/√d_k"), ("0", "none"), ("1", "1/d_k")];

/// Returns the controls for these heads, on one line; with `positions`, the reader can leave the positions out.
pub(super) fn html(heads: &[Head], positions: bool) -> String {
    // With this method, the key Enter in the sentence sends nothing: the form is in no dialog.
    let mut html = "<form method=\"dialog\">".to_owned();
    html += &head_choice(heads);
    html += &select("step", "Show", &STEPS, WEIGHTS);
    html += &select("scale", "Scale", &SCALES, 0);
    html += "<label>Temperature <input type=\"range\" name=\"heat\" min=\"0.1\" max=\"4\" step=\"0.1\" value=\"1\">\
             <output name=\"now\"></output></label>";
    html += &check("causal", "Causal mask", false);
    html += &check("padding", "Padding mask", false);
    if positions {
        html += &check("positions", "Positions", true);
    }
    html += &sentence();
    html += "<button type=\"button\" name=\"shuffle\">Shuffle</button>\
             <button type=\"button\" name=\"restart\">Reset</button></form>\
             <div class=\"numbers\" tabindex=\"0\" role=\"region\" aria-label=\"Attention\"><table></table></div>";
    html += crate::figures::LEGEND;
    // The sentence below says in words what the lines show.
    html += &format!(
        "<svg class=\"lines\" viewBox=\"0 0 300 {}\" aria-hidden=\"true\"></svg><p aria-live=\"polite\"></p>",
        10 + 22 * TOKENS.len()
    );
    html
}

/// Returns the choice of a head, each with room for a small picture of its weights.
fn head_choice(heads: &[Head]) -> String {
    if heads.len() == 1 {
        return "<input type=\"hidden\" name=\"head\" value=\"0\">".to_owned();
    }
    let mut html = "<fieldset class=\"heads\"><legend>Head</legend>".to_owned();
    for (index, head) in heads.iter().enumerate() {
        let checked = if index == 0 { " checked" } else { "" };
        html += &format!(
            "<label><span class=\"thumbnail\"></span><span><input type=\"radio\" name=\"head\" \
             value=\"{index}\"{checked}> {}</span></label>",
            head.name()
        );
    }
    html + "</fieldset>"
}

fn select(name: &str, text: &str, options: &[(&str, &str)], chosen: usize) -> String {
    let mut html = format!("<label>{text} <select name=\"{name}\">");
    for (index, (value, text)) in options.iter().enumerate() {
        let selected = if index == chosen { " selected" } else { "" };
        html += &format!("<option value=\"{value}\"{selected}>{text}</option>");
    }
    html + "</select></label>"
}

fn check(name: &str, text: &str, on: bool) -> String {
    let checked = if on { " checked" } else { "" };
    format!("<label><input type=\"checkbox\" name=\"{name}\"{checked}> {text}</label>")
}

/// Returns the field for a sentence of the reader's own, with the words that the heads know.
fn sentence() -> String {
    let mut known = Vec::new();
    for (_, words) in WORDS {
        known.extend(words.iter().map(|word| escape(word)));
    }
    format!(
        "<label class=\"sentence\">Sentence <input type=\"text\" name=\"sentence\" value=\"{}\" autocomplete=\"off\" \
         aria-describedby=\"known-words\"></label><small id=\"known-words\">Write one of your own, of up to {} words. The \
         heads know {}; any other word is nothing to them.</small>",
        escape(&TOKENS.join(" ")),
        TOKENS.len(),
        known.join(", ")
    )
}
