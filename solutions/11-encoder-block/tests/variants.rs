//! Correct ways of solving the exercise that differ from the solution: the grader has to accept every one.

mod in_f64;

use attentive_grader::{Case, CaseError, Exercise, Reply, exercise};
use attentive_variants::linear::backwards;
use encoder_block::{Dropout, EPSILON, EncoderSteps, EncoderWeights, KERAS_EPSILON};
use multi_head_attention::multi_head_attention;
use ndarray::{Array2, Array3, ArrayView2, ArrayView3, Axis, Zip, s, stack};

use in_f64::{Matrix, batch, widen};

type Block = fn(
    ArrayView3<'_, f32>,
    &EncoderWeights<'_>,
    usize,
    Option<ArrayView3<'_, bool>>,
) -> EncoderSteps;
type KerasBlock =
    fn(ArrayView3<'_, f32>, &EncoderWeights<'_>, usize, Option<&Dropout<'_>>) -> EncoderSteps;

fn with(post_norm: Block, pre_norm: Block, keras: KerasBlock) -> Exercise {
    let block = |block: Block| {
        move |case: &Case| {
            let (heads, mask) = (case.size("heads")?, case.optional_mask("mask")?);
            Ok(reply(
                case,
                block(case.view("x")?, &weights(case)?, heads, mask),
            ))
        }
    };
    exercise(env!("CARGO_MANIFEST_DIR"))
        .task("post_norm_block", block(post_norm))
        .task("pre_norm_block", block(pre_norm))
        .task("keras_block", move |case| {
            let dropout = match case.optional_mask("keep_attention")? {
                None => None,
                Some(keep_attention) => {
                    let keep_feed_forward = case.mask("keep_feed_forward")?;
                    Some(Dropout {
                        rate: case.number("rate")?,
                        keep_attention,
                        keep_feed_forward,
                    })
                }
            };
            Ok(reply(
                case,
                keras(
                    case.view("x")?,
                    &weights(case)?,
                    case.size("heads")?,
                    dropout.as_ref(),
                ),
            ))
        })
}

fn weights(case: &Case) -> Result<EncoderWeights<'_>, CaseError> {
    EncoderWeights::named(|name| case.view(name), |name| case.view(name))
}

fn reply(case: &Case, steps: EncoderSteps) -> Reply {
    case.reply("attention", steps.attention)
        .and("after_attention", steps.after_attention)
        .and("feed_forward", steps.feed_forward)
        .and("output", steps.output)
}

/// The four steps of each batch element as four batches.
fn steps(elements: Vec<[Matrix; 4]>) -> EncoderSteps {
    let step = |nth: usize| {
        batch(
            &elements
                .iter()
                .map(|steps| steps[nth].clone())
                .collect::<Vec<_>>(),
        )
    };
    EncoderSteps {
        attention: step(0),
        after_attention: step(1),
        feed_forward: step(2),
        output: step(3),
    }
}

#[test]
fn everything_in_f64_one_batch_element_at_a_time() {
    fn self_attention(
        x: &Matrix,
        w: &EncoderWeights<'_>,
        heads: usize,
        mask: Option<ArrayView2<'_, bool>>,
    ) -> Matrix {
        in_f64::attention(x, x, &w.attention, heads, |i, j| {
            mask.is_none_or(|mask| mask[(i, j)])
        })
        .0
    }
    fn kept(x: Matrix, keep: Option<(ArrayView3<'_, bool>, f32)>, element: usize) -> Matrix {
        let Some((keep, rate)) = keep else { return x };
        let factor = keep
            .index_axis(Axis(0), element)
            .mapv(|kept| f64::from(u8::from(kept)));
        x * factor / (1.0 - f64::from(rate))
    }
    with(
        |x, w, heads, mask| {
            steps(
                x.outer_iter()
                    .enumerate()
                    .map(|(element, x)| {
                        let x = widen(x);
                        let mask = mask.as_ref().map(|mask| mask.index_axis(Axis(0), element));
                        let attention = self_attention(&x, w, heads, mask);
                        let h = in_f64::norm(&(&x + &attention), &w.norm_1, f64::from(EPSILON));
                        let feed_forward = in_f64::feed_forward(&h, &w.feed_forward);
                        let output =
                            in_f64::norm(&(&h + &feed_forward), &w.norm_2, f64::from(EPSILON));
                        [attention, h, feed_forward, output]
                    })
                    .collect(),
            )
        },
        |x, w, heads, mask| {
            steps(
                x.outer_iter()
                    .enumerate()
                    .map(|(element, x)| {
                        let x = widen(x);
                        let mask = mask.as_ref().map(|mask| mask.index_axis(Axis(0), element));
                        let attention = self_attention(
                            &in_f64::norm(&x, &w.norm_1, f64::from(EPSILON)),
                            w,
                            heads,
                            mask,
                        );
                        let h = &x + &attention;
                        let normed = in_f64::norm(&h, &w.norm_2, f64::from(EPSILON));
                        let feed_forward = in_f64::feed_forward(&normed, &w.feed_forward);
                        let output = &h + &feed_forward;
                        [attention, h, feed_forward, output]
                    })
                    .collect(),
            )
        },
        |x, w, heads, dropout| {
            steps(
                x.outer_iter()
                    .enumerate()
                    .map(|(element, x)| {
                        let x = widen(x);
                        let keep_attention =
                            dropout.map(|dropout| (dropout.keep_attention, dropout.rate));
                        let keep_feed_forward =
                            dropout.map(|dropout| (dropout.keep_feed_forward, dropout.rate));
                        let attention =
                            kept(self_attention(&x, w, heads, None), keep_attention, element);
                        let h =
                            in_f64::norm(&(&x + &attention), &w.norm_1, f64::from(KERAS_EPSILON));
                        let feed_forward = kept(
                            in_f64::feed_forward(&h, &w.feed_forward),
                            keep_feed_forward,
                            element,
                        );
                        let output = in_f64::norm(
                            &(&h + &feed_forward),
                            &w.norm_2,
                            f64::from(KERAS_EPSILON),
                        );
                        [attention, h, feed_forward, output]
                    })
                    .collect(),
            )
        },
    )
    .accept();
}

/// Runs a function of (length, d_model) on each batch element.
fn each(
    x: ArrayView3<'_, f32>,
    element: impl Fn(usize, ArrayView2<'_, f32>) -> Array2<f32>,
) -> Array3<f32> {
    let elements: Vec<_> = x
        .outer_iter()
        .enumerate()
        .map(|(index, x)| element(index, x))
        .collect();
    let views: Vec<_> = elements.iter().map(|element| element.view()).collect();
    stack(Axis(0), &views).expect("equal shapes")
}

#[test]
fn with_the_functions_of_exercise_09_that_add_and_norm() {
    fn add_and_norm(
        x: ArrayView3<'_, f32>,
        sublayer: &Array3<f32>,
        norm: &encoder_block::Norm<'_>,
        epsilon: f32,
    ) -> Array3<f32> {
        each(x, |element, x| {
            let sublayer = sublayer.index_axis(Axis(0), element);
            layer_norm::add_and_norm(x, sublayer, norm.gamma, norm.beta, epsilon)
        })
    }
    fn drop_out(x: Array3<f32>, keep: ArrayView3<'_, bool>, rate: f32) -> Array3<f32> {
        Zip::from(&x)
            .and(&keep)
            .map_collect(|x, &kept| x * f32::from(u8::from(kept)) * (1.0 - rate).recip())
    }
    with(
        |x, w, heads, mask| {
            let (attention, _) = multi_head_attention(x, x, x, &w.attention, heads, mask);
            let after_attention = add_and_norm(x, &attention, &w.norm_1, EPSILON);
            let feed_forward = w.feed_forward.apply(after_attention.view());
            let output = add_and_norm(after_attention.view(), &feed_forward, &w.norm_2, EPSILON);
            EncoderSteps {
                attention,
                after_attention,
                feed_forward,
                output,
            }
        },
        |x, w, heads, mask| {
            let after_attention = each(x, |element, x| {
                let attend = |normed: ArrayView2<'_, f32>| {
                    let normed = normed.insert_axis(Axis(0));
                    let mask = mask
                        .as_ref()
                        .map(|mask| mask.slice(s![element..=element, .., ..]));
                    let (attention, _) =
                        multi_head_attention(normed, normed, normed, &w.attention, heads, mask);
                    attention.remove_axis(Axis(0))
                };
                layer_norm::pre_norm(x, attend, w.norm_1.gamma, w.norm_1.beta, EPSILON)
            });
            let attention = &after_attention - &x;
            let normed = w.norm_2.apply(after_attention.view(), EPSILON);
            let feed_forward = w.feed_forward.apply(normed.view());
            let output = &feed_forward + &after_attention;
            EncoderSteps {
                attention,
                after_attention,
                feed_forward,
                output,
            }
        },
        |x, w, heads, dropout| {
            let (mut attention, _) = multi_head_attention(x, x, x, &w.attention, heads, None);
            if let Some(&Dropout {
                rate,
                keep_attention,
                ..
            }) = dropout
            {
                attention = drop_out(attention, keep_attention, rate);
            }
            let after_attention = add_and_norm(x, &attention, &w.norm_1, KERAS_EPSILON);
            let mut feed_forward = w.feed_forward.apply(after_attention.view());
            if let Some(&Dropout {
                rate,
                keep_feed_forward,
                ..
            }) = dropout
            {
                feed_forward = drop_out(feed_forward, keep_feed_forward, rate);
            }
            let output = add_and_norm(
                after_attention.view(),
                &feed_forward,
                &w.norm_2,
                KERAS_EPSILON,
            );
            EncoderSteps {
                attention,
                after_attention,
                feed_forward,
                output,
            }
        },
    )
    .accept();
}

#[test]
fn with_the_variance_as_a_difference_and_sums_from_the_last_to_the_first() {
    fn norm(x: &Array3<f32>, w: &encoder_block::Norm<'_>, epsilon: f32) -> Array3<f32> {
        let d_model = x.len_of(Axis(2)) as f32;
        let mean = x.map_axis(Axis(2), |row| row.iter().rev().sum::<f32>() / d_model);
        let square = x.map_axis(Axis(2), |row| {
            row.iter().rev().map(|x| x * x).sum::<f32>() / d_model
        });
        let root = (square - &mean * &mean).mapv(|variance| (variance + epsilon).sqrt());
        (x - &mean.insert_axis(Axis(2))) / root.insert_axis(Axis(2)) * w.gamma + w.beta
    }
    fn feed_forward(x: &Array3<f32>, w: &encoder_block::FeedForward<'_>) -> Array3<f32> {
        each(x.view(), |_, x| {
            let hidden = backwards(x, w.w_1, Some(w.b_1)).mapv(|x| x.max(0.0));
            backwards(hidden.view(), w.w_2, Some(w.b_2))
        })
    }
    /// Zero times what is dropped, and 1/(1 − rate) times the rest.
    fn factor(
        keep: Option<ArrayView3<'_, bool>>,
        rate: f32,
        shape: (usize, usize, usize),
    ) -> Array3<f32> {
        Array3::from_shape_fn(shape, |index| match keep {
            Some(keep) if !keep[index] => 0.0,
            Some(_) => 1.0 / (1.0 - rate),
            None => 1.0,
        })
    }
    with(
        |x, w, heads, mask| {
            let (attention, _) = multi_head_attention(x, x, x, &w.attention, heads, mask);
            let after_attention = norm(&(&attention + &x), &w.norm_1, EPSILON);
            let feed_forward = feed_forward(&after_attention, &w.feed_forward);
            let output = norm(&(&feed_forward + &after_attention), &w.norm_2, EPSILON);
            EncoderSteps {
                attention,
                after_attention,
                feed_forward,
                output,
            }
        },
        |x, w, heads, mask| {
            let normed = norm(&x.to_owned(), &w.norm_1, EPSILON);
            let (attention, _) = multi_head_attention(
                normed.view(),
                normed.view(),
                normed.view(),
                &w.attention,
                heads,
                mask,
            );
            let after_attention = &attention + &x;
            let feed_forward =
                feed_forward(&norm(&after_attention, &w.norm_2, EPSILON), &w.feed_forward);
            let output = &feed_forward + &attention + x;
            EncoderSteps {
                attention,
                after_attention,
                feed_forward,
                output,
            }
        },
        |x, w, heads, dropout| {
            let rate = dropout.map_or(0.0, |dropout| dropout.rate);
            let keep_attention =
                factor(dropout.map(|dropout| dropout.keep_attention), rate, x.dim());
            let keep_feed_forward = factor(
                dropout.map(|dropout| dropout.keep_feed_forward),
                rate,
                x.dim(),
            );
            let attention =
                keep_attention * multi_head_attention(x, x, x, &w.attention, heads, None).0;
            let after_attention = norm(&(&attention + &x), &w.norm_1, KERAS_EPSILON);
            let feed_forward = keep_feed_forward * feed_forward(&after_attention, &w.feed_forward);
            let output = norm(
                &(&feed_forward + &after_attention),
                &w.norm_2,
                KERAS_EPSILON,
            );
            EncoderSteps {
                attention,
                after_attention,
                feed_forward,
                output,
            }
        },
    )
    .accept();
}
