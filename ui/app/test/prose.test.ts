import assert from "node:assert/strict";
import { test } from "node:test";
import { blocks, spans, type Block } from "../core/prose";

/** outline writes blocks down in a line each. */
const outline = (all: Block[]): string[] =>
  all.map((b) => {
    const flat = (s: { text: string }[]) => s.map((x) => x.text).join("");
    if (b.kind === "list") return `${b.ordered ? "ol" : "ul"}: ${b.items.map(flat).join(" | ")}`;
    if (b.kind === "code") return `code: ${b.text}`;
    return b.kind === "heading" ? `h${b.level}: ${flat(b.spans)}` : `p: ${flat(b.spans)}`;
  });

test("a guide is read as it is meant", () => {
  const guide = "# Title\n\nOne\ntwo.\n\n1. first\n   goes on\n2. second\n- a\n- b\n\n## More\ntext\n```\n**code**\n```\n* star\n";
  assert.deepEqual(outline(blocks(guide)), ["h1: Title", "p: One two.", "ol: first goes on | second", "ul: a | b", "h2: More", "p: text", "code: **code**", "ul: star"]);
});

test("what is not understood stays as it was written", () => {
  for (const text of ["<img src=x onerror=alert(1)>", "[a](javascript:alert(1))", "2 * 3 * 4", "a ** b", "*", "`", "5.5 points", "#hash"]) {
    assert.deepEqual(outline(blocks(text)), [`p: ${text}`]);
    assert.ok(spans(text).every((s) => s.kind === "plain"), text);
  }
  assert.deepEqual(blocks(""), []);
  assert.deepEqual(outline(blocks("```\nopen")), ["code: open"]);
});

test("emphasis is found within a line", () => {
  assert.deepEqual(spans("**Scale.** 1 is *left*, `x*y*z` too"), [
    { kind: "strong", text: "Scale." },
    { kind: "plain", text: " 1 is " },
    { kind: "em", text: "left" },
    { kind: "plain", text: ", " },
    { kind: "code", text: "x*y*z" },
    { kind: "plain", text: " too" },
  ]);
});
