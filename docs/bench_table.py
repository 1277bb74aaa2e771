"""Medians of what bench-peers.sh measured, as Markdown tables: bench_table.py RESULTS.jsonl

A case is called WHAT/CLASS/PROGRAM; programs of one class are compared with workbench, the best of them in the
last column. Higher is better."""
import collections, json, statistics, sys

FIGURES = {
    "decode": (("decode_tokens_per_s", "decode_tok_s"), "Sampling: tokens drawn a second"),
    "prefill": (("prefill_tokens_per_s", "prefill_tok_s"), "Reading prompts: tokens a second"),
    "train": (("tokens_per_s", "tok_s"), "Training: tokens a second"),
    "memory": (("peak_rss_mb", "rss_mb"), "Peak memory in MB (lower is better)"),
}
cells = collections.defaultdict(list)  # (figure, class, program) → values
for line in open(sys.argv[1]):
    r = json.loads(line)
    case, program = r["case"].rsplit("/", 1)
    if r.get("peer") == "torch":
        program = "torch " + ("bf16" if "bf16" in r["dtype"] else "f32")
    r = r.get("result", r)
    for figure, (names, _) in FIGURES.items():
        for name in names:
            if name in r:
                cells[figure, case, program].append(r[name])

for figure, (_, title) in FIGURES.items():
    programs = sorted({p for f, _, p in cells if f == figure}, key=lambda p: (not p.startswith("workbench"), p))
    if not programs:
        continue
    print(f"\n**{title}** (median, least to most, n)\n")
    print("| case | " + " | ".join(programs) + " | workbench / best peer |")
    print("| --- |" + " ---: |" * (len(programs) + 1))
    for case in sorted({c for f, c, _ in cells if f == figure}):
        row, ours, theirs = [], [], []
        for p in programs:
            v = cells.get((figure, case, p))
            if not v:
                row.append("")
                continue
            m = statistics.median(v)
            (ours if p.startswith("workbench") else theirs).append(m)
            row.append(f"{m:.0f} ({min(v):.0f}–{max(v):.0f}, {len(v)})")
        best = min if figure == "memory" else max
        ratio = f"{best(ours) / best(theirs):.2f}" if ours and theirs else ""
        print(f"| {case} | " + " | ".join(row) + f" | {ratio} |")
