//! The class's page of a made-up class.

use crate::report::sample::Sample;

const EXERCISES: [&str; 3] = ["01-softmax", "05-scaled-dot-product", "06-masks"];

/// A source of a student's own, long enough to be compared; `of` makes it unlike others.
fn source(of: &str) -> String {
    let mut source = String::from("pub fn scores() {\n");
    for nth in 0..12 {
        source += &format!("    x.{of}({nth}).{of}_{nth}().iter();\n");
    }
    source + "}\n"
}

fn class() -> Sample {
    let mut class = Sample::new(
        &EXERCISES,
        &[
            ("ada", Some("Ada L."), "pp pp pp"),
            ("ben", None, "pp sp mw"),
            ("cleo", Some("Cleo <i>"), "pp ss --"),
            ("dan", None, "np cc wx"),
            ("eve", Some("\"><img src=x onerror=alert(1)>"), "pp sm ff"),
            ("<script>alert(1)</script>", None, "pp pp mm"),
        ],
    );
    class.hand_in(&[0, 1, 5], EXERCISES[1], &source("dot"));
    class.hand_in(&[2, 4], EXERCISES[2], &source("mask"));
    class.hand_in(&[3], EXERCISES[2], &source("other"));
    class
}

/// The page that the tests in a browser open.
#[test]
fn a_class_is_shown_whole() {
    let page = class().with_run(super::page);
    insta::assert_binary_snapshot!("class.html", page.into_bytes());
}

#[test]
fn nothing_that_a_student_writes_is_markup() {
    let page = class().with_run(super::page);
    // One script, which is the page's own.
    assert_eq!(page.matches("<script").count(), 1);
    assert!(page.contains("&lt;script&gt;alert(1)") && !page.contains("<img"));
    let scripts = page.split_once("<script>").map(|(_, rest)| rest);
    assert_eq!(
        scripts.and_then(|rest| rest.split("</script>").next()),
        Some(super::SCRIPT)
    );
}

#[test]
fn names_are_behind_every_number_of_the_heat_map() {
    let page = class().with_run(super::page);
    let row = |begin: &str| {
        let from = page.find(begin).unwrap_or_else(|| panic!("{begin}"));
        let row = &page[from..];
        row[..row.find("</tr>").expect("a row ends")].to_owned()
    };
    let scale = row("<code>no-scale</code>");
    assert!(scale.contains("<summary>3</summary>"), "{scale}");
    for student in ["ben.html", "cleo.html", "eve.html"] {
        assert!(scale.contains(student), "{scale}");
    }
    assert!(!scale.contains("ada.html") && !scale.contains("dan.html"));
    // In both of its tasks, one student is one student.
    assert!(scale.contains("</th><td class=\"n\">3</td>"), "{scale}");
    assert!(row("no name: wrong values").contains("dan.html"));
    assert!(row("no name: did not compile").contains("dan.html"));
}

#[test]
fn equal_texts_are_one_group_and_unlike_ones_are_none() {
    let page = class().with_run(super::page);
    let from = page.find("Similar submissions</h2>").expect("a section");
    let section = &page[from..page.find("Failures of the grader").expect("the next")];
    assert_eq!(section.matches("the same text").count(), 2, "{section}");
    assert!(section.contains("05-scaled-dot-product: the same text"));
    assert!(!section.contains("dan.html"), "{section}");
}

#[test]
fn the_page_of_a_large_class_stays_small() {
    let exercises: Vec<String> = (1..=14)
        .map(|nth| format!("{nth:02}-exercise-{nth}"))
        .collect();
    let exercises: Vec<&str> = exercises.iter().map(String::as_str).collect();
    let kinds = ["pp", "sp", "ms", "nn", "pw", "pp", "cc"];
    let mut students = Vec::new();
    for nth in 0..500 {
        let letters: Vec<&str> = (0..14)
            .map(|exercise| kinds[(nth + exercise * exercise) % 7])
            .collect();
        students.push((format!("student{nth:03}@example.org"), letters.join(" ")));
    }
    let students: Vec<_> = students
        .iter()
        .map(|(id, letters)| (id.as_str(), Some("Student Name"), letters.as_str()))
        .collect();
    let page = Sample::new(&exercises, &students).with_run(super::page);
    assert!(page.len() < 1_000_000, "{} bytes", page.len());
}
