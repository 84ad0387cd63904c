//! The worked example of the lesson on scaled dot-product attention, as the lesson shows it.

use ndarray::array;
use scaled_dot_product::attention;

fn main() {
    // ANCHOR: shown
    let q = array![[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 2.0]];
    let k = array![
        [2.0, 0.0, 2.0, 0.0],
        [1.0, 1.0, 1.0, 0.0],
        [0.0, 2.0, 0.0, 1.0]
    ];
    let v = array![[10.0, 0.0], [0.0, 10.0], [5.0, 5.0]];

    let (output, weights) = attention(q.view(), k.view(), v.view(), None);
    println!("{weights:.3}");
    println!("{output:.3}");
    // ANCHOR_END: shown
}
