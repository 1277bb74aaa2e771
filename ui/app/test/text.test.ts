import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes, countWords, cut, duration, pointToUnit, points, unitToPoint } from "../core/text";

const texts = ["", "plain", "Grüße, 世界! 👋🏽 The end.", "👩‍👩‍👧‍👦", "e\u0301 combines", "שלום, world", "a\r\nb", "\ud83d broken half"];

test("positions in code points and in UTF-16 units are each other's inverse", () => {
  for (const text of texts) {
    const letters = [...text];
    assert.equal(points(text), letters.length, text);
    for (let n = 0; n <= letters.length; n++) {
      const unit = pointToUnit(text, n);
      assert.equal(text.slice(0, unit), letters.slice(0, n).join(""), `${text} at ${n}`);
      assert.equal(unitToPoint(text, unit), n, `${text} at ${n}`);
    }
  }
});

test("a position within a code point is that code point", () => {
  assert.equal(unitToPoint("a👋b", 2), 1);
  assert.equal(unitToPoint("a👋b", 99), 3);
  assert.equal(pointToUnit("a👋b", 99), 4);
});

test("a cut is what the server slices", () => {
  assert.equal(cut("Grüße, 世界! 👋🏽 The end.", 7, 9), "世界");
  assert.equal(cut("Grüße, 世界! 👋🏽 The end.", 11, 13), "👋🏽");
});

// The table of Go's strings.Fields: what is white space there, and what only looks like it.
test("words are counted as the server counts them", () => {
  for (const [text, want] of [
    ["", 0],
    ["  \n\t ", 0],
    ["one", 1],
    [" one  two\nthree ", 3],
    ["non\u00a0breaking\u3000wide", 3],
    ["next\u0085line", 2],
    ["zero\u200bwidth\ufeffmark", 1],
    ["it's well-made", 2],
  ] as const) {
    assert.equal(countWords(text), want, JSON.stringify(text));
  }
});

test("durations and sizes read well", () => {
  for (const [seconds, want] of [[0, "0 s"], [4.25, "4.3 s"], [42.4, "42 s"], [360, "6 min"], [3600, "1 h"], [12000, "3 h 20 min"], [7199, "2 h"], [400000, "5 days"]] as const) {
    assert.equal(duration(seconds), want);
  }
  for (const [n, want] of [[0, "0 bytes"], [999, "999 bytes"], [1500, "1.5 kB"], [31_000_000, "31.0 MB"], [310_000_000, "310 MB"]] as const) {
    assert.equal(bytes(n), want);
  }
});
