//! The book in a real browser.
//!
//! These tests need Chromium with its driver, and npm for axe-core:
//!
//! ```console
//! $ apt-get install -y chromium chromium-driver fonts-dejavu-core npm
//! $ cargo test --manifest-path tests/Cargo.toml --package attentive-browser-tests
//! ```
//!
//! Screenshots of six pages are left in `target/screenshots`.

mod axe;
mod browser;
mod diagrams;
mod explorer;
mod keys;
mod pages;
mod print;
mod quiz;
mod reading;
mod reports;
mod site;
