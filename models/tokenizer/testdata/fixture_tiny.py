"""Small tokenizers, one of each family of tokenizer.json in use: see make_fixtures.py."""

import json

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)

# Texts for the added tokens of the tokenizers below.
TEXTS = [
    ("added", "a<s>b</s> c <mask> d<mask>e  <mask>  f"),
    ("added-edges", "<s><s></s></s>  <mask>"),
    ("added-words", "word swordfish word's sword WORD a word\u200d_word"),
    ("added-strip", "x  \u3000<left>  y <right>  \n z <right><left> w"),
    ("added-touching", "<right>  <left>  <right>  <mask><left>"),
    ("added-inside", "<s<s>> </s</s>"),
    ("added-normal", "Day day DAY daybreak \uff24ay"),
]


def added(tokenizer):
    tokenizer.add_tokens([
        AddedToken("word", single_word=True, normalized=False), AddedToken("<left>", lstrip=True, normalized=False),
        AddedToken("<right>", rstrip=True, normalized=False), AddedToken("Day", normalized=True),
    ])
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True, rstrip=True, special=True, normalized=False)])


def train(tokenizer, texts, size, specials, alphabet=(), limit=None):
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=specials, initial_alphabet=list(alphabet), show_progress=False,
        **({} if limit is None else {"limit_alphabet": limit}),
    )
    tokenizer.train_from_iterator(list(texts.values()) * 2, trainer)


def bytelevel(texts):
    """GPT-2: all bytes, a space in front, Roberta's frame."""
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    t.decoder = decoders.ByteLevel()
    train(t, texts, 420, ["<s>", "</s>"], pre_tokenizers.ByteLevel.alphabet())
    added(t)
    t.post_processor = processors.RobertaProcessing(("</s>", 1), ("<s>", 0))
    return t.to_str()


def llama3(texts):
    """Llama 3: a general pattern, then bytes; whole words first; merges as strings."""
    t = Tokenizer(models.BPE(ignore_merges=True))
    t.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(LLAMA3), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    t.decoder = decoders.ByteLevel()
    train(t, texts, 420, ["<s>", "</s>"], pre_tokenizers.ByteLevel.alphabet())
    # A word that no merge makes, to be found whole.
    f = json.loads(t.to_str())
    f["model"]["vocab"]["Ġdignity"] = len(f["model"]["vocab"])
    t = Tokenizer.from_str(json.dumps(f))
    added(t)
    t.post_processor = processors.Sequence([
        processors.ByteLevel(), processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 1)]),
    ])
    f = json.loads(t.to_str())
    f["model"]["merges"] = [" ".join(m) for m in f["model"]["merges"]]
    return json.dumps(f)


def llama(texts):
    """Llama 2, TinyLlama: SentencePiece's conventions as a normalizer, byte fallback, fused unknowns."""
    t = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    t.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    t.decoder = decoders.Sequence([
        decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0),
    ])
    train(t, {k: v for k, v in texts.items() if k in ("english", "french", "russian")}, 600,
          ["<unk>", "<s>", "</s>", *(f"<0x{b:02X}>" for b in range(256))])
    f = json.loads(t.to_str())
    f["added_tokens"] = [a for a in f["added_tokens"] if not a["content"].startswith("<0x")]
    t = Tokenizer.from_str(json.dumps(f))
    added(t)
    t.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return t.to_str()


def mistral(texts):
    """Mistral: Metaspace in front of the first piece only, not split; some bytes have no token."""
    t = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=False, byte_fallback=True))
    t.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    t.decoder = decoders.Sequence([
        decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0),
    ])
    train(t, {k: v for k, v in texts.items() if k in ("english", "german")}, 400,
          ["<unk>", "<s>", "</s>", *(f"<0x{b:02X}>" for b in range(256) if b not in (0xE4, 0xF0))])
    f = json.loads(t.to_str())
    f["added_tokens"] = [a for a in f["added_tokens"] if not a["content"].startswith("<0x")]
    t = Tokenizer.from_str(json.dumps(f))
    added(t)
    t.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)])
    return t.to_str()


def metaspace(texts):
    """T5-like: compatibility forms in lower case, words split, no byte fallback."""
    t = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=False))
    t.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase(), normalizers.Replace(Regex(" {2,}"), " ")])
    t.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=True)
    t.decoder = decoders.Metaspace(prepend_scheme="always", split=True)
    train(t, {k: v for k, v in texts.items() if k in ("english", "german", "greek")}, 300, ["<unk>", "<s>", "</s>"])
    added(t)
    return t.to_str()


def words(texts):
    """Word pieces with a prefix and a suffix, no decoder."""
    t = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, continuing_subword_prefix="##", end_of_word_suffix="</w>"))
    t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Whitespace(), pre_tokenizers.Digits(individual_digits=False)])
    trainer = trainers.BpeTrainer(vocab_size=300, special_tokens=["<unk>"], continuing_subword_prefix="##",
                                  end_of_word_suffix="</w>", show_progress=False)
    t.train_from_iterator([texts["english"], texts["french"]] * 2, trainer)
    added(t)
    return t.to_str()


def tokenizers(texts):
    for make in (bytelevel, llama3, llama, mistral, metaspace, words):
        yield f"tiny-{make.__name__}", make(texts)
