//! Reading in a browser: links to mistakes and terms are followed, and the book is searched.

use std::time::Duration;

use thirtyfour::prelude::*;

use crate::browser::Scripts::{Blocked, Run};
use crate::browser::{eval, in_browser, text};
use crate::site::{on_disk, served};

/// Number of results that may come before the one that is wanted.
const RESULTS: usize = 8;

#[tokio::test]
async fn a_link_to_a_folded_mistake_opens_it() {
    in_browser(Run, |driver| async move {
        driver.goto(served("softmax.html#sum-added")).await?;
        let open = "return document.getElementById('sum-added').open";
        assert_eq!(eval(&driver, open).await?, true, "by its address");
        driver.goto(served("softmax.html")).await?;
        assert_eq!(eval(&driver, open).await?, false);
        eval(&driver, "location.hash = 'sum-added'").await?;
        driver.query(By::Css("#sum-added[open]")).first().await?;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn without_scripts_a_folded_mistake_opens_by_a_click() {
    in_browser(Blocked, |driver| async move {
        driver.goto(on_disk("softmax.html")).await?;
        let summary = driver.find(By::Css("#sum-added > summary")).await?;
        summary.click().await?;
        assert!(text(&driver, "#sum-added p").await?.contains("plus"));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn the_first_use_of_a_term_leads_to_the_glossary() {
    in_browser(Run, |driver| async move {
        driver.goto(served("why-attention.html")).await?;
        let term = driver.find(By::Css("main a.term")).await?;
        let id = term.attr("href").await?.expect("a link");
        let (_, id) = id.split_once('#').expect("an anchor");
        term.click().await?;
        let there = format!("return document.getElementById('{id}').tagName");
        assert_eq!(eval(&driver, &there).await?, "H3");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_search_leads_to_mistakes_and_to_the_words_that_people_know() {
    in_browser(Run, |driver| async move {
        for (words, place) in [
            ("no-scale", "#no-scale"),
            ("RoPE", "rotary-embedding.html"),
            ("KV cache", "kv-cache.html"),
            ("sqrt", "scaled-dot-product.html"),
        ] {
            let query = format!("introduction.html?search={}", words.replace(' ', "+"));
            driver.goto(served(&query)).await?;
            let results = driver
                .query(By::Css("#mdbook-searchresults li > a"))
                .wait(Duration::from_secs(60), Duration::from_millis(100))
                .all_from_selector_required()
                .await?;
            let mut links = Vec::new();
            for result in results.iter().take(RESULTS) {
                links.push(result.attr("href").await?.unwrap_or_default());
            }
            let found = links.iter().any(|link| link.contains(place));
            assert!(found, "{words} leads to {links:#?}");
        }
        Ok(())
    })
    .await;
}
