//! Curves of losses as a picture for a browser.

use attentive_recipe::RunRecord;

use crate::curve::means;

/// The size of the picture, and the place of its axes in it.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 56.0;
const RIGHT: f64 = 700.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 370.0;
/// The points of a curve.
const POINTS: usize = 240;
/// The distance of two lines of the grid, in nats.
const GRID: f64 = 0.5;
/// The parts of the axis of steps.
const PARTS: usize = 4;
/// The attributes of the grid, and those of a loss to compare with.
const PLAIN: &str = "stroke=\"#dddddd\"";
const LEVEL: &str = "stroke=\"#c05000\" stroke-dasharray=\"6 4\"";

/// Everything that is drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Curves<'a> {
    /// The run.
    pub(crate) record: &'a RunRecord,
    /// A run to compare it with.
    pub(crate) beside: Option<&'a RunRecord>,
    /// The losses of a guess, and of knowing the frequencies of characters.
    pub(crate) levels: [f64; 2],
}

/// The place of steps and losses in the picture.
#[derive(Debug, Clone, Copy)]
struct Scale {
    steps: f64,
    lowest: f64,
    highest: f64,
}

/// Draws a run. Curves are means of neighbouring steps; circles are losses on what is held out.
pub(crate) fn draw(curves: &Curves<'_>) -> String {
    let record = curves.record;
    let scale = Scale::of(curves);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"13\">\n<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>\n"
    );
    let by = match curves.beside {
        Some(beside) => format!("{} (blue) and {} (grey)", record.by, beside.by),
        None => record.by.clone(),
    };
    let title = format!("Loss in nats per character on {}", record.plan.text);
    text(&mut svg, LEFT, 16.0, "start", &title);
    text(&mut svg, LEFT, 33.0, "start", &by);
    axes(&mut svg, scale);
    for (level, name) in curves
        .levels
        .into_iter()
        .zip(["a guess", "frequencies alone"])
    {
        let y = scale.y(level);
        line(&mut svg, [LEFT, y, RIGHT, y], LEVEL);
        text(&mut svg, RIGHT, y - 4.0, "end", name);
    }
    if let Some(beside) = curves.beside {
        polyline(&mut svg, scale, &beside.losses, "#888888");
    }
    polyline(&mut svg, scale, &record.losses, "#0060c0");
    for measured in &record.held_out {
        let (x, y) = (scale.x(measured.step as f64), scale.y(measured.loss.into()));
        svg += &format!(
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"none\" stroke=\"#0060c0\"/>\n"
        );
    }
    svg + "</svg>\n"
}

impl Scale {
    fn of(curves: &Curves<'_>) -> Self {
        let (mut lowest, mut highest) = (f64::INFINITY, f64::NEG_INFINITY);
        let beside = curves.beside.map(|beside| &beside.losses[..]);
        let losses = curves
            .record
            .losses
            .iter()
            .chain(beside.unwrap_or_default());
        let held_out = curves.record.held_out.iter().map(|measured| &measured.loss);
        let all = losses.chain(held_out).map(|&loss| f64::from(loss));
        for loss in all.chain(curves.levels) {
            lowest = lowest.min(loss);
            highest = highest.max(loss);
        }
        Self {
            steps: curves.record.plan.recipe.steps as f64,
            lowest: (lowest / GRID).floor() * GRID,
            highest: (highest / GRID).ceil() * GRID,
        }
    }

    fn x(self, step: f64) -> f64 {
        LEFT + (RIGHT - LEFT) * step / self.steps
    }

    fn y(self, loss: f64) -> f64 {
        let span = (self.highest - self.lowest).max(GRID);
        TOP + (BOTTOM - TOP) * (self.highest - loss) / span
    }
}

/// The grid with its numbers.
fn axes(svg: &mut String, scale: Scale) {
    let lines = ((scale.highest - scale.lowest) / GRID).round() as usize;
    // A run that diverges has no more than a dozen lines.
    let every = lines.div_ceil(12).max(1);
    for number in (0..=lines).step_by(every) {
        let loss = scale.lowest + GRID * number as f64;
        let y = scale.y(loss);
        line(svg, [LEFT, y, RIGHT, y], PLAIN);
        text(svg, LEFT - 6.0, y + 4.0, "end", &format!("{loss:.1}"));
    }
    for part in 0..=PARTS {
        let step = scale.steps * part as f64 / PARTS as f64;
        let x = scale.x(step);
        line(svg, [x, TOP, x, BOTTOM], PLAIN);
        text(svg, x, BOTTOM + 18.0, "middle", &format!("{step:.0}"));
    }
    text(svg, (LEFT + RIGHT) / 2.0, BOTTOM + 38.0, "middle", "step");
}

/// The means of losses as a curve.
fn polyline(svg: &mut String, scale: Scale, losses: &[f32], colour: &str) {
    let mut points = String::new();
    for mean in means(losses, scale.steps as usize, POINTS) {
        // The middle of the part.
        let step = scale.steps * (mean.part as f64 + 0.5) / POINTS as f64;
        let (x, y) = (scale.x(step), scale.y(mean.loss.into()));
        points += &format!("{x:.1},{y:.1} ");
    }
    let points = points.trim_end();
    *svg += &format!(
        "<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\"/>\n"
    );
}

fn line(svg: &mut String, [x1, y1, x2, y2]: [f64; 4], attributes: &str) {
    *svg += &format!(
        "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" {attributes}/>\n"
    );
}

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, words: &str) {
    let words = words
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    *svg += &format!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>\n");
}

#[cfg(test)]
mod tests {
    use attentive_recipe::{Measured, Plan, Recipe};

    use super::*;

    fn record(losses: &[f32]) -> RunRecord {
        let plan = Plan {
            recipe: Recipe::POCKET.with_steps(4),
            seed: 1,
            text: "R&D <notes>".to_owned(),
            text_sha256: Some("ab".to_owned()),
            vocabulary: 20,
        };
        RunRecord {
            losses: losses.to_vec(),
            held_out: vec![Measured::new(2, &[2.5])],
            ..RunRecord::new("a test".to_owned(), plan, 1)
        }
    }

    #[test]
    fn a_picture_has_curves_levels_and_what_is_held_out() {
        let (record, beside) = (record(&[3.0, 2.0]), record(&[3.5, 2.5, 2.0, 1.75]));
        let svg = draw(&Curves {
            record: &record,
            beside: Some(&beside),
            levels: [3.0, 2.0],
        });
        assert_eq!(svg.matches("<polyline").count(), 2);
        assert_eq!(svg.matches("<circle").count(), 1);
        assert!(
            svg.contains("on R&amp;D &lt;notes&gt;</text>")
                && svg.contains(">a test (blue) and a test (grey)</text>"),
            "{svg}"
        );
        assert!(svg.contains(">frequencies alone</text>"), "{svg}");
        // Losses from 1.5 to 3.5, and 2.5 in their middle.
        assert!(svg.contains("cx=\"378.0\" cy=\"205.0\""), "{svg}");
        assert!(
            svg.starts_with("<svg ") && svg.ends_with("</svg>\n"),
            "{svg}"
        );
    }

    #[test]
    fn a_run_that_has_not_begun_can_be_drawn() {
        let mut record = record(&[]);
        record.held_out.clear();
        let svg = draw(&Curves {
            record: &record,
            beside: None,
            levels: [3.0, 3.0],
        });
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }
}
