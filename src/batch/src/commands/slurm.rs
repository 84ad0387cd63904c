//! `grade --slurm`: submit what is missing, and follow it.

use std::io::{self, Write};
use std::path::PathBuf;

use attentive_course::files;

use crate::args::Grade;
use crate::commands::grade::cache_folder;
use crate::course::Course;
use crate::error::Error;
use crate::hash::Hash;
use crate::intake::{OwnerOptions, Submission, ensure_output_outside, intake};
use crate::slurm::{
    Controller, Followed, Forwarded, MERGE, MergeStatus, Record, RunFolder, Scripts, SlurmError,
    Status, follow, log_name,
};

/// Number of parts, unless --nodes says another.
const PARTS: u64 = 4;

/// Grades a class on a cluster; returns `true` unless something could not be graded.
pub(crate) fn run(arguments: &Grade) -> Result<bool, Error> {
    let run = Run::new(arguments)?;
    if arguments.slurm.dry_run {
        return run.print_scripts();
    }
    let record = if arguments.slurm.status {
        let not_submitted = || SlurmError::NotSubmitted(arguments.out.clone());
        Record::read(&run.folder)?.ok_or_else(not_submitted)?
    } else {
        run.submit()?
    };
    let followed = Followed {
        controller: Controller,
        record: &record,
        folder: &run.folder,
        json: arguments.json,
    };
    if arguments.slurm.status || arguments.slurm.detach {
        followed.print(&followed.look()?)?;
        return Ok(true);
    }
    let is_whole = follow(&followed)?;
    if !arguments.json {
        let text = format!("The class: {}\n", run.page().display());
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes()).map_err(Error::Terminal)?;
    }
    if !is_whole {
        let log = run.folder.log(MERGE);
        eprintln!("could not be graded, for now: see {}", log.display());
    }
    Ok(is_whole)
}

/// A run on a cluster.
struct Run<'a> {
    arguments: &'a Grade,
    folder: RunFolder,
}

impl<'a> Run<'a> {
    fn new(arguments: &'a Grade) -> Result<Self, Error> {
        ensure_output_outside(&arguments.submissions, &arguments.out)?;
        let path = arguments.out.clone();
        let output =
            std::path::absolute(&path).map_err(|error| SlurmError::File { path, error })?;
        let folder = RunFolder::new(&output);
        Ok(Self { arguments, folder })
    }

    /// Path of the class's page.
    fn page(&self) -> PathBuf {
        self.arguments.out.join("staff/index.html")
    }

    fn scripts(&self, parts: u64) -> Result<Scripts, Error> {
        let cache = cache_folder(self.arguments.course.cache.as_ref())?;
        let forwarded = Forwarded::new(self.arguments, &cache)?;
        let id = self.id();
        Ok(Scripts::new(
            self.arguments,
            &forwarded,
            &self.folder,
            parts,
            &id,
        )?)
    }

    /// Text of the file by which a node tells that it sees this folder.
    fn id(&self) -> String {
        let path = self.folder.path().as_os_str().as_encoded_bytes();
        Hash::new().part(path).text()
    }

    fn print_scripts(&self) -> Result<bool, Error> {
        let parts = self.arguments.slurm.nodes.unwrap_or(PARTS);
        let scripts = self.scripts(parts)?;
        let options = scripts.options.join(" ");
        let (shard, merge) = (self.folder.script("shard"), self.folder.script(MERGE));
        let text = format!(
            "# {}\n# sbatch --parsable --array=1-{parts} {options} shard.sh\n{}\n# {}\n\
             # sbatch --parsable --dependency=afterany:JOB {options} merge.sh\n{}",
            shard.display(),
            scripts.shard,
            merge.display(),
            scripts.merge
        );
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes()).map_err(Error::Terminal)?;
        Ok(true)
    }

    /// Submits what is missing, if anything, and returns the record of all jobs.
    fn submit(&self) -> Result<Record, Error> {
        let class = self.class()?;
        self.folder.create()?;
        let _lock = files::lock(&self.folder.path().join(".lock"), || {
            eprintln!("waiting for another call that submits the same run …");
        })
        .map_err(SlurmError::from)?;
        let mut record = match Record::read(&self.folder)? {
            Some(record) => self.ensure_parts(record)?,
            None => Record::new(
                self.arguments.slurm.nodes.unwrap_or(PARTS),
                class.submissions,
                class.hash.clone(),
            ),
        };
        let status = Status::look(Controller, &record, &self.folder)?;
        let mut parts = status.missing();
        if record.class != class.hash {
            if status.is_active() {
                eprintln!(
                    "note: submissions have changed since these jobs were submitted; the same command grades them when \
                     the jobs have ended"
                );
            } else {
                parts = (1..=record.parts).collect();
                (record.submissions, record.class) = (class.submissions, class.hash);
            }
        }
        let is_merged = matches!(
            status.merge,
            MergeStatus::Pending | MergeStatus::Running | MergeStatus::Done { .. }
        );
        if parts.is_empty() && is_merged {
            return Ok(record);
        }
        self.submit_parts(&mut record, &parts, &status)?;
        Ok(record)
    }

    fn submit_parts(
        &self,
        record: &mut Record,
        parts: &[u64],
        status: &Status,
    ) -> Result<(), Error> {
        if let Some(names) = &self.arguments.slurm.partition {
            Controller.ensure_partitions(names)?;
        }
        let scripts = self.scripts(record.parts)?;
        let (shard, merge) = (self.folder.script("shard"), self.folder.script(MERGE));
        self.folder.write(&self.folder.id(), &self.id())?;
        self.folder.write(&shard, &scripts.shard)?;
        self.folder.write(&merge, &scripts.merge)?;
        if !parts.is_empty() {
            for &part in parts {
                self.forget(part)?;
            }
            let mut options = vec![format!("--array={}", list(parts))];
            options.extend_from_slice(&scripts.options);
            let array = Controller.submit(&shard, &options)?;
            for &part in parts {
                record.arrays.insert(part, array.clone());
            }
            record.write(&self.folder)?;
            eprintln!("submitted: parts {} as job {array}", list(parts));
        }
        // The earlier merge would find parts that are not finished.
        if let Some(earlier) = record.merge.take()
            && matches!(status.merge, MergeStatus::Pending | MergeStatus::Running)
        {
            Controller.cancel(&earlier)?;
        }
        self.folder.forget_end(MERGE)?;
        let options = [waits_for(record, parts, status), scripts.options].concat();
        record.merge = Some(Controller.submit(&merge, &options)?);
        record.write(&self.folder)?;
        Ok(())
    }

    /// Removes what a part says of an earlier job; its journal stays.
    fn forget(&self, part: u64) -> Result<(), Error> {
        self.folder.forget_end(&log_name(part))?;
        self.folder.forget_progress(part)?;
        Ok(())
    }

    fn ensure_parts(&self, record: Record) -> Result<Record, SlurmError> {
        match self.arguments.slurm.nodes {
            Some(found) if found != record.parts => Err(SlurmError::OtherParts {
                path: self.arguments.out.clone(),
                expected: record.parts,
                found,
            }),
            _ => Ok(record),
        }
    }

    /// Takes the submissions in, so that their errors are seen at once, and counts them.
    fn class(&self) -> Result<Class, Error> {
        let arguments = self.arguments;
        let (root, pack) = (&arguments.course.course, arguments.pack.as_deref());
        let course = Course::load(root, pack, &arguments.course.only)?;
        let owners = OwnerOptions {
            student: arguments.student.as_deref(),
            are_teams: arguments.teams,
        };
        let intake = intake(&arguments.submissions, owners, &course)?;
        Ok(Class {
            submissions: intake.submissions.len(),
            hash: hash(&intake.submissions)?,
        })
    }
}

/// The option by which the merge waits for the parts that were submitted now, and for those that are on their way. Slurm
/// refuses to wait for a job that it has forgotten.
fn waits_for(record: &Record, submitted: &[u64], status: &Status) -> Vec<String> {
    let mut numbers = Vec::new();
    for part in &status.parts {
        if (submitted.contains(&part.part) || part.is_active())
            && let Some(number) = record.arrays.get(&part.part)
            && !numbers.contains(number)
        {
            numbers.push(number.clone());
        }
    }
    if numbers.is_empty() {
        return numbers;
    }
    vec![format!("--dependency=afterany:{}", numbers.join(":"))]
}

/// A class as it was handed in.
struct Class {
    submissions: usize,
    hash: String,
}

fn hash(submissions: &[Submission]) -> Result<String, Error> {
    let mut hash = Hash::new();
    for submission in submissions {
        hash = hash.part(serde_json::to_string(submission).map_err(Error::Json)?);
    }
    Ok(hash.text())
}

/// Lists parts as Slurm reads them: `1-3,5`.
fn list(parts: &[u64]) -> String {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for &part in parts {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == part => *last = part,
            _ => ranges.push((part, part)),
        }
    }
    let texts: Vec<String> = ranges
        .into_iter()
        .map(|(first, last)| match first == last {
            true => first.to_string(),
            false => format!("{first}-{last}"),
        })
        .collect();
    texts.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_listed_in_ranges() {
        assert_eq!(list(&[1, 2, 3, 5, 7, 8]), "1-3,5,7-8");
        assert_eq!(list(&[4]), "4");
    }
}
