#!/usr/bin/env python3
"""Makes the fixtures beside it: tiny random models as transformers and gguf write them, and what they mean.

    make_fixtures.py                                the tiny models
    make_fixtures.py --smollm2 REFERENCE            smollm2.json, from the folder that transformers made
                                                    of SmolLM2-135M-Instruct.Q4_1.gguf

Beside every model lie expected.f32, the float32 values (little-endian) of all its tensors by Hugging
Face's names and layouts, in order of names, and expected.json, their names and shapes.
Needs torch, transformers, tokenizers, safetensors, gguf, numpy.
"""
import argparse
import hashlib
import json
import os
import shutil

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

import gguf

HERE = os.path.dirname(os.path.abspath(__file__))
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<tool>"]
MERGES = [("h", "e"), ("Ġ", "t"), ("Ġt", "he"), ("l", "l"), ("he", "ll"), ("hell", "o"), ("1", "2"), ("<", "tool")]
LETTERS = [chr(c) for c in range(ord("a"), ord("z") + 1)] + list("0123456789") + ["Ġ", "Ċ", "<", ">", "Ã", "©", "tool", "©é"]
VOCAB = SPECIAL + LETTERS + [a + b for a, b in MERGES]
TEMPLATE = "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"


def tokenizer():
    t = Tokenizer(models.BPE({w: i for i, w in enumerate(VOCAB)}, MERGES, continuing_subword_prefix="", end_of_word_suffix=""))
    t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    t.decoder = decoders.ByteLevel()
    t.add_special_tokens([AddedToken(s, normalized=False, special=True) for s in SPECIAL[:3]])
    t.add_tokens([AddedToken(SPECIAL[3], normalized=False)])
    return t


def expect(folder, tensors):
    """Writes what a reader must find, as numpy float32 arrays by name."""
    names = sorted(tensors)
    with open(os.path.join(folder, "expected.f32"), "wb") as f:
        for n in names:
            f.write(np.ascontiguousarray(tensors[n], dtype="<f4").tobytes())
    with open(os.path.join(folder, "expected.json"), "w") as f:
        json.dump([[n, list(tensors[n].shape)] for n in names], f, indent=0)


def fresh(*path):
    folder = os.path.join(HERE, *path)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    return folder


def model(hidden, heads, kv, inner, layers, tied, bias=False):
    c = LlamaConfig(
        vocab_size=len(VOCAB), hidden_size=hidden, intermediate_size=inner, num_hidden_layers=layers, num_attention_heads=heads,
        num_key_value_heads=kv, max_position_embeddings=64, tie_word_embeddings=tied, attention_bias=bias, mlp_bias=bias,
        rms_norm_eps=1e-5, bos_token_id=1, eos_token_id=2, pad_token_id=0, rope_theta=1000.0)
    m = LlamaForCausalLM(c)
    with torch.no_grad():
        for p in m.parameters():  # norms and biases too, so that no two tensors are alike
            p.copy_(torch.randn_like(p) * 0.3)
    return m


def own_tensors(m):
    tied = m.config.tie_word_embeddings
    return {n: v.detach().float().numpy() for n, v in m.state_dict().items() if not (tied and n == "lm_head.weight")}


def hugging_face(name, tied, dtype, shard, eos, older):
    folder = fresh("hf", name)
    m = model(hidden=8, heads=2, kv=1, inner=12, layers=2, tied=tied).to(dtype)
    m.generation_config = GenerationConfig(bos_token_id=1, eos_token_id=eos, pad_token_id=0)
    m.save_pretrained(folder, max_shard_size=shard)
    t = PreTrainedTokenizerFast(tokenizer_object=tokenizer(), bos_token=SPECIAL[1], eos_token=SPECIAL[2], pad_token=SPECIAL[0], unk_token=SPECIAL[0])
    t.chat_template = TEMPLATE
    t.save_pretrained(folder)
    if older:  # as transformers 4 wrote it
        rewrite(folder, "config.json", older_config)
        rewrite(folder, "tokenizer_config.json", lambda c: {**c, "chat_template": [{"name": "tools", "template": "no"}, {"name": "default", "template": TEMPLATE}], "eos_token": {"__type": "AddedToken", "content": SPECIAL[2], "lstrip": False, "normalized": False, "rstrip": False, "single_word": False, "special": True}})
        os.remove(os.path.join(folder, "chat_template.jinja"))
    expect(folder, own_tensors(m))


def older_config(c):
    rope, dtype = c.pop("rope_parameters"), c.pop("dtype")
    return {**c, "rope_theta": rope["rope_theta"], "rope_scaling": None, "torch_dtype": dtype}


def rewrite(folder, name, change):
    path = os.path.join(folder, name)
    value = change(json.load(open(path)))
    json.dump(value, open(path, "w"), indent=1)


def permute(w, heads):
    """How llama.cpp orders the rows of q and k: convert_hf_to_gguf.py, LlamaModel.permute."""
    return w.reshape(heads, 2, w.shape[0] // heads // 2, *w.shape[1:]).swapaxes(1, 2).reshape(w.shape)


def unpermute(w, heads):
    return w.reshape(heads, w.shape[0] // heads // 2, 2, *w.shape[1:]).swapaxes(1, 2).reshape(w.shape)


OUTER = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight", "lm_head.weight": "output.weight"}
INNER = {
    "model.layers.": "blk.", "self_attn.o_proj": "attn_output", "self_attn.": "attn_", "_proj": "",
    "post_attention_layernorm": "ffn_norm", "input_layernorm": "attn_norm", "mlp.": "ffn_"}


def gguf_name(name):
    if name in OUTER:
        return OUTER[name]
    for ours, theirs in INNER.items():
        name = name.replace(ours, theirs)
    return name


def gguf_file(name, kind, tied, bias=False, version=3, pre="smollm"):
    folder = fresh("gguf", name)
    m = model(hidden=32, heads=2, kv=1, inner=64, layers=1, tied=tied, bias=bias)
    c, path = m.config, os.path.join(folder, "model.gguf")
    w = gguf.GGUFWriter(path, "llama")
    w.add_name("tiny " + name)
    w.add_block_count(c.num_hidden_layers)
    w.add_context_length(c.max_position_embeddings)
    w.add_embedding_length(c.hidden_size)
    w.add_feed_forward_length(c.intermediate_size)
    w.add_head_count(c.num_attention_heads)
    w.add_head_count_kv(c.num_key_value_heads)
    w.add_rope_freq_base(1000.0)
    w.add_rope_dimension_count(16)
    w.add_layer_norm_rms_eps(1e-5)
    w.add_vocab_size(c.vocab_size)
    w.add_tokenizer_model("gpt2")
    w.add_tokenizer_pre(pre)
    w.add_token_list(VOCAB)
    w.add_token_types([3, 3, 3, 4] + [1] * (len(VOCAB) - 4))
    w.add_token_merges([a + " " + b for a, b in MERGES])
    w.add_bos_token_id(1)
    w.add_eos_token_id(2)
    w.add_unk_token_id(0)
    w.add_pad_token_id(0)
    w.add_chat_template(TEMPLATE)
    w.add_array("test.numbers", [0.5, 1.5])  # of a type that is passed over
    expected = {}
    for n, v in own_tensors(m).items():
        heads = c.num_attention_heads if ".q_proj" in n else c.num_key_value_heads if ".k_proj" in n else 0
        stored = permute(v, heads) if heads else v
        t = kind if v.ndim == 2 else gguf.GGMLQuantizationType.F32
        raw = gguf.quantize(np.ascontiguousarray(stored), t)
        w.add_tensor(gguf_name(n), raw, raw_dtype=t)
        back = gguf.dequantize(raw, t).reshape(v.shape)
        expected[n] = unpermute(back, heads) if heads else back
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()
    if version != 3:  # 2 and 3 differ in nothing else
        with open(path, "r+b") as f:
            f.seek(4)
            f.write(version.to_bytes(4, "little"))
    expect(folder, expected)


def safetensors_file():
    """A plain file with metadata and several dtypes, as the safetensors package writes it."""
    g = torch.Generator().manual_seed(7)
    save_file({
        "step": torch.tensor(12345678901234, dtype=torch.int64),
        "rng": torch.randint(0, 256, (13,), generator=g, dtype=torch.uint8),
        "half": torch.tensor([0.0, -0.0, 1.0, -2.5, 65504.0, 6e-8, 6.1e-5, float("inf"), float("-inf")], dtype=torch.float16),
        "brain": torch.tensor([1.0, -3.140625, 1e30, 1e-40], dtype=torch.bfloat16),
        "double": torch.tensor([[0.1, 1e300], [-1e-300, 2.0]], dtype=torch.float64),
        "plain": torch.tensor([[1.5, -2.25, 3.0]], dtype=torch.float32),
        "empty": torch.zeros((0, 3)),
        "scalar": torch.tensor(2.5),
    }, os.path.join(HERE, "mixed.safetensors"), {"format": "pt", "note": "ünï \"quoted\" <b>"})


def digest(value):
    return hashlib.sha256(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def smollm2(folder):
    tensors = {}
    with safe_open(os.path.join(folder, "model.safetensors"), "np") as f:
        for n in sorted(f.keys()):
            v = f.get_tensor(n)
            tensors[n] = {"shape": list(v.shape), "sha256": hashlib.sha256(np.ascontiguousarray(v, dtype="<f4").tobytes()).hexdigest()}
    t = json.load(open(os.path.join(folder, "tokenizer.json")))
    m = t.pop("model")
    words = [w for w, _ in sorted(m.pop("vocab").items(), key=lambda e: e[1])]
    merges = [x.split(" ") if isinstance(x, str) else x for x in m.pop("merges")]
    out = {"tensors": tensors, "vocab": digest(words), "merges": digest(merges), "tokenizer": t, "model": m}
    with open(os.path.join(HERE, "smollm2.json"), "w") as f:
        json.dump(out, f, indent=0, ensure_ascii=False)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--smollm2", metavar="REFERENCE")
    a = p.parse_args()
    if a.smollm2:
        return smollm2(a.smollm2)
    torch.manual_seed(1)
    hugging_face("tied-f32", True, torch.float32, "5GB", 2, older=False)
    hugging_face("untied-bf16", False, torch.bfloat16, "5GB", [2, 0], older=True)
    hugging_face("tied-bf16-sharded", True, torch.bfloat16, "2KB", [2, 0], older=False)
    hugging_face("untied-f32-sharded", False, torch.float32, "4KB", 2, older=True)
    Q = gguf.GGMLQuantizationType
    gguf_file("f32", Q.F32, tied=True)
    gguf_file("f16-untied", Q.F16, tied=False)
    gguf_file("bf16-bias-v2", Q.BF16, tied=True, bias=True, version=2)
    gguf_file("q8_0", Q.Q8_0, tied=True)
    gguf_file("q4_0", Q.Q4_0, tied=True, pre="gpt-2")
    gguf_file("q4_1-untied", Q.Q4_1, tied=False)
    safetensors_file()


main()
