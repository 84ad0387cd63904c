//! The command line. The doc comments are what `--help` prints, for instructors in a hurry.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use serde::{Deserialize, Serialize};

use crate::array_form::array_form;
use crate::limits::Limits;

/// The most parts of a class.
const MOST_SHARDS: u64 = 1000;

const ABOUT: &str = "\
Grades a class: takes submissions in, compiles and runs each in a sandbox, compares what it computes with what libtorch \
computed, and writes reports and grade books.";

const AFTER: &str = "\
A term with Attentive:
  cargo attentive release ../course                     what students get: no solutions, no hidden cases
  cargo attentive grade downloads/ --out graded         a folder of submissions, as you download it
  cargo attentive grade downloads/ --out graded         once more: continues where it stopped, grades only what is new
  cargo attentive regrade graded graded-again           whose grade changed, and why

Exit status: 0 the work is done (whatever the grades are), 1 something could not be graded and can be tried again,
2 the command could not do its work.";

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "attentive-batch", bin_name = "cargo attentive", version, about = ABOUT, long_about = ABOUT)]
#[command(after_help = AFTER, max_term_width = 100, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    /// The command.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Grade submissions
    #[command(after_help = "\
A submission is a folder or an archive (.zip, .tar, .tar.gz, .tar.bz2, .tar.xz, .7z) with `exercises/NN-name/src/*.rs` in it;
nothing else in it is used. A folder of many may be as Canvas, Moodle, Gradescope or GitHub Classroom gives it to you; the
student's id comes from the names that they write.

Examples:
  cargo attentive grade downloads/ --out graded
  cargo attentive grade downloads/ --out graded --pack hidden/ --only softmax --only 5
  cargo attentive grade downloads/ --out part1 --shard 1/4      on one machine of four; then `merge`
  cargo attentive grade downloads/ --out graded --slurm         on a cluster; the same once more shows the progress

Exit status: 0 everything was graded, 1 something could not be (the grader's fault, and tried again by the next run),
2 the command could not do its work.")]
    Grade(Box<Grade>),
    /// Put the outputs of shards together: the result is exactly that of one run
    Merge(Merge),
    /// Show which grades differ between two outputs, and why
    Regrade(Regrade),
    /// Make the course for students: without solutions, reference and hidden packs
    Release(Release),
}

/// Arguments of `grade`.
#[derive(Debug, Args)]
pub(crate) struct Grade {
    /// Submissions, or folders of them
    #[arg(required = true, value_name = "SUBMISSION")]
    pub(crate) submissions: Vec<PathBuf>,
    /// Folder for reports, exports and the journal; a run that was stopped is continued there
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Treat everything as one submission of this student: for services that grade one at a time
    #[arg(long, value_name = "ID")]
    pub(crate) student: Option<String>,
    /// The numbers in Moodle's names are those of teams: only needed if most teams have names that do not show it
    #[arg(long, conflicts_with = "student")]
    pub(crate) teams: bool,
    /// Hidden cases instead of the learners' own: a folder that `attentive-reference record --out` wrote
    #[arg(long, value_name = "DIR")]
    pub(crate) pack: Option<PathBuf>,
    /// Grade students K, K+N, … of N parts only
    #[arg(long, value_name = "K/N", value_parser = shard)]
    pub(crate) shard: Option<Shard>,
    /// Number of submissions that are graded at the same time [default: the number of cores]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=512))]
    pub(crate) jobs: Option<u16>,
    /// Run students' programs WITHOUT A SANDBOX: they can read and delete all that you can
    #[arg(long)]
    pub(crate) no_sandbox: bool,
    /// Print the grades as JSON instead of a table; with --slurm, a line of JSON whenever something changes
    #[arg(long)]
    pub(crate) json: bool,
    /// Grade these jobs of the run that starts this process
    #[arg(long, hide = true)]
    pub(crate) alone: Option<AloneSpec>,
    #[command(flatten)]
    pub(crate) course: CourseArguments,
    #[command(flatten)]
    pub(crate) reports: ReportArguments,
    #[command(flatten)]
    pub(crate) limits: Limits,
    #[command(flatten)]
    pub(crate) slurm: SlurmArguments,
}

/// Grading on a cluster.
#[derive(Debug, Args)]
#[command(next_help_heading = "Slurm")]
pub(crate) struct SlurmArguments {
    /// Submit the class to Slurm in parts, and a job that merges them; or follow the jobs that an earlier call submitted.
    /// Parts that failed are submitted again
    #[arg(long, conflicts_with_all = ["shard", "alone"])]
    pub(crate) slurm: bool,
    /// Number of parts; each runs on one node with as many cores as --jobs says [default: 4 parts, 4 cores]
    #[arg(long, value_name = "NUMBER", requires = "slurm", value_parser = clap::value_parser!(u64).range(1..=MOST_SHARDS))]
    pub(crate) nodes: Option<u64>,
    /// Partition, or several with commas between them [default: the cluster's]
    #[arg(long, value_name = "NAME", requires = "slurm")]
    pub(crate) partition: Option<String>,
    /// Time for each job, as Slurm understands it: minutes, or HH:MM:SS [default: the partition's]
    #[arg(long, value_name = "TIME", requires = "slurm")]
    pub(crate) time: Option<String>,
    /// An option for sbatch, such as --slurm-arg=--account=teaching; may be repeated
    #[arg(
        long,
        value_name = "OPTION",
        requires = "slurm",
        allow_hyphen_values = true
    )]
    pub(crate) slurm_arg: Vec<String>,
    /// Print the scripts, and submit nothing
    #[arg(long, requires = "slurm", conflicts_with_all = ["status", "detach"])]
    pub(crate) dry_run: bool,
    /// Print the progress of the jobs, once, and submit nothing
    #[arg(long, requires = "slurm", conflicts_with = "detach")]
    pub(crate) status: bool,
    /// Submit, print the progress of the jobs, and do not wait for them
    #[arg(long, requires = "slurm")]
    pub(crate) detach: bool,
}

/// Jobs to grade in a process of their own, as its argument.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AloneSpec {
    /// The jobs' keys.
    pub(crate) keys: Vec<String>,
    /// The time that their submission has left.
    pub(crate) remaining: Duration,
}

impl FromStr for AloneSpec {
    type Err = serde_json::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        serde_json::from_str(text)
    }
}

/// A part of a class: students are spread over `of` parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shard {
    /// From 1.
    pub(crate) part: u64,
    pub(crate) of: u64,
}
array_form!(Shard { part, of });

/// Arguments of `merge`.
#[derive(Debug, Args)]
pub(crate) struct Merge {
    /// The outputs of `grade --shard`
    #[arg(required = true, value_name = "DIR")]
    pub(crate) outputs: Vec<PathBuf>,
    /// Folder for the whole
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// The hidden cases that were graded with
    #[arg(long, value_name = "DIR")]
    pub(crate) pack: Option<PathBuf>,
    /// Refuse to merge while a part is missing or not finished
    #[arg(long)]
    pub(crate) complete: bool,
    #[command(flatten)]
    pub(crate) course: CourseArguments,
    #[command(flatten)]
    pub(crate) reports: ReportArguments,
}

/// Arguments of `regrade`.
#[derive(Debug, Args)]
pub(crate) struct Regrade {
    /// The earlier output
    pub(crate) old: PathBuf,
    /// The later output
    pub(crate) new: PathBuf,
    /// Print the differences as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `release`.
#[derive(Debug, Args)]
pub(crate) struct Release {
    /// A new or empty folder
    pub(crate) folder: PathBuf,
    /// Also what a service needs to grade there
    #[arg(long, value_name = "SERVICE")]
    pub(crate) with: Vec<Service>,
    /// Also the solutions of these exercises (to be released after the deadline)
    #[arg(long, value_name = "EXERCISE")]
    pub(crate) solution: Vec<String>,
    /// Leave out the book, which takes a while to build
    #[arg(long)]
    pub(crate) without_book: bool,
    #[command(flatten)]
    pub(crate) course: CourseArguments,
}

/// The course to grade against.
#[derive(Debug, Args)]
pub(crate) struct CourseArguments {
    /// The checkout of the course
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) course: PathBuf,
    /// These exercises only, by name, folder or number
    #[arg(long, value_name = "EXERCISE")]
    pub(crate) only: Vec<String>,
    /// Folder for compiled dependencies [default: ~/.cache/attentive]
    #[arg(long, value_name = "DIR")]
    pub(crate) cache: Option<PathBuf>,
}

/// The reports and exports to write.
#[derive(Debug, Args)]
pub(crate) struct ReportArguments {
    /// Readers of the reports [default: both]. Students do not see the numbers of hidden cases
    #[arg(long = "for", value_name = "WHOM")]
    pub(crate) tiers: Vec<Tier>,
    /// Address of the book that students read, such as https://example.org/attentive: reports link to its pages on mistakes
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    pub(crate) book: Option<String>,
    /// Also grade books for a learning platform
    #[arg(long, value_name = "FORMAT")]
    pub(crate) export: Vec<Format>,
    /// For --export canvas: the column's title as Canvas exports it, such as "Attention (12345)"
    #[arg(long, value_name = "TITLE")]
    pub(crate) canvas_assignment: Option<String>,
}

/// The readers of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Tier {
    /// No number of a hidden case, nor what could be one.
    Student,
    /// Everything.
    Staff,
}

/// A file format that another program reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// results.json for each student
    Gradescope,
    /// results.json (version 3) for each student
    Exercism,
    /// One JUnit XML file for the class
    Junit,
    /// A result for each student, as GitHub Classroom's autograder encodes it
    Github,
    /// A CSV file for the grade book's import
    Canvas,
    /// A CSV file for the grader report's import
    Moodle,
}

/// A service that runs the grader itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Service {
    /// setup.sh and run_autograder
    Gradescope,
    /// A workflow for GitHub Classroom
    Github,
}

/// Parses the target of links: an address on the web, or a path from the reports' folder.
fn address(text: &str) -> Result<String, String> {
    let is_path = !text.contains(':') && !text.is_empty();
    if is_path || text.starts_with("https://") || text.starts_with("http://") {
        Ok(text.trim_end_matches('/').to_owned())
    } else {
        Err("expected an address that begins with https:// or http://, or a path from the reports' folder"
            .to_owned())
    }
}

/// Parses `K/N`.
fn shard(text: &str) -> Result<Shard, String> {
    let parts = text
        .split_once('/')
        .and_then(|(k, n)| Some((k.parse().ok()?, n.parse().ok()?)));
    match parts {
        Some((part, of)) if part >= 1 && part <= of && of <= MOST_SHARDS => Ok(Shard { part, of }),
        _ => Err(format!(
            "expected a part and the number of parts, such as 1/4, and at most {MOST_SHARDS} parts"
        )),
    }
}
