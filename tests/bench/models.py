#!/usr/bin/env python3
"""How fast models run: the course's pipeline beside `transformers` on PyTorch and candle, on this machine, in this run.

All get the same number of threads, the same weights and the same ids, and take turns. The figures are medians of --rounds
turns, with the smallest and the largest; a ratio above 1 means that the pipeline is faster.

- `encode`: minilm, all layers and the normalised mean of the last; 1 and 32 sentences of 16 and 128 tokens, on one thread.
- `smollm2`: a prompt of 256 tokens, and then 128 tokens one after another with a cache; in F32, and straight from the blocks
  of the GGUF file (Q4_1, and Q8_0 for the table of tokens), which `transformers` does not do.
- `gpt2`: 32 tokens after a prompt of 32; random weights in the shape of the small GPT-2.
- `tokenize`: 1 MB of this book's text by minilm's tokenizer, line by line, on one thread.

To write a token, all weights are read once, so the memory sets a limit. The last column is the share of it that is
reached: the bytes of the weights times tokens per second, divided by the bytes per second at which the same number of
threads reads 1 GB of numbers. That is measured in the same turns.

`--json` prints, with all times in seconds and all speeds in `unit`:

    {"machine": {"processor", "cores", "system", "rustc"}, "versions": {NAME: VERSION}, "threads", "rounds",
     "memory": SPREAD in GB/s,
     "measurements": [{"name", "unit", "speeds": {PROGRAM: SPREAD}, "ratios": {PEER: SPREAD},
                       "bytes_per_token", "shares": {PROGRAM: SPREAD}, "same_tokens": {PEER: NUMBER}}]}

A SPREAD is {"median", "low", "high", "all"}. The last three fields of a measurement are there where tokens are written;
`same_tokens` is how many of them a peer wrote as the pipeline did before one was different.

`transformers` is installed into a virtual environment, candle's program is compiled (some ten minutes of a processor), and
models are kept, in --cache: 7 GB in all.

    python3 tests/bench/models.py                          # half an hour the first time
    python3 tests/bench/models.py --rounds 3 --only smollm2 --threads 2
"""

import argparse
import itertools
import json
import os
import pathlib
import subprocess
import sys
import venv

import model_programs
import report

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGES = ["torch==2.13.0", "transformers==5.24"]
PEERS = ["transformers", "candle"]
PARTS = ["encode", "smollm2", "gpt2", "tokenize"]
# Sentences at a time, and tokens of each.
BATCHES = [(1, 16), (32, 16), (1, 128), (32, 128)]
# Bytes of memory that are read: many times what any cache holds.
MEMORY = 1 << 30


def say(text):
    print(text, file=sys.stderr, flush=True)


class Comparison:
    """Programs by their names, and what was measured."""

    def __init__(self, programs, rounds):
        self.programs, self.rounds = programs, rounds
        self.memory, self.measurements = [], []

    def turns(self, title, names, run):
        """Calls `run(program)` for each of these programs, in turn; returns its results by their names."""
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

    def add(self, name, unit, amount, seconds):
        """Adds a measurement, by the seconds of all programs."""
        speeds = {program: [amount / second for second in all_of] for program, all_of in seconds.items()}
        ours = speeds["attentive"]
        ratios = {
            peer: report.spread([mine / their for mine, their in zip(ours, theirs)])
            for peer, theirs in speeds.items()
            if peer != "attentive"
        }
        spreads = {program: report.spread(speed) for program, speed in speeds.items()}
        self.measurements.append({"name": name, "unit": unit, "speeds": spreads, "ratios": ratios})
        return self.measurements[-1]

    def simple(self, name, unit, amount, names, run):
        """Measures one job that takes some seconds."""
        self.add(name, unit, amount, self.turns(name, names, run))

    def generate(self, model, weights, prompt, new, names):
        """Measures a prompt, and the tokens after it."""
        name = f"{model} {weights}"
        attentive = self.programs["attentive"]
        memory = []

        def run(program):
            if program is attentive:
                memory.append(MEMORY / 1e9 / attentive.read(MEMORY))
            return program.generate(model, weights, prompt, new)

        results = self.turns(name, names, run)
        self.memory += memory
        seconds = lambda part: {program: [result[part] for result in all_of] for program, all_of in results.items()}
        self.add(f"{name}, prompt of {prompt}", "tokens", prompt, seconds(0))
        measurement = self.add(f"{name}, {new} tokens after it", "tokens", new, seconds(1))
        written = {program: all_of[0][2] for program, all_of in results.items()}
        measurement["same_tokens"] = {
            peer: common(written["attentive"], ids) for peer, ids in written.items() if peer != "attentive"
        }
        if model == "smollm2":
            size = attentive.bytes_per_token(model, weights)
            measurement["bytes_per_token"] = size
            # The first reading was that before the first turn, in which the memory was made.
            measurement["shares"] = {
                program: report.spread([size / 1e9 * speed / read for speed, read in zip(speeds["all"], memory[1:])])
                for program, speeds in measurement["speeds"].items()
            }


def common(ours, theirs):
    """How many tokens two texts have in common at their beginning."""
    return len(list(itertools.takewhile(lambda pair: pair[0] == pair[1], zip(ours, theirs))))


def cargo(arguments, **options):
    return subprocess.run(["cargo", *arguments], check=True, stdout=subprocess.PIPE, text=True, **options).stdout


def executable(output, name):
    """The program of this name that cargo has built."""
    artifacts = [json.loads(line) for line in output.splitlines()]
    return [artifact["executable"] for artifact in artifacts if artifact.get("target", {}).get("name") == name][-1]


def pipeline(cache, *arguments):
    """Runs the pipeline's program, with models in this cache."""
    run = ["run", "--quiet", "--profile", "pipeline", "--package", "attentive-pipeline", "--", "model"]
    say(cargo([*run, *arguments], cwd=ROOT, env=os.environ | {"ATTENTIVE_CACHE": str(cache)}).strip())


def built(cache, peers):
    """Compiles the programs: those of the pipeline, and candle's if it is wanted."""
    say("compiling the example `speed`")
    build = ["build", "--quiet", "--message-format", "json"]
    speed = cargo([*build, "--profile", "pipeline", "--package", "attentive-models", "--example", "speed"], cwd=ROOT)
    programs = {"attentive": executable(speed, "speed")}
    if "candle" in peers:
        say("compiling candle's program: some minutes the first time")
        # The course's settings keep what is compiled in the workspace; this is kept out of the checkout.
        folder = str(cache / "candle-target")
        environment = os.environ | {"CARGO_TARGET_DIR": folder, "CARGO_BUILD_BUILD_DIR": folder}
        candle = cargo([*build, "--release"], cwd=ROOT / "tests/bench/candle", env=environment)
        programs["candle"] = executable(candle, "attentive-bench-candle")
    return programs


def models(cache, parts):
    """Fetches and makes the models that these parts need; returns their folders."""
    folders = {"minilm": cache / "models/minilm"}
    if {"encode", "tokenize"} & set(parts):
        pipeline(cache, "fetch", "minilm")
    if "smollm2" in parts:
        pipeline(cache, "fetch", "smollm2")
        folders["smollm2", "stored"] = cache / "models/smollm2"
        folders["smollm2", "f32"] = cache / "smollm2-f32"
        if not folders["smollm2", "f32"].exists():
            pipeline(cache, "convert", str(cache / "models/smollm2"), "--out", str(cache / "smollm2-f32"))
    if "gpt2" in parts:
        folders["gpt2", "f32"] = cache / "random-gpt2"
        if not (cache / "random-gpt2/model.safetensors").exists():
            import torch
            import transformers

            say("making a GPT-2 of random weights (0.5 GB)")
            torch.manual_seed(0)
            transformers.GPT2LMHeadModel(transformers.GPT2Config()).save_pretrained(cache / "random-gpt2")
    return folders


def text_of_a_megabyte(file):
    """Writes lines of the book, over and over."""
    lines = [line for page in sorted((ROOT / "book/src").glob("*.md")) for line in page.read_text().splitlines() if line]
    text, size = [], 0
    while size < 1_000_000:
        line = lines[len(text) % len(lines)]
        text.append(line)
        size += len(line.encode()) + 1
    file.write_text("\n".join(text) + "\n")
    return text, size / 1e6


def measured(arguments, folders, programs):
    """Measures all parts that are asked for."""
    comparison = Comparison(programs, arguments.rounds)
    everybody = list(programs)
    for batch, tokens in BATCHES if "encode" in arguments.only and arguments.threads == 1 else []:
        run = lambda program: program.encode(batch, tokens)
        comparison.simple(f"encode {batch} × {tokens}", "sentences", batch, everybody, run)
    if "smollm2" in arguments.only:
        comparison.generate("smollm2", "f32", 256, 128, everybody)
        comparison.generate("smollm2", "stored", 256, 128, [name for name in everybody if name != "transformers"])
    if "gpt2" in arguments.only:
        comparison.generate("gpt2", "f32", 32, 32, [name for name in everybody if name != "candle"])
    if "tokenize" in arguments.only and arguments.threads == 1 and "transformers" in programs:
        file = arguments.cache / "text.txt"
        lines, megabytes = text_of_a_megabyte(file)
        run = lambda program: program.tokenize(file if program is programs["attentive"] else lines)
        comparison.simple("tokenize", "MB", megabytes, ["attentive", "transformers"], run)
    return comparison


def compare(arguments):
    """Runs in the virtual environment."""
    programs = built(arguments.cache, arguments.peers)
    folders = models(arguments.cache, arguments.only)
    processes = {"attentive": model_programs.Attentive(programs["attentive"], folders, arguments.threads)}
    if "transformers" in arguments.peers:
        processes["transformers"] = model_programs.Transformers(folders, arguments.threads)
    if "candle" in arguments.peers:
        processes["candle"] = model_programs.Process(programs["candle"], folders, arguments.threads)
    comparison = measured(arguments, folders, processes)
    result = {
        "machine": report.machine(),
        "versions": versions(arguments.peers),
        "threads": arguments.threads,
        "rounds": arguments.rounds,
        "memory": report.spread(comparison.memory) if comparison.memory else None,
        "measurements": comparison.measurements,
    }
    print(json.dumps(result, indent=2) if arguments.json else text(result, list(processes), arguments.markdown), end="")


def versions(peers):
    found = {}
    if "transformers" in peers:
        import torch
        import transformers

        found |= {"torch": torch.__version__, "transformers": transformers.__version__}
    if "candle" in peers:
        tree = cargo(["tree", "--depth", "1", "--prefix", "none"], cwd=ROOT / "tests/bench/candle")
        found |= dict(line.split(" v") for line in tree.splitlines() if line.startswith("candle-"))
    return found


def text(result, programs, markdown):
    """The report for people."""
    machine, peers = result["machine"], programs[1:]
    rows = []
    for found in result["measurements"]:
        speeds = [report.in_words(found["speeds"].get(program), 1) for program in programs]
        ratios = [report.in_words(found["ratios"].get(peer), 2) for peer in peers]
        shares = found.get("shares", {})
        share = ", ".join(f"{100 * shares[program]['median']:.0f} %" for program in programs if program in shares)
        rows.append([found["name"], found["unit"], *speeds, *ratios, share or "–"])
    head = ["", "per second", *programs, *(f"ratio to {peer}" for peer in peers), "share of the memory"]
    lines = [f"{machine['processor']}, {machine['cores']} cores; {machine['system']}; {machine['rustc']}"]
    lines.append(", ".join(f"{name} {version}" for name, version in result["versions"].items()))
    lines.append(f"threads of each: {result['threads']}; medians of {result['rounds']} rounds (smallest–largest)")
    if result["memory"]:
        lines.append(f"reading memory: {report.in_words(result['memory'], 1)} GB/s")
    for found in result["measurements"]:
        for peer, same in found.get("same_tokens", {}).items():
            lines.append(f"{found['name']}: {peer} writes the same {same} tokens")
    return report.table(head, rows, markdown) + "\n" + "".join(f"{line}  \n" if markdown else f"{line}\n" for line in lines if line)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    base = os.environ.get("ATTENTIVE_CACHE") or pathlib.Path.home() / ".cache/attentive"
    parser.add_argument("--cache", type=pathlib.Path, default=pathlib.Path(base) / "bench-models")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1, help="threads of each program")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="measure these parts only")
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=PEERS, help="compare with these only")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--markdown", action="store_true", help="print a table in Markdown")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    arguments.cache = arguments.cache.resolve()
    arguments.cache.mkdir(parents=True, exist_ok=True)
    if arguments.inside or "transformers" not in arguments.peers and "gpt2" not in arguments.only:
        return compare(arguments)
    python = arguments.cache / "venv/bin/python"
    installed = arguments.cache / "venv/installed.json"
    if not installed.exists() or json.loads(installed.read_text()) != PACKAGES:
        say(f"installing {', '.join(PACKAGES)} into {arguments.cache / 'venv'}")
        venv.create(arguments.cache / "venv", with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
        installed.write_text(json.dumps(PACKAGES))
    # The library's own threads are switched off as well.
    environment = os.environ | {"TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1"}
    sys.exit(subprocess.run([python, __file__, "--inside", *sys.argv[1:]], env=environment).returncode)


if __name__ == "__main__":
    main()
