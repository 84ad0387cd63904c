//! Regions of a mask in which all wrong entries are.

use ndarray::{ArrayD, ArrayViewD, Axis};

/// The part of a mask in which all wrong entries are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaskRegion {
    /// The rows whose mask allows nothing.
    RowsThatAllowNothing,
    /// The entries that the mask blocks.
    BlockedEntries,
    /// The rows with a blocked entry.
    RowsWithBlockedEntries,
}

/// Finds the smallest region of a mask that has all wrong entries in it, if one has.
///
/// Only masks that block something and allow something can explain anything.
pub(crate) fn find_region(wrong: &ArrayD<bool>, mask: &ArrayD<bool>) -> Option<MaskRegion> {
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
        Some(MaskRegion::RowsThatAllowNothing)
    } else if within(&mask.mapv(|allowed| !allowed)) == Some(true) {
        Some(MaskRegion::BlockedEntries)
    } else if within(&rows(something)) == Some(true) {
        Some(MaskRegion::RowsWithBlockedEntries)
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
