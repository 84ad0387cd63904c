//! A quiz is answered.

use thirtyfour::prelude::*;

use crate::browser::{Scripts, click, eval, in_browser, keys, text};
use crate::site::{on_disk, page_with, served};

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
