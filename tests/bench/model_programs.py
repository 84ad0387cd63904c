"""The programs that `models.py` compares. Each has the methods of the jobs that it can do, which return seconds."""

import os
import subprocess
import sys
import time


def token_at(place):
    """The ids that all programs read."""
    return 200 + place * 7 % 300


class Process:
    """A program that gets a job a line, and answers with a line: seconds, and the tokens that it wrote."""

    def __init__(self, program, folders, threads):
        self.folders, self.threads = folders, threads
        environment = os.environ | {"RAYON_NUM_THREADS": str(threads)}
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)

    def job(self, *words):
        print(*words, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline().split()
        if not answer:
            sys.exit(f"{self.process.args[0]} ended at the job {words}")
        return answer

    def encode(self, batch, tokens):
        return float(self.job("encode", self.folders["minilm"], batch, tokens)[0])

    def generate(self, model, weights, prompt, new):
        """The seconds of the prompt, those of the tokens after it, and the tokens."""
        read, written, *ids = self.job("generate", self.folders[model, weights], weights, prompt, new, self.threads)
        return float(read), float(written), [int(token) for token in ids]


class Attentive(Process):
    """The example `speed` of `src/models`."""

    def tokenize(self, file):
        return float(self.job("tokenize", self.folders["minilm"], file)[0])

    def read(self, size):
        """The seconds in which so many bytes of memory are read."""
        return float(self.job("read", size, self.threads)[0])

    def bytes_per_token(self, model, weights):
        return int(self.job("size", self.folders[model, weights], weights)[0])


class Transformers:
    """`transformers` on PyTorch. The imports are here: the script itself runs without them."""

    def __init__(self, folders, threads):
        import torch
        import transformers

        torch.set_num_threads(threads)
        self.torch, self.library, self.folders = torch, transformers, folders
        self.models = {}

    def opened(self, name, kind):
        """A model, which is opened the first time."""
        if name not in self.models:
            loaded = kind.from_pretrained(self.folders[name], dtype=self.torch.float32)
            self.models[name] = loaded.eval()
        return self.models[name]

    def encode(self, batch, tokens):
        torch = self.torch
        bert = self.opened("minilm", self.library.BertModel)
        ids = torch.tensor([[token_at(row * tokens + token) for token in range(tokens)] for row in range(batch)])
        mask = torch.ones_like(ids)
        begun = time.perf_counter()
        with torch.inference_mode():
            states = bert(input_ids=ids, attention_mask=mask).last_hidden_state
            vectors = torch.nn.functional.normalize(states.mean(dim=1))
        seconds = time.perf_counter() - begun
        assert bool(vectors.isfinite().all())
        return seconds

    def generate(self, model, weights, prompt, new):
        torch = self.torch
        writer = self.opened((model, weights), self.library.AutoModelForCausalLM)
        with torch.inference_mode():
            ids = torch.tensor([[token_at(place) for place in range(prompt)]])
            begun = time.perf_counter()
            # Only the scores after the last token are wanted, which a tied head of 49,152 tokens makes a difference to.
            output = writer(ids, use_cache=True, logits_to_keep=1)
            written = [output.logits[0, -1].argmax()]
            read = time.perf_counter() - begun
            for _ in range(new):
                token = written[-1].reshape(1, 1)
                output = writer(token, past_key_values=output.past_key_values, use_cache=True)
                written.append(output.logits[0, -1].argmax())
            seconds = time.perf_counter() - begun - read
        return read, seconds, [int(token) for token in written]

    def tokenize(self, lines):
        tokenizer = self.library.PreTrainedTokenizerFast(tokenizer_file=str(self.folders["minilm"] / "tokenizer.json"))
        tokenizer.backend_tokenizer.no_padding()
        tokenizer.backend_tokenizer.no_truncation()
        begun = time.perf_counter()
        encoded = tokenizer(lines)
        seconds = time.perf_counter() - begun
        assert len(encoded["input_ids"]) == len(lines)
        return seconds
