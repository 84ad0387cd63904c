//! Quizzes as HTML.
//!
//! Without JavaScript a reader sees the questions, with the answers and their reasons folded below each. With it,
//! `assets/quiz.js` makes the buttons work, takes the reasons from the folded answers, and keeps the answers by the keys of
//! what was asked and chosen, as the terminal does.
//!
//! A question can be asked inside the lesson ([`question`]). The quiz at the lesson's end ([`quiz`]) asks the others, and its
//! score counts all of them: `data-quiz` says where a question belongs.

use std::path::Path;

use attentive_course::Location;
use attentive_quiz::{Kind, Question, Quiz};

use crate::BookError;
use crate::markdown::{escape, to_html};
use crate::math::Math;

/// Returns the HTML of a quiz, on one line, without the questions `inside` the lesson, which it links to.
pub(crate) fn quiz(quiz: &Quiz, inside: &[&Question], math: &Math) -> Result<String, BookError> {
    let mut out = format!(
        "<section class=\"quiz\" data-quiz=\"{}\" aria-label=\"{}\">",
        quiz.name,
        escape(&quiz.title)
    );
    let mut list = String::new();
    for question in &quiz.questions {
        if !inside.iter().any(|other| other.id == question.id) {
            list += &format!("<li>{}</li>", question_html(question, &quiz.path, math)?);
        }
    }
    if !list.is_empty() {
        out += &format!("<ol>{list}</ol>");
    }
    out += &inside_html(inside);
    out += FOOT;
    out += "</section>";
    Ok(out)
}

/// Returns the HTML of one question of a quiz, on one line.
pub(crate) fn question(quiz: &Quiz, question: &Question, math: &Math) -> Result<String, BookError> {
    Ok(format!(
        "<section class=\"quiz\" data-quiz=\"{}\" aria-label=\"Question\">{}</section>",
        quiz.name,
        question_html(question, &quiz.path, math)?
    ))
}

/// Score and buttons below a quiz; the script shows them.
const FOOT: &str = "<div class=\"quiz-foot\" hidden><span class=\"quiz-score\" role=\"status\"></span> \
    <button type=\"button\" class=\"quiz-missed\">Repeat what you missed</button> \
    <button type=\"button\" class=\"quiz-reset\">Start again</button>\
    <details class=\"quiz-carry\"><summary>Take your answers along</summary>\
    <p>This text is all that you have answered in this browser. Copy it, and paste it here in another browser. In the \
    terminal, <code>cargo attentive quiz --import FILE</code> reads it from a file, and <code>--export</code> prints the \
    terminal’s answers.</p>\
    <textarea rows=\"5\" spellcheck=\"false\" aria-label=\"Your answers\"></textarea>\
    <button type=\"button\">Use these answers</button></details></div>";

/// Returns the links to the questions inside the lesson; nothing if there are none.
fn inside_html(inside: &[&Question]) -> String {
    if inside.is_empty() {
        return String::new();
    }
    let mut links = Vec::new();
    for (number, question) in (1..).zip(inside) {
        links.push(format!(
            "<a href=\"#question-{}\">question {number}</a>",
            question.id
        ));
    }
    format!(
        "<p class=\"quiz-inside\">The score counts the questions inside the lesson, too: {}.</p>",
        links.join(", ")
    )
}

fn question_html(question: &Question, file: &Path, math: &Math) -> Result<String, BookError> {
    let render = |markdown: &str, line| {
        to_html(
            markdown,
            math,
            &Location {
                file: file.to_owned(),
                line,
            },
        )
    };
    let (mut inputs, mut answers) = (String::new(), String::new());
    let (data, role) = match &question.kind {
        Kind::Single(choices) | Kind::Multiple(choices) => {
            let single = matches!(question.kind, Kind::Single(_));
            let input = if single { "radio" } else { "checkbox" };
            for choice in choices {
                let (key, text) = (choice.key(), render(&choice.text, choice.line)?);
                inputs += &format!(
                    "<label><input type=\"{input}\" name=\"answer\" value=\"{key}\"> <span>{text}</span></label>"
                );
                let why = render(&choice.why, choice.line)?;
                answers += &answer_html(choice.right, &key, &text, &why);
            }
            if single {
                ("data-kind=\"single\"".to_owned(), "radiogroup")
            } else {
                ("data-kind=\"multiple\"".to_owned(), "group")
            }
        }
        Kind::Number {
            answer,
            tolerance,
            why,
        } => {
            inputs += "<label>Your number: <input type=\"text\" name=\"answer\" inputmode=\"decimal\" \
                       autocomplete=\"off\"></label>";
            let why = render(why, question.line)?;
            answers += &answer_html(true, "", &answer.to_string(), &why);
            (
                format!(
                    "data-kind=\"number\" data-answer=\"{answer}\" data-tolerance=\"{tolerance}\""
                ),
                "group",
            )
        }
    };
    let id = &question.id;
    let hint = match question.kind {
        Kind::Multiple(_) => {
            " <span class=\"quiz-hint\">Choose all that are right: one or more.</span>"
        }
        Kind::Single(_) | Kind::Number { .. } => "",
    };
    Ok(format!(
        "<form id=\"question-{id}\" data-id=\"{id}\" data-key=\"{key}\" {data}>\
         <div class=\"quiz-prompt\" id=\"prompt-{id}\">{prompt}{hint}</div>\
         <div class=\"quiz-choices\" role=\"{role}\" aria-labelledby=\"prompt-{id}\">{inputs}</div>\
         <button type=\"submit\" hidden>Check</button>\
         <div class=\"quiz-verdict\" aria-live=\"polite\"></div>\
         <details><summary>Answer and reasons</summary><ul>{answers}</ul></details></form>",
        key = question.key(),
        prompt = render(&question.prompt, question.line)?,
    ))
}

/// Returns one of the folded answers, to the choice with this key; the script recognises the right ones by `data-right`.
fn answer_html(right: bool, key: &str, text: &str, why: &str) -> String {
    let (data, verdict) = if right {
        (" data-right", "Right")
    } else {
        ("", "Wrong")
    };
    format!(
        "<li data-key=\"{key}\"{data}><span class=\"quiz-said\"><strong>{verdict}:</strong> {text}</span> \
         <span class=\"quiz-why\">{why}</span></li>"
    )
}
