//! The forecaster of the carbon dioxide over Mauna Loa, whose errors the lesson on time series shows.

use std::fs;

use time_series::Errors;
use time_series::experiment::CO2;
use time_series::series::{Gaps, read};

use crate::book;
use crate::program::fetch;

/// The share by which the errors of the model may differ from those on the page: after some hundred steps, a different
/// order of summation has become a slightly different model.
const SHARE: f32 = 0.15;

/// MAE and RMSE in the row of the page's table that begins with `name`.
fn shown(page: &str, name: &str) -> [f32; 2] {
    let start = format!("| {name} | ");
    let row = page
        .lines()
        .rfind(|line| line.starts_with(&start))
        .unwrap_or_else(|| panic!("no row `{name}`"));
    let numbers: Vec<f32> = row[start.len()..]
        .split('|')
        .filter_map(|cell| cell.trim().parse().ok())
        .collect();
    numbers.try_into().expect("two numbers")
}

/// A number of weeks as the page writes it.
fn grouped(number: usize) -> String {
    format!("{},{:03}", number / 1000, number % 1000)
}

#[test]
fn the_forecaster_of_co2_beats_the_naive_forecasts_as_the_page_says() {
    let text = fs::read_to_string(fetch("co2").join("co2.csv")).expect("a table");
    let page = fs::read_to_string(book().join("src/time-series.md")).expect("the page");

    let error = read(&text, "co2", Gaps::Refuse).expect_err("weeks are missing");
    assert!(page.contains(&format!("\n{error}\n")), "{error}");

    let series = read(&text, "co2", Gaps::RepeatLast).expect("a series");
    let weeks = format!(
        "The first {} of the {} weeks",
        grouped(CO2.split),
        grouped(series.len())
    );
    assert!(page.contains(&weeks), "{weeks}");
    let outcome = CO2.run(series.view());
    let rows: [(&str, &Errors); 4] = [
        ("last value", &outcome.last),
        ("last season", &outcome.seasonal),
        ("last season with its rise", &outcome.risen),
        ("mean", &outcome.mean),
    ];
    for (name, errors) in rows {
        let [mae, rmse] = shown(&page, name);
        // The page has two decimals.
        assert!((errors.mae - mae).abs() < 0.006, "{name}: {}", errors.mae);
        assert!(
            (errors.rmse - rmse).abs() < 0.006,
            "{name}: {}",
            errors.rmse
        );
        assert!(outcome.model.rmse < errors.rmse, "{name}: {outcome:?}");
    }
    let [mae, rmse] = shown(&page, "model");
    assert!(
        (outcome.model.mae / mae - 1.0).abs() < SHARE,
        "{}",
        outcome.model.mae
    );
    assert!(
        (outcome.model.rmse / rmse - 1.0).abs() < SHARE,
        "{}",
        outcome.model.rmse
    );

    // Patches of a quarter: four of them are a year.
    let a_year_apart = outcome.reading.rows().into_iter().any(|head| {
        let pairs = head.iter().zip(head.iter().skip(4));
        pairs.into_iter().any(|(old, new)| old.min(*new) > 0.25)
    });
    assert!(a_year_apart, "{}", outcome.reading);
}
