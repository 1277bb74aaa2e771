#!/usr/bin/env python3
"""Does the safetensors package read what WriteSafetensors wrote?   check_state.py FILE

FILE holds step (I64 scalar, -3), rng (U8, 0 to 4), adapter (F32 [2, 3], 0.5 i) and the metadata note = "é".
"""
import sys

import torch
from safetensors import safe_open

with safe_open(sys.argv[1], "pt") as f:
    found = {n: f.get_tensor(n) for n in f.keys()}
    assert f.metadata() == {"note": "é"}, f.metadata()
expected = {
    "step": torch.tensor(-3),
    "rng": torch.arange(5, dtype=torch.uint8),
    "adapter": torch.arange(6, dtype=torch.float32).reshape(2, 3) / 2,
}
assert found.keys() == expected.keys(), found.keys()
for name, want in expected.items():
    got = found[name]
    assert got.dtype == want.dtype and got.shape == want.shape and torch.equal(got, want), (name, got, want)
