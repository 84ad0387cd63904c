use super::*;

fn ran(verdict: TaskVerdict) -> ExerciseOutcome {
    ExerciseOutcome::Ran {
        tasks: vec![TaskResult {
            name: "t".into(),
            verdict,
            passed: Tally { passed: 0, of: 1 },
            limit: None,
            failure: None,
        }],
    }
}

#[test]
fn attempts_agree_when_their_verdicts_do() {
    let fault = || ExerciseOutcome::Fault {
        message: "the disk is full".into(),
    };
    let (slow, passed) = (ran(TaskVerdict::Limit), ran(TaskVerdict::Passed));
    assert!(slow.agrees_with(&slow) && !slow.agrees_with(&passed));
    // A full disk says nothing of whether a program is steady.
    assert!(fault().agrees_with(&passed) && passed.agrees_with(&fault()));
}

/// A line of a journal that was written before any of its parts had a name.
#[test]
fn stored_results_keep_their_form() {
    let line = concat!(
        r#"{"key":"k","exercise":"05-x","outcome":{"ran":{"tasks":["#,
        r#"{"name":"scores","verdict":"panicked","passed":[3,5],"limit":null,"failure":"#,
        r#"{"case":"c","purpose":"p","summary":"s","place":["src/lib.rs",7],"#,
        r#""mistake":["not-scaled",2,3],"report":"r","picture":true}},"#,
        r#"{"name":"attention","verdict":"limit","passed":[0,5],"limit":"10 s for one call","failure":null},"#,
        r#"{"name":"t","verdict":"not-a-number","passed":[0,1],"limit":null,"failure":null}"#,
        r#"]}},"seconds":[1.0,0.5],"unsteady":false}"#
    );
    let result: ExerciseResult = serde_json::from_str(line).expect("it is a result");
    let ExerciseOutcome::Ran { tasks } = &result.outcome else {
        panic!("{result:?}");
    };
    let failure = tasks[0].failure.as_ref().expect("it failed");
    let location = failure.location.as_ref().expect("it has a location");
    assert_eq!((location.file.as_str(), location.line), ("src/lib.rs", 7));
    assert_eq!(tasks[1].words(), "limit reached: 10 s for one call");
    assert_eq!(tasks[2].words(), "not a number");
    assert_eq!(result.seconds.running, 0.5);
    assert_eq!(serde_json::to_string(&result).expect("it is JSON"), line);
}

/// The grader's names for machines and the stored ones are the same.
#[test]
fn verdicts_are_stored_by_the_graders_names() {
    let failure = Failure::NotImplemented {
        text: String::new(),
    };
    for verdict in [Verdict::Passed, Verdict::NoReply(failure)] {
        let stored = serde_json::to_value(TaskVerdict::from(&verdict)).expect("it is JSON");
        assert_eq!(stored, verdict.id());
    }
}
