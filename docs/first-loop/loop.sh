#!/bin/sh
# The loop from the command line: prompts, comparisons, a reward model, a policy, an evaluation, the API.
# usage: loop.sh TASKS [FOLDER]    TASKS is user_oriented.jsonl, or any file of instructions and instances
# WORKBENCH is the binary, COMPARISONS how many pairs are compared. The annotator is simulated: shorter.star.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tasks=$1
WORKBENCH_DATA=${2:-./loop-data}
export WORKBENCH_DATA
bin=${WORKBENCH:-workbench}
n=${COMPARISONS:-48}
port=${PORT:-8080}

began=$(date +%s)
say() { printf '\n## %s  (%d s)\n' "$*" $(($(date +%s) - began)); }
show() { printf '\n$ workbench %s\n' "$*"; "$bin" "$@"; }

mkdir -p "$WORKBENCH_DATA"
"$bin" serve --addr "127.0.0.1:$port" >"$WORKBENCH_DATA/serve.out" 2>&1 &
server=$!
trap 'kill $server; wait $server || true' EXIT
while ! grep -q token= "$WORKBENCH_DATA/serve.out"; do sleep 0.2; done
key=$(sed -n 's/.*token=\([^ &]*\).*/\1/p' "$WORKBENCH_DATA/serve.out" | head -1)

# started starts a flow and says its id.
started() { "$bin" flow start "$@" --json | tail -1 | sed -n 's/^{"id":"\([^"]*\)","status":"ok".*/\1/p'; }

say "prompts"
printf '\n$ workbench flow start prompts.star -p tasks=%s\n' "$(basename "$tasks")"
show flow wait "$(started "$here/prompts.star" -p "tasks=$tasks")"

say "two answers to each, compared by a rule"
printf '\n$ cat shorter.star\n'
cat "$here/shorter.star"
show flow start compare -p prompts=prompts -p max_tokens=48 --limit "$n"
show annotate "$here/shorter.star" --patience 60s

say "learn from these"
printf '\n$ workbench flow start learn -p pairs=comparisons\n'
show flow wait "$(started learn -p pairs=comparisons)"
show data export evaluations --out -
show runs list

say "where the policy comes from"
show trace policy --depth 2

say "the policy answers through the API, and gets feedback"
ask() { curl -sS "http://127.0.0.1:$port/v1/$1" -H "Authorization: Bearer $key" -H 'Content-Type: application/json' -d "$2"; echo; }
for model in embedded policy; do
    ask chat/completions "{\"model\": \"$model\", \"messages\": [{\"role\": \"user\", \"content\": \"Give me three tips for a job interview.\"}], \"max_tokens\": 64, \"seed\": 1}" | tee "$WORKBENCH_DATA/$model.json"
done
of() { sed -n 's/.*"id":"\([^"]*\)".*/\1/p' "$WORKBENCH_DATA/$1.json"; }
ask feedback "{\"kind\": \"comparison\", \"chosen\": \"$(of policy)\", \"rejected\": \"$(of embedded)\", \"comment\": \"scripted, to show how\"}"

say "done"
