//! Numbers as people read them.

/// Returns a number in five or so digits.
pub(crate) fn format_number(x: f32) -> String {
    if !x.is_finite() {
        x.to_string()
    } else if x.fract() == 0.0 && x.abs() < 1e5 {
        format!("{:.0}", x.abs().copysign(if x < 0.0 { -1.0 } else { 1.0 })) // never -0
    } else if (1e-3..1e5).contains(&x.abs()) {
        format!("{x:.5}")
    } else {
        format!("{x:.4e}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_as_many_digits_as_say_something() {
        let said = [0.0, -0.0, 3.0, -12.0, 0.5, 1e-7, 123_456.7, f32::NAN].map(format_number);
        assert_eq!(
            said,
            [
                "0",
                "0",
                "3",
                "-12",
                "0.50000",
                "1.0000e-7",
                "1.2346e5",
                "NaN"
            ]
        );
    }
}
