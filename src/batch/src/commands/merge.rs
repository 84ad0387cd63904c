//! `merge`: shards into a whole.

use std::collections::btree_map::Entry;
use std::fs;

use crate::args::{CourseArguments, Merge};
use crate::commands::grade::{cache_contexts, folder};
use crate::course::Course;
use crate::dependencies::Dependencies;
use crate::error::Error;
use crate::grades::Grades;
use crate::output::{OutputFolder, RunHeader, read_header, read_results, read_submissions};
use crate::publish::write_and_print;
use crate::run::Run;
use crate::text::plain;

/// Merges outputs; whether everything in them could be graded.
pub(crate) fn run(arguments: &Merge) -> Result<bool, Error> {
    let CourseArguments {
        course: root,
        only,
        cache,
    } = &arguments.course;
    let headers: Vec<RunHeader> = arguments
        .outputs
        .iter()
        .map(|output| read_header(output))
        .collect::<Result<_, _>>()?;
    let Some(first) = headers.first() else {
        return Ok(true);
    };
    for header in &headers {
        if let Some(what) = header.differences(first).first() {
            return Err(Error::DifferentRuns(what));
        }
    }
    // Without --only, what was graded is what the shards have.
    let graded: Vec<String> = first
        .exercises
        .iter()
        .map(|used| used.exercise.clone())
        .collect();
    let only = if only.is_empty() { &graded } else { only };
    let course = Course::load(root, arguments.pack.as_deref(), only)?;
    let dependencies = Dependencies::prepare(&course, &folder(cache.as_ref())?)?;
    let header = RunHeader {
        shard: None,
        ..first.clone()
    };
    let here = RunHeader {
        sandbox: first.sandbox,
        ..RunHeader::new(&course, &dependencies, &first.limits)
    };
    if let Some(what) = header.differences(&here).first() {
        return Err(Error::DifferentCourse(what));
    }
    warn_of_missing_parts(&headers);
    let output = OutputFolder::open(&arguments.out, &header)?;
    let (mut journal, content) = output.journal()?;
    let mut results = content.results;
    for from in &arguments.outputs {
        for submission in read_submissions(from)? {
            output.store_submission(&submission)?;
        }
        for (key, result) in read_results(from)?.results {
            if let Entry::Vacant(place) = results.entry(key) {
                let path = output.path("journal");
                journal
                    .append(&result)
                    .map_err(|error| Error::Journal { path, error })?;
                place.insert(result);
            }
        }
        for picture in from
            .join("pictures")
            .read_dir()
            .into_iter()
            .flatten()
            .filter_map(Result::ok)
        {
            if let (Ok(name), Ok(svg)) = (
                picture.file_name().into_string(),
                fs::read_to_string(picture.path()),
            ) {
                output.write(format!("pictures/{name}"), &svg)?;
            }
        }
    }
    let submissions = output.submissions()?;
    let cache_contexts = cache_contexts(&course, &dependencies, &header.limits);
    let grades = Grades::new(&course, &submissions, &cache_contexts, &results);
    let run = Run {
        output: &output,
        course: &course,
        header: &header,
        submissions: &submissions,
        grades: &grades,
        book: arguments.reports.book.as_deref(),
    };
    write_and_print(run, &arguments.reports, false)?;
    Ok(grades
        .students
        .iter()
        .flat_map(|graded| &graded.exercises)
        .all(|exercise| exercise.state != "fault"))
}

/// Warns of parts of the class that are missing.
fn warn_of_missing_parts(headers: &[RunHeader]) {
    let parts = headers.iter().filter_map(|header| header.shard);
    let Some(of) = parts.clone().map(|(_, of)| of).max() else {
        return;
    };
    let missing: Vec<String> = (1..=of)
        .filter(|part| !parts.clone().any(|(there, _)| there == *part))
        .map(|part| part.to_string())
        .collect();
    if !missing.is_empty() {
        eprintln!(
            "note: of {of} parts, these are missing: {}",
            plain(&missing.join(", "))
        );
    }
}
