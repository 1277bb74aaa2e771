import assert from "node:assert/strict";
import { test } from "node:test";
import { pieces, trimmed, type Marked } from "../core/marks";
import { move, range, words, type Pick } from "../core/pick";
import { cut, points } from "../core/text";

const text = "“Grüße,” said 世界. 👋🏽 (The end!)\nA line.";

test("pieces are the text again, and each is marked as its ranges say", () => {
  const cases: Marked[][] = [
    [],
    [{ start: 0, end: 5, look: "a" }],
    [{ start: 3, end: 20, look: "a" }, { start: 10, end: 30, look: "b" }, { start: 10, end: 12, look: "a" }],
    [{ start: 0, end: points(text), look: "a" }, { start: 7, end: 8, look: "b" }],
    [{ start: 18, end: 19, look: "a" }], // within an emoji of two code points
  ];
  for (const marks of cases) {
    const all = pieces(text, marks);
    assert.equal(all.map((p) => p.text).join(""), text);
    for (const p of all) {
      const want = [...new Set(marks.filter((m) => m.start <= p.start && p.start < m.end).map((m) => m.look))];
      assert.deepEqual(p.looks, want, `${p.text} of ${JSON.stringify(marks)}`);
    }
  }
  assert.deepEqual(pieces("", []), []);
});

test("white space at the ends of a selection is left out", () => {
  assert.deepEqual(trimmed("  👋 two  words ", 0, 16), { start: 2, end: 14, text: "👋 two  words" });
  assert.equal(trimmed("a   b", 1, 4), undefined);
});

test("words take the marks that cling to them", () => {
  const found = words(text).map((w) => cut(text, w.start, w.end));
  assert.equal(found[0], "“Grüße,”");
  assert.ok(found.includes("(The") && found.includes("end!)") && found.includes("line."), found.join(" | "));
  assert.equal(words(" \n ").length, 0);
});

test("the arrow keys go by word and by sentence, and Shift makes the selection longer", () => {
  const story = "It was late. She ran home! Why? Nobody knew.";
  const all = words(story);
  let pick: Pick = { from: 0, to: 0 };
  const press = (key: string, extend = false) => {
    pick = move(story, all, pick, key, extend);
    const r = range(all, pick);
    return r && cut(story, r.start, r.end);
  };
  for (const [key, extend, want] of [
    ["ArrowLeft", false, "It"],
    ["ArrowRight", false, "was"],
    ["ArrowRight", true, "was late."],
    ["ArrowDown", false, "She"],
    ["ArrowDown", true, "She ran home!"],
    ["ArrowDown", true, "She ran home! Why?"],
    ["ArrowLeft", true, "She ran home!"],
    ["ArrowUp", false, "She"],
    ["ArrowUp", false, "It"],
    ["End", false, "knew."],
    ["Home", true, story],
  ] as const) {
    assert.equal(press(key, extend), want, key);
  }
});
