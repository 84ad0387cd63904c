//! Quizzes as HTML.
//!
//! Without JavaScript a reader sees the questions, with the answers and their reasons folded below each. With it,
//! `assets/quiz.js` makes the buttons work, takes the reasons from the folded answers, and keeps the answers by the keys of
//! what was asked and chosen, as the terminal does.

use std::path::Path;

use attentive_course::Location;
use attentive_quiz::{Kind, Question, Quiz};

use crate::BookError;
use crate::markdown::{escape, to_html};
use crate::math::Math;

/// Returns the HTML of the questions, on one line.
pub(crate) fn html(quiz: &Quiz, math: &Math) -> Result<String, BookError> {
    let mut out = format!(
        "<section class=\"quiz\" aria-label=\"{}\"><ol>",
        escape(&quiz.title)
    );
    for question in &quiz.questions {
        out += &question_html(question, &quiz.path, math)?;
    }
    out += "</ol><div class=\"quiz-foot\" hidden><span class=\"quiz-score\" role=\"status\"></span> \
            <button type=\"button\" class=\"quiz-reset\">Start again</button></div></section>";
    Ok(out)
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
            for (i, choice) in choices.iter().enumerate() {
                let text = render(&choice.text, choice.line)?;
                inputs += &format!(
                    "<label><input type=\"{input}\" name=\"answer\" value=\"{i}\" data-key=\"{key}\"> \
                     <span>{text}</span></label>",
                    key = choice.key()
                );
                answers += &answer_html(choice.right, &text, &render(&choice.why, choice.line)?);
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
            answers += &answer_html(true, &answer.to_string(), &render(why, question.line)?);
            (
                format!(
                    "data-kind=\"number\" data-answer=\"{answer}\" data-tolerance=\"{tolerance}\""
                ),
                "group",
            )
        }
    };
    let id = &question.id;
    Ok(format!(
        "<li><form id=\"question-{id}\" data-id=\"{id}\" data-key=\"{key}\" {data}>\
         <div class=\"quiz-prompt\" id=\"prompt-{id}\">{prompt}</div>\
         <div class=\"quiz-choices\" role=\"{role}\" aria-labelledby=\"prompt-{id}\">{inputs}</div>\
         <button type=\"submit\" hidden>Check</button>\
         <div class=\"quiz-verdict\" aria-live=\"polite\"></div>\
         <details><summary>Answer and reasons</summary><ul>{answers}</ul></details></form></li>",
        key = question.key(),
        prompt = render(&question.prompt, question.line)?,
    ))
}

/// Returns one of the folded answers; the script recognises the right ones by `data-right`.
fn answer_html(right: bool, text: &str, why: &str) -> String {
    let (data, verdict) = if right {
        (" data-right", "Right")
    } else {
        ("", "Wrong")
    };
    format!(
        "<li{data}><span class=\"quiz-said\"><strong>{verdict}:</strong> {text}</span> \
         <span class=\"quiz-why\">{why}</span></li>"
    )
}
