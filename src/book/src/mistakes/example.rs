//! Chooses the case in which a mistake shows best.

use attentive_grader::{Case, Failure, Finding, Pack, Pattern, Reply, Respond, Task, grade};

/// A case in which a mistake shows, and what the grader finds there.
pub(super) struct Example {
    pub(super) case: String,
    /// The case's purpose, in a few words.
    pub(super) purpose: String,
    pub(super) finding: Finding,
}

/// Returns the first case in which the mistake is visible, preferring cases with an informative pattern.
///
/// As for learners, the grader reports the first output that is wrong: later ones are wrong as a consequence.
pub(super) fn best_example(pack: &Pack, mistake: &str) -> Option<Example> {
    let mut all: Vec<Example> = pack
        .manifest()
        .tasks
        .iter()
        .flat_map(|task| examples(pack, task, mistake))
        .collect();
    all.sort_by_key(|example| (!example.is_visible(), example.rank())); // stable: then in order
    all.into_iter().next()
}

/// Grades the mistake in each case of a task in which it shows.
fn examples(pack: &Pack, task: &Task, mistake: &str) -> Vec<Example> {
    let Some(known) = task.mistakes.iter().find(|known| known.id == mistake) else {
        return Vec::new();
    };
    let mut only = task.clone();
    only.cases.retain(|case| known.cases.contains(&case.name));
    // Neither the mistake's name nor properties are needed.
    only.mistakes.clear();
    only.properties.clear();
    let grades = grade(pack, &only, &mut RecordedMistake { pack, mistake }).grades;
    let shown = grades.into_iter().filter_map(|grade| {
        let finding = grade.verdict.finding()?.clone();
        Some(Example {
            case: grade.name,
            purpose: grade.purpose,
            finding,
        })
    });
    shown.collect()
}

impl Example {
    /// Returns `true` if a difference is at least a tenth of the largest right number.
    fn is_visible(&self) -> bool {
        let Finding {
            got,
            expected,
            comparison,
            ..
        } = &self.finding;
        let largest = expected.iter().fold(f32::MIN_POSITIVE, |largest, number| {
            largest.max(number.abs())
        });
        let far =
            |(got, right): (&f32, &f32)| !got.is_finite() || (got - right).abs() >= 0.1 * largest;
        comparison.is_none() || got.len() != expected.len() || got.iter().zip(expected).any(far)
    }

    /// Ranks examples: a pattern of the whole output comes first, and a large case before a small one.
    fn rank(&self) -> (usize, bool) {
        let pattern = match informative_pattern(&self.finding) {
            // A wrong shape says less about the mistake than wrong numbers do.
            Some(Pattern::Reshaped) => 2,
            Some(Pattern::Along { .. }) | None => 1,
            Some(_) => 0,
        };
        (pattern, self.finding.expected.len() < 4)
    }
}

/// Returns the first pattern that says something about the mistake.
///
/// A pattern of right columns of weights does not: columns of zeros are right in every wrong way of weighting.
pub(super) fn informative_pattern(finding: &Finding) -> Option<&Pattern> {
    let weights = finding.output.contains("weights");
    let of_columns = |pattern: &Pattern| matches!(pattern, Pattern::Along { axis, .. } if finding.axes.len() > 1 && Some(axis) == finding.axes.last());
    finding
        .patterns
        .iter()
        .find(|pattern| !(weights && of_columns(pattern)))
}

/// Responds with the recorded outputs of a mistake.
struct RecordedMistake<'a> {
    pack: &'a Pack,
    mistake: &'a str,
}

impl Respond for RecordedMistake<'_> {
    fn respond(&mut self, task: &str, case: &Case) -> Result<Reply, Failure> {
        let outputs = self.pack.mistaken(task, &case.name, self.mistake);
        Ok(Reply {
            outputs: outputs.unwrap_or_default(),
        })
    }
}
