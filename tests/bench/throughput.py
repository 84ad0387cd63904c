#!/usr/bin/env python3
"""How fast a class is graded: attentive beside otter-grader, on this machine, in this run.

A class is made up: each submission is the solution of all exercises, with a wrong answer to some of them, and in each
exercise a comment of the student's own with the probability --unique, so that it is nobody else's source. (Equal sources are
compiled and run once; how many are equal in a real class is anybody's guess, so both ends are measured.)

otter-grader gets notebooks with as many questions as there are exercises, of the same content in numpy, one test each, by
`otter run`, as many at a time as there are cores. It is installed into a virtual environment that is kept in --cache.

A class of --students is compared with otter, and with a class of --few: a submission should cost the same in both.

    tests/bench/throughput.py              # two turns of 200 submissions, of exercises 1 to 14 and of all: an hour
    tests/bench/throughput.py --students 50 --otter 8 --unique 1 --exercises 1-14 --rounds 1
    tests/bench/throughput.py --quick      # one turn of exercises 1 to 14: five minutes
"""

import argparse
import json
import os
import pathlib
import random
import re
import sys
import tempfile
import typing
import zipfile

from cost import Cost
from measure import ROOT, built, cache, emit, row, say, virtual_environment

PACKAGES = ["otter-grader==7.0.0", "ipykernel==7.4.0", "nbconvert==7.17.2", "numpy==2.4.6"]
# The exercises for which there are aims: with nothing equal, at least so many times otter's submissions a minute, at most
# so many seconds of the processor for each, and a large class costs at most so many times as much each as a small one.
FOURTEEN = set(range(1, 15))
TIMES_OTTER, SECONDS, GROWTH = 3.0, 1.8, 1.1
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


class Graded(typing.NamedTuple):
    """A class that was graded."""

    submissions: int
    cost: Cost

    def per_minute(self):
        return 60 * self.submissions / self.cost.wall

    def processor(self):
        """Seconds of the processor for a submission."""
        return self.cost.processor / self.submissions

    def memory(self):
        """Mebibytes of all processes together."""
        return self.cost.memory / 1024

    def __str__(self):
        return f"{self.cost}; {self.per_minute():8.1f} a minute, {self.processor():6.2f} s of processor each"


def attentive(program, students, names, unique, seed=1):
    """Grades a class of so many students."""
    only = [argument for name in names for argument in ("--only", name)]
    with tempfile.TemporaryDirectory(prefix="throughput-") as folder:
        folder = pathlib.Path(folder)
        make_class(folder / "in", students, names, unique, seed)
        command = [program, "grade", folder / "in", "--out", folder / "out", "--course", ROOT, *only]
        graded = Graded(students, Cost([(command, {})]))
        sources = len((folder / "out" / "journal").read_text().splitlines()) - len(names)
    say(
        f"attentive  {students:4} submissions of {len(names)} exercises, {unique:4.0%} of the sources unique: {graded}, "
        f"{sources} sources graded"
    )
    return graded


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


def archive(folder, questions):
    """Writes what otter grades with."""
    files = {f"tests/q{n}.py": TEST.format(n=n) for n in range(1, questions + 1)}
    files["otter_config.json"] = '{"pdf": false, "score_threshold": null}'
    files["requirements.txt"] = "numpy\n"
    with zipfile.ZipFile(folder / "autograder.zip", "w") as file:
        for name, text in files.items():
            file.writestr(name, text)
    return folder / "autograder.zip"


def notebooks(folder, students, questions, seed):
    """Writes a notebook for each student, a quarter of its answers wrong."""
    dice = random.Random(seed)
    for student in range(students):
        answers = [QUESTION.format(n=n) for n in range(1, questions + 1)]
        answers = [text.replace("/ np.sqrt(q.shape[1])", "") if dice.random() < 0.25 else text for text in answers]
        book = folder / f"student-{student}" / "work.ipynb"
        (book.parent / "out").mkdir(parents=True)
        book.write_text(notebook(["import numpy as np", *answers]))
        yield book


def otter(python, students, questions, seed=1):
    """Grades notebooks, as many at a time as there are cores."""
    programs = python.parent
    environment = os.environ | {"PATH": f"{programs}:{os.environ['PATH']}"}
    with tempfile.TemporaryDirectory(prefix="throughput-") as folder:
        folder = pathlib.Path(folder)
        with_tests = archive(folder, questions)
        books = list(notebooks(folder, students, questions, seed))
        commands = []
        for book in books:
            command = [programs / "otter", "run", book.name, "-a", with_tests, "-o", book.parent / "out", "--no-logo"]
            commands.append((command, {"cwd": book.parent, "env": environment}))
        graded = Graded(students, Cost(commands, os.cpu_count()))
        for book in books:
            if not (book.parent / "out" / "results.json").exists():
                sys.exit(f"expected otter to write results.json for {book}, found none")
    say(f"otter      {students:4} notebooks of {questions} questions: {graded}")
    return graded


class Turns(typing.NamedTuple):
    """What was graded, turn by turn."""

    few: list
    many: list
    otter: list


def take_turns(programs, names, arguments):
    """Grades classes of these exercises by both programs, in turn: the turns for each share of unique sources."""
    program, python = programs
    turns = {unique: Turns([], [], []) for unique in arguments.unique}
    for seed in range(1, arguments.rounds + 1):
        say(f"{len(names)} exercises: round {seed} of {arguments.rounds}")
        beside = otter(python, arguments.otter, len(names), seed)
        for unique, (few, many, peer) in turns.items():
            few.append(attentive(program, arguments.few, names, unique, seed))
            many.append(attentive(program, arguments.students, names, unique, seed))
            peer.append(beside)
    return turns


def rows(turns, names, arguments):
    """The rows of the classes with these exercises."""
    fourteen = {int(name[:2]) for name in names} == FOURTEEN
    for unique, (few, many, peer) in turns.items():
        aimed = fourteen and unique == 1
        each = lambda figure, classes: [figure(graded) for graded in classes]
        name = f"class-{len(names)}-unique-{unique:g}"
        title = f"with exercises {int(names[0][:2])} to {int(names[-1][:2])}, {100 * unique:g} % unique"
        yield row(
            f"{name}-per-minute", f"{title}: a class of {arguments.students}", "submissions/min",
            each(Graded.per_minute, many), each(Graded.per_minute, peer), beside="otter", better="more",
            aim={"of": "ratio", "at_least": TIMES_OTTER} if aimed else None,
        )
        yield row(
            f"{name}-processor", f"{title}: a submission, all cores", "s of CPU",
            each(Graded.processor, many), each(Graded.processor, peer), beside="otter",
            aim={"of": "ours", "at_most": SECONDS} if aimed else None,
        )
        yield row(
            f"{name}-growth", f"{title}: a submission of {arguments.students}, compared with one of {arguments.few}", "s of CPU",
            each(Graded.processor, many), each(Graded.processor, few), beside=f"a class of {arguments.few}",
            aim={"of": "ratio", "at_most": GROWTH} if aimed else None,
        )
        yield row(
            f"{name}-memory", f"{title}: memory of all processes", "MiB",
            each(Graded.memory, many), each(Graded.memory, peer), beside="otter",
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
    parser.add_argument("--unique", type=float, nargs="+", default=[1.0, 0.1, 0.0], help="shares of sources that nobody else has")
    parser.add_argument(
        "--exercises", type=numbers, nargs="+", default=[FOURTEEN, set()],
        help="the exercises of a class, as 1-14 or 1,5,20-22 (default: 1-14, then all)",
    )
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--cache", type=pathlib.Path, default=cache())
    parser.add_argument("--quick", action="store_true", help="one round of 8 notebooks and of exercises 1-14, nothing or most of it equal")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if arguments.quick:
        # A small class costs more each, because a run has costs of its own: its size stays.
        arguments.otter, arguments.rounds, arguments.unique, arguments.exercises = 8, 1, [1.0, 0.1], [FOURTEEN]
    python = virtual_environment(arguments.cache.resolve() / "otter", PACKAGES)
    program = built("attentive-batch", "--release")
    say("warming up")
    attentive(program, 1, exercises(set()), 1.0)  # dependencies are built once, and not measured
    otter(python, 1, 1)
    made = []
    for only in arguments.exercises:
        names = exercises(only)
        made += rows(take_turns((program, python), names, arguments), names, arguments)
    emit(made, dict(package.split("==") for package in PACKAGES[:1]), arguments.json)


if __name__ == "__main__":
    main()
