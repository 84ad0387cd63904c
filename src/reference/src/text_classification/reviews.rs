//! The texts of which cases are made.

/// The file of reviews: a part, a label and a text in each line, with tabs between them.
const FILE: &str = include_str!("../../../../exercises/30-text-classification/reviews.txt");

/// Five short reviews, three of them positive.
pub(super) const FIVE: [(&str, usize); 5] = [
    ("I loved this film, the acting is great.", 1),
    ("A great story and a great cast!", 1),
    ("The film is slow and boring.", 0),
    ("We loved the music and the story.", 1),
    ("Boring acting, a boring story.", 0),
];

/// Texts with the class of each.
#[derive(Debug, Clone, Default)]
pub struct Labelled {
    /// The texts.
    pub texts: Vec<&'static str>,
    /// The class of each: 1 is positive.
    pub labels: Vec<usize>,
}

impl Labelled {
    /// Texts with their classes.
    pub(super) fn of(reviews: &[(&'static str, usize)]) -> Self {
        let (texts, labels) = reviews.iter().copied().unzip();
        Self { texts, labels }
    }
}

/// One part of the file of reviews, `training` or `held-out`.
///
/// # Panics
/// If a line of the file has no three columns, or a label that is no number.
pub fn part(name: &str) -> Labelled {
    let mut part = Labelled::default();
    for line in FILE.lines() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let columns: Vec<&'static str> = line.split('\t').collect();
        let &[of, label, text] = &columns[..] else {
            panic!("expected a part, a label and a text, found `{line}`");
        };
        if of == name {
            part.texts.push(text);
            part.labels
                .push(label.parse().expect("the number of a class"));
        }
    }
    part
}
