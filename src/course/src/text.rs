//! Words and numbers as people write them.

use std::num::ParseFloatError;
use std::time::Duration;

/// Counts a noun: `1 task`, `2 tasks`.
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", agree(number, "", "s"))
}

/// Chooses the words that agree with a number: `passes` of one, `pass` of several.
pub fn agree<'a>(number: usize, one: &'a str, several: &'a str) -> &'a str {
    if number == 1 { one } else { several }
}

/// Lists names: `a`, `a and b`, `a, b and c`.
pub fn enumerate(mut names: Vec<String>) -> String {
    let Some(last) = names.pop() else {
        return String::new();
    };
    if names.is_empty() {
        return last;
    }
    format!("{} and {last}", names.join(", "))
}

/// The most seconds of a time limit: some eleven days. The end of a much longer time cannot be computed.
const MOST_SECONDS: u64 = 1_000_000;

/// Parses a number of seconds above 0, such as an option's value.
///
/// # Errors
/// When it is not a number, not above 0, or more than a million.
pub fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds = text
        .parse()
        .map_err(|error: ParseFloatError| error.to_string())?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if !duration.is_zero() && duration <= Duration::from_secs(MOST_SECONDS) => {
            Ok(duration)
        }
        _ => Err(format!(
            "expected a number of seconds above 0 and at most {MOST_SECONDS}, such as 2 or 0.5"
        )),
    }
}

/// Formats a duration in seconds: `10 s`, `0.5 s`.
pub fn format_seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}

/// A duration as people say it, when its end is only expected: in seconds, or in minutes where it is long.
pub fn roughly(duration: Duration) -> String {
    match duration.as_secs() {
        seconds @ 0..100 => format!("{seconds} s"),
        seconds => format!("{} min", seconds.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_times_are_in_minutes() {
        let times = [0, 99, 100, 120, 121].map(|seconds| roughly(Duration::from_secs(seconds)));
        assert_eq!(times, ["0 s", "99 s", "2 min", "2 min", "3 min"]);
    }

    #[test]
    fn one_has_no_plural() {
        let counts = [0, 1, 2].map(|number| count(number, "exercise"));
        assert_eq!(counts, ["0 exercises", "1 exercise", "2 exercises"]);
    }

    #[test]
    fn the_last_name_is_joined_by_and() {
        let names = |names: &[&str]| enumerate(names.iter().map(ToString::to_string).collect());
        assert_eq!(names(&[]), "");
        assert_eq!(names(&["a"]), "a");
        assert_eq!(names(&["a", "b", "c"]), "a, b and c");
    }

    #[test]
    fn seconds_are_written_as_they_are_read() {
        for (text, shown) in [
            ("10", "10 s"),
            ("0.5", "0.5 s"),
            ("2e0", "2 s"),
            ("1000000", "1000000 s"),
        ] {
            assert_eq!(parse_seconds(text).map(format_seconds), Ok(shown.into()));
        }
        for text in ["0", "-1", "inf", "NaN", "soon", "1000001", "1e19", "1e300"] {
            assert!(parse_seconds(text).is_err(), "{text}");
        }
    }
}
