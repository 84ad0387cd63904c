outputs=()
for ((part = 1; part <= parts; part++)); do
    outputs+=("$run/shard-$part")
done
"$program" "${arguments[@]}" --out "$output" "${outputs[@]}"
finish $? ""
