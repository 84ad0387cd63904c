//! The data of figures that need a fetched model, computed by the program's own commands.

use ndarray::{Array1, Array2, Array3, s};
use safetensors::SafeTensors;
use serde_json::Value;

use crate::program::Program;
use crate::tables::Table;

/// Sentences on three subjects.
const SENTENCES: [(&str, &str); 3] = [
    ("weather", "The weather is beautiful today."),
    ("learning", "I love machine learning."),
    ("market", "The stock market fell yesterday."),
];

/// A reaction: acetyl chloride and aniline become acetanilide.
const REACTION: &str = "CC(=O)Cl.Nc1ccccc1>>CC(=O)Nc1ccccc1";

/// The same with a gap, where the chlorine is.
const GAP: &str = "CC(=O)[MASK].Nc1ccccc1>>CC(=O)Nc1ccccc1";

/// The layer and the head of the model `atoms` that map atoms, counted from 1.
const MAPPING: (usize, usize) = (11, 6);

/// Reviews, and two sentences that they are compared with.
const REVIEWS: [(&str, &str); 5] = [
    (
        "loved the course",
        "I absolutely loved the advanced machine learning course!",
    ),
    ("splendid film", "What a splendid film."),
    ("a bore", "A bore from beginning to end."),
    ("see it again", "I would see it again."),
    ("not see it again", "I would not see it again."),
];
const ANCHORS: [(&str, &str); 2] = [("loved it", "I loved it."), ("hated it", "I hated it.")];

/// Greetings in several languages and scripts.
const GREETINGS: [(&str, &str); 5] = [
    ("English", "Good morning, how are you?"),
    ("German", "Guten Morgen, wie geht es dir?"),
    ("Greek", "Καλημέρα, πώς είσαι;"),
    ("Japanese", "おはよう、お元気ですか？"),
    ("Rust", "let x: Vec<u8> = vec![0; 16];"),
];

/// File of tensors, in the program's folder.
const TENSORS: &str = "out.safetensors";

/// All data, in one file.
pub(crate) fn all(program: &Program) -> String {
    let mut tables: Vec<Table> = SENTENCES
        .map(|(name, sentence)| sentence_attention(program, name, sentence))
        .into();
    tables.push(atom_mapping(program));
    tables.push(gap(program));
    tables.push(reviews(program));
    tables.push(greetings(program));
    let tables: Vec<String> = tables.iter().map(Table::to_string).collect();
    "# Written by `UPDATE=1 cargo test -p attentive-pipeline --features fetched-models --test seeds`.\n\n".to_owned()
        + &tables.join("\n")
}

fn command(arguments: &[&str]) -> Vec<String> {
    arguments
        .iter()
        .map(|&argument| argument.to_owned())
        .collect()
}

/// The attention weights of the last layer's first head.
fn sentence_attention(program: &Program, name: &'static str, sentence: &str) -> Table {
    let command = command(&[
        "feature-extraction",
        sentence,
        "--model",
        "minilm",
        "--tensors",
        TENSORS,
    ]);
    program.run(&command);
    let tokens = tokens(program, sentence, "minilm");
    let weights = attention(program, 6, 1);
    Table {
        name,
        command,
        columns: tokens.clone(),
        rows: tokens
            .into_iter()
            .zip(weights.rows().into_iter().map(|row| row.to_vec()))
            .collect(),
    }
}

/// Attention of the product's atoms to those of the reactants, as shares of 1.
fn atom_mapping(program: &Program) -> Table {
    let command = command(&[
        "feature-extraction",
        REACTION,
        "--model",
        "atoms",
        "--tensors",
        TENSORS,
    ]);
    program.run(&command);
    let tokens = tokens(program, REACTION, "atoms");
    let (layer, head) = MAPPING;
    let weights = attention(program, layer, head);
    let arrow = tokens
        .iter()
        .position(|token| token == ">>")
        .expect("an arrow");
    let is_atom = |place: &usize| tokens[*place].chars().all(char::is_alphabetic);
    let reactants: Vec<usize> = (0..arrow).filter(is_atom).collect();
    let products: Vec<usize> = (arrow..tokens.len()).filter(is_atom).collect();
    let mut rows = Vec::new();
    for (number, &product) in products.iter().enumerate() {
        let of_atoms: Vec<f32> = reactants
            .iter()
            .map(|&place| weights[(product, place)])
            .collect();
        let sum: f32 = of_atoms.iter().sum();
        let shares = of_atoms.iter().map(|weight| weight / sum).collect();
        rows.push((format!("{}{}", tokens[product], number + 1), shares));
    }
    let labels = reactants.iter().enumerate();
    Table {
        name: "atoms",
        command,
        columns: labels
            .map(|(number, &place)| format!("{}{}", tokens[place], number + 1))
            .collect(),
        rows,
    }
}

/// The likeliest signs for the gap of a reaction.
fn gap(program: &Program) -> Table {
    let command = command(&["fill-mask", GAP, "--model", "reactions"]);
    let answer = program.json(&command);
    let fills = answer[0]["gaps"][0]["fills"].as_array().expect("fills");
    Table {
        name: "gap",
        columns: fills.iter().map(|fill| text(&fill["token"])).collect(),
        rows: vec![(
            "probability".to_owned(),
            fills
                .iter()
                .map(|fill| fill["probability"].as_f64().expect("a number") as f32)
                .collect(),
        )],
        command,
    }
}

/// The cosines of reviews with a positive and a negative sentence.
fn reviews(program: &Program) -> Table {
    let mut command = vec!["feature-extraction"];
    command.extend(REVIEWS.into_iter().chain(ANCHORS).map(|(_, text)| text));
    command.extend(["--model", "minilm"]);
    let answer = program.json(&command);
    let vectors = answer.as_array().expect("vectors").iter().map(vector);
    let vectors: Vec<Array1<f32>> = vectors.collect();
    let (reviews, anchors) = vectors.split_at(REVIEWS.len());
    let row = |((label, _), vector): ((&str, &str), &Array1<f32>)| {
        let cosines = anchors.iter().map(|anchor| vector.dot(anchor));
        (label.to_owned(), cosines.collect())
    };
    Table {
        name: "reviews",
        columns: ANCHORS.map(|(label, _)| label.to_owned()).into(),
        rows: REVIEWS.into_iter().zip(reviews).map(row).collect(),
        command: self::command(&command),
    }
}

fn vector(answer: &Value) -> Array1<f32> {
    let numbers = answer["vector"].as_array().expect("a vector").iter();
    numbers
        .map(|number| number.as_f64().expect("a number") as f32)
        .collect()
}

/// The numbers of tokens, without special ones, that three tokenizers make of a greeting.
fn greetings(program: &Program) -> Table {
    let mut command = vec!["tokenize"];
    command.extend(GREETINGS.map(|(_, text)| text));
    let models = [
        ("BERT", "minilm", 2),
        ("BERT with capitals", "bert-cased-vocabulary", 2),
        ("GPT-2", "gpt2-vocabulary", 0),
    ];
    for (_, model, _) in models {
        command.extend(["--model", model]);
    }
    let answer = program.json(&command);
    let mut rows = Vec::new();
    for (number, (label, _, special)) in models.into_iter().enumerate() {
        let texts = answer.as_array().expect("texts").iter();
        let tokens = texts.map(|text| text["models"][number]["ids"].as_array().expect("ids").len());
        rows.push((
            label.to_owned(),
            tokens.map(|tokens| (tokens - special) as f32).collect(),
        ));
    }
    Table {
        name: "greetings",
        columns: GREETINGS.map(|(language, _)| language.to_owned()).into(),
        rows,
        command: self::command(&command),
    }
}

fn tokens(program: &Program, sentence: &str, model: &str) -> Vec<String> {
    let answer = program.json(&["tokenize", sentence, "--model", model]);
    let tokens = answer[0]["models"][0]["tokens"].as_array().expect("tokens");
    tokens.iter().map(text).collect()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// Reads the weights of a head from the file that the program has written: (query, key). Both are counted from 1.
fn attention(program: &Program, layer: usize, head: usize) -> Array2<f32> {
    let bytes = std::fs::read(program.path(TENSORS)).expect("it was written");
    let tensors = SafeTensors::deserialize(&bytes).expect("tensors");
    let view = tensors
        .tensor(&format!("0.attentions.{}", layer - 1))
        .expect("a layer");
    let numbers = view.data().chunks_exact(4);
    let numbers = numbers.map(|bytes| f32::from_le_bytes(bytes.try_into().expect("four bytes")));
    let [heads, queries, keys] = *view.shape() else {
        panic!("expected three axes, found {:?}", view.shape())
    };
    let weights = Array3::from_shape_vec((heads, queries, keys), numbers.collect());
    weights
        .expect("as many numbers")
        .slice(s![head - 1, .., ..])
        .to_owned()
}
