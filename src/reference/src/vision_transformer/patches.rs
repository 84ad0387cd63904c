//! The task `patches`.

use tch::Tensor;

use crate::inputs::Inputs;
use crate::property::Property;
use crate::task::Task;

/// Patches, from the pixels and the size of a square.
type Way = fn(&Tensor, i64) -> Tensor;

/// The axes of [`squares`].
const CHANNEL: i64 = 0;
const ROW: i64 = 1;
const DOWN: i64 = 2;
const COLUMN: i64 = 3;
const RIGHT: i64 = 4;

/// The cases with several rows and columns of squares, and several channels of several pixels.
pub(super) const TELLING: &[&str] = &["wide", "tall", "rest"];

/// The cases whose images have pixels that belong to no square.
const WITH_REST: &[&str] = &["rest"];

/// The squares (patches, channels · size · size), by libtorch's kernel that prepares convolutions.
pub fn cut(pixels: &Tensor, size: i64) -> Tensor {
    let columns = pixels
        .unsqueeze(0)
        .im2col([size, size], [1, 1], [0, 0], [size, size]);
    columns.squeeze_dim(0).tr()
}

/// The squares, by splitting each axis in two and moving the channels behind the grid.
pub fn formula(pixels: &Tensor, size: i64) -> Tensor {
    in_order(pixels, size, [ROW, COLUMN, CHANNEL, DOWN, RIGHT])
}

pub(super) fn task() -> Task {
    let task = Task::new("patches", by(cut)).output("patches", ["patch", "number"]);
    properties(mistakes(cases(task)))
}

fn by(way: Way) -> impl Fn(&Inputs) -> Tensor {
    move |x| way(&x["pixels"], x.size("patch_size"))
}

/// The image (channels, rows, size, columns, size) without what fills no square.
fn squares(pixels: &Tensor, size: i64) -> Tensor {
    let whole = whole(pixels, size, |_| 0);
    whole.unflatten(2, [-1, size]).unflatten(1, [-1, size])
}

/// The pixels that fill squares, when `first` of the rest of an axis is left out at its beginning.
fn whole(pixels: &Tensor, size: i64, first: fn(i64) -> i64) -> Tensor {
    let cropped = |pixels: &Tensor, axis: i64| {
        let length = pixels.size()[axis as usize];
        let rest = length % size;
        pixels.narrow(axis, first(rest), length - rest)
    };
    cropped(&cropped(pixels, 1), 2)
}

/// The squares with their axes in this order: the first two count squares, the others are within one.
fn in_order(pixels: &Tensor, size: i64, axes: [i64; 5]) -> Tensor {
    let squares = squares(pixels, size).permute(axes);
    squares.flatten(2, 4).flatten(0, 1)
}

/// The same numbers in rows of one square each, in the order in which they are after the axes are moved.
fn reshaped(pixels: &Tensor, size: i64, axes: [i64; 5]) -> Tensor {
    let row = pixels.size()[0] * size * size;
    squares(pixels, size).permute(axes).reshape([-1, row])
}

fn cases(task: Task) -> Task {
    let inputs = |shape: [i64; 3], size: i64| {
        move |random: &crate::random::Random| {
            Inputs::default()
                .with("pixels", random.normal(&shape))
                .with("patch_size", size)
        }
    };
    task.case(
        "wide",
        "3 channels of 4 × 6 pixels, in patches of 2 × 2: 2 rows of 3 patches",
        inputs([3, 4, 6], 2),
    )
    .case(
        "tall",
        "2 channels of 9 × 6 pixels, in patches of 3 × 3: 3 rows of 2 patches",
        inputs([2, 9, 6], 3),
    )
    .case(
        "square",
        "2 channels of 4 × 4 pixels, in patches of 2 × 2: as many rows as columns",
        inputs([2, 4, 4], 2),
    )
    .case(
        "rest",
        "4 channels of 7 × 8 pixels, in patches of 3 × 3: a row and two columns of pixels are left",
        inputs([4, 7, 8], 3),
    )
    .case(
        "one-channel",
        "a grey image of 4 × 8 pixels, in patches of 2 × 2",
        inputs([1, 4, 8], 2),
    )
    .case(
        "one-square",
        "the image is one patch of 3 × 3 pixels in 2 channels",
        inputs([2, 3, 3], 3),
    )
    .case(
        "single-pixels",
        "patches of one pixel: each row has the channels of a pixel",
        inputs([3, 2, 4], 1),
    )
}

fn mistakes(task: Task) -> Task {
    of_the_rest(of_places(of_orders(task))).others_only_in(TELLING)
}

fn of_orders(task: Task) -> Task {
    task.mistake(
        "patches-in-column-order",
        by(|pixels, size| in_order(pixels, size, [COLUMN, ROW, CHANNEL, DOWN, RIGHT])),
    )
    .mistake(
        "channels-last",
        by(|pixels, size| in_order(pixels, size, [ROW, COLUMN, DOWN, RIGHT, CHANNEL])),
    )
    .form(
        "channels-last",
        "channels-between",
        by(|pixels, size| in_order(pixels, size, [ROW, COLUMN, DOWN, CHANNEL, RIGHT])),
    )
    .mistake(
        "pixels-in-column-order",
        by(|pixels, size| in_order(pixels, size, [ROW, COLUMN, CHANNEL, RIGHT, DOWN])),
    )
    .form(
        "pixels-in-column-order",
        "channels-last-in-column-order",
        by(|pixels, size| in_order(pixels, size, [ROW, COLUMN, RIGHT, DOWN, CHANNEL])),
    )
    .mistake(
        "image-transposed",
        by(|pixels, size| in_order(pixels, size, [COLUMN, ROW, CHANNEL, RIGHT, DOWN])),
    )
    .mistake(
        "channels-reversed",
        by(|pixels, size| cut(&pixels.flip([0]), size)),
    )
    .mistake(
        "channel-by-channel",
        by(|pixels, size| reshaped(pixels, size, [CHANNEL, ROW, COLUMN, DOWN, RIGHT])),
    )
    .mistake(
        "reshaped-without-cutting",
        by(|pixels, size| reshaped(pixels, size, [CHANNEL, ROW, DOWN, COLUMN, RIGHT])),
    )
    .only_in(["wide", "tall"])
    .form(
        "reshaped-without-cutting",
        "strips",
        by(|pixels, size| reshaped(pixels, size, [ROW, CHANNEL, DOWN, COLUMN, RIGHT])),
    )
    .only_in(["wide", "tall"])
    .mistake("pixels-dealt-out", by(dealt_out))
}

/// Each square gets pixels from all over the image: every so manieth row and column.
fn dealt_out(pixels: &Tensor, size: i64) -> Tensor {
    let whole = whole(pixels, size, |_| 0);
    let dealt = whole.unflatten(2, [size, -1]).unflatten(1, [size, -1]);
    dealt.permute([2, 4, 0, 1, 3]).flatten(2, 4).flatten(0, 1)
}

fn of_places(task: Task) -> Task {
    task.mistake("rows-for-columns", by(overwritten))
        .only_in(["wide"])
        .mistake("step-of-one", by(|pixels, size| stepping(pixels, size, 1)))
        .mistake(
            "first-patch-everywhere",
            by(|pixels, size| stepping(pixels, size, 0)),
        )
        .mistake(
            "from-the-bottom",
            by(|pixels, size| {
                let [row, column] = [ROW, COLUMN];
                let squares = squares(pixels, size).flip([row]);
                let squares = squares.permute([row, column, CHANNEL, DOWN, RIGHT]);
                squares.flatten(2, 4).flatten(0, 1)
            }),
        )
        .form(
            "from-the-bottom",
            "image-upside-down",
            by(|pixels, size| cut(&whole(pixels, size, |_| 0).flip([1]), size)),
        )
        .form(
            "from-the-bottom",
            "from-the-right",
            by(|pixels, size| {
                let squares = squares(pixels, size).flip([COLUMN]);
                let squares = squares.permute([ROW, COLUMN, CHANNEL, DOWN, RIGHT]);
                squares.flatten(2, 4).flatten(0, 1)
            }),
        )
        .mistake(
            "first-channel-only",
            by(|pixels, size| cut(&pixels.narrow(0, 0, 1).expand_as(pixels), size)),
        )
}

/// The squares when square (i, j) is number i · rows + j: later ones overwrite earlier ones, and the last stay 0.
fn overwritten(pixels: &Tensor, size: i64) -> Tensor {
    let right = cut(pixels, size);
    let (rows, columns) = (pixels.size()[1] / size, pixels.size()[2] / size);
    let wrong = right.zeros_like();
    for row in 0..rows {
        for column in 0..columns {
            let mut place = wrong.get(row * rows + column);
            place.copy_(&right.get(row * columns + column));
        }
    }
    wrong
}

/// Squares whose corners are so many pixels apart.
fn stepping(pixels: &Tensor, size: i64, step: i64) -> Tensor {
    let (rows, columns) = (pixels.size()[1] / size, pixels.size()[2] / size);
    let mut squares = Vec::new();
    for row in 0..rows {
        for column in 0..columns {
            let square = pixels
                .narrow(1, row * step, size)
                .narrow(2, column * step, size);
            squares.push(square.flatten(0, 2));
        }
    }
    Tensor::stack(&squares, 0)
}

fn of_the_rest(task: Task) -> Task {
    task.mistake(
        "rest-at-the-beginning",
        by(|pixels, size| cut(&whole(pixels, size, |rest| rest), size)),
    )
    .only_in(WITH_REST)
    .form(
        "rest-at-the-beginning",
        "rest-on-both-sides",
        by(|pixels, size| {
            // Half of the rest, rounded up, is in front: with one row left, that is the row.
            cut(&whole(pixels, size, |rest| (rest + 1) / 2), size)
        }),
    )
    .only_in(WITH_REST)
    .mistake(
        "resized-to-fit",
        by(|pixels, size| {
            let [height, width] = [1, 2].map(|axis| pixels.size()[axis] / size * size);
            let resized =
                pixels
                    .unsqueeze(0)
                    .upsample_bilinear2d([height, width], false, None, None);
            cut(&resized.squeeze_dim(0), size)
        }),
    )
    .only_in(WITH_REST)
}

fn properties(task: Task) -> Task {
    task.property(
        Property::new(
            "lower-rows-are-in-later-squares",
            "different pixels from row 6 on change no patch above them",
        )
        .in_case("tall")
        .disturb(["pixels"], 1, 6)
        .expect_same_before(["patches"], 0, 4),
    )
    .property(
        Property::new(
            "later-channels-come-later-in-a-row",
            "different numbers in channel 2 change nothing before it in any row",
        )
        .in_case("wide")
        .disturb(["pixels"], 0, 2)
        .expect_same_before(["patches"], 1, 8),
    )
    .property(
        Property::new(
            "the-rest-does-not-matter",
            "the pixels that fill no patch change nothing",
        )
        .in_case("rest")
        .disturb(["pixels"], 2, 6)
        .expect_same(["patches"]),
    )
}
