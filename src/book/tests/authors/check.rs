//! `check`: a book that can be built, and still has something wrong in it.

use crate::fixture::{Book, LESSON, QUIZ};

const EXERCISE: &str = "title = \"Softmax\"\nchapter = \"lesson\"\n\n[[mistake]]\nid = \"no-maximum\"\nwhat = \"…\"\n\
                        why = \"…\"\nanchor = \"lesson.html#no-maximum\"\n";

const GOOD: &str = "# Lesson\n\nRun `cargo test -p softmax` on `log_softmax`, see [below](#no-maximum).\n\n\
                    ## No maximum {#no-maximum}\n\n{{#quiz softmax}}\n";

fn findings(book: &Book) -> Vec<String> {
    let checked = attentive_book::check(&book.root()).unwrap_or_else(|error| panic!("{error}"));
    checked
        .diagnostics
        .iter()
        .map(|finding| book.without_folder(&finding.to_string()))
        .collect()
}

fn book(lesson: &str) -> Book {
    let book = Book::new();
    book.write("../exercises/01-softmax/exercise.toml", EXERCISE);
    book.write("src/lesson.md", lesson);
    book
}

#[test]
fn a_book_that_is_in_order_has_no_findings() {
    assert_eq!(findings(&book(GOOD)), [""; 0]);
    let output = book(GOOD).command("check");
    assert_eq!(output.status.code(), Some(0));
    insta::assert_snapshot!(String::from_utf8_lossy(&output.stdout));
}

#[test]
fn each_finding_is_one_line_with_its_place_and_its_fix() {
    let with = |text: &str| format!("{GOOD}\n{text}\n");
    let mut lines = String::new();
    for (what, lesson) in [
        ("a dead link", with("See [there](lessons.md).")),
        ("a dead anchor", with("See [there](lesson.md#no-maximun).")),
        ("a missing image", with("![a cat](cat.png)")),
        (
            "an image of another host",
            with("![a cat](https://example.org/cat.png)"),
        ),
        ("an unused quiz", GOOD.replace("{{#quiz softmax}}", "")),
        (
            "an exercise without its command",
            GOOD.replace("cargo test", "cargo check"),
        ),
        (
            "a mistake without an anchor",
            GOOD.replace("{#no-maximum}", "{#no-max}")
                .replace("#no-maximum)", "#no-max)"),
        ),
        ("a misspelt function", with("Call `log_sofmax(x)`.")),
        (
            "a path that is not there",
            with("Call `softmax::log_sofmax`."),
        ),
    ] {
        let found = findings(&book(&lesson));
        assert_eq!(found.len(), 1, "{what}: {found:#?}");
        lines += &format!("# {what}\n{}\n\n", found[0]);
    }
    let quiz = book(GOOD);
    quiz.write(
        "quizzes/softmax.toml",
        &QUIZ.replace("by their sum", "by [their sum](sum.md)"),
    );
    lines += &format!(
        "# a dead link in a quiz\n{}\n\n",
        findings(&quiz).join("\n")
    );
    let other = book(GOOD);
    other.write("src/other.md", "# Another lesson\n");
    lines += &format!(
        "# a lesson that is in no chapter\n{}\n\n",
        findings(&other).join("\n")
    );
    let style = book(GOOD);
    style.write(
        "assets/book.css",
        "@import \"https://example.org/a.css\";\n",
    );
    lines += &format!(
        "# a stylesheet of another host\n{}\n\n",
        findings(&style).join("\n")
    );
    let astray = book(GOOD);
    astray.write(
        "../exercises/01-softmax/exercise.toml",
        &EXERCISE.replace("\"lesson\"", "\"softmax\""),
    );
    lines += &format!(
        "# an exercise without a page\n{}",
        findings(&astray).join("\n")
    );
    insta::assert_snapshot!(lines);
}

#[test]
fn the_exit_status_tells_findings_from_a_book_that_cannot_be_built() {
    let output = book(&format!("{GOOD}\n[x](y.md)\n")).command("check");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        output.stdout.iter().filter(|&&byte| byte == b'\n').count(),
        1
    );
    let output = book(&LESSON.replace("x = 1", "\\frac")).command("check");
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
}

#[test]
fn a_lesson_that_lacks_parts_is_told_which() {
    let lesson = GOOD.replace("Run ", "**About 5 minutes**\n\n## The exercise\n\nRun ");
    insta::assert_snapshot!(findings(&book(&lesson)).join("\n"));
}

#[test]
fn objectives_before_the_prediction_are_told_where_to_go() {
    let head = "**About 5 minutes**\n\n## Objectives\n\nWhen you are through, you can\n\n## Predict\n\nRun ";
    let found = findings(&book(&GOOD.replace("Run ", head)));
    let order = found.iter().find(|line| line.contains("too early"));
    insta::assert_snapshot!(order.expect("the order is wrong"));
}

#[test]
fn only_the_findings_of_one_exercise_are_kept() {
    let book = book(&format!("{GOOD}\n[x](y.md)\n"));
    book.write("src/other.md", "# Another lesson\n");
    let mut report = attentive_book::check(&book.root()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(report.diagnostics.len(), 2);
    let kept = report.retain_exercise(&book.root(), "1");
    kept.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(report.diagnostics.len(), 1);
    assert!(report.diagnostics[0].at.file.ends_with("src/lesson.md"));
    assert!(report.retain_exercise(&book.root(), "hardmax").is_err());
}
