//! A class that is graded on a cluster.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;

use crate::class::{Class, solution};
use crate::cluster::Cluster;

/// A class in which no two submissions are equal, and every third is wrong.
pub(crate) fn class_of(students: usize) -> Class {
    let class = Class::new();
    for number in 0..students {
        hand_in(&class, number);
    }
    class
}

/// Hands in the submission of a student.
pub(crate) fn hand_in(class: &Class, number: usize) {
    let text = solution().replace("let d_k", &format!("let _ = {number};\n    let d_k"));
    let text = match number % 3 {
        0 => text.replace("/ d_k.sqrt()", ""),
        _ => text,
    };
    class.hand_in(&format!("student-{number}"), text);
}

/// The output of grading on a cluster. A space and a `%` are in its name, which shells and Slurm read in their own way.
pub(crate) fn out(class: &Class) -> PathBuf {
    class.folder.path().join("on 100 % Slurm")
}

/// The command that grades on a cluster, in two parts.
pub(crate) fn command(class: &Class, cluster: &Cluster, arguments: &[&str]) -> Command {
    let all = [&["--slurm", "--jobs", "1"], arguments].concat();
    let mut command = class.command_into(&out(class), &all);
    cluster.add_to(&mut command);
    command
}

/// The grades, without what is different in each run.
pub(crate) fn grades(folder: &std::path::Path) -> Value {
    let text = fs::read_to_string(folder.join("grades.json")).expect("there are grades");
    serde_json::from_str(&text).expect("they are JSON")
}

/// The number of times that each result is in the journals of two parts.
pub(crate) fn times_graded(class: &Class) -> BTreeMap<String, usize> {
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for part in 1..=2 {
        for key in keys(class, part) {
            *times.entry(key).or_default() += 1;
        }
    }
    times
}

/// The keys in the journal of a part, as far as it is written.
pub(crate) fn keys(class: &Class, part: u32) -> Vec<String> {
    let path = out(class).join(format!("slurm/shard-{part}/journal"));
    let text = fs::read_to_string(path).unwrap_or_default();
    let lines = text.lines().filter_map(|line| line.split_once(' '));
    let results = lines.filter_map(|(_, json)| serde_json::from_str::<Value>(json).ok());
    results.map(|result| result["key"].to_string()).collect()
}

/// The node that a part runs on, by its log.
pub(crate) fn node_of(class: &Class, part: u32) -> Option<String> {
    let path = out(class).join(format!("slurm/logs/shard-{part}.log"));
    let text = fs::read_to_string(path).ok()?;
    let (_, rest) = text.split_once(" on ")?;
    Some(rest.split(',').next()?.to_owned())
}

/// The record of submitted jobs.
pub(crate) fn record(class: &Class) -> Value {
    let text = fs::read_to_string(out(class).join("slurm/jobs.json")).expect("there is a record");
    serde_json::from_str(&text).expect("it is JSON")
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
