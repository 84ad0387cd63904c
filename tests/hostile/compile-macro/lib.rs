#![recursion_limit = "4000"]

macro_rules! double {
    ($($t:tt)*) => { double!($($t)* $($t)*) };
}

pub fn scores() -> f32 {
    double!(1 +)
}
