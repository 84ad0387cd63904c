//! Chromium, as these tests drive it: started through chromedriver, and asked for what pages write, request and measure.

use serde_json::{Value, json};
use thirtyfour::common::log::LoggingPrefsLogLevel::All;
use thirtyfour::manager::BrowserKind;
use thirtyfour::prelude::*;
use thirtyfour::support::base64_decode;
use thirtyfour::testing::{BrowserTestError, run_browser_test};
use thirtyfour::{Capabilities, ChromiumLikeCapabilities};

/// Choice between pages that run their scripts and pages that do not.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Scripts {
    Run,
    /// They run, and what pages ask for is kept for [`requests`], which makes all of them slower by a seventh.
    Watched,
    /// They do not run. What pages ask for is kept.
    Blocked,
}

/// Runs a test in a browser with a profile of its own, which ends with the test, however the test ends.
pub(crate) async fn in_browser<F: Future<Output = WebDriverResult<()>>>(
    scripts: Scripts,
    test: impl FnOnce(WebDriver) -> F,
) {
    let session = async {
        let managed = WebDriver::managed(capabilities(scripts)?);
        managed
            .driver_binary(BrowserKind::Chrome, "chromedriver")
            .await
    };
    match run_browser_test(session, test).await {
        Ok(()) => {}
        Err(BrowserTestError::Setup(error)) => panic!(
            "expected Chromium and chromedriver to start, found: {error}; \
             install them: apt-get install -y chromium chromium-driver"
        ),
        Err(error) => panic!("{error}"),
    }
}

fn capabilities(scripts: Scripts) -> WebDriverResult<Capabilities> {
    let mut chrome = DesiredCapabilities::chrome();
    chrome.set_headless()?;
    chrome.set_no_sandbox()?; // Chromium refuses to run as root with its sandbox, and CI is root
    chrome.set_disable_gpu()?;
    // What would ask the network for things of the browser's own, and what takes room beside the page.
    for argument in [
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--hide-scrollbars",
        "--incognito", // nothing of a profile that ends with the test is written to the disk
    ] {
        chrome.add_arg(argument)?;
    }
    if scripts == Scripts::Blocked {
        let blocked = json!({ "profile.managed_default_content_settings.javascript": 2 });
        chrome.add_experimental_option("prefs", blocked)?;
    }
    chrome.set_browser_log_level(All)?;
    if scripts != Scripts::Run {
        chrome.set_logging_prefs("performance", All)?;
    }
    Ok(chrome.into())
}

/// Returns the value of a script on this page.
pub(crate) async fn eval(driver: &WebDriver, script: &str) -> WebDriverResult<Value> {
    Ok(driver.execute(script, vec![]).await?.json().clone())
}

/// The text of an element, as it is shown.
pub(crate) async fn text(driver: &WebDriver, selector: &str) -> WebDriverResult<String> {
    driver.find(By::Css(selector)).await?.text().await
}

/// Clicks as a pointer does: what covers the element gets the click.
pub(crate) async fn click(driver: &WebDriver, selector: &str) -> WebDriverResult<()> {
    driver.find(By::Css(selector)).await?.click().await
}

/// Types into an element, which gets the focus.
pub(crate) async fn keys(
    driver: &WebDriver,
    selector: &str,
    keys: impl Into<TypingData>,
) -> WebDriverResult<()> {
    driver.find(By::Css(selector)).await?.send_keys(keys).await
}

/// Makes the page as wide and as high as this, in pixels.
pub(crate) async fn resize(driver: &WebDriver, width: u32, height: u32) -> WebDriverResult<()> {
    driver
        .cdp()
        .emulation()
        .set_device_metrics_override(width, height, 1.0, false)
        .await
}

/// Lays pages out as for paper from now on.
pub(crate) async fn print_media(driver: &WebDriver) -> WebDriverResult<()> {
    let media = serde_json::json!({ "media": "print" });
    driver
        .cdp()
        .send_raw("Emulation.setEmulatedMedia", media)
        .await?;
    Ok(())
}

/// Takes a picture of the window, as PNG.
pub(crate) async fn screenshot(driver: &WebDriver) -> WebDriverResult<Vec<u8>> {
    base64_decode(&driver.cdp().page().capture_screenshot_base64().await?)
}

/// Returns the lines that the page has written to the console since the last call, from warnings upwards.
pub(crate) async fn complaints(driver: &WebDriver) -> WebDriverResult<Vec<String>> {
    let entries = driver.browser_log().await?.into_iter();
    let serious = entries.filter(|entry| matches!(entry.level.as_str(), "SEVERE" | "WARNING"));
    Ok(serious.map(|entry| entry.message).collect())
}

/// The URLs that were asked for since the last call, where they are kept.
pub(crate) async fn requests(driver: &WebDriver) -> WebDriverResult<Vec<String>> {
    let url = |message: &str| -> Option<String> {
        let event: Value = serde_json::from_str(message).ok()?;
        let sent = event["message"]["method"] == "Network.requestWillBeSent";
        Some(
            event["message"]["params"]["request"]["url"]
                .as_str()
                .filter(|_| sent)?
                .to_owned(),
        )
    };
    Ok(driver
        .get_log("performance")
        .await?
        .iter()
        .filter_map(|entry| url(&entry.message))
        .collect())
}
