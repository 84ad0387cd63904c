//! The folder of a run: its checkpoint, its record, its curve, and its model in the hub's layout.

use std::path::{Path, PathBuf};

use attentive_course::files;
use attentive_recipe::{Characters, Recipe};
use serde_json::{Map, Value, json};
use training::Tensors;

use crate::checkpoint;
use crate::error::{EarlierRun, TrainerError};
use crate::tensors;

/// The ε of all layer norms, which is `gpt::EPSILON` in the digits that the hub's library writes.
const EPSILON: f64 = 1e-5;

/// The names of a block's parameters: in exercise 28, and in a checkpoint of GPT-2.
const OF_A_BLOCK: [(&str, &str); 12] = [
    ("gamma_1", "ln_1.weight"),
    ("beta_1", "ln_1.bias"),
    ("w_qkv", "attn.c_attn.weight"),
    ("b_qkv", "attn.c_attn.bias"),
    ("w_o", "attn.c_proj.weight"),
    ("b_o", "attn.c_proj.bias"),
    ("gamma_2", "ln_2.weight"),
    ("beta_2", "ln_2.bias"),
    ("w_fc", "mlp.c_fc.weight"),
    ("b_fc", "mlp.c_fc.bias"),
    ("w_proj", "mlp.c_proj.weight"),
    ("b_proj", "mlp.c_proj.bias"),
];

/// The names of all others.
const OTHERS: [(&str, &str); 4] = [
    ("token_embedding", "wte.weight"),
    ("position_embedding", "wpe.weight"),
    ("gamma_f", "ln_f.weight"),
    ("beta_f", "ln_f.bias"),
];

/// The folder of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// The folder at a path, which need not be there.
    pub(crate) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Its path.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The file with everything that the run needs to go on.
    pub(crate) fn checkpoint(&self) -> PathBuf {
        self.0.join("checkpoint.safetensors")
    }

    /// The file with the losses.
    pub(crate) fn record(&self) -> PathBuf {
        self.0.join("run.json")
    }

    /// The picture of the losses.
    pub(crate) fn curve(&self) -> PathBuf {
        self.0.join("curve.svg")
    }

    /// Checks that no run would be lost if one began here. A run without a step is none.
    ///
    /// # Errors
    /// When the folder has one.
    pub(crate) fn ensure_free(&self) -> Result<(), TrainerError> {
        let path = self.checkpoint();
        if !path.is_file() {
            return Ok(());
        }
        let found = match checkpoint::read_header(&path) {
            Ok(header) => {
                let (taken, steps) = (header.record.losses.len(), header.record.plan.recipe.steps);
                match taken {
                    0 => return Ok(()),
                    taken if taken < steps => EarlierRun::Unfinished { taken, steps },
                    _ => EarlierRun::Finished { steps },
                }
            }
            Err(_) => EarlierRun::Unreadable,
        };
        Err(TrainerError::WouldReplace {
            path: self.0.clone(),
            found,
        })
    }

    /// Checks that the folder is new or empty, or has a run.
    ///
    /// # Errors
    /// When it has other files.
    pub(crate) fn ensure_own(&self) -> Result<(), TrainerError> {
        let is_empty = match self.0.read_dir() {
            Ok(mut entries) => entries.next().is_none(),
            Err(_) => !self.0.exists(),
        };
        if is_empty || self.checkpoint().is_file() {
            return Ok(());
        }
        Err(TrainerError::Occupied(self.0.clone()))
    }

    /// Writes the model as the hub has a GPT-2: `config.json`, `model.safetensors` and `tokenizer.json`.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub(crate) fn write_model(
        &self,
        recipe: &Recipe,
        characters: &Characters,
        parameters: &Tensors,
    ) -> Result<(), TrainerError> {
        let named = parameters.iter();
        let named = named.filter_map(|(name, tensor)| Some((hub_name(name)?, tensor)));
        let model = tensors::to_bytes(named, None)?;
        let config = config(recipe, characters.size());
        files::write(&self.0.join("config.json"), pretty(&config)?)?;
        files::write(
            &self.0.join("tokenizer.json"),
            pretty(&tokenizer(characters))?,
        )?;
        Ok(files::write(&self.0.join("model.safetensors"), model)?)
    }
}

fn pretty(value: &Value) -> Result<String, TrainerError> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}

/// The name of a parameter in a checkpoint of GPT-2.
fn hub_name(name: &str) -> Option<String> {
    let find = |names: &[(&str, &str)], name: &str| {
        let found = names.iter().find(|(ours, _)| *ours == name);
        found.map(|(_, hubs)| (*hubs).to_owned())
    };
    let Some(of_block) = name.strip_prefix("blocks.") else {
        return find(&OTHERS, name);
    };
    let (number, name) = of_block.split_once('.')?;
    Some(format!("h.{number}.{}", find(&OF_A_BLOCK, name)?))
}

/// The sizes, as the hub's library names them.
fn config(recipe: &Recipe, vocabulary: usize) -> Value {
    json!({
        "activation_function": "gelu_new",
        "architectures": ["GPT2LMHeadModel"],
        "attn_pdrop": 0.0,
        "bos_token_id": null,
        "dtype": "float32",
        "embd_pdrop": 0.0,
        "eos_token_id": null,
        "layer_norm_epsilon": EPSILON,
        "model_type": "gpt2",
        "n_embd": recipe.width,
        "n_head": recipe.heads,
        "n_layer": recipe.blocks,
        "n_positions": recipe.context,
        "resid_pdrop": 0.0,
        "tie_word_embeddings": true,
        "vocab_size": vocabulary,
    })
}

/// A tokenizer that cuts a text into its characters. A character that the model has never seen is read as a space, or, if
/// there was none, as the first of the vocabulary.
fn tokenizer(characters: &Characters) -> Value {
    let mut vocabulary = Map::new();
    for (id, character) in characters.iter().enumerate() {
        vocabulary.insert(character.to_string(), id.into());
    }
    let unknown = if vocabulary.contains_key(" ") {
        " ".to_owned()
    } else {
        characters
            .iter()
            .next()
            .map(String::from)
            .unwrap_or_default()
    };
    json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": [],
        "normalizer": null,
        "pre_tokenizer": {
            "type": "Split",
            // Any character, and that of a line's end, too.
            "pattern": { "Regex": "[\\s\\S]" },
            "behavior": "Isolated",
            "invert": false
        },
        "post_processor": null,
        "decoder": { "type": "Fuse" },
        "model": { "type": "WordLevel", "vocab": vocabulary, "unk_token": unknown }
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use attentive_recipe::first_parameters;

    use super::*;

    #[test]
    fn every_parameter_has_a_name_in_the_hubs_layout() {
        let parameters = first_parameters(&Recipe::POCKET, 9, 1);
        let names: BTreeSet<String> = parameters
            .keys()
            .filter_map(|name| hub_name(name))
            .collect();
        assert_eq!(names.len(), parameters.len());
        for name in [
            "wte.weight",
            "ln_f.bias",
            "h.0.attn.c_attn.weight",
            "h.1.mlp.c_proj.bias",
        ] {
            assert!(names.contains(name), "{name}");
        }
        assert_eq!(hub_name("blocks.0.unknown"), None);
        assert_eq!(hub_name("unknown"), None);
    }

    #[test]
    fn the_tokenizer_has_a_token_for_each_character() {
        let tokenizer = tokenizer(&Characters::of("b\na ≤"));
        assert_eq!(
            tokenizer["model"]["vocab"],
            json!({"\n": 0, " ": 1, "a": 2, "b": 3, "≤": 4})
        );
        assert_eq!(tokenizer["model"]["unk_token"], " ");
        let without_space = super::tokenizer(&Characters::of("cb"));
        assert_eq!(without_space["model"]["unk_token"], "b");
    }

    #[test]
    fn the_configuration_is_that_of_the_recipe() {
        let config = config(&Recipe::NANO, 99);
        assert_eq!(config["layer_norm_epsilon"], json!(1e-5));
        assert_eq!(EPSILON as f32, gpt::EPSILON);
        assert_eq!(
            (&config["n_embd"], &config["n_positions"]),
            (&json!(128), &json!(64))
        );
        assert_eq!(
            (&config["vocab_size"], &config["n_layer"]),
            (&json!(99), &json!(4))
        );
    }

    #[test]
    fn a_folder_with_other_files_is_not_written_to() {
        let parent = tempfile::tempdir().expect("a folder");
        let folder = Folder::new(parent.path().join("run"));
        folder.ensure_own().expect("it is not there");
        std::fs::create_dir(folder.path()).expect("a folder");
        folder.ensure_own().expect("it is empty");
        files::write(&folder.path().join("thesis.tex"), "").expect("it can be written");
        let error = folder.ensure_own().expect_err("it has a different file");
        assert!(matches!(error, TrainerError::Occupied(_)), "{error}");
        folder.ensure_free().expect("it has no run");
        files::write(&folder.checkpoint(), "").expect("it can be written");
        folder.ensure_own().expect("it has a run");
        let error = folder.ensure_free().expect_err("it has a run");
        let TrainerError::WouldReplace { found, .. } = error else {
            panic!("{error}");
        };
        assert_eq!(found, EarlierRun::Unreadable);
    }
}
