"""What benchmarks of this folder print: the machine, medians with their spread, and tables."""

import os
import platform
import statistics
import subprocess


def machine():
    """The machine and its compiler, for the head of a report."""
    processor = platform.processor()
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo") as lines:
            names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
        processor = names[0] if names else processor
    rustc = subprocess.run(["rustc", "--version"], stdout=subprocess.PIPE, text=True).stdout.strip()
    return {"processor": processor, "cores": os.cpu_count(), "system": platform.platform(), "rustc": rustc}


def spread(numbers):
    """The median of some numbers, the smallest and the largest, and all of them in their order."""
    return {"median": statistics.median(numbers), "low": min(numbers), "high": max(numbers), "all": numbers}


def in_words(spread, digits):
    """A spread as it is in a table; a dash where there is none."""
    if spread is None:
        return "–"
    low, high = (f"{spread[end]:.{digits}f}" for end in ("low", "high"))
    return f"{spread['median']:.{digits}f} ({low}–{high})"


def table(head, rows, markdown):
    """A table in Markdown, or in columns of spaces. The first column is of words, the others of numbers."""
    if markdown:
        lines = [head, ["---"] + ["--:"] * (len(head) - 1), *rows]
        return "".join(f"| {' | '.join(line)} |\n" for line in lines)
    widths = [max(len(line[column]) for line in [head, *rows]) for column in range(len(head))]
    text = ""
    for line in [head, *rows]:
        cells = [line[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:]))]
        text += "  ".join(cells).rstrip() + "\n"
    return text
