//! A quiz is answered.

use crate::site::{Server, page_with};
use crate::webdriver::Browser;

const ENTER: &str = "\u{e007}";
const SPACE: &str = " ";
const DOWN: &str = "\u{e015}";

/// The first question with one right choice, by the id of its form.
const FORM: &str = "document.querySelector('form[data-kind=single]')";

/// Opens a quiz, and returns the selector of its first question with one right answer.
fn open(browser: &Browser, server: &Server) -> String {
    browser.open(&server.url(&page_with("data-kind=\"single\"")));
    let id = browser.run(&format!("return {FORM}.id"));
    format!("#{}", id.as_str().expect("an id"))
}

/// The value of a choice of this question that is right, or that is wrong.
fn choice(browser: &Browser, question: &str, right: bool) -> String {
    let script = format!(
        "const reasons = [...document.querySelectorAll('{question} details li')];
         return String(reasons.findIndex((li) => ('right' in li.dataset) === {right}))"
    );
    browser.run(&script).as_str().expect("an index").to_owned()
}

fn result(browser: &Browser, question: &str) -> String {
    let result = browser.run(&format!("return document.querySelector('{question}').dataset.result || ''"));
    result.as_str().expect("a result").to_owned()
}

#[test]
#[ignore = "needs chromium and chromedriver: cargo test --test browser -- --ignored"]
fn by_mouse_a_wrong_answer_shows_its_reason_and_survives_a_reload() {
    let (browser, server) = (Browser::start(true), Server::start());
    let question = open(&browser, &server);
    let wrong = choice(&browser, &question, false);
    browser.click(&browser.find(&format!("{question} label:has(input[value='{wrong}'])")));
    browser.click(&browser.find(&format!("{question} button")));
    assert_eq!(result(&browser, &question), "wrong");
    let reason = browser.run(&format!(
        "return document.querySelectorAll('{question} details .quiz-why')[{wrong}].textContent.slice(0, 30)"
    ));
    let verdict = browser.text(&format!("{question} .quiz-verdict"));
    assert!(verdict.starts_with("Not quite."), "{verdict}");
    let shown =
        browser.run(&format!("return document.querySelector('{question} .quiz-verdict').textContent"));
    assert!(shown.as_str().expect("text").contains(reason.as_str().expect("a reason")), "{shown}");

    browser.reload();
    assert_eq!(result(&browser, &question), "wrong");
    let checked = browser.run(&format!("return document.querySelector('{question} input:checked').value"));
    assert_eq!(checked, wrong.as_str());

    browser.click(&browser.find(".quiz-reset"));
    assert_eq!(result(&browser, &question), "");
    browser.reload();
    assert_eq!(result(&browser, &question), "", "what was reset stays so");
}

#[test]
#[ignore = "needs chromium and chromedriver: cargo test --test browser -- --ignored"]
fn by_keyboard_a_right_answer_is_announced_and_no_page_is_turned() {
    let (browser, server) = (Browser::start(true), Server::start());
    let question = open(&browser, &server);
    let right = choice(&browser, &question, true);
    let page = browser.run("return location.pathname");
    browser.keys(&browser.find(&format!("{question} input")), SPACE);
    let checked = || browser.run(&format!("return document.querySelector('{question} input:checked').value"));
    for _ in 0..4 {
        if checked() == right.as_str() {
            break;
        }
        browser.keys(&browser.find(&format!("{question} input:checked")), DOWN);
    }
    browser.keys(&browser.find(&format!("{question} input:checked")), ENTER);
    assert_eq!(result(&browser, &question), "right");
    let live = browser.run(&format!("return document.querySelector('{question} .quiz-verdict').ariaLive"));
    assert_eq!(live, "polite");
    assert_eq!(browser.run("return location.pathname"), page);
}

#[test]
#[ignore = "needs chromium and chromedriver: cargo test --test browser -- --ignored"]
fn without_javascript_the_answers_are_folded_below_the_questions() {
    let browser = Browser::start(false);
    browser.open(&crate::site::on_disk(&page_with("data-kind=\"single\"")));
    let summary = browser.find("form[data-kind=single] summary");
    browser.click(&summary);
    assert!(browser.is_open("form[data-kind=single] details"));
}
