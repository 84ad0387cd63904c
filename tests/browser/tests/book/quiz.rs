//! A quiz is answered.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::thread;
use std::time::Duration;

use serde_json::Value;
use thirtyfour::prelude::*;

use crate::browser::{Scripts, click, complaints, eval, in_browser, keys, text};
use crate::site::{built, on_disk, page_with, root, serve_book, served};

/// The first question with one right choice, by the id of its form.
const FORM: &str = "document.querySelector('form[data-kind=single]')";

/// Opens a quiz, and returns the selector of its first question with one right answer.
async fn open(driver: &WebDriver) -> WebDriverResult<String> {
    driver
        .goto(served(&page_with("data-kind=\"single\"")))
        .await?;
    let id = eval(driver, &format!("return {FORM}.id")).await?;
    Ok(format!("#{}", id.as_str().expect("an id")))
}

/// The value of a choice of this question that is right, or that is wrong.
async fn choice(driver: &WebDriver, question: &str, right: bool) -> WebDriverResult<String> {
    let script = format!(
        "const reasons = [...document.querySelectorAll('{question} details li')];
         return reasons.find((li) => ('right' in li.dataset) === {right}).dataset.key"
    );
    Ok(eval(driver, &script)
        .await?
        .as_str()
        .expect("a key")
        .to_owned())
}

/// Chooses and hands in.
async fn give(driver: &WebDriver, question: &str, choice: &str) -> WebDriverResult<()> {
    let label = format!("{question} label:has(input[value='{choice}'])");
    click(driver, &label).await?;
    click(driver, &format!("{question} button")).await
}

async fn result(driver: &WebDriver, question: &str) -> WebDriverResult<String> {
    let script = format!("return document.querySelector('{question}').dataset.result || ''");
    Ok(eval(driver, &script)
        .await?
        .as_str()
        .expect("a result")
        .to_owned())
}

/// The value of the choice that is checked.
async fn checked(driver: &WebDriver, question: &str) -> WebDriverResult<String> {
    let script = format!("return document.querySelector('{question} input:checked').value");
    Ok(eval(driver, &script)
        .await?
        .as_str()
        .expect("a value")
        .to_owned())
}

#[tokio::test]
async fn by_mouse_a_wrong_answer_shows_its_reason_and_survives_a_reload() {
    in_browser(Scripts::Run, |driver| async move {
        let question = open(&driver).await?;
        let wrong = choice(&driver, &question, false).await?;
        give(&driver, &question, &wrong).await?;
        assert_eq!(result(&driver, &question).await?, "wrong");
        let reason = format!(
            "return document.querySelector('{question} [data-key=\"{wrong}\"] .quiz-why').textContent.slice(0, 30)"
        );
        let reason = eval(&driver, &reason).await?;
        let verdict = text(&driver, &format!("{question} .quiz-verdict")).await?;
        assert!(verdict.starts_with("Not quite."), "{verdict}");
        let shown = format!("return document.querySelector('{question} .quiz-verdict').textContent");
        let shown = eval(&driver, &shown).await?;
        assert!(shown.as_str().expect("text").contains(reason.as_str().expect("a reason")), "{shown}");

        driver.refresh().await?;
        assert_eq!(result(&driver, &question).await?, "wrong");
        assert_eq!(checked(&driver, &question).await?, wrong);

        click(&driver, ".quiz-reset").await?;
        assert_eq!(result(&driver, &question).await?, "");
        driver.refresh().await?;
        assert_eq!(result(&driver, &question).await?, "", "what was reset stays so");
        Ok(())
    })
    .await;
}

/// Writes another edition of a page beside it: the last choice of a question comes first, and so every choice has a different
/// place. Returns the edition's name.
fn other_edition(page: &str, form: &str, change: impl Fn(&str) -> String) -> String {
    let html = fs::read_to_string(built(page)).expect("the page can be read");
    let begin = html
        .find(&format!("<form id=\"{form}\""))
        .expect("the form is there");
    let end = begin + html[begin..].find("</form>").expect("the form ends");
    let edited = change(&html[begin..end]);
    // With another ending than the book's pages, for it is none to the other tests.
    let name = page.replace(".html", "-edition.htm");
    let edition = [&html[..begin], &edited, &html[end..]].concat();
    fs::write(built(&name), edition).expect("the edition can be written");
    name
}

/// Moves the last of the elements that begin and end like this to the front, in a text in which they stand side by side.
fn last_first(html: &str, begins: &str, ends: &str) -> String {
    let first = html.find(begins).expect("one is there");
    let behind = html.rfind(ends).expect("one ends") + ends.len();
    let last = html[..behind].rfind(begins).expect("one is the last");
    [
        &html[..first],
        &html[last..behind],
        &html[first..last],
        &html[behind..],
    ]
    .concat()
}

/// Moves the last choice of a form to the front, with its reason.
fn reordered(form: &str) -> String {
    let (inputs, answers) = form.split_once("<details>").expect("the answers");
    let inputs = last_first(inputs, "<label>", "</label>");
    let answers = last_first(answers, "<li", "</li>");
    [&inputs, "<details>", &answers].concat()
}

#[tokio::test]
async fn an_answer_stays_with_its_choice_in_another_edition() {
    in_browser(Scripts::Run, |driver| async move {
        let page = page_with("data-kind=\"single\"");
        driver.goto(on_disk(&page)).await?;
        let id = eval(&driver, &format!("return {FORM}.id")).await?;
        let id = id.as_str().expect("an id");
        let question = format!("#{id}");
        let chosen =
            format!("return document.querySelector('{question} input:checked')?.value ?? ''");
        let wrong = choice(&driver, &question, false).await?;
        assert_eq!(wrong.len(), 16, "{wrong}");
        give(&driver, &question, &wrong).await?;

        let edition = other_edition(&page, id, reordered);
        driver.goto(on_disk(&edition)).await?;
        assert_eq!(checked(&driver, &question).await?, wrong);
        assert_eq!(result(&driver, &question).await?, "wrong");

        // What was chosen has been reworded, or the question has: it is open again.
        let prompt = eval(
            &driver,
            &format!("return document.querySelector('{question}').dataset.key"),
        )
        .await?;
        for gone in [wrong.as_str(), prompt.as_str().expect("a key")] {
            driver.goto(on_disk(&page)).await?;
            give(&driver, &question, &wrong).await?;
            let edition = other_edition(&page, id, |form| form.replace(gone, "0123456789abcdef"));
            driver.goto(on_disk(&edition)).await?;
            assert_eq!(result(&driver, &question).await?, "");
            assert_eq!(eval(&driver, &chosen).await?, "");
        }

        // Anything may be stored there.
        let id = id.trim_start_matches("question-");
        for kept in [
            "7".to_owned(),
            "null".to_owned(),
            "[]".to_owned(),
            "{".to_owned(),
            format!("{{\"{id}\":7}}"),
            format!("{{\"{id}\":{{\"question\":1}}}}"),
            format!("{{\"{id}\":{{\"question\":{prompt}}}}}"),
            format!("{{\"{id}\":{{\"question\":{prompt},\"number\":1}}}}"),
            format!("{{\"{id}\":{{\"question\":{prompt},\"choices\":5}}}}"),
            format!("{{\"{id}\":{{\"question\":{prompt},\"choices\":[null]}}}}"),
        ] {
            let store = format!("localStorage.setItem('attentive.quiz', '{kept}')");
            driver.execute(store, vec![]).await?;
            driver.goto(on_disk(&page)).await?;
            assert_eq!(result(&driver, &question).await?, "", "{kept}");
            assert_eq!(complaints(&driver).await?, Vec::<String>::new(), "{kept}");
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_was_missed_is_asked_again() {
    in_browser(Scripts::Run, |driver| async move {
        let missed = open(&driver).await?;
        let wrong = choice(&driver, &missed, false).await?;
        give(&driver, &missed, &wrong).await?;
        let other = format!("form[data-kind=single]:not({missed})");
        let right = choice(&driver, &other, true).await?;
        give(&driver, &other, &right).await?;
        let score = text(&driver, ".quiz-score").await?;
        assert!(score.starts_with("1 of "), "{score}");

        click(&driver, ".quiz-missed").await?;
        assert_eq!(result(&driver, &missed).await?, "");
        assert_eq!(result(&driver, &other).await?, "right");
        let focused = eval(&driver, "return '#' + document.activeElement.form.id").await?;
        assert_eq!(focused, missed.as_str(), "it is there to be answered");
        let hidden = eval(
            &driver,
            "return document.querySelector('.quiz-missed').hidden",
        )
        .await?;
        assert_eq!(hidden, true, "nothing is missed any more");
        Ok(())
    })
    .await;
}

/// One rule, and one table of examples, for the terminal and for the browser.
#[tokio::test]
async fn a_number_is_read_as_the_terminal_reads_it() {
    in_browser(Scripts::Run, |driver| async move {
        open(&driver).await?;
        let table = include_str!("../../../../src/quiz/tests/numbers.json");
        let script = format!(
            "const read = ({{ text, answer }}) => readNumber(text, answer, 1e-9) ?? null;
             const wrong = (example) => read(example) !== example.number;
             return {table}.filter(wrong).map((example) => [example.text, read(example)])"
        );
        assert_eq!(eval(&driver, &script).await?, serde_json::json!([]));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn answers_are_taken_along_as_a_text() {
    const BOX: &str = "document.querySelector('.quiz-carry textarea')";
    in_browser(Scripts::Run, |driver| async move {
        let question = open(&driver).await?;
        let right = choice(&driver, &question, true).await?;
        give(&driver, &question, &right).await?;
        click(&driver, ".quiz-carry summary").await?;
        let shown = format!("return {BOX}.value");
        let answers = eval(&driver, &shown).await?;
        let answers = answers.as_str().expect("a text").to_owned();
        let carried: serde_json::Value = serde_json::from_str(&answers).expect("JSON");
        let id = question.trim_start_matches("#question-");
        assert_eq!(carried[id]["choices"][0], right.as_str(), "{answers}");

        // In a browser that knows nothing of it.
        eval(&driver, "localStorage.clear()").await?;
        driver.refresh().await?;
        assert_eq!(result(&driver, &question).await?, "");
        click(&driver, ".quiz-carry summary").await?;
        eval(&driver, &format!("{BOX}.value = '{{'")).await?;
        click(&driver, ".quiz-carry button").await?;
        let said = text(&driver, ".quiz-score").await?;
        assert_eq!(said, "Expected all of the text, with its braces.");
        eval(
            &driver,
            &format!("{BOX}.value = {}", serde_json::json!(answers)),
        )
        .await?;
        click(&driver, ".quiz-carry button").await?;
        assert_eq!(result(&driver, &question).await?, "right");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_question_inside_the_lesson_counts() {
    in_browser(Scripts::Run, |driver| async move {
        driver
            .goto(served(&page_with("class=\"quiz-inside\"")))
            .await?;
        let all = "return document.querySelectorAll('.quiz form').length";
        let all = eval(&driver, all).await?;
        let score = || text(&driver, ".quiz-score");
        assert_eq!(
            score().await?,
            format!("0 of {all} right, {all} to go"),
            "those inside and those at the end"
        );
        let inside = "main > .quiz > form";
        let id = eval(
            &driver,
            &format!("return document.querySelector('{inside}').id"),
        )
        .await?;
        let link = format!(".quiz-inside a[href='#{}']", id.as_str().expect("an id"));
        driver.find(By::Css(link)).await?;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn by_keyboard_a_right_answer_is_announced_and_no_page_is_turned() {
    in_browser(Scripts::Run, |driver| async move {
        let question = open(&driver).await?;
        let right = choice(&driver, &question, true).await?;
        let page = eval(&driver, "return location.pathname").await?;
        keys(&driver, &format!("{question} input"), " ").await?;
        let chosen = format!("{question} input:checked");
        for _ in 0..4 {
            if checked(&driver, &question).await? == right {
                break;
            }
            keys(&driver, &chosen, Key::Down).await?;
        }
        keys(&driver, &chosen, Key::Enter).await?;
        assert_eq!(result(&driver, &question).await?, "right");
        let live = format!("return document.querySelector('{question} .quiz-verdict').ariaLive");
        assert_eq!(eval(&driver, &live).await?, "polite");
        assert_eq!(eval(&driver, "return location.pathname").await?, page);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn questions_and_choices_come_in_another_order_each_time() {
    in_browser(Scripts::Run, |driver| async move {
        open(&driver).await?;
        let mut orders = Vec::new();
        for _ in 0..4 {
            driver.refresh().await?;
            let order = "return [...document.querySelectorAll('.quiz form')].map((form) =>
                [form.id, ...[...form.querySelectorAll('[type=radio]')].map((input) => input.value)].join(' '))";
            let order: Vec<String> = driver.execute(order, vec![]).await?.convert()?;
            orders.push(order);
        }
        let questions = |order: &[String]| {
            let id = |line: &String| line.split(' ').next().map(str::to_owned);
            order.iter().map(id).collect::<Vec<_>>()
        };
        let sorted = |order: &[String]| {
            let mut order = order.to_vec();
            order.sort();
            order
        };
        let first = &orders[0];
        let same = |order: &Vec<String>| questions(&sorted(order)) == questions(&sorted(first));
        assert!(orders.iter().all(same), "each is asked once: {orders:?}");
        assert!(orders.iter().any(|order| questions(order) != questions(first)), "questions: {orders:?}");
        assert!(orders.iter().any(|order| sorted(order) != sorted(first)), "choices: {orders:?}");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn without_javascript_the_answers_are_folded_below_the_questions() {
    in_browser(Scripts::Blocked, |driver| async move {
        driver
            .goto(on_disk(&page_with("data-kind=\"single\"")))
            .await?;
        click(&driver, "form[data-kind=single] summary").await?;
        let details = driver
            .find(By::Css("form[data-kind=single] details"))
            .await?;
        assert!(details.attr("open").await?.is_some());
        Ok(())
    })
    .await;
}

/// A command that keeps the last answers that it got.
const TERMINAL: &str = r#"#!/bin/sh
cd "$(dirname "$0")" || exit
case "$*" in
"quiz --export") cat answers.json ;;
"quiz --import -") cat > taken.json && mv taken.json answers.json ;;
esac
"#;

#[tokio::test]
async fn a_served_page_and_the_terminal_have_the_same_answers() {
    let course = root().join("target/browser/terminal");
    fs::create_dir_all(&course).expect("a folder");
    let command = course.join("terminal.sh");
    fs::write(&command, TERMINAL).expect("written");
    fs::set_permissions(&command, fs::Permissions::from_mode(0o755)).expect("it may be run");
    let answers = course.join("answers.json");
    fs::write(&answers, "{}").expect("written");
    let command = command.canonicalize().expect("it is there");
    let address = serve_book(Some(&command));
    let kept = |holds: fn(&Value) -> bool| {
        for _ in 0..3000 {
            let text = fs::read_to_string(&answers).expect("it can be read");
            let first = serde_json::from_str::<Value>(&text).ok();
            let first = first.and_then(|all| all.as_object()?.values().next().cloned());
            if first.as_ref().is_some_and(holds) {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("the terminal has {:?}", fs::read_to_string(&answers));
    };
    in_browser(Scripts::Run, |driver| async move {
        let page = format!("{address}{}", page_with("data-kind=\"single\""));
        driver.goto(&page).await?;
        let id = eval(&driver, &format!("return {FORM}.id")).await?;
        let question = format!("#{}", id.as_str().expect("an id"));
        let wrong = choice(&driver, &question, false).await?;
        give(&driver, &question, &wrong).await?;
        kept(|answer| answer["choices"].is_array());

        // A browser that has forgotten gets them from the terminal.
        eval(&driver, "localStorage.clear()").await?;
        driver.goto(&page).await?;
        assert_eq!(checked(&driver, &question).await?, wrong);
        assert_eq!(result(&driver, &question).await?, "wrong");

        click(&driver, ".quiz-reset").await?;
        kept(Value::is_null);
        driver.refresh().await?;
        assert_eq!(result(&driver, &question).await?, "");
        assert_eq!(complaints(&driver).await?, Vec::<String>::new());
        Ok(())
    })
    .await;
}
