"""Reads the exports of a class as other programs do, and fails where one cannot.

Called with an output folder, or with one results.json for Gradescope. Gradescope, Exercism and GitHub Classroom publish what they read in prose; the schemas here follow it word by word.
JUnit is read by junitparser, the tables by Python's csv module.
"""

import base64
import csv
import json
import pathlib
import sys

import jsonschema
from junitparser import JUnitXml

VISIBILITY = {"enum": ["visible", "hidden", "after_due_date", "after_published"]}
FORMAT = {"enum": ["text", "html", "simple_format", "md", "ansi"]}
GRADESCOPE = {
    "type": "object",
    "required": ["score", "tests"],
    "additionalProperties": False,
    "properties": {
        "score": {"type": "number"},
        "execution_time": {"type": "number"},
        "output": {"type": "string"},
        "output_format": FORMAT,
        "visibility": VISIBILITY,
        "stdout_visibility": VISIBILITY,
        "extra_data": {"type": "object"},
        "tests": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["score", "max_score", "name"],
                "properties": {
                    "score": {"type": "number"},
                    "max_score": {"type": "number"},
                    "status": {"enum": ["passed", "failed"]},
                    "name": {"type": "string"},
                    "number": {"type": "string"},
                    "output": {"type": "string"},
                    "output_format": FORMAT,
                    "tags": {"type": "array", "items": {"type": "string"}},
                    "visibility": VISIBILITY,
                },
            },
        },
    },
}
EXERCISM = {
    "type": "object",
    "required": ["version", "status", "tests"],
    "additionalProperties": False,
    "properties": {
        "version": {"const": 3},
        "status": {"enum": ["pass", "fail", "error"]},
        "message": {"type": "string", "maxLength": 65535},
        "tests": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "status", "test_code"],
                "additionalProperties": False,
                "properties": {
                    "name": {"type": "string"},
                    "status": {"enum": ["pass", "fail", "error"]},
                    "message": {"type": "string", "maxLength": 65535},
                    "output": {"type": "string", "maxLength": 500},
                    "test_code": {"type": "string"},
                    "task_id": {"type": "integer", "minimum": 1},
                },
            },
        },
    },
    "if": {"properties": {"status": {"const": "error"}}},
    "then": {"required": ["message"]},
}
CLASSROOM = {
    "type": "object",
    "required": ["version", "status", "max_score", "tests"],
    "additionalProperties": False,
    "properties": {
        "version": {"const": 1},
        "status": {"enum": ["pass", "fail", "error"]},
        "max_score": {"type": "number"},
        "tests": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "status", "score"],
                "additionalProperties": False,
                "properties": {
                    "name": {"type": "string"},
                    "status": {"enum": ["pass", "fail", "error"]},
                    "score": {"type": "number"},
                    "message": {"type": "string"},
                    "test_code": {"type": "string"},
                    "filename": {"type": "string"},
                    "line_no": {"type": "integer"},
                    "duration": {"type": "number"},
                },
            },
        },
    },
}


def cell(name):
    """A name as a table has it: in one line, and never a formula."""
    name = name.replace("\n", " ")
    return "'" + name if name[0] in "=+-@" else name


out = pathlib.Path(sys.argv[1])
if out.suffix == ".json":  # one student's results, where Gradescope looks for them
    jsonschema.validate(json.loads(out.read_text()), GRADESCOPE)
    sys.exit()
exports = out / "exports"
students = json.loads((out / "grades.json").read_text())["students"]
names = [student["student"]["id"] for student in students]

for path in sorted((exports / "gradescope").glob("*.json")):
    results = json.loads(path.read_text())
    jsonschema.validate(results, GRADESCOPE)
    assert results["score"] == sum(test["score"] for test in results["tests"])
assert len(list((exports / "gradescope").glob("*.json"))) == len(students)

exercism = sorted((exports / "exercism").glob("*/*.json"))
for path in exercism:
    jsonschema.validate(json.loads(path.read_text()), EXERCISM)
assert exercism

for path in sorted((exports / "github").glob("*.base64")):
    decoded = json.loads(base64.b64decode(path.read_text()))
    jsonschema.validate(decoded, CLASSROOM)
    assert decoded == json.loads(path.with_suffix(".json").read_text())

suites = list(JUnitXml.fromfile(str(exports / "junit.xml")))
assert sorted(suite.name for suite in suites) == sorted(name.replace("\n", " ") for name in names), [s.name for s in suites]
for suite, student in zip(suites, students):
    assert suite.failures + suite.errors == sum(
        task["points"] < task["of"] for exercise in student["exercises"] for task in exercise["tasks"]
    )

with open(exports / "canvas.csv", newline="", encoding="utf-8") as file:
    rows = list(csv.reader(file))
assert rows[0][:2] == ["Student", "ID"] and rows[1][0] == "    Points Possible"
assert all(len(row) == len(rows[0]) for row in rows)
assert [row[1] for row in rows[2:]] == [cell(name) for name in names], rows
assert [float(row[5]) for row in rows[2:]] == [student["points"] for student in students]

with open(exports / "moodle.csv", newline="", encoding="utf-8") as file:
    rows = list(csv.DictReader(file))
assert [row["Full name"] for row in rows] == [cell(name) for name in names]
assert all(row["Grade"] and row["Feedback comments"] for row in rows)
assert not any(value[0] in "=+-@" for row in rows for value in row.values())
print("every export can be read")
