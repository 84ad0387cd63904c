//! Runs models by candle as often as it is told to, and prints seconds.
//!
//! Each line of standard input is a job of `src/models/examples/speed.rs`, and gets an answer of the same form:
//!
//! ```text
//! encode FOLDER BATCH TOKENS
//! generate FOLDER WEIGHTS PROMPT NEW THREADS
//! ```
//!
//! WEIGHTS is `f32` for a folder of the hub's layout and `stored` for one with `model.gguf`. candle takes its threads from
//! `RAYON_NUM_THREADS`; a job that asks for a different number is an error.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use candle_core::quantized::gguf_file::Content;
use candle_core::{DType, Device, Tensor, utils};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{self, BertModel};
use candle_transformers::models::llama::{Cache, Config, Llama, LlamaConfig};
use candle_transformers::models::quantized_llama::ModelWeights;

/// Models that were opened, by their folders.
#[derive(Default)]
struct Opened {
    berts: HashMap<String, BertModel>,
    writers: HashMap<(String, String), Writer>,
}

/// A model that writes.
enum Writer {
    F32 { llama: Llama, config: Config },
    Stored(ModelWeights),
}

fn main() -> Result<()> {
    let mut opened = Opened::default();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let answer = match words[..] {
            ["encode", folder, batch, tokens] => {
                opened.encode(folder, batch.parse()?, tokens.parse()?)?
            }
            ["generate", folder, weights, prompt, new, threads] => {
                let threads: usize = threads.parse()?;
                let found = utils::get_num_threads();
                ensure!(
                    found == threads,
                    "expected RAYON_NUM_THREADS={threads}, found {found}"
                );
                let writer = opened.writer(folder, weights)?;
                writer.generate(prompt.parse()?, new.parse()?)?
            }
            _ => bail!("expected a job, found `{line}`"),
        };
        println!("{answer}");
        io::stdout().flush()?;
    }
    Ok(())
}

impl Opened {
    fn encode(&mut self, folder: &str, batch: usize, tokens: usize) -> Result<String> {
        if !self.berts.contains_key(folder) {
            let config: bert::Config = json(folder)?;
            let model = BertModel::load(tensors(folder)?, &config)?;
            self.berts.insert(folder.to_owned(), model);
        }
        let ids: Vec<u32> = (0..batch * tokens).map(token_at).collect();
        let ids = Tensor::from_vec(ids, (batch, tokens), &Device::Cpu)?;
        let (types, mask) = (ids.zeros_like()?, ids.ones_like()?);
        let begun = Instant::now();
        let states = self.berts[folder].forward(&ids, &types, Some(&mask))?;
        let means = states.mean(1)?;
        let norms = means.sqr()?.sum_keepdim(1)?.sqrt()?;
        let vectors = means.broadcast_div(&norms)?.to_vec2::<f32>()?;
        let seconds = begun.elapsed().as_secs_f64();
        ensure!(vectors.iter().flatten().all(|number| number.is_finite()));
        Ok(seconds.to_string())
    }

    fn writer(&mut self, folder: &str, weights: &str) -> Result<&mut Writer> {
        let key = (folder.to_owned(), weights.to_owned());
        if !self.writers.contains_key(&key) {
            let writer = Writer::open(folder, weights)?;
            self.writers.insert(key.clone(), writer);
        }
        self.writers.get_mut(&key).context("it was opened")
    }
}

impl Writer {
    fn open(folder: &str, weights: &str) -> Result<Self> {
        match weights {
            "f32" => {
                let config = json::<LlamaConfig>(folder)?.into_config(false);
                Ok(Self::F32 {
                    llama: Llama::load(tensors(folder)?, &config)?,
                    config,
                })
            }
            "stored" => {
                let mut file = BufReader::new(File::open(Path::new(folder).join("model.gguf"))?);
                let content = Content::read(&mut file)?;
                let model = ModelWeights::from_gguf(content, &mut file, &Device::Cpu)?;
                Ok(Self::Stored(model))
            }
            _ => bail!("expected `f32` or `stored`, found `{weights}`"),
        }
    }

    /// The seconds of a prompt, those of the tokens after it, and these tokens.
    fn generate(&mut self, prompt: usize, new: usize) -> Result<String> {
        let prompt: Vec<u32> = (0..prompt).map(token_at).collect();
        let mut next = self.reader()?;
        let mut ids = Vec::new();
        let begun = Instant::now();
        ids.push(likeliest(&next(&prompt, 0)?)?);
        let read = begun.elapsed().as_secs_f64();
        for step in 0..new {
            let scores = next(&ids[step..], prompt.len() + step)?;
            ids.push(likeliest(&scores)?);
        }
        let written = begun.elapsed().as_secs_f64() - read;
        let ids: Vec<String> = ids.iter().map(u32::to_string).collect();
        Ok(format!("{read} {written} {}", ids.join(" ")))
    }

    /// From new tokens, and their first position, to the scores after the last one. It has read nothing.
    fn reader(&mut self) -> Result<Box<dyn FnMut(&[u32], usize) -> Result<Tensor> + '_>> {
        let input = |tokens: &[u32]| Tensor::new(tokens, &Device::Cpu)?.unsqueeze(0);
        Ok(match self {
            Self::F32 { llama, config } => {
                let mut cache = Cache::new(true, DType::F32, config, &Device::Cpu)?;
                Box::new(move |tokens, position| {
                    Ok(llama.forward(&input(tokens)?, position, &mut cache)?)
                })
            }
            Self::Stored(model) => {
                model.clear_kv_cache();
                Box::new(move |tokens, position| Ok(model.forward(&input(tokens)?, position)?))
            }
        })
    }
}

fn likeliest(scores: &Tensor) -> Result<u32> {
    Ok(scores.flatten_all()?.argmax(0)?.to_scalar()?)
}

fn json<T: serde::de::DeserializeOwned>(folder: &str) -> Result<T> {
    let text = fs::read(Path::new(folder).join("config.json"))?;
    Ok(serde_json::from_slice(&text)?)
}

fn tensors(folder: &str) -> Result<VarBuilder<'static>> {
    let bytes = fs::read(Path::new(folder).join("model.safetensors"))?;
    Ok(VarBuilder::from_buffered_safetensors(
        bytes,
        DType::F32,
        &Device::Cpu,
    )?)
}

/// The ids that `speed` uses, too.
fn token_at(place: usize) -> u32 {
    200 + (place as u32) * 7 % 300
}
