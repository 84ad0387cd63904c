//! The book is read with a keyboard.

use thirtyfour::prelude::*;

use crate::browser::{Scripts, eval, in_browser, keys, resize};
use crate::site::{page_with, served};

/// Sends a key to what has the focus.
async fn press(driver: &WebDriver, key: Key) -> WebDriverResult<()> {
    driver.action_chain().send_keys(key).perform().await
}

async fn path(driver: &WebDriver) -> WebDriverResult<String> {
    let path = eval(driver, "return location.pathname").await?;
    Ok(path.as_str().expect("a path").to_owned())
}

#[tokio::test]
async fn the_first_stop_leads_past_the_menu_to_the_text() {
    in_browser(Scripts::Run, |driver| async move {
        resize(&driver, 1280, 800).await?;
        driver.goto(served("softmax.html")).await?;
        press(&driver, Key::Tab).await?;
        let shown = "const link = document.activeElement, box = link.getBoundingClientRect();
            return [link.textContent, box.top >= 0 && box.left >= 0]";
        assert_eq!(
            eval(&driver, shown).await?,
            serde_json::json!(["Skip to the text", true])
        );
        press(&driver, Key::Enter).await?;
        press(&driver, Key::Tab).await?;
        let inside = "return document.querySelector('main').contains(document.activeElement)";
        assert_eq!(eval(&driver, inside).await?, true);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn arrows_scroll_what_is_wide_and_turn_pages_elsewhere() {
    in_browser(Scripts::Run, |driver| async move {
        resize(&driver, 360, 800).await?;
        let page = page_with("class=\"table-wrapper\"");
        driver.goto(served(&page)).await?;
        // What is folded has no width yet.
        let first_wide = "
            const stops = [...document.querySelectorAll(\"main [tabindex='0']\")];
            stops.find((stop) => stop.checkVisibility() && stop.scrollWidth > stop.clientWidth).id = 'wide'";
        eval(&driver, first_wide).await?;
        let wide = "#wide";
        let before = path(&driver).await?;
        keys(&driver, wide, Key::Right).await?;
        let scrolled = format!(
            "const wide = document.querySelector(\"{wide}\");
             return new Promise((done) => {{
               const look = () => wide.scrollLeft > 0 ? done(true) : requestAnimationFrame(look);
               look();
             }})"
        );
        assert_eq!(eval(&driver, &scrolled).await?, true);
        assert_eq!(path(&driver).await?, before);

        eval(&driver, "document.activeElement.blur()").await?;
        press(&driver, Key::Right).await?;
        let turned = format!("return location.pathname !== '{before}'");
        assert_eq!(eval(&driver, &turned).await?, true);
        Ok(())
    })
    .await;
}
