#!/usr/bin/env bash
# Makes FOLDER a clean clone of this checkout's last commit, in which files that have not changed keep their times.
#
#     .ci/kept_clone.sh FOLDER
#
# Cargo compiles again what is newer than the last time, and in a new clone every file is. Git writes only those files
# that differ. What is compiled into the clone's folder `target` stays.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$1
[ -d "$folder/.git" ] || git init --quiet "$folder"
git -C "$folder" fetch --quiet --depth 1 "$PWD" HEAD
git -C "$folder" checkout --quiet --force --detach FETCH_HEAD
git -C "$folder" clean --quiet -ffdx --exclude=/target
