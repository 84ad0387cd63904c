//! `image-classification`: classes of images with their probabilities.

mod picture;

use attentive_models::{Image, ImageProcessor, Vit, digits};
use ndarray::Axis;
use serde::Serialize;

use crate::args::ClassifyImages;
use crate::error::PipelineError;
use crate::labels::{Label, ranked};
use crate::model::{self, Opened};
use crate::print::{json, print};

use picture::with_picture;

/// The task, by the hub's name.
const TASK: &str = "image-classification";

/// The most digits that are all shown. Of more, those are shown that are read wrong.
const SHOWN: usize = 12;

/// An image in the size in which the model looks at it.
struct Sample {
    name: String,
    /// The class that is known to be right.
    expected: Option<String>,
    image: Image,
}

/// An image, and its classes, the likeliest first.
#[derive(Debug, Serialize)]
struct Answer {
    image: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<String>,
    labels: Vec<Label>,
}

/// Runs the task.
pub(crate) fn run(options: &ClassifyImages) -> Result<(), PipelineError> {
    let opened = model::vit(&options.model, options.own, TASK)?;
    let processor = ImageProcessor::open(&opened.folder, opened.model.config())?;
    let samples = samples(options, &opened, &processor)?;
    let mut answers = Vec::new();
    for sample in &samples {
        let mut labels = labels(&opened.model, &processor.normalise(&sample.image))?;
        labels.truncate(options.top.into());
        answers.push(Answer {
            image: sample.name.clone(),
            expected: sample.expected.clone(),
            labels,
        });
    }
    if options.json {
        return json(&answers);
    }
    print(&in_words(&samples, &answers))
}

/// Reads the images, before any is classified: a wrong one has an error, and nothing else is printed.
fn samples(
    options: &ClassifyImages,
    opened: &Opened<Vit>,
    processor: &ImageProcessor,
) -> Result<Vec<Sample>, PipelineError> {
    let mut samples = Vec::new();
    for path in &options.images {
        samples.push(Sample {
            name: path.display().to_string(),
            expected: None,
            image: processor.resize(&Image::open(path)?)?,
        });
    }
    let Some(range) = options.digits else {
        return Ok(samples);
    };
    let labels = &opened.model.config().labels;
    if let Some(missing) = (0..10).find(|digit: &u8| !labels.contains(&digit.to_string())) {
        return Err(PipelineError::Option {
            option: "--digits",
            expected: "a model whose classes are the digits".to_owned(),
            found: format!("one without a class `{missing}`"),
        });
    }
    let digits = digits::open()?;
    for number in range.within(digits.len())? {
        let name = format!("digit {number}");
        let digit = &digits[number];
        samples.push(Sample {
            expected: Some(digit.label.to_string()),
            image: processor.resize(&digit.image(&name))?,
            name,
        });
    }
    Ok(samples)
}

fn labels(vit: &Vit, pixels: &ndarray::Array3<f32>) -> Result<Vec<Label>, PipelineError> {
    let logits = vit.classify(pixels.view().insert_axis(Axis(0)))?;
    Ok(ranked(logits.row(0), &vit.config().labels))
}

/// The images with their classes, and the share that is right if that is known.
fn in_words(samples: &[Sample], answers: &[Answer]) -> String {
    let is_right = |answer: &Answer| {
        let likeliest = answer.labels.first();
        likeliest.map(|label| &label.label) == answer.expected.as_ref()
    };
    let known = answers.iter().filter(|answer| answer.expected.is_some());
    let known = known.count();
    let mut text = String::new();
    for (sample, answer) in samples.iter().zip(answers) {
        let is_known = answer.expected.is_some();
        if is_known && known > SHOWN && is_right(answer) {
            continue;
        }
        text += &match &answer.expected {
            Some(expected) => format!("{}, which is {expected}\n", answer.image),
            None => format!("{}\n", answer.image),
        };
        text += &with_picture(&sample.image, &answer.labels);
    }
    if known > 0 {
        let right = answers.iter().filter(|answer| is_right(answer)).count();
        let percent = 100.0 * right as f64 / known as f64;
        text += &format!("{right} of {known} are right: {percent:.1} %\n");
    }
    text
}
