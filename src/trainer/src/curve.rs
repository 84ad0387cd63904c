//! Curves of losses in a terminal.

/// The size of a picture in characters, without its axes.
const COLUMNS: usize = 60;
const ROWS: usize = 11;
/// The width of the numbers at its left.
const LABEL: usize = 6;

/// The losses of a run, and the character that they are drawn with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Curve<'a> {
    pub(crate) sign: char,
    pub(crate) losses: &'a [f32],
}

/// The mean of the losses of some steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Mean {
    /// The number of the part of the run, from 0.
    pub(crate) part: usize,
    /// The mean of its losses.
    pub(crate) loss: f32,
}

/// The means of equal parts of a run of so many steps, as far as it has come. A run with fewer steps than parts has the
/// loss of each step in several of them.
pub(crate) fn means(losses: &[f32], steps: usize, parts: usize) -> Vec<Mean> {
    let mut means = Vec::new();
    for part in 0..parts {
        let from = part * steps / parts;
        let to = ((part + 1) * steps / parts).max(from + 1);
        let Some(some) = losses.get(from..to.min(losses.len())) else {
            break;
        };
        if !some.is_empty() {
            let loss = some.iter().sum::<f32>() / some.len() as f32;
            means.push(Mean { part, loss });
        }
    }
    means
}

/// Draws curves over each other; the last one is on top. Without any loss there is no picture.
pub(crate) fn plot(curves: &[Curve<'_>], steps: usize) -> String {
    let mut drawn = Vec::new();
    let (mut lowest, mut highest) = (f32::INFINITY, f32::NEG_INFINITY);
    for curve in curves {
        let means = means(curve.losses, steps, COLUMNS);
        for mean in &means {
            lowest = lowest.min(mean.loss);
            highest = highest.max(mean.loss);
        }
        drawn.push((curve.sign, means));
    }
    if lowest > highest {
        return String::new();
    }
    let per_row = ((highest - lowest) / (ROWS - 1) as f32).max(f32::MIN_POSITIVE);
    let mut rows = vec![vec![' '; COLUMNS]; ROWS];
    for (sign, means) in drawn {
        for Mean { part, loss } in means {
            rows[((highest - loss) / per_row).round() as usize][part] = sign;
        }
    }
    let middle = f32::midpoint(lowest, highest);
    let labels = [(0, highest), (ROWS / 2, middle), (ROWS - 1, lowest)];
    framed(&rows, &labels, steps)
}

/// The rows with the axes around them. `labels` are the numbers at some of the rows.
fn framed(rows: &[Vec<char>], labels: &[(usize, f32)], steps: usize) -> String {
    let mut text = String::new();
    for (number, row) in rows.iter().enumerate() {
        let label = labels.iter().find(|(labelled, _)| *labelled == number);
        let label = label.map(|(_, loss)| format!("{loss:.2}"));
        let tick = if label.is_some() { '┤' } else { '│' };
        let line: String = row.iter().collect();
        let line = format!("{:>LABEL$} {tick}{line}", label.unwrap_or_default());
        text += &format!("{}\n", line.trim_end());
    }
    let axis = "─".repeat(COLUMNS);
    let last = COLUMNS - 1;
    text + &format!("{:LABEL$} └{axis}\n{:LABEL$}  1{steps:>last$}\n", "", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_are_the_means_of_their_parts() {
        let mean = |part, loss| Mean { part, loss };
        let losses = [4.0, 2.0, 3.0, 1.0];
        assert_eq!(means(&losses, 4, 2), [mean(0, 3.0), mean(1, 2.0)]);
        // A run that has come as far as its third step.
        assert_eq!(means(&losses[..3], 4, 2), [mean(0, 3.0), mean(1, 3.0)]);
        assert_eq!(means(&losses[..2], 4, 2), [mean(0, 3.0)]);
        let of_two_steps = means(&losses[..2], 2, 4);
        let expected = [mean(0, 4.0), mean(1, 4.0), mean(2, 2.0), mean(3, 2.0)];
        assert_eq!(of_two_steps, expected);
        assert!(means(&[], 4, 2).is_empty());
    }

    #[test]
    fn a_curve_falls_from_the_left_to_the_right() {
        // Powers of two, so that the picture does not depend on rounding.
        let falling: Vec<f32> = (0..60).map(|step| 4.0 - step as f32 / 32.0).collect();
        let flat = vec![4.0; 60];
        let curves = [
            Curve {
                sign: '·',
                losses: &flat,
            },
            Curve {
                sign: '•',
                losses: &falling[..30],
            },
        ];
        let picture = plot(&curves, 60);
        let rows: Vec<&str> = picture.lines().collect();
        assert_eq!(rows.len(), ROWS + 2);
        assert!(rows[0].starts_with("  4.00 ┤••"), "{picture}");
        assert!(rows[0].ends_with('·'), "{picture}");
        assert!(rows[ROWS - 1].starts_with("  3.09 ┤"), "{picture}");
        assert_eq!(rows[ROWS - 1].chars().nth(LABEL + 2 + 29), Some('•'));
        assert_eq!(picture.matches('•').count(), 30);
        assert!(rows[ROWS + 1].ends_with(" 60"), "{picture}");
    }

    #[test]
    fn a_run_without_losses_has_no_picture() {
        let curve = Curve {
            sign: '•',
            losses: &[],
        };
        assert_eq!(plot(&[curve], 10), "");
    }

    #[test]
    fn equal_losses_are_in_the_first_row() {
        let curve = Curve {
            sign: '•',
            losses: &[2.0; 10],
        };
        let picture = plot(&[curve], 10);
        let first = picture.lines().next().unwrap_or_default();
        assert_eq!(first.matches('•').count(), COLUMNS);
    }
}
