#!/usr/bin/env bash
# Writes anew what fzf finds among the labels of graph.json: search.txt, from the searches in searches.txt.
# Needs fzf 0.38 and python3. With status 1 fzf says that it found nothing; any other failure ends this.
set -euo pipefail
cd "$(dirname "$0")"
labels=$(python3 -c 'import json; print("\n".join(json.load(open("graph.json"))))')
while IFS= read -r search; do
    printf '%s\n' "$search"
    printf '%s\n' "$labels" | { fzf --filter="$search" --no-sort || [ $? -eq 1 ]; } | LC_ALL=C sort | sed 's/^/    /'
    echo
done <searches.txt >search.txt
