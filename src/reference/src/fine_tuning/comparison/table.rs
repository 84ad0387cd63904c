//! The results as a table.

use std::fmt;

use serde::Serialize;

use super::Options;
use super::run::Run;
use super::way::Way;

/// The results of all ways.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The settings.
    #[serde(flatten)]
    pub options: Options,
    /// The share of held-out sentences with the label that most of them have.
    pub most_frequent: f64,
    /// A row for each way.
    pub rows: Vec<Row>,
}

/// The results of one way.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// The way.
    pub way: Way,
    /// The number of parameters that move.
    pub parameters: usize,
    /// The number of passes through the sentences.
    pub passes: usize,
    /// The seconds of processor time that training takes, on average.
    pub seconds: f64,
    /// The share of held-out sentences that are right, for each seed.
    pub accuracies: Vec<f64>,
    /// The bytes of what is saved.
    pub bytes: u64,
}

impl Row {
    /// The results of the runs of a way; there is at least one.
    pub(super) fn new(way: Way, runs: &[Run]) -> Self {
        let seconds: f64 = runs.iter().map(|run| run.time.as_secs_f64()).sum();
        Self {
            way,
            parameters: runs[0].parameters,
            passes: way.passes(),
            seconds: seconds / runs.len() as f64,
            accuracies: runs.iter().map(|run| run.accuracy).collect(),
            bytes: runs[0].bytes,
        }
    }

    /// The mean of the accuracies.
    pub fn mean(&self) -> f64 {
        self.accuracies.iter().sum::<f64>() / self.accuracies.len() as f64
    }

    /// The smallest and the largest accuracy.
    pub fn range(&self) -> [f64; 2] {
        let accuracies = || self.accuracies.iter().copied();
        [
            accuracies().fold(f64::INFINITY, f64::min),
            accuracies().fold(0.0, f64::max),
        ]
    }
}

impl Comparison {
    /// The table for the book: a line for each way.
    pub fn to_csv(&self) -> String {
        let Options {
            seed,
            runs,
            examples,
            held_out,
        } = self.options;
        let mut csv = format!(
            "# Written by `cargo run -p attentive-reference -- compare-fine-tuning --seed {seed} --runs {runs} \
             --examples {examples} --held-out {held_out} --out FILE`, libtorch {}.\n# examples,{examples}\n\
             # held-out,{held_out}\n# runs,{runs}\n# most-frequent,{:.4}\n\
             way,parameters,passes,seconds,accuracy,lowest,highest,bytes\n",
            env!("LIBTORCH_VERSION"),
            self.most_frequent
        );
        for row in &self.rows {
            let [lowest, highest] = row.range();
            csv += &format!(
                "{},{},{},{:.1},{:.4},{lowest:.4},{highest:.4},{}\n",
                row.way.name(),
                row.parameters,
                row.passes,
                row.seconds,
                row.mean(),
                row.bytes
            );
        }
        csv
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<10}  {:>10}  {:>6}  {:>7}  {:>8}  {:>15}  {:>9}",
            "way", "parameters", "passes", "seconds", "accuracy", "of all seeds", "saved"
        )?;
        for row in &self.rows {
            let [lowest, highest] = row.range().map(|share| share * 100.0);
            writeln!(
                f,
                "{:<10}  {:>10}  {:>6}  {:>7.1}  {:>6.1} %  {:>15}  {:>6.1} MB",
                row.way.name(),
                row.parameters,
                row.passes,
                row.seconds,
                row.mean() * 100.0,
                format!("{lowest:.1} to {highest:.1}"),
                row.bytes as f64 / 1e6
            )?;
        }
        write!(
            f,
            "{} sentences to learn from, {} held out; the most frequent label is right in {:.1} % of them",
            self.options.examples,
            self.options.held_out,
            self.most_frequent * 100.0
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comparison() -> Comparison {
        let row = |way, parameters, accuracies: &[f64]| Row {
            way,
            parameters,
            passes: 3,
            seconds: 12.34,
            accuracies: accuracies.to_vec(),
            bytes: 4 * parameters as u64 + 100,
        };
        Comparison {
            options: Options {
                seed: 42,
                runs: 2,
                examples: 100,
                held_out: 50,
            },
            most_frequent: 0.52,
            rows: vec![
                row(Way::Head, 770, &[0.75, 0.77]),
                row(Way::Lora, 74_498, &[0.84, 0.8]),
            ],
        }
    }

    #[test]
    fn a_table_has_means_and_ranges() {
        let text = comparison().to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[1],
            "head               770       3     12.3    76.0 %     75.0 to 77.0     0.0 MB"
        );
        assert_eq!(
            lines[2],
            "lora             74498       3     12.3    82.0 %     80.0 to 84.0     0.3 MB"
        );
    }

    #[test]
    fn the_csv_has_a_line_for_each_way() {
        let csv = comparison().to_csv();
        assert!(csv.contains("\n# most-frequent,0.5200\n"), "{csv}");
        let last = csv.lines().last();
        assert_eq!(last, Some("lora,74498,3,12.3,0.8200,0.8000,0.8400,298092"));
    }
}
