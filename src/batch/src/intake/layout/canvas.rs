//! Canvas's names: `lib/content_zipper.rb` of <https://github.com/instructure/canvas-lms> writes them.
//!
//! `NAME_LATE_ID_NUMBER_FILE`: the display name in lower case and without spaces; `LATE` where it is late; the student's
//! number, or `anon_` and a code where grading is anonymous; the file's number; its name. A text or an address that was
//! handed in instead of a file is `NAME_LATE_ID_text.html` or `…_link.html`. Canvas removes numbers between underscores
//! from the display name, but a student can get around that. Of a group, NAME is the group's, and ID that of the member
//! whom Canvas lists.

use super::{Identity, is_number};
use crate::intake::submission::{Student, StudentKind};

/// Reads a name in every way in which Canvas could have written it: those with the shortest display name first.
pub(super) fn readings(name: &str) -> Vec<Identity> {
    let parts: Vec<&str> = name.split('_').collect();
    let mut readings = Vec::new();
    for at in 1..parts.len() {
        readings.extend(reading(&parts, at));
    }
    if readings.is_empty() {
        readings.extend(anonymous(&parts));
    }
    readings
}

/// Reads a name whose part at this place is the student's number.
fn reading(parts: &[&str], at: usize) -> Option<Identity> {
    let [id, next, rest @ ..] = &parts[at..] else {
        return None;
    };
    let is_text = rest.is_empty() && matches!(*next, "text.html" | "link.html");
    let number = match rest {
        [] if is_text => None,
        [] => return None,
        [..] => Some(number(next)?),
    };
    is_number(id).then(|| Identity {
        student: Student {
            id: (*id).to_owned(),
            name: Some(display_name(&parts[..at])),
            kind: StudentKind::Person,
        },
        number,
        is_certain: true,
    })
}

/// Reads `anon_CODE_NUMBER_FILE`, with `LATE_` in front where it is late.
fn anonymous(parts: &[&str]) -> Option<Identity> {
    let parts = parts.strip_prefix(&["LATE"]).unwrap_or(parts);
    let ["anon", code, next, rest @ ..] = parts else {
        return None;
    };
    let is_code = !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_text = rest.is_empty() && matches!(*next, "text.html" | "link.html");
    let number = number(next).filter(|_| !rest.is_empty());
    (is_code && (is_text || number.is_some())).then(|| Identity {
        number,
        ..Identity::of(&format!("anon_{code}"))
    })
}

fn display_name(parts: &[&str]) -> String {
    let parts = parts.strip_suffix(&["LATE"]).unwrap_or(parts);
    parts.join("_")
}

fn number(text: &str) -> Option<u64> {
    is_number(text).then(|| text.parse().ok()).flatten()
}
