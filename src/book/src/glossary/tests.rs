//! Tests of the glossary's links.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use pulldown_cmark::html;
use tempfile::TempDir;

use super::*;

const GLOSSARY: &str = "# Glossary\n\n### Logit {#logit}\n<!-- forms: logits -->\n<!-- lesson: softmax.md -->\n\n\
                        A number before the softmax.\n\n### Cache {#cache}\n\nKeys and logits, kept. \
                        More of the cache.\n\n### KV cache {#kv-cache}\n<!-- forms: KV caches -->\n\nA cache.\n";

fn folder(glossary: &str) -> TempDir {
    let dir = tempfile::tempdir().expect("a temporary folder");
    fs::write(dir.path().join("glossary.md"), glossary).expect("written");
    fs::write(dir.path().join("softmax.md"), "# The `softmax`\n").expect("written");
    dir
}

fn linked_on(page: &str, markdown: &str) -> String {
    let dir = folder(GLOSSARY);
    let glossary = Glossary::read(dir.path()).expect("a glossary");
    glossary.links(markdown, Path::new(page)).apply(markdown)
}

fn linked(markdown: &str) -> String {
    linked_on("masks.md", markdown)
}

fn link(id: &str, text: &str) -> String {
    format!("<a class=\"term\" href=\"glossary.html#{id}\">{text}</a>")
}

#[test]
fn the_first_use_of_each_term_is_a_link() {
    assert_eq!(
        linked("All logits. A logit, a Cache, a *cache*.\n"),
        format!(
            "All {}. A logit, a {}, a *cache*.\n",
            link("logit", "logits"),
            link("cache", "Cache")
        )
    );
}

#[test]
fn the_longest_form_wins_and_may_be_broken_into_lines() {
    assert_eq!(
        linked("The KV\ncache and the cache.\n"),
        format!(
            "The {} and the {}.\n",
            link("kv-cache", "KV\ncache"),
            link("cache", "cache")
        )
    );
    // The second KV cache is no cache either.
    let twice = linked("A KV cache, a kv cache.\n");
    assert_eq!(
        twice,
        format!("A {}, a kv cache.\n", link("kv-cache", "KV cache"))
    );
}

#[test]
fn only_whole_words_are_linked() {
    for text in ["Precache, caches, cache-like", "KV, cache_size", "a*cache*"] {
        assert_eq!(linked(text), text);
    }
    assert!(linked("the cache's").ends_with("</a>'s"));
    let interrupted = linked("KV, cache");
    assert_eq!(interrupted, format!("KV, {}", link("cache", "cache")));
}

#[test]
fn what_is_no_plain_text_has_no_links() {
    for text in [
        "## The cache\n",
        "`cache` and $cache$\n\n$$\ncache\n$$\n",
        "```text\ncache\n```\n",
        "[the cache](x.md) and ![a cache](x.png)\n",
        "<a href=\"x\">cache</a>\n",
        "<div>cache</div>\n",
        "<details>\n<summary>Answer</summary>\n\nA cache.\n\n</details>\n",
        "{{#figure cache}}\n",
    ] {
        assert_eq!(linked(text), text);
    }
}

#[test]
fn a_lesson_does_not_link_to_the_entry_about_itself() {
    assert_eq!(linked_on("softmax.md", "A logit.\n"), "A logit.\n");
    let lesson = "See [The softmax](softmax.md).";
    let glossary = linked_on("glossary.md", GLOSSARY);
    assert!(
        glossary.contains(&format!("before the softmax. {lesson}\n")),
        "{glossary}"
    );
}

#[test]
fn entries_link_to_other_entries_and_not_to_themselves() {
    let glossary = linked_on("glossary.md", GLOSSARY);
    let entry = format!(
        "Keys and {}, kept. More of the cache.\n",
        link("logit", "logits")
    );
    assert!(glossary.contains(&entry), "{glossary}");
    assert!(glossary.ends_with(&format!("A {}.\n", link("cache", "cache"))));
}

#[test]
fn mistakes_in_the_glossary_are_named() {
    for (from, to, message) in [
        (
            "KV caches",
            "KV caches, Logits",
            ":14: \"Logits\" is a form of \"Logit\" already",
        ),
        (
            "### Cache {#cache}",
            "### Cache",
            ":9: this term has no anchor",
        ),
        (
            "softmax.md",
            "sofmax.md",
            ":5: there is no lesson \"sofmax.md\"",
        ),
        (
            "forms: logits",
            "form: logits",
            ":4: \"form\" says nothing about a term",
        ),
    ] {
        let dir = folder(&GLOSSARY.replace(from, to));
        let Err(error) = Glossary::read(dir.path()) else {
            panic!("{to} is accepted");
        };
        assert!(error.to_string().contains(message), "{error}");
    }
}

thread_local! {
    static TERMS: (TempDir, Glossary) = {
        let dir = folder(GLOSSARY);
        let glossary = Glossary::read(dir.path()).expect("a glossary");
        (dir, glossary)
    };
}

fn to_html(markdown: &str) -> String {
    let mut out = String::new();
    html::push_html(&mut out, Parser::new_ext(markdown, options()));
    out
}

/// Removes the links to the glossary from a page.
fn without_links(page: &str) -> String {
    let mut out = String::new();
    let mut parts = page.split("<a class=\"term\" ");
    out += parts.next().unwrap_or_default();
    for part in parts {
        let (_, rest) = part.split_once('>').expect("the tag ends");
        out += &rest.replacen("</a>", "", 1);
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn links_change_nothing_else_on_a_page(
        markdown in r"(logits?|KV|cache|[*_~`#>|<&\\.-]|\[|\]\(b\)|\$|[ab] | |\n|\n\n|  - ){0,30}"
    ) {
        let linked = TERMS.with(|(_, glossary)| {
            glossary.links(&markdown, Path::new("masks.md")).apply(&markdown)
        });
        prop_assert_eq!(without_links(&to_html(&linked)), to_html(&markdown), "{}", linked);
    }
}
