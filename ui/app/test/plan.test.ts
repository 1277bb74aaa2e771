import assert from "node:assert/strict";
import { test } from "node:test";
import { isEstimate } from "../components/Numbers";
import { asksPeople, planned, runName, stages } from "../pages/flow/plan";
import { fewestOf, isComparisons, missing } from "../pages/learn";
import type { Recipe, RunSummary, Story, StoryCall } from "../wire";

const id = "01JFA0W000000000000000000K.0000000";
const script = `"""Learn: start("sft", …) is not meant."""
# nor is ask(this)
def flow(item):
    taught = start("reward", pairs = pairs)
    made   = start(method, reward = taught.models[0])
    return start( 'evaluate', policy = made.models[0]).result
`;

test("the stages of a flow are the runs that its script starts", () => {
  assert.deepEqual(planned({ script, params: { method: "ppo" } }), ["reward", "ppo", "evaluate"]);
  assert.deepEqual(planned({ script, params: {} }), ["reward", "evaluate"]);
  assert.deepEqual(planned({ script: "def flow(item):\n    restart('x')\n", params: {} }), []);
  assert.equal(asksPeople({ script }), false);
  assert.equal(asksPeople({ script: "def flow(item):\n    ask(better, item)\n" }), true);
});

const call = (n: number, recipe: string, more: Partial<StoryCall>) => ({ call: n, primitive: "start", status: "done", args: { recipe }, result: null, ...more }) as StoryCall;
const run = (call: string, more: Partial<RunSummary>) => ({ name: "", call, script: "reward", status: "running", ...more }) as RunSummary;
const told = (status: string, calls: StoryCall[]) => ({ id, status, calls }) as Story;

test("a stage is found by its call, and its run by the call that started it or by what came of it", () => {
  const plan = ["reward", "rloo", "evaluate"];
  const runs = [run(`call:${id}:00002`, { id: "R2" }), run("", { id: "R1" })];
  const going = told("running", [call(2, "rloo", { status: "waiting" }), call(1, "reward", { result: { run: "R1" } }), call(1, "reward", { status: "dropped" })]);
  const seen = (s: ReturnType<typeof stages>) => s.map((one) => [one.recipe, one.call?.call, one.run?.id]);
  assert.deepEqual(seen(stages(plan, going, runs)), [["reward", 1, "R1"], ["rloo", 2, "R2"], ["evaluate", undefined, undefined]]);
  assert.deepEqual(seen(stages(plan, undefined, runs)), [["reward", undefined, undefined], ["rloo", undefined, undefined], ["evaluate", undefined, undefined]]);
  assert.deepEqual(seen(stages(plan, told("done", [call(1, "rloo", {})]), [])), [["rloo", 1, undefined]], "what was left out does not come any more");
});

test("a run without a name is called by its script", () => {
  assert.equal(runName({ id: "01JRNN0000000000000000WXYZ", name: "", script: "reward" }), "reward …WXYZ");
  assert.equal(runName({ id: "01JRNN0000000000000000WXYZ", name: "mine", script: "reward" }), "mine");
});

test("comparisons are known by their fields, and how many are lacking is said", () => {
  assert.equal(isComparisons(["group", "prompt", "a", "b", "label"]), true);
  assert.equal(isComparisons(["prompt", "left", "right"]), false);
  const learn = { params: [{ name: "held_out", default: 0.25 }, { name: "least", default: 20 }] as Recipe["params"] };
  assert.equal(fewestOf(learn), 27);
  assert.match(missing(26, 27), /1 more comparison to go/);
  assert.match(missing(0, 27), /27 more comparisons to go/);
  assert.equal(missing(27, 27), "");
});

test("a measured number is one with an interval", () => {
  assert.equal(isEstimate({ value: 0.5, low: 0.4, high: 0.6, n: 12, groups: 12 }), true);
  for (const other of [null, 3, "x", [], { value: 1, low: 0, high: 2 }, { value: "1", low: 0, high: 2, n: 1 }]) assert.equal(isEstimate(other), false, JSON.stringify(other));
});
