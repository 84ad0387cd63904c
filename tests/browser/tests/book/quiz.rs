//! A quiz is answered.

use std::fs;

use thirtyfour::prelude::*;

use crate::browser::{Scripts, click, complaints, eval, in_browser, keys, text};
use crate::site::{built, on_disk, page_with, served};

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
         return String(reasons.findIndex((li) => ('right' in li.dataset) === {right}))"
    );
    Ok(eval(driver, &script)
        .await?
        .as_str()
        .expect("an index")
        .to_owned())
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
        click(&driver, &format!("{question} label:has(input[value='{wrong}'])")).await?;
        click(&driver, &format!("{question} button")).await?;
        assert_eq!(result(&driver, &question).await?, "wrong");
        let reason = format!(
            "return document.querySelectorAll('{question} details .quiz-why')[{wrong}].textContent.slice(0, 30)"
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

/// Writes another edition of a page beside it: the last choice of a question comes first, and so every choice has another
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

/// Moves the last choice of a form to the front, with its reason, and numbers them anew.
fn reordered(form: &str) -> String {
    let (before, answers) = form.split_once("<details>").expect("the answers");
    let mut inputs = last_first(before, "<label>", "</label>");
    let choices = inputs.matches("<label>").count();
    // The last comes first, and all others one place later.
    for place in 0..choices {
        let (from, to) = (
            format!("value=\"{place}\""),
            format!("value=\"new {}\"", (place + 1) % choices),
        );
        inputs = inputs.replacen(&from, &to, 1);
    }
    let answers = last_first(answers, "<li", "</li>");
    [
        &inputs.replace("value=\"new ", "value=\""),
        "<details>",
        &answers,
    ]
    .concat()
}

#[tokio::test]
async fn an_answer_stays_with_its_choice_in_another_edition() {
    in_browser(Scripts::Run, |driver| async move {
        let page = page_with("data-kind=\"single\"");
        driver.goto(on_disk(&page)).await?;
        let id = eval(&driver, &format!("return {FORM}.id")).await?;
        let id = id.as_str().expect("an id");
        let question = format!("#{id}");
        let key =
            format!("return document.querySelector('{question} input:checked')?.dataset.key ?? ''");
        let wrong = choice(&driver, &question, false).await?;
        click(
            &driver,
            &format!("{question} label:has(input[value='{wrong}'])"),
        )
        .await?;
        click(&driver, &format!("{question} button")).await?;
        let chosen = eval(&driver, &key).await?;
        let chosen = chosen.as_str().expect("a key").to_owned();
        assert_eq!(chosen.len(), 16, "{chosen}");

        let edition = other_edition(&page, id, reordered);
        driver.goto(on_disk(&edition)).await?;
        assert_eq!(eval(&driver, &key).await?, chosen.as_str());
        assert_ne!(
            checked(&driver, &question).await?,
            wrong,
            "its place is another"
        );
        assert_eq!(result(&driver, &question).await?, "wrong");

        // What was chosen has been reworded, or the question has: it is open again.
        let prompt = eval(
            &driver,
            &format!("return document.querySelector('{question}').dataset.key"),
        )
        .await?;
        for gone in [chosen.as_str(), prompt.as_str().expect("a key")] {
            driver.goto(on_disk(&page)).await?;
            click(
                &driver,
                &format!("{question} label:has(input[value='{wrong}'])"),
            )
            .await?;
            click(&driver, &format!("{question} button")).await?;
            let edition = other_edition(&page, id, |form| form.replace(gone, "0123456789abcdef"));
            driver.goto(on_disk(&edition)).await?;
            assert_eq!(result(&driver, &question).await?, "");
            assert_eq!(eval(&driver, &key).await?, "");
        }

        // Earlier editions kept places; and anything may stand there.
        let item = format!("attentive.quiz.{}", id.trim_start_matches("question-"));
        for kept in [
            "[\"0\"]",
            "[0]",
            "null",
            "7",
            "{",
            "{}",
            "{\"question\":1}",
            &format!("{{\"question\":{prompt},\"answer\":5}}"),
            &format!("{{\"question\":{prompt},\"answer\":[null]}}"),
        ] {
            let store = format!("localStorage.setItem('{item}', '{kept}')");
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
