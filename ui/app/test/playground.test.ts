import assert from "node:assert/strict";
import { test } from "node:test";
import { events } from "../core/api";
import { memory } from "../core/shelf";
import { grown, nothing, type Piece } from "../pages/playground/chat";
import { counted, countOf, forget, verdict, wilson, winsOf } from "../pages/playground/tally";

/** arriving is a response whose text comes in these parts. */
const arriving = (...parts: string[]) => new Response(new ReadableStream({
  start(to) {
    for (const part of parts) to.enqueue(new TextEncoder().encode(part));
    to.close();
  },
}));

test("an answer grows by the pieces of server-sent events, wherever they are cut", async () => {
  const first = `data: {"id":"c1","choices":[{"delta":{"role":"assistant","content":""},"finish_reason":null}]}\n\n`;
  const more = `data: {"id":"c1","choices":[{"delta":{"content":"Bréad"},"finish_reason":null}]}\n\n`;
  const last = `data: {"id":"c1","choices":[{"delta":{},"finish_reason":"length"}]}\r\n\r\n: a comment\n\ndata: [DONE]\n\n`;
  const text = first + more + last;
  for (let cut = 0; cut < text.length; cut += 7) {
    let said = nothing;
    for await (const piece of events<Piece>(arriving(text.slice(0, cut), text.slice(cut)))) said = grown(said, piece);
    assert.deepEqual(said, { id: "c1", text: "Bréad", end: "length" }, `cut at ${cut}`);
  }
});

test("votes are counted for the pair, whichever of the two stands first", () => {
  const shelf = memory();
  counted("b", "a", "a", shelf); // b won
  counted("a", "b", "a", shelf); // a won
  assert.deepEqual(counted("a", "b", "tie", shelf), { a: 1, b: 1, tie: 1 });
  counted("a", "b", "b", shelf);
  assert.deepEqual(countOf("b", "a", shelf), { a: 2, b: 1, tie: 1 });
  assert.deepEqual(countOf("a", "c", shelf), { a: 0, b: 0, tie: 0 });
  forget("b", "a", shelf);
  assert.deepEqual(countOf("a", "b", shelf), { a: 0, b: 0, tie: 0 });
});

test("the interval of a share is Wilson's", () => {
  // Newcombe 1998, Statistics in Medicine 17, table I, method 3
  for (const [wins, n, low, high] of [[81, 263, 0.2553, 0.3662], [15, 148, 0.0624, 0.1605], [0, 20, 0, 0.1611], [1, 29, 0.0061, 0.1718]] as const) {
    const got = wilson(wins, n);
    assert.ok(Math.abs(got.low - low) < 6e-5 && Math.abs(got.high - high) < 6e-5, `${wins} of ${n}: ${got.low} to ${got.high}, want ${low} to ${high}`);
  }
  assert.equal(winsOf({ a: 1, b: 1, tie: 2 }).share, 0.5);
});

test("few votes tell nothing, and many tell who is preferred", () => {
  assert.match(verdict({ a: 0, b: 0, tie: 0 }, "x", "y"), /No vote/);
  assert.match(verdict({ a: 3, b: 1, tie: 0 }, "x", "y"), /do not tell/);
  assert.equal(verdict({ a: 40, b: 10, tie: 0 }, "x", "y"), "x is preferred.");
  assert.equal(verdict({ a: 10, b: 40, tie: 3 }, "x", "y"), "y is preferred.");
});
