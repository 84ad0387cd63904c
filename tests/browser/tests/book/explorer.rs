//! Attention is explored.

use thirtyfour::prelude::*;

use crate::browser::{Scripts, click, eval, in_browser, keys, resize, text};
use crate::site::{on_disk, page_with, served};

async fn open(driver: &WebDriver, name: &str) -> WebDriverResult<()> {
    resize(driver, 1280, 1000).await?;
    driver
        .goto(served(&page_with(&format!("id=\"explorer-{name}\""))))
        .await
}

/// The numbers of the table, row by row: the weights, the entropy, the change of the output in percent.
async fn numbers(driver: &WebDriver) -> WebDriverResult<Vec<Vec<f64>>> {
    table(driver, "attention-explorer").await
}

/// The numbers of the tables in the elements of a selector, row by row.
async fn table(driver: &WebDriver, within: &str) -> WebDriverResult<Vec<Vec<f64>>> {
    let script = format!(
        "return [...document.querySelectorAll('{within} tbody tr')]
           .map((tr) => [...tr.querySelectorAll('td')].map((td) => parseFloat(td.textContent)))"
    );
    driver.execute(script, vec![]).await?.convert()
}

async fn set(driver: &WebDriver, control: &str, property: &str) -> WebDriverResult<()> {
    let script = format!(
        "const control = document.querySelector('attention-explorer form').elements['{control}'];
         control.{property}; control.dispatchEvent(new Event('input', {{ bubbles: true }}))"
    );
    eval(driver, &script).await?;
    Ok(())
}

async fn click_on(driver: &WebDriver, control: &str) -> WebDriverResult<()> {
    click(driver, &format!("attention-explorer [{control}]")).await
}

#[tokio::test]
async fn it_begins_with_the_weights_of_the_solution() {
    in_browser(Scripts::Run, |driver| async move {
        for name in ["attention", "multi-head", "positions"] {
            open(&driver, name).await?;
            let still = table(&driver, ".explorer details").await?;
            for (row, still) in numbers(&driver).await?.iter().zip(&still) {
                for (weight, still) in row.iter().zip(still) {
                    assert!(
                        (weight - still).abs() < 0.0062,
                        "{name}: {weight} for {still}"
                    );
                }
            }
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn settings_change_weights_entropy_and_output() {
    in_browser(Scripts::Run, |driver| async move {
        open(&driver, "attention").await?;
        let start = numbers(&driver).await?;
        let (entropy, change) = (start[0].len() - 2, start[0].len() - 1);
        assert!(start.iter().all(|row| row[change] == 0.0));

        set(&driver, "heat", "value = 4").await?;
        let hot = numbers(&driver).await?;
        assert!(hot[5][entropy] > start[5][entropy] && hot[5][change] > 0.0);
        click_on(&driver, "type=reset").await?;
        set(&driver, "scale", "value = 0").await?;
        let unscaled = numbers(&driver).await?;
        assert!(
            unscaled[5][entropy] < start[5][entropy],
            "without a scale the weights are sharper"
        );

        click_on(&driver, "type=reset").await?;
        click_on(&driver, "name=causal").await?;
        for (query, row) in numbers(&driver).await?.iter().enumerate() {
            let future = &row[query + 1..entropy];
            assert!(
                future.iter().all(|&weight| weight == 0.0),
                "row {query} sees the future"
            );
            assert!((row[..entropy].iter().sum::<f64>() - 1.0).abs() < 0.05);
        }
        click_on(&driver, "name=causal").await?;
        click_on(&driver, "name=padding").await?;
        assert!(numbers(&driver).await?.iter().all(|row| row[8] == 0.0));

        click_on(&driver, "type=reset").await?;
        click_on(&driver, "name=shuffle").await?;
        let shuffled = numbers(&driver).await?;
        assert!(
            shuffled.iter().all(|row| row[change] == 0.0),
            "without positions, order does not matter"
        );
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn with_positions_order_matters() {
    in_browser(Scripts::Run, |driver| async move {
        open(&driver, "positions").await?;
        let change = numbers(&driver).await?[0].len() - 1;
        click_on(&driver, "name=shuffle").await?;
        assert!(numbers(&driver).await?.iter().any(|row| row[change] > 0.0));
        set(&driver, "head", "value = 1").await?;
        let other = numbers(&driver).await?;
        set(&driver, "head", "value = 0").await?;
        assert_ne!(numbers(&driver).await?, other, "heads differ");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn rows_are_chosen_by_pointer_and_by_keyboard_and_said_aloud() {
    in_browser(Scripts::Run, |driver| async move {
        open(&driver, "attention").await?;
        let said = || text(&driver, "attention-explorer p");
        let first = said().await?;
        assert!(first.starts_with("“it” reads mostly “animal”"), "{first}");
        click_on(&driver, "scope=row] button[type=button").await?;
        let clicked = said().await?;
        assert!(clicked.starts_with("“the”"), "{clicked}");
        keys(&driver, "attention-explorer tbody button", Key::Down).await?;
        let below = said().await?;
        assert!(below.starts_with("“animal”"), "{below}");
        let live = eval(
            &driver,
            "return document.querySelector('attention-explorer p').ariaLive",
        )
        .await?;
        assert_eq!(live, "polite");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn without_javascript_the_same_figure_stands_still() {
    in_browser(Scripts::Blocked, |driver| async move {
        driver
            .goto(on_disk(&page_with("id=\"explorer-attention\"")))
            .await?;
        driver.find(By::Css("attention-explorer svg.plot")).await?;
        Ok(())
    })
    .await;
}
