//! What holds for every page.

use std::fs;
use std::process::Command;

use crate::site::{Server, THEMES, on_disk, open_in, page_with, pages, root};
use crate::webdriver::Browser;

const AXE: &str = "4.10.3";
/// Higher pictures than this are refused.
const HIGHEST: u64 = 8_000;

#[test]
#[ignore = "needs chromium and chromedriver: cargo test --test browser -- --ignored"]
fn pages_load_in_peace_and_ask_for_nothing_elsewhere() {
    let (browser, server) = (Browser::start(true), Server::start());
    for page in pages() {
        browser.open(&server.url(&page));
        assert_eq!(browser.complaints(), [""; 0], "{page}");
        let ours = |url: &String| url.starts_with(&server.address) || url.starts_with("data:");
        let foreign: Vec<String> = browser.requests().into_iter().filter(|url| !ours(url)).collect();
        assert_eq!(foreign, [""; 0], "{page}");
    }
}

#[test]
#[ignore = "needs chromium and chromedriver: cargo test --test browser -- --ignored"]
fn pages_work_from_disk() {
    let browser = Browser::start(true);
    for page in pages() {
        browser.open(&on_disk(&page));
        assert_eq!(browser.complaints(), [""; 0], "{page}");
        let elsewhere: Vec<String> =
            browser.requests().into_iter().filter(|url| url.starts_with("http")).collect();
        assert_eq!(elsewhere, [""; 0], "{page}");
    }
    let fonts = browser.run("return document.fonts.check('16px KaTeX_Main') || document.fonts.size > 0");
    assert_eq!(fonts, true, "the fonts of formulas are found");
}

#[test]
#[ignore = "needs chromium and chromedriver: cargo test --test browser -- --ignored"]
fn no_page_is_wider_than_the_screen() {
    let (browser, server) = (Browser::start(true), Server::start());
    let mut too_wide = Vec::new();
    for theme in THEMES {
        for page in pages() {
            for width in [360, 1280] {
                browser.resize(width, 800); // before the page decides whether there is room for its sidebar
                open_in(&browser, &server.url(&page), theme);
                let wide = browser.run("return document.documentElement.scrollWidth").as_u64();
                if wide != Some(width.into()) {
                    too_wide.push(format!("{page} in {theme} is {wide:?} wide on {width}"));
                }
            }
        }
    }
    assert_eq!(too_wide, [""; 0]);
}

#[test]
#[ignore = "needs chromium, chromedriver and npm: cargo test --test browser -- --ignored"]
fn axe_finds_no_serious_violation() {
    let axe = axe();
    let (browser, server) = (Browser::start(true), Server::start());
    let mut violations = Vec::new();
    for theme in THEMES {
        for page in pages() {
            open_in(&browser, &server.url(&page), theme);
            browser.resize(1280, 1000);
            let found = browser.run_async(&format!(
                "{axe};
                 const done = arguments[0], serious = (v) => ['serious', 'critical'].includes(v.impact);
                 const nodes = (v) => v.nodes.slice(0, 3).map((node) => node.target.join(' ')).join(', ');
                 axe.run({{ resultTypes: ['violations'] }}).then((result) =>
                   done(result.violations.filter(serious).map((v) => v.id + ': ' + nodes(v))));"
            ));
            violations
                .extend(found.as_array().expect("a list").iter().map(|v| format!("{page} in {theme}: {v}")));
        }
    }
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}

/// The source of axe-core, which npm brings.
fn axe() -> String {
    let folder = root().join("target/browser/axe");
    let source = folder.join("node_modules/axe-core/axe.min.js");
    if !source.exists() {
        fs::create_dir_all(&folder).expect("a folder");
        let mut npm = Command::new("npm");
        npm.args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"]).arg(&folder);
        let status = npm.arg(format!("axe-core@{AXE}")).status().expect("npm brings axe-core; install it");
        assert!(status.success(), "npm installs axe-core");
    }
    fs::read_to_string(source).expect("axe-core")
}

#[test]
#[ignore = "needs chromium and chromedriver: cargo test --test browser -- --ignored"]
fn screenshots_are_taken_of_six_pages() {
    let folder = root().join("target/screenshots");
    fs::create_dir_all(&folder).expect("a folder");
    let browser = Browser::start(true);
    let explorers =
        ["attention", "multi-head", "positions"].map(|name| page_with(&format!("id=\"explorer-{name}\"")));
    let six = [
        vec!["introduction.html".to_owned(), "softmax.html".to_owned(), page_with("class=\"quiz\"")],
        explorers.to_vec(),
    ]
    .concat();
    for page in &six {
        for theme in THEMES {
            for width in [360, 1280] {
                browser.resize(width, 900);
                open_in(&browser, &on_disk(page), theme);
                let height =
                    browser.run("return document.documentElement.scrollHeight").as_u64().expect("a height");
                browser.resize(width, u32::try_from(height.min(HIGHEST)).expect("a height"));
                let name = format!("{}-{theme}-{width}.png", page.trim_end_matches(".html"));
                fs::write(folder.join(name), browser.screenshot()).expect("written");
            }
        }
    }
}
