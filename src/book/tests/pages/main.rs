//! The course's own book, built: its pages show what they should, and ask nothing of the network.

mod search;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use attentive_book::{diagrams, figures};
use ndarray::{Array2, array};
use tempfile::TempDir;

static ROOT: LazyLock<PathBuf> =
    LazyLock::new(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../book"));

static BUILT: LazyLock<TempDir> = LazyLock::new(|| {
    let dir = tempfile::tempdir().expect("a temporary folder");
    attentive_book::build(&ROOT, &dir.path().join("html"), |_| {})
        .unwrap_or_else(|error| panic!("{error}"));
    dir
});

fn built() -> PathBuf {
    BUILT.path().join("html")
}

fn page(name: &str) -> String {
    fs::read_to_string(built().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn pages() -> Vec<(String, String)> {
    let names = fs::read_dir(built()).expect("the built book").map(|entry| {
        entry
            .expect("an entry of the built book")
            .file_name()
            .into_string()
            .expect("a name in Unicode")
    });
    names
        .filter(|name| name.ends_with(".html"))
        .map(|name| (name.clone(), page(&name)))
        .collect()
}

#[test]
fn no_directive_and_no_formula_is_left_over() {
    for (name, page) in pages() {
        // In code, authors are shown what to write.
        let text: String = page
            .split("<code")
            .map(|part| part.split_once("</code>").map_or(part, |(_, text)| text))
            .collect();
        assert!(!text.contains("{{#"), "{name} has a directive left");
        assert!(
            !text.contains("$$") && !text.contains(" $\\"),
            "{name} has a formula left"
        );
    }
}

#[test]
fn the_lesson_has_formulas_that_need_no_script() {
    let lesson = page("scaled-dot-product.html");
    assert!(lesson.matches("class=\"katex-display\"").count() >= 4);
    assert!(
        lesson.contains("<math"),
        "there is MathML for screen readers"
    );
    assert!(
        lesson.contains("\\operatorname{softmax}"),
        "the TeX survives Markdown, for copying"
    );
}

#[test]
fn each_figure_is_a_picture_with_a_caption_a_text_and_its_numbers() {
    let pages = pages();
    for name in figures::names() {
        let id = format!("id=\"figure-{name}\"");
        let Some((_, page)) = pages.iter().find(|(_, page)| page.contains(&id)) else {
            continue;
        };
        let start = page.find(&id).expect("it is on this page");
        let figure = page[start..start + page[start..].find("</figure>").expect("the figure ends")]
            .to_lowercase();
        for part in [
            "<svg",
            "viewbox=",
            "role=\"img\"",
            "aria-label=",
            "<figcaption>",
            "<table>",
            "<caption>",
        ] {
            assert!(figure.contains(part), "figure {name} has no {part}");
        }
    }
}

#[test]
fn each_diagram_is_on_a_page_with_a_caption_and_a_text() {
    let pages = pages();
    for name in diagrams::names() {
        let id = format!("id=\"diagram-{name}\"");
        let (_, page) = pages
            .iter()
            .find(|(_, page)| page.contains(&id))
            .unwrap_or_else(|| panic!("no page has {{{{#diagram {name}}}}}"));
        let start = page.find(&id).expect("it is on this page");
        let end = page[start..].find("</figure>").expect("it ends");
        let diagram = &page[start..start + end];
        for part in ["role=\"img\"", "<title", "<desc", "<figcaption>"] {
            assert!(diagram.contains(part), "diagram {name} has no {part}");
        }
    }
}

#[test]
fn a_lesson_says_where_in_the_model_it_is() {
    let lesson = page("feed-forward.html");
    let strip = lesson.find("class=\"here\"").expect("the strip");
    let minutes = lesson.find("<strong>About ").expect("the minutes");
    assert!(lesson.find("<h1").expect("the title") < strip && strip < minutes);
    assert!(
        lesson.contains("You are here: <strong>the feed-forward layer, in every block</strong>")
    );
    assert!(!page("introduction.html").contains("class=\"here\""));
}

#[test]
fn the_quiz_can_be_read_without_a_script() {
    let page = page("quiz.html");
    assert_eq!(page.matches("<form id=\"question-").count(), 10);
    assert_eq!(page.matches("type=\"radio\"").count(), 40);
    assert_eq!(
        page.matches("class=\"quiz-why\"").count(),
        40,
        "each choice has its reason"
    );
    assert_eq!(page.matches(" data-right").count(), 10);
    assert_eq!(
        page.matches("<details>").count(),
        10,
        "the answers are folded, not hidden"
    );
    assert_eq!(page.matches("aria-live=").count(), 10);
}

#[test]
fn mistakes_after_the_third_are_folded() {
    let page = page("softmax.html");
    let (_, mistakes) = page.split_once("id=\"mistakes\"").expect("the mistakes");
    let (mistakes, _) = mistakes
        .split_once("id=\"predict-again\"")
        .expect("the next section");
    assert_eq!(mistakes.matches("<h3").count(), 3);
    let folded = mistakes
        .matches("<details class=\"folded-mistake\" id=\"")
        .count();
    assert!(folded > 20, "{folded}");
    assert_eq!(mistakes.matches("</details>").count(), folded);
    assert!(mistakes.contains(&format!("The grader knows {folded} more mistakes.")));
    let (_, last) = mistakes.rsplit_once("<details").expect("a folded mistake");
    let (last, _) = last.split_once("</details>").expect("its end");
    assert!(last.contains("<summary>") && last.contains("<figure class=\"mistake\">"));
}

#[test]
fn a_single_number_has_no_entries() {
    let page = page("cross-entropy.html");
    assert!(page.contains("The number is wrong."));
    assert!(page.contains("The number is NaN or infinite where a finite one is expected."));
    assert!(!page.contains("Of 1 entries") && !page.contains("1 of 1 entries"));
}

#[test]
fn a_search_finds_words_and_no_formulas_or_answers() {
    let index = search::index();
    assert!(
        index.contains("scaled-dot-product.html#no-scale"),
        "it leads to mistakes"
    );
    assert!(index.contains("√d_k"), "formulas are plain letters");
    for absent in [
        "\\\\sqrt",
        "\\\\frac",
        "begin{",
        "beginpmatrix",
        "Answer and reasons",
    ] {
        assert!(!index.contains(absent), "there is {absent} in it");
    }
    let question =
        "What did the transformer of 2017 do that the translation models before it did not?";
    assert!(page("quiz.html").contains(question) && !index.contains(question));
}

#[test]
fn there_is_nothing_to_put_right() {
    let report = attentive_book::check(&ROOT).unwrap_or_else(|error| panic!("{error}"));
    let diagnostics: Vec<String> = report.diagnostics.iter().map(ToString::to_string).collect();
    assert!(diagnostics.is_empty(), "{}", diagnostics.join("\n"));
    assert!(
        report.pages > 10 && report.links > 500 && report.names > 200,
        "{report:?}"
    );
}

#[test]
fn the_worked_example_has_the_numbers_of_the_solution() {
    let lesson = fs::read_to_string(ROOT.join("src/scaled-dot-product.md")).expect("the lesson");
    let figure = figures::figure("worked-example").expect("the figure");
    let weights = &figure.panels[0].heat_map().expect("a heat map").values;
    let values: Array2<f32> = array![[10.0, 0.0], [0.0, 10.0], [5.0, 5.0]];
    for matrix in [weights, &weights.dot(&values)] {
        for row in matrix.rows() {
            let row = row
                .iter()
                .map(|number| format!("{number:.3}"))
                .collect::<Vec<_>>()
                .join(" & ");
            assert!(
                lesson.contains(&row),
                "the lesson does not have the row {row}"
            );
        }
    }
}

#[test]
fn the_books_own_scripts_are_small() {
    let scripts = fs::read_dir(ROOT.join("assets"))
        .expect("the assets")
        .flatten();
    let scripts = scripts.filter(|file| {
        file.path()
            .extension()
            .is_some_and(|extension| extension == "js")
    });
    let bytes: u64 = scripts
        .map(|script| script.metadata().expect("a file").len())
        .sum();
    assert!(bytes < 12 * 1024, "{bytes} bytes of JavaScript"); // of the explorer, the quizzes and the menu together
}
