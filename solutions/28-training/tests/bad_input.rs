//! Bad input: the error says what was expected and names the tensor.

use ndarray::{Array2, ArrayD, IxDyn};
use training::{
    Batch, Part, RunSettings, Schedule, Settings, State, Tensors, resume, save, step, update,
};

fn settings() -> RunSettings {
    RunSettings {
        heads: 1,
        ignored: 0,
        micro_batch: 1,
        max_norm: 1.0,
        schedule: Schedule {
            peak: 0.01,
            floor: 0.0,
            warm_up: 0,
            steps: 10,
        },
        adamw: Settings {
            beta_1: 0.9,
            beta_2: 0.999,
            epsilon: 1e-8,
            weight_decay: 0.1,
        },
    }
}

fn tensors(name: &str, shape: &[usize]) -> Tensors {
    Tensors::from([(name.to_owned(), ArrayD::ones(IxDyn(shape)))])
}

/// The state after a step whose gradient has this name and shape.
fn updated_with(name: &str, shape: &[usize]) -> State {
    let part = Part {
        loss: 1.0,
        counted: 1,
        gradients: tensors(name, shape),
    };
    let state = State::new(tensors("weight", &[1, 2]));
    update(&state, &part, &settings()).0
}

#[test]
#[should_panic(expected = "expected a gradient of `weight`, found none")]
fn a_parameter_without_a_gradient_is_named() {
    updated_with("height", &[1, 2]);
}

#[test]
#[should_panic(
    expected = "expected the gradient of `weight` to have its shape [1, 2], found [2, 1]"
)]
fn a_gradient_of_a_different_shape_is_named() {
    updated_with("weight", &[2, 1]);
}

#[test]
#[should_panic(expected = "expected at least one sequence in a batch, found none")]
fn an_empty_batch_is_refused() {
    let batch = Batch {
        inputs: Array2::zeros((0, 3)),
        targets: Array2::zeros((0, 3)),
    };
    let state = State::new(tensors("weight", &[1, 2]));
    step(&state, &batch, &settings());
}

#[test]
fn a_rate_of_0_moves_nothing() {
    let mut settings = settings();
    settings.schedule.peak = 0.0;
    let part = Part {
        loss: 1.0,
        counted: 1,
        gradients: tensors("weight", &[1, 2]),
    };
    let state = State::new(tensors("weight", &[1, 2]));
    let (next, record) = update(&state, &part, &settings);
    assert_eq!(next.parameters, state.parameters);
    assert_eq!((record.rate, next.step), (0.0, 1));
}

#[test]
fn a_damaged_checkpoint_is_an_error_that_names_the_tensor() {
    let checkpoint = save(&State::new(tensors("weight", &[1, 2])));
    let said = |change: fn(&mut Tensors)| {
        let mut damaged = checkpoint.clone();
        change(&mut damaged);
        let error = resume(&damaged).expect_err("it is refused");
        error.to_string()
    };
    for (name, said) in [
        ("m.weight", said(|damaged| drop(damaged.remove("m.weight")))),
        ("v.weight", said(|damaged| drop(damaged.remove("v.weight")))),
        ("step", said(|damaged| drop(damaged.remove("step")))),
        (
            "parameters.weight",
            said(|damaged| drop(damaged.remove("parameters.weight"))),
        ),
    ] {
        let expected = format!("expected a tensor `{name}` in the checkpoint, found none");
        assert!(said.contains(&expected), "{said}");
    }
    let shape = said(|damaged| drop(damaged.insert("v.weight".into(), ArrayD::ones(IxDyn(&[2])))));
    assert!(
        shape.contains("expected `v.weight` to have the shape [1, 2] of its parameter, found [2]"),
        "{shape}"
    );
}
