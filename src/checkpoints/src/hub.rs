//! A model of any format, as a folder of the hub has it.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value};

use crate::checkpoint::Checkpoint;
use crate::error::CheckpointError;
use crate::folder::Found;
use crate::gguf::{self, Llama};
use crate::json::parse_object;
use crate::number::NumberType;
use crate::onnx::OnnxModel;

/// The configuration.
const CONFIG: &str = "config.json";
/// The tokenizer.
const TOKENIZER: &str = "tokenizer.json";
/// The settings of the tokenizer, with the chat template.
const SETTINGS: &str = "tokenizer_config.json";
/// Files that a folder may have besides its tensors and its configuration.
const OPTIONAL: [&str; 9] = [
    TOKENIZER,
    SETTINGS,
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "special_tokens_map.json",
    "generation_config.json",
    "chat_template.jinja",
    "preprocessor_config.json",
];
/// Those of them that a file of GGUF does not have inside.
const BESIDE_GGUF: [&str; 2] = ["generation_config.json", "chat_template.jinja"];
/// The fields of a configuration with the type of its numbers: an old name, and a new one.
const TYPE_FIELDS: [&str; 2] = ["torch_dtype", "dtype"];

/// A model: its tensors, and the files beside them.
#[derive(Debug)]
pub struct HubModel {
    /// The tensors.
    pub checkpoint: Checkpoint,
    /// The other files.
    pub files: Vec<HubFile>,
    config: Map<String, Value>,
}

/// A file of the hub's layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubFile {
    /// Its name.
    pub name: &'static str,
    /// Its contents.
    pub contents: Vec<u8>,
}

impl HubModel {
    /// Opens a folder, or a file of safetensors, GGUF or ONNX. What a format does not have inside is taken from the folder.
    ///
    /// # Errors
    /// When a file is missing, damaged, or of a model that is not read.
    pub fn open(path: &Path) -> Result<Self, CheckpointError> {
        let found = Found::at(path)?;
        let folder = found.folder().to_owned();
        let (checkpoint, config, files) = match found {
            Found::Safetensors(_) | Found::Index(_) => {
                let config = config_in(&folder)?;
                (
                    Checkpoint::of(found)?,
                    config,
                    files_in(&folder, &OPTIONAL)?,
                )
            }
            Found::Gguf(path) => {
                let llama = Llama::open(&path)?;
                let config = llama.config()?;
                let mut files = llama_files(&llama)?;
                files.extend(files_in(&folder, &BESIDE_GGUF)?);
                (Checkpoint::new(&path, llama), config, files)
            }
            Found::Onnx(paths) => {
                let model = OnnxModel::open(&paths)?;
                let config = model.config(&folder)?;
                let path = model.path().to_owned();
                let files = onnx_files(&model, &folder)?;
                (Checkpoint::new(&path, model), config, files)
            }
        };
        Ok(Self {
            checkpoint,
            files,
            config: fields(config),
        })
    }

    /// The contents of `config.json`, which says of which type the numbers are.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn config(&self, number: NumberType) -> Result<Vec<u8>, CheckpointError> {
        let mut config = self.config.clone();
        // Old readers know the old name alone, and new ones both.
        let [old, new] = TYPE_FIELDS;
        let field = if config.contains_key(new) { new } else { old };
        config.insert(field.to_owned(), number.config_name().into());
        pretty(Path::new(CONFIG), &config.into())
    }
}

/// The contents of a file as a folder of the hub has it, wherever the folder has them. `None` if it has them nowhere.
///
/// # Errors
/// When a file cannot be read, or is of a model that is not read.
pub fn hub_file(folder: &Path, name: &'static str) -> Result<Option<Vec<u8>>, CheckpointError> {
    let path = folder.join(name);
    if path.is_file() {
        let contents = fs::read(&path).map_err(CheckpointError::unreadable(&path))?;
        return Ok(Some(contents));
    }
    // A file of another format in a folder of the hub's layout is none of the model's.
    if Found::of_safetensors(folder).is_some() {
        return Ok(None);
    }
    let config = |value: Value| pretty(Path::new(CONFIG), &value).map(Some);
    match (Found::of_other_formats(folder)?, name) {
        (Some(Found::Gguf(path)), CONFIG) => config(Llama::open(&path)?.config()?),
        (Some(Found::Onnx(paths)), CONFIG) => config(OnnxModel::open(&paths)?.config(folder)?),
        (Some(Found::Gguf(path)), _) => {
            let files = llama_files(&Llama::open(&path)?)?;
            let file = files.into_iter().find(|file| file.name == name);
            Ok(file.map(|file| file.contents))
        }
        _ => Ok(None),
    }
}

/// The files that are in a file of GGUF.
fn llama_files(llama: &Llama) -> Result<Vec<HubFile>, CheckpointError> {
    let metadata = llama.metadata();
    let settings = gguf::settings(metadata, llama.context())?;
    Ok(vec![
        HubFile {
            name: TOKENIZER,
            contents: gguf::tokenizer(metadata)?,
        },
        HubFile {
            name: SETTINGS,
            contents: pretty(metadata.path(), &settings)?,
        },
    ])
}

/// The files beside graphs, and the settings of the tokenizer if nobody wrote any.
fn onnx_files(model: &OnnxModel, folder: &Path) -> Result<Vec<HubFile>, CheckpointError> {
    let mut files = files_in(folder, &OPTIONAL)?;
    if files.iter().any(|file| file.name == SETTINGS) {
        return Ok(files);
    }
    if let Some(settings) = model.settings(folder)? {
        files.push(HubFile {
            name: SETTINGS,
            contents: pretty(model.path(), &settings)?,
        });
    }
    Ok(files)
}

fn config_in(folder: &Path) -> Result<Value, CheckpointError> {
    let path = folder.join(CONFIG);
    if !path.is_file() {
        return Err(CheckpointError::MissingFile {
            folder: folder.to_owned(),
            file: CONFIG,
        });
    }
    let text = fs::read(&path).map_err(CheckpointError::unreadable(&path))?;
    let config: Map<String, Value> = parse_object(&path, &text)?;
    Ok(config.into())
}

/// Those of some files that a folder has, which are taken as they are.
fn files_in(folder: &Path, names: &[&'static str]) -> Result<Vec<HubFile>, CheckpointError> {
    let mut files = Vec::new();
    for &name in names {
        let path = folder.join(name);
        if path.is_file() {
            let contents = fs::read(&path).map_err(CheckpointError::unreadable(&path))?;
            files.push(HubFile { name, contents });
        }
    }
    Ok(files)
}

fn fields(config: Value) -> Map<String, Value> {
    match config {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn pretty(path: &Path, value: &Value) -> Result<Vec<u8>, CheckpointError> {
    let mut text = serde_json::to_vec_pretty(value).map_err(CheckpointError::json(path))?;
    text.push(b'\n');
    Ok(text)
}
