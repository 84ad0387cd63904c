"""What the benchmarks share: seconds, programs, and the shape in which `tests/bench/all` reads what they measured.

A benchmark prints a table, or with `--json` an object: `versions` of what was compared, and `rows`. A row has

    name      stays the same from run to run; settings that change the figure are a part of it
    what      what is measured, in plain words
    unit      of `ours` and `peer`
    better    "less" or "more" of the unit
    ours      the median of our figures
    beside    the peer's name, or null
    peer      the median of the peer's figures, or null
    ratio     the median of ours / peer, turn by turn, or null without a peer
    spread    the smallest and the largest ratio; without a peer, figure
    rounds    the turns; those that warm up are not counted
    threads   of both, or null where there is no choice
    aim       {"of": "ratio" or "ours", "at_most" or "at_least": number}, or null
    series    where the page shows a row of a table for many: [its title, the title of the column]; or it is left out
"""

import json
import os
import pathlib
import platform
import re
import resource
import statistics
import subprocess
import sys
import time
import venv

ROOT = pathlib.Path(__file__).resolve().parents[2]
# What the benchmarks write, from the root.
RECORDS, PAGE = "book/data/speed", "book/src/speed.md"
WRITTEN = [RECORDS, PAGE, "book/claims/grading-on-a-cluster.json"]
# What to do where a program to compare with cannot be had.
OFFLINE = "the first time, this needs the network, and nothing is compared without it"


def say(text):
    """Prints progress: what is measured alone goes to standard output."""
    print(text, file=sys.stderr, flush=True)


def built(package, *options, name=None, folder=ROOT, environment=None):
    """Compiles a package: the path of its program, or of the example with the name."""
    say(f"compiling {name or package}")
    cargo = ["cargo", "build", "--quiet", "--package", package, "--message-format", "json", *options]
    done = subprocess.run(cargo, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        words = " ".join(cargo)
        sys.exit(f"{name or package}: expected `{words}` to compile it, found exit status {done.returncode}; {OFFLINE}")
    artifacts = [json.loads(line) for line in done.stdout.splitlines()]
    programs = [artifact["executable"] for artifact in artifacts if artifact.get("target", {}).get("name") == (name or package)]
    return next(program for program in programs if program)


def cache():
    """The folder of what is installed to be compared with."""
    base = os.environ.get("ATTENTIVE_CACHE") or pathlib.Path.home() / ".cache/attentive"
    return pathlib.Path(base).resolve() / "bench"


def install(what, command, **options):
    """Installs something to compare with. Without it there is no figure to stand beside ours, so this ends the benchmark."""
    say(f"installing {what}")
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode != 0:
        words = " ".join(map(str, command))
        sys.exit(f"{what}: expected `{words}` to install it, found exit status {done.returncode}; {OFFLINE}:\n{done.stdout[-2000:]}")


def cargo_installed(package, version):
    """A package's program of the same name, which is installed into the cache once."""
    root = cache() / f"{package}-{version}"
    program = root / "bin" / package
    if not program.exists():
        command = ["cargo", "install", package, "--version", version, "--locked", "--quiet", "--root", root]
        # The settings of this checkout are none of the package's.
        install(f"{package} {version}", command, cwd=root.anchor)
    return program


def virtual_environment(folder, packages):
    """The Python of a virtual environment with these packages, which is made once."""
    python, record = folder / "bin/python", folder / "installed.json"
    if not record.exists() or json.loads(record.read_text()) != packages:
        venv.create(folder, with_pip=True, clear=True)
        install(", ".join(packages), [python, "-m", "pip", "install", "--quiet", *packages])
        record.write_text(json.dumps(packages))
    return python


def processor():
    """Seconds of the processor of all child processes that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def timed(command, expected=0, **options):
    """Seconds that a command takes, by the clock and of a processor. What it prints is shown if it fails."""
    start = time.perf_counter(), processor()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    seconds = time.perf_counter() - start[0], processor() - start[1]
    if done.returncode != expected:
        sys.exit(f"`{' '.join(map(str, command))}`: expected exit status {expected}, found {done.returncode}:\n{done.stdout[-3000:]}")
    return seconds


def row(name, what, unit, ours, peer=None, *, beside=None, better="less", threads=None, aim=None, series=None):
    """A row of figures, one for each turn, of ours and of the peer."""
    ratios = [a / b for a, b in zip(ours, peer, strict=True)] if peer else None
    spread = ratios or ours
    made = {
        "name": name,
        "what": what,
        "unit": unit,
        "better": better,
        "ours": statistics.median(ours),
        "beside": beside,
        "peer": statistics.median(peer) if peer else None,
        "ratio": statistics.median(ratios) if ratios else None,
        "spread": [min(spread), max(spread)],
        "rounds": len(ours),
        "threads": threads,
        "aim": aim,
    }
    return made | ({"series": series} if series else {})


def spread(numbers, digits):
    """The median of numbers, with the smallest and the largest."""
    return f"{statistics.median(numbers):.{digits}f} ({min(numbers):.{digits}f}–{max(numbers):.{digits}f})"


def reached(row):
    """`True` if the row's figure is what is aimed at; `None` if there is no aim."""
    aim = row["aim"]
    if aim is None:
        return None
    figure = row[aim["of"]]
    return figure <= aim["at_most"] if "at_most" in aim else figure >= aim["at_least"]


def emit(rows, versions, as_json):
    """Prints what was measured, as a table or as an object."""
    rows = list(rows)
    if as_json:
        print(json.dumps({"versions": own_versions() | versions, "rows": rows}, ensure_ascii=False))
    else:
        print_rows(rows)


def print_rows(rows):
    """Prints a line for each row."""
    widest = max(len(row["what"]) for row in rows)
    for row in rows:
        line = f"{row['what']:<{widest}}  {row['threads'] or '':>2}  {short(row['ours']):>7} {row['unit']:<10}"
        if row["ratio"] is not None:
            line += f"  {row['beside']}: {short(row['peer'])}, ratio {spread([*row['spread'], row['ratio']], 2)}"
        met = reached(row)
        print(line + ("" if met is None else f"  aim: {aim(row)}, {'reached' if met else 'not reached'}"))


def aim(row):
    """The row's aim in words."""
    [(bound, number)] = [(key, value) for key, value in row["aim"].items() if key != "of"]
    words = f"{bound.replace('_', ' ')} {number:g}"
    return words if row["aim"]["of"] == "ours" else f"{words} ×"


def short(number):
    """A number with three digits, or all in front of the point."""
    return f"{number:.0f}" if abs(number) >= 100 else f"{number:.3g}"


def own_versions():
    """The versions of this course and of the compiler."""
    output = lambda *command: subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
    # What was measured before this, in the same run, is no change to what is measured.
    written = [f":(exclude){name}" for name in WRITTEN]
    dirty = output("git", "status", "--porcelain", "--untracked-files=no", "--", ".", *written)
    return {
        "attentive": output("git", "describe", "--always") + ("-dirty" if dirty else ""),
        "rustc": output("rustc", "--version").split()[1],
    }


def find_libtorch():
    """Sets LIBTORCH, unless somebody has, to the libtorch that the course's script puts together once."""
    if "LIBTORCH" not in os.environ:
        say("looking for libtorch")
        done = subprocess.run([ROOT / "src/reference/libtorch.sh"], stdout=subprocess.PIPE, text=True)
        if done.returncode != 0:
            sys.exit(f"libtorch: expected src/reference/libtorch.sh to find it, found exit status {done.returncode}; set LIBTORCH to one of your own")
        os.environ["LIBTORCH"] = done.stdout.strip()


def libtorch_version():
    """The version of the libtorch that LIBTORCH names."""
    header = pathlib.Path(os.environ["LIBTORCH"], "include/torch/headeronly/version.h").read_text()
    parts = re.findall(r"^#define TORCH_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", header, re.MULTILINE)
    return ".".join(parts)


def machine():
    """The machine, as the page names it."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "processor": processor_name(),
        "cores": os.cpu_count(),
        "memory": f"{memory:.0f} GiB",
        "system": f"{platform.system()} {platform.machine()}",
    }


def processor_name():
    info = pathlib.Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown"
