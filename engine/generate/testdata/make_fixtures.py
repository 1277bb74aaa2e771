#!/usr/bin/env python3
"""Writes greedy.json: what transformers continues fixed prompts with, and its log-probabilities.

    python make_fixtures.py CHECKPOINT > greedy.json

CHECKPOINT is the embedded model as a Hugging Face folder in float32 (torch 2.15, transformers 5.23).
"""
import json, sys
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

PROMPTS = [
    "The capital of France is",
    "def fibonacci(n):\n",
    "<|im_start|>user\nName three colours.<|im_end|>\n<|im_start|>assistant\n",
    "Once upon a time, in a village by the sea, there lived an old fisherman who",
    "1, 1, 2, 3, 5, 8,",
    "Я живу в",
]
NEW, LOOK = 40, 48

path = sys.argv[1]
model = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32).eval()
tok = AutoTokenizer.from_pretrained(path)
vocab = model.config.vocab_size
look = [(i * 997 + 13) % vocab for i in range(LOOK)]  # ids whose log-probabilities are kept at the prompt's end
out = {"look": look, "cases": []}
with torch.no_grad():
    for text in PROMPTS:
        ids = tok(text, add_special_tokens=False).input_ids
        prompt = torch.tensor([ids])
        full = model.generate(prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=NEW, do_sample=False)[0]
        new = full[len(ids):].tolist()
        logits = model(full[None]).logits[0].double()
        logp = torch.log_softmax(logits, -1)
        warm = torch.log_softmax(logits / 0.7, -1)
        at = range(len(ids) - 1, len(full) - 1)
        # How far the second choice is behind: where it is close, another order of additions may decide otherwise.
        top = logp[list(at)].topk(2, -1).values
        out["cases"].append({
            "text": text, "prompt": ids, "tokens": new,
            "logp": [round(logp[i, t].item(), 6) for i, t in zip(at, new)],
            "logp_0.7": [round(warm[i, t].item(), 6) for i, t in zip(at, new)],
            "look": [round(logp[len(ids) - 1, t].item(), 6) for t in look],
            "margin": round((top[:, 0] - top[:, 1]).min().item(), 6),
        })
json.dump(out, sys.stdout, ensure_ascii=False, separators=(",", ":"))
print()
