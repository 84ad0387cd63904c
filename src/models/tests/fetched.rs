//! Real models and data, which are fetched once and kept: `cargo test -p attentive-models --features fetched-models`.

use std::path::PathBuf;

use attentive_models::catalogue;
use attentive_models::digits::{self, Digit, LEARNED};
use attentive_models::fetch::Fetcher;
use attentive_models::{
    ChatTemplate, Encoder, ImageProcessor, LanguageModel, Message, Model, Role, States, Tokenizer,
    Weights,
};
use ndarray::{Array2, Axis, s};

/// A reaction that makes aspirin, as RXNFP's own examples write reactions.
const ASPIRIN: &str = "CC(=O)OC(C)=O.O=C(O)c1ccccc1O>>CC(=O)Oc1ccccc1C(=O)O";

fn fetched(name: &str) -> PathBuf {
    let fetcher = Fetcher::new().expect("a cache");
    let entry = catalogue::find(name).expect("a name of the catalogue");
    fetcher
        .fetch(entry, &mut |_| ())
        .unwrap_or_else(|error| panic!("{error}"))
}

fn encoder(name: &str) -> (Encoder, Tokenizer) {
    let folder = fetched(name);
    let model = Model::open(&folder).unwrap_or_else(|error| panic!("{error}"));
    let tokenizer = Tokenizer::open(&folder).unwrap_or_else(|error| panic!("{error}"));
    tokenizer.check(&model.config()).expect("its own tokenizer");
    match model {
        Model::Encoder(encoder) => (encoder, tokenizer),
        _ => panic!("{name}: expected an encoder"),
    }
}

/// Runs a model on texts of one length.
fn run(encoder: &Encoder, texts: &[&[usize]]) -> States {
    let ids = Array2::from_shape_fn((texts.len(), texts[0].len()), |(row, place)| {
        texts[row][place]
    });
    let types = Array2::zeros(ids.dim());
    let mask = Array2::from_elem(ids.dim(), true);
    encoder.run(ids.view(), types.view(), mask.view())
}

#[test]
fn minilm_finds_the_sentences_that_mean_the_same() {
    let (encoder, tokenizer) = encoder("minilm");
    let vector = |text: &str| {
        let encoded = tokenizer.encode(text, true).expect("tokens");
        let states = run(&encoder, &[&encoded.ids]);
        let last = states.hidden.last().expect("a layer");
        let mask = Array2::from_elem((1, encoded.ids.len()), true);
        encoder
            .sentence(last.view(), mask.view())
            .index_axis_move(Axis(0), 0)
    };
    let cosine = |first: &str, second: &str| vector(first).dot(&vector(second));
    let pasta = "A man is eating pasta.";
    for (first, second, expected) in [
        (pasta, "A man is eating food.", "0.7035"),
        (pasta, "A man is eating a piece of bread.", "0.5272"),
        (pasta, "A man is riding a horse.", "0.1889"),
        (
            "The cat sits outside",
            "The dog plays in the garden",
            "0.2838",
        ),
    ] {
        assert_eq!(format!("{:.4}", cosine(first, second)), expected);
    }
}

#[test]
fn splade_tiny_expands_a_query() {
    let (encoder, tokenizer) = encoder("splade-tiny");
    let query = "how do transformers use attention to translate a sentence";
    let encoded = tokenizer.encode(query, true).expect("tokens");
    let states = run(&encoder, &[&encoded.ids]);
    let logits = encoder.fill_mask(states.hidden.last().expect("a layer").view());
    let logits = logits.expect("a head");
    // SPLADE: the largest of log(1 + ReLU(logit)) over the places.
    let weight = |word: &str| {
        let id = tokenizer.id(word).expect("a word of the vocabulary");
        let logits = logits.slice(s![0, .., id]);
        let weights = logits.mapv(|logit| logit.max(0.0).ln_1p());
        weights.fold(0.0_f32, |largest, &weight| largest.max(weight))
    };
    for (word, expected) in [
        ("attention", "2.25"),
        ("sentence", "1.62"),
        ("translation", "1.51"),
        ("voltage", "1.25"),
    ] {
        assert_eq!(format!("{:.2}", weight(word)), expected, "{word}");
    }
}

#[test]
fn reactions_fills_the_gaps_of_a_synthesis() {
    let (encoder, tokenizer) = encoder("reactions");
    let encoded = tokenizer.encode(ASPIRIN, true).expect("tokens");
    let mask = tokenizer.id("[MASK]").expect("a mask");
    let (mut right, mut asked) = (0, 0);
    for place in 1..encoded.ids.len() - 1 {
        let mut ids = encoded.ids.clone();
        ids[place] = mask;
        let states = run(&encoder, &[&ids]);
        let last = states.hidden.last().expect("a layer");
        let logits = encoder.fill_mask(last.slice(s![.., place..=place, ..]));
        let logits = logits.expect("a head");
        let scores = logits.slice(s![0, 0, ..]);
        let best = scores.fold(f32::NEG_INFINITY, |best, &score| best.max(score));
        asked += 1;
        right += usize::from(scores[encoded.ids[place]] == best);
    }
    println!("{right} of {asked}");
    assert_eq!((right, asked), (49, 51));
}

#[test]
fn atoms_reads_its_shared_layer() {
    let (encoder, tokenizer) = encoder("atoms");
    let encoded = tokenizer
        .encode("CC(=O)Cl.Nc1ccccc1>>CC(=O)Nc1ccccc1", true)
        .expect("tokens");
    let states = run(&encoder, &[&encoded.ids]);
    // Layer 11 and head 6, counted from 1 and from 1, as its authors do in their paper.
    let weights = states.attentions[10].slice(s![0, 5, .., ..]).to_owned();
    let atoms: Vec<usize> = (0..encoded.ids.len())
        .filter(|&place| encoded.tokens[place].chars().all(char::is_alphabetic))
        .collect();
    let arrow = encoded
        .tokens
        .iter()
        .position(|token| token == ">>")
        .expect("an arrow");
    let (reactants, products): (Vec<usize>, Vec<usize>) =
        atoms.into_iter().partition(|&place| place < arrow);
    let mapped: Vec<usize> = products
        .iter()
        .map(|&product| {
            let best = reactants
                .iter()
                .max_by(|&&a, &&b| weights[(product, a)].total_cmp(&weights[(product, b)]));
            *best.expect("a reactant")
        })
        .collect();
    println!("{mapped:?} {products:?} {reactants:?} {:?}", encoded.tokens);
    let same = mapped.iter().zip(&products);
    let right = same
        .filter(|(from, to)| encoded.tokens[**from] == encoded.tokens[**to])
        .count();
    assert_eq!((right, products.len()), (10, 10));
}

#[test]
fn gpt2_cuts_text_as_it_always_does() {
    let tokenizer = Tokenizer::open(&fetched("gpt2-vocabulary")).expect("a tokenizer");
    assert_eq!(tokenizer.size(), 50_257);
    let sentence = "The quick brown fox jumps over the lazy dog.";
    let encoded = tokenizer.encode(sentence, true).expect("tokens");
    assert_eq!(
        encoded.ids,
        [464, 2068, 7586, 21831, 18045, 625, 262, 16931, 3290, 13]
    );
    let text = tokenizer.decode(&encoded.ids, true).expect("a text");
    assert_eq!(text, sentence);
}

#[test]
fn bert_cuts_text_as_it_always_does() {
    let encode = |name: &str, text: &str| {
        let tokenizer = Tokenizer::open(&fetched(name)).expect("a tokenizer");
        tokenizer.encode(text, true).expect("tokens")
    };
    let encoded = encode("bert-cased-vocabulary", "Transformer models are powerful.");
    let expected = [101, 13809, 23763, 3584, 1132, 3110, 119, 102];
    assert_eq!(encoded.ids, expected);
    assert_eq!(encoded.tokens[1..3], ["Trans", "##former"]);

    let encoded = encode("minilm", "The quick brown fox jumps over the lazy dog.");
    let words = "[CLS] the quick brown fox jumps over the lazy dog . [SEP]";
    assert_eq!(encoded.tokens, words.split(' ').collect::<Vec<_>>());
    let special: Vec<usize> = (0..12).filter(|&token| encoded.special[token]).collect();
    assert_eq!(special, [0, 11]);
    assert_eq!(encoded.offsets[1], (0, 3));
}

#[test]
fn texts_are_whole() {
    for (name, words) in [
        ("alice", "Down the Rabbit-Hole"),
        ("as-you-like-it", "All the world's a stage"),
    ] {
        let text = std::fs::read_to_string(fetched(name).join("text.txt")).expect("a text");
        assert!(text.contains(words), "{name}");
    }
}

#[test]
fn co2_is_a_table_with_gaps() {
    let text = std::fs::read_to_string(fetched("co2").join("co2.csv")).expect("a table");
    let mut rows = text.lines();
    assert_eq!(rows.next(), Some("date,co2"));
    let weeks: Vec<&str> = rows
        .map(|row| row.split_once(',').expect("two").1)
        .collect();
    let gaps = weeks.iter().filter(|week| week.is_empty()).count();
    assert_eq!((weeks.len(), gaps), (2284, 59));
    let values: Vec<f32> = weeks.iter().filter_map(|week| week.parse().ok()).collect();
    assert_eq!((values[0], values.len()), (316.1, 2225));
}

#[test]
fn the_model_that_ships_reads_the_digits_that_were_held_out() {
    fetched("digits");
    let digits = digits::open().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(digits.len(), 1797);
    let folder = catalogue::folder("book-digits").expect("it ships");
    let Ok(Model::Vit(vit)) = Model::open(&folder) else {
        panic!("expected a ViT")
    };
    let processor = ImageProcessor::open(&folder, vit.config()).expect("it ships");
    let read = |digit: &Digit| {
        let pixels = processor.normalise(&digit.image("a digit"));
        let logits = vit.classify(pixels.view().insert_axis(Axis(0)));
        let logits = logits.unwrap_or_else(|error| panic!("{error}"));
        let best = logits.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
        best.expect("a class").0 == usize::from(digit.label)
    };
    let record = std::fs::read(folder.join("training.json")).expect("a record");
    let record: serde_json::Value = serde_json::from_slice(&record).expect("a record");
    let (learned, held_out) = digits.split_at(LEARNED);
    for (part, name) in [(learned, "train_accuracy"), (held_out, "held_out_accuracy")] {
        let right = part.iter().filter(|digit| read(digit)).count();
        let found = right as f64 / part.len() as f64;
        let recorded = record[name].as_f64().expect("a number");
        // A digit that is on the edge may fall to either side by a rounding.
        assert!(
            (found - recorded).abs() < 0.005,
            "{name}: {found}, recorded {recorded}"
        );
    }
}

#[test]
fn snippets_have_scores() {
    let text = std::fs::read_to_string(fetched("snippets").join("snippets.tsv")).expect("a table");
    let scores: Vec<f32> = text
        .lines()
        .map(|row| {
            let [_, score, sentence] = *row.split('\t').collect::<Vec<_>>() else {
                panic!("expected a number, a score and a sentence, found {row}")
            };
            assert!(!sentence.trim().is_empty());
            score.parse().expect("a score")
        })
        .collect();
    assert!(scores.iter().all(|score| score.abs() <= 4.0));
    let positive = scores.iter().filter(|&&score| score >= 1.0).count();
    let negative = scores.iter().filter(|&&score| score <= -1.0).count();
    assert_eq!((scores.len(), positive, negative), (10_605, 4598, 4575));
}

/// Writes on with the likeliest token each time, until an end token comes, or so many others.
fn continued(
    model: &dyn LanguageModel,
    tokenizer: &Tokenizer,
    prompt: &str,
    most: usize,
) -> String {
    let prompt = tokenizer.encode(prompt, false).expect("tokens").ids;
    let (mut next, mut ids) = (model.cached(2), prompt.clone());
    for _ in 0..most {
        let scores = next(&ids);
        let best = scores.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
        ids.push(best.expect("a vocabulary").0);
        if model.end_tokens().contains(&ids[ids.len() - 1]) {
            break;
        }
    }
    tokenizer
        .decode(&ids[prompt.len()..], true)
        .expect("its own tokens")
}

#[test]
fn smollm2_knows_a_capital_and_answers() {
    let folder = fetched("smollm2");
    let model = Model::open(&folder).unwrap_or_else(|error| panic!("{error}"));
    let tokenizer = Tokenizer::open(&folder).unwrap_or_else(|error| panic!("{error}"));
    tokenizer.check(&model.config()).expect("its own tokenizer");
    let model = model.language_model().expect("a model that writes");
    let text = continued(&*model, &tokenizer, "The capital of France is", 2);
    assert_eq!(text, " Paris.");

    let template = ChatTemplate::open(&folder).unwrap_or_else(|error| panic!("{error}"));
    let question = Message {
        role: Role::User,
        content: "What is the capital of France?".to_owned(),
    };
    let prompt = template.fill(&[question]).expect("a text");
    assert!(prompt.ends_with("<|im_start|>assistant\n"), "{prompt}");
    let answer = continued(&*model, &tokenizer, &prompt, 20);
    assert_eq!(answer, "The capital of France is Paris.");
}

#[test]
fn t5_titles_translates_and_says_what_it_thinks_of_a_film() {
    let folder = fetched("t5-titles");
    let model = Model::open(&folder).unwrap_or_else(|error| panic!("{error}"));
    let tokenizer = Tokenizer::open(&folder).unwrap_or_else(|error| panic!("{error}"));
    tokenizer.check(&model.config()).expect("its own tokenizer");
    let t5 = model.t5().expect("a T5");
    for (source, expected) in [
        (
            "translate English to German: The house is wonderful.",
            "Das Haus ist wunderbar.",
        ),
        (
            "Is this review positive or negative? I loved every minute of this film.",
            "positive",
        ),
    ] {
        let source = tokenizer.encode(source, true).expect("tokens").ids;
        for mut next in [t5.cached(&source, 2), t5.by_exercise(&source)] {
            let mut target = vec![t5.config().start_token];
            while !t5.config().end_tokens.contains(&target[target.len() - 1]) {
                assert!(target.len() < 20, "{target:?}");
                let scores = next(&target);
                let best = scores.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
                target.push(best.expect("a vocabulary").0);
            }
            let text = tokenizer.decode(&target, true).expect("its own tokens");
            assert_eq!(text, expected);
        }
    }
}

#[test]
fn smollm2_computes_the_same_with_its_blocks() {
    let folder = fetched("smollm2");
    let open = |weights| {
        let model = Model::open_as(&folder, weights).unwrap_or_else(|error| panic!("{error}"));
        model.language_model().expect("a model that writes")
    };
    let tokenizer = Tokenizer::open(&folder).unwrap_or_else(|error| panic!("{error}"));
    let (floats, blocks) = (open(Weights::F32), open(Weights::Stored));
    let text = "The capital of France is";
    let tokens = tokenizer.encode(text, false).expect("tokens").ids;
    let (mut by_floats, mut by_blocks) = (floats.cached(1), blocks.cached(2));
    // Several tokens at once, and one alone, whose products are computed in different ways.
    for length in [tokens.len() - 1, tokens.len()] {
        let (expected, found) = (by_floats(&tokens[..length]), by_blocks(&tokens[..length]));
        let largest = expected.fold(0.0_f32, |largest, score| largest.max(score.abs()));
        let difference = (&found - &expected).fold(0.0_f32, |most, score| most.max(score.abs()));
        println!("{length} tokens: {difference:e} of {largest}");
        // Rounding of sums, which 30 blocks hand on.
        assert!(difference <= 1e-4 * largest, "{difference} {largest}");
    }
    assert_eq!(continued(&*blocks, &tokenizer, text, 2), " Paris.");
}
