//! `merge`: shards into a whole.

use std::collections::btree_map::Entry;
use std::fs;
use std::path::PathBuf;

use attentive_course::text::enumerate;

use crate::args::{CourseArguments, Merge, Shard};
use crate::commands::grade::cache_folder;
use crate::context::CacheContexts;
use crate::course::Course;
use crate::dependencies::Dependencies;
use crate::error::Error;
use crate::grades::{Grades, StudentGrades};
use crate::output::{OutputFolder, read_header, read_results, read_submissions};
use crate::publish::write_and_print;
use crate::run::Run;
use crate::run_header::RunHeader;
use crate::run_progress::RunProgress;

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
        if let Some(difference) = header.differences(first).first() {
            return Err(Error::DifferentRuns(*difference));
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
    let cache = cache_folder(cache.as_ref())?;
    let dependencies = Dependencies::prepare(&course, &cache)?;
    let header = RunHeader {
        shard: None,
        ..first.clone()
    };
    let here = RunHeader {
        sandbox: first.sandbox,
        ..RunHeader::new(&course, &dependencies, &first.limits)
    };
    if let Some(difference) = header.differences(&here).first() {
        return Err(Error::DifferentCourse(*difference));
    }
    let gaps = gaps(&arguments.outputs, &headers);
    if !gaps.is_empty() && arguments.complete {
        return Err(Error::Incomplete(enumerate(gaps)));
    }
    for gap in gaps {
        eprintln!("note: {gap}");
    }
    let output = OutputFolder::open(&arguments.out, &header, &cache)?;
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
    let contexts = CacheContexts::new(&course, &dependencies, &header.limits);
    let grades = Grades::new(&course, &submissions, &contexts, &results);
    let run = Run {
        output: &output,
        course: &course,
        header: &header,
        submissions: &submissions,
        grades: &grades,
        book: arguments.reports.book.as_deref(),
    };
    write_and_print(run, &arguments.reports, false)?;
    Ok(!grades.students.iter().any(StudentGrades::has_fault))
}

/// Lists what is missing from the class: parts, and ends of parts.
fn gaps(outputs: &[PathBuf], headers: &[RunHeader]) -> Vec<String> {
    let shards: Vec<Shard> = headers.iter().filter_map(|header| header.shard).collect();
    let of = shards.iter().map(|shard| shard.of).max().unwrap_or(0);
    let mut gaps = Vec::new();
    for part in 1..=of {
        if !shards.iter().any(|shard| shard.part == part) {
            gaps.push(format!("part {part} of {of} is missing"));
        }
    }
    for output in outputs {
        if !RunProgress::read(output).finished {
            gaps.push(format!("{} is not finished", output.display()));
        }
    }
    gaps
}
