//! The book on paper.

use thirtyfour::prelude::*;

use crate::browser::{Scripts, eval, in_browser, resize};
use crate::site::{pages, served};

/// Lays pages out as for paper from now on.
async fn print(driver: &WebDriver) -> WebDriverResult<()> {
    let media = serde_json::json!({ "media": "print" });
    driver
        .cdp()
        .send_raw("Emulation.setEmulatedMedia", media)
        .await?;
    Ok(())
}

#[tokio::test]
async fn the_text_begins_at_the_margin_and_nothing_stays_folded() {
    in_browser(Scripts::Run, |driver| async move {
        // As wide as a sheet of A4; the sidebar is open, as it is by default on a wide window.
        resize(&driver, 1280, 1000).await?;
        print(&driver).await?;
        for page in pages() {
            driver.goto(served(&page)).await?;
            let laid_out = "
                const main = document.querySelector('main').getBoundingClientRect();
                const folded = [...document.querySelectorAll('details:not([hidden])')].filter((details) =>
                    details.checkVisibility() && !details.open && details.lastElementChild.checkVisibility({ contentVisibilityAuto: true }) === false);
                return [document.querySelector('#mdbook-sidebar-toggle-anchor').checked, main.left < 20, main.right <= 1280,
                    folded.length]";
            assert_eq!(
                eval(&driver, laid_out).await?,
                serde_json::json!([true, true, true, 0]),
                "{page}"
            );
        }
        Ok(())
    })
    .await;
}
