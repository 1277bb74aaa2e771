#!/usr/bin/env python3
"""Losses of the recipes rloo, ppo, dpo and reward by PyTorch, for the tests of tasks/recipes.

make_fixtures.py > rl.json: a llama of two layers whose tokens are bytes, two low-rank adapters and a head, with weights that
noise() gives to both sides; three answers; what they teach, and the loss, metrics and gradient norm of one update.
Needs torch and transformers.
"""
import json, sys, zlib
import torch
from torch.func import functional_call
from transformers import LlamaConfig, LlamaForCausalLM

torch.set_default_dtype(torch.float64)
TEMPERATURE, BETA, GAMMA, LAM, CLIP, CLIP_VALUE, VALUE_SHARE = 0.7, 0.3, 0.98, 0.9, 0.2, 0.3, 0.5
RANK, ALPHA, END = 4, 8.0, 257


def noise(name, n):
    """n numbers from -0.5 to 0.5 that a name determines: a hash of its CRC and their place."""
    out = []
    for i in range(n):
        x = (zlib.crc32(name.encode()) + i * 2654435761) & 0xFFFFFFFF
        for _ in range(2):
            x = ((x ^ (x >> 16)) * 0x45D9F3B) & 0xFFFFFFFF
        x ^= x >> 16
        out.append(x / 2**32 - 0.5)
    return torch.tensor(out)


config = LlamaConfig(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, intermediate_size=48, vocab_size=258,
                     max_position_embeddings=2048, rms_norm_eps=1e-5, rope_theta=10000.0, tie_word_embeddings=True, attn_implementation="eager")
net = LlamaForCausalLM(config)
base = {}
for name, p in net.named_parameters():
    v = noise(name, p.numel()).reshape(p.shape)
    base[name] = 1 + 0.2 * v if p.dim() == 1 else v  # as float32 has it, below
base = {k: v.float().double() for k, v in base.items()}


def adapter(prefix):
    """Leaves A and B of every linear weight."""
    out = {}
    for name, w in base.items():
        if name.endswith("_proj.weight"):
            stem = name[: -len(".weight")]
            for part, shape in (("lora_A", (RANK, w.shape[1])), ("lora_B", (w.shape[0], RANK))):
                full = f"{stem}.{part}.weight"
                v = 0.5 * noise(prefix + full, shape[0] * shape[1]).float().double().reshape(shape)
                out[full] = v.requires_grad_()
    return out


def merged(leaves):
    w = dict(base)
    for name in base:
        stem = name[: -len(".weight")]
        if stem + ".lora_A.weight" in leaves:
            w[name] = base[name] + ALPHA / RANK * leaves[stem + ".lora_B.weight"] @ leaves[stem + ".lora_A.weight"]
    return w


policy, value = adapter("policy."), adapter("value.")
head = (2 * noise("value.score.weight", 32)).float().double().reshape(1, 32).requires_grad_()
bias = (2 * noise("value.score.bias", 1)).float().double().requires_grad_()

texts = [("Say a", "abc", 1), ("Count", "one two three", 0), ("Hi", "yes no", 1)]
ids = [list(q.encode()) + list(a.encode()) + [END] for q, a, _ in texts]
starts = [len(q.encode()) for q, _, _ in texts]
ended = torch.tensor([float(e) for *_, e in texts])
N, L = len(ids), max(map(len, ids))
x = torch.zeros(N, L, dtype=torch.long)
attend = torch.zeros(N, L, dtype=torch.long)
mask = torch.zeros(N, L)
for i, r in enumerate(ids):
    x[i, : len(r)] = torch.tensor(r)
    attend[i, : len(r)] = 1
    mask[i, starts[i] : len(r)] = 1


def logprobs():
    """log p of each token at the temperature, and the entropy it was drawn with, at the token's own place; 0 off the mask."""
    logits = functional_call(net, merged(policy), (), dict(input_ids=x, attention_mask=attend)).logits[:, :-1] / TEMPERATURE
    all = torch.log_softmax(logits, -1)
    pad = lambda t: torch.nn.functional.pad(t, (1, 0)) * mask
    return pad(all.gather(-1, x[:, 1:, None])[..., 0]), pad(-(all.exp() * all).sum(-1))


def values():
    states = functional_call(net, merged(value), (), dict(input_ids=x, attention_mask=attend, output_hidden_states=True)).hidden_states[-1]
    return (states @ head[0] + bias) * attend


logp, entropy = logprobs()
v = values()
old_logp = ((logp.detach() + 0.6 * noise("old", N * L).reshape(N, L)) * mask).float().double()
ref_logp = ((logp.detach() + 1.0 * noise("ref", N * L).reshape(N, L)) * mask).float().double()
old_value = ((v.detach() + 2.0 * noise("value", N * L).reshape(N, L)) * attend).float().double()
score = (4 * noise("score", N)).float().double()

# What the answers teach, in the layout of Huang et al. (2024): slots of responses, the value of a slot being that of the state
# before it; the score in the slot behind the end, where there is one. Slots behind that are masked.
T = max(len(r) - s for r, s in zip(ids, starts)) + 1
slot = lambda t, shift: torch.stack([torch.nn.functional.pad(t[i], (0, T + 1))[starts[i] - shift : starts[i] - shift + T] for i in range(N)])
count = torch.tensor([len(r) - s for r, s in zip(ids, starts)])
at = torch.arange(T).expand(N, T)
acted = at < count[:, None]
valued = at < (count + ended.long())[:, None]
rewards = torch.where(acted, -BETA * slot(old_logp - ref_logp, 0), 0.0)
rewards[torch.arange(N), count - 1 + ended.long()] += score
V = torch.where(valued, slot(old_value, 1), 0.0)
last, backwards = torch.zeros(N), []
for t in reversed(range(T)):
    after = V[:, t + 1] if t < T - 1 else torch.zeros(N)
    last = rewards[:, t] + GAMMA * after - V[:, t] + GAMMA * LAM * last
    last = torch.where(valued[:, t], last, 0.0)
    backwards.append(last)
raw = torch.stack(backwards[::-1], 1)
returns_at = raw + V
seen = raw[acted]
white = torch.where(acted, (raw - seen.mean()) * torch.rsqrt(seen.var(unbiased=False) + 1e-8), 0.0)


def place(s, keep, shift):
    """Slots back to tokens: shift 0 at the action, 1 at the state before it."""
    out = torch.zeros(N, L)
    for i in range(N):
        for t in range(T):
            if keep[i, t]:
                out[i, starts[i] - shift + t] = s[i, t]
    return out


advantage, returns, value_mask = place(white, acted, 0), place(returns_at, valued, 1), place(valued.double(), valued, 1)


def gradient_norm(loss, leaves):
    return torch.sqrt(sum((g**2).sum() for g in torch.autograd.grad(loss, leaves, retain_graph=True))).item()


mean = lambda t, m: (t * m).sum() / m.sum()
ratio = torch.exp(logp - old_logp)
pg = torch.max(-advantage * ratio, -advantage * torch.clamp(ratio, 1 - CLIP, 1 + CLIP))
near = old_value + torch.clamp(v - old_value, -CLIP_VALUE, CLIP_VALUE)
vf = 0.5 * torch.max((v - returns) ** 2, (near - returns) ** 2)
policy_loss, value_loss = mean(pg, mask), mean(vf, value_mask)
ppo = policy_loss + VALUE_SHARE * value_loss

# RLOO: the samples are 2 answers to each of 3 prompts, by their rewards alone; the loss is of the three answers above.
K, rewards6 = 2, (3 * noise("rewards", 6)).float().double()
by_prompt = rewards6.reshape(3, K)
loo = (by_prompt - (by_prompt.sum(1, keepdim=True) - by_prompt) / (K - 1)).flatten()
weights = (2 * noise("weights", N)).float().double()
rloo = -(weights * (logp * mask).sum(1)).mean()


# DPO: the first answers were chosen, others rejected; log-probabilities are sums over an answer and its end, at temperature 1.
DPO_BETA, SMOOTHING = 0.3, 0.1


def answer_logp(prompt, answer):
    row = torch.tensor([list(prompt.encode()) + list(answer.encode()) + [END]])
    logits = functional_call(net, merged(policy), (), dict(input_ids=row)).logits[0, :-1]
    return torch.log_softmax(logits, -1).gather(-1, row[0, 1:, None])[len(prompt.encode()) - 1 :, 0].sum()


preferences = [dict(prompt=q, chosen=a, rejected=other) for (q, a, _), other in zip(texts, ("xyz", "no", "maybe so"))]
chosen = torch.stack([answer_logp(r["prompt"], r["chosen"]) for r in preferences])
rejected = torch.stack([answer_logp(r["prompt"], r["rejected"]) for r in preferences])
start_chosen = (chosen.detach() + 4 * noise("chosen", N)).float().double()
start_rejected = (rejected.detach() + 4 * noise("rejected", N)).float().double()
for i, r in enumerate(preferences):
    r.update(start_chosen=start_chosen[i].item(), start_rejected=start_rejected[i].item())
margin = (chosen - start_chosen) - (rejected - start_rejected)
sigmoid_loss = (-(1 - SMOOTHING) * torch.nn.functional.logsigmoid(DPO_BETA * margin) - SMOOTHING * torch.nn.functional.logsigmoid(-DPO_BETA * margin)).mean()
ipo_loss = ((margin - 1 / (2 * DPO_BETA)) ** 2).mean()


def dpo(loss):
    return dict(loss=loss.item(), grad_norm=gradient_norm(loss, list(policy.values())), accuracy=(margin > 0).double().mean().item(),
                margin=DPO_BETA * margin.mean().item(), chosen_logp=chosen.mean().item(), rejected_logp=rejected.mean().item(),
                chosen_gain=(chosen - start_chosen).mean().item())


# Reward: comparisons of the three answers under Bradley and Terry, a score being the head at the end token.
compared = [(0, 1, 1.0), (2, 1, 0.5), (0, 2, 0.0)]
scores = torch.stack([v[i, len(r) - 1] for i, r in enumerate(ids)])
gaps = torch.stack([scores[a] - scores[b] for a, b, _ in compared])
targets = torch.tensor([t for *_, t in compared])
bradley_terry = torch.nn.functional.binary_cross_entropy_with_logits(gaps, targets)


def controller(beta, kl, n, target, horizon):
    error = torch.clamp(torch.tensor(kl / target - 1), -0.2, 0.2).item()
    return beta * (1 + error * n / horizon)


tokens = lambda t, i: [float(f"{f:.9g}") for f in t[i, : len(ids[i])].tolist()]
rows = [dict(prompt=q, response=a, ended=e, score=score[i].item(), weight=weights[i].item(), logp=tokens(old_logp, i), ref=tokens(ref_logp, i), old=tokens(old_value, i))
        for i, (q, a, e) in enumerate(texts)]
json.dump(dict(
    settings=dict(temperature=TEMPERATURE, beta=BETA, gamma=GAMMA, lam=LAM, clip_ratio=CLIP, clip_value=CLIP_VALUE, value_share=VALUE_SHARE), rows=rows,
    lessons=dict(advantage=[tokens(advantage, i) for i in range(N)], returns=[tokens(returns, i) for i in range(N)], value_mask=[tokens(value_mask, i) for i in range(N)]),
    ppo=dict(loss=ppo.item(), policy_loss=policy_loss.item(), value_loss=value_loss.item(), entropy=mean(entropy, mask).item(),
             clip_frac=mean(((ratio - 1).abs() > CLIP).double(), mask).item(), approx_kl=0.5 * mean((logp - old_logp) ** 2, mask).item(),
             grad_norm=gradient_norm(ppo, [*policy.values(), *value.values(), head, bias])),
    controller=[dict(kl=kl, beta=controller(BETA, kl, 32, 6.0, 1000)) for kl in (0.1, 5.7, 6.5, 60.0)],
    rloo=dict(rewards=rewards6.tolist(), advantage=loo.tolist(), loss=rloo.item(), entropy=mean(entropy, mask).item(), grad_norm=gradient_norm(rloo, list(policy.values()))),
    preferences=preferences, dpo=dict(beta=DPO_BETA, smoothing=SMOOTHING, sigmoid=dpo(sigmoid_loss), ipo=dpo(ipo_loss)),
    reward=dict(compared=compared, scores=scores.tolist(), nll=bradley_terry.item(), grad_norm=gradient_norm(bradley_terry, [*value.values(), head])),
), sys.stdout, indent=1)
