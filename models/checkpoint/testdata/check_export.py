#!/usr/bin/env python3
"""Does transformers load a folder that WriteFolder wrote, and is it the same model?

    check_export.py EXPORTED REFERENCE [EXPORTED REFERENCE ...]

REFERENCE is a folder that transformers itself wrote from the same model. Weights must be the same
bits (rounded to the dtype of EXPORTED), logits the same numbers, and tokenizers must give the same
ids, the same text back, and the same conversation. Exits 1 and says where it is not so.
Needs torch and transformers.
"""
import json
import os
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

TEXTS = [
    "The capital of France is Paris.",
    "In 1969, 3 men flew 384400 km; 12345678901234567890.",
    "  leading, trailing and   inner   spaces \t\t tabs \n\n\n lines \r\n",
    "Grüße, señor! Ça va? Ünïcödé naïve façade",
    "Привет, мир. Γειά σου Κόσμε. שלום עולם. مرحبا بالعالم ١٢٣",
    "你好，世界。こんにちは世界。안녕하세요 세계. สวัสดีชาวโลก नमस्ते दुनिया १२३",
    "👩‍👩‍👧‍👦 family, 🏳️‍🌈 flag, 👍🏽 thumbs, 🇩🇪 e\u0301 combining \u200b zero width \ufeff",
    "def f(x):\n    return {'a': [x**2 for _ in range(10)], \"b\": None}  # it's\n",
    "<|im_start|>user\nHi<|im_end|>\n<|endoftext|> <repo_name>x<file_sep>",
    "don't I'LL we've they'd it's I'm you're 'tis",
    "½ ² Ⅷ ௧ 𝟘𝟙 x² 10³ 5% €5,00 $1.50",
    "a\x00b\x01c\x7f\x80\xa0d\u2028e\u3000f",
    "",
]
CHATS = [
    [{"role": "user", "content": "What is the capital of France?"}],
    [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}, {"role": "user", "content": "Bye"}],
]

failures = []


def check(what, ok):
    print(("ok    " if ok else "WRONG ") + what)
    if not ok:
        failures.append(what)


def weights(exported, reference):
    a, b = exported.state_dict(), reference.state_dict()
    check(f"tensor names: {len(a)}", a.keys() == b.keys())
    different = [n for n in b if n not in a or not torch.equal(a[n], b[n])]
    check(f"weights are the same bits {different[:3]}", not different)


def logits(exported, reference):
    generator = torch.Generator().manual_seed(1)
    ids = torch.randint(0, reference.config.vocab_size, (2, 33), generator=generator)
    with torch.no_grad():
        a, b = exported(input_ids=ids).logits, reference(input_ids=ids).logits
    check(f"logits {tuple(a.shape)}, largest difference {(a - b).abs().max().item():g}", torch.equal(a, b))
    check("logits are finite", bool(torch.isfinite(a).all()))


def tokenizers(exported, reference):
    for text in TEXTS:
        a, b = (t(text, add_special_tokens=False)["input_ids"] for t in (exported, reference))
        same = a == b and all(exported.decode(a, skip_special_tokens=s) == reference.decode(b, skip_special_tokens=s) for s in (True, False))
        check(f"tokens of {text[:30]!r}", same)
    for name in ("bos_token", "eos_token", "pad_token", "unk_token"):
        check(f"{name} {getattr(exported, name)!r}", getattr(exported, name) == getattr(reference, name))
    if reference.chat_template:
        for chat in CHATS:
            a, b = (t.apply_chat_template(chat, add_generation_prompt=True, tokenize=False) for t in (exported, reference))
            check(f"conversation of {len(chat)}", a == b)


def compare(out, ref):
    print(f"\n{out}\nbeside {ref}")
    exported, info = AutoModelForCausalLM.from_pretrained(out, output_loading_info=True)
    check("nothing missing or left over in loading", not any(info[k] for k in ("missing_keys", "unexpected_keys", "mismatched_keys")))
    print("dtype", exported.dtype, "class", type(exported).__name__)
    declared = json.load(open(os.path.join(out, "config.json")))["torch_dtype"]
    check(f"loads as the declared {declared}", str(exported.dtype) == "torch." + declared)
    reference = AutoModelForCausalLM.from_pretrained(ref, dtype=exported.dtype)
    for key in ("hidden_size", "head_dim", "num_key_value_heads", "rope_parameters", "tie_word_embeddings", "bos_token_id", "eos_token_id", "pad_token_id"):
        a, b = (getattr(m.config, key, None) for m in (exported, reference))
        check(f"config.{key} {a}", a == b)
    weights(exported, reference)
    logits(exported, reference)
    if os.path.exists(os.path.join(ref, "tokenizer.json")):
        tokenizers(AutoTokenizer.from_pretrained(out), AutoTokenizer.from_pretrained(ref))


def main():
    paths = sys.argv[1:]
    for out, ref in zip(paths[::2], paths[1::2], strict=True):
        compare(out, ref)
    print(f"{len(failures)} wrong")
    sys.exit(1 if failures or not paths else 0)


main()
