//! The pages for instructors and students that a graded class gets, as the tests of `attentive-batch` store them.

use serde_json::json;
use thirtyfour::prelude::*;

use crate::axe::serious_violations;
use crate::browser::{
    Scripts, click, complaints, eval, in_browser, keys, print_media, requests, resize, text,
};
use crate::site::root;

/// Width of A4 without its margins of 15 mm, in pixels.
const A4: u32 = 680;

/// The URL of a page that is stored by a test of the module `report::NAME`.
fn stored(name: &str) -> String {
    let file = format!(
        "src/batch/src/report/{name}/snapshots/attentive_batch__report__{name}__tests__{name}.snap.html"
    );
    let file = root().join(file).canonicalize();
    format!("file://{}", file.expect("a stored page").display())
}

/// The first column of the grades that are shown, from top to bottom.
async fn students(driver: &WebDriver) -> WebDriverResult<Vec<String>> {
    let script = "return [...document.querySelectorAll('table.grades tbody tr')]
        .filter((row) => !row.hidden).map((row) => row.cells[0].textContent)";
    Ok(serde_json::from_value(eval(driver, script).await?).expect("a list of texts"))
}

#[tokio::test]
async fn a_class_is_sorted_and_filtered() {
    in_browser(Scripts::Run, |driver| async move {
        driver.goto(stored("class")).await?;
        let first = students(&driver).await?;
        assert_eq!(first[..2], ["ada", "ben"]);

        let points = "table.grades th:nth-child(3) button";
        click(&driver, points).await?;
        let sorted = students(&driver).await?;
        assert_eq!(sorted[..2], ["ada", "<script>alert(1)</script>"]);
        click(&driver, points).await?;
        assert_eq!(students(&driver).await?.last().map(String::as_str), Some("ada"));
        let aria = "return document.querySelector('table.grades [aria-sort]').ariaSort";
        assert_eq!(eval(&driver, aria).await?, "ascending");

        keys(&driver, ".tools input", "e").await?;
        let named = students(&driver).await?;
        assert!(named.len() == 4 && !named.contains(&"dan".to_owned()), "{named:?}");
        let choose = |nth: usize, value: &str| {
            format!(
                "const select = document.querySelectorAll('.tools select')[{nth}];
                 select.value = '{value}'; select.dispatchEvent(new Event('input', {{ bubbles: true }}))"
            )
        };
        eval(&driver, &choose(1, "failed")).await?;
        eval(&driver, &choose(0, "06-masks")).await?;
        let failed = students(&driver).await?;
        assert_eq!(failed, ["ben", "<script>alert(1)</script>"]);
        assert_eq!(text(&driver, ".tools output").await?, "2 of 6 shown");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_class_is_whole_without_scripts_and_asks_for_nothing() {
    in_browser(Scripts::Blocked, |driver| async move {
        driver.goto(stored("class")).await?;
        assert_eq!(students(&driver).await?.len(), 6);
        assert!(!driver.find(By::Css(".tools")).await?.is_displayed().await?);
        // Behind each number are the names.
        assert!(!text(&driver, "table.heat").await?.contains("cleo"));
        click(&driver, "table.heat td.h5 summary").await?;
        assert!(text(&driver, "table.heat td.h5").await?.contains("cleo"));
        for request in requests(&driver).await? {
            assert!(
                request.starts_with("file:") || request.starts_with("data:"),
                "{request}"
            );
        }
        assert_eq!(complaints(&driver).await?, [] as [String; 0]);
        Ok(())
    })
    .await;
}

/// Lists what is wider than its box, and so would be cut off on paper.
const CUT_OFF: &str = "return [document.documentElement, ...document.querySelectorAll('pre, table, .scroll, .picture')]
    .filter((box) => box.scrollWidth > box.clientWidth + 1)
    .map((box) => `${box.tagName} ${box.className}: ${box.scrollWidth} in ${box.clientWidth}`)";

#[tokio::test]
async fn on_paper_no_line_loses_its_end() {
    in_browser(Scripts::Run, |driver| async move {
        for page in ["student", "class"] {
            driver.goto(stored(page)).await?;
            resize(&driver, A4, 960).await?;
            print_media(&driver).await?;
            let cut_off = eval(&driver, CUT_OFF).await?;
            assert_eq!(cut_off, json!([]), "{page}");
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn axe_finds_no_serious_violation_in_a_report() {
    in_browser(Scripts::Run, |driver| async move {
        for theme in ["light", "dark"] {
            let preferred =
                json!({ "features": [{ "name": "prefers-color-scheme", "value": theme }] });
            for page in ["student", "class"] {
                driver.goto(stored(page)).await?;
                driver
                    .cdp()
                    .send_raw("Emulation.setEmulatedMedia", preferred.clone())
                    .await?;
                let unfold =
                    "document.querySelectorAll('details').forEach((it) => (it.open = true))";
                eval(&driver, unfold).await?;
                let found = serious_violations(&driver, theme).await?;
                assert_eq!(found, [] as [String; 0], "{page} in {theme}");
            }
        }
        Ok(())
    })
    .await;
}
