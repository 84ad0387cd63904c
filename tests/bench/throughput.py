#!/usr/bin/env python3
"""How fast a class is graded: attentive beside otter-grader, on this machine, in this run.

A class is made up: each submission is the solution of all exercises, with a wrong answer to some of them, and in each
exercise a comment of the student's own with the probability --unique, so that it is nobody else's source. (Equal sources are
compiled and run once; how many are equal in a real class is anybody's guess, so both ends are printed.)

otter-grader gets notebooks with as many questions as there are exercises, of the same content in numpy, one test each, by
`otter run`, as many at a time as there are cores. It is installed into a virtual environment that is kept in --cache.

    python3 tests/bench/throughput.py              # 200 submissions, and 10 for the growth of the cost
    python3 tests/bench/throughput.py --students 50 --otter 8 --unique 1 --exercises 1-14
"""

import argparse
import ctypes
import json
import os
import pathlib
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import venv

ROOT = pathlib.Path(__file__).resolve().parents[2]
# What learners do wrong, as changes to any solution in which they apply.
SLIPS = [
    (".sqrt()", ""),
    ("f32::NEG_INFINITY", "0.0"),
    (".exp()", ".exp2()"),
    (" + ", " - "),
    (".t()", ""),
    ("1e-5", "1e-2"),
    (".sin()", ".cos()"),
    ("Axis(1)", "Axis(0)"),
    ("max(", "min("),
]


def exercises(only):
    """The names of the exercises with these numbers, or of all."""
    folders = (ROOT / "exercises").iterdir()
    names = sorted(folder.name for folder in folders if (folder / "golden.safetensors").exists())
    chosen = [name for name in names if not only or int(name[:2]) in only]
    if not chosen:
        sys.exit(f"expected numbers of exercises, found {only}; these are there: {', '.join(names)}")
    return chosen


def sources(name):
    """What a student who solved an exercise hands in: the given files, and the solution beside them."""
    files = {path.name: path.read_text() for path in (ROOT / "exercises" / name / "src").glob("*.rs")}
    solution = (ROOT / "solutions" / name / "src/lib.rs").read_text()
    files["lib.rs"] = re.sub(r'#\[path = "[^"]*/exercises/[^"]*"\]\n', "", solution)
    return files


def make_class(folder, students, names, unique, seed=1):
    """Writes submissions of the exercises with these names."""
    dice = random.Random(seed)
    solved = {name: sources(name) for name in names}
    for student in range(students):
        for name in names:
            for file, text in solved[name].items():
                if file == "lib.rs" and dice.random() < 0.25:
                    head, separator, body = text.partition("// region: solution")
                    slips = [slip for slip in SLIPS if slip[0] in body]
                    if slips:
                        body = body.replace(*dice.choice(slips), 1)
                    text = head + separator + body
                if file == "lib.rs" and dice.random() < unique:
                    text += f"\n// {student} {dice.random()}\n"
                to = folder / f"student-{student:03}" / "exercises" / name / "src" / file
                to.parent.mkdir(parents=True, exist_ok=True)
                to.write_text(text)


class Cost:
    """What commands cost that are run one after the other, or some at a time: by the clock, of the processor, and memory.

    Time of the processor is that of everything they started, down to the programs in the sandboxes: this process adopts
    those whose parents have gone (`PR_SET_CHILD_SUBREAPER`), and waits for them (`RUSAGE_CHILDREN`). Memory is the sum over
    all of these processes, and what several share is counted once (the proportional set size). It is looked at twice a
    second, and its largest value counts.
    """

    def __init__(self, commands, at_a_time=1):
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(36, 1, 0, 0, 0) != 0:  # PR_SET_CHILD_SUBREAPER
            sys.exit(f"expected to adopt the processes of sandboxes, found {os.strerror(ctypes.get_errno())}; this needs Linux")
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        self.memory, is_over = 0, threading.Event()
        watch = threading.Thread(target=self.watch, args=[is_over], daemon=True)
        watch.start()
        waiting, running = list(commands), {}
        while waiting or running:
            while waiting and len(running) < at_a_time:
                command, options = waiting.pop(0)
                output = tempfile.TemporaryFile("w+")
                process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, **options)
                running[process.pid] = (process, command, output)
            ended, status = os.waitpid(-1, 0)
            if ended in running:
                process, command, output = running.pop(ended)
                process.returncode = os.waitstatus_to_exitcode(status)
                if process.returncode != 0:
                    output.seek(0)
                    is_over.set()
                    sys.exit(f"{command}: {output.read()[-3000:]}")
        self.wall = time.monotonic() - start
        is_over.set()
        watch.join()
        try:
            while True:
                os.waitpid(-1, 0)
        except ChildProcessError:
            pass  # none is left
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.processor = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime

    def watch(self, is_over):
        while not is_over.wait(0.5):
            self.memory = max(self.memory, memory_of_children())

    def __str__(self):
        return f"{self.wall:7.1f} s by the clock, {self.processor:7.1f} s of processor, at most {self.memory / 1024:5.0f} MiB"


def memory_of_children():
    """The memory of all processes that this one started, in KiB."""
    parents, total = {}, 0
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            fields = (process / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(process.name))
    waiting = list(parents.get(os.getpid(), []))
    while waiting:
        process = waiting.pop()
        waiting += parents.get(process, [])
        try:
            rollup = pathlib.Path(f"/proc/{process}/smaps_rollup").read_text()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return total


def attentive(students, names, unique, work):
    """Grades a class; returns what it cost."""
    folder = work / f"class-{students}-{len(names)}-{unique}"
    make_class(folder / "in", students, names, unique)
    program = ROOT / "target/release/attentive-batch"
    only = [argument for name in names for argument in ("--only", name)]
    command = [program, "grade", folder / "in", "--out", folder / "out", "--course", ROOT, *only]
    cost = Cost([(command, {})])
    graded = len((folder / "out" / "journal").read_text().splitlines()) - len(names)
    print(
        f"attentive  {students:4} submissions of {len(names)} exercises, {unique:4.0%} of the sources unique: {cost}; "
        f"{60 * students / cost.wall:8.1f} a minute, {cost.processor / students:6.2f} s of processor each, "
        f"{graded} sources graded",
        flush=True,
    )
    return cost


QUESTION = """def answer_{n}(q, k, v):
    scores = q @ k.T / np.sqrt(q.shape[1])
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    return weights @ v * {n}
"""
TEST = """OK_FORMAT = True
test = {{"name": "q{n}", "points": 1, "suites": [{{"cases": [{{"code": r\"\"\"
>>> import numpy as np
>>> rng = np.random.default_rng({n})
>>> q, k, v = rng.normal(size=(5, 4)), rng.normal(size=(7, 4)), rng.normal(size=(7, 3))
>>> s = q @ k.T / 2
>>> w = np.exp(s - s.max(1, keepdims=True)); w /= w.sum(1, keepdims=True)
>>> bool(np.allclose(answer_{n}(q, k, v), w @ v * {n}))
True
\"\"\", "hidden": False, "locked": False}}], "scored": True, "setup": "", "teardown": "", "type": "doctest"}}]}}
"""


def notebook(cells):
    cell = lambda n, text: {"cell_type": "code", "id": f"cell-{n}", "metadata": {}, "outputs": [], "execution_count": None, "source": text}
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}, "language_info": {"name": "python"}}
    return json.dumps({"cells": [cell(n, text) for n, text in enumerate(cells)], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


def otter(students, questions, work, cache):
    """Grades notebooks; returns what it cost."""
    home = cache / "otter"
    python = home / "bin/python"
    if not (home / "bin/otter").exists():
        venv.create(home, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "otter-grader", "ipykernel", "nbconvert", "numpy"], check=True)
    folder = work / f"otter-{questions}"
    tests = folder / "tests"
    tests.mkdir(parents=True)
    for n in range(1, questions + 1):
        (tests / f"q{n}.py").write_text(TEST.format(n=n))
    (folder / "otter_config.json").write_text('{"pdf": false, "score_threshold": null}')
    archive = folder / "autograder.zip"
    (folder / "requirements.txt").write_text("numpy\n")
    import zipfile

    with zipfile.ZipFile(archive, "w") as file:
        for path in [folder / "otter_config.json", folder / "requirements.txt", *tests.iterdir()]:
            file.write(path, path.relative_to(folder))
    dice = random.Random(1)
    books = []
    for student in range(students):
        answers = [QUESTION.format(n=n) for n in range(1, questions + 1)]
        answers = [text.replace("/ np.sqrt(q.shape[1])", "") if dice.random() < 0.25 else text for text in answers]
        book = folder / f"student-{student}" / "work.ipynb"
        (book.parent / "out").mkdir(parents=True)
        book.write_text(notebook(["import numpy as np", *answers]))
        books.append(book)

    environment = dict(os.environ, PATH=f"{home / 'bin'}:{os.environ['PATH']}")
    commands = []
    for book in books:
        command = [home / "bin/otter", "run", book.name, "-a", archive, "-o", book.parent / "out", "--no-logo"]
        commands.append((command, {"cwd": book.parent, "env": environment}))
    cost = Cost(commands, os.cpu_count())
    for book in books:
        if not (book.parent / "out" / "results.json").exists():
            sys.exit(f"expected otter to write results.json for {book}, found none")
    print(
        f"otter      {students:4} notebooks of {questions} questions: {cost}; {60 * students / cost.wall:8.1f} a minute, "
        f"{cost.processor / students:6.2f} s of processor each",
        flush=True,
    )
    return cost


def compare(names, arguments, work):
    """Measures both with as many questions as there are exercises, and prints the ratios."""
    beside = otter(arguments.otter, len(names), work, arguments.cache)
    for unique in arguments.unique:
        few = attentive(arguments.few, names, unique, work)
        many = attentive(arguments.students, names, unique, work)
        each = [few.processor / arguments.few, many.processor / arguments.students]
        speeds = [arguments.students / many.wall, arguments.otter / beside.wall]
        processors = [many.processor / arguments.students, beside.processor / arguments.otter]
        print(
            f"           {speeds[0] / speeds[1]:.2f} times as many a minute as otter, {processors[0] / processors[1]:.2f} "
            f"times its time of the processor; {arguments.students} submissions cost {each[1] / each[0]:.2f} times as much "
            f"each as {arguments.few}",
            flush=True,
        )


def numbers(text):
    """Numbers of exercises, such as `1-14` or `1,5,20-22`."""
    found = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=200)
    parser.add_argument("--few", type=int, default=10, help="submissions of a small class, for the growth of the cost")
    parser.add_argument("--otter", type=int, default=20, help="notebooks (each costs the same)")
    parser.add_argument("--unique", type=float, nargs="*", default=[0.0, 0.1, 1.0], help="shares of sources that nobody else has")
    parser.add_argument(
        "--exercises", type=numbers, nargs="*", default=[numbers("1-14"), set()], help="the exercises of a class, as 1-14 or 1,5,20-22 (default: 1-14, then all)"
    )
    parser.add_argument("--cache", type=pathlib.Path, default=pathlib.Path.home() / ".cache/attentive/bench")
    arguments = parser.parse_args()
    subprocess.run(["cargo", "build", "--quiet", "--release", "--package", "attentive-batch"], cwd=ROOT, check=True)
    work = pathlib.Path(tempfile.mkdtemp(prefix="throughput-"))
    try:
        attentive(1, exercises(set()), 1.0, work)  # dependencies are built once, and not measured
        for only in arguments.exercises:
            compare(exercises(only), arguments, work)
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
