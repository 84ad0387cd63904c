//! The whole book as one PDF, which Chromium prints.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use mdbook_driver::config::Config;
use mdbook_driver::errors::Result as MdbookResult;

use crate::build::{io_error, render};
use crate::markdown::escape;
use crate::{BookError, Progress};

/// Environment variable that names the browser's program.
const BROWSER: &str = "CHROMIUM";
/// Names of Chromium and of browsers that are built on it.
const BROWSERS: [&str; 7] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];
/// mdBook's page with all chapters.
const ALL_CHAPTERS: &str = "print.html";
/// Beginning of the text on that page.
const TEXT: &str = "<main>";
/// Script by which that page opens a dialog for printing.
const DIALOG: &str = "window.setTimeout(window.print, 0);";

/// Prints the book of the folder `root` into the PDF `file`, and returns the number of its chapters.
///
/// `on_page` is called at the beginning of each chapter.
///
/// # Errors
///
/// Fails if anything in the book is wrong, if there is no Chromium, and if Chromium cannot print. A PDF printed before is
/// still there.
pub fn build_pdf(
    root: &Path,
    file: &Path,
    on_page: impl Fn(Progress<'_>) + 'static,
) -> Result<usize, BookError> {
    let temp = tempfile::tempdir().map_err(io_error(&std::env::temp_dir()))?;
    let pages = temp.path().join("html");
    let count = render(root, &pages, one_page_without_scripts, on_page)?;
    add_title_page(root, &pages.join(ALL_CHAPTERS))?;
    let printed = temp.path().join("book.pdf");
    print(&pages.join(ALL_CHAPTERS), &printed, temp.path())?;
    fs::copy(&printed, file).map_err(io_error(file))?;
    Ok(count)
}

/// Leaves out the scripts of quizzes and explorers: on paper, every answer and the first setting are to be seen.
fn one_page_without_scripts(config: &mut Config) -> MdbookResult<()> {
    config.set("output.html.print.enable", true)?;
    config.set("output.html.additional-js", Vec::<PathBuf>::new())
}

fn add_title_page(root: &Path, page: &Path) -> Result<(), BookError> {
    let config = root.join("book.toml");
    let read = |error| BookError::Mdbook(format!("{}: {error:#}", config.display()));
    let book = Config::from_disk(&config).map_err(read)?.book;
    let title = format!(
        "{TEXT}<section class=\"title-page\"><p>{}</p><p>{}</p></section>",
        escape(&book.title.unwrap_or_default()),
        escape(&book.description.unwrap_or_default()),
    );
    let html = fs::read_to_string(page).map_err(io_error(page))?;
    let html = html.replacen(TEXT, &title, 1).replace(DIALOG, "");
    fs::write(page, html).map_err(io_error(page))
}

/// Has Chromium print a page, with a profile in the folder `temp`.
fn print(page: &Path, pdf: &Path, temp: &Path) -> Result<(), BookError> {
    let mut arguments: Vec<OsString> = [
        "--headless",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--no-pdf-header-footer",
        "--generate-pdf-document-outline",
    ]
    .map(OsString::from)
    .to_vec();
    if is_root(temp) {
        // Chromium refuses to run as root with its sandbox. The page is ours, and loads nothing from elsewhere.
        arguments.push("--no-sandbox".into());
    }
    for (option, path) in [
        ("--user-data-dir", temp.join("profile")),
        ("--print-to-pdf", pdf.to_owned()),
    ] {
        let mut argument = OsString::from(format!("{option}="));
        argument.push(path);
        arguments.push(argument);
    }
    let mut address = OsString::from("file://");
    address.push(page);
    arguments.push(address);

    let output = run_browser(&arguments)?;
    if pdf.is_file() {
        return Ok(());
    }
    Err(BookError::Print {
        status: output.status,
        message: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
    })
}

/// Runs the first browser that is there.
fn run_browser(arguments: &[OsString]) -> Result<Output, BookError> {
    let chosen = std::env::var_os(BROWSER).map(|browser| vec![browser]);
    let browsers = chosen.unwrap_or_else(|| BROWSERS.map(OsString::from).to_vec());
    for browser in browsers {
        match Command::new(&browser).args(arguments).output() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            result => return result.map_err(io_error(Path::new(&browser))),
        }
    }
    Err(BookError::NoBrowser)
}

/// Returns `true` if files that this process makes, such as `file`, belong to root.
#[cfg(unix)]
fn is_root(file: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(file).is_ok_and(|metadata| metadata.uid() == 0)
}

#[cfg(not(unix))]
fn is_root(_: &Path) -> bool {
    false
}
