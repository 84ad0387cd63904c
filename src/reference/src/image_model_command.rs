//! `image-model`: trains a small Vision Transformer, and says how well.

use std::error::Error;
use std::path::{Path, PathBuf};

use attentive_course::Course;
use attentive_course::text::roughly;
use attentive_models::digits;
use attentive_reference::image_models::{
    NAME, Options, Progress, Record, STEPS, recorded, train, write,
};
use attentive_reference::{SEED, check_target};
use clap::Args;

use crate::model_folders::{SHIPPED, TRAINED};

/// `image-model`.
#[derive(Debug, Args)]
pub(crate) struct ImageModel {
    /// The model.
    #[arg(value_name = "NAME", value_parser = [NAME])]
    name: String,
    /// The number of batches; without it, as many as the digits need.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    steps: Option<u32>,
    /// The seed of the first weights, of the batches and of the distortions.
    #[arg(long, value_name = "NUMBER", default_value_t = SEED)]
    seed: u64,
    /// The folder to write; without it, NAME in target/attentive/models.
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

impl ImageModel {
    /// Trains the model and writes its folder.
    pub(crate) fn run(&self, root: &Path) -> Result<(), Box<dyn Error>> {
        let course = Course::open(root)?;
        let name = &self.name;
        let out = self.out.clone();
        let out = out.unwrap_or_else(|| course.path(TRAINED).join(name));
        // Whatever can be wrong is found before the training.
        check_target(&out)?;
        let shipped = recorded(&course.path(SHIPPED).join(name))?;
        let digits = digits::open()?;
        let options = Options {
            seed: self.seed,
            steps: self.steps.map_or(STEPS, |steps| steps as usize),
        };
        println!("{name} learns from handwritten digits");
        let trained = train(&digits, options, |progress| println!("{}", line(progress)))?;
        write(&trained, &out)?;
        println!("\n{}", summary(&Record::new(&trained), shipped.as_ref()));
        let out = out.display();
        println!(
            "It is in {out}\n  cargo attentive pipeline image-classification --digits held-out --model {out}"
        );
        Ok(())
    }
}

fn line(progress: Progress) -> String {
    format!(
        "{:>6} of {} batches: loss {:.3}; {} left",
        progress.step,
        progress.steps,
        progress.loss,
        roughly(progress.left)
    )
}

/// The final accuracies, and under them those of the model that ships, if the course has it.
fn summary(record: &Record, shipped: Option<&Record>) -> String {
    let mut text = format!(
        "{} parameters, {} digits to learn from, {} held out\nright {}\n",
        record.parameters,
        record.learned,
        record.held_out,
        accuracies(record)
    );
    if let Some(shipped) = shipped {
        text += &format!("recorded {}\n", accuracies(shipped));
    }
    text
}

fn accuracies(record: &Record) -> String {
    format!(
        "{:.2} %, held out {:.2} % (seed {}, {} batches)",
        record.train_accuracy * 100.0,
        record.held_out_accuracy * 100.0,
        record.seed,
        record.steps
    )
}
