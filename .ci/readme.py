#!/usr/bin/env python3
"""Runs every cargo command that README.md names, in a clone of the checkout, in the README's order.

A command that the README gains has to be added here, with the exit status that its reader will see.
"""

import contextlib
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]

# What each command ends with on a fresh clone, and what is typed into it. None: CI runs it elsewhere.
COMMANDS = {
    "cargo run": (1, ""),  # nothing is solved yet
    "cargo test": None,  # the step `tests` of .ci/run
    "cargo attentive book build": (0, ""),
    "cargo test -p softmax": (101, ""),  # nothing is implemented yet
    "cargo attentive watch": (0, "q\n"),
    "cargo attentive quiz": (1, ""),  # no question is answered
    "cargo attentive hint softmax": (0, ""),
    "cargo attentive reset softmax": (0, ""),
    "cargo attentive --help": (0, ""),
    'cargo attentive pipeline text-generation "A query asks"': (0, ""),
    "cargo attentive model list": (0, ""),
    "cargo attentive pipeline --help": None,  # the step `models` runs its tests
    "cargo attentive train --help": None,  # the step `libraries` runs its tests
    "cargo attentive check --chain": (1, ""),
    "cargo attentive check --solutions": (0, ""),
    "cargo attentive check --json": (1, ""),
    "cargo attentive check --schema": (0, ""),
    "cargo attentive release ../course": (0, ""),
    "cargo attentive grade ../course --out ../graded": (0, ""),
    "cargo run -p attentive-reference -- record --seed 7 --out hidden": (0, ""),
    "cargo run -p attentive-reference -- record": (0, ""),
    "cargo attentive author sync": (0, ""),
    "cargo test --test variants": None,  # the step `authors`
    "cargo test -p attentive-reference": None,  # the step `drift`
    "cargo attentive author mutants": None,  # the steps `mutants` and `kill-table`
    "cargo attentive author names": None,  # the step `names`
    "cargo attentive author kill-table": None,
    "cargo attentive author new NAME": None,  # the step `authors`
    "cargo attentive author check NAME": None,
}


def with_shared_builds(clone):
    """Returns the variables by which the clone shares what is compiled, so that nothing of others is compiled twice.

    Cargo tells the crates of two checkouts apart by their version, because it does not look at where a workspace is. Finished
    programs stay in the clone: other steps run this checkout's at the same time.
    """
    manifest = clone / "Cargo.toml"
    text = manifest.read_text(encoding="utf-8")
    changed, count = re.subn(r'^(version = "[0-9.]+)"', r'\1+readme"', text, count=1, flags=re.MULTILINE)
    if count != 1:
        sys.exit("Cargo.toml: expected the workspace's version, found none")
    manifest.write_text(changed, encoding="utf-8")
    return os.environ | {"CARGO_BUILD_BUILD_DIR": os.environ["CARGO_TARGET_DIR"], "CARGO_TARGET_DIR": str(clone / "target")}


@contextlib.contextmanager
def folder_of_clone():
    """The folder in which the clone is made: one that is kept, if this run's own checkout is, or else a temporary one."""
    if "ATTENTIVE_CI_KEPT" not in os.environ:
        with tempfile.TemporaryDirectory(prefix="attentive-readme-") as folder:
            yield pathlib.Path(folder)
        return
    folder = pathlib.Path(os.environ["ATTENTIVE_CI_KEPT"]) / "readme"
    # What an earlier run has made of the commands.
    for made in ["course", "graded", "attentive/target"]:
        shutil.rmtree(folder / made, ignore_errors=True)
    yield folder


def main():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    inline = re.findall(r"`(cargo [^`]+)`", text)
    blocks = re.findall(r"^(cargo [^#\n]*?)\s*(?:#.*)?$", text, flags=re.MULTILINE)
    named = set(inline) | set(blocks)
    if named != set(COMMANDS):
        sys.exit(f"README.md and {pathlib.Path(__file__).name} differ in: {sorted(named ^ set(COMMANDS))}")
    with folder_of_clone() as folder:
        clone = folder / "attentive"
        subprocess.run([ROOT / ".ci/kept_clone.sh", clone], check=True)
        environment = with_shared_builds(clone) if "CARGO_TARGET_DIR" in os.environ else os.environ
        failed = 0
        for command, expectation in COMMANDS.items():
            if expectation is None:
                continue
            status, typed = expectation
            ran = subprocess.run(shlex.split(command), cwd=clone, env=environment, input=typed, text=True, capture_output=True, timeout=1200)
            fine = ran.returncode == status
            failed += not fine
            print(f"{'ok' if fine else 'FAILED'}  {command}")
            if not fine:
                print(f"expected exit status {status}, found {ran.returncode}\n{ran.stdout}\n{ran.stderr}")
    print(f"{len(COMMANDS) - failed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
