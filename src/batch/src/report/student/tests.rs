//! The page of a made-up student.

use crate::args::Tier;
use crate::report::sample::Sample;

/// A picture that follows the theme, as the grader's do.
const PICTURE: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1020\" height=\"390\" viewBox=\"0 0 1020 390\">\
    <style>@media (prefers-color-scheme: dark) { .paper { fill: #17181a; } }</style>\
    <rect width=\"1020\" height=\"390\" class=\"paper\" fill=\"#FFFFFF\"/></svg>";

fn page() -> String {
    let class = Sample::new(
        &["01-softmax", "05-scaled-dot-product", "06-masks"],
        &[("ben", Some("Ben <i>"), "pp sp cc")],
    );
    class.draw("scores", PICTURE);
    class.with_run(|run| super::page(run, &run.grades.students[0], Tier::Student))
}

/// The page that the tests in a browser print.
#[test]
fn a_student_is_shown_what_did_not_pass() {
    insta::assert_binary_snapshot!("student.html", page().into_bytes());
}

#[test]
fn links_lead_into_the_book_and_no_script_can_run() {
    let page = page();
    let link = "href=\"https://example.org/book/scaled-dot-product.html#no-scale\"";
    assert!(page.contains(link), "{page}");
    assert!(!page.contains("<script") && !page.contains("script-src"));
    assert!(page.contains("Ben &lt;i&gt;") && page.contains("&lt;b&gt;&quot;differs&quot;"));
    // Its paper has a color of the reader's theme, and so the page has none behind it.
    assert!(page.contains("prefers-color-scheme") && page.contains("data:image/svg+xml,"));
}
