//! Which of a mistake's many consequences to show.

use attentive_grader::{Case, Failure, Finding, Pack, Pattern, Reply, Respond, Task, grade};

/// What the grader finds in the case that shows a mistake best.
pub(super) struct Shown {
    pub(super) case: String,
    /// What the case is there for.
    pub(super) purpose: String,
    pub(super) finding: Finding,
}

/// The first task and case in which the mistake can be seen, those first whose difference has a telling pattern.
///
/// The grader looks for the first output that is wrong, as it does for learners: what comes after it is only a
/// consequence.
pub(super) fn choose(pack: &Pack, mistake: &str) -> Option<Shown> {
    let mut all: Vec<Shown> = pack
        .manifest()
        .tasks
        .iter()
        .flat_map(|task| of_task(pack, task, mistake))
        .collect();
    all.sort_by_key(|shown| (!shown.can_be_seen(), shown.rank())); // stable: then in order
    all.into_iter().next()
}

/// What a learner would be told of each case in which the mistake shows.
fn of_task(pack: &Pack, task: &Task, mistake: &str) -> Vec<Shown> {
    let Some(known) = task.mistakes.iter().find(|known| known.id == mistake) else {
        return Vec::new();
    };
    let mut only = task.clone();
    only.cases.retain(|case| known.cases.contains(&case.name));
    // Neither a name nor properties are asked for.
    only.mistakes.clear();
    only.properties.clear();
    let grades = grade(pack, &only, &mut Recorded { pack, mistake }).grades;
    let shown = grades.into_iter().filter_map(|grade| {
        let finding = grade.verdict.finding()?.clone();
        Some(Shown {
            case: grade.name,
            purpose: grade.purpose,
            finding,
        })
    });
    shown.collect()
}

impl Shown {
    /// Whether somewhere the difference is at least a tenth of the largest right number.
    fn can_be_seen(&self) -> bool {
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
        comparison.is_none() || got.iter().zip(expected).any(far)
    }

    /// 0 for what says in a sentence what happened to the whole, and a small case after a large one.
    fn rank(&self) -> (usize, bool) {
        let pattern = match telling(&self.finding) {
            // That only the shape is wrong says less of the mistake than numbers do.
            Some(Pattern::Reshaped) => 2,
            Some(Pattern::Along { .. }) | None => 1,
            Some(_) => 0,
        };
        (pattern, self.finding.expected.len() < 4)
    }
}

/// The first pattern that says something of the mistake. That some columns of weights are right says nothing: columns
/// of zeros are so in every wrong way of weighting.
pub(super) fn telling(finding: &Finding) -> Option<&Pattern> {
    let weights = finding.output.contains("weights");
    let of_columns = |pattern: &Pattern| matches!(pattern, Pattern::Along { axis, .. } if finding.axes.len() > 1 && Some(axis) == finding.axes.last());
    finding
        .patterns
        .iter()
        .find(|pattern| !(weights && of_columns(pattern)))
}

/// Answers as if it made the mistake.
struct Recorded<'a> {
    pack: &'a Pack,
    mistake: &'a str,
}

impl Respond for Recorded<'_> {
    fn respond(&mut self, task: &str, case: &Case) -> Result<Reply, Failure> {
        let outputs = self.pack.mistaken(task, &case.name, self.mistake);
        Ok(Reply {
            outputs: outputs.unwrap_or_default(),
        })
    }
}
