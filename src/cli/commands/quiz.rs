//! `attentive quiz`: the book's questions, with a reason for every answer.

mod transfer;

use std::io::{self, BufRead, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use attentive_course::Tree;
use attentive_quiz::{Answer, Kind, Question, plain_text};

use crate::args;
use crate::commands::{CommandResult, finish, print};
use crate::error::Error;
use crate::progress::Progress;
use crate::quizzes;
use crate::root::course;
use crate::style::{bad, good, heading, headline, paragraph, typed};

/// Asks the questions that have not been answered rightly yet; all, if there are none.
pub(crate) fn run(arguments: &args::Quiz) -> CommandResult {
    if arguments.export {
        return transfer::export();
    }
    if let Some(file) = &arguments.import {
        return transfer::import(file);
    }
    let all = quizzes::load_all()?;
    let progress = Progress::load()?;
    let open = |question: &&Question| !progress.is_answered(question);
    let quiz = match &arguments.chapter {
        Some(name) => Some(quizzes::find_quiz(
            &all,
            &course().exercises(Tree::Exercises)?,
            name,
        )?),
        None => all
            .iter()
            .find(|quiz| quiz.questions.iter().any(|q| open(&q)))
            .or(all.first()),
    };
    let Some(quiz) = quiz else {
        return finish("There are no quizzes in this course.\n", true);
    };
    let mut questions: Vec<&Question> = quiz.questions.iter().filter(open).collect();
    if questions.is_empty() {
        questions = quiz.questions.iter().collect();
    }
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let seed = arguments.seed.unwrap_or(now.as_nanos() as u64);
    let left = if questions.len() < quiz.questions.len() {
        " left"
    } else {
        ""
    };
    let mut right = 0;
    for (nth, &place) in Shuffle::new(seed, &quiz.name)
        .order(questions.len())
        .iter()
        .enumerate()
    {
        let question = questions[place];
        let title = format!("{}, {} of {}{left}", quiz.title, nth + 1, questions.len());
        print(&format!("\n{}\n\n", headline(&heading(&title))))?;
        // By its id, so that its choices stand in the same order whichever questions are left.
        let Some(answer) = ask(question, &mut Shuffle::new(seed, &question.id))? else {
            break;
        };
        Progress::update(|progress| progress.keep_answer(question, &answer))?;
        right += usize::from(question.accepts(&answer));
    }
    finish(
        &format!("\n{right} of {} right\n", questions.len()),
        right == questions.len(),
    )
}

/// Asks one question, says whether the answer was right, and returns it; `None` if there was no answer.
fn ask(question: &Question, shuffle: &mut Shuffle) -> Result<Option<Answer>, Error> {
    let choices = question.choices();
    let order = shuffle.order(choices.len());
    let gap = if choices.is_empty() { "" } else { "\n" };
    print(&format!(
        "{}\n{gap}",
        paragraph(&plain_text(&question.prompt), 2)
    ))?;
    for (letter, &choice) in ('a'..).zip(&order) {
        let text = paragraph(&plain_text(&choices[choice].text), 5);
        print(&format!(
            "  {}  {}\n",
            typed(&letter.to_string()),
            text.trim_start()
        ))?;
    }
    let Some(answer) = read(question, &order)? else {
        return Ok(None);
    };
    let verdict = if question.accepts(&answer) {
        good("right")
    } else {
        bad("wrong")
    };
    print(&format!(
        "\n{verdict}\n{}",
        reasons(question, &answer, &order)
    ))?;
    Ok(Some(answer))
}

/// Explains the answer: the reason of each choice that was taken, or should have been.
fn reasons(question: &Question, answer: &Answer, order: &[usize]) -> String {
    if let Kind::Number { answer, why, .. } = &question.kind {
        return format!(
            "{}\n",
            paragraph(&format!("It is {answer}. {}", plain_text(why)), 2)
        );
    }
    let mut text = String::new();
    for (letter, &place) in ('a'..).zip(order) {
        let choice = &question.choices()[place];
        let chosen = matches!(answer, Answer::Choices(chosen) if chosen.contains(&place));
        let what = match (choice.right, chosen) {
            (true, true) => "is right",
            (false, true) => "is wrong",
            (true, false) => "would be right",
            (false, false) => continue,
        };
        text += &format!(
            "{}\n",
            paragraph(&format!("{letter} {what}: {}", plain_text(&choice.why)), 2)
        );
    }
    text
}

/// An answer from standard input, which is asked for until it is one; `None` at its end or at `q`.
fn read(question: &Question, order: &[usize]) -> Result<Option<Answer>, Error> {
    let last = ('a'..).nth(order.len().saturating_sub(1)).unwrap_or('a');
    let expected = match question.kind {
        Kind::Single(_) => format!("a letter from a to {last}"),
        Kind::Multiple(_) => format!("one or more letters from a to {last}, such as: a {last}"),
        Kind::Number { .. } => "a number".to_owned(),
    };
    loop {
        let ask = paragraph(&format!("{expected}, or q to stop:"), 0);
        print(&format!("\n{ask} "))?;
        io::stdout().flush()?;
        let mut line = Vec::new();
        let ended = io::stdin().lock().read_until(b'\n', &mut line)? == 0;
        let line = String::from_utf8_lossy(&line);
        if ended || line.trim() == "q" {
            return Ok(None);
        }
        if let Some(answer) = answer(line.trim(), question, order) {
            return Ok(Some(answer));
        }
        let found = format!("expected {expected}, found `{}`", line.trim());
        print(&format!("{}\n", paragraph(&found, 0)))?;
    }
}

/// Returns the answer that a line stands for; `None` if it is no answer to a question of this kind.
fn answer(line: &str, question: &Question, order: &[usize]) -> Option<Answer> {
    match &question.kind {
        Kind::Number { .. } => question.read_number(line).map(Answer::Number),
        Kind::Single(_) | Kind::Multiple(_) => choices(line, &question.kind, order),
    }
}

fn choices(line: &str, kind: &Kind, order: &[usize]) -> Option<Answer> {
    let mut places = Vec::new();
    for letter in line.chars().filter(|c| !c.is_whitespace() && *c != ',') {
        let nth = ('a'..='z').position(|other| other == letter.to_ascii_lowercase())?;
        places.push(*order.get(nth)?);
    }
    match (kind, places.len()) {
        (Kind::Single(_), 1) | (Kind::Multiple(_), 1..) => Some(Answer::Choices(places)),
        _ => None,
    }
}

/// Orders that follow from a seed.
struct Shuffle(u64);

impl Shuffle {
    /// The orders of what has this name.
    fn new(seed: u64, name: &str) -> Self {
        Self(
            name.bytes()
                .fold(seed, |state, byte| Self(state ^ u64::from(byte)).next()),
        )
    }

    /// The numbers below `length` in some order.
    fn order(&mut self, length: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..length).collect();
        for last in (1..length).rev() {
            let other = self.next() % (last as u64 + 1);
            order.swap(last, other as usize);
        }
        order
    }

    /// SplitMix64 (Steele, Lea and Flood, 2014).
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use attentive_quiz::Choice;

    use super::*;

    fn choices(right: &[bool]) -> Vec<Choice> {
        let choice = |right: &bool| Choice {
            text: String::new(),
            right: *right,
            why: String::new(),
            line: 1,
        };
        right.iter().map(choice).collect()
    }

    #[test]
    fn letters_are_understood_in_the_order_that_was_shown() {
        let single = Kind::Single(choices(&[true, false, false]));
        let multiple = Kind::Multiple(choices(&[true, true, false]));
        let order = [2, 0, 1];
        let read = |line, kind| super::choices(line, kind, &order);
        assert_eq!(read("b", &single), Some(Answer::Choices(vec![0])));
        assert_eq!(read("A, c", &multiple), Some(Answer::Choices(vec![2, 1])));
        for (line, kind) in [
            ("d", &single),
            ("a b", &single),
            ("", &single),
            ("", &multiple),
            ("1", &multiple),
        ] {
            assert_eq!(read(line, kind), None, "{line}");
        }
    }

    #[test]
    fn an_order_has_every_choice_once_and_depends_on_the_seed() {
        let orders: std::collections::BTreeSet<Vec<usize>> =
            (0..50).map(|seed| Shuffle(seed).order(4)).collect();
        assert!(orders.len() > 10, "{orders:?}");
        for mut order in orders {
            order.sort_unstable();
            assert_eq!(order, [0, 1, 2, 3]);
        }
    }
}
