import assert from "node:assert/strict";
import { test } from "node:test";
import { bounds, changed, completions, toggled, typed } from "../pages/start/params";
import { begun } from "../pages/start/given";
import type { Param } from "../wire";

const param = (name: string, more: Partial<Param>): Param => ({ name, kind: "text", default: "", help: "", ...more });

test("a value is shown as one would type it", () => {
  const cases: [unknown, string][] = [[null, ""], [0.0001, "0.0001"], [3, "3"], [true, "true"], [["a", "b"], "a,b"], ["x", "x"]];
  for (const [value, want] of cases) assert.equal(typed(value), want);
});

test("only what was changed is sent, and what was emptied counts as changed", () => {
  const params = [param("lr", { default: 0.1 }), param("data", { default: ["a", "b"] }), param("why", { default: true }), param("note", { default: "x" })];
  assert.deepEqual(changed(params, { lr: "0.1", data: "a,b", why: "false", note: "" }), { why: "false", note: "" });
  assert.deepEqual(changed(params, {}), {});
});

test("bounds are said in words", () => {
  assert.equal(bounds({ low: 0, high: 2 }), "0 to 2");
  assert.equal(bounds({ low: 1 }), "at least 1");
  assert.equal(bounds({ high: 9 }), "at most 9");
  assert.equal(bounds({}), "");
});

test("a list is completed at its last entry, with names that are not in it", () => {
  const names = ["books", "pairs", "prompts"];
  assert.deepEqual(completions("p", names, false), names);
  assert.deepEqual(completions("p", names, true), names);
  assert.deepEqual(completions("pairs, pr", names, true), ["pairs,books", "pairs,prompts"]);
});

test("a name goes into a list, and out of it", () => {
  assert.equal(toggled("", "a"), "a");
  assert.equal(toggled("a, b", "c"), "a,b,c");
  assert.equal(toggled("a,b", "a"), "b");
});

test("a form begins with what is known, as far as the script has a setting for it", () => {
  const params = [param("lr", { kind: "float", default: 0.1 }), param("pairs", { kind: "dataset" }), param("texts", { kind: "dataset" })];
  assert.deepEqual(begun(params, { params: { lr: 0.5, gone: 1 }, data: "books" }), { lr: "0.5", pairs: "books" });
  assert.deepEqual(begun(params, {}), {});
});
