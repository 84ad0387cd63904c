//! Mistakes of authors that the recorder refuses, and what it says of them.

use attentive_grader::{Growth, OutputKind, OwnTolerance, Tolerance};
use attentive_reference::{Exercise, Inputs, Property, SEED, Task, record};
use tch::{Kind, Tensor};

const TOLERANCE: Tolerance = Tolerance {
    absolute: 1e-5,
    relative: 1e-4,
};

/// A task that doubles numbers, with two cases and a mistake.
fn doubled() -> Task {
    Task::new("double", |x| &x["x"] * 2.0)
        .output("output", ["entry"])
        .case("plain", "7 numbers", |random| {
            Inputs::default().with("x", random.normal(&[7]))
        })
        .case("single", "one number", |random| {
            Inputs::default().with("x", random.normal(&[1]))
        })
        .mistake("halved", |x| &x["x"] / 2.0)
}

/// Records the task, and returns what is wrong with it.
#[track_caller]
fn refusal(task: Task) -> String {
    let exercise = Exercise::new("double", TOLERANCE).task(task);
    match record(&exercise, SEED) {
        Ok(_) => panic!("expected a refusal, found a pack"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_task_without_faults_is_recorded() {
    let task = doubled().property(
        Property::new("in-another-order", "moving the numbers moves the results")
            .in_case("plain")
            .rotate(["x"], 0)
            .expect_rotated(["output"], 0),
    );
    let exercise = Exercise::new("double", TOLERANCE).task(task);
    let pack = record(&exercise, SEED).expect("a task without faults");
    let [task] = &pack.manifest().tasks[..] else {
        panic!("one task")
    };
    assert_eq!(task.mistakes[0].cases, ["plain", "single"]);
    assert_eq!(task.properties[0].name, "in-another-order");
}

#[test]
fn names_are_given_once() {
    let inputs = |_: &_| Inputs::default().with("x", 1.0_f32);
    assert_eq!(
        refusal(doubled().case("plain", "again", inputs)),
        "task `double`: expected one case called `plain`, found two; rename one"
    );
    assert_eq!(
        refusal(doubled().mistake("halved", |x| -&x["x"])),
        "task `double`: expected one mistake called `halved`, found two; rename one"
    );
    assert_eq!(
        refusal(doubled().output("output", ["entry"])),
        "task `double`: expected one output called `output`, found two; rename one"
    );
    let property = || Property::new("linear", "it is linear").in_case("plain");
    assert_eq!(
        refusal(doubled().property(property()).property(property())),
        "task `double`: expected one property called `linear`, found two; rename one"
    );
}

#[test]
fn cases_that_are_named_exist() {
    assert_eq!(
        refusal(doubled().only_in(["plain", "sqare"])),
        "task `double`, mistake `halved`: expected one of its cases `plain`, `single`, found `sqare`"
    );
    assert_eq!(
        refusal(doubled().property(Property::new("linear", "it is linear").in_case("wide"))),
        "task `double`, property `linear`: expected one of its cases `plain`, `single`, found `wide`"
    );
}

#[test]
fn a_mistake_is_computed_only_in_its_cases() {
    let task = doubled()
        .mistake("seven-numbers", |x| {
            &x["x"] + Tensor::ones([7], (Kind::Float, tch::Device::Cpu))
        })
        .only_in(["plain"]);
    let pack = record(&Exercise::new("double", TOLERANCE).task(task), SEED);
    let pack = pack.expect("a task without faults");
    assert_eq!(pack.manifest().tasks[0].mistakes[1].cases, ["plain"]);
}

#[test]
fn outputs_are_those_that_the_task_names() {
    let both = |x: &Inputs| [("output", &x["x"] * 3.0), ("weights", x["x"].copy())];
    assert_eq!(
        refusal(doubled().mistake("tripled", both)),
        "task `double`, case `plain`, mistake `tripled`: expected the outputs `output`, found `output`, `weights`"
    );
    assert_eq!(
        refusal(doubled().output("weights", ["entry"])),
        "task `double`, case `plain`, the right way: expected the outputs `output`, `weights`, \
         found one tensor without a name"
    );
    let twice = |x: &Inputs| [("output", &x["x"] * 3.0), ("output", &x["x"] * 2.0)];
    assert_eq!(
        refusal(doubled().mistake("tripled", twice)),
        "task `double`, case `plain`, mistake `tripled`: expected the outputs `output`, found `output`, `output`"
    );
}

#[test]
fn a_panic_is_traced_to_its_computation() {
    assert_eq!(
        refusal(doubled().mistake("shifted", |x| &x["x"] + &x["shift"])),
        "task `double`, case `plain`, mistake `shifted`: expected an input `shift`, found `x`; \
         add it to the case, or read it with `get`"
    );
    let product = |x: &Inputs| x["x"].unsqueeze(0).matmul(&x["x"].unsqueeze(0));
    assert_eq!(
        refusal(doubled().mistake("squared", product)),
        "task `double`, case `plain`, mistake `squared`: libtorch: \
         mat1 and mat2 shapes cannot be multiplied (1x7 and 1x7)"
    );
    assert_eq!(
        refusal(doubled().case("broken", "no inputs", |_| panic!("no numbers"))),
        "task `double`, case `broken`, its inputs: no numbers"
    );
}

#[test]
fn a_tensor_of_another_type_is_traced_too() {
    let halves = |_: &_| {
        let halves = Tensor::ones([7], (Kind::Half, tch::Device::Cpu));
        Inputs::default().with("x", halves)
    };
    assert_eq!(
        refusal(doubled().case("halves", "numbers in half precision", halves)),
        "task `double`, case `halves`, its inputs, `x`: tensor kind error: expected floats, bools or i64, found Half"
    );
}

#[test]
fn mistakes_differ_from_the_right_answer_and_from_each_other() {
    let found = refusal(doubled().mistake("added", |x| &x["x"] + &x["x"]));
    assert_eq!(
        found,
        "task `double`: expected `added` to be at least 10 tolerances from the right answer in some case, found 0.0; \
         add a case in which they differ"
    );
    let found = refusal(doubled().mistake("a-quarter-of-it", |x| &x["x"] * 0.5));
    assert_eq!(
        found,
        "task `double`: expected `halved` to be at least 10 tolerances from `a-quarter-of-it` in some case, found 0.0; \
         add a case in which they differ"
    );
}

#[test]
fn outputs_of_every_kind_are_recorded() {
    let outputs = |x: &Inputs| {
        [
            ("numbers", x["x"].copy()),
            ("ids", x["ids"].copy()),
            ("text", x["ids"].copy()),
            ("losses", x["x"].copy()),
            ("rows", Tensor::from(7_i64)),
        ]
    };
    let vocabulary = ["a", "b", "c"].map(String::from).to_vec();
    let task = Task::new("all", outputs)
        .output("numbers", ["entry"])
        .within(TOLERANCE)
        .growing(0, 0.5)
        .ids("ids", ["position"])
        .text("text", vocabulary.clone())
        .curve("losses", "step")
        .count("rows", "rows")
        .case("plain", "3 of each", |random| {
            Inputs::default()
                .with("x", random.uniform(&[3], -1.0, 1.0))
                .with("ids", random.permutation(3))
        })
        .property(
            Property::new("an-id-counts", "other ids change nothing in the numbers")
                .in_case("plain")
                .fill(["ids"], 0, 1, 2.0)
                .expect_same(["numbers"]),
        );
    let pack = record(&Exercise::new("all", TOLERANCE).task(task), SEED);
    let pack = pack.expect("a task without faults");
    let kinds = pack.manifest().tasks[0].outputs.iter();
    let kinds: Vec<_> = kinds.map(|output| output.kind.clone()).collect();
    let own = OwnTolerance {
        tolerance: TOLERANCE,
        growth: Some(Growth {
            axis: 0,
            per_index: 0.5,
        }),
    };
    assert_eq!(
        kinds,
        [
            OutputKind::Numbers {
                tolerance: Some(own)
            },
            OutputKind::Ids,
            OutputKind::Text { vocabulary },
            OutputKind::Curve { tolerance: None },
            OutputKind::Count {
                unit: "rows".into()
            },
        ]
    );
}
