//! Attention is explored.

use serde_json::Value;

use crate::site::{Server, on_disk, page_with};
use crate::webdriver::Browser;

const DOWN: &str = "\u{e015}";

fn open(browser: &Browser, server: &Server, name: &str) {
    browser.open(&server.url(&page_with(&format!("id=\"explorer-{name}\""))));
    browser.resize(1280, 1000);
}

/// The numbers of the table, row by row: the weights, the entropy, the change of the output in percent.
fn numbers(browser: &Browser) -> Vec<Vec<f64>> {
    let rows = browser.run(
        "return [...document.querySelectorAll('attention-explorer tbody tr')]
           .map((tr) => [...tr.querySelectorAll('td')].map((td) => parseFloat(td.textContent)))",
    );
    let row = |row: &Value| row.as_array().expect("a row").iter().filter_map(Value::as_f64).collect();
    rows.as_array().expect("rows").iter().map(row).collect()
}

fn set(browser: &Browser, control: &str, property: &str) {
    browser.run(&format!(
        "const control = document.querySelector('attention-explorer form').elements['{control}'];
         control.{property}; control.dispatchEvent(new Event('input', {{ bubbles: true }}))"
    ));
}

fn click(browser: &Browser, control: &str) {
    let element = browser.find(&format!("attention-explorer [{control}]"));
    browser.click(&element);
}

#[test]
#[ignore = "needs chromium and chromedriver: cargo test --test browser -- --ignored"]
fn it_begins_with_the_weights_of_the_solution() {
    let (browser, server) = (Browser::start(true), Server::start());
    for name in ["attention", "multi-head", "positions"] {
        open(&browser, &server, name);
        let still = browser.run(
            "return [...document.querySelectorAll('.explorer details tbody tr')]
               .map((tr) => [...tr.querySelectorAll('td')].map((td) => parseFloat(td.textContent)))",
        );
        for (row, still) in numbers(&browser).iter().zip(still.as_array().expect("rows")) {
            for (weight, still) in row.iter().zip(still.as_array().expect("a row")) {
                assert!(
                    (weight - still.as_f64().expect("a number")).abs() < 0.0062,
                    "{name}: {weight} for {still}"
                );
            }
        }
    }
}

#[test]
#[ignore = "needs chromium and chromedriver: cargo test --test browser -- --ignored"]
fn settings_change_weights_entropy_and_output() {
    let (browser, server) = (Browser::start(true), Server::start());
    open(&browser, &server, "attention");
    let start = numbers(&browser);
    let (entropy, change) = (start[0].len() - 2, start[0].len() - 1);
    assert!(start.iter().all(|row| row[change] == 0.0));

    set(&browser, "heat", "value = 4");
    let hot = numbers(&browser);
    assert!(hot[5][entropy] > start[5][entropy] && hot[5][change] > 0.0);
    click(&browser, "type=reset");
    set(&browser, "scale", "value = 0");
    assert!(numbers(&browser)[5][entropy] < start[5][entropy], "without a scale the weights are sharper");

    click(&browser, "type=reset");
    click(&browser, "name=causal");
    for (query, row) in numbers(&browser).iter().enumerate() {
        assert!(row[query + 1..entropy].iter().all(|&weight| weight == 0.0), "row {query} sees the future");
        assert!((row[..entropy].iter().sum::<f64>() - 1.0).abs() < 0.05);
    }
    click(&browser, "name=causal");
    click(&browser, "name=padding");
    assert!(numbers(&browser).iter().all(|row| row[8] == 0.0));

    click(&browser, "type=reset");
    click(&browser, "name=shuffle");
    let shuffled = numbers(&browser);
    assert!(shuffled.iter().all(|row| row[change] == 0.0), "without positions, order does not matter");
}

#[test]
#[ignore = "needs chromium and chromedriver: cargo test --test browser -- --ignored"]
fn with_positions_order_matters() {
    let (browser, server) = (Browser::start(true), Server::start());
    open(&browser, &server, "positions");
    let change = numbers(&browser)[0].len() - 1;
    click(&browser, "name=shuffle");
    assert!(numbers(&browser).iter().any(|row| row[change] > 0.0));
    set(&browser, "head", "value = 1");
    let other = numbers(&browser);
    set(&browser, "head", "value = 0");
    assert_ne!(numbers(&browser), other, "heads differ");
}

#[test]
#[ignore = "needs chromium and chromedriver: cargo test --test browser -- --ignored"]
fn rows_are_chosen_by_pointer_and_by_keyboard_and_said_aloud() {
    let (browser, server) = (Browser::start(true), Server::start());
    open(&browser, &server, "attention");
    let said = || browser.text("attention-explorer p");
    assert!(said().starts_with("“it” reads mostly “animal”"), "{}", said());
    click(&browser, "scope=row] button[type=button");
    assert!(said().starts_with("“the”"), "{}", said());
    browser.keys(&browser.find("attention-explorer tbody button"), DOWN);
    assert!(said().starts_with("“animal”"), "{}", said());
    let live = browser.run("return document.querySelector('attention-explorer p').ariaLive");
    assert_eq!(live, "polite");
}

#[test]
#[ignore = "needs chromium and chromedriver: cargo test --test browser -- --ignored"]
fn without_javascript_the_same_figure_stands_still() {
    let browser = Browser::start(false);
    browser.open(&on_disk(&page_with("id=\"explorer-attention\"")));
    browser.find("attention-explorer svg.plot");
}
