//! Runs parts of a model as often as it is told to, and prints seconds: the half of `tests/bench/models.py` that is ours.
//!
//! Each line of standard input is a job, and gets a line with its seconds. WEIGHTS is `f32` or `stored`.
//!
//! ```text
//! encode FOLDER BATCH TOKENS                one batch of texts through an encoder, all layers and the mean of the last
//! generate FOLDER WEIGHTS PROMPT NEW THREADS    a prompt of so many tokens, and then one token after another: the seconds
//!                                           of both, and the tokens
//! tokenize FOLDER FILE                      all lines of a file
//! read BYTES THREADS                        so many bytes of memory, each once: the fastest of five times
//! size FOLDER WEIGHTS                       no seconds: the bytes of the weights that a token reads
//! ```

use std::collections::HashMap;
use std::error::Error;
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::thread;
use std::time::Instant;

use attentive_models::{LanguageModel, Model, Tokenizer, Weights};
use ndarray::Array2;

/// Numbers that are added side by side when memory is read, so that no addition waits for another one.
const LANES: usize = 64;
/// Times that memory is read for one figure.
const READS: usize = 5;

/// Models and tokenizers that were opened, by their folders, and memory to read.
#[derive(Default)]
struct Opened {
    models: HashMap<(String, String), Model>,
    tokenizers: HashMap<String, Tokenizer>,
    memory: Vec<f32>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut opened = Opened::default();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let answer = match words[..] {
            ["encode", folder, batch, tokens] => {
                opened.encode(folder, batch.parse()?, tokens.parse()?)?
            }
            ["generate", folder, weights, prompt, new, threads] => {
                let model = opened.model(folder, weights)?;
                generate(model, prompt.parse()?, new.parse()?, threads.parse()?)?
            }
            ["tokenize", folder, file] => opened.tokenize(folder, file)?,
            ["read", bytes, threads] => opened.read(bytes.parse()?, threads.parse()?),
            ["size", folder, weights] => match opened.model(folder, weights)? {
                Model::Llama(llama) => llama.bytes_per_token().to_string(),
                _ => return Err("expected a Llama".into()),
            },
            _ => return Err(format!("expected a job, found `{line}`").into()),
        };
        println!("{answer}");
        io::stdout().flush()?;
    }
    Ok(())
}

impl Opened {
    fn model(&mut self, folder: &str, weights: &str) -> Result<&Model, Box<dyn Error>> {
        let form = match weights {
            "f32" => Weights::F32,
            "stored" => Weights::Stored,
            _ => return Err(format!("expected `f32` or `stored`, found `{weights}`").into()),
        };
        let key = (folder.to_owned(), weights.to_owned());
        if !self.models.contains_key(&key) {
            let model = Model::open_as(Path::new(folder), form)?;
            self.models.insert(key.clone(), model);
        }
        Ok(&self.models[&key])
    }

    fn encode(
        &mut self,
        folder: &str,
        batch: usize,
        tokens: usize,
    ) -> Result<String, Box<dyn Error>> {
        let Model::Encoder(encoder) = self.model(folder, "f32")? else {
            return Err("expected an encoder".into());
        };
        let ids = Array2::from_shape_fn((batch, tokens), |(row, token)| {
            token_at(row * tokens + token)
        });
        let (types, mask) = (Array2::zeros(ids.dim()), Array2::from_elem(ids.dim(), true));
        let begun = Instant::now();
        let states = encoder.last_states(ids.view(), types.view(), mask.view());
        let vectors = encoder.sentence(states.view(), mask.view());
        let seconds = begun.elapsed().as_secs_f64();
        assert!(vectors.iter().all(|number| number.is_finite()));
        Ok(seconds.to_string())
    }

    fn tokenize(&mut self, folder: &str, file: &str) -> Result<String, Box<dyn Error>> {
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
        Ok(seconds.to_string())
    }

    /// Adds up all numbers in memory, each thread those of a part, and returns the seconds of the fastest of several times:
    /// what the memory can do is disturbed by whatever else the machine does.
    fn read(&mut self, bytes: usize, threads: usize) -> String {
        self.memory.resize(bytes / size_of::<f32>(), 1.0);
        let times = (0..READS).map(|_| self.read_once(threads));
        times.fold(f64::INFINITY, f64::min).to_string()
    }

    fn read_once(&self, threads: usize) -> f64 {
        let part = self.memory.len().div_ceil(threads.max(1)).max(1);
        let begun = Instant::now();
        let total: f32 = thread::scope(|scope| {
            let parts = self.memory.chunks(part);
            let readers: Vec<_> = parts.map(|part| scope.spawn(|| sum(part))).collect();
            let sums = readers.into_iter().map(|reader| reader.join());
            sums.map(|sum| sum.unwrap_or(f32::NAN)).sum()
        });
        let seconds = begun.elapsed().as_secs_f64();
        assert!(total.is_finite());
        seconds
    }
}

/// The seconds of a prompt, those of the tokens after it, and these tokens.
fn generate(
    model: &Model,
    prompt: usize,
    new: usize,
    threads: usize,
) -> Result<String, Box<dyn Error>> {
    let model: &dyn LanguageModel = match model {
        Model::Gpt(gpt) => gpt,
        Model::Llama(llama) => llama,
        Model::Encoder(_) | Model::T5(_) | Model::Vit(_) => {
            return Err("expected a model that writes".into());
        }
    };
    let mut tokens: Vec<usize> = (0..prompt).map(token_at).collect();
    let mut next = model.cached(threads);
    let mut step = |tokens: &mut Vec<usize>| {
        let scores = next(tokens);
        let best = scores.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
        tokens.push(best.map_or(0, |(token, _)| token));
    };
    let begun = Instant::now();
    step(&mut tokens);
    let read = begun.elapsed().as_secs_f64();
    for _ in 0..new {
        step(&mut tokens);
    }
    let written = begun.elapsed().as_secs_f64() - read;
    let ids: Vec<String> = tokens[prompt..].iter().map(usize::to_string).collect();
    Ok(format!("{read} {written} {}", ids.join(" ")))
}

fn sum(numbers: &[f32]) -> f32 {
    let mut sums = [0.0; LANES];
    let (chunks, rest) = numbers.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            sums[lane] += chunk[lane];
        }
    }
    sums.iter().chain(rest).sum()
}

/// Any token that all models have, and not always the same.
fn token_at(place: usize) -> usize {
    200 + place * 7 % 300
}
