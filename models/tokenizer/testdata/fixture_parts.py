"""Pre-tokenizers, normalizers and decoders by themselves, and classes of code points: see make_fixtures.py."""

import json

from fixture_tiny import LLAMA3
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

QWEN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
GPT4O = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
DEEPSEEK = r"[一-龥぀-ゟ゠-ヿ]+"
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"

BEHAVIORS = ["removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous"]


def part(kind, component):
    """The component as tokenizer.json would hold it."""
    t = Tokenizer(models.BPE())
    setattr(t, kind, component)
    return json.loads(t.to_str())[kind]


def cases(texts):
    # Each regular expression over all texts, the rest over those that tell them apart.
    few = {k: texts[k] for k in ("english", "japanese", "spaces", "odd-spaces-runs", "digits", "contractions", "python", "new-unicode")}
    p = pre_tokenizers
    regexes = {"gpt2": GPT2, "llama3": LLAMA3, "qwen": QWEN, "gpt4o": GPT4O, "deepseek": DEEPSEEK}
    for source in regexes.values():
        yield from pieces(p.Split(Regex(source), "isolated"), {k: t for k, t in texts.items() if len(t) < 200})
    for behavior in BEHAVIORS:
        for invert in (False, True):
            yield from pieces(p.Split(" ", behavior, invert), few)
            yield from pieces(p.Split(Regex(r"\d{2}|\s|[^\p{L}\sé]|\P{L}"), behavior, invert), few)
    for one in (p.Digits(True), p.Digits(False), p.Whitespace(), p.WhitespaceSplit(), p.ByteLevel(True), p.ByteLevel(False),
                p.ByteLevel(False, use_regex=False), p.Metaspace(), p.Metaspace(prepend_scheme="first"), p.Metaspace(prepend_scheme="never"),
                p.Metaspace(prepend_scheme="always", split=False), p.Sequence([p.ByteLevel(False), p.Digits(True)]),
                p.Sequence([p.Digits(True), p.ByteLevel(False)])):
        yield from pieces(one, few)
    n = normalizers
    composed = {k: texts[k] for k in ("combining", "zalgo", "vietnamese", "greek", "turkish", "korean", "hangul-jamo", "latin1", "japanese",
                                      "spaces", "odd-spaces", "new-unicode", "mixed", "empty")}
    for one in (n.NFC(), n.NFD(), n.NFKC(), n.NFKD(), n.Lowercase(), n.Strip(True, False), n.Strip(False, True), n.ByteLevel(),
                n.Prepend("▁"), n.Replace(" ", "▁"), n.Replace(Regex(r"\s+"), " "), n.Sequence([n.NFD(), n.Lowercase(), n.Strip()])):
        for text in composed.values():
            yield {"normalizer": part("normalizer", one), "text": text, "out": one.normalize_str(text)}
    yield from decoded()


def pieces(one, texts):
    for text in texts.values():
        yield {"pre_tokenizer": part("pre_tokenizer", one), "text": text, "pieces": [s for s, _ in one.pre_tokenize_str(text)]}


def decoded():
    d = decoders
    tokens = [
        ["▁Hey", "▁you", "▁▁x", "y▁"], ["<0xE2>", "<0x82>", "<0xAC>", "a", "<0xFF>", "<0x41>", "<0xG1>"], ["<0xC3>", "▁", "<0xA9>"],
        ["Ġa", "Ã", "©", "é", "x y", "ð", "Ł", "ĺ"], ["  a", " b ", "  c  "], ["ð", "a"], ["â", "Ĥ"], [], [" ", " "],
    ]
    both = d.Sequence([d.Fuse(), d.Strip(" ", 2, 1)])
    ones = (
        both, d.ByteLevel(), d.ByteFallback(), d.Fuse(), d.Metaspace(), d.Metaspace(prepend_scheme="never"), d.Replace("▁", " "), d.Strip(" ", 1, 0),
        d.Sequence([d.Replace("▁", " "), d.ByteFallback(), d.Fuse(), d.Strip(" ", 1, 0)]),
        d.Sequence([d.Fuse(), d.Replace(Regex(" +"), "_")]), d.Sequence([d.Fuse(), d.Metaspace()]),
    )
    for one in ones:
        for t in tokens:
            if one is both and not "".join(t).strip():
                continue  # the reference panics where it strips more than there is
            yield {"decoder": part("decoder", one), "tokens": t, "out": one.decode(t)}


def classes():
    """Ranges of code points, first and last, that the reference counts as of a class."""
    p = pre_tokenizers
    digits, whitespace, words = p.Digits(True), p.WhitespaceSplit(), p.Whitespace()
    alone = {name: p.Split(Regex(source), "removed") for name, source in (("letter", r"\p{L}"), ("number", r"\p{N}"), ("space", r"\s"))}
    out = {name: ranges(lambda c, split=split: not split.pre_tokenize_str(c)) for name, split in alone.items()}
    out["digit"] = ranges(lambda c: len(digits.pre_tokenize_str("a" + c)) == 2)
    out["word"] = ranges(lambda c: len(words.pre_tokenize_str("a" + c)) == 1 and len(whitespace.pre_tokenize_str(c)) == 1)
    lower = normalizers.Lowercase()
    out["lower"] = [[ord(c), s] for c in map(chr, points()) if (s := lower.normalize_str(c)) != c]
    return out


def points():
    return (c for c in range(0x110000) if not 0xD800 <= c < 0xE000)


def ranges(belongs):
    out = []
    for c in points():
        if belongs(chr(c)):
            if out and out[-1][1] == c - 1:
                out[-1][1] = c
            else:
                out.append([c, c])
    return out
