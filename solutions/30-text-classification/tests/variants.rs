//! Correct ways of solving the exercise that differ from the solution: the grader has to accept every one.

mod adapter;
mod everything_in_f64;
mod one_by_one;
mod with_products;

use adapter::Ways;

#[test]
fn everything_in_f64_from_the_formulas() {
    static WAYS: Ways = Ways {
        vocabulary: everything_in_f64::vocabulary,
        encode: everything_in_f64::encode,
        mean_pool: everything_in_f64::mean_pool,
        mean_pool_backward: everything_in_f64::mean_pool_backward,
        drop_out: everything_in_f64::drop_out,
        classify: everything_in_f64::classify,
        gradients: everything_in_f64::gradients,
        evaluate: everything_in_f64::evaluate,
        experiment: everything_in_f64::experiment,
    };
    WAYS.graded().accept();
}

#[test]
fn text_by_text_without_padding() {
    static WAYS: Ways = Ways {
        vocabulary: one_by_one::vocabulary,
        encode: one_by_one::encode,
        mean_pool: one_by_one::mean_pool,
        mean_pool_backward: one_by_one::mean_pool_backward,
        drop_out: one_by_one::drop_out,
        classify: one_by_one::classify,
        gradients: one_by_one::gradients,
        evaluate: one_by_one::evaluate,
        experiment: one_by_one::experiment,
    };
    WAYS.graded().accept();
}

#[test]
fn masks_as_numbers_and_batches_padded_anew() {
    static WAYS: Ways = Ways {
        vocabulary: with_products::vocabulary,
        encode: with_products::encode,
        mean_pool: with_products::mean_pool,
        mean_pool_backward: with_products::mean_pool_backward,
        drop_out: with_products::drop_out,
        classify: with_products::classify,
        gradients: with_products::gradients,
        evaluate: with_products::evaluate,
        experiment: with_products::experiment,
    };
    WAYS.graded().accept();
}
