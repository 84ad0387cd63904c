//! Tests of every page.

use std::fs;

use crate::axe::serious_violations;
use crate::browser::Scripts::{Run, Watched};
use crate::browser::{complaints, eval, in_browser, requests, resize, screenshot};
use crate::site::{THEMES, choose, on_disk, open_in, page_with, pages, pages_with, root, served};

/// Shows what readers get to see by and by: what is folded, and the answers of quizzes.
const UNFOLD: &str = "
    document.querySelectorAll('details').forEach((details) => (details.open = true));
    document.querySelectorAll('.quiz form').forEach((form) => {
        form.querySelector('input').click();
        form.requestSubmit();
    });";
/// Leaves the first few of what is alike and most of a page: formulas, rows of tables of text, coloured words of code, and
/// pictures that are folded away. axe looks at all pictures that show, since their colours differ.
const THIN: &str = "
    const alike = [
        ['main', '.katex'],
        ['main', 'details:not([open]) figure.mistake'],
        ['.table-wrapper tbody', 'tr'],
        ['pre code', 'span'],
    ];
    for (const [within, what] of alike) {
        for (const all of document.querySelectorAll(within)) {
            [...all.querySelectorAll(what)].slice(8).forEach((one) => one.remove());
        }
    }";
/// Higher pictures than this are refused.
const HIGHEST: u64 = 8_000;

#[tokio::test]
async fn pages_load_in_peace_and_ask_for_nothing_elsewhere() {
    in_browser(Watched, |driver| async move {
        driver.goto("about:blank").await?;
        requests(&driver).await?; // those of the browser's own first page
        for page in pages() {
            driver.goto(served(&page)).await?;
            assert_eq!(complaints(&driver).await?, [""; 0], "{page}");
            let ours = |url: &String| url.starts_with(&served("")) || url.starts_with("data:");
            let foreign: Vec<String> = requests(&driver)
                .await?
                .into_iter()
                .filter(|url| !ours(url))
                .collect();
            assert_eq!(foreign, [""; 0], "{page}");
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn pages_work_from_disk() {
    in_browser(Watched, |driver| async move {
        driver.goto("about:blank").await?;
        requests(&driver).await?; // those of the browser's own first page
        for page in pages() {
            driver.goto(on_disk(&page)).await?;
            assert_eq!(complaints(&driver).await?, [""; 0], "{page}");
            let elsewhere: Vec<String> = requests(&driver)
                .await?
                .into_iter()
                .filter(|url| url.starts_with("http"))
                .collect();
            assert_eq!(elsewhere, [""; 0], "{page}");
        }
        let fonts = "return document.fonts.check('16px KaTeX_Main') || document.fonts.size > 0";
        assert_eq!(
            eval(&driver, fonts).await?,
            true,
            "the fonts of formulas are found"
        );
        Ok(())
    })
    .await;
}

/// Also with everything unfolded. What is wide scrolls in a box of its own, and the text around it stays where it is.
#[tokio::test]
async fn no_page_is_wider_than_the_screen() {
    in_browser(Run, |driver| async move {
        let mut too_wide = Vec::new();
        // 320 is 1280 at a zoom of 400 %. When it is loaded, a page decides whether there is room for its sidebar.
        for widths in [&[320, 360][..], &[1280]] {
            for page in pages() {
                resize(&driver, widths[0], 800).await?;
                driver.goto(served(&page)).await?;
                for &width in widths {
                    resize(&driver, width, 800).await?;
                    let beyond = "
                        document.querySelectorAll('details').forEach((details) => (details.open = true));
                        const text = document.querySelector('#mdbook-content');
                        const page = document.documentElement;
                        return page.scrollWidth - innerWidth + text.scrollWidth - text.clientWidth";
                    let beyond = eval(&driver, beyond).await?;
                    if beyond != 0 {
                        too_wide.push(format!("{page} is wider than {width} by {beyond}"));
                    }
                }
            }
        }
        assert_eq!(too_wide, [""; 0]);
        Ok(())
    })
    .await;
}

/// The other six are looked at with everything unfolded.
#[tokio::test]
async fn axe_finds_no_serious_violation_in_light() {
    let (mut pages, six) = (pages(), six_pages());
    pages.retain(|page| !six.contains(page));
    axe_finds_no_serious_violation("light", &pages, "").await;
}

/// Diagrams have colours of their own for dark themes.
#[tokio::test]
async fn axe_finds_no_serious_violation_in_navy_where_there_are_diagrams() {
    let (mut pages, six) = (pages_with("class=\"diagram\""), six_pages());
    pages.retain(|page| !six.contains(page));
    axe_finds_no_serious_violation("navy", &pages, "").await;
}

/// Colours come from the theme and not from the page: six pages have all that there is.
#[tokio::test]
async fn axe_finds_no_serious_violation_in_any_theme_with_everything_unfolded() {
    for theme in ["light", "rust", "coal", "navy", "ayu"] {
        axe_finds_no_serious_violation(theme, &six_pages(), UNFOLD).await;
    }
}

/// Checks pages in one theme, so that the tests run side by side. `prepare` is run on each page first.
async fn axe_finds_no_serious_violation(theme: &str, pages: &[String], prepare: &str) {
    in_browser(Run, |driver| async move {
        choose(&driver, theme).await?;
        resize(&driver, 1280, 1000).await?;
        let mut violations = Vec::new();
        for page in pages {
            open_in(&driver, &served(page), theme).await?;
            eval(&driver, prepare).await?;
            eval(&driver, THIN).await?;
            let found = serious_violations(&driver, theme).await?;
            violations.extend(found.iter().map(|v| format!("{page} in {theme}: {v}")));
        }
        assert!(violations.is_empty(), "{}", violations.join("\n"));
        Ok(())
    })
    .await;
}

/// Pages that have, together, all that pages are made of: every explorer, figures, quizzes, code and tables.
fn six_pages() -> Vec<String> {
    let explorers = ["attention", "multi-head", "positions"];
    let explorers = explorers.map(|name| page_with(&format!("id=\"explorer-{name}\"")));
    let others = ["introduction.html", "softmax.html", "costs.html"].map(str::to_owned);
    [others, explorers].concat()
}

#[tokio::test]
async fn screenshots_are_taken_of_six_pages() {
    let folder = root().join("target/screenshots");
    fs::create_dir_all(&folder).expect("a folder");
    in_browser(Run, |driver| async move {
        for theme in THEMES {
            choose(&driver, theme).await?;
            for page in &six_pages() {
                for width in [360, 1280] {
                    resize(&driver, width, 900).await?;
                    open_in(&driver, &on_disk(page), theme).await?;
                    let height =
                        eval(&driver, "return document.documentElement.scrollHeight").await?;
                    let height = height.as_u64().expect("a height").min(HIGHEST);
                    resize(&driver, width, u32::try_from(height).expect("a height")).await?;
                    let name = format!("{}-{theme}-{width}.png", page.trim_end_matches(".html"));
                    fs::write(folder.join(name), screenshot(&driver).await?).expect("written");
                }
            }
        }
        Ok(())
    })
    .await;
}
