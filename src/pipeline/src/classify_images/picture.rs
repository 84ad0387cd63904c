//! Small images as text.

use attentive_models::Image;

use crate::labels::Label;
use crate::print::pad;

/// Characters from dark to bright. Two of them are about as wide as high.
const SHADES: [char; 5] = [' ', '░', '▒', '▓', '█'];

/// The most pixels in a row, and the most rows, of an image that is shown.
const LARGEST: usize = 16;

/// Lines with the image, if it is small, and with its classes to the right of it.
pub(super) fn with_picture(image: &Image, labels: &[Label]) -> String {
    let picture = lines(image);
    let width = picture.iter().map(|line| line.chars().count()).max();
    let margin = width.map_or(0, |width| width + 2);
    let mut text = String::new();
    for row in 0..picture.len().max(labels.len()) {
        let pixels = picture.get(row).map_or("", String::as_str);
        let label = labels
            .get(row)
            .map(|Label { label, probability }| format!("{probability:.4}  {label}"));
        let line = format!("  {}{}", pad(pixels, margin), label.unwrap_or_default());
        text += line.trim_end();
        text.push('\n');
    }
    text
}

fn lines(image: &Image) -> Vec<String> {
    let (shades, width) = image.grey();
    if width == 0 || width > LARGEST || shades.len() / width > LARGEST {
        return Vec::new();
    }
    let mut lines = Vec::new();
    for row in shades.chunks(width) {
        let mut line = String::new();
        for &shade in row {
            let character = SHADES[usize::from(shade) * SHADES.len() / 256];
            line.extend([character; 2]);
        }
        lines.push(line);
    }
    lines
}
