//! The book in a real browser.
//!
//! These tests need Chromium with its driver, and npm for axe-core, so that a plain `cargo test` leaves them out:
//!
//! ```console
//! $ apt-get install -y chromium chromium-driver
//! $ cargo test --test browser -- --ignored
//! ```
//!
//! Screenshots of six pages are left in `target/screenshots`.

mod explorer;
mod pages;
mod quiz;
mod site;
mod webdriver;

/// The bytes that a text in base 64 stands for.
fn base64(text: &str) -> Vec<u8> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let (mut bytes, mut bits, mut held) = (Vec::with_capacity(text.len() * 3 / 4), 0u32, 0);
    for byte in text.bytes().filter(|&byte| byte != b'=') {
        bits = (bits << 6) | u32::from(value(byte));
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
        }
    }
    bytes
}
