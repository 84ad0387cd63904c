node=${SLURMD_NODENAME:-$(hostname)}

# Another folder of the same name, or none: nothing can be written where anybody would look.
if [ "$(cat "$run/id" 2>/dev/null)" != "$id" ]; then
    printf 'error: node %s does not see %s\n' "$node" "$run" >&2
    exit "$unseen"
fi

# Ends this job with an exit status, and notes it for `grade --slurm`, with what the node lacks, if anything.
finish() {
    printf '%s\n%s\n%s\n' "$1" "$node" "$2" >"$run/ends/$job.new" && mv "$run/ends/$job.new" "$run/ends/$job"
    [ -z "$2" ] || printf 'error: node %s %s\n' "$node" "$2" >&2
    exit "$1"
}

# Started again by Slurm, it has not ended.
rm -f "$run/ends/$job"
printf '== %s on %s, job %s\n' "$job" "$node" "$SLURM_JOB_ID"
[ -d "$course" ] || finish 72 "does not see the course, $course"
[ -x "$program" ] || finish 72 "does not see the grader, $program"
said=$("$program" --version 2>&1) || finish 72 "cannot run the grader: ${said%%$'\n'*}"
said=$(cd "$course" && "$cargo" --version 2>&1) || finish 72 "lacks the toolchain ($cargo): ${said%%$'\n'*}"
