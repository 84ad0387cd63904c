//! The scripts of the jobs, for `sbatch` and for people who want to see what is submitted.

use std::path::Path;

use attentive_course::cargo_program;

use crate::args::{Grade, SlurmArguments};
use crate::limits::Limits;
use crate::slurm::error::SlurmError;
use crate::slurm::forwarded::{Forwarded, absolute};
use crate::slurm::run_folder::{MERGE, RunFolder, UNSEEN, failed};

/// Number of cores of a part, unless --jobs says another.
const CORES: u16 = 4;
/// Memory in MiB of the grader itself: packs, results and reports.
const GRADER_MIB: u64 = 1024;
/// Memory in MiB of the merge, which holds the results of a whole class.
const MERGE_MIB: u64 = 4096;

const COMMON: &str = include_str!("common.sh");
const SHARD: &str = include_str!("shard.sh");
const MERGE_BODY: &str = include_str!("merge.sh");

/// Cores and memory of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Resources {
    pub(crate) cores: u16,
    pub(crate) mib: u64,
}

impl Resources {
    /// Derives the resources from what students' programs may use: on each core, the compiler or a program.
    pub(crate) fn new(jobs: Option<u16>, limits: &Limits) -> Self {
        let cores = jobs.unwrap_or(CORES);
        let each = limits.memory.max(limits.compile_memory);
        Self {
            cores,
            mib: u64::from(cores) * each + GRADER_MIB,
        }
    }
}

/// The scripts of a run.
#[derive(Debug)]
pub(crate) struct Scripts {
    /// Grades a part; submitted as an array.
    pub(crate) shard: String,
    /// Merges all parts.
    pub(crate) merge: String,
    /// Options for both that the instructor gave. On the command line they come before those of the scripts.
    pub(crate) options: Vec<String>,
}

impl Scripts {
    /// Writes the scripts of a run in parts. `id` tells its folder from others.
    pub(crate) fn new(
        arguments: &Grade,
        forwarded: &Forwarded,
        folder: &RunFolder,
        parts: u64,
        id: &str,
    ) -> Result<Self, SlurmError> {
        let writer = Writer {
            name: job_name(&arguments.out),
            variables: variables(arguments, folder, parts, id)?,
            folder,
        };
        let resources = Resources::new(arguments.jobs, &arguments.limits);
        let shard = Job {
            name: "grade",
            log: "shard-%a",
            variables: vec![
                assign("job", "shard-", "\"$SLURM_ARRAY_TASK_ID\""),
                assign("cores", &resources.cores.to_string(), ""),
                format!("sandbox={}", !arguments.no_sandbox),
            ],
            words: &forwarded.grade,
            resources,
            body: SHARD,
        };
        let merge = Job {
            name: MERGE,
            log: MERGE,
            variables: vec![
                assign("job", MERGE, ""),
                assign("output", &absolute(&arguments.out)?, ""),
            ],
            words: &forwarded.merge,
            resources: Resources {
                cores: 1,
                mib: MERGE_MIB,
            },
            body: MERGE_BODY,
        };
        Ok(Self {
            shard: writer.script(&shard)?,
            merge: writer.script(&merge)?,
            options: options(&arguments.slurm),
        })
    }
}

/// The options that the instructor gave, in the order in which a later one wins.
fn options(slurm: &SlurmArguments) -> Vec<String> {
    let mut options = Vec::new();
    for (name, value) in [("partition", &slurm.partition), ("time", &slurm.time)] {
        if let Some(value) = value {
            options.push(format!("--{name}={value}"));
        }
    }
    options.extend(slurm.slurm_arg.iter().cloned());
    options
}

/// Name of a run in Slurm's lists: that of its folder.
fn job_name(output: &Path) -> String {
    let folder = output.file_name().unwrap_or_default().to_string_lossy();
    let safe = folder.replace(
        |c: char| !c.is_ascii_alphanumeric() && !"._-".contains(c),
        "-",
    );
    format!("attentive-{safe}")
}

/// Variables that both scripts have.
fn variables(
    arguments: &Grade,
    folder: &RunFolder,
    parts: u64,
    id: &str,
) -> Result<Vec<String>, SlurmError> {
    let program = std::env::current_exe().map_err(failed(Path::new("attentive-batch")))?;
    let cargo = cargo_program();
    let cargo = cargo
        .to_str()
        .ok_or_else(|| SlurmError::Path(cargo.clone().into()))?;
    Ok(vec![
        assign("run", &absolute(folder.path())?, ""),
        assign("id", id, ""),
        assign("unseen", &UNSEEN.to_string(), ""),
        assign("parts", &parts.to_string(), ""),
        assign("program", &absolute(&program)?, ""),
        assign("course", &absolute(&arguments.course.course)?, ""),
        // Whatever environment a job gets, it uses this toolchain.
        format!("export CARGO={}", quoted(cargo)),
        "cargo=$CARGO".to_owned(),
    ])
}

/// A job that a script is written for.
struct Job<'a> {
    name: &'a str,
    /// Name of its log, in Slurm's patterns.
    log: &'a str,
    variables: Vec<String>,
    /// Arguments of the program.
    words: &'a [String],
    resources: Resources,
    body: &'a str,
}

/// The writer of a run's scripts, with their common parts.
struct Writer<'a> {
    name: String,
    variables: Vec<String>,
    folder: &'a RunFolder,
}

impl Writer<'_> {
    fn script(&self, job: &Job<'_>) -> Result<String, SlurmError> {
        let logs = absolute(&self.folder.path().join("logs"))?;
        // Slurm reads `%` in a path as the beginning of a pattern.
        let log = format!("{}/{}.log", logs.replace('%', "%%"), job.log);
        let mut script = "#!/bin/bash\n".to_owned();
        for option in [
            format!("--job-name={}-{}", self.name, job.name),
            "--nodes=1 --ntasks=1".to_owned(),
            format!("--cpus-per-task={}", job.resources.cores),
            format!("--mem={}M", job.resources.mib),
            format!("--output={}", quoted_for_slurm(&log)),
            // When a node is lost, its job starts again on another, and goes on from the journal.
            "--requeue --open-mode=append".to_owned(),
        ] {
            script += &format!("#SBATCH {option}\n");
        }
        script.push('\n');
        for variable in self.variables.iter().chain(&job.variables) {
            script += &format!("{variable}\n");
        }
        script += "arguments=(\n";
        for word in job.words {
            script += &format!("    {}\n", quoted(word));
        }
        script += ")\n\n";
        Ok(script + COMMON + "\n" + job.body)
    }
}

/// Assigns a text to a variable of the shell; `code` follows it unquoted.
fn assign(variable: &str, text: &str, code: &str) -> String {
    format!("{variable}={}{code}", quoted(text))
}

/// Quotes a text for the shell, where it has to be.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@+".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Quotes a value for a line of `#SBATCH`.
fn quoted_for_slurm(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::{Arguments, Command};

    #[test]
    fn scripts_have_names_logs_and_resources_and_quote_what_people_write() {
        let arguments = Arguments::parse_from([
            "x",
            "grade",
            "/class/it's $HOME",
            "--out",
            "/shared/1 % graded",
            "--course",
            "/course",
            "--slurm",
            "--jobs=2",
            "--partition=teaching",
            "--slurm-arg=--account=a",
        ]);
        let Command::Grade(arguments) = arguments.command else {
            panic!("expected grade");
        };
        let forwarded = Forwarded::new(&arguments, Path::new("/cache")).expect("it is text");
        let folder = RunFolder::new(&arguments.out);
        let scripts = Scripts::new(&arguments, &forwarded, &folder, 4, "7").expect("it is text");
        for line in [
            "#SBATCH --job-name=attentive-1---graded-grade",
            "#SBATCH --cpus-per-task=2",
            "#SBATCH --mem=7168M",
            "#SBATCH --output=\"/shared/1 %% graded/slurm/logs/shard-%a.log\"",
            r"    '/class/it'\''s $HOME'",
            "run='/shared/1 % graded/slurm'",
            "sandbox=true",
        ] {
            assert!(
                scripts.shard.lines().any(|found| found == line),
                "{line}\n{}",
                scripts.shard
            );
        }
        assert!(scripts.merge.contains("    --complete\n"));
        assert_eq!(scripts.options, ["--partition=teaching", "--account=a"]);
    }

    #[test]
    fn the_shell_reads_what_was_quoted() {
        for text in [
            "",
            "a b",
            "it's",
            "$(id)",
            "`x`",
            "a\\b",
            "\"",
            "\n",
            "plain/1.5",
        ] {
            let output = std::process::Command::new("bash")
                .args(["-c", &format!("printf %s {}", quoted(text))])
                .output()
                .expect("there is bash");
            assert_eq!(String::from_utf8_lossy(&output.stdout), text);
        }
    }
}
