//! Correct ways of solving the exercise that differ from the solution: the grader has to accept every one.

mod adapter;
mod everything_in_f64;
mod fused;
mod sequences;

use adapter::Ways;

#[test]
fn everything_in_f64_from_the_formulas() {
    static WAYS: Ways = Ways {
        block_backward: everything_in_f64::block_backward,
        gradients: everything_in_f64::gradients,
        accumulate: everything_in_f64::accumulate,
        update: everything_in_f64::update,
        step: everything_in_f64::step,
        train: everything_in_f64::train,
        save: everything_in_f64::save,
        resume: everything_in_f64::resume,
    };
    WAYS.graded().accept();
}

#[test]
fn one_product_for_queries_keys_and_values_and_changes_in_place() {
    static WAYS: Ways = Ways {
        block_backward: fused::block_backward,
        gradients: fused::gradients,
        accumulate: fused::accumulate,
        update: fused::update,
        step: fused::step,
        train: fused::train,
        save: fused::save,
        resume: fused::resume,
    };
    WAYS.graded().accept();
}

#[test]
fn sequence_by_sequence_from_the_last() {
    static WAYS: Ways = Ways {
        block_backward: sequences::block_backward,
        gradients: sequences::gradients,
        accumulate: sequences::accumulate,
        update: sequences::update,
        step: sequences::step,
        train: sequences::train,
        save: sequences::save,
        resume: sequences::resume,
    };
    WAYS.graded().accept();
}
