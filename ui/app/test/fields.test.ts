import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fields } from "../fields/catalog";
import { choose } from "../fields/choice";
import { quoted, unquoted } from "../fields/quote";
import samples from "../fields/samples.json";
import { parts } from "../parts/catalog";
import type { Field } from "../wire";

// The names stand in a map of tasks/form/catalog.go, each at the beginning of a line.
function kinds(map: string): string[] {
  const go = readFileSync("../../tasks/form/catalog.go", "utf8");
  const body = go.split(`var ${map} = `)[1]?.split("\n}")[0] ?? "";
  return [...body.matchAll(/^\t"(\w+)":/gm)].map((m) => m[1] as string).sort();
}

test("each kind of question has its component, in a file of its name, and an example", () => {
  const known = kinds("fieldKinds");
  assert.ok(known.length >= 4, "tasks/form/catalog.go was not understood");
  assert.deepEqual(Object.keys(fields).sort(), known);
  for (const kind of known) {
    assert.ok(existsSync(`fields/${kind}.tsx`), `there is no fields/${kind}.tsx`);
    assert.ok(samples.form.ask.some((f) => f.kind === kind), `fields/samples.json has no ${kind}`);
  }
});

test("each way of showing fields has its component, in a file of its name", () => {
  const known = kinds("partKinds");
  assert.ok(known.length >= 3, "tasks/form/catalog.go was not understood");
  assert.deepEqual(Object.keys(parts).sort(), known);
  for (const kind of known) assert.ok(existsSync(`parts/${kind}.tsx`), `there is no parts/${kind}.tsx`);
});

// What the fields make of keys and selections is what the server then reads: embed_test.go gives it the same file.
test("fields answer as the examples say", () => {
  const answers: Record<string, unknown> = {};
  const ask = samples.form.ask as Field[];
  for (const { field: name, digit, write, quote } of samples.acts as { field: string; digit?: number; write?: string; quote?: { start: number; end: number; text: string } }[]) {
    const field = ask.find((f) => f.name === name) as Field;
    const before = answers[name];
    if (digit !== undefined) answers[name] = fields[field.kind]?.digit?.(field, before, digit);
    else if (quote) answers[name] = quoted(field, before, quote);
    else answers[name] = write;
  }
  assert.deepEqual(answers, samples.values);
});

test("choices are switched, and stay in the form's order", () => {
  const field: Field = { name: "f", kind: "choice", several: true, options: ["a", "b", "c"] };
  assert.deepEqual(choose(field, undefined, "c"), ["c"]);
  assert.deepEqual(choose(field, ["c"], "a"), ["a", "c"]);
  assert.deepEqual(choose(field, ["a", "c"], "a"), ["c"]);
  assert.equal(choose(field, ["c"], "c"), undefined);
  assert.equal(choose({ ...field, several: false }, "a", "b"), "b");
});

test("digits beyond a field's answers mean nothing", () => {
  const scale: Field = { name: "s", kind: "scale", points: 7 };
  const choice: Field = { name: "c", kind: "choice", options: ["a", "b"] };
  for (const [field, digit, want] of [
    [scale, 7, 7],
    [scale, 8, undefined],
    [scale, 0, undefined],
    [{ ...scale, points: 10 }, 0, 10],
    [choice, 2, "b"],
    [choice, 3, undefined],
    [choice, 0, undefined],
  ] as const) {
    assert.equal(fields[field.kind]?.digit?.(field, undefined, digit), want, `${field.kind} ${digit}`);
  }
});

test("quotes of several are in the text's order, and once", () => {
  const field: Field = { name: "q", kind: "quote", several: true };
  const a = { start: 5, end: 9, text: "a" };
  const b = { start: 1, end: 3, text: "b" };
  const both = quoted(field, quoted(field, undefined, a), b);
  assert.deepEqual(both, [b, a]);
  assert.deepEqual(quoted(field, both, { ...a }), [b, a]);
  assert.deepEqual(unquoted(field, both, b), [a]);
  assert.equal(unquoted(field, [a], a), undefined);
  assert.deepEqual(quoted({ ...field, several: false }, a, b), b);
});
