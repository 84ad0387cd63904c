//! Runs parts of a model as often as it is told to, and prints seconds: the half of `tests/bench/models.py` that is ours.
//!
//! Each line of standard input is a job, and gets a line with its seconds.
//!
//! ```text
//! encode FOLDER BATCH TOKENS            one batch of texts through an encoder, all layers and the mean of the last
//! generate FOLDER PROMPT NEW THREADS    one token after another, after a prompt of so many tokens
//! tokenize FOLDER FILE                  all lines of a file
//! ```

use std::collections::HashMap;
use std::error::Error;
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::time::Instant;

use attentive_models::{LanguageModel, Model, Tokenizer};
use ndarray::Array2;

/// Models and tokenizers that were opened, by their folders.
#[derive(Default)]
struct Opened {
    models: HashMap<String, Model>,
    tokenizers: HashMap<String, Tokenizer>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut opened = Opened::default();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let seconds = match words[..] {
            ["encode", folder, batch, tokens] => {
                opened.encode(folder, batch.parse()?, tokens.parse()?)?
            }
            ["generate", folder, prompt, new, threads] => {
                opened.generate(folder, prompt.parse()?, new.parse()?, threads.parse()?)?
            }
            ["tokenize", folder, file] => opened.tokenize(folder, file)?,
            _ => return Err(format!("expected a job, found `{line}`").into()),
        };
        println!("{seconds}");
        io::stdout().flush()?;
    }
    Ok(())
}

impl Opened {
    fn model(&mut self, folder: &str) -> Result<&Model, Box<dyn Error>> {
        if !self.models.contains_key(folder) {
            let model = Model::open(Path::new(folder))?;
            self.models.insert(folder.to_owned(), model);
        }
        Ok(&self.models[folder])
    }

    fn encode(&mut self, folder: &str, batch: usize, tokens: usize) -> Result<f64, Box<dyn Error>> {
        let Model::Encoder(encoder) = self.model(folder)? else {
            return Err("expected an encoder".into());
        };
        let ids = Array2::from_shape_fn((batch, tokens), |(row, token)| {
            token_at(row * tokens + token)
        });
        let (types, mask) = (Array2::zeros(ids.dim()), Array2::from_elem(ids.dim(), true));
        let begun = Instant::now();
        let states = encoder.run(ids.view(), types.view(), mask.view());
        let last = &states.hidden[states.hidden.len() - 1];
        let vectors = encoder.sentence(last.view(), mask.view());
        let seconds = begun.elapsed().as_secs_f64();
        assert!(vectors.iter().all(|number| number.is_finite()));
        Ok(seconds)
    }

    fn generate(
        &mut self,
        folder: &str,
        prompt: usize,
        new: usize,
        threads: usize,
    ) -> Result<f64, Box<dyn Error>> {
        let model: &dyn LanguageModel = match self.model(folder)? {
            Model::Gpt(gpt) => gpt,
            Model::Llama(llama) => llama,
            Model::Encoder(_) | Model::T5(_) => return Err("expected a model that writes".into()),
        };
        let mut tokens: Vec<usize> = (0..prompt).map(token_at).collect();
        let mut next = model.cached(threads);
        next(&tokens);
        tokens.push(token_at(prompt));
        let begun = Instant::now();
        for _ in 0..new {
            let scores = next(&tokens);
            let best = scores.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
            tokens.push(best.map_or(0, |(token, _)| token));
        }
        Ok(begun.elapsed().as_secs_f64())
    }

    fn tokenize(&mut self, folder: &str, file: &str) -> Result<f64, Box<dyn Error>> {
        if !self.tokenizers.contains_key(folder) {
            let tokenizer = Tokenizer::open(Path::new(folder))?;
            self.tokenizers.insert(folder.to_owned(), tokenizer);
        }
        let tokenizer = &self.tokenizers[folder];
        let text = std::fs::read_to_string(file)?;
        let begun = Instant::now();
        let mut tokens = 0;
        for line in text.lines() {
            tokens += tokenizer.encode(line, true)?.ids.len();
        }
        let seconds = begun.elapsed().as_secs_f64();
        assert!(tokens > 0);
        Ok(seconds)
    }
}

/// Any token that all models have, and not always the same.
fn token_at(place: usize) -> usize {
    200 + place * 7 % 300
}
