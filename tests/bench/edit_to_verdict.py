#!/usr/bin/env python3
"""How long from a saved edit to the verdict, beside rustlings on the same machine in the same minute.

    tests/bench/edit_to_verdict.py [--runs N]                      # some ten minutes
    tests/bench/edit_to_verdict.py --against REVISION [--runs N]

Each run edits a source file (one line more at its end) and measures one command, and then the same command once more, when
there is nothing to build. The courses take turns, so that all see the same machine. With --against, the other course is
an earlier revision of this one. Everything is done in a temporary folder: a copy of this checkout, and what it is compared
with; the first run of each, which compiles everything, is not counted. Needs cargo and the crates registry.

Then `cargo attentive watch` runs, and it is measured how long it takes from the end of a save to the last line of the verdict. Its
peer is rustlings' run after an edit, or the watch of the earlier revision.

Beside the seconds of the clock stand those of the processor, with those of all processes that the command has started:
they depend less on what else the machine is doing.
"""

import argparse
import math
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from measure import ROOT, cargo_installed, emit, row, say, timed

RUSTLINGS = "6.5.0"
WHAT = ["after an edit", "with nothing to build"]
WATCH = "from a save to the verdict of `watch`"
# Each with the stable name of its row, and its aims by the clock.
ROWS = {
    WHAT[0]: ("after-an-edit", {"of": "ratio", "at_most": 1.0}),
    WHAT[1]: ("nothing-to-build", None),
    WATCH: ("save-to-verdict", {"of": "ours", "at_most": 0.4}),
}
# The last line of a verdict.
READY = "q quit"
# Seconds in which a verdict has to come: more than any first build takes.
LIMIT = 600


def solved(course):
    """Solves the exercise of a checkout, so that every case is computed and compared."""
    source = course / "exercises/05-scaled-dot-product/src/lib.rs"
    shutil.copy(course / "solutions/05-scaled-dot-product/src/lib.rs", source)
    return source, ["cargo", "test", "-p", "scaled-dot-product"], course


def attentive(work):
    """This checkout as it is, whether committed or not."""
    course = work / "attentive"
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True).stdout.split(b"\0")
    for name in filter(None, map(os.fsdecode, names)):
        target = course / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)
    return solved(course)


def earlier(work, revision):
    """Another revision of this repository."""
    course = work / "earlier"
    course.mkdir()
    archive = subprocess.run(["git", "archive", revision], cwd=ROOT, check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x"], cwd=course, check=True, input=archive)
    return solved(course)


def rustlings(work):
    """rustlings with its first exercise on `if` solved, so that it too compiles, links and tests."""
    program = cargo_installed("rustlings", RUSTLINGS)
    timed([program, "init"], cwd=work, input="\n")
    course = work / "rustlings"
    source = course / "exercises/03_if/if1.rs"
    head = "fn bigger(a: i32, b: i32) -> i32 {"
    text = source.read_text(encoding="utf-8")
    if head not in text:
        sys.exit(f"expected `{head}` in rustlings' if1, found another exercise: this script needs its new solution")
    source.write_text(text.replace(head, f"{head}\n    if a > b {{ a }} else {{ b }}", 1), encoding="utf-8")
    return source, [program, "run", "if1"], course


def take_turns(courses, runs):
    """The seconds of each course's runs: after an edit, and with nothing to build."""
    seconds = {(name, what): [] for name in courses for what in WHAT}
    for turn in range(runs + 1):
        say(f"edits: turn {turn} of {runs}" if turn else "compiling everything")
        for name, (source, command, folder) in courses.items():
            with open(source, "a", encoding="utf-8") as file:
                file.write(f"// edit {turn}\n")
            for what in WHAT:
                taken = timed(command, cwd=folder)
                if turn > 0:
                    seconds[name, what].append(taken)
    return seconds


class Watch:
    """`cargo attentive watch` in a course, with its letters read from a pipe."""

    def __init__(self, folder):
        timed(["cargo", "build", "--package", "attentive"], cwd=folder)
        program = str(folder / "target/debug/attentive")
        pipe, errors = subprocess.PIPE, subprocess.DEVNULL
        self.process = subprocess.Popen([program, "watch"], cwd=folder, stdin=pipe, stdout=pipe, stderr=errors, text=True)
        self.ready = threading.Semaphore(0)
        threading.Thread(target=self.read, daemon=True).start()
        self.wait()

    def read(self):
        for line in self.process.stdout:
            if READY in line:
                self.ready.release()

    def wait(self):
        if not self.ready.acquire(timeout=LIMIT):
            sys.exit(f"watch: expected a verdict within {LIMIT} s, found none")

    def used(self):
        """Seconds of the processor that the watch and the processes that it has started have used."""
        stat = pathlib.Path(f"/proc/{self.process.pid}/stat")
        if not stat.exists():
            return float("nan")
        # After the name in parentheses; four counts of ticks are from the 14th field on.
        fields = stat.read_text().rsplit(")", 1)[1].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")

    def quit(self):
        self.process.communicate("q\n", timeout=LIMIT)


def watched(courses, runs):
    """The seconds of saves under a watch, in each course in turn."""
    seconds = {name: [] for name in courses}
    watches = {name: Watch(folder) for name, (_, _, folder) in courses.items()}
    for turn in range(runs + 2):
        say(f"saves: turn {max(turn - 1, 0)} of {runs}")
        for name, (source, _, _) in courses.items():
            # The watch looks once more after a verdict: that is none of the next save's.
            time.sleep(0.3)
            used = watches[name].used()
            with open(source, "a", encoding="utf-8") as file:
                file.write(f"// save {turn}\n")
            start = time.perf_counter()
            watches[name].wait()
            taken = time.perf_counter() - start
            # By the first saves, it learns how the exercise is compiled, and compiles it in a folder of its own.
            if turn > 1:
                seconds[name].append((taken, watches[name].used() - used))
    for watch in watches.values():
        watch.quit()
    return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--against", metavar="REVISION", help="compare with a revision of this course, not with rustlings")
    parser.add_argument("--quick", action="store_true", help="three turns")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.runs = 3
    if arguments.runs < 2:
        parser.error(f"--runs: expected at least 2, of which there are quartiles, found {arguments.runs}")
    os.environ.pop("CARGO_TARGET_DIR", None)
    with tempfile.TemporaryDirectory(prefix="attentive-bench-") as folder:
        work = pathlib.Path(folder)
        if arguments.against:
            other, course = arguments.against, earlier(work, arguments.against)
        else:
            other, course = "rustlings", rustlings(work)
        courses = {"attentive": attentive(work), other: course}
        seconds = take_turns(courses, arguments.runs)
        peers = {name: courses[name] for name in courses if name != "rustlings"}
        saves = watched(peers, arguments.runs)
    for name in courses:
        seconds[name, WATCH] = saves.get(name, seconds[name, WHAT[0]])
    if arguments.json:
        versions = {} if arguments.against else {"rustlings": RUSTLINGS}
        return emit(rows(*courses, seconds), versions, as_json=True)
    for what in ROWS:
        report(what, courses, seconds, arguments.runs)


def rows(ours, peer, seconds):
    """The rows of all that was measured, by the clock and of the processor."""
    for what, (name, aim) in ROWS.items():
        (our_clock, our_used), (their_clock, their_used) = (zip(*seconds[course, what]) for course in (ours, peer))
        yield row(name, what, "s", our_clock, their_clock, beside=peer, aim=aim)
        # What a watch uses is known on Linux only.
        if all(map(math.isfinite, our_used)):
            yield row(f"{name}-processor", f"{what}, all cores", "s of CPU", our_used, their_used, beside=peer)


def report(what, courses, seconds, runs):
    """Prints the seconds of all courses, and the ratio of the first to the second."""
    print(f"{what} (medians of {runs}, and the middle half)")
    clock, used = {}, {}
    for name in courses:
        clock[name], used[name] = (sorted(kind) for kind in zip(*seconds[name, what]))
        print(f"  {name:<12} clock {in_words(clock[name])}   processor {in_words(used[name])}")
    first, second = courses
    ratios = (statistics.median(kind[first]) / statistics.median(kind[second]) for kind in (clock, used))
    print("  {:<12} clock {:<27.2f} processor {:.2f}".format("ratio", *ratios))


def in_words(seconds):
    """The median of seconds, and their quartiles."""
    first, median, third = statistics.quantiles(seconds, n=4, method="inclusive")
    return f"{median:.3f} s ({first:.3f} to {third:.3f})"


if __name__ == "__main__":
    main()
