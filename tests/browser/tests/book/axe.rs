//! axe-core, which finds what keeps people from reading a page.

use std::fs;
use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;

use thirtyfour::prelude::*;

use crate::site::root;

const AXE_VERSION: &str = "4.10.3";
/// As long as the largest page may take on a machine that has much else to do.
const AXE_PATIENCE: Duration = Duration::from_secs(300);

/// Rules by which a page is looked at.
#[derive(Debug, Clone, Copy)]
enum Rules {
    /// Everything.
    All,
    /// Those about what a theme can change. The structure of a page, and what is made of it for a screen reader, is the same in all.
    Colours,
}

impl Rules {
    fn of_theme(theme: &str) -> Self {
        if theme == "light" {
            Self::All
        } else {
            Self::Colours
        }
    }

    /// The options of `axe.run` that choose the rules.
    fn options(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Colours => "runOnly: ['color-contrast', 'link-in-text-block'],",
        }
    }
}

/// Returns the violations on the page that are serious or critical, each with a few of its elements: of all rules in
/// `light`, of those about colours in any other theme.
pub(crate) async fn serious_violations(
    driver: &WebDriver,
    theme: &str,
) -> WebDriverResult<Vec<String>> {
    let rules = Rules::of_theme(theme).options();
    let script = format!(
        "{};
         const done = arguments[0], serious = (v) => ['serious', 'critical'].includes(v.impact);
         const nodes = (v) => v.nodes.slice(0, 3).map((node) => node.target.join(' ')).join(', ');
         axe.run({{ {rules} resultTypes: ['violations'] }}).then((result) =>
           done(result.violations.filter(serious).map((v) => v.id + ': ' + nodes(v))));",
        *AXE
    );
    driver.set_script_timeout(AXE_PATIENCE).await?;
    driver.execute_async(script, vec![]).await?.convert()
}

/// The source of axe-core, which npm brings.
static AXE: LazyLock<String> = LazyLock::new(|| {
    let folder = root().join("target/browser/axe");
    let source = folder.join("node_modules/axe-core/axe.min.js");
    if !source.exists() {
        fs::create_dir_all(&folder).expect("a folder");
        let mut npm = Command::new("npm");
        npm.args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"])
            .arg(&folder);
        let status = npm.arg(format!("axe-core@{AXE_VERSION}")).status();
        let status = status
            .expect("expected npm, which brings axe-core; install it: apt-get install -y npm");
        assert!(status.success(), "npm installs axe-core");
    }
    fs::read_to_string(source).expect("axe-core")
});
