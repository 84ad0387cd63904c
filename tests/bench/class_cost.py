#!/usr/bin/env python3
"""What a class costs: processor time and bytes for each submission, and for each part of a class whatever its size.

Two classes are made up, of one submission and of --students: the solutions of all exercises, each with a comment that nobody
else has, so that nothing is shared. Each is graded as one part of a class, by the program that `cargo attentive grade` runs,
and merged. The difference of the two is what submissions cost; the rest is what a part costs.

Processor time is that of all processes that were started, down to the programs in sandboxes. It is less disturbed by other
work on the machine than the clock is, but it is: record on a machine that has nothing else to do.

    tests/bench/class_cost.py                 # prints what it measures
    tests/bench/class_cost.py --record        # and stores it for the book, which computes a table from it
"""

import argparse
import datetime
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

from cost import Cost
from measure import ROOT, processor_name

RECORD = ROOT / "book/claims/grading-on-a-cluster.json"
PROGRAM = ROOT / "target/debug/attentive-batch"


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


def size(path):
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def measure(students, work):
    folder = work / str(students)
    make_class(folder / "in", students)
    course = ["--course", ROOT]
    part, merged = folder / "part", folder / "merged"
    grade = [PROGRAM, "grade", folder / "in", "--out", part, "--shard", "1/1", "--for", "staff", *course]
    grading, merging = Cost([(grade, {})]), Cost([([PROGRAM, "merge", part, "--out", merged, *course], {})])
    measured = {
        "submissions": students,
        "grading_seconds": round(grading.processor, 2),
        "merging_seconds": round(merging.processor, 2),
        "handed_in_bytes": size(folder / "in"),
        "journal_bytes": size(part / "journal"),
        "part_bytes": size(part),
        "merged_bytes": size(merged),
    }
    print(json.dumps(measured), flush=True)
    return measured


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=20, help="submissions of the larger class")
    parser.add_argument("--record", action="store_true", help=f"store the figures in {RECORD.relative_to(ROOT)}")
    arguments = parser.parse_args()
    subprocess.run(["cargo", "build", "--quiet", "--package", "attentive-batch"], cwd=ROOT, check=True)
    work = pathlib.Path(tempfile.mkdtemp(prefix="class-cost-"))
    try:
        measure(1, work / "first")  # dependencies are built once, and not measured
        runs = [measure(students, work) for students in (1, arguments.students)]
    finally:
        shutil.rmtree(work)
    record = {
        "date": datetime.date.today().isoformat(),
        "processor": processor_name(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[2],
        "exercises": len(exercises()),
        "runs": runs,
    }
    if arguments.record:
        RECORD.write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    main()
