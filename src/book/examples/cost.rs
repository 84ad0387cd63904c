//! Times attention over sequences of growing length: the data of the figure `cost`.
//!
//! `cargo run --release -p attentive-book --example cost > book/figures/costs.csv`

use std::hint::black_box;
use std::time::Instant;

use ndarray::Array2;
use scaled_dot_product::attention;

fn main() {
    println!("# cargo run --release -p attentive-book --example cost > book/figures/costs.csv");
    println!("length,seconds");
    for length in [128, 256, 512, 1024, 2048, 4096] {
        let x = Array2::from_shape_fn((length, 64), |(row, column)| {
            ((row * 7 + column * 13) % 11) as f32 / 11.0
        });
        let once = || {
            let start = Instant::now();
            black_box(attention(x.view(), x.view(), x.view(), None));
            start.elapsed().as_secs_f64()
        };
        let mut seconds: Vec<f64> = (0..9).map(|_| once()).collect();
        seconds.sort_by(f64::total_cmp);
        println!("{length},{:.7}", seconds[4]); // the median
    }
}
