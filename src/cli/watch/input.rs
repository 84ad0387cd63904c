//! Events that a watch reacts to: from the file system and the keyboard.

use std::io::{self, BufRead, IsTerminal};
use std::path::Path;
use std::sync::mpsc::Sender;
use std::thread;

use console::{Key, Term};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};

use super::Event;

/// Tells of whatever is written below `exercises/`, as long as the result lives; `None` where that is not possible.
pub(crate) fn saves(sender: Sender<Event>) -> Option<RecommendedWatcher> {
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // The grader and the compiler read these files: if that counted, there would be no end.
        if event.is_ok_and(|event| !event.kind.is_access()) {
            // If nobody listens any more, the watch is over.
            let _ = sender.send(Event::Saved);
        }
    })
    .ok()?;
    watcher
        .watch(Path::new("exercises"), RecursiveMode::Recursive)
        .ok()?;
    Some(watcher)
}

/// Tells of every key, up to `q`. Where the input or the output is no terminal, letters are read from lines.
pub(crate) fn keys(sender: Sender<Event>) {
    let terminal = Term::stdout();
    let attended = io::stdin().is_terminal() && terminal.is_term();
    thread::spawn(move || {
        if attended {
            while let Ok(key) = terminal.read_key_raw() {
                let key = match key {
                    Key::Char(key) => key.to_ascii_lowercase(),
                    Key::CtrlC => 'q',
                    _ => continue,
                };
                // After a `q` nothing is read: while a key is awaited, the terminal is not as it was found.
                if sender.send(Event::Key(key)).is_err() || key == 'q' {
                    return;
                }
            }
        } else {
            for key in io::stdin()
                .lock()
                .lines()
                .map_while(Result::ok)
                .filter_map(|line| line.chars().next())
            {
                if sender.send(Event::Key(key)).is_err() {
                    return;
                }
            }
        }
    });
}
