//! Tables of numbers, as the book's figures read them.

use std::fmt;

/// A matrix with a name, the command that computes it, and labels on both sides.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// Arguments of the command.
    pub(crate) command: Vec<String>,
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<(String, Vec<f32>)>,
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "# {}", self.name)?;
        let quoted = self.command.iter().map(|argument| {
            if argument.contains([' ', '(', '>']) {
                format!("\"{argument}\"")
            } else {
                argument.clone()
            }
        });
        let quoted: Vec<String> = quoted.collect();
        writeln!(f, "# cargo attentive pipeline {}", quoted.join(" "))?;
        writeln!(f, ",{}", self.columns.join(","))?;
        for (label, numbers) in &self.rows {
            let numbers: Vec<String> = numbers.iter().map(|n| format!("{n:.4}")).collect();
            writeln!(f, "{label},{}", numbers.join(","))?;
        }
        Ok(())
    }
}
