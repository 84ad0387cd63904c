#!/usr/bin/env bash
# Puts together a CPU-only libtorch from PyPI's wheels and prints its folder:
#
#     export LIBTORCH="$(src/reference/libtorch.sh)"
#     cargo test -p attentive-reference
#
# It downloads about 540 MB once and keeps 490 MB in ${ATTENTIVE_CACHE:-~/.cache/attentive}, outside the
# repository; later calls only print the folder. Needs python3 with pip, on Linux x86-64. Elsewhere, point
# LIBTORCH at a libtorch 2.13 of your own, or build with `--features download-libtorch`.
set -euo pipefail

version=2.13.0
cache=${ATTENTIVE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/attentive}
home=$cache/libtorch-$version

if [ -f "$home/lib/libtorch.so" ]; then
    echo "$home"
    exit 0
fi
if [ "$(uname -sm)" != "Linux x86_64" ]; then
    echo "libtorch.sh: expected Linux on x86-64, found $(uname -sm); set LIBTORCH to a libtorch $version of your own" >&2
    exit 2
fi

mkdir -p "$cache"
work=$(mktemp -d "$cache/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT

echo "libtorch.sh: downloading torch $version from PyPI (about 540 MB)" >&2
python3 -m pip download --quiet --no-deps --dest "$work/wheels" \
    "torch==$version" "nvidia-cuda-runtime>=13,<14" "nvidia-cuda-cupti>=13,<14" >&2

echo "libtorch.sh: unpacking" >&2
python3 - "$work" <<'PYTHON'
"""Takes the headers and the CPU libraries out of the wheels, and nothing else."""
import pathlib, shutil, sys, zipfile

work = pathlib.Path(sys.argv[1])
wanted = {"libtorch_cpu.so", "libc10.so", "libgomp.so.1", "libcudart.so.13", "libcupti.so.13"}
home = work / "libtorch"
(home / "lib").mkdir(parents=True)
for wheel in sorted((work / "wheels").glob("*.whl")):
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            path = pathlib.PurePosixPath(entry.filename)
            if path.name in wanted:
                target = home / "lib" / path.name
            elif path.parts[:2] == ("torch", "include"):
                target = home.joinpath(*path.parts[1:])
            else:
                continue
            if entry.is_dir():
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(entry) as source, open(target, "wb") as sink:
                shutil.copyfileobj(source, sink, 1 << 20)
missing = wanted - {path.name for path in (home / "lib").iterdir()}
if missing:
    sys.exit(f"libtorch.sh: the wheels lack {', '.join(sorted(missing))}")
# torch-sys links `torch`; a linker script stands in for the CUDA-laden libtorch.so.
(home / "lib" / "libtorch.so").write_text("INPUT(libtorch_cpu.so libc10.so)\n")
PYTHON

# One rename makes it whole: an interrupted download never looks like a libtorch.
rm -rf "$home"
mv "$work/libtorch" "$home"
echo "$home"
