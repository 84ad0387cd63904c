//! Lessons, quizzes, exercises and mistakes that no page leads to.

use std::path::PathBuf;

use super::Finding;
use super::links::{near_or, nearest};
use super::site::Site;
use crate::course::Exercise;
use crate::{BookError, Place};

/// Lessons that are not in the table of contents.
pub(super) fn lessons(site: &Site) -> Vec<Finding> {
    let finding = |source: &PathBuf| Finding {
        place: Place {
            file: source.clone(),
            line: 1,
        },
        problem: "this lesson is in no chapter of SUMMARY.md".to_owned(),
        fix: "name it there, or delete the file".to_owned(),
    };
    site.unlisted.iter().map(finding).collect()
}

/// Quizzes that no page asks.
pub(super) fn quizzes(site: &Site) -> Result<Vec<Finding>, BookError> {
    let unused = site
        .quizzes
        .iter()
        .filter(|quiz| !site.pages.values().any(|page| page.asks(&quiz.name)));
    let finding = |quiz: &attentive_quiz::Quiz| Finding {
        place: Place {
            file: quiz.path.clone(),
            line: 1,
        },
        problem: format!("no page asks the quiz \"{}\"", quiz.name),
        fix: format!(
            "put {{{{#quiz {}}}}} on a page, or delete the file",
            quiz.name
        ),
    };
    Ok(unused.map(finding).collect())
}

/// Exercises whose page is missing or does not say how to run them.
pub(super) fn exercises(site: &Site, exercises: &[Exercise]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for Exercise {
        name,
        chapter: (chapter, place),
        ..
    } in exercises
    {
        let command = format!("cargo test -p {name}");
        let (problem, fix) = match site.pages.get(&format!("{chapter}.html")) {
            None => (
                format!(
                    "the exercise \"{name}\" has no page: the book has no chapter \"{chapter}\""
                ),
                format!(
                    "write book/src/{chapter}.md and name it in SUMMARY.md, or correct the chapter"
                ),
            ),
            Some(page) if !page.markdown.contains(&command) => (
                format!("the page of the exercise \"{name}\" does not say how to run it"),
                format!("put `{command}` on {}", page.source.display()),
            ),
            Some(_) => continue,
        };
        findings.push(Finding {
            place: place.clone(),
            problem,
            fix,
        });
    }
    findings
}

/// Mistakes that the grader sends its readers to the book for, in vain. Where the exercise's own page is missing, that
/// is said once, not for each of its mistakes.
pub(super) fn mistakes(site: &Site, exercises: &[Exercise]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let missing = |exercise: &Exercise, page: &str| {
        page.strip_suffix(".html") == Some(&exercise.chapter.0) && !site.pages.contains_key(page)
    };
    for (exercise, mistake) in exercises
        .iter()
        .flat_map(|e| e.mistakes.iter().map(move |m| (e, m)))
    {
        let (page, id) = mistake
            .anchor
            .split_once('#')
            .unwrap_or((&mistake.anchor, ""));
        if missing(exercise, page) {
            continue;
        }
        let (problem, fix) = match site.pages.get(page) {
            None => (
                format!(
                    "the mistake \"{}\" is explained on {page}, which the book does not have",
                    mistake.id
                ),
                near_or(
                    nearest(page, site.pages.keys()),
                    "write that page, or correct the anchor",
                ),
            ),
            Some(target) if !target.ids.contains(id) => (
                format!(
                    "the mistake \"{}\" is explained nowhere: {page} has no anchor \"{id}\"",
                    mistake.id
                ),
                near_or(
                    nearest(id, target.ids.iter()),
                    &format!("give its heading in {} {{#{id}}}", target.source.display()),
                ),
            ),
            Some(_) => continue,
        };
        findings.push(Finding {
            place: mistake.place.clone(),
            problem,
            fix,
        });
    }
    findings
}
