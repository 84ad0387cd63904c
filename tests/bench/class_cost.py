#!/usr/bin/env python3
"""What a class costs: processor time and bytes for each submission, and for each part of a class whatever its size.

Two classes are made up, of one submission and of --students: the solutions of all exercises, each with a comment that nobody
else has, so that nothing is shared. Each is graded as one part of a class, by the program that `cargo attentive grade` runs,
and merged. The difference of the two is what submissions cost; the rest is what a part costs.

Processor time is that of all processes that were started, down to the programs in sandboxes: this process adopts those whose
parents have gone, and waits for them. It is less disturbed by other work on the machine than the clock is, but it is: record
on a machine that has nothing else to do.

    python3 tests/bench/class_cost.py                 # prints what it measures
    python3 tests/bench/class_cost.py --record        # and stores it for the book, which computes a table from it
"""

import argparse
import ctypes
import datetime
import json
import os
import pathlib
import platform
import resource
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECORD = ROOT / "book/claims/grading-on-a-cluster.json"
PROGRAM = ROOT / "target/debug/attentive-batch"
SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER


def exercises():
    packs = (ROOT / "exercises").glob("*/golden.safetensors")
    return sorted(pack.parent.name for pack in packs)


def make_class(folder, students):
    for student in range(students):
        for name in exercises():
            source = ROOT / "solutions" / name / "src"
            to = folder / f"student-{student}" / "exercises" / name / "src"
            shutil.copytree(source, to)
            with (to / "lib.rs").open("a") as library:
                library.write(f"\n// {student}\n")


def processor_seconds(command):
    """Runs a command; returns the processor time of all that it started."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        sys.exit(f"{command}: {done.stdout[-2000:]}")
    try:
        while True:
            os.waitpid(-1, 0)
    except ChildProcessError:
        pass  # none is left
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def size(path):
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def measure(students, work):
    folder = work / str(students)
    make_class(folder / "in", students)
    course = ["--course", ROOT]
    part, merged = folder / "part", folder / "merged"
    grading = processor_seconds([PROGRAM, "grade", folder / "in", "--out", part, "--shard", "1/1", "--for", "staff", *course])
    merging = processor_seconds([PROGRAM, "merge", part, "--out", merged, *course])
    measured = {
        "submissions": students,
        "grading_seconds": round(grading, 2),
        "merging_seconds": round(merging, 2),
        "handed_in_bytes": size(folder / "in"),
        "journal_bytes": size(part / "journal"),
        "part_bytes": size(part),
        "merged_bytes": size(merged),
    }
    print(json.dumps(measured), flush=True)
    return measured


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=20, help="submissions of the larger class")
    parser.add_argument("--record", action="store_true", help=f"store the figures in {RECORD.relative_to(ROOT)}")
    arguments = parser.parse_args()
    subprocess.run(["cargo", "build", "--quiet", "--package", "attentive-batch"], cwd=ROOT, check=True)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(SUBREAPER, 1, 0, 0, 0) != 0:
        sys.exit(f"expected to adopt the processes of sandboxes, found {os.strerror(ctypes.get_errno())}")
    work = pathlib.Path(tempfile.mkdtemp(prefix="class-cost-"))
    try:
        measure(1, work / "first")  # dependencies are built once, and not measured
        runs = [measure(students, work) for students in (1, arguments.students)]
    finally:
        shutil.rmtree(work)
    record = {
        "date": datetime.date.today().isoformat(),
        "processor": processor(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[2],
        "exercises": len(exercises()),
        "runs": runs,
    }
    if arguments.record:
        RECORD.write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    main()
