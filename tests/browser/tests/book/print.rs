//! The book on paper.

use std::fs;

use crate::browser::{Scripts, eval, in_browser, print_media, resize};
use crate::site::{book, pages, root, served};

#[tokio::test]
async fn the_text_begins_at_the_margin_and_nothing_stays_folded() {
    in_browser(Scripts::Run, |driver| async move {
        // As wide as a sheet of A4; the sidebar is open, as it is by default on a wide window.
        resize(&driver, 1280, 1000).await?;
        print_media(&driver).await?;
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

/// A book of two chapters, for the whole one has hundreds of pages.
#[test]
fn a_book_becomes_one_pdf_with_a_title_page_and_an_outline() {
    let folder = root().join("target/browser/pdf");
    let small = folder.join("book");
    for part in ["src", "assets"] {
        fs::create_dir_all(small.join(part)).expect("a folder");
    }
    let styles = fs::read_to_string(root().join("book/assets/book.css")).expect("the styles");
    for (name, text) in [
        (
            "book.toml",
            "[book]\ntitle = \"Small\"\n[output.html]\nadditional-css = [\"assets/book.css\"]\n",
        ),
        ("assets/book.css", &styles),
        (
            "src/SUMMARY.md",
            "# Summary\n\n- [One](one.md)\n- [Two](two.md)\n",
        ),
        ("src/one.md", "# One\n\nTo [two](two.md).\n"),
        ("src/two.md", "# Two\n\n$x$\n"),
    ] {
        fs::write(small.join(name), text).expect("written");
    }
    let file = folder.join("small.pdf");
    let arguments = [
        "build".as_ref(),
        "--book".as_ref(),
        small.as_os_str(),
        "--pdf".as_ref(),
        file.as_os_str(),
    ];
    let printed = book(&arguments);
    assert!(printed.starts_with("2 chapters: "), "{printed}");
    let pdf = fs::read(&file).expect("a file");
    let pdf = String::from_utf8_lossy(&pdf);
    assert!(pdf.starts_with("%PDF-"));
    let pages = pdf.matches("/Type /Page\n").count();
    assert_eq!(
        pages, 3,
        "a title page, and each chapter on a page of its own"
    );
    assert!(pdf.contains("/Outlines"), "a reader lists the chapters");
}
