#!/usr/bin/env python3
"""How fast a class is graded: attentive beside otter-grader, on this machine, in this run.

A class is made up: each submission is the solution of all exercises, with a wrong answer to some of them, and in each
exercise a comment of the student's own with the probability --unique, so that it is nobody else's source. (Equal sources are
compiled and run once; how many are equal in a real class is anybody's guess, so both ends are printed.)

otter-grader gets notebooks with as many questions of the same content in numpy, one test each, by `otter run`, as many at a
time as there are cores. (Time of a core is the clock's times the number of cores: an upper bound for both, since a sandbox's
processes are not counted as anybody's children.) It is installed into a virtual environment that is kept in --cache.

    python3 tests/bench/throughput.py              # 200 submissions, and 10 for the growth of the cost
    python3 tests/bench/throughput.py --students 50 --otter 8
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import random
import resource
import shutil
import subprocess
import sys
import tempfile
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


def exercises():
    return sorted(folder.name for folder in (ROOT / "exercises").iterdir() if (folder / "golden.safetensors").exists())


def make_class(folder, students, unique, seed=1):
    """Writes submissions; returns the number of exercises."""
    dice = random.Random(seed)
    names = exercises()
    for student in range(students):
        for name in names:
            for source in (ROOT / "solutions" / name / "src").glob("*.rs"):
                text = source.read_text()
                if source.name == "lib.rs" and dice.random() < 0.25:
                    head, separator, body = text.partition("// region: solution")
                    slips = [slip for slip in SLIPS if slip[0] in body]
                    if slips:
                        body = body.replace(*dice.choice(slips), 1)
                    text = head + separator + body
                if dice.random() < unique:
                    text += f"\n// {student} {dice.random()}\n"
                to = folder / f"student-{student:03}" / "exercises" / name / "src" / source.name
                to.parent.mkdir(parents=True, exist_ok=True)
                to.write_text(text)
    return len(names)


def measured(command, **options):
    """Wall seconds, and the largest process in MiB, of a command and its children."""
    start = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    wall = time.monotonic() - start
    if done.returncode != 0:
        sys.exit(f"{command}: {done.stdout[-2000:]}")
    return wall, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def attentive(students, unique, work):
    folder = work / f"class-{students}-{unique}"
    count = make_class(folder / "in", students, unique)
    program = ROOT / "target/release/attentive-batch"
    command = [program, "grade", folder / "in", "--out", folder / "out", "--course", ROOT]
    wall, memory = measured(command)
    journal = len((folder / "out" / "journal").read_text().splitlines())
    print(
        f"attentive  {students:4} submissions of {count} exercises, {unique:4.0%} of the sources unique: {wall:7.1f} s, "
        f"{60 * students / wall:8.1f} a minute, {wall * os.cpu_count() / students:6.2f} s of a core each, "
        f"largest process {memory:.0f} MiB, {journal} sources graded",
        flush=True,
    )
    return 60 * students / wall


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
    home = cache / "otter"
    python = home / "bin/python"
    if not (home / "bin/otter").exists():
        venv.create(home, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "otter-grader", "ipykernel", "nbconvert", "numpy"], check=True)
    folder = work / "otter"
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

    def run(book):
        command = [home / "bin/otter", "run", book.name, "-a", archive, "-o", book.parent / "out", "--no-logo"]
        environment = dict(os.environ, PATH=f"{home / 'bin'}:{os.environ['PATH']}")
        done = subprocess.run(command, cwd=book.parent, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        results = book.parent / "out" / "results.json"
        if done.returncode != 0 or not results.exists():
            raise RuntimeError(done.stdout[-3000:])

    start = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(run, books))
    wall = time.monotonic() - start
    print(
        f"otter      {students:4} notebooks of {questions} questions: {wall:7.1f} s, {60 * students / wall:8.1f} a minute, "
        f"{wall * os.cpu_count() / students:6.2f} s of a core each",
        flush=True,
    )
    return 60 * students / wall


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=200)
    parser.add_argument("--otter", type=int, default=20, help="notebooks (each costs the same)")
    parser.add_argument("--unique", type=float, nargs="*", default=[0.0, 0.1], help="shares of sources that nobody else has")
    parser.add_argument("--cache", type=pathlib.Path, default=pathlib.Path.home() / ".cache/attentive/bench")
    arguments = parser.parse_args()
    subprocess.run(["cargo", "build", "--quiet", "--release", "--package", "attentive-batch"], cwd=ROOT, check=True)
    work = pathlib.Path(tempfile.mkdtemp(prefix="throughput-"))
    try:
        attentive(1, 1.0, work)  # dependencies are built once, and not measured
        beside = otter(arguments.otter, len(exercises()), work, arguments.cache)
        for unique in arguments.unique:
            few = attentive(10, unique, work)
            many = attentive(arguments.students, unique, work)
            print(f"           ratio to otter {many / beside:.1f}; {arguments.students} submissions cost {few / many:.2f} times as much each as 10")
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
