#!/usr/bin/env python3
"""How fast models run: the course's pipeline beside `transformers` on PyTorch, on this machine, in this run.

Both get one thread (or --threads for generation), the same weights, the same ids and F32, and take turns. The figures
are medians of --rounds turns, with the smallest and the largest; a ratio above 1 means that the pipeline is faster.

- `encode`: minilm, all layers and the normalised mean of the last; 1 and 32 sentences of 16 and 128 tokens.
- `generate`: one token after another with a cache, after a prompt of 32; random weights in the shape of the small GPT-2.
- `tokenize`: 1 MB of this book's text by minilm's tokenizer, line by line.

`transformers` is installed into a virtual environment, and models are kept, in --cache: 5.5 GB in all.

    python3 tests/bench/models.py                  # some ten minutes the first time
    python3 tests/bench/models.py --rounds 3
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time
import venv

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGES = ["torch==2.13.0", "transformers==5.24"]
# Sentences at a time, and tokens of each.
BATCHES = [(1, 16), (32, 16), (1, 128), (32, 128)]
PROMPT, NEW = 32, 32


def say(text):
    print(text, file=sys.stderr, flush=True)


def token_at(place):
    """The ids that `speed` uses, too."""
    return 200 + place * 7 % 300


class Theirs:
    """`transformers` on PyTorch. The imports are here: the script itself runs without them."""

    def __init__(self, folders, threads):
        import torch
        import transformers

        torch.set_num_threads(threads)
        self.torch, self.threads = torch, threads
        self.bert = transformers.BertModel.from_pretrained(folders["minilm"], dtype=torch.float32).eval()
        self.gpt = transformers.GPT2LMHeadModel.from_pretrained(folders["gpt"]).eval()
        self.tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_file=str(folders["minilm"] / "tokenizer.json"))
        self.tokenizer.backend_tokenizer.no_padding()
        self.tokenizer.backend_tokenizer.no_truncation()

    def encode(self, batch, tokens):
        torch = self.torch
        ids = torch.tensor([[token_at(row * tokens + token) for token in range(tokens)] for row in range(batch)])
        mask = torch.ones_like(ids)
        begun = time.perf_counter()
        with torch.inference_mode():
            states = self.bert(input_ids=ids, attention_mask=mask).last_hidden_state
            vectors = torch.nn.functional.normalize(states.mean(dim=1))
        seconds = time.perf_counter() - begun
        assert bool(vectors.isfinite().all())
        return seconds

    def generate(self, prompt, new):
        torch = self.torch
        with torch.inference_mode():
            ids = torch.tensor([[token_at(place) for place in range(prompt)]])
            past = self.gpt(ids, use_cache=True).past_key_values
            token = torch.tensor([[token_at(prompt)]])
            begun = time.perf_counter()
            for _ in range(new):
                output = self.gpt(token, past_key_values=past, use_cache=True)
                past = output.past_key_values
                token = output.logits[:, -1:].argmax(dim=-1)
            return time.perf_counter() - begun

    def tokenize(self, lines):
        begun = time.perf_counter()
        encoded = self.tokenizer(lines)
        seconds = time.perf_counter() - begun
        assert len(encoded["input_ids"]) == len(lines)
        return seconds


class Ours:
    """The example `speed` of `src/models`, which gets a job a line."""

    def __init__(self, program, folders, threads):
        self.folders, self.threads = folders, threads
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def job(self, *words):
        print(*words, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"speed ended at the job {words}")
        return float(answer)

    def encode(self, batch, tokens):
        return self.job("encode", self.folders["minilm"], batch, tokens)

    def generate(self, prompt, new):
        return self.job("generate", self.folders["gpt"], prompt, new, self.threads)

    def tokenize(self, file):
        return self.job("tokenize", self.folders["minilm"], file)


def measure(title, unit, amount, ours, theirs, rounds):
    """Runs both in turn, and prints how much of `unit` a second each does."""
    # The first time fills caches, and opens models.
    ours(), theirs()
    speeds = {"ours": [], "theirs": []}
    for number in range(rounds):
        say(f"{title}: round {number + 1} of {rounds}")
        # Who begins changes: the second may find a warmer or a slower processor.
        order = [("ours", ours), ("theirs", theirs)]
        for name, run in order if number % 2 == 0 else reversed(order):
            speeds[name].append(amount / run())
    ratios = [ours / theirs for ours, theirs in zip(speeds["ours"], speeds["theirs"])]
    columns = [spread(speeds["ours"], 1), spread(speeds["theirs"], 1), spread(ratios, 2)]
    print(f"{title:<22} {unit:<12}" + "".join(f"{column:>25}" for column in columns), flush=True)


def spread(numbers, digits):
    low, high = min(numbers), max(numbers)
    return f"{statistics.median(numbers):.{digits}f} ({low:.{digits}f}–{high:.{digits}f})"


def built(cache):
    """Compiles the pipeline's half, and fetches minilm: the program, and the model's folder."""
    say("compiling the example `speed`")
    cargo = ["cargo", "build", "--quiet", "--profile", "pipeline", "--package", "attentive-models", "--example", "speed"]
    done = subprocess.run(cargo + ["--message-format", "json"], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    artifacts = [json.loads(line) for line in done.stdout.splitlines()]
    programs = [artifact["executable"] for artifact in artifacts if artifact.get("target", {}).get("name") == "speed"]
    say("fetching minilm")
    fetch = ["cargo", "run", "--quiet", "--profile", "pipeline", "--package", "attentive-pipeline", "--"]
    environment = os.environ | {"ATTENTIVE_CACHE": str(cache)}
    subprocess.run(fetch + ["model", "fetch", "minilm"], cwd=ROOT, check=True, stdout=sys.stderr, env=environment)
    return programs[-1], cache / "models" / "minilm"


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


def compare(arguments):
    """Runs in the virtual environment."""
    import torch
    import transformers

    cache = arguments.cache
    program, minilm = built(cache)
    folders = {"minilm": minilm, "gpt": cache / "random-gpt2"}
    if not (folders["gpt"] / "model.safetensors").exists():
        say("making a GPT-2 of random weights (0.5 GB)")
        torch.manual_seed(0)
        transformers.GPT2LMHeadModel(transformers.GPT2Config()).save_pretrained(folders["gpt"])
    file = cache / "text.txt"
    lines, megabytes = text_of_a_megabyte(file)
    ours, theirs = Ours(program, folders, arguments.threads), Theirs(folders, arguments.threads)

    print(f"{'':<22} {'per second':<12}{'attentive':>25}{'transformers':>25}{'ratio':>25}")
    for batch, tokens in BATCHES if arguments.threads == 1 else []:
        run = [lambda half=half: half.encode(batch, tokens) for half in (ours, theirs)]
        measure(f"encode {batch} × {tokens}", "sentences", batch, *run, arguments.rounds)
    run = [lambda half=half: half.generate(PROMPT, NEW) for half in (ours, theirs)]
    measure(f"generate {NEW} after {PROMPT}", "tokens", NEW, *run, arguments.rounds)
    run = [lambda: ours.tokenize(file), lambda: theirs.tokenize(lines)]
    measure("tokenize 1 MB", "MB", megabytes, *run, arguments.rounds)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    base = os.environ.get("ATTENTIVE_CACHE") or pathlib.Path.home() / ".cache/attentive"
    parser.add_argument("--cache", type=pathlib.Path, default=pathlib.Path(base) / "bench-models")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1, help="threads of both, for generation alone if more than 1")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    arguments.cache = arguments.cache.resolve()
    if arguments.inside:
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
    again = [python, __file__, "--inside", "--cache", arguments.cache, "--rounds", str(arguments.rounds)]
    sys.exit(subprocess.run(again + ["--threads", str(arguments.threads)], env=environment).returncode)


if __name__ == "__main__":
    main()
