#!/usr/bin/env python3
"""How fast the solutions' functions are: products, softmax, norms, attention, a decoding step, beside libtorch.

Both run in one process, on as many threads, in turn (`tests/bench/kernels`). On one thread, both compute one call. On two,
the solutions compute two at a time, one on each thread, and libtorch two one after the other, each on both threads:
seconds are of a call. A ratio above 1 means that libtorch is faster.

Without LIBTORCH, libtorch is put together from wheels, once.

    tests/bench/kernels.py                            # some five minutes
    tests/bench/kernels.py --only softmax --sizes 64 512
    tests/bench/kernels.py --avx512                   # the products as `cargo attentive train` has them
"""

import argparse
import collections
import json
import subprocess
import sys

from measure import built, emit, find_libtorch, libtorch_version, row, say, spread

SIZES = [64, 128, 256, 512, 1024, 2048]
WORDS = {
    "product": "x Wᵀ, n × n matrices",
    "softmax": "softmax of n rows of n",
    "layer-norm": "layer norm of n rows of n",
    "rms-norm": "RMS norm of n rows of n",
    "attention": "attention, n queries and keys, width 64",
    "fused-attention": "attention, libtorch's fused kernel",
    "multi-head": "multi-head attention, n positions, 8 heads of 64",
    "decoding-step": "a decoding step after n tokens, 4 blocks of width 512",
}


def measured(arguments):
    """The lines of the program, one after the other."""
    features = ["--features", "avx512"] if arguments.avx512 else []
    program = built("attentive-kernels", "--profile", "pipeline", *features)
    command = [program, "--rounds", arguments.rounds, "--sizes", *arguments.sizes, "--threads", *arguments.threads]
    command += ["--only", *arguments.only] if arguments.only else []
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        line = json.loads(line)
        say(f"{line['function']} {line['size']}, {line['threads']} threads")
        yield line
    if process.wait() != 0:
        sys.exit(process.returncode)


def rows(lines):
    for line in lines:
        function, size, threads = line["function"], line["size"], line["threads"]
        milliseconds = [[second * 1e3 for second in line[who]] for who in ("ours", "peer")]
        yield row(
            f"{function}-{size}-t{threads}", f"{WORDS[function]} (n = {size})", "ms", *milliseconds,
            beside=line["beside"], threads=threads, aim={"of": "ratio", "at_most": 1.5},
            series=[WORDS[function], f"{size}"],
        )


def table(lines):
    """Prints a line for each function and number of threads, with a column for each size."""
    sizes = sorted({line["size"] for line in lines})
    ratios, products = collections.defaultdict(dict), collections.defaultdict(dict)
    for line in lines:
        key = line["function"], line["threads"]
        ratios[key][line["size"]] = spread([a / b for a, b in zip(line["ours"], line["peer"])], 2)
        if line["products"]:
            products[key][line["size"]] = spread([a / b for a, b in zip(line["products"], line["ours"])], 2)
    for title, values in [("times libtorch's", ratios), ("the share of the products", products)]:
        if values:
            print(f"{title:<28}" + "".join(f"{size:>20}" for size in sizes))
        for (function, threads), cells in values.items():
            print(f"{function:<18}{threads} threads " + "".join(f"{cells.get(size, ''):>20}" for size in sizes))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--only", nargs="+", choices=WORDS, metavar="FUNCTION")
    parser.add_argument("--avx512", action="store_true", help="switch on the kernels that exercises and their tests are without")
    parser.add_argument("--quick", action="store_true", help="three rounds, and sizes of 64 and 512")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.rounds, arguments.sizes = 3, [64, 512]
    find_libtorch()
    lines = list(measured(arguments))
    if arguments.json:
        emit(list(rows(lines)), {"libtorch": libtorch_version()}, as_json=True)
    else:
        table(lines)


if __name__ == "__main__":
    main()
