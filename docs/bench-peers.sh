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

for kind in f32 q8_0; do
	[ -f "$home/$kind.gguf" ] || "$home/llama/bin/python" docs/bench_gguf.py "$PWD/$gguf" "$home/$kind.gguf" "$kind" >/dev/null 2>&1
done

results=$home/results.jsonl
: >"$results"
take() { # CASE COMMAND…: keeps each line of JSON that the command prints, under the name of the case
	local name=$1; shift
	"$@" 2>>"$home/errors.log" | grep '^{' | sed "s|^{|{\"case\": \"$name\", |" | tee -a "$results"
}
# Everybody draws greedily, and what belongs to one class runs one after the other.
sample() { # BATCH PRECISION GGUF
	take "sample, batch $1, $2/workbench" ./workbench bench generate --temperature 0 --batch "$1" --prompt-tokens 64 --new-tokens 64 --precision "$2" --json
	take "sample, batch $1, $2/llama.cpp" "$home/llama/bin/python" "$peers/llama_py_bench.py" --model "$3" --batch "$1" --runs 1 --threads "$OMP_NUM_THREADS"
}
for round in $(seq "$rounds"); do
	echo "# round $round of $rounds"
	for batch in 1 32; do
		sample "$batch" f32 "$home/f32.gguf"
		take "sample, batch $batch, f32/transformers" "$home/torch/bin/python" "$peers/hf_generate.py" --model "$checkpoint" --batch "$batch" --dtype float32 --runs 1
		sample "$batch" int8 "$home/q8_0.gguf"
		sample "$batch" int4 "$PWD/$gguf"
	done
	for mode in lora full; do
		take "train, $mode/workbench f32" ./workbench bench train --mode "$mode" --batch 4 --seq 128 --json
		[ "$mode" = full ] || take "train, $mode/workbench int8 backward" ./workbench bench train --mode "$mode" --backward int8 --batch 4 --seq 128 --json
		take "train, $mode/torch" "$home/torch/bin/python" "$peers/torch_train.py" --model "$checkpoint" --mode "$mode" --shape 4x128 --steps 3
	done
done
"$home/torch/bin/python" docs/bench_table.py "$results"
