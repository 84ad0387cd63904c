#!/usr/bin/env python3
"""How long a step of training takes: `cargo attentive train` beside libtorch, on this machine, in this run.

Both take the same run: the same recipe, first parameters and batches, in F32, with as many threads, in turn. A turn is a
short run and one that is three times as long. Both measure the held-out loss equally often, so the difference is steps alone.

- `processor`: milliseconds of all cores for a step. Other programs on the machine disturb this number little.
- `clock`: milliseconds for a step, as the run's record has it. Measure it on a machine that does nothing else.

The figures are medians of --rounds turns, with the smallest and the largest; a ratio above 1 means that libtorch is faster.
The last line has the largest difference between the losses of both.

Without LIBTORCH, libtorch is put together from wheels, once.

    tests/bench/training.py                # some two minutes
    tests/bench/training.py --whole        # and a run of all steps, on the largest number of threads
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

from measure import ROOT, built, emit, find_libtorch, libtorch_version, processor, row, say, spread

# The part of libtorch's time that is aimed at.
MOST = 1.5


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
            before = processor()
            done = subprocess.run(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            seconds = processor() - before
            if done.returncode != 0:
                sys.exit(f"`{' '.join(words)}` failed:\n{done.stderr}")
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


def compare(both, arguments, threads):
    """Takes turns: what the steps of each took, and the largest difference of two losses."""
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
    return steps, furthest


def rows(steps, recipe, threads):
    for clock, words in [("processor", "all cores"), ("clock", "by the clock")]:
        ours, theirs = ([step[clock] for step in steps[name]] for name in ["ours", "libtorch"])
        what = f"a step of training, recipe `{recipe}`, {words}"
        aim = {"of": "ratio", "at_most": MOST} if clock == "clock" else None
        yield row(f"{recipe}-{clock}-t{threads}", what, "ms", ours, theirs, beside="libtorch", threads=threads, aim=aim)


def print_table(steps, threads):
    for clock in ["processor", "clock"]:
        ours, theirs = ([step[clock] for step in steps[name]] for name in ["ours", "libtorch"])
        ratios = [a / b for a, b in zip(ours, theirs)]
        columns = [spread(ours, 1), spread(theirs, 1), spread(ratios, 2)]
        print(f"{threads:<9}{clock:<11}" + "".join(f"{column:>24}" for column in columns), flush=True)


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
    parser.add_argument("--quick", action="store_true", help="two rounds")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.rounds = 2
    find_libtorch()
    both = halves()
    if not arguments.json:
        print(f"{'threads':<9}{'ms a step':<11}{'attentive':>24}{'libtorch':>24}{'ratio':>24}")
    made, furthest = [], 0.0
    for threads in arguments.threads:
        steps, distance = compare(both, arguments, threads)
        furthest = max(furthest, distance)
        made += rows(steps, arguments.recipe, threads)
        if not arguments.json:
            print_table(steps, threads)
    if arguments.json:
        return emit(made, {"libtorch": libtorch_version()}, as_json=True)
    print(f"the losses of both differ by at most {furthest:.1e}")
    if arguments.whole:
        whole(both["ours"], arguments.recipe, max(arguments.threads))


if __name__ == "__main__":
    main()
