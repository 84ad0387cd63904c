//! `attentive watch`: grades again whenever a file is saved.
//!
//! Content alone decides about what is graded: an exercise whose sources, or those of what it is built on, are not
//! those that were last graded.
//! Notifications of the file system only say when to look, so that a save during a run, by whatever means an editor
//! writes, cannot be lost: it is found when the run ends.

mod input;
mod screen;
mod sources;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use attentive_course::{Exercise, Tree};
use console::Term;

use crate::args::Limit;
use crate::cargo::Cargo;
use crate::chain::DependencySource;
use crate::commands::{CommandResult, hint, print, reset, status};
use crate::error::Error;
use crate::exercise_status::{self, ExerciseStatus};
use crate::grading::{GradedExercise, GradingInput, grade_all};
use crate::root::{course, shown};
use crate::spinner::supports_cursor;
use crate::style::{good, paragraph};
use sources::Sources;

/// Time for which the file system has to be quiet before a save counts as complete. Editors write what belongs to a save
/// within a few milliseconds. Where one takes longer, its next write is the next save.
const SETTLE_TIME: Duration = Duration::from_millis(15);
/// Interval of looking where the file system notifies of nothing.
const POLL_WITHOUT_EVENTS: Duration = Duration::from_millis(300);
/// Interval of looking in any case: some file systems that are mounted from elsewhere notify of nothing.
const POLL_WITH_EVENTS: Duration = Duration::from_secs(1);

/// Events that a watch waits for.
pub(crate) enum Event {
    /// Something below `exercises/` may have been written.
    Saved,
    /// A key was pressed, or its letter read.
    Key(char),
    /// A run is over.
    Graded(Result<Vec<GradedExercise>, Error>),
}

/// Watches until `q`.
pub(crate) fn run(limit: Limit) -> CommandResult {
    let exercises = course().exercises(Tree::Exercises)?;
    GradingInput::load_all(&exercises, DependencySource::Manifest)?;
    let (sender, events) = mpsc::channel();
    let watcher = input::saves(sender.clone());
    let statuses = exercise_status::load(&exercises)?;
    let current = status::next(&statuses).map_or(0, |next| position(&exercises, &next.exercise));
    let mut sources = Sources::default();
    let mut seen = BTreeMap::new();
    for exercise in &exercises {
        seen.insert(exercise.name.clone(), sources.digest(exercise));
    }
    let mut watch = Watch {
        sources,
        seen,
        exercises,
        current,
        limit: limit.duration(),
        cargo: Arc::new(Cargo::repeated()),
        sender: sender.clone(),
        reported: Vec::new(),
        grading: false,
        confirming_reset: false,
        notice: String::new(),
        keys: VecDeque::new(),
    };
    watch.start(vec![current])?;
    // Last, because an error from here on would leave a terminal in which keys are awaited as it is.
    input::keys(sender);
    watch.until_quit(
        &events,
        if watcher.is_some() {
            POLL_WITH_EVENTS
        } else {
            POLL_WITHOUT_EVENTS
        },
    )
}

struct Watch {
    exercises: Vec<Exercise>,
    /// The exercise that keys are about.
    current: usize,
    sources: Sources,
    /// Digests of the sources that were last graded, or are being graded, by exercise.
    seen: BTreeMap<String, String>,
    limit: Duration,
    cargo: Arc<Cargo>,
    sender: Sender<Event>,
    /// Exercises that are reported at length when the run under way is over: not those that were only built on something
    /// that has changed.
    reported: Vec<Exercise>,
    /// `true` while a run is under way.
    grading: bool,
    /// `true` if the next key answers "reset?".
    confirming_reset: bool,
    /// Text about what happened before a run, to be read after it.
    notice: String,
    /// Keys pressed during a run, for when it is over.
    keys: VecDeque<char>,
}

impl Watch {
    fn until_quit(&mut self, events: &Receiver<Event>, poll_interval: Duration) -> CommandResult {
        loop {
            if !self.grading {
                let changed = self.changed();
                show_error(self.start(changed))?;
            }
            match events.recv_timeout(poll_interval) {
                Ok(Event::Saved) => self.settle(events),
                Ok(Event::Key(key)) => self.keys.push_back(key),
                Ok(Event::Graded(graded)) => {
                    self.grading = false;
                    show_error(self.show(graded))?;
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
            if self.keys.contains(&'q') {
                return self.quit();
            }
            while let (false, Some(key)) = (self.grading, self.keys.pop_front()) {
                show_error(self.press(key))?;
            }
        }
    }

    /// Waits until an editor has written all that it writes; not for ever, and no longer than until something else
    /// happens.
    fn settle(&mut self, events: &Receiver<Event>) {
        let end = Instant::now() + POLL_WITH_EVENTS;
        while let (true, Ok(event)) = (Instant::now() < end, events.recv_timeout(SETTLE_TIME)) {
            match event {
                Event::Saved => {}
                Event::Key(key) => return self.keys.push_back(key),
                Event::Graded(graded) => {
                    // Handled in its turn, which is next.
                    let _ = self.sender.send(Event::Graded(graded));
                    return;
                }
            }
        }
    }

    /// Lists the exercises whose sources are not those that were last graded.
    fn changed(&mut self) -> Vec<usize> {
        self.sources.look_again();
        let mut changed = Vec::new();
        for (nth, exercise) in self.exercises.iter().enumerate() {
            let digest = self.sources.digest(exercise);
            if self.seen.get(&exercise.name) != Some(&digest) {
                changed.push(nth);
            }
        }
        changed
    }

    /// Starts a run over these exercises, if there are any.
    fn start(&mut self, exercises: Vec<usize>) -> Result<(), Error> {
        let Some(&first) = exercises.first() else {
            return Ok(());
        };
        if !exercises.contains(&self.current) {
            self.current = first;
        }
        let chosen: Vec<Exercise> = exercises
            .iter()
            .map(|&nth| self.exercises[nth].clone())
            .collect();
        for exercise in &chosen {
            // Of the look that found it changed, or of an earlier one: what was saved since is found by the next.
            let digest = self.sources.digest(exercise);
            self.seen.insert(exercise.name.clone(), digest);
        }
        self.reported.clear();
        for exercise in &chosen {
            let prerequisites = DependencySource::Manifest.prerequisites(exercise);
            if !prerequisites.iter().any(|need| chosen.contains(need)) {
                self.reported.push(exercise.clone());
            }
        }
        screen::clear()?;
        self.grading = true;
        self.confirming_reset = false;
        let (sender, cargo, limit) = (self.sender.clone(), Arc::clone(&self.cargo), self.limit);
        thread::spawn(move || {
            let inputs = GradingInput::load_all(&chosen, DependencySource::Manifest);
            let graded = inputs.and_then(|inputs| grade_all(inputs, limit, &cargo));
            let graded = graded.and_then(|graded| exercise_status::save(&graded).map(|()| graded));
            // If nobody listens any more, the watch is over.
            let _ = sender.send(Event::Graded(graded));
        });
        Ok(())
    }

    fn show(&mut self, graded: Result<Vec<GradedExercise>, Error>) -> Result<(), Error> {
        print(&std::mem::take(&mut self.notice))?;
        let statuses = exercise_status::load(&self.exercises)?;
        let next = next_open(&statuses, self.current).map(|nth| &statuses[nth]);
        screen::verdicts(&graded?, &self.reported, &statuses, next)
    }

    fn press(&mut self, key: char) -> Result<(), Error> {
        let exercise = &self.exercises[self.current];
        if std::mem::take(&mut self.confirming_reset) {
            if key != 'y' {
                return print("not reset\n");
            }
            // The run that follows, because the file has changed, clears the screen.
            self.notice = format!("{}\n", reset::reset(exercise)?);
            return Ok(());
        }
        match key {
            'h' => {
                for status in exercise_status::load(std::slice::from_ref(exercise))? {
                    print(&format!("\n{}", hint::reveal(&status, true, "h")?))?;
                }
                Ok(())
            }
            'l' => {
                let statuses = exercise_status::load(&self.exercises)?;
                print(&format!(
                    "\n{}\n",
                    status::table(&statuses, statuses.get(self.current))
                ))
            }
            'r' => {
                self.confirming_reset = true;
                let file = shown(&exercise.source());
                let question = format!("Make {file} the stub again? A copy is kept. y/n");
                print(&format!("\n{}\n", paragraph(&question, 0)))
            }
            'n' => self.next(),
            _ => print(&screen::keys("")),
        }
    }

    /// Goes on to the next exercise that does not pass.
    fn next(&mut self) -> Result<(), Error> {
        let statuses = exercise_status::load(&self.exercises)?;
        match next_open(&statuses, self.current) {
            Some(nth) => {
                self.current = nth;
                self.start(vec![nth])
            }
            None => print(&format!("{}\n", good("All exercises pass."))),
        }
    }

    /// Ends what was started. A worker ends by itself when nobody is left to ask it.
    fn quit(&self) -> CommandResult {
        self.cargo.stop();
        if self.grading && supports_cursor() {
            Term::stderr().clear_line()?;
        }
        Ok(true.into())
    }
}

/// Shows why something could not be done: it may be put right while the watch goes on. What cannot even be shown ends it.
fn show_error(done: Result<(), Error>) -> Result<(), Error> {
    match done {
        Err(Error::Terminal(error)) => Err(error.into()),
        Err(error) => screen::error(&error),
        Ok(()) => Ok(()),
    }
}

/// Finds the next exercise after the current one that does not pass; the first follows the last.
fn next_open(statuses: &[ExerciseStatus], current: usize) -> Option<usize> {
    let mut after = (1..=statuses.len()).map(|steps| (current + steps) % statuses.len());
    after.find(|&nth| !statuses[nth].record.passed())
}

fn position(exercises: &[Exercise], exercise: &Exercise) -> usize {
    exercises
        .iter()
        .position(|other| other == exercise)
        .unwrap_or(0)
}
