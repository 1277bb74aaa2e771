import assert from "node:assert/strict";
import { test } from "node:test";
import { letter, named } from "../core/keys";

test("a key is the letter that it writes, or where it lies on layouts without Latin letters", () => {
  for (const [key, code, want] of [
    ["s", "KeyS", "s"],
    ["S", "KeyS", "s"],
    ["ы", "KeyS", "s"],
    ["o", "KeyS", "o"], // Dvorak: what stands on the key counts
    ["?", "Slash", "?"],
    ["7", "Numpad7", "7"],
    ["Enter", "NumpadEnter", "Enter"],
    ["é", "Digit2", "é"],
  ] as const) {
    assert.equal(letter({ key, code }), want);
  }
});

test("keys are named as they are printed", () => {
  assert.equal(named({ key: "s" }), "S");
  assert.equal(named({ key: "Enter", ctrl: true }), "Ctrl ↵");
  assert.equal(named({ key: "1", shown: "1 … 9" }), "1 … 9");
});
