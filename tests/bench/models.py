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

`transformers` is installed into a virtual environment, candle's program is compiled (some ten minutes of a processor), and
models are kept, in --cache: 7 GB in all.

    tests/bench/models.py                          # half an hour the first time
    tests/bench/models.py --rounds 3 --only smollm2 --threads 2
"""

import argparse
import os
import pathlib
import subprocess
import sys

import model_comparison
import model_programs
from measure import ROOT, built, cache, emit, install, say, timed, virtual_environment
from model_comparison import AS_FAST

PACKAGES = ["torch==2.13.0", "transformers==5.24"]
PEERS = ["transformers", "candle"]
PARTS = ["encode", "smollm2", "gpt2", "tokenize"]
# Sentences at a time, and tokens of each.
BATCHES = [(1, 16), (32, 16), (1, 128), (32, 128)]
# Tokens of smollm2's prompt, and those after it, of which --quick wants few.
PROMPT, NEW, FEW = 256, 128, 32


def programs(folder, peers):
    """Compiles the programs: that of the course, and candle's if it is wanted."""
    profile = ["--profile", "pipeline", "--example", "speed"]
    found = {"attentive": built("attentive-models", *profile, name="speed")}
    if "candle" in peers:
        say("candle takes some minutes the first time")
        # The course's settings keep what is compiled in the workspace; this is kept out of the checkout.
        target = str(folder / "candle-target")
        environment = os.environ | {"CARGO_TARGET_DIR": target, "CARGO_BUILD_BUILD_DIR": target}
        candle = ROOT / "tests/bench/candle"
        found["candle"] = built("attentive-bench-candle", "--release", folder=candle, environment=environment)
    return found


def models(folder, parts):
    """Fetches and makes the models that these parts need; returns their folders."""
    run = ["cargo", "run", "--quiet", "--profile", "pipeline", "--package", "attentive-pipeline", "--", "model"]
    options = {"cwd": ROOT, "env": os.environ | {"ATTENTIVE_CACHE": str(folder)}}
    fetch = lambda name: install(f"the model {name}", [*run, "fetch", name], **options)
    folders = {"minilm": folder / "models/minilm"}
    if {"encode", "tokenize"} & set(parts):
        fetch("minilm")
    if "smollm2" in parts:
        fetch("smollm2")
        stored, converted = folder / "models/smollm2", folder / "smollm2-f32"
        folders["smollm2", "stored"], folders["smollm2", "f32"] = stored, converted
        if not converted.exists():
            say("converting smollm2 to F32")
            timed([*run, "convert", stored, "--out", converted], **options)
    if "gpt2" in parts:
        folders["gpt2", "f32"] = random_gpt2(folder / "random-gpt2")
    return folders


def random_gpt2(folder):
    """Makes a model in the shape of the small GPT-2, if it is not there."""
    if not (folder / "model.safetensors").exists():
        import torch
        import transformers

        say("making a GPT-2 of random weights (0.5 GB)")
        torch.manual_seed(0)
        transformers.GPT2LMHeadModel(transformers.GPT2Config()).save_pretrained(folder)
    return folder


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


def measured(arguments, folders, processes):
    """Measures all parts that are asked for."""
    comparison = model_comparison.Comparison(processes, arguments.rounds)
    everybody = list(processes)
    without = lambda peer: [name for name in everybody if name != peer]
    for batch, tokens in BATCHES if "encode" in arguments.only and arguments.threads == 1 else []:
        run = lambda program: program.encode(batch, tokens)
        what = f"minilm encodes {batch} × {tokens} tokens"
        comparison.simple(f"encode-{batch}x{tokens}", what, "sentences", batch, everybody, run, AS_FAST)
    if "smollm2" in arguments.only:
        comparison.generate("smollm2", "f32", PROMPT, arguments.new, everybody, AS_FAST)
        comparison.generate("smollm2", "stored", PROMPT, arguments.new, without("transformers"), AS_FAST)
    if "gpt2" in arguments.only:
        comparison.generate("gpt2", "f32", 32, 32, without("candle"))
    if "tokenize" in arguments.only and arguments.threads == 1:
        file = arguments.cache / "text.txt"
        lines, megabytes = text_of_a_megabyte(file)
        run = lambda program: program.tokenize(file if program is processes["attentive"] else lines)
        comparison.simple("tokenize", "minilm's tokenizer, line by line", "MB", megabytes, without("candle"), run)
    return comparison


def compare(arguments):
    """Runs in the virtual environment."""
    compiled = programs(arguments.cache, arguments.peers)
    folders = models(arguments.cache, arguments.only)
    processes = {"attentive": model_programs.Attentive(compiled["attentive"], folders, arguments.threads)}
    if "transformers" in arguments.peers:
        processes["transformers"] = model_programs.Transformers(folders, arguments.threads)
    if "candle" in arguments.peers:
        processes["candle"] = model_programs.Process(compiled["candle"], folders, arguments.threads)
    comparison = measured(arguments, folders, processes)
    if arguments.json:
        rows = [row for found in comparison.measurements for row in found.rows(arguments.threads)]
        emit(rows, versions(arguments.peers), as_json=True)
    else:
        model_comparison.print_report(comparison, arguments.threads, versions(arguments.peers))


def versions(peers):
    found = {}
    if "transformers" in peers:
        import torch
        import transformers

        found |= {"torch": torch.__version__, "transformers": transformers.__version__}
    if "candle" in peers:
        tree = ["cargo", "tree", "--depth", "1", "--prefix", "none"]
        packages = subprocess.check_output(tree, cwd=ROOT / "tests/bench/candle", text=True).splitlines()
        found |= dict(line.split(" v") for line in packages if line.startswith("candle-"))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=pathlib.Path, default=cache().with_name("bench-models"))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1, help="threads of each program")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="measure these parts only")
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=PEERS, help="compare with these only")
    parser.add_argument("--quick", action="store_true", help=f"three rounds, and {FEW} tokens of smollm2")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    arguments.new = FEW if arguments.quick else NEW
    if arguments.quick:
        arguments.rounds = 3
    arguments.cache = arguments.cache.resolve()
    arguments.cache.mkdir(parents=True, exist_ok=True)
    if arguments.inside or "transformers" not in arguments.peers and "gpt2" not in arguments.only:
        return compare(arguments)
    python = virtual_environment(arguments.cache / "venv", PACKAGES)
    # The library's own threads are switched off as well.
    environment = os.environ | {"TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1"}
    sys.exit(subprocess.run([python, __file__, "--inside", *sys.argv[1:]], env=environment).returncode)


if __name__ == "__main__":
    main()
