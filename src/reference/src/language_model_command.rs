//! `language-model`: trains a small language model, and says how well.

use std::error::Error;
use std::path::{Path, PathBuf};

use attentive_course::Course;
use attentive_course::text::roughly;
use attentive_reference::book_text::book_text;
use attentive_reference::language_models::{
    Kind, Options, Progress, Record, Text, recorded, train, write,
};
use attentive_reference::{SEED, check_target};
use clap::Args;

use crate::model_folders::{SHIPPED, TRAINED};

/// `language-model`.
#[derive(Debug, Args)]
pub(crate) struct LanguageModel {
    /// The model.
    #[arg(value_enum, value_name = "NAME")]
    kind: Kind,
    /// A file of plain text instead of the course's own book; empty lines separate its paragraphs.
    #[arg(long, value_name = "FILE")]
    text: Option<PathBuf>,
    /// The number of batches; without it, as many as the book needs.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    steps: Option<u32>,
    /// The seed of the first weights, of the batches and of dropout.
    #[arg(long, value_name = "NUMBER", default_value_t = SEED)]
    seed: u64,
    /// The folder to write; without it, NAME in target/attentive/models.
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

impl LanguageModel {
    /// Trains the model and writes its folder.
    pub(crate) fn run(&self, root: &Path) -> Result<(), Box<dyn Error>> {
        let course = Course::open(root)?;
        let name = self.kind.name();
        let out = self.out.clone();
        let out = out.unwrap_or_else(|| course.path(TRAINED).join(name));
        // Whatever can be wrong is found before the minutes of training.
        check_target(&out)?;
        let shipped = recorded(&course.path(SHIPPED).join(name))?;
        let text = match &self.text {
            Some(path) => Text::of_file(path)?,
            None => book_text(&course)?,
        };
        let options = Options {
            kind: self.kind,
            seed: self.seed,
            steps: self.steps.map_or(self.kind.steps(), |steps| steps as usize),
        };
        println!(
            "{name} learns from {}, {} characters",
            text.name,
            text.characters()
        );
        let trained = train(&text, options, |progress| println!("{}", line(progress)))?;
        write(&trained, &text, &out)?;
        println!(
            "\n{}",
            summary(&Record::new(&trained, &text), shipped.as_ref())
        );
        let task = match self.kind {
            Kind::BookGpt => "text-generation \"A query asks\"",
            Kind::BookBert => "fill-mask \"A query [MASK] a question.\"",
        };
        let out = out.display();
        println!("It is in {out}\n  cargo attentive pipeline {task} --model {out}");
        Ok(())
    }
}

fn line(progress: Progress) -> String {
    format!(
        "{:>6} of {} batches: loss {:.3}, held out {:.3}; {:.0} tokens/s, {} left",
        progress.step,
        progress.steps,
        progress.loss,
        progress.held_out,
        progress.tokens_per_second,
        roughly(progress.left)
    )
}

/// The final losses, and under them those that ship with the course, if it has the model.
fn summary(record: &Record, shipped: Option<&Record>) -> String {
    let mut text = format!(
        "{} parameters, {} tokens to learn from\nloss {}\n",
        record.parameters,
        record.tokens,
        losses(record)
    );
    if let Some(shipped) = shipped {
        text += &format!("recorded {}\n", losses(shipped));
        if shipped.text_sha256 != record.text_sha256 {
            text += "The recorded loss is that of a different text: compare it with care.\n";
        }
    }
    text
}

fn losses(record: &Record) -> String {
    format!(
        "{:.3}, held out {:.3} nats per token, by frequencies alone {:.3} (seed {}, {} batches, {})",
        record.train_loss,
        record.held_out_loss,
        record.frequency_loss,
        record.seed,
        record.steps,
        record.text
    )
}
