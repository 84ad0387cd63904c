#!/usr/bin/env python3
"""What a learner waits for on a fresh clone: seconds, and bytes of crates, beside their budgets.

Each round clones the repository as it is committed, and begins with an empty target folder:

- `cargo run`, which compiles the command and shows where one is; then once more;
- `cargo test` from the beginning; then once more;
- `cargo attentive book build` from the beginning, in a terminal, to see when it says something; then once more.

Before that, a `cargo run` with an empty folder of cargo's own downloads the crates, which are weighed, and no second of
it is counted. Needs the registry of crates.

    tests/bench/first_minute.py                # three rounds that count: half an hour
    tests/bench/first_minute.py --rounds 1 --only run
"""

import argparse
import contextlib
import os
import pathlib
import pty
import shutil
import subprocess
import tempfile
import time

from measure import ROOT, emit, processor, row, say, timed

# Name, what it is in words, unit, and the most that it may be.
FIGURES = {
    "crates": ("crates that `cargo run` downloads", "MB", 30),
    "run": ("`cargo run` on a fresh clone, until it says where you are", "s", 45),
    "run-processor": ("the same, all cores", "s of CPU", None),
    "run-again": ("`cargo run` once more", "s", None),
    "test-processor": ("`cargo test` on a fresh clone, all cores", "s of CPU", 180),
    "test-again": ("`cargo test` once more", "s", 90),
    "book-first-word": ("`cargo attentive book build`, until it says something", "s", 1),
    "book": ("`cargo attentive book build` for the first time", "s", None),
    "book-processor": ("the same, all cores", "s of CPU", None),
    "book-again": ("`cargo attentive book build` once more", "s", 3),
}
PARTS = ["run", "test", "book"]


class Clone:
    """A fresh clone, with a folder of cargo's own."""

    def __init__(self, folder, home):
        self.folder = folder / "attentive"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(self.folder)], check=True)
        # Nothing that is compiled elsewhere is at hand, and nothing is compiled for elsewhere.
        left_out = ("CARGO_TARGET_DIR", "CARGO_BUILD_BUILD_DIR", "CARGO_INCREMENTAL", "RUSTFLAGS", "LIBTORCH")
        self.environment = {name: value for name, value in os.environ.items() if name not in left_out}
        self.environment["CARGO_HOME"] = str(home)

    def clean(self):
        shutil.rmtree(self.folder / "target", ignore_errors=True)

    def timed(self, command, expected=0):
        return timed(command, expected, cwd=self.folder, env=self.environment)

    def run(self, figures):
        self.clean()
        figures["run"], figures["run-processor"] = self.timed(["cargo", "run"], expected=1)
        figures["run-again"], _ = self.timed(["cargo", "run"], expected=1)

    def test(self, figures):
        self.clean()
        _, figures["test-processor"] = self.timed(["cargo", "test"])
        figures["test-again"], _ = self.timed(["cargo", "test"])

    def book(self, figures):
        # As when somebody has looked where they are, and wants to read.
        self.clean()
        self.timed(["cargo", "run"], expected=1)
        command = ["cargo", "attentive", "book", "build"]
        before, start = processor(), time.perf_counter()
        figures["book-first-word"] = self.in_terminal(command)
        figures["book"], figures["book-processor"] = time.perf_counter() - start, processor() - before
        figures["book-again"], _ = self.timed(command)

    def in_terminal(self, command):
        """Runs a command in a terminal: the seconds until it has written something."""
        ours, theirs = pty.openpty()
        start, first = time.perf_counter(), None
        environment = self.environment | {"TERM": "xterm"}
        process = subprocess.Popen(command, cwd=self.folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        # The end of a terminal is an error.
        with contextlib.suppress(OSError):
            while os.read(ours, 4096):
                first = first or time.perf_counter() - start
        os.close(ours)
        if process.wait() != 0:
            raise SystemExit(f"{' '.join(command)}: expected it to succeed, found exit status {process.returncode}")
        return first


def megabytes_of_crates(home):
    return sum(file.stat().st_size for file in home.rglob("*.crate")) / 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--quick", action="store_true", help="one round")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rounds = 1 if arguments.quick else arguments.rounds
    figures = {name: [] for name in FIGURES}
    with tempfile.TemporaryDirectory(prefix="attentive-first-") as folder:
        home = pathlib.Path(folder) / "cargo-home"
        clone = Clone(pathlib.Path(folder), home)
        say("downloading the crates")
        clone.run({})
        figures["crates"] = [megabytes_of_crates(home)]
        if arguments.only != ["run"]:
            # The other commands need more, and no download is counted.
            clone.timed(["cargo", "fetch", "--locked"])
        for number in range(rounds):
            measured = {}
            for part in arguments.only:
                say(f"round {number + 1} of {rounds}: {part}")
                getattr(clone, part)(measured)
            for name, figure in measured.items():
                figures[name].append(figure)
    emit([made(name, values) for name, values in figures.items() if values], {}, arguments.json)


def made(name, values):
    what, unit, most = FIGURES[name]
    return row(name, what, unit, values, aim={"of": "ours", "at_most": most} if most else None)


if __name__ == "__main__":
    main()
