//! Correct ways of solving the exercise that differ from the solution: the grader has to accept every one.

#[expect(
    dead_code,
    reason = "a Vision Transformer has a feed-forward network of its own"
)]
#[path = "../../11-encoder-block/tests/in_f64/mod.rs"]
mod in_f64;
#[path = "../../17-bert/tests/layers_in_f64/mod.rs"]
mod layers_in_f64;

use attentive_grader::{Exercise, exercise};
use ndarray::linalg::kron;
use ndarray::{
    Array1, Array2, Array3, ArrayView2, ArrayView3, ArrayView4, Axis, concatenate, s, stack,
};
use vision_transformer::{
    BlockSteps, VitBlock, VitEmbeddings, VitHead, block, gelu, interpolate, patches,
};

use in_f64::{Matrix, batch, widen};
use layers_in_f64::{gelu_in_f64, linear_in_f64};

type Patches = fn(ArrayView3<'_, f32>, usize) -> Array2<f32>;
type Interpolate = fn(ArrayView2<'_, f32>, usize, usize) -> Array2<f32>;
type Embed = fn(ArrayView4<'_, f32>, &VitEmbeddings<'_>) -> Array3<f32>;
type Block = fn(ArrayView3<'_, f32>, &VitBlock<'_>, usize, f32) -> BlockSteps;
type Classify = fn(ArrayView3<'_, f32>, &VitHead<'_>, f32) -> Array2<f32>;

fn cutting(patches: Patches) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR")).task("patches", move |case| {
        let (pixels, size) = (case.view("pixels")?, case.size("patch_size")?);
        Ok(case.reply("patches", patches(pixels, size)))
    })
}

fn resizing(interpolate: Interpolate) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR")).task("interpolate", move |case| {
        let (rows, columns) = (case.size("rows")?, case.size("columns")?);
        let resized = interpolate(case.view("positions")?, rows, columns);
        Ok(case.reply("resized", resized))
    })
}

fn embedding(embed: Embed) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR")).task("embed", move |case| {
        let embeddings = VitEmbeddings::named(
            |name| case.view(name),
            |name| case.view(name),
            case.size("patch_size")?,
        )?;
        Ok(case.reply("vectors", embed(case.view("images")?, &embeddings)))
    })
}

fn blocks(block: Block) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR")).task("block", move |case| {
        let weights = VitBlock::named(|name| case.view(name), |name| case.view(name))?;
        let (heads, epsilon) = (case.size("heads")?, case.number("epsilon")?);
        let steps = block(case.view("x")?, &weights, heads, epsilon);
        Ok(case
            .reply("attention_weights", steps.attention_weights)
            .and("attention", steps.attention)
            .and("after_attention", steps.after_attention)
            .and("feed_forward", steps.feed_forward)
            .and("output", steps.output))
    })
}

fn classifying(classify: Classify) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR")).task("classify", move |case| {
        let head = VitHead::named(|name| case.view(name), |name| case.view(name))?;
        let logits = classify(case.view("x")?, &head, case.number("epsilon")?);
        Ok(case.reply("logits", logits))
    })
}

#[test]
fn patches_number_by_number() {
    cutting(|pixels, size| {
        let (channels, height, width) = pixels.dim();
        let columns = width / size;
        let count = (height / size) * columns;
        Array2::from_shape_fn((count, channels * size * size), |(patch, number)| {
            let (channel, pixel) = (number / (size * size), number % (size * size));
            let y = patch / columns * size + pixel / size;
            let x = patch % columns * size + pixel % size;
            pixels[(channel, y, x)]
        })
    })
    .accept();
}

/// Each axis becomes two, and the channels move behind the grid.
#[test]
fn patches_by_moving_axes() {
    cutting(|pixels, size| {
        let (channels, height, width) = pixels.dim();
        let (rows, columns) = (height / size, width / size);
        let whole = pixels.slice(s![.., ..rows * size, ..columns * size]);
        let split = whole
            .to_shape((channels, rows, size, columns, size))
            .expect("as many entries");
        let moved = split.view().permuted_axes([1, 3, 0, 2, 4]);
        moved
            .to_shape((rows * columns, channels * size * size))
            .expect("as many entries")
            .into_owned()
    })
    .accept();
}

/// Each channel's squares are columns of the result next to those of the channel before it.
#[test]
fn patches_channel_by_channel() {
    cutting(|pixels, size| {
        let of_channels: Vec<Array2<f32>> = pixels
            .outer_iter()
            .map(|channel| {
                let squares = channel.exact_chunks((size, size));
                let rows: Vec<Array1<f32>> = squares
                    .into_iter()
                    .map(|square| square.flatten().into_owned())
                    .collect();
                let views: Vec<_> = rows.iter().map(|row| row.view()).collect();
                stack(Axis(0), &views).expect("equal lengths")
            })
            .collect();
        let views: Vec<_> = of_channels.iter().map(|channel| channel.view()).collect();
        concatenate(Axis(1), &views).expect("as many squares")
    })
    .accept();
}

/// The kernel from its two polynomials in the distance, in `f64`.
fn cubic(distance: f64) -> f64 {
    const A: f64 = -0.75;
    let d = distance.abs();
    if d <= 1.0 {
        (A + 2.0) * d.powi(3) - (A + 3.0) * d.powi(2) + 1.0
    } else if d < 2.0 {
        A * d.powi(3) - 5.0 * A * d.powi(2) + 8.0 * A * d - 4.0 * A
    } else {
        0.0
    }
}

/// The weights of an axis, from all entries of a grid that is continued by two on both sides.
fn axis_weights(side: usize, length: usize) -> Matrix {
    let mut weights = Array2::zeros((length, side));
    for ((target, old), weight) in weights.indexed_iter_mut() {
        let source = (target as f64 + 0.5) * side as f64 / length as f64 - 0.5;
        for entry in -2..side as i64 + 2 {
            if entry.clamp(0, side as i64 - 1) == old as i64 {
                *weight += cubic(source - entry as f64);
            }
        }
    }
    weights
}

/// One product with a matrix that has a row for each new square and a column for each old one.
#[test]
fn interpolate_by_one_matrix_in_f64() {
    resizing(|positions, rows, columns| {
        let side = (positions.nrows() - 1).isqrt();
        let both = kron(&axis_weights(side, rows), &axis_weights(side, columns));
        let squares = both.dot(&widen(positions.slice(s![1.., ..])));
        let class = positions.slice(s![..1, ..]);
        concatenate(Axis(0), &[class, squares.mapv(|x| x as f32).view()]).expect("as wide")
    })
    .accept();
}

/// First all rows, then all columns, feature by feature.
#[test]
fn interpolate_axis_after_axis() {
    resizing(|positions, rows, columns| {
        let side = (positions.nrows() - 1).isqrt();
        let down = axis_weights(side, rows).mapv(|x| x as f32);
        let across = axis_weights(side, columns).mapv(|x| x as f32);
        let mut resized = Array2::zeros((1 + rows * columns, positions.ncols()));
        for (mut new, old) in resized.columns_mut().into_iter().zip(positions.columns()) {
            let grid = old.slice(s![1..]);
            let grid = grid.to_shape((side, side)).expect("as many entries");
            let grid = down.dot(&grid).dot(&across.t());
            new[0] = old[0];
            new.slice_mut(s![1..]).assign(&grid.flatten());
        }
        resized
    })
    .accept();
}

/// Sixteen terms for each entry, with the weights of the four neighbours by their usual formulas.
#[test]
fn interpolate_from_sixteen_neighbours() {
    /// The first of the four entries, and their weights.
    fn neighbours(target: usize, side: usize, length: usize) -> (i64, [f32; 4]) {
        let source = (target as f32 + 0.5) * (side as f32 / length as f32) - 0.5;
        let t = source - source.floor();
        let near = |t: f32| ((-0.75 + 2.0) * t - (-0.75 + 3.0)) * t * t + 1.0;
        let far = |t: f32| ((-0.75 * t + 3.75) * t - 6.0) * t + 3.0;
        let weights = [far(t + 1.0), near(t), near(1.0 - t), far(2.0 - t)];
        (source.floor() as i64 - 1, weights)
    }
    resizing(|positions, rows, columns| {
        let side = (positions.nrows() - 1).isqrt();
        let inside = |index: i64| index.clamp(0, side as i64 - 1) as usize;
        let shape = (1 + rows * columns, positions.ncols());
        Array2::from_shape_fn(shape, |(position, feature)| {
            if position == 0 {
                return positions[(0, feature)];
            }
            let (row, column) = ((position - 1) / columns, (position - 1) % columns);
            let (top, vertical) = neighbours(row, side, rows);
            let (left, horizontal) = neighbours(column, side, columns);
            let mut sum = 0.0;
            for (i, v) in (0..).zip(vertical) {
                for (j, h) in (0..).zip(horizontal) {
                    let old = 1 + inside(top + i) * side + inside(left + j);
                    sum += v * h * positions[(old, feature)];
                }
            }
            sum
        })
    })
    .accept();
}

/// All squares of the batch go through one product, and the class token is stacked on top.
#[test]
fn embed_by_one_product() {
    embedding(|images, embeddings| {
        let (batch, _, height, width) = images.dim();
        let size = embeddings.patch_size;
        let cut: Vec<_> = images
            .outer_iter()
            .map(|pixels| patches(pixels, size))
            .collect();
        let cut: Vec<_> = cut.iter().map(|squares| squares.view()).collect();
        let squares = stack(Axis(0), &cut).expect("equal sizes");
        let projected = embeddings.projection.apply(squares.view());
        let class_token = embeddings.class_token;
        let class_tokens = class_token
            .broadcast((batch, 1, class_token.len()))
            .expect("as wide");
        let tokens = concatenate(Axis(1), &[class_tokens, projected.view()]).expect("as wide");
        tokens + interpolate(embeddings.positions, height / size, width / size)
    })
    .accept();
}

/// A convolution with the kernel as its step, number by number in `f64`.
#[test]
fn embed_by_convolution_in_f64() {
    embedding(|images, embeddings| {
        let (batch, channels, height, width) = images.dim();
        let size = embeddings.patch_size;
        let (rows, columns) = (height / size, width / size);
        let positions = interpolate(embeddings.positions, rows, columns);
        let projection = embeddings.projection;
        let kernel = projection
            .weight
            .to_shape((projection.weight.nrows(), channels, size, size))
            .expect("as many entries");
        let shape = (batch, 1 + rows * columns, positions.ncols());
        Array3::from_shape_fn(shape, |(image, token, feature)| {
            let position = positions[(token, feature)];
            if token == 0 {
                return embeddings.class_token[feature] + position;
            }
            let (top, left) = ((token - 1) / columns * size, (token - 1) % columns * size);
            let kernel = kernel.index_axis(Axis(0), feature);
            let sum: f64 = kernel
                .indexed_iter()
                .map(|((channel, y, x), &weight)| {
                    f64::from(weight) * f64::from(images[(image, channel, top + y, left + x)])
                })
                .sum();
            (sum + f64::from(projection.bias[feature]) + f64::from(position)) as f32
        })
    })
    .accept();
}

/// The positions are there first, and everything else is added to them. P is interpolated only if its grid differs.
#[test]
fn embed_onto_the_positions() {
    embedding(|images, embeddings| {
        let (batch, _, height, width) = images.dim();
        let size = embeddings.patch_size;
        let grid = (height / size, width / size);
        let positions = if grid.0 == grid.1 && 1 + grid.0 * grid.1 == embeddings.positions.nrows() {
            embeddings.positions.to_owned()
        } else {
            interpolate(embeddings.positions, grid.0, grid.1)
        };
        let mut vectors = positions
            .broadcast((batch, positions.nrows(), positions.ncols()))
            .expect("as wide")
            .to_owned();
        for (image, pixels) in images.outer_iter().enumerate() {
            let mut vectors = vectors.index_axis_mut(Axis(0), image);
            for (token, square) in patches(pixels, size).outer_iter().enumerate() {
                let mut vector = vectors.row_mut(1 + token);
                vector += &embeddings.projection.apply(square);
            }
            let mut first = vectors.row_mut(0);
            first += &embeddings.class_token;
        }
        vectors
    })
    .accept();
}

#[test]
fn block_in_f64_image_by_image() {
    blocks(|x, w, heads, epsilon| {
        let epsilon = f64::from(epsilon);
        let (mut weights, mut steps) = (Vec::new(), [const { Vec::new() }; 4]);
        for image in x.outer_iter() {
            let x = widen(image);
            let normed = in_f64::norm(&x, &w.norm_1, epsilon);
            let (attention, of_heads) =
                in_f64::attention(&normed, &normed, &w.attention, heads, |_, _| true);
            let a = &x + &attention;
            let normed = in_f64::norm(&a, &w.norm_2, epsilon);
            let hidden = linear_in_f64(&normed, &w.widen).mapv(gelu_in_f64);
            let feed_forward = linear_in_f64(&hidden, &w.narrow);
            let y = &a + &feed_forward;
            weights.push(of_heads);
            for (step, found) in steps.iter_mut().zip([attention, a, feed_forward, y]) {
                step.push(found);
            }
        }
        let [attention, after_attention, feed_forward, output] =
            steps.each_ref().map(|step| batch(step));
        BlockSteps {
            attention_weights: batch(&weights),
            attention,
            after_attention,
            feed_forward,
            output,
        }
    })
    .accept();
}

/// A mask that blocks nothing, and sums in the other order.
#[test]
fn block_with_a_mask_of_true() {
    blocks(|x, w, heads, epsilon| {
        let (batch, tokens, _) = x.dim();
        let all = Array3::from_elem((batch, tokens, tokens), true);
        let normed = w.norm_1.apply(x, epsilon);
        let (attention, attention_weights) = multi_head_attention::multi_head_attention(
            normed.view(),
            normed.view(),
            normed.view(),
            &w.attention,
            heads,
            Some(all.view()),
        );
        let after_attention = &attention + &x;
        let normed = w.norm_2.apply(after_attention.view(), epsilon);
        let feed_forward = w
            .narrow
            .apply(gelu(w.widen.apply(normed.view()).view()).view());
        BlockSteps {
            output: &feed_forward + &after_attention,
            attention_weights,
            attention,
            after_attention,
            feed_forward,
        }
    })
    .accept();
}

/// Images do not read each other, so they may go through the block one by one.
#[test]
fn block_one_image_at_a_time() {
    blocks(|x, w, heads, epsilon| {
        let each: Vec<BlockSteps> = x
            .axis_chunks_iter(Axis(0), 1)
            .map(|image| block(image, w, heads, epsilon))
            .collect();
        let joined = |step: fn(&BlockSteps) -> ArrayView3<'_, f32>| {
            let views: Vec<_> = each.iter().map(step).collect();
            concatenate(Axis(0), &views).expect("equal sizes")
        };
        let weights: Vec<_> = each
            .iter()
            .map(|steps| steps.attention_weights.view())
            .collect();
        BlockSteps {
            attention_weights: concatenate(Axis(0), &weights).expect("equal sizes"),
            attention: joined(|steps| steps.attention.view()),
            after_attention: joined(|steps| steps.after_attention.view()),
            feed_forward: joined(|steps| steps.feed_forward.view()),
            output: joined(|steps| steps.output.view()),
        }
    })
    .accept();
}

/// A layer norm looks at one token at a time, so the class token may be chosen before it.
#[test]
fn classify_the_class_token_before_the_norm() {
    classifying(|x, head, epsilon| {
        let class_tokens = x.slice(s![.., ..1, ..]);
        let normed = head.norm.apply(class_tokens, epsilon);
        head.classifier.apply(normed.index_axis(Axis(1), 0))
    })
    .accept();
}

/// Every token is classified, and the first answer is kept.
#[test]
fn classify_every_token() {
    classifying(|x, head, epsilon| {
        let normed = head.norm.apply(x, epsilon);
        let logits = head.classifier.apply(normed.view());
        logits.index_axis(Axis(1), 0).to_owned()
    })
    .accept();
}

#[test]
fn classify_in_f64() {
    classifying(|x, head, epsilon| {
        let class_tokens = widen(x.index_axis(Axis(1), 0));
        let normed = in_f64::norm(&class_tokens, &head.norm, f64::from(epsilon));
        linear_in_f64(&normed, &head.classifier).mapv(|x| x as f32)
    })
    .accept();
}
