//! A graded run, as reports and exports see it.

use crate::args::Tier;
use crate::course::Course;
use crate::grades::Grades;
use crate::intake::Submission;
use crate::output::OutputFolder;
use crate::run_header::RunHeader;
use crate::text::percent_encode;

/// The sentence at the top of every report of a run that had no sandbox.
pub(crate) const NO_SANDBOX: &str = "GRADED WITHOUT A SANDBOX: STUDENTS' PROGRAMS COULD READ AND CHANGE EVERYTHING, THESE GRADES INCLUDED.";

/// A graded run: the course, the submissions, and the grades.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run<'a> {
    pub(crate) output: &'a OutputFolder,
    pub(crate) course: &'a Course,
    pub(crate) header: &'a RunHeader,
    pub(crate) submissions: &'a [Submission],
    pub(crate) grades: &'a Grades<'a>,
    /// Base URL of the book that students read.
    pub(crate) book: Option<&'a str>,
}

impl Run<'_> {
    /// Base URL of the book for readers of this tier; `/page.html` follows it. Staff who named none have the book that
    /// they built.
    pub(crate) fn book_url(&self, tier: Tier) -> Option<String> {
        if let Some(url) = self.book {
            return Some(url.to_owned());
        }
        let built = self.course.root.join("book/html");
        if tier == Tier::Staff && built.join("index.html").is_file() {
            return Some(format!(
                "file://{}",
                percent_encode(&built.to_string_lossy())
            ));
        }
        None
    }
}
