"""Writes the carried reward model's card out of the record of the run that trained it.

reward_card.py RUN.json DATA FOLDER PAGE.md: RUN.json is what `workbench runs show RUN --json` printed last; the model that
the run kept in the data folder DATA is copied into FOLDER, beside its card; in PAGE.md the lines between the two markers
are written."""
import json, pathlib, re, shutil, sys

LICENCES = {  # of the sources, as their publishers state them
    "convincingness_pairs": "CC BY 4.0", "convincingness_arguments": "CC BY 4.0", "pandalm_human": "Apache-2.0",
    "oasst_rankings": "Apache-2.0", "hh_harmless": "MIT", "llmbar": "MIT", "squality_summary_comparisons": "CC BY 4.0",
}
record, data, folder, page = sys.argv[1:]
run = json.loads(open(record).read().strip().splitlines()[-1])["result"]["run"]
result, params = run["result"], run["params"]
unseen, fitted = result["unseen"], result["fitted"]
for name in ("pairs", "arguments"):  # the files' names say enough
    params[name] = ",".join(pathlib.PurePath(path).name for path in params[name].split(","))
inputs = [{"name": i["name"].split(".")[0], "sha256": i["sha256"], "records": i.get("records")} for i in run["inputs"] if i["kind"] == "dataset"]
for i in inputs:
    i["licence"] = LICENCES[i["name"]]

kept = pathlib.Path(data, "runs", run["id"], "models", "reward")
for name in ("adapter_model.safetensors", "adapter_config.json"):
    shutil.copyfile(kept / name, pathlib.Path(folder, name))
card = json.dumps({
    "name": "preferences", "version": "1", "license": "Apache-2.0", "base": "SmolLM2-135M-Instruct",
    "max_tokens": params["max_tokens"], "template": "chat",
    "script": {"name": run["script"]["name"], "sha256": run["script"]["sha256"]}, "params": params, "data": inputs,
    "pairs": result["pairs"], "measured": unseen,
}, indent=1)
pathlib.Path(folder, "card.json").write_text(card + "\n")

percent = lambda x: f"{100 * x:.1f}"
share = lambda i: f"{percent(i['value'])} ({percent(i['low'])} to {percent(i['high'])})"
points = lambda i: f"{100 * i['value']:+.1f} ({100 * i['low']:+.1f} to {100 * i['high']:+.1f})"
lines = [
    f"Training pairs: {result['pairs']['train']}; held out: {result['pairs']['test']}, of which people decided {unseen['accuracy']['n']}, "
    f"in {unseen['accuracy']['groups']} groups. Recipe `reward`, script {run['script']['sha256'][:12]}, settings: "
    + ", ".join(f"`{k}={params[k]}`" for k in ("held_out", "max_tokens", "rank", "lr", "answers", "epochs", "decay", "backward", "seed")) + ".",
    "",
    "| unseen pairs | pairs | groups | accuracy, % | fitted head alone, % | \"longer wins\", % | \"shorter wins\", % |",
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
]
row = lambda name, now, before: f"| {name} | {now['accuracy']['n']} | {now['accuracy']['groups']} | {share(now['accuracy'])} | {percent(before['accuracy']['value'])} | {share(now['longer_wins'])} | {percent(now['shorter_wins']['value'])} |"
lines.append(row("**pooled**", unseen, fitted))
for name in sorted(unseen["by_source"], key=lambda s: -unseen["by_source"][s]["accuracy"]["n"]):
    lines.append(row(name, unseen["by_source"][name], fitted["by_source"][name]))
worse = [name for name, s in unseen["by_source"].items() if s["accuracy"]["value"] <= max(s["longer_wins"]["value"], s["shorter_wins"]["value"])]
lines += ["", f"It is no better than length alone on {' and '.join(worse)}." if worse else "It is better than length alone on every source."]
bias, calibration = unseen["length_bias"], unseen["calibration"]
lines += [
    "",
    f"Gain over \"longer wins\": {points(unseen['gain_over_longer'])} points; over \"shorter wins\": {points(unseen['gain_over_shorter'])} points.",
    "",
    f"Calibration of σ(margin): expected calibration error {calibration['ece']:.3f}, Brier {calibration['brier']:.3f}, log loss {calibration['log_loss']:.3f} nats.",
    "",
    "| σ(margin) | pairs | predicted | observed |", "| --- | ---: | ---: | ---: |",
]
lines += [f"| {b['low']:.1f} to {b['high']:.1f} | {b['n']} | {b['predicted']:.2f} | {b['observed']:.2f} |" for b in calibration["table"]]
lines += [
    "",
    f"Length: it prefers the longer answer in {percent(bias['prefers_longer'])} % of pairs, people in {percent(bias['people_prefer_longer'])} %; the rank correlation "
    f"of margin and difference in length is {bias['spearman']:.2f}. It is right in {percent(bias['accuracy_where_longer_won'])} % of the pairs that the longer answer "
    f"won and in {percent(bias['accuracy_where_shorter_won'])} % of those that the shorter one won; a model that likes length alone is right in 100 % and 0 %.",
    "",
    "| data | records | licence | sha256 |", "| --- | ---: | --- | --- |",
]
lines += [f"| {i['name']} | {i['records']} | {i['licence']} | {i['sha256'][:12]} |" for i in inputs]
text = open(page).read()
text, n = re.subn(r"(<!-- measured[^\n]*-->\n).*?(<!-- end of measured -->)", lambda m: m[1] + "\n" + "\n".join(lines) + "\n\n" + m[2], text, flags=re.S)
if n != 1:
    sys.exit(f"{page}: the markers of what is measured are not there")
open(page, "w").write(text)
