import assert from "node:assert/strict";
import { test } from "node:test";
import { results, settings } from "../pages/run/beside";
import { startsFrom } from "../pages/run/kept";
import { most, toCompare } from "../pages/run/several";
import { distinct, overlaid } from "../plots/overlay";
import type { RunDetail } from "../wire";

const run = (more: Partial<RunDetail>) => ({ script: "rloo", text: "def run():", seed: 1, params: { lr: 1e-4, policy: "embedded" }, inputs: [], result: null, ...more }) as RunDetail;

test("settings that differ are told from those that do not", () => {
  const data = (name: string, sha256: string) => ({ kind: "dataset", name, sha256, node: "", records: 0, used: 0, held_out: 0 });
  const runs = [run({ inputs: [data("p", "aaaaaaaaaa")] }), run({ params: { lr: 1e-5, policy: "embedded", kl: 0.1 }, text: "def run(): ", inputs: [data("p", "bbbbbbbbbb")] })];
  const { differing, alike } = settings(runs);
  assert.deepEqual(differing, [
    { name: "lr", of: [1e-4, 1e-5] }, { name: "kl", of: [undefined, 0.1] },
    { name: "text of the script", of: ["A", "B"] }, { name: "data that was read", of: [["p aaaaaaaa"], ["p bbbbbbbb"]] },
  ]);
  assert.deepEqual(alike.map((l) => l.name), ["script", "seed", "policy"]);
  assert.deepEqual(settings([runs[0] as RunDetail, run({ inputs: [data("p", "aaaaaaaaaa")] })]).differing, []);
});

test("results stand by their names, parts of parts too, and a number keeps its interval", () => {
  const wins = { value: 0.5, low: 0.4, high: 0.6, n: 10 };
  assert.deepEqual(results([run({ result: { wins, length: { after: 3 } } }), run({ result: 7 }), run({})]), [
    { name: "wins", of: [wins, undefined, undefined] }, { name: "length.after", of: [3, undefined, undefined] }, { name: "result", of: [undefined, 7, undefined] },
  ]);
});

test("curves of several runs go into one chart, each under its name", () => {
  assert.deepEqual(distinct(["a", "b", "a"]), ["a (1)", "b", "a (2)"]);
  const loss = { name: "loss", steps: [0], values: [1] };
  const kl = { name: "kl", steps: [2], values: [0.5] };
  assert.deepEqual(overlaid(["x", "y"], [[loss], [kl, loss]]), [
    { name: "loss", curves: [{ ...loss, name: "x" }, { ...loss, name: "y" }] },
    { name: "kl", curves: [{ name: "x", steps: [], values: [] }, { ...kl, name: "y" }] },
  ]);
});

test("a run goes on from weights that another one kept, by the setting that names them", () => {
  const of = (...params: [string, string][]) => startsFrom(params.map(([name, kind]) => ({ name, kind })));
  assert.equal(of(["base", "model"], ["start", "model"]), "start");
  assert.equal(of(["reward", "model"], ["policy", "model"]), "policy");
  assert.equal(of(["start", "text"], ["base", "model"]), "base");
  assert.equal(of(["lr", "float"]), undefined);
});

test("no more runs are compared than can be told apart", () => {
  assert.equal(toCompare(["a", "b"]), "/compare?runs=a,b");
  assert.equal(toCompare("abcdefghij".split("")).split(",").length, most);
});
