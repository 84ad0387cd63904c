//! Fetching with clients that do what a test asks for.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;

use attentive_models::catalogue::{Build, Entry, Form, Kind, Member, Package, Registry};
use attentive_models::fetch::{Clients, FetchError, Fetcher, Progress};
use tempfile::TempDir;

/// `printf hello | sha256sum`
const HELLO: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
/// A pickle that would make a folder if it were loaded.
const PROGRAM: &[u8] = b"cos\nmkdir\n(S'made-by-a-pickle'\ntR.";

const MEMBERS: [Member; 1] = [Member {
    path: "package/hello.txt",
    file: "text.txt",
    sha256: HELLO,
    form: Form::AsItIs,
}];

/// A cache, and a client that downloads an archive.
struct Shop {
    folder: TempDir,
    archive: PathBuf,
}

impl Shop {
    /// A shop with an archive of one file.
    fn with(name: &str, contents: &[u8]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let archive = folder.path().join("package.whl");
        let file = fs::File::create(&archive).expect("a file");
        let mut wheel = zip::ZipWriter::new(file);
        let stored = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Stored);
        wheel.start_file(name, stored).expect("an entry");
        wheel.write_all(contents).expect("written");
        wheel.finish().expect("a wheel");
        Self { folder, archive }
    }

    fn cache(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    /// A program in place of Python: its pip is a line of shell that has `$target`.
    fn fetcher(&self, pip: &str) -> Fetcher {
        let program = self.folder.path().join("python3");
        let archive = self.archive.display();
        let text = format!(
            "#!/bin/sh\n[ \"$1\" = -I ] && exec python3 \"$@\"\nfor word; do [ \"$last\" = --dest ] && target=$word; \
             last=$word; done\narchive={archive}\n{pip}\n"
        );
        fs::write(&program, text).expect("a file");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("a program");
        Fetcher::with(
            self.cache(),
            Clients {
                python: program.into(),
                npm: "npm".into(),
            },
        )
    }

    fn entry(&self, members: &'static [Member]) -> Entry {
        Entry {
            name: "hello",
            kind: Kind::Text,
            about: "",
            licence: "",
            package: Package {
                registry: Registry::PyPiWheel,
                name: "package",
                version: "1.0",
                bytes: fs::metadata(&self.archive).expect("an archive").len(),
            },
            members,
        }
    }

    /// The names in the cache, and in the folder of downloads, without the empty files that are locked while a call works.
    fn left(&self) -> Vec<String> {
        let mut names = Vec::new();
        for folder in [self.cache(), self.cache().join(".downloads")] {
            for entry in fs::read_dir(folder).expect("a folder") {
                let name = entry.expect("an entry").file_name();
                let name = name.into_string().expect("a name");
                if !name.ends_with(".lock") {
                    names.push(name);
                }
            }
        }
        names.sort();
        names
    }
}

fn fetch(fetcher: &Fetcher, entry: &Entry) -> Result<PathBuf, FetchError> {
    fetcher.fetch(entry, &mut |_| ())
}

#[test]
fn a_file_is_taken_out_and_nothing_else_is_left() {
    let shop = Shop::with("package/hello.txt", b"hello");
    let entry = shop.entry(&MEMBERS);
    let mut steps = Vec::new();
    let fetcher = shop.fetcher("cp $archive $target");
    let folder = fetcher.fetch(&entry, &mut |step| steps.push(step));
    let folder = folder.expect("fetched");
    assert_eq!(fs::read(folder.join("text.txt")).expect("a file"), b"hello");
    assert_eq!(shop.left(), [".downloads", "hello"]);
    let total = entry.package.bytes;
    assert!(steps.contains(&Progress::Downloading {
        bytes: total,
        total
    }));
    assert_eq!(
        steps.last(),
        Some(&Progress::Unpacking { file: "text.txt" })
    );

    // What is there is not fetched again.
    fetch(&shop.fetcher("exit 1"), &entry).expect("there");
}

#[test]
fn a_wrong_hash_keeps_nothing() {
    let shop = Shop::with("package/hello.txt", b"jello");
    let fetcher = shop.fetcher("cp $archive $target");
    let error = fetch(&fetcher, &shop.entry(&MEMBERS)).expect_err("another file");
    assert!(matches!(error, FetchError::WrongHash { .. }));
    insta::assert_snapshot!(error, @"package/hello.txt: expected a file with SHA-256 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824, found 187c9bceeb919e1b3e6d20fa50ecabf7d9d50b5343e8f9a3d912abb13929102e; nothing of it was kept, try again");
    assert_eq!(shop.left(), [".downloads"]);
}

#[test]
fn a_client_that_fails_has_the_last_word() {
    let shop = Shop::with("package/hello.txt", b"hello");
    let fetcher = shop.fetcher("echo begun > $target/half; echo 'ERROR: no route' >&2; exit 1");
    let error = fetch(&fetcher, &shop.entry(&MEMBERS)).expect_err("no network");
    let program = shop.folder.path().join("python3").display().to_string();
    insta::assert_snapshot!(error.to_string().replace(&program, "python3"), @"`python3 -m pip` could not download package 1.0 (exit status: 1); is there a network, and room on the disk? Its last words: ERROR: no route");
    assert_eq!(shop.left(), [".downloads"]);

    let clients = Clients {
        python: "no-such-python".into(),
        npm: "npm".into(),
    };
    let error = fetch(&Fetcher::with(shop.cache(), clients), &shop.entry(&MEMBERS));
    insta::assert_snapshot!(error.expect_err("no Python"), @"expected the program `no-such-python -m pip` to download package 1.0, found none (No such file or directory (os error 2)); install it, and try again");
    assert_eq!(shop.left(), [".downloads"]);
}

#[test]
fn a_package_that_is_there_is_not_downloaded_again() {
    let shop = Shop::with("package/hello.txt", b"hello");
    let downloads = shop.cache().join(".downloads");
    fs::create_dir_all(&downloads).expect("a folder");
    fs::copy(&shop.archive, downloads.join("package-1.0")).expect("a copy");
    fetch(&shop.fetcher("exit 1"), &shop.entry(&MEMBERS)).expect("from what was there");
    assert_eq!(shop.left(), [".downloads", "hello"]);

    // Half of one is of no use.
    let shop = Shop::with("package/hello.txt", b"hello");
    let downloads = shop.cache().join(".downloads");
    fs::create_dir_all(&downloads).expect("a folder");
    fs::write(downloads.join("package-1.0"), "PK").expect("a file");
    fetch(&shop.fetcher("cp $archive $target"), &shop.entry(&MEMBERS)).expect("downloaded");
}

#[test]
fn a_package_without_the_file_is_removed() {
    let shop = Shop::with("package/other.txt", b"hello");
    let fetcher = shop.fetcher("cp $archive $target");
    let error = fetch(&fetcher, &shop.entry(&MEMBERS)).expect_err("no such file");
    let cache = shop.cache().display().to_string();
    insta::assert_snapshot!(error.to_string().replace(&cache, "cache"), @"cache/.downloads/package-1.0: expected an archive with package/hello.txt, found this problem: specified file not found in archive; it was removed, try again");
    assert_eq!(shop.left(), [".downloads"]);
}

/// A `.tar.gz` with one file.
fn packed(name: &str, contents: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    header.set_size(contents.len() as u64);
    header.set_mode(0o644);
    let to = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    let mut archive = tar::Builder::new(to);
    archive
        .append_data(&mut header, name, contents)
        .expect("an entry");
    let written = archive.into_inner().expect("a whole archive");
    written.finish().expect("a whole archive")
}

/// A member that is an archive with this hash, of which one file is wanted.
fn packed_member(sha256: &'static str) -> &'static [Member] {
    let member = Member {
        path: "package/all.tar.gz",
        file: "data.tsv",
        sha256,
        form: Form::Packed("all/data.tsv"),
    };
    Box::leak(Box::new([member]))
}

fn hash(contents: &[u8]) -> &'static str {
    let digits = hmac_sha256::Hash::hash(contents).map(|byte| format!("{byte:02x}"));
    Box::leak(digits.concat().into_boxed_str())
}

#[test]
fn a_file_comes_out_of_an_archive_in_the_archive() {
    let inner = packed("all/data.tsv", b"1\t0.5\ta film\n");
    let shop = Shop::with("package/all.tar.gz", &inner);
    let entry = shop.entry(packed_member(hash(&inner)));
    let folder = fetch(&shop.fetcher("cp $archive $target"), &entry).expect("fetched");
    let names: Vec<_> = fs::read_dir(&folder).expect("a folder").collect();
    assert_eq!(names.len(), 1, "{names:?}");
    let data = fs::read(folder.join("data.tsv")).expect("a file");
    assert_eq!(data, b"1\t0.5\ta film\n");
    assert_eq!(shop.left(), [".downloads", "hello"]);
}

#[test]
fn an_archive_in_the_archive_is_checked() {
    let right = packed("all/data.tsv", b"right");
    let other = packed("all/other.tsv", b"right");
    let (cut, none) = (right[..100].to_vec(), b"no archive".to_vec());
    for (sha256, contents) in [
        // A different archive from that of the catalogue.
        (hash(&right), packed("all/data.tsv", b"wrong")),
        // One without the file, one that is cut short, and one that is none.
        (hash(&other), other),
        (hash(&cut), cut),
        (hash(&none), none),
    ] {
        let shop = Shop::with("package/all.tar.gz", &contents);
        let entry = shop.entry(packed_member(sha256));
        let error = fetch(&shop.fetcher("cp $archive $target"), &entry).expect_err("it is bad");
        match error {
            FetchError::WrongHash { member, .. } => assert_eq!(member, "package/all.tar.gz"),
            FetchError::Archive { member, .. } => assert_eq!(member, "all/data.tsv"),
            error => panic!("{error}"),
        }
        assert_eq!(shop.left(), [".downloads"]);
    }
}

#[test]
fn everybody_downloads_the_wheel_of_the_same_machine() {
    let shop = Shop::with("package/hello.txt", b"hello");
    let mut entry = shop.entry(&MEMBERS);
    entry.package.registry = Registry::PyPiWheelOf(Build {
        python: "3.11",
        abi: "cp311",
        platform: "manylinux_2_28_x86_64",
    });
    let said = shop.folder.path().join("said");
    let client = format!("echo \"$@\" > {}; cp $archive $target", said.display());
    fetch(&shop.fetcher(&client), &entry).expect("fetched");
    let said = fs::read_to_string(said).expect("its arguments");
    let wanted = "--implementation cp --python-version 3.11 --abi cp311 --platform manylinux_2_28_x86_64 package==1.0\n";
    assert!(said.ends_with(wanted), "{said}");
    assert!(said.contains("--only-binary package"), "{said}");
}

#[test]
fn a_pickle_that_is_a_program_is_refused() {
    const MEMBERS: [Member; 1] = [Member {
        path: "package/model.bin",
        file: "model.safetensors",
        sha256: "3c65acc3bebc23b1fffc158574451301216df6dabad435ce045e591ececc92de",
        form: Form::Pickle,
    }];
    let shop = Shop::with("package/model.bin", PROGRAM);
    let fetcher = shop.fetcher("cp $archive $target");
    let error = fetch(&fetcher, &shop.entry(&MEMBERS)).expect_err("a program");
    assert!(
        matches!(&error, FetchError::Conversion { problem, .. } if problem.contains("mkdir")),
        "{error}"
    );
    assert!(!Path::new("made-by-a-pickle").exists());
    assert_eq!(shop.left(), [".downloads", "package-1.0"]);
}

/// Fetches twice at once. The first call has begun when the second does, and goes on once the second waits for it. Its client
/// is `first`, and that of all later calls is `second`: lines of shell. Returns both results, and how often a client ran.
fn fetch_twice(
    shop: &Shop,
    entry: &Entry,
    first: &str,
    second: &str,
) -> (
    Result<PathBuf, FetchError>,
    Result<PathBuf, FetchError>,
    usize,
) {
    let path = |name: &str| shop.folder.path().join(name);
    let (calls, waits) = (path("calls"), path("waits"));
    // A client for which nobody waits gives up after a minute: the test has failed then.
    let fetcher = shop.fetcher(&format!(
        "echo call >> {calls}\n[ $(wc -l < {calls}) -gt 1 ] && {{ {second}; exit; }}\n\
         for _ in $(seq 600); do [ -e {waits} ] && break; sleep 0.1; done\n[ -e {waits} ] || exit 9\n{first}",
        calls = calls.display(),
        waits = waits.display(),
    ));
    let (begins, begun) = mpsc::channel();
    thread::scope(|scope| {
        let call = scope.spawn(|| {
            let mut show = |_| begins.send(()).expect("the test listens");
            fetcher.fetch(entry, &mut show)
        });
        begun.recv().expect("the first call begins");
        let mut show = |step| {
            if step == Progress::Waiting {
                fs::write(&waits, "").expect("a file");
            }
        };
        let later = fetcher.fetch(entry, &mut show);
        let lines = fs::read_to_string(&calls).expect("calls");
        let earlier = call.join().expect("no panic");
        (earlier, later, lines.lines().count())
    })
}

#[test]
fn who_comes_second_waits_for_a_whole_model() {
    let shop = Shop::with("package/hello.txt", b"hello");
    let entry = shop.entry(&MEMBERS);
    let take = "cp $archive $target";
    let (first, second, calls) = fetch_twice(&shop, &entry, take, "exit 1");
    let folder = second.expect("the first one's");
    assert_eq!(fs::read(folder.join("text.txt")).expect("a file"), b"hello");
    assert_eq!(first.expect("fetched"), folder);
    assert_eq!(calls, 1);
    assert_eq!(shop.left(), [".downloads", "hello"]);
}

#[test]
fn who_comes_second_fetches_if_the_first_failed() {
    let shop = Shop::with("package/hello.txt", b"hello");
    let entry = shop.entry(&MEMBERS);
    let take = "cp $archive $target";
    let (first, second, calls) = fetch_twice(&shop, &entry, "exit 1", take);
    first.expect_err("no network");
    let folder = second.expect("fetched");
    assert_eq!(fs::read(folder.join("text.txt")).expect("a file"), b"hello");
    assert_eq!(calls, 2);
    assert_eq!(shop.left(), [".downloads", "hello"]);
}
