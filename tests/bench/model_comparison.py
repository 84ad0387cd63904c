"""What `models.py` measures: jobs that several programs do in turn, as rows and as a table."""

import itertools
import statistics
import typing

from measure import machine, own_versions, row, say, spread

# Bytes of memory that are read: many times what any cache holds.
MEMORY = 1 << 30
OURS = "attentive"
# A program is to be as fast as those beside it, and reading all weights is to take most of a token's time.
AS_FAST = {"of": "ratio", "at_least": 1.0}
BANDWIDTH = {"of": "ratio", "at_least": 0.8}


class Measurement(typing.NamedTuple):
    """A job, and how fast each program did it, turn by turn."""

    name: str
    what: str
    unit: str
    speeds: dict
    aim: dict | None = None
    # Where tokens are written: the bytes of weights that one reads, and the bytes a second that were read beside it.
    bytes_per_token: int | None = None
    read: list | None = None
    bandwidth_aim: dict | None = None
    # How many tokens a peer wrote as we did, before one was different.
    same_tokens: dict = {}

    def peers(self):
        return [program for program in self.speeds if program != OURS]

    def weights_read(self, program):
        """Gigabytes of weights a second, turn by turn."""
        return [self.bytes_per_token / 1e9 * speed for speed in self.speeds[program]]

    def share(self, program):
        """The share of the memory's bandwidth."""
        return statistics.median(weights / read for weights, read in zip(self.weights_read(program), self.read))

    def rows(self, threads):
        shared = {"better": "more", "threads": threads}
        unit = f"{self.unit}/s"
        for peer in self.peers():
            ours, theirs = self.speeds[OURS], self.speeds[peer]
            yield row(f"{self.name}-{peer}", self.what, unit, ours, theirs, beside=peer, aim=self.aim, **shared)
        if not self.peers():
            yield row(self.name, self.what, unit, self.speeds[OURS], **shared)
        if self.read:
            what = f"{self.what}: weights that are read"
            yield row(
                f"{self.name}-bandwidth", what, "GB/s", self.weights_read(OURS), self.read, beside="reading memory",
                aim=self.bandwidth_aim, **shared,
            )


class Comparison:
    """Programs by their names, and what was measured."""

    def __init__(self, programs, rounds):
        self.programs, self.rounds = programs, rounds
        self.memory, self.measurements = [], []

    def turns(self, title, names, run):
        """Calls `run(program)` for each of these programs, in turn; returns its results by their names."""
        say(f"{title}: warming up")
        for name in names:
            # The first time fills caches, and opens models.
            run(self.programs[name])
        results = {name: [] for name in names}
        for number in range(self.rounds):
            say(f"{title}: round {number + 1} of {self.rounds}")
            # Who begins changes: those that follow may find a warmer or a slower processor.
            for place in range(len(names)):
                name = names[(number + place) % len(names)]
                results[name].append(run(self.programs[name]))
        return results

    def simple(self, name, what, unit, amount, names, run, aim=None):
        """Measures one job that takes some seconds."""
        self.measurements.append(Measurement(name, what, unit, speeds(amount, self.turns(what, names, run)), aim))

    def generate(self, model, weights, prompt, new, names, aim=None):
        """Measures a prompt, and the tokens after it."""
        ours = self.programs[OURS]
        memory = []

        def run(program):
            if program is ours:
                memory.append(MEMORY / 1e9 / ours.read(MEMORY))
            return program.generate(model, weights, prompt, new)

        title, name = f"{model} {weights}", f"{model}-{weights}"
        results = self.turns(title, names, run)
        # The first reading was that before the first turn, in which the memory was made.
        memory = memory[1:]
        self.memory += memory
        part = lambda number: {program: [result[number] for result in all_of] for program, all_of in results.items()}
        written = {program: all_of[0][2] for program, all_of in results.items()}
        with_bandwidth = {}
        if model == "smollm2":
            aimed = BANDWIDTH if weights == "f32" else None
            with_bandwidth = {"bytes_per_token": ours.bytes_per_token(model, weights), "read": memory, "bandwidth_aim": aimed}
        self.measurements += [
            Measurement(f"{name}-prompt-{prompt}", f"{title}, a prompt of {prompt} tokens", "tokens", speeds(prompt, part(0)), aim),
            Measurement(
                f"{name}-{new}-tokens", f"{title}, {new} tokens after a prompt of {prompt}", "tokens", speeds(new, part(1)), aim,
                same_tokens={peer: common(written[OURS], ids) for peer, ids in written.items() if peer != OURS},
                **with_bandwidth,
            ),
        ]


def speeds(amount, seconds):
    return {program: [amount / second for second in all_of] for program, all_of in seconds.items()}


def common(ours, theirs):
    """How many tokens two texts have in common at their beginning."""
    return len(list(itertools.takewhile(lambda pair: pair[0] == pair[1], zip(ours, theirs))))


def print_report(comparison, threads, versions):
    """Prints a line for each measurement, with a column for each program."""
    programs = list(comparison.programs)
    peers = [program for program in programs if program != OURS]
    head = ["", "per second", *programs, *(f"ratio to {peer}" for peer in peers), "share of the memory"]
    print_columns([head, *(line(found, programs, peers) for found in comparison.measurements)])
    here = machine()
    print(f"{here['processor']}, {here['cores']} cores, {here['memory']}; {here['system']}")
    print(", ".join(f"{name} {version}" for name, version in (own_versions() | versions).items()))
    print(f"threads of each: {threads}; medians of {comparison.rounds} rounds (smallest–largest)")
    if comparison.memory:
        print(f"reading memory: {spread(comparison.memory, 1)} GB/s")
    for found in comparison.measurements:
        for peer, same in found.same_tokens.items():
            print(f"{found.what}: {peer} writes the same {same} tokens")


def line(found, programs, peers):
    """The cells of a measurement. A dash is where a program does not do this job."""
    ours = found.speeds[OURS]
    figures = [spread(found.speeds[program], 1) if program in found.speeds else "–" for program in programs]
    for peer in peers:
        theirs = found.speeds.get(peer)
        figures.append(spread([a / b for a, b in zip(ours, theirs)], 2) if theirs else "–")
    shares = [f"{found.share(program):.0%}" for program in found.speeds] if found.read else []
    return [found.what, found.unit, *figures, ", ".join(shares) or "–"]


def print_columns(lines):
    """The first column is of words, the others of numbers."""
    widths = [max(map(len, column)) for column in zip(*lines)]
    for first, *others in lines:
        cells = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(others, widths[1:]))]
        print("  ".join(cells).rstrip())
