#!/usr/bin/env python3
"""Prints the arguments by which `cargo test` chooses the tests in the folders `tests` of the course's tools, one word a line.

    cargo metadata --no-deps --format-version 1 | .ci/tests_of.py PACKAGE…
    cargo metadata --no-deps --format-version 1 | .ci/tests_of.py --but PACKAGE…

With --but these are the tests of all tools but the packages. Tests that `cargo test` leaves out unless it is asked for
them are left out here, too. Two tools must not have tests of one name: cargo chooses by the name alone.
"""

import collections
import json
import sys


def main(packages, others):
    tests = collections.defaultdict(list)
    for package in json.load(sys.stdin)["packages"]:
        if not package["name"].startswith("attentive-"):
            continue
        for target in package["targets"]:
            if target["kind"] == ["test"] and target["test"]:
                tests[target["name"]].append(package["name"])
    for name, owners in tests.items():
        if len(owners) > 1:
            sys.exit(f"expected one test `{name}`, found those of {' and '.join(owners)}: rename one of them")
    unknown = sorted(set(packages) - {owner for [owner] in tests.values()})
    if unknown:
        sys.exit(f"expected packages with tests, found {', '.join(unknown)}")
    for name, [owner] in sorted(tests.items()):
        if (owner in packages) != others:
            print("--test", name, sep="\n")


if __name__ == "__main__":
    given = sys.argv[1:]
    main([word for word in given if word != "--but"], others="--but" in given)
