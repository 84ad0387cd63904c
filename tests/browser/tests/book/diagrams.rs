//! Tests of the diagrams, in the fonts that readers see.

use serde_json::json;

use crate::browser::Scripts::Run;
use crate::browser::{click, eval, in_browser, resize, text};
use crate::site::{built, pages, served};

/// Returns the texts that leave their drawing or their box, that overlap, or that are too small, and the drawings that
/// do not fit the page.
///
/// Boxes of texts are as high as the font, with room above and below its letters: 3 units of each do not count.
const MISTAKES: &str = "
    const found = [];
    const meet = (a, b) => a.x < b.x + b.width && b.x < a.x + a.width
        && a.y + 3 < b.y + b.height - 3 && b.y + 3 < a.y + a.height - 3;
    const within = (a, b) => a.x >= b.x && a.x + a.width <= b.x + b.width
        && a.y + 3 >= b.y && a.y + a.height - 3 <= b.y + b.height;
    const middle = (a) => ({ x: a.x + a.width / 2, y: a.y + a.height / 2, width: 0, height: 0 });
    for (const svg of document.querySelectorAll('.diagram svg')) {
        const say = (what) => found.push(svg.closest('figure').id + ': ' + what);
        const view = svg.viewBox.baseVal;
        const scale = svg.getBoundingClientRect().width / view.width;
        const panels = svg.parentElement;
        if (panels.scrollWidth > panels.clientWidth) say('is scrolled');
        const boxes = [...svg.querySelectorAll('.block, .cell')].map((box) => box.getBBox());
        const texts = [...svg.querySelectorAll('text')];
        texts.forEach((text, i) => {
            const place = text.getBBox();
            const name = text.textContent;
            const size = parseFloat(getComputedStyle(text).fontSize) * scale;
            if (size < 10.9) say(name + ' is ' + size + ' high');
            if (!within(place, view)) say(name + ' leaves the drawing');
            const around = boxes.filter((box) => within(middle(place), box));
            if (around.length > 0 && !around.some((box) => within(place, box))) say(name + ' leaves its box');
            for (const other of texts.slice(0, i))
                if (meet(place, other.getBBox())) say(name + ' is over ' + other.textContent);
        });
    }
    return found;";

#[tokio::test]
async fn every_text_of_a_diagram_has_room_and_can_be_read_on_a_phone() {
    in_browser(Run, |driver| async move {
        let mut drawings = 0;
        for width in [360, 1280] {
            resize(&driver, width, 800).await?;
            for page in pages() {
                let html = std::fs::read_to_string(built(&page)).expect("a page");
                if !html.contains("class=\"diagram\"") {
                    continue;
                }
                driver.goto(served(&page)).await?;
                eval(&driver, "return document.fonts.ready.then(() => true)").await?;
                drawings += 1;
                assert_eq!(eval(&driver, MISTAKES).await?, json!([]), "{page}, {width}");
            }
        }
        assert!(drawings >= 2 * 9, "{drawings} pages with diagrams");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn the_strip_says_where_one_is_and_leads_to_other_lessons() {
    in_browser(Run, |driver| async move {
        for (width, highest) in [(360, 80), (1280, 40)] {
            resize(&driver, width, 800).await?;
            driver.goto(served("layer-norm.html")).await?;
            let height = "return document.querySelector('.here').offsetHeight";
            let height = eval(&driver, height).await?.as_u64();
            assert!(height.is_some_and(|height| height <= highest), "{height:?}");
        }
        let link = ".here a[href='feed-forward.html']";
        click(&driver, link).await?;
        let title = text(&driver, "main h1").await?;
        assert_eq!(title, "The feed-forward layer");
        Ok(())
    })
    .await;
}
