#!/usr/bin/env python3
"""How long from a saved edit to the verdict, beside rustlings on the same machine in the same minute.

    tests/bench/edit_to_verdict.py [--runs N]

Each run edits a source file (one line more at its end) and times one command; the two courses take turns, so that
both see the same machine. It works on a copy of this checkout and puts rustlings into a temporary folder; the first
run of each, which compiles everything, is not counted. Needs cargo and the crates registry.
"""

import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


def run(command, folder, **options):
    return subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)


def edited(source, command, folder, turn):
    """Seconds of one command after an edit. Both exercises are solved: it has to pass."""
    with open(source, "a", encoding="utf-8") as file:
        file.write(f"// edit {turn}\n")
    start = time.perf_counter()
    status = subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
    seconds = time.perf_counter() - start
    if status != 0:
        sys.exit(f"{' '.join(command)}: expected it to pass, found exit status {status}")
    return seconds


def attentive(work):
    """A checkout in which the exercise is solved, so that every case is computed and compared."""
    course = work / "attentive"
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout.split(b"\0")
    for name in filter(None, map(os.fsdecode, names)):
        target = course / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)
    source = course / "exercises/05-scaled-dot-product/src/lib.rs"
    shutil.copy(course / "solutions/05-scaled-dot-product/src/lib.rs", source)
    return source, ["cargo", "test", "-p", "scaled-dot-product"], course


def rustlings(work):
    """rustlings with its first exercise on `if` solved, so that it too compiles, links and tests."""
    root = work / "root"
    run(["cargo", "install", "--locked", "--root", str(root), "rustlings"], work)
    binary = root / "bin/rustlings"
    run([str(binary), "init"], work, input=b"\n")
    course = work / "rustlings"
    source = course / "exercises/03_if/if1.rs"
    head = "fn bigger(a: i32, b: i32) -> i32 {"
    text = source.read_text(encoding="utf-8")
    if head not in text:
        sys.exit(f"expected `{head}` in rustlings' if1, found another exercise: this script needs its new solution")
    source.write_text(text.replace(head, f"{head}\n    if a > b {{ a }} else {{ b }}", 1), encoding="utf-8")
    return source, [str(binary), "run", "if1"], course


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10)
    runs = parser.parse_args().runs
    os.environ.pop("CARGO_TARGET_DIR", None)
    with tempfile.TemporaryDirectory(prefix="attentive-bench-") as folder:
        work = pathlib.Path(folder)
        courses = {"attentive": attentive(work), "rustlings": rustlings(work)}
        seconds = {name: [] for name in courses}
        for turn in range(runs + 1):
            for name, (source, command, directory) in courses.items():
                taken = edited(source, command, directory, turn)
                if turn > 0:
                    seconds[name].append(taken)
    medians = {name: statistics.median(taken) for name, taken in seconds.items()}
    for name, (_, command, _) in courses.items():
        print(f"{name:<10} {medians[name]:.3f} s  median of {runs}: {pathlib.Path(command[0]).name} {' '.join(command[1:])}")
    print(f"ratio      {medians['attentive'] / medians['rustlings']:.2f}  (attentive / rustlings; the aim is at most 1)")


if __name__ == "__main__":
    main()
