//! The errors that an author reads about a broken book; the book built before it is still there.

use std::fs;

use crate::fixture::{Book, LESSON, QUIZ};

const NUMBER: &str = "title = \"Softmax\"\n\n[[question]]\nid = \"sum\"\nkind = \"number\"\nprompt = \"How much?\"\n\
                      answer = 1.0\ntolerance = nan\nwhy = \"So much.\"\n";

#[test]
fn each_mistake_has_one_message_and_leaves_the_old_book() {
    let lesson = "src/lesson.md";
    let mistakes: [(&str, &str, String); 33] = [
        (
            "a quiz without a right answer",
            "quizzes/softmax.toml",
            QUIZ.replace("right = true\n", ""),
        ),
        (
            "broken math in a quiz",
            "quizzes/softmax.toml",
            QUIZ.replace("$n$", "$n^$"),
        ),
        (
            "a brace that is not closed",
            lesson,
            LESSON.replace("$x$", "$\\sqrt{x$"),
        ),
        (
            "the same in a quiz",
            "quizzes/softmax.toml",
            QUIZ.replace("$n$", "$\\\\sqrt{n$"),
        ),
        (
            "an unknown quiz",
            lesson,
            LESSON.replace("quiz softmax", "quiz sotfmax"),
        ),
        (
            "an unknown question",
            lesson,
            format!("{LESSON}\n{{{{#question sun}}}}\n"),
        ),
        (
            "a question without the quiz that counts it",
            lesson,
            LESSON.replace("{{#quiz softmax}}", "{{#question sum}}"),
        ),
        (
            "an unknown figure",
            lesson,
            LESSON.replace("seed-42", "seed-43"),
        ),
        (
            "an unknown stage of the running sentence",
            lesson,
            format!("{LESSON}\n{{{{#thread scroes}}}}\n"),
        ),
        (
            "an unknown count",
            lesson,
            LESSON.replace("$x$", "{{#count lessons in Softmax}}"),
        ),
        (
            "broken math",
            lesson,
            LESSON.replace("x = 1", "x = \\frac{1}"),
        ),
        (
            "broken math in a line",
            lesson,
            LESSON.replace("$x$", "$\\unknown$"),
        ),
        (
            "a quiz within a line",
            lesson,
            LESSON.replace("{{#quiz", "Now {{#quiz"),
        ),
        (
            "a broken include",
            lesson,
            format!("{LESSON}\n{{{{#include nothing.rs}}}}\n"),
        ),
        (
            "an include without its anchor",
            lesson,
            format!("{LESSON}\n{{{{#include ../book.toml:largest}}}}\n"),
        ),
        (
            "an include of lines that are not there",
            lesson,
            format!("{LESSON}\n{{{{#include ../book.toml:7:9}}}}\n"),
        ),
        (
            "an include of itself",
            lesson,
            format!("{LESSON}\n{{{{#include lesson.md}}}}\n"),
        ),
        (
            "an include that is not closed",
            lesson,
            format!("{LESSON}\n{{{{#include ../book.toml\n"),
        ),
        (
            "a directive that nobody knows",
            lesson,
            LESSON.replace("{{#figure", "{{#figur"),
        ),
        (
            "a quiz asked twice",
            lesson,
            format!("{LESSON}\n{{{{#quiz softmax}}}}\n"),
        ),
        (
            "an anchor given twice",
            lesson,
            format!("{LESSON}\n## A {{#a}}\n\n## B {{#a}}\n"),
        ),
        (
            "mistakes of a page without any",
            lesson,
            format!("{LESSON}\n{{{{#mistakes-of softmax: no-maximum}}}}\n"),
        ),
        (
            "a mistake that its page does not explain",
            lesson,
            format!(
                "{LESSON}\n## The usual mistakes {{#mistakes}}\n\n### A {{#no-maximum}}\n\n## More\n\n\
                 {{{{#mistakes-of lesson: no-maximun}}}}\n"
            ),
        ),
        (
            "two terms with the same form",
            "src/glossary.md",
            "### Logit {#logit}\n<!-- forms: score -->\n\n### Score {#score}\n".to_owned(),
        ),
        (
            "a formula that goes elsewhere",
            lesson,
            LESSON.replace("$x$", "$\\href{https://x}{x}$"),
        ),
        (
            "a formula too deep",
            lesson,
            LESSON.replace(
                "$x$",
                &format!("${}$", "\\sqrt{".repeat(200) + &"}".repeat(200)),
            ),
        ),
        (
            "HTML in a quiz",
            "quizzes/softmax.toml",
            QUIZ.replace("by their sum", "by <b>their sum"),
        ),
        (
            "a quiz with an id of another",
            "quizzes/sum.toml",
            QUIZ.to_owned(),
        ),
        (
            "a number as near as NaN",
            "quizzes/softmax.toml",
            NUMBER.to_owned(),
        ),
        (
            "a lesson without its exercise",
            lesson,
            format!("{LESSON}\nOpen `exercises/01-sofmax/src/lib.rs`.\n"),
        ),
        (
            "the same by its command",
            lesson,
            format!("{LESSON}\n```console\n$ cargo test -p sofmax\n```\n"),
        ),
        (
            "a chapter without a file",
            "src/SUMMARY.md",
            "[Lesson](lesson.md)\n[Next](next.md)\n".to_owned(),
        ),
        ("no chapter", "src/SUMMARY.md", "# Summary\n".to_owned()),
    ];
    let mut messages = String::new();
    for (what, path, text) in mistakes {
        let book = Book::new();
        book.write(path, &text);
        // New figures are no change to this message.
        let figures = attentive_book::figures::names()
            .collect::<Vec<_>>()
            .join(", ");
        messages += &format!(
            "# {what}\n{}\n\n",
            book.message().replace(&figures, "FIGURES")
        );
    }
    insta::assert_snapshot!(messages.trim_end());
}

#[test]
fn bytes_that_are_no_text_are_named_by_their_line() {
    for (file, says) in [
        ("src/lesson.md", "book/src/lesson.md:3: this is not UTF-8"),
        ("src/SUMMARY.md", "book/src/SUMMARY.md:3: this is not UTF-8"),
        (
            "quizzes/softmax.toml",
            "book/quizzes/softmax.toml:3: this is not UTF-8",
        ),
    ] {
        let book = Book::new();
        fs::write(book.root().join(file), b"# Lesson\n\n\xff").expect("written");
        let message = book.message();
        assert!(message.starts_with(says), "{message}");
    }
}

#[test]
fn code_that_includes_itself_is_refused() {
    let book = Book::new();
    book.write("src/code.txt", "{{#include code.txt}}\n");
    book.write("src/lesson.md", "# Lesson\n\n{{#include code.txt}}\n");
    let message = book.message();
    assert!(
        message.contains("lesson.md:3: cannot include code.txt"),
        "{message}"
    );
    assert!(
        message.contains("includes code.txt in turn\n  fix: "),
        "{message}"
    );
}

#[test]
fn a_folder_without_a_book_is_named() {
    let book = Book::new();
    fs::remove_file(book.root().join("book.toml")).expect("removed");
    insta::assert_snapshot!(book.message());
}

#[test]
fn a_folder_that_is_no_built_book_is_not_replaced() {
    let book = Book::new();
    let error = attentive_book::build(&book.root(), &book.root(), |_| {})
        .expect_err("it would delete the source");
    insta::assert_snapshot!(book.without_folder(&error.to_string()));
    assert!(book.root().join("book.toml").exists());
}

#[test]
fn a_built_book_is_replaced_and_nothing_is_left_beside_it() {
    let book = Book::new();
    book.write("src/lesson.md", "# Another\n");
    let pages = attentive_book::build(&book.root(), &book.dest(), |_| {}).expect("a good book");
    assert_eq!(pages, 1);
    let page = fs::read_to_string(book.dest().join("lesson.html")).expect("the page");
    assert!(page.contains("Another") && !page.contains("class=\"quiz\""));
    assert_eq!(
        fs::read_dir(book.dir.path().join("out"))
            .expect("the folder")
            .count(),
        1
    );
}

#[test]
fn directives_in_code_stay_as_they_are() {
    let book = Book::new();
    book.write(
        "src/lesson.md",
        "# L\n\nWrite `{{#quiz softmax}}` and `$x$`, \\$5:\n\n```text\n{{#figure none}}\n```\n",
    );
    attentive_book::build(&book.root(), &book.dest(), |_| {}).expect("a good book");
    let page = fs::read_to_string(book.dest().join("lesson.html")).expect("the page");
    assert!(page.contains("<code>{{#quiz softmax}}</code>") && page.contains("<code>$x$</code>"));
    assert!(page.contains("{{#figure none}}") && page.contains("$5:"));
}

#[test]
fn the_command_ends_with_2_and_the_message() {
    let book = Book::new();
    book.write("src/lesson.md", "# L\n\n{{#figure none}}\n");
    let output = book.command("build");
    assert_eq!(output.status.code(), Some(2));
    let message = book.without_folder(&String::from_utf8_lossy(&output.stderr));
    assert!(
        message.starts_with("error: book/src/lesson.md:3: there is no figure \"none\""),
        "{message}"
    );
    assert!(!book.root().join("html").exists(), "nothing is written");
}
