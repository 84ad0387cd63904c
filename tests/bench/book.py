#!/usr/bin/env python3
"""How long the book takes to build, and what its pages weigh, beside stock mdBook.

    cargo install mdbook --version 0.5.4 --locked --root DIR
    tests/bench/book.py DIR/bin/mdbook
    tests/bench/book.py --weigh FOLDER      weighs the pages of a book that is built, and builds none

Stock mdBook gets the same Markdown with formulas, quizzes and figures already in place: what our preprocessor
answered. Both build the same pages five times, in turn; the medians are compared. Both work on one core, so that
their processor time is what they take when nothing else runs, and it is what the aim is for.
"""

import gzip
import json
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BOOK = ROOT / "book"
RUNS = 5
MOST_SECONDS = 3.0
MOST_KILOBYTES = 150


def main():
    if sys.argv[1:2] == ["--weigh"]:
        [folder] = sys.argv[2:]
        sys.exit(weigh(pathlib.Path(folder)) > MOST_KILOBYTES)
    mdbook = sys.argv[1] if len(sys.argv) > 1 else shutil.which("mdbook")
    if not mdbook:
        sys.exit(__doc__)
    built = subprocess.run(
        ["cargo", "build", "--quiet", "--package", "attentive-book", "--message-format=json"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout
    ours = [json.loads(line).get("executable") for line in built.splitlines()]
    ours = next(executable for executable in reversed(ours) if executable)

    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        peer = expanded(scratch, mdbook, ours)
        commands = {
            "attentive book build": [ours, "build", "--book", BOOK, "--dest", scratch / "ours"],
            "mdbook build, everything in place": [mdbook, "build", peer, "-d", scratch / "theirs"],
        }
        seconds = {name: [] for name in commands}
        for _ in range(RUNS + 1):  # the first run warms up
            for name, command in commands.items():
                seconds[name].append(timed(command))
        medians = {name: [statistics.median(times) for times in zip(*runs[1:])] for name, runs in seconds.items()}
        for name, (wall, processor) in medians.items():
            print(f"{processor:6.2f} s of a processor, {wall:6.2f} s by the clock  {name}")
        (_, our_time), (_, their_time) = medians.values()
        print(f"{our_time / their_time:6.2f}    times stock mdBook; aim: at most {MOST_SECONDS} s of a processor for ours")
        heaviest = weigh(scratch / "ours")
    # Seconds are the machine's and no verdict depends on them; what a page weighs is the book's alone.
    if heaviest > MOST_KILOBYTES:
        sys.exit(1)


def timed(command):
    """Seconds that a command takes: by the clock, and of a processor."""
    def processor():
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    start = time.perf_counter(), processor()
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - start[0], processor() - start[1]


def expanded(scratch, mdbook, ours):
    """A copy of the book whose lessons are what the preprocessor makes of them."""
    spy, answer = scratch / "spy.sh", scratch / "answer.json"
    spy.write_text(f'#!/bin/sh\n[ "$1" = supports ] && exit 0\n"{ours}" preprocess | tee "{answer}"\n')
    spy.chmod(0o755)
    peer = scratch / "peer"
    shutil.copytree(BOOK, peer, ignore=shutil.ignore_patterns("html", ".cache"))
    for folder in ("exercises", "solutions", "src"):
        (scratch / folder).symlink_to(ROOT / folder)
    config = (peer / "book.toml").read_text().splitlines()
    own = next(i for i, line in enumerate(config) if line.startswith("command ="))
    config[own] = f'command = "{spy}"'
    (peer / "book.toml").write_text("\n".join(config))
    subprocess.run([mdbook, "build", peer, "-d", scratch / "warm"], check=True, capture_output=True)
    write(json.loads(answer.read_text())["items"], peer / "src")
    config = [line for line in config if not line.startswith(("command =", "before =", "[preprocessor.attentive]"))]
    (peer / "book.toml").write_text("\n".join(config))
    return peer


def write(items, sources):
    for item in items:
        if isinstance(item, dict) and "Chapter" in item:
            chapter = item["Chapter"]
            if chapter["source_path"]:
                (sources / chapter["source_path"]).write_text(chapter["content"])
            write(chapter["sub_items"], sources)


def weigh(html):
    """Prints what each page weighs with its own styles and scripts, and returns the most."""
    size = lambda path: len(gzip.compress(path.read_bytes())) / 1000
    shared = [p for p in html.rglob("*") if p.suffix in {".css", ".js"} and "search" not in p.name and "elasticlunr" not in p.name]
    rest = sum(map(size, shared))
    search = sum(size(p) for p in html.glob("*.js") if p not in shared)
    pages = {p.name: size(p) for p in sorted(html.glob("*.html")) if p.name not in {"index.html", "toc.html"}}
    print(f"\n   kB, gzip, with {rest:.0f} kB of styles and scripts that all pages share;")
    print(f"   fonts ({sum(p.stat().st_size for p in html.rglob('*.woff2')) / 1000:.0f} kB at most) "
          f"and the search index ({search:.0f} kB, when somebody searches) are not counted")
    for name, kilobytes in pages.items():
        print(f"{kilobytes + rest:6.0f}  {name}")
    heaviest = max(pages.values()) + rest
    print(f"{heaviest:6.0f}  the heaviest; aim: at most {MOST_KILOBYTES}")
    return heaviest


if __name__ == "__main__":
    main()
