#!/usr/bin/env python3
"""Records what Hugging Face tokenizers and transformers say, for the tests of this package.

    python models/tokenizer/testdata/make_fixtures.py CHECKPOINT

CHECKPOINT is a Hugging Face folder of SmolLM2-135M-Instruct. Needs the Python packages tokenizers and transformers,
and the zstd command. Writes, beside itself:

    smollm2.tokenizer.json.zst   the checkpoint's tokenizer.json, minified
    smollm2.jsonl                texts, and their ids and decodings under it
    tiny-*.json, tiny-*.jsonl    small tokenizers of other families, trained here, and the same for them
    parts.jsonl                  pre-tokenizers, normalizers and decoders by themselves
    classes.json                 which code points are letters, numbers, spaces
    chat.jsonl                   chat templates and what they render
"""

import json
import pathlib
import subprocess
import sys

import fixture_chat
import fixture_parts
import fixture_texts
import fixture_tiny
from tokenizers import Tokenizer

HERE = pathlib.Path(__file__).parent


def main():
    checkpoint = pathlib.Path(sys.argv[1])
    source = json.loads((checkpoint / "tokenizer.json").read_text(encoding="utf-8"))
    minified = json.dumps(source, ensure_ascii=False, separators=(",", ":"))
    packed = subprocess.run(["zstd", "--ultra", "-22", "-c"], input=minified.encode(), stdout=subprocess.PIPE, check=True)
    (HERE / "smollm2.tokenizer.json.zst").write_bytes(packed.stdout)

    named = {**fixture_texts.SCRIPTS, **fixture_texts.OTHERS, "empty": ""}
    texts = [*named.items(), *((f"fuzz-{i}", t) for i, t in enumerate(fixture_texts.fuzz(1500)))]
    write_cases("smollm2", Tokenizer.from_str(minified), texts)

    tiny_texts = [*named.items(), *((f"fuzz-{i}", t) for i, t in enumerate(fixture_texts.fuzz(60, seed=7)))]
    for name, tokenizer in fixture_tiny.tokenizers(fixture_texts.SCRIPTS):
        compact = json.dumps(json.loads(tokenizer), ensure_ascii=False, separators=(",", ":"))
        (HERE / f"{name}.json").write_text(compact + "\n", encoding="utf-8")
        write_cases(name, Tokenizer.from_str(tokenizer), tiny_texts + fixture_tiny.TEXTS)

    write_lines("parts.jsonl", fixture_parts.cases(named))
    (HERE / "classes.json").write_text(json.dumps(fixture_parts.classes(), separators=(",", ":")) + "\n")
    write_lines("chat.jsonl", fixture_chat.cases(checkpoint))


def write_cases(name, tokenizer, texts):
    """A line per text: ids; ids with the template's, and the decodings, where they differ from the obvious."""
    lines = []
    for case, text in texts:
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        line = {"name": case, "text": text, "ids": ids}
        if (framed := tokenizer.encode(text, add_special_tokens=True).ids) != ids:
            line["framed"] = framed
        tokenizer.encode_special_tokens = True
        if (ordinary := tokenizer.encode(text, add_special_tokens=False).ids) != ids:
            line["ordinary"] = ordinary
        tokenizer.encode_special_tokens = False
        if (kept := tokenizer.decode(ids, skip_special_tokens=False)) != text:
            line["kept"] = kept
        if (plain := tokenizer.decode(ids, skip_special_tokens=True)) != kept:
            line["plain"] = plain
        lines.append(line)
    write_lines(f"{name}.jsonl", lines)


def write_lines(name, lines):
    with open(HERE / name, "w", encoding="utf-8") as out:
        for line in lines:
            out.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")


main()
