//! Hidden packs, recorded by libtorch itself with another seed: right is right there too, and learned by heart is not.
//! Needs libtorch; `README.md` says how to get it.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use attentive_grader::{Case, Pack, Tensor};
use ndarray::ArrayD;

use crate::class::{Class, FOLDER, copy, course, exercise, root, said, student};

#[test]
fn with_hidden_packs_right_solutions_keep_their_points_and_numbers_learned_by_heart_lose_theirs() {
    assert!(
        std::env::var_os("LIBTORCH").is_some(),
        "this test records packs: set LIBTORCH, as README.md says"
    );
    let class = Class::new();
    let packs = class.folder.path().join("packs");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut record = Command::new(cargo);
    record.args([
        "run",
        "--quiet",
        "--package",
        "attentive-reference",
        "--",
        "record",
        "--seed",
        "7",
        "--out",
    ]);
    let recorded = record
        .arg(&packs)
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(recorded.status.success(), "{}", said(&recorded));
    for entry in fs::read_dir(course().join("solutions"))
        .expect("there are solutions")
        .flatten()
    {
        let to = class
            .submissions()
            .join("right/exercises")
            .join(entry.file_name())
            .join("src");
        let exercise = course().join("exercises").join(entry.file_name());
        // With the code that is given.
        copy(&exercise.join("src"), &to);
        copy(&entry.path().join("src"), &to);
    }
    class.hand_in(
        "by-heart",
        by_heart(&course().join("exercises").join(FOLDER)),
    );

    let public = class.grade(&[]);
    // The properties are not in any pack's numbers.
    let verdicts = |name: &str, grades| {
        let tasks = exercise(grades, name)["tasks"]
            .as_array()
            .expect("it ran")
            .clone();
        let passed =
            |task: &serde_json::Value| (task["passed"][0].as_u64(), task["passed"][1].as_u64());
        tasks.iter().map(passed).collect::<Vec<_>>()
    };
    assert!(
        verdicts("by-heart", &public)
            .iter()
            .all(|(passed, _)| *passed > Some(3)),
        "{public}"
    );

    let hidden = class.folder.path().join("hidden");
    let mut all = Command::new(env!("CARGO_BIN_EXE_attentive-batch"));
    all.arg("grade")
        .arg(class.submissions())
        .arg("--out")
        .arg(&hidden)
        .arg("--course")
        .arg(course());
    let graded = all.arg("--pack").arg(&packs).output().expect("it runs");
    assert!(graded.status.success(), "{}", said(&graded));
    let text = fs::read_to_string(hidden.join("grades.json")).expect("there are grades");
    let grades = serde_json::from_str(&text).expect("they are JSON");
    let right = student(&grades, "right").expect("it is there");
    assert_eq!(right["points"], right["of"], "{right}");
    let exercises = fs::read_dir(course().join("exercises"))
        .expect("a course has exercises")
        .flatten()
        .filter(|entry| entry.path().is_dir());
    let graded = right["exercises"].as_array().expect("an array");
    assert_eq!(graded.len(), exercises.count());
    let by_heart = student(&grades, "by-heart").expect("it is there");
    assert_eq!(by_heart["points"], 0, "{by_heart}");
}

/// A source that looks the public pack's answers up by the input's bits.
fn by_heart(exercise: &Path) -> String {
    let pack = Pack::load(&exercise.join("golden.safetensors")).expect("the course has it");
    let mut known = String::new();
    for task in &pack.manifest().tasks {
        for info in &task.cases {
            let case = pack.case(&task.name, &info.name);
            let expected = pack.expected(&task.name, &info.name);
            let key = bits(&numbers(&case, "q"));
            for (output, values) in &expected {
                let shape = values.shape();
                let values = values.numbers();
                let row = format!(
                    "(\"{output}\", &{key:?}, ({}, {}), &{:?})",
                    shape[0],
                    shape[1],
                    bits(&values)
                );
                writeln!(known, "    {row},").expect("text can be written");
            }
        }
    }
    format!(
        "use ndarray::{{Array2, ArrayView2}};\n\n\
         type Row = (&'static str, &'static [u32], (usize, usize), &'static [u32]);\n\n\
         const KNOWN: &[Row] = &[\n{known}];\n\n\
         fn known(output: &str, q: ArrayView2<'_, f32>) -> Array2<f32> {{\n\
             let key: Vec<u32> = q.iter().map(|x| x.to_bits()).collect();\n\
             let found = KNOWN.iter().find(|row| row.0 == output && row.1 == &key[..]);\n\
             let row = found.expect(\"never seen before\");\n\
             Array2::from_shape_vec(row.2, row.3.iter().map(|x| f32::from_bits(*x)).collect()).unwrap()\n\
         }}\n\n\
         pub fn scores(q: ArrayView2<'_, f32>, _: ArrayView2<'_, f32>) -> Array2<f32> {{ known(\"scores\", q) }}\n\n\
         pub fn attention(\n\
             q: ArrayView2<'_, f32>, _: ArrayView2<'_, f32>, _: ArrayView2<'_, f32>, _: Option<ArrayView2<'_, bool>>,\n\
         ) -> (Array2<f32>, Array2<f32>) {{ (known(\"output\", q), known(\"weights\", q)) }}\n"
    )
}

fn numbers(case: &Case, name: &str) -> ArrayD<f32> {
    match &case.inputs[name] {
        Tensor::F32(array) => array.clone(),
        other => panic!("{name} is {other:?}"),
    }
}

fn bits(array: &ArrayD<f32>) -> Vec<u32> {
    array.iter().map(|x| x.to_bits()).collect()
}
