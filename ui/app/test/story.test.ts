import assert from "node:assert/strict";
import { test } from "node:test";
import { numberOf } from "../pages/flow/names";
import { inOrder, pace, states } from "../pages/flow/counts";
import { grown } from "../pages/model/samples";
import { cited } from "../pages/story/cites";
import { differing } from "../pages/story/divergence";
import { effects } from "../pages/story/reopen";
import { readValue } from "../pages/story/signal";
import { Lines, nameFor, told, type Upload } from "../pages/data/upload";
import type { FlowSummary, ImportProgress, Story, StoryCall } from "../wire";

const flow = "01JFA0W000000000000000000A";

test("what is cited leads to where it can be looked at", () => {
  const cases: [string, string | undefined, string][] = [
    [`${flow}.0000017:00002`, `/instances/${flow}.0000017#call-2`, "call 2"],
    [`${flow}.0000017.00004~02:00002~03`, `/instances/${flow}.0000017.00004~02#call-2`, "call 2"],
    [`${flow}.0000017:00001/2`, `/instances/${flow}.0000017#call-1`, "sample 2 of call 1"],
    [`${flow}.0000017`, `/instances/${flow}.0000017`, "instance"],
    [flow, `/trace/${flow}`, "…0000A"], // an answer or a row
    [`answer:${flow}`, `/answers/${flow}`, "answer …0000A"],
    [`row:my set/${flow}`, `/trace/row%3Amy%20set%2F${flow}`, "row of my set"],
    [`dataset:my set@8be1`, "/data/my%20set", "my set"],
    [`task:${flow}.0000017:00003~02`, `/instances/${flow}.0000017#call-3`, "task of call 3"],
    [`sample:${flow}.0000017:00001/2`, `/instances/${flow}.0000017#call-1`, "sample 2 of call 1"],
    [`run:${flow}`, `/runs/${flow}`, "run …0000A"],
    [`checkpoint:${flow}@40`, `/runs/${flow}`, "step 40 of run …0000A"],
    ["model:8be1042c5f3b1d77aa", "/trace/model%3A8be1042c5f3b1d77aa", "model 8be1042c5f3b"],
    ["completion:chatcmpl-7", "/trace/completion%3Achatcmpl-7", "completion …mpl-7"],
    ["<script>", undefined, "<script>"],
  ];
  for (const [id, href, says] of cases) assert.deepEqual([cited(id).href, cited(id).says], [href, says], id);
});

test("an instance is named by its item and the calls that led to it", () => {
  assert.equal(numberOf(`${flow}.0000017`), "item 18");
  assert.equal(numberOf(`${flow}.0000000.00004.00012~02`), "item 1 › call 4 › call 12, time 2");
});

test("the sides of a divergence are marked where they differ", () => {
  assert.deepEqual(differing(["a", "b", "c"], ["a", "x", "c"]), [false, true, false]);
  assert.deepEqual(differing(["a"], ["b", "a", "c"]), [false]);
  assert.deepEqual(differing(["a", "a"], ["a"]), [false, true]);
  assert.deepEqual(differing([], ["a"]), []);
});

const call = (n: number, primitive: string, more: Partial<StoryCall> = {}): StoryCall => ({
  call: n, primitive, status: "done", args: null, result: null, error: "", recorded: null, cites: [], child: "", task: "", answers: [], wanted: 0, leased: [], began: "", ...more,
});

test("re-opening says what will be asked again", () => {
  const answers = [{ id: "1", person: "Noor", values: {}, seconds: 1, time: "", late: false, undone: false }];
  const calls = [call(1, "ask", { answers, form: { title: "Better?", show: [], ask: [] } }), call(2, "ask"), call(2, "ask", { status: "dropped" }), call(3, "record")];
  const story = { calls } as Partial<Story> as Story;
  const says = effects(story, calls[0] as StoryCall).join("\n");
  assert.match(says, /1 answer to “Better\?” no longer counts/);
  assert.match(says, /Of the 2 calls after it/);
  assert.match(says, /up to 1 question to people/);
  assert.match(says, /1 recorded row .* is withdrawn/);
  assert.match(effects(story, calls[3] as StoryCall).join("\n"), /Nothing came after it/);
});

test("a signal's value is JSON where it is some, and text otherwise", () => {
  assert.deepEqual(["", "3", '{"a":1}', "yes", '"yes"'].map(readValue), [null, 3, { a: 1 }, "yes", "yes"]);
});

test("counts are said as what they mean for people and for models", () => {
  const step = { step: "s", kind: "people", waiting: 2, leased: 1, done: 0, failed: 0 };
  assert.deepEqual(states(step).map((s) => `${s.count} ${s.word}`), ["2 waiting", "1 leased", "0 done"]);
  assert.deepEqual(states({ ...step, kind: "model", failed: 4 }).map((s) => `${s.count} ${s.word}`), ["2 queued", "1 at work", "0 done", "4 failed"]);
  const f = { steps: [step], answers_per_hour: 0 } as Partial<FlowSummary> as FlowSummary;
  assert.match(pace(f), /3 answers wanted, none in the last ten minutes/);
  assert.match(pace({ ...f, answers_per_hour: 36 }), /36 answers\/h · 3 wanted now, about 5 min/);
});

test("steps stand in the order of the script", () => {
  const script = `"""First generate( and then ask."""
judge = form("Judge the digest", show = [])
write = form('Answer it',
    show = [])
def flow(item):
    said   = ask(write, item)
    digest = generate(policy, prompt = said.answer)
    return ask( judge, item)
`;
  const step = (name: string, kind: string) => ({ step: name, kind, waiting: 0, leased: 0, done: 0, failed: 0 });
  const given = [step("now", "model"), step("generate", "model"), step("Judge the digest", "people"), step("Answer it", "people"), step("An older form", "people")];
  assert.deepEqual(inOrder(given, script).map((s) => s.step), ["Answer it", "generate", "Judge the digest", "now", "An older form"]);
});

test("samples grow piece by piece, in whatever order they come", () => {
  const after = [{ sample: 1, text: "b" }, { sample: 0, text: "a" }, { sample: 1, text: "c", end: "eos" }].reduce(grown, []);
  assert.deepEqual(after, [{ text: "a", end: "", score: [] }, { text: "bc", end: "eos", score: [] }]);
});

test("JSON lines are read however they are cut", () => {
  const text = '{"bytes":1}\n\n{"bytes":22}\n{"bytes":3}';
  for (let cut = 0; cut <= text.length; cut++) {
    const lines = new Lines<{ bytes: number }>();
    const got = [...lines.take(text.slice(0, cut)), ...lines.take(text.slice(cut)), ...lines.end()];
    assert.deepEqual(got.map((g) => g.bytes), [1, 22, 3], `cut at ${cut}`);
  }
});

test("an upload says what the server said last, and keeps how much was sent", () => {
  const begun: Upload = { sent: 10, size: 20, records: 0, read: 0 };
  const progress: ImportProgress = { bytes: 12, of: 20, records: 3 };
  assert.deepEqual(told(begun, progress), { sent: 10, size: 20, records: 3, read: 12 });
  assert.equal(told(begun, { ...progress, error: { code: "invalid", says: "line 4" } }).error?.says, "line 4");
  assert.equal(told(begun, { code: "too_large", says: "at most 2 GB" }).error?.code, "too_large");
});

test("a dataset is named after its file", () => {
  const cases = { "Prompts 2024.jsonl.gz": "prompts-2024", "Über-Bücher.txt": "uber-bucher", "…": "data", "a/b.csv": "a-b", "2nd try.txt": "data-2nd-try" };
  for (const [file, want] of Object.entries(cases)) assert.equal(nameFor(file), want);
});
