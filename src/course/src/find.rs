//! Finding an exercise by the name that somebody typed.

use crate::error::CourseError;
use crate::exercise::Exercise;

/// The similarity from which a name is suggested.
const SIMILAR: f64 = 0.75;

/// Finds the exercise that goes by a name, a folder or a number.
///
/// # Errors
/// When there is none; the error suggests the nearest name and lists them all.
pub fn find<'a>(all: &'a [Exercise], wanted: &str) -> Result<&'a Exercise, CourseError> {
    if let Some(exercise) = all.iter().find(|exercise| exercise.is_called(wanted)) {
        return Ok(exercise);
    }
    let lines: Vec<String> = all
        .iter()
        .map(|exercise| format!("  {} {}", exercise.number, exercise.name))
        .collect();
    Err(CourseError::UnknownExercise {
        found: wanted.to_owned(),
        nearest: suggestion(wanted, all.iter().map(|exercise| exercise.name.as_str())),
        list: lines.join("\n"),
    })
}

/// Returns `did you mean …? ` where one of the names is near enough, and nothing otherwise.
pub fn suggestion<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> String {
    let wanted = wanted
        .trim_start_matches(|c: char| c.is_ascii_digit() || c == '-')
        .to_lowercase();
    let nearest = names
        .map(|name| (similarity(&wanted, name), name))
        .max_by(|(a, _), (b, _)| a.total_cmp(b));
    match nearest {
        Some((similarity, name)) if similarity > SIMILAR => format!("did you mean `{name}`? "),
        _ => String::new(),
    }
}

fn similarity(wanted: &str, name: &str) -> f64 {
    // The beginning of a long name has little in common with the whole of it.
    if wanted.len() >= 3 && name.starts_with(wanted) {
        1.0
    } else {
        strsim::jaro_winkler(wanted, name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exercise::Tree;

    #[test]
    fn an_exercise_goes_by_several_names() {
        let all: Vec<_> = ["01-softmax", "05-scaled-dot-product", "10-layer-norm"]
            .iter()
            .filter_map(|folder| Exercise::from_folder(folder, Tree::Exercises))
            .collect();
        for name in ["scaled-dot-product", "05-scaled-dot-product", "05", "5"] {
            assert_eq!(
                find(&all, name).expect("a name that it goes by").name,
                "scaled-dot-product"
            );
        }
        assert!(find(&all, "0").is_err());
    }

    #[test]
    fn the_nearest_name_is_suggested_and_no_far_one() {
        let suggestion =
            |wanted: &str| suggestion(wanted, ["softmax", "scaled-dot-product"].into_iter());
        assert_eq!(suggestion("sofmax"), "did you mean `softmax`? ");
        assert_eq!(
            suggestion("05-Scaled-dot-prodct"),
            "did you mean `scaled-dot-product`? "
        );
        assert_eq!(suggestion("scaled"), "did you mean `scaled-dot-product`? ");
        assert_eq!(suggestion("convolution"), "");
        assert_eq!(suggestion("17"), "");
    }
}
