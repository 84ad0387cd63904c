if $sandbox; then
    bwrap --version >/dev/null 2>&1 || finish 72 "lacks bubblewrap (Debian and Ubuntu: \`apt install bubblewrap\`)"
fi
"$program" "${arguments[@]:0:1}" --out "$run/$job" --shard "$SLURM_ARRAY_TASK_ID/$parts" \
    --jobs "${SLURM_CPUS_PER_TASK:-$cores}" "${arguments[@]:1}"
finish $? ""
