//! Searches of the built book, as its pages do them.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use elasticlunr::Language;
use elasticlunr::lang::English;
use serde_json::Value;

/// The file of the index of searches.
fn index_file() -> PathBuf {
    let files = fs::read_dir(super::built())
        .expect("the built book")
        .flatten();
    let paths = files.map(|entry| entry.path());
    let paths = paths.filter(|path| path.to_string_lossy().contains("searchindex"));
    let [path] = &paths.collect::<Vec<_>>()[..] else {
        panic!("one index of searches")
    };
    path.clone()
}

/// The index of searches, as mdBook writes it: a call in JavaScript whose argument is JSON.
pub(crate) fn index() -> String {
    fs::read_to_string(index_file()).expect("the index")
}

fn parsed_index() -> Value {
    let script = index();
    let (_, json) = script.split_once("JSON.parse('").expect("the JSON");
    let (json, _) = json.rsplit_once("')").expect("its end");
    // The string of JavaScript escapes these two.
    let json = json.replace("\\'", "'").replace("\\\\", "\\");
    serde_json::from_str(&json).expect("JSON")
}

/// Returns the places that have all of these words.
fn find(index: &Value, words: &str) -> BTreeSet<String> {
    let english = English::new();
    let tokens = english.make_pipeline().run(english.tokenize(words));
    let mut common: Option<BTreeSet<String>> = None;
    for token in tokens {
        let places = with_token(index, &token);
        common = Some(match common {
            Some(common) => common.intersection(&places).cloned().collect(),
            None => places,
        });
    }
    common.unwrap_or_default()
}

/// Returns the places that have a token in any field; a field is a tree with one character per level.
fn with_token(index: &Value, token: &str) -> BTreeSet<String> {
    let mut places = BTreeSet::new();
    for field in ["title", "body", "breadcrumbs"] {
        let mut node = &index["index"]["index"][field]["root"];
        for letter in token.chars() {
            node = &node[letter.to_string()];
        }
        for document in node["docs"]
            .as_object()
            .into_iter()
            .flat_map(|docs| docs.keys())
        {
            let number: usize = document.parse().expect("a number");
            places.insert(
                index["doc_urls"][number]
                    .as_str()
                    .expect("a URL")
                    .to_owned(),
            );
        }
    }
    places
}

#[test]
fn a_search_finds_what_the_grader_prints_and_the_words_that_people_know() {
    let index = parsed_index();
    for (words, place) in [
        ("no-scale", "scaled-dot-product.html#no-scale"),
        ("finite-sentinel-added", "softmax.html#sentinel-too-small"),
        ("RoPE", "rotary-embedding.html"),
        ("RoPE", "glossary.html"),
        ("sqrt", "scaled-dot-product.html"),
        ("KV cache", "kv-cache.html"),
        ("GELU", "feed-forward.html"),
    ] {
        let found = find(&index, words);
        let expected = |url: &String| url.starts_with(place);
        assert!(found.iter().any(expected), "{words} leads to {found:#?}");
    }
    assert!(find(&index, "blancmange").is_empty());
}

#[test]
fn every_page_loads_the_index_that_is_there() {
    let file = index_file();
    let name = file.file_name().expect("a name").to_string_lossy();
    for (page, html) in super::pages() {
        // The list of chapters, which pages show in a frame, has no search.
        assert!(page == "toc.html" || html.contains(&*name), "{page}");
    }
}
