"""Medians of what bench-peers.sh measured, as a Markdown table: bench_table.py RESULTS.jsonl"""
import collections, json, statistics, sys

cells = collections.defaultdict(list)
for line in open(sys.argv[1]):
    r = json.loads(line)
    name = r["case"]
    if "dtype" in r and name.startswith("train"):
        name = name.replace("/torch", f"/{r['dtype']}/torch")
    r = r.get("result", r)
    for ours, theirs in (("decode_tokens_per_s", "decode_tok_s"), ("prefill_tokens_per_s", "prefill_tok_s"), ("tokens_per_s", "tok_s"), ("peak_rss_mb", "rss_mb")):
        v = r.get(ours, r.get(theirs))
        if v is not None:
            cells[name, ours].append(v)
columns = ["decode_tokens_per_s", "prefill_tokens_per_s", "tokens_per_s", "peak_rss_mb"]
print("| case | " + " | ".join(columns) + " |\n| --- |" + " ---: |" * len(columns))
for name in sorted({n for n, _ in cells}):
    print(f"| {name} | " + " | ".join(f"{statistics.median(cells[name, c]):.1f} (n={len(cells[name, c])})" if cells.get((name, c)) else "" for c in columns) + " |")
