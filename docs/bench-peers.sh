#!/usr/bin/env bash
# Measures this build beside its peers, in one run on one machine, case by case in turn, and prints a
# table of medians (docs/bench.md). Wants the scripts of ../shared/peers; installs the peers through
# pip into build/peers. Usage: docs/bench-peers.sh [ROUNDS]
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-3}
peers=$(cd ../shared/peers 2>/dev/null && pwd) || { echo "bench-peers: ../shared/peers is not beside the project; nothing to measure against" >&2; exit 1; }
home=$PWD/build/peers
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-$(nproc)} HF_HUB_OFFLINE=1 TOKENIZERS_PARALLELISM=false
mkdir -p "$home"

venv() { # NAME PACKAGE…
	local name=$1; shift
	[ -x "$home/$name/bin/python" ] && [ -f "$home/$name/.done" ] && return
	python3 -m venv "$home/$name"
	"$home/$name/bin/pip" install -q "$@"
	touch "$home/$name/.done"
}
venv torch torch==2.15.0 transformers==5.23.0 peft==0.21.2 accelerate gguf safetensors
CMAKE_ARGS="-DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF" venv llama llama-cpp-python==0.3.36 numpy

gguf=$(ls embed/model/*.gguf)
checkpoint=$home/checkpoint
[ -f "$checkpoint/config.json" ] || "$home/torch/bin/python" "$peers/convert_gguf.py" "$PWD/$gguf" "$checkpoint" >/dev/null

results=$home/results.jsonl
: >"$results"
take() { # CASE COMMAND…: keeps each line of JSON that the command prints, under the name of the case
	local name=$1; shift
	"$@" 2>>"$home/errors.log" | grep '^{' | sed "s|^{|{\"case\": \"$name\", |" | tee -a "$results"
}
ours() { local name=$1; shift; take "$name" ./workbench bench "$@" --json; }
for round in $(seq "$rounds"); do
	echo "# round $round of $rounds"
	for batch in 1 32; do
		for precision in f32 int8 int4; do
			ours "generate/$batch/$precision/workbench" generate --batch "$batch" --prompt-tokens 64 --new-tokens 64 --precision "$precision"
		done
		take "generate/$batch/f32/transformers" "$home/torch/bin/python" "$peers/hf_generate.py" --model "$checkpoint" --batch "$batch" --dtype float32 --runs 1
		take "generate/$batch/q4_1/llama.cpp" "$home/llama/bin/python" "$peers/llama_py_bench.py" --model "$PWD/$gguf" --batch "$batch" --runs 1 --threads "$OMP_NUM_THREADS"
	done
	for mode in lora full; do
		ours "train/$mode/f32/workbench" train --mode "$mode" --batch 4 --seq 128
		take "train/$mode/torch" "$home/torch/bin/python" "$peers/torch_train.py" --model "$checkpoint" --mode "$mode" --shape 4x128 --steps 2
	done
done
"$home/torch/bin/python" docs/bench_table.py "$results"
