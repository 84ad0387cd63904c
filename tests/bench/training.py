#!/usr/bin/env python3
"""How long a step of training takes: `cargo attentive train` beside libtorch, on this machine, in this run.

Both take the same run: the same recipe, first parameters and batches, in F32, with as many threads, in turn. A turn is a
short run and one that is three times as long. Both measure the held-out loss equally often, so the difference is steps alone.

- `processor`: milliseconds of all cores for a step. Other programs on the machine disturb this number little.
- `clock`: milliseconds for a step, as the run's record has it. Measure it on a machine that does nothing else.

The figures are medians of --rounds turns, with the smallest and the largest; a ratio above 1 means that libtorch is faster.
The last line has the largest difference between the losses of both.

LIBTORCH has to be set; see CONTRIBUTING.md.

    python3 tests/bench/training.py                # some two minutes
    python3 tests/bench/training.py --whole        # and a run of all steps, on the largest number of threads
"""

import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


def say(text):
    print(text, file=sys.stderr, flush=True)


def built(package, *options):
    """Compiles a package: the path of its program."""
    say(f"compiling {package}")
    cargo = ["cargo", "build", "--quiet", "--package", package, "--message-format", "json", *options]
    done = subprocess.run(cargo, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    artifacts = [json.loads(line) for line in done.stdout.splitlines()]
    programs = [artifact["executable"] for artifact in artifacts if artifact.get("target", {}).get("name") == package]
    return next(program for program in programs if program)


class Half:
    """One of the two programs that take the run."""

    def __init__(self, words, record):
        self.words, self.record = words, record

    def run(self, recipe, steps, threads):
        """Takes a run: its record, and the seconds of the processor that it took."""
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder) / "run"
            words = self.words(recipe) + ["--threads", str(threads), "--out", str(out)]
            if steps:
                words += ["--steps", str(steps)]
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            done = subprocess.run(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            if done.returncode != 0:
                sys.exit(f"`{' '.join(words)}` failed:\n{done.stderr}")
            seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            return json.loads(self.record(out).read_text()), seconds

    def turn(self, recipe, steps, threads):
        """A short run and a long one: what a step takes in milliseconds, and the losses of the long run."""
        _, short = self.run(recipe, steps, threads)
        record, long = self.run(recipe, 3 * steps, threads)
        step = {"processor": (long - short) / (2 * steps) * 1e3, "clock": record["milliseconds_per_step"]}
        return step, record["losses"]


def halves():
    trainer = built("attentive-trainer", "--profile", "pipeline")
    reference = built("attentive-reference")
    return {
        "ours": Half(lambda recipe: [trainer, "training", "--json", "--recipe", recipe], lambda out: out / "run.json"),
        "libtorch": Half(lambda recipe: [reference, "recipe-run", recipe], lambda out: out),
    }


def spread(numbers, digits):
    low, high = min(numbers), max(numbers)
    return f"{statistics.median(numbers):.{digits}f} ({low:.{digits}f}–{high:.{digits}f})"


def compare(both, arguments, threads):
    """Takes turns, and prints a line for each clock: the largest difference of two losses."""
    steps = {name: [] for name in both}
    furthest = 0.0
    for number in range(arguments.rounds):
        say(f"{threads} threads: round {number + 1} of {arguments.rounds}")
        losses = {}
        # Who begins changes: the second may find a warmer or a slower processor.
        for name in both if number % 2 == 0 else reversed(both):
            step, losses[name] = both[name].turn(arguments.recipe, arguments.steps, threads)
            steps[name].append(step)
        furthest = max(furthest, *(abs(a - b) for a, b in zip(losses["ours"], losses["libtorch"])))
    for clock in ["processor", "clock"]:
        ours, theirs = ([step[clock] for step in steps[name]] for name in ["ours", "libtorch"])
        ratios = [a / b for a, b in zip(ours, theirs)]
        columns = [spread(ours, 1), spread(theirs, 1), spread(ratios, 2)]
        print(f"{threads:<9}{clock:<11}" + "".join(f"{column:>24}" for column in columns), flush=True)
    return furthest


def whole(half, recipe, threads):
    """Takes a run of all steps, and prints how long it took."""
    say(f"a whole run on {threads} threads")
    begun = time.perf_counter()
    record, seconds = half.run(recipe, None, threads)
    minutes = (time.perf_counter() - begun) / 60
    held_out = record["held_out"][-1]["loss"]
    print(f"{len(record['losses'])} steps on {threads} threads: {minutes:.1f} minutes of the clock, "
          f"{seconds / 60:.1f} of the processor; held out {held_out:.3f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", default="nano")
    parser.add_argument("--steps", type=int, default=10, help="steps of the short run")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--whole", action="store_true", help="take a run of all steps as well")
    arguments = parser.parse_args()
    if "LIBTORCH" not in os.environ:
        sys.exit('expected LIBTORCH to be set, found nothing; `export LIBTORCH="$(src/reference/libtorch.sh)"` sets it')
    both = halves()
    print(f"{'threads':<9}{'ms a step':<11}{'attentive':>24}{'libtorch':>24}{'ratio':>24}")
    furthest = max(compare(both, arguments, threads) for threads in arguments.threads)
    print(f"the losses of both differ by at most {furthest:.1e}")
    if arguments.whole:
        whole(both["ours"], arguments.recipe, max(arguments.threads))


if __name__ == "__main__":
    main()
