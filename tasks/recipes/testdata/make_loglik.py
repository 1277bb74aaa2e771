#!/usr/bin/env python3
"""Log-likelihoods by lm-evaluation-harness for the test of multiple_choice.

make_loglik.py CHECKPOINT ITEMS.jsonl OUT.jsonl [N]: CHECKPOINT is the folder that `workbench model export embedded
FOLDER` writes, ITEMS what `workbench eval multiple_choice --items` writes. For N items (all by default) spread over the file, OUT has what the
harness's own model class for Hugging Face checkpoints says of each choice: the sum of log-probabilities, by PyTorch in
float32. loglik.jsonl has the six shortest of fourteen. Prints the largest difference from what ITEMS says, and both accuracies.
"""
import json, sys
import torch
from lm_eval.api.instance import Instance
from lm_eval.models.huggingface import HFLM

torch.set_num_threads(2)
folder, items, out = sys.argv[1:4]
rows = [json.loads(line) for line in open(items)]
if len(sys.argv) > 4:
    rows = rows[::max(1, len(rows) // int(sys.argv[4]))]
model = HFLM(pretrained=folder, device="cpu", dtype="float32", batch_size=4)
requests = [Instance("loglikelihood", {}, (r["item"]["prompt"], c), 0) for r in rows for c in r["item"]["choices"]]
scores = iter([s[0] for s in model.loglikelihood(requests)])
found, worst, theirs, ours = [], 0.0, 0, 0
for r in rows:
    item = r["item"]
    logp = [next(scores) for _ in item["choices"]]
    worst = max([worst] + [abs(a - b) for a, b in zip(logp, item["logp"])])
    theirs += max(range(len(logp)), key=lambda k: logp[k]) == item["answer"]
    ours += item["acc"]
    found.append({"prompt": item["prompt"], "choices": item["choices"], "answer": item["answer"], "logp": logp})
print(f"{len(rows)} items, {len(requests)} texts: largest difference {worst:.2g}; accuracy {theirs / len(rows):.4f} there, {ours / len(rows):.4f} here")
open(out, "w").writelines(json.dumps(f, ensure_ascii=False) + "\n" for f in found)
