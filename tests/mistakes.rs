//! The grader judged by what it rejects, for every exercise of the course, from the golden packs alone: each recorded
//! mistake is rejected and named as itself, and what is no attempt at all does not pass.
//!
//! There is one test for each exercise and claim: `cargo test --test mistakes softmax` has those of one exercise.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;

use attentive_grader::{
    Case, ExerciseText, Failure, Grade, LEAST_HINTS, LEAST_MISTAKES, Outputs, Pack, Reply, Report,
    Respond, Task, TaskGrade, Tensor, first_failure, grade, separations,
};
use libtest_mimic::{Arguments, Trial};
use ndarray::{ArrayD, Axis};

/// An exercise as an author wrote it.
struct Authored {
    folder: String,
    pack: Pack,
    info: ExerciseText,
}

impl Authored {
    fn load(folder: &str) -> Self {
        let path = root().join("exercises").join(folder);
        Self {
            folder: folder.to_owned(),
            pack: Pack::load(&path.join("golden.safetensors"))
                .unwrap_or_else(|error| panic!("{error}")),
            info: ExerciseText::load(&path).unwrap_or_else(|error| panic!("{error}")),
        }
    }
}

/// A claim about one exercise, which panics if it does not hold.
type Check = fn(&Authored);

/// The checks of each exercise, by name.
const CHECKS: [(&str, Check); 5] = [
    (
        "each_mistake_is_rejected_and_named",
        each_mistake_is_rejected_and_named,
    ),
    (
        "any_two_mistakes_are_told_apart",
        any_two_mistakes_are_told_apart,
    ),
    ("what_learners_read", what_learners_read),
    (
        "what_is_no_attempt_does_not_pass",
        what_is_no_attempt_does_not_pass,
    ),
    (
        "words_and_numbers_fit_together",
        words_and_numbers_fit_together,
    ),
];

fn main() -> ExitCode {
    let mut tests = vec![Trial::test(
        "the_picture_in_the_readme_is_one_of_the_graders",
        || {
            the_picture_in_the_readme_is_one_of_the_graders();
            Ok(())
        },
    )];
    for folder in folders() {
        for (name, check) in CHECKS {
            let folder = folder.clone();
            tests.push(Trial::test(format!("{folder}::{name}"), move || {
                check(&Authored::load(&folder));
                Ok(())
            }));
        }
    }
    libtest_mimic::run(&Arguments::from_args(), tests).exit_code()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folders of all exercises, such as `01-softmax`.
fn folders() -> Vec<String> {
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(root().join("solutions")).expect("a folder of solutions") {
        let name = entry.expect("an entry").file_name();
        folders.push(name.into_string().expect("a name in Unicode"));
    }
    folders.sort();
    folders
}

/// Answers every case of a pack by a rule.
struct By<F>(F);

impl<F: Fn(&str, &Case) -> Reply> Respond for By<F> {
    fn respond(&mut self, task: &str, case: &Case) -> Result<Reply, Failure> {
        Ok(self.0(task, case))
    }
}

/// Answers as a learner who makes a mistake: libtorch's wrong numbers where it shows, the right ones elsewhere.
fn with_mistake(pack: &Pack, mistake: &str) -> impl Respond {
    By(move |task: &str, case: &Case| {
        let outputs = pack.mistaken(task, &case.name, mistake);
        Reply {
            outputs: outputs.unwrap_or_else(|| pack.expected(task, &case.name)),
        }
    })
}

/// Grades what a learner returns who makes a mistake.
fn mistaken(pack: &Pack, task: &Task, mistake: &str) -> TaskGrade {
    grade(pack, task, &mut with_mistake(pack, mistake))
}

fn each_mistake_is_rejected_and_named(exercise: &Authored) {
    let Authored { folder, pack, .. } = exercise;
    for task in &pack.manifest().tasks {
        for mistake in &task.mistakes {
            let graded = mistaken(pack, task, &mistake.id);
            let sooner = first_failure(pack, task, &mut with_mistake(pack, &mistake.id));
            assert_eq!(
                sooner.map(|verdict| verdict.id()),
                graded.first_failure().map(|grade| grade.verdict.id()),
                "{folder}: {}: `{}`",
                task.name,
                mistake.id
            );
            let named = |grade: &Grade| grade.mistake.as_ref().map(|named| named.id.clone());
            for case in &mistake.cases {
                let grade = graded
                    .grades
                    .iter()
                    .find(|grade| grade.name == *case)
                    .expect("the case was graded");
                assert!(
                    !grade.verdict.passed(),
                    "{folder}: {}/{case} accepts `{}`",
                    task.name,
                    mistake.id
                );
                let (name, id) = (named(grade), Some(mistake.name().to_owned()));
                assert_eq!(name, id, "{folder}: {}/{case}", task.name);
            }
        }
    }
}

fn any_two_mistakes_are_told_apart(exercise: &Authored) {
    let Authored { folder, pack, .. } = exercise;
    for task in &pack.manifest().tasks {
        for separation in separations(pack, task) {
            let nearest = separation
                .nearest
                .as_ref()
                .map_or(f64::INFINITY, |(_, distance)| *distance);
            assert!(
                separation.from_right >= 10.0 && nearest >= 10.0,
                "{folder}: {}: {separation:?}",
                task.name
            );
        }
    }
}

fn what_learners_read(exercise: &Authored) {
    let Authored { folder, pack, info } = exercise;
    let source = Path::new("exercises").join(folder).join("src/lib.rs");
    let mut texts = Vec::new();
    for task in &pack.manifest().tasks {
        for mistake in &task.mistakes {
            let graded = mistaken(pack, task, &mistake.id);
            let grade = graded.first_failure().expect("a mistake is rejected");
            let exercise = &pack.manifest().exercise;
            let picture = attentive_grader::plot::path(exercise, &task.name, &grade.name);
            let finding = grade.verdict.finding();
            let is_drawn = finding.is_none_or(|finding| finding.kind.is_drawn());
            let (task, picture) = (&graded, is_drawn.then_some(picture.as_path()));
            let text = Report {
                exercise,
                text: info,
                root: None,
                reader: Path::new(""),
                source: &source,
                task,
                grade,
                picture,
            };
            let text = text.to_string();
            assert!(
                text.lines().count() <= 25,
                "{folder}: too long a report:\n{text}"
            );
            texts.push(text);
        }
    }
    // The numbers are the packs'; what is read here is the words.
    insta::assert_snapshot!(folder.as_str(), without_numbers(&texts.join("\n")));
}

/// Replaces decimal fractions, and any number after `yours` or `expected`.
fn without_numbers(text: &str) -> String {
    let (mut replaced, mut rest) = (String::new(), text);
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let length = number_length(&rest[start..]);
        let (before, number) = (&rest[..start], &rest[start..start + length]);
        let unsigned = before.strip_suffix('-').unwrap_or(before);
        let is_compared = unsigned.ends_with("yours ") || unsigned.ends_with("expected ");
        if number.contains('.') || is_compared {
            replaced += unsigned;
            replaced += "[number]";
        } else {
            replaced += &rest[..start + length];
        }
        rest = &rest[start + length..];
    }
    replaced + rest
}

/// Returns the length of the number that a text begins with, such as `12`, `0.5` or `1.5e-7`.
fn number_length(text: &str) -> usize {
    let digits = |from: usize| {
        let rest = text.get(from..).unwrap_or_default();
        from + rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len()
    };
    let whole = digits(0);
    let fraction = digits(whole + 1);
    if !text[whole..].starts_with('.') || fraction == whole + 1 {
        return whole;
    }
    let sign = usize::from(text[fraction..].starts_with("e-"));
    let exponent = digits(fraction + 1 + sign);
    let is_exponent = text[fraction..].starts_with('e') && exponent > fraction + 1 + sign;
    if is_exponent { exponent } else { fraction }
}

fn what_is_no_attempt_does_not_pass(exercise: &Authored) {
    let Authored { folder, pack, .. } = exercise;
    let zeros = |right: &ArrayD<f32>, _: &Case| ArrayD::zeros(right.raw_dim());
    let transposed = |right: &ArrayD<f32>, _: &Case| {
        let mut answer = right.clone();
        match answer.ndim() {
            0 => answer.mapv_inplace(|number| -number), // a number has no axis: its sign changes
            1 => answer.invert_axis(Axis(0)), // transposing changes nothing: it is turned round
            axes => answer.swap_axes(axes - 2, axes - 1),
        }
        answer
    };
    let first_input = |_: &ArrayD<f32>, case: &Case| {
        let numbers = case.inputs.values().find_map(|tensor| match tensor {
            Tensor::F32(array) => Some(array.clone()),
            Tensor::Bool(_) | Tensor::I64(_) => None,
        });
        numbers.unwrap_or_else(|| ArrayD::zeros(vec![]))
    };
    type Attempt<'a> = &'a dyn Fn(&ArrayD<f32>, &Case) -> ArrayD<f32>;
    let attempts: [(&str, Attempt<'_>); 3] = [
        ("zeros", &zeros),
        ("its answer transposed", &transposed),
        ("its first input", &first_input),
    ];
    for task in &pack.manifest().tasks {
        for (what, attempt) in attempts {
            let answer = By(|task: &str, case: &Case| {
                let right = pack.expected(task, &case.name);
                let mut outputs = Outputs::new();
                for (name, right) in right {
                    let answer = attempt(&right.numbers(), case);
                    let answer = match right {
                        Tensor::I64(_) => Tensor::I64(answer.mapv(|entry| entry as i64)),
                        _ => Tensor::F32(answer),
                    };
                    outputs.insert(name, answer);
                }
                Reply { outputs }
            });
            let mut answer = answer;
            let graded = grade(pack, task, &mut answer);
            assert!(
                !graded.passed(),
                "{folder}: `{}` passes when it returns {what}",
                task.name
            );
        }
    }
}

fn words_and_numbers_fit_together(exercise: &Authored) {
    let Authored { folder, pack, info } = exercise;
    let tasks = &pack.manifest().tasks;
    let names: Vec<_> = tasks.iter().map(|task| &task.name).collect();
    assert_eq!(
        names,
        info.tasks.iter().map(|task| &task.name).collect::<Vec<_>>(),
        "{folder}: tasks"
    );
    let recorded: BTreeSet<_> = tasks
        .iter()
        .flat_map(|task| &task.mistakes)
        .map(|mistake| mistake.name())
        .collect();
    let explained: BTreeSet<_> = info
        .mistakes
        .iter()
        .map(|mistake| mistake.id.as_str())
        .collect();
    assert_eq!(
        recorded, explained,
        "{folder}: mistakes recorded and mistakes explained"
    );
    assert!(
        recorded.len() >= LEAST_MISTAKES,
        "{folder}: at least {LEAST_MISTAKES} mistakes"
    );
    for task in &info.tasks {
        assert!(
            task.hints.len() >= LEAST_HINTS,
            "{folder}: `{}` has at least {LEAST_HINTS} hints",
            task.name
        );
    }
}

fn the_picture_in_the_readme_is_one_of_the_graders() {
    let Authored { pack, .. } = Authored::load("05-scaled-dot-product");
    let task = pack
        .manifest()
        .tasks
        .iter()
        .find(|task| task.name == "attention")
        .expect("the task");
    let graded = mistaken(&pack, task, "mask-inverted");
    let grade = graded.first_failure().expect("a mistake is rejected");
    let drawn = attentive_grader::plot::svg(grade.verdict.finding().expect("wrong values"))
        .expect("a picture");
    let path = Path::new("book/src/assets/mask-inverted.svg");
    if std::fs::read_to_string(root().join(path)).ok().as_deref() != Some(&drawn) {
        let fresh = root().join("target/attentive/mask-inverted.svg");
        std::fs::create_dir_all(fresh.parent().expect("a folder")).expect("it can be made");
        std::fs::write(&fresh, drawn).expect("it can be written");
        panic!(
            "{} is not what the grader draws today; copy {} over it",
            path.display(),
            fresh.display()
        );
    }
}
