#!/usr/bin/env python3
"""Losses and gradients by PyTorch for the tests of engine/train.

make_fixtures.py OUT [CHECKPOINT]: writes OUT/tiny (a random two-layer llama with its weights, inputs,
log-probabilities and all gradients) and, given the Hugging Face checkpoint of the embedded model,
OUT/real.json (log-probabilities and a sample of the gradients on a fixed text).
"""
import json, os, sys
import torch
from safetensors.torch import save_file
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

torch.manual_seed(7)
torch.set_num_threads(2)
out = sys.argv[1]


def nll(model, ids, mask):
    """Mean over masked tokens of -log p(token | before), and the log-probabilities."""
    att = (ids >= 0).long()
    logits = model(input_ids=ids.clamp(min=0), attention_mask=att).logits
    logp = torch.log_softmax(logits[:, :-1], -1).gather(-1, ids.clamp(min=0)[:, 1:, None])[..., 0]
    m = mask[:, 1:].to(logp.dtype)
    return -(logp * m).sum() / m.sum(), logp * m, logits


def tiny():
    c = LlamaConfig(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, intermediate_size=48,
                    vocab_size=96, max_position_embeddings=128, rms_norm_eps=1e-5, rope_theta=10000.0, tie_word_embeddings=True)
    m = LlamaForCausalLM(c).float()
    for p in m.parameters():                       # larger than usual, so that attention is not flat
        p.data = torch.randn_like(p) * (0.15 if p.dim() > 1 else 0.3) + (1.0 if p.dim() == 1 else 0.0)
    m.tie_weights()
    lengths = [23, 9, 16, 30]
    ids = torch.full((4, 30), -1)
    mask = torch.zeros(4, 30, dtype=torch.bool)
    for i, n in enumerate(lengths):
        ids[i, :n] = torch.randint(0, 96, (n,))
        mask[i, n // 3:n] = True
    loss, logp, _ = nll(m, ids, mask)
    loss.backward()
    weights = {k: v.detach().clone() for k, v in m.named_parameters()}
    grads = {"grad:" + k: v.grad.clone() for k, v in m.named_parameters()}
    os.makedirs(out, exist_ok=True)
    save_file(weights | grads, os.path.join(out, "tiny.safetensors"))
    rows = [dict(tokens=ids[i, :n].tolist(), mask=mask[i, :n].tolist(), logp=[0.0] + logp[i, :n - 1].tolist()) for i, n in enumerate(lengths)]
    json.dump(dict(loss=loss.item(), rows=rows), open(os.path.join(out, "tiny.json"), "w"), indent=1)


def real(path):
    """Values are those of float64: in float32 PyTorch itself is off by up to 1e-3 of a gradient's largest entry in some
    tensors of this model, by other amounts on other CPUs. spread is how far its float32 was off here, in that unit."""
    t = AutoTokenizer.from_pretrained(path)
    texts = ["The capital of France is Paris, and the Seine runs through it.",
             "def add(a, b):\n    return a + b\n\nprint(add(2, 3))",
             "Once upon a time there was a king who had three sons, and the youngest was the cleverest of them all."]
    ids = [t(s, add_special_tokens=False)["input_ids"] for s in texts]
    n = max(map(len, ids))
    x = torch.full((3, n), -1)
    mask = torch.zeros(3, n, dtype=torch.bool)
    for i, r in enumerate(ids):
        x[i, :len(r)] = torch.tensor(r)
        mask[i, 1:len(r)] = True
    off = {}
    for dtype in (torch.float32, torch.float64):
        m = LlamaForCausalLM.from_pretrained(path, dtype=dtype)
        loss, logp, logits = nll(m, x, mask)
        loss.backward()
        for k, p in m.named_parameters():
            off[k] = p.grad.double() - off.get(k, 0)      # in the end float64 less float32
    top = [logits[i, len(r) - 1].topk(8) for i, r in enumerate(ids)]
    rows = [dict(text=texts[i], tokens=r, logp=[0.0] + [round(v, 6) for v in logp[i, :len(r) - 1].tolist()],
                 last=dict(ids=top[i].indices.tolist(), logits=[round(v, 5) for v in top[i].values.tolist()])) for i, r in enumerate(ids)]
    g = torch.Generator().manual_seed(3)
    grads = {}
    for k, p in m.named_parameters():
        flat = p.grad.flatten()
        at = torch.randint(0, flat.numel(), (3,), generator=g)
        at[0] = flat.abs().argmax()
        largest = flat.abs().max().item()
        grads[k] = dict(at=at.tolist(), value=[float(f"{v:.8g}") for v in flat[at].tolist()], largest=float(f"{largest:.6g}"),
                        spread=float(f"{off[k].abs().max().item() / largest:.2g}"))
    json.dump(dict(loss=loss.item(), rows=rows, grads=grads), open(os.path.join(out, "real.json"), "w"))


tiny()
if len(sys.argv) > 2:
    real(sys.argv[2])
