//! How wrong entries lie with respect to a mask.

use ndarray::{ArrayD, ArrayViewD, Axis};

use crate::pattern::Pattern;

/// What a mask has to do with the wrong entries, if it explains them.
///
/// Only masks that block something and allow something can explain anything.
pub(crate) fn find(wrong: &ArrayD<bool>, mask: &ArrayD<bool>) -> Option<Pattern> {
    if mask.ndim() == 0
        || mask.iter().all(|allowed| *allowed)
        || !mask.iter().any(|allowed| *allowed)
    {
        return None;
    }
    let last = Axis(mask.ndim() - 1);
    let nothing = mask.map_axis(last, |row| !row.iter().any(|allowed| *allowed));
    let something = mask.map_axis(last, |row| row.iter().any(|allowed| !*allowed));
    // A row of the mask stands for a row of the output: its last axis may have any length.
    let rows = |rows: ArrayD<bool>| rows.insert_axis(last);
    let within = |blocked: &ArrayD<bool>| {
        let blocked = align(blocked.view(), wrong)?;
        // A region that is everything explains nothing.
        let part = blocked.iter().any(|blocked| !blocked);
        Some(
            part && wrong
                .iter()
                .zip(&blocked)
                .all(|(wrong, blocked)| !wrong || *blocked),
        )
    };
    if within(&rows(nothing)) == Some(true) {
        Some(Pattern::FullyMasked)
    } else if within(&mask.mapv(|allowed| !allowed)) == Some(true) {
        Some(Pattern::Masked)
    } else if within(&rows(something)) == Some(true) {
        Some(Pattern::RowsWithMask)
    } else {
        None
    }
}

/// Spreads a mask over an output, which may have an axis of heads behind the batch.
fn align(mask: ArrayViewD<'_, bool>, output: &ArrayD<bool>) -> Option<ArrayD<bool>> {
    let direct = mask.broadcast(output.raw_dim()).map(|view| view.to_owned());
    let heads = || {
        let behind_batch =
            (mask.ndim() == 3 && output.ndim() == 4).then(|| mask.view().insert_axis(Axis(1)))?;
        behind_batch
            .broadcast(output.raw_dim())
            .map(|view| view.to_owned())
    };
    direct.or_else(heads)
}
