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

/// The numbers of the table, row by row: the weights, the entropy, the change of the output in percent. What is masked is NaN.
async fn numbers(driver: &WebDriver) -> WebDriverResult<Vec<Vec<f64>>> {
    table(driver, "attention-explorer").await
}

/// The numbers of the tables in the elements of a selector, row by row.
async fn table(driver: &WebDriver, within: &str) -> WebDriverResult<Vec<Vec<f64>>> {
    let script = format!(
        "return [...document.querySelectorAll('{within} tbody tr')]
           .map((tr) => [...tr.querySelectorAll('td')].map((td) => td.textContent.replace('−', '-')))"
    );
    let texts: Vec<Vec<String>> = driver.execute(script, vec![]).await?.convert()?;
    let number = |text: &String| match text.split(' ').next() {
        Some("–") => f64::NAN,
        Some(number) => number.parse().unwrap_or_else(|_| panic!("{text}")),
        None => panic!("no number"),
    };
    Ok(texts
        .iter()
        .map(|row| row.iter().map(number).collect())
        .collect())
}

/// The tokens of the rows, from above.
async fn tokens(driver: &WebDriver) -> WebDriverResult<Vec<String>> {
    let script = "return [...document.querySelectorAll('attention-explorer tbody th')]
        .map((th) => th.textContent.trim())";
    driver.execute(script, vec![]).await?.convert()
}

/// Adds up the weights of a row; those that are masked are none.
fn total(row: &[f64]) -> f64 {
    row.iter().filter(|weight| !weight.is_nan()).sum()
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
                    // Rounded up or down, so that a row adds up.
                    assert!(
                        (weight - still).abs() < 0.01,
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
        click_on(&driver, "name=restart").await?;
        set(&driver, "scale", "value = 0").await?;
        let unscaled = numbers(&driver).await?;
        assert!(
            unscaled[5][entropy] < start[5][entropy],
            "without a scale the weights are sharper"
        );

        click_on(&driver, "name=restart").await?;
        click_on(&driver, "name=causal").await?;
        for (query, row) in numbers(&driver).await?.iter().enumerate() {
            let (past, future) = row[..entropy].split_at(query + 1);
            assert!(
                future.iter().all(|weight| weight.is_nan()) && !past.iter().any(|w| w.is_nan()),
                "row {query} sees the future"
            );
        }
        click_on(&driver, "name=causal").await?;
        click_on(&driver, "name=padding").await?;
        assert!(numbers(&driver).await?.iter().all(|row| row[8].is_nan()));

        click_on(&driver, "name=restart").await?;
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
async fn rows_add_up_to_one() {
    in_browser(Scripts::Run, |driver| async move {
        for name in ["attention", "multi-head", "positions"] {
            open(&driver, name).await?;
            for heat in ["1", "0.7", "2.3", "4"] {
                set(&driver, "heat", &format!("value = {heat}")).await?;
                for row in numbers(&driver).await? {
                    let total = total(&row[..row.len() - 2]);
                    assert!((total - 1.0).abs() < 1e-9, "{name} at {heat}: {total}");
                }
            }
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn an_output_is_compared_with_that_before_the_change() {
    in_browser(Scripts::Run, |driver| async move {
        open(&driver, "attention").await?;
        let change = numbers(&driver).await?[0].len() - 1;
        click_on(&driver, "name=causal").await?;
        let first = numbers(&driver).await?;
        assert!(first[0][change] > 0.0);
        assert_eq!(first[8][change], 0.0, "the last token sees all, as before");
        // What changes nothing is compared with the causal mask, not with the page's first state.
        set(&driver, "step", "value = 0").await?;
        assert!(numbers(&driver).await?.iter().all(|row| row[change] == 0.0));
        click_on(&driver, "name=causal").await?;
        let back = numbers(&driver).await?;
        assert!(back[0][change] > 0.0, "taking it away is a change, too");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn every_step_is_shown() {
    in_browser(Scripts::Run, |driver| async move {
        open(&driver, "attention").await?;
        click_on(&driver, "name=causal").await?;
        let mut steps = Vec::new();
        for step in 0..5 {
            set(&driver, "step", &format!("value = {step}")).await?;
            steps.push(numbers(&driver).await?);
        }
        for (query, row) in steps[0].iter().enumerate() {
            for key in 0..9 {
                // Two decimals are shown.
                assert!(
                    (row[key] / 2.0 - steps[1][query][key]).abs() < 0.0101,
                    "√4 is 2"
                );
                assert_eq!(steps[2][query][key].is_nan(), key > query);
                assert_eq!(steps[3][query][key].is_nan(), key > query);
            }
            assert_eq!(steps[4][query].len(), 4 + 2, "an output has four features");
        }
        let headings = text(&driver, "attention-explorer thead").await?;
        assert!(headings.contains("alive"), "{headings}");
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
        let first = numbers(&driver).await?;
        click_on(&driver, "value=\"1\"").await?;
        let second = numbers(&driver).await?;
        assert_ne!(first, second, "heads differ");
        let cells =
            "return [...document.querySelectorAll('.thumbnail')].map((t) => t.children.length)";
        assert_eq!(eval(&driver, cells).await?, serde_json::json!([81, 81]));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_row_is_pinned_by_a_click_or_by_keys_and_only_previewed_by_the_pointer() {
    in_browser(Scripts::Run, |driver| async move {
        open(&driver, "attention").await?;
        let said = || text(&driver, "attention-explorer [aria-live]");
        let row = |nth: usize| format!("attention-explorer tbody tr:nth-child({nth})");
        let first = said().await?;
        assert!(first.starts_with("“it” reads mostly “animal”"), "{first}");

        // On the way to a control, the pointer crosses the table.
        let over = |nth| driver.find(By::Css(row(nth)));
        driver
            .action_chain()
            .move_to_element_center(&over(2).await?)
            .perform()
            .await?;
        let preview = said().await?;
        assert!(preview.starts_with("“animal”"), "{preview}");
        let control = driver
            .find(By::Css("attention-explorer [name=causal]"))
            .await?;
        driver
            .action_chain()
            .move_to_element_center(&control)
            .perform()
            .await?;
        assert_eq!(said().await?, first, "nothing was pinned");

        click(&driver, &format!("{} td", row(2))).await?;
        click_on(&driver, "name=causal").await?;
        let pinned = said().await?;
        assert!(pinned.starts_with("“animal”"), "{pinned}");
        click_on(&driver, "name=shuffle").await?;
        let shuffled = said().await?;
        assert!(
            shuffled.starts_with("“animal”"),
            "the token stays pinned, not its place"
        );

        click_on(&driver, "name=restart").await?;
        keys(&driver, &format!("{} input", row(2)), Key::Down).await?;
        let below = said().await?;
        assert!(below.starts_with("“left”"), "{below}");
        let state = "const p = document.querySelector('attention-explorer [aria-live]');
            const rows = [...document.querySelectorAll('attention-explorer tbody input')];
            return [p.ariaLive, rows.findIndex((row) => row.checked), rows.length]";
        assert_eq!(
            eval(&driver, state).await?,
            serde_json::json!(["polite", 2, 9]),
            "a screen reader is told which row it is"
        );
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_sentence_of_ones_own_is_read_as_words_and_never_as_html() {
    in_browser(Scripts::Run, |driver| async move {
        open(&driver, "attention").await?;
        set(&driver, "sentence", "value = 'a cat saw it <b>'").await?;
        assert_eq!(tokens(&driver).await?, ["a", "cat", "saw", "it", "b"]);
        let said = text(&driver, "attention-explorer [aria-live]").await?;
        assert!(said.contains("of at most 2.32 bits"), "five words: {said}");
        keys(
            &driver,
            "attention-explorer tbody tr:nth-child(3) input",
            Key::Down,
        )
        .await?;
        let said = text(&driver, "attention-explorer [aria-live]").await?;
        assert!(said.starts_with("“it” reads mostly “cat”"), "{said}");
        set(&driver, "sentence", "value = ''").await?;
        assert_eq!(tokens(&driver).await?, ["…"]);
        set(&driver, "sentence", "value = 'x '.repeat(30)").await?;
        assert_eq!(tokens(&driver).await?.len(), 9, "positions go so far");
        click_on(&driver, "name=restart").await?;
        assert_eq!(tokens(&driver).await?[5], "it");
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
