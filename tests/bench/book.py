#!/usr/bin/env python3
"""How long the book takes to build, and what its pages weigh, beside stock mdBook.

    tests/bench/book.py
    tests/bench/book.py --mdbook PROGRAM    with this mdBook; else that of PATH, or one that is installed once
    tests/bench/book.py --weigh FOLDER      weighs the pages of a book that is built, and builds none

Stock mdBook gets the same Markdown with formulas, quizzes and figures already in place: what our preprocessor
answered. Both build the same pages five times, in turn; the medians are compared. Both work on one core, so that
their processor time is what they take when nothing else runs, and it is what the aim is for.
"""

import argparse
import gzip
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import typing

from measure import ROOT, built, cargo_installed, emit, row, say, spread, timed

BOOK = ROOT / "book"
MDBOOK = "0.5.4"
MOST_SECONDS = 3.0
MOST_KILOBYTES = 150


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mdbook", metavar="PROGRAM", default=shutil.which("mdbook"))
    parser.add_argument("--weigh", metavar="FOLDER", type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="two runs")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if arguments.weigh:
        sys.exit(print_weights(arguments.weigh) > MOST_KILOBYTES)
    if arguments.quick:
        arguments.runs = 2
    mdbook, program = arguments.mdbook or cargo_installed("mdbook", MDBOOK), built("attentive-book")
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        peer = expanded(scratch, mdbook, program)
        commands = [
            [program, "build", "--book", BOOK, "--dest", scratch / "ours"],
            [mdbook, "build", peer, "-d", scratch / "theirs"],
        ]
        seconds = [[], []]
        for number in range(arguments.runs + 1):  # the first run warms up
            say(f"run {number} of {arguments.runs}")
            for command, runs in zip(commands, seconds):
                runs.append(timed(command, cwd=ROOT))
        (our_clock, ours), (their_clock, theirs) = (zip(*runs[1:]) for runs in seconds)
        if arguments.json:
            weights = weigh(scratch / "ours")
            return emit(rows(ours, theirs, max(weights.pages.values())), {"mdBook": MDBOOK}, as_json=True)
        for name, clock, used in [("attentive book build", our_clock, ours), ("mdbook build, everything in place", their_clock, theirs)]:
            print(f"{spread(used, 2)} s of a processor, {spread(clock, 2)} s by the clock  {name}")
        ratios = [a / b for a, b in zip(ours, theirs)]
        print(f"{spread(ratios, 2)} times stock mdBook; aim: at most {MOST_SECONDS} s of a processor for ours")
        heaviest = print_weights(scratch / "ours")
    # Seconds are the machine's and no verdict depends on them; what a page weighs is the book's alone.
    if heaviest > MOST_KILOBYTES:
        sys.exit(1)


def rows(ours, theirs, heaviest):
    what = "the book, built again, with all formulas, figures and quizzes; mdBook has them ready"
    yield row("build", what, "s of CPU", ours, theirs, beside="mdBook", aim={"of": "ours", "at_most": MOST_SECONDS})
    what = "the heaviest page with its styles and scripts, compressed"
    yield row("heaviest-page", what, "kB", [heaviest], aim={"of": "ours", "at_most": MOST_KILOBYTES})


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


class Weights(typing.NamedTuple):
    """Kilobytes of what is sent, compressed."""

    pages: dict  # each with what all share
    shared: float
    search: float
    fonts: float


def weigh(html):
    """What each page weighs with its own styles and scripts."""
    size = lambda path: len(gzip.compress(path.read_bytes())) / 1000
    shared = [p for p in html.rglob("*") if p.suffix in {".css", ".js"} and "search" not in p.name and "elasticlunr" not in p.name]
    rest = sum(map(size, shared))
    pages = {p.name: size(p) + rest for p in sorted(html.glob("*.html")) if p.name not in {"index.html", "toc.html"}}
    search = sum(size(p) for p in html.glob("*.js") if p not in shared)
    fonts = sum(p.stat().st_size for p in html.rglob("*.woff2")) / 1000
    return Weights(pages, rest, search, fonts)


def print_weights(html):
    """Prints what each page weighs, and returns the most."""
    weights = weigh(html)
    print(f"\n   kB, gzip, with {weights.shared:.0f} kB of styles and scripts that all pages share;")
    print(f"   fonts ({weights.fonts:.0f} kB at most) "
          f"and the search index ({weights.search:.0f} kB, when somebody searches) are not counted")
    for name, kilobytes in weights.pages.items():
        print(f"{kilobytes:6.0f}  {name}")
    heaviest = max(weights.pages.values())
    print(f"{heaviest:6.0f}  the heaviest; aim: at most {MOST_KILOBYTES}")
    return heaviest


if __name__ == "__main__":
    main()
