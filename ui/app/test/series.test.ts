import assert from "node:assert/strict";
import { test } from "node:test";
import { grid, joined, smoothed, summary, unitOf } from "../plots/series";

test("smoothing takes means over a window that is centred where it can be", () => {
  const cases: [(number | null)[], number, (number | null)[]][] = [
    [[1, 2, 3], 1, [1, 2, 3]],
    [[1, 2, 6], 3, [1.5, 3, 4]],
    [[4, 8, 6, 2], 2, [6, 7, 4, 2]],
    [[1, null, 3], 3, [1, null, 3]],
    [[null, null], 4, [null, null]],
    [[], 8, []],
  ];
  for (const [values, window, want] of cases) assert.deepEqual(smoothed(values, window), want, `${JSON.stringify(values)} over ${window}`);
});

test("smoothing is a mean by its definition, wherever values are missing", () => {
  for (let round = 0; round < 200; round++) {
    const values = Array.from({ length: 40 }, (_, i) => ((i * 7919 + round * 104729) % 13 === 0 ? null : ((i * 31 + round * 17) % 23) - 11));
    const window = 1 + (round % 12);
    smoothed(values, window).forEach((got, i) => {
      const near = values.slice(Math.max(0, i - Math.floor((window - 1) / 2)), i + Math.floor(window / 2) + 1).filter((v) => v !== null);
      const want = values[i] === null ? null : near.reduce((a, b) => a + b, 0) / near.length;
      assert.ok(want === null ? got === null : Math.abs((got ?? NaN) - want) < 1e-9, `round ${round}, place ${i}: ${got} instead of ${want}`);
    });
  }
});

test("what comes again takes the place of what was there, and a gap stays", () => {
  const before = [{ name: "loss", steps: [0, 1, 2], values: [3, 2, 1] }];
  assert.deepEqual(joined(before, [{ name: "loss", steps: [2, 3], values: [1.5, null] }]), [{ name: "loss", steps: [0, 1, 2, 3], values: [3, 2, 1.5, null] }]);
  assert.deepEqual(joined(before, [{ name: "kl", steps: [0], values: [0] }]), [...before, { name: "kl", steps: [0], values: [0] }]);
  assert.deepEqual(joined(before, [{ name: "loss", steps: [], values: [] }]), before);
  assert.deepEqual(joined(before, [{ name: "loss", steps: [0], values: [9] }]), [{ name: "loss", steps: [0], values: [9] }], "a resumed run goes on from where it was kept");
});

test("curves of different steps share a grid", () => {
  const g = grid([{ steps: [0, 2], values: [1, 2] }, { steps: [1, 2], values: [null, 4] }]);
  assert.deepEqual(g, { steps: [0, 1, 2], columns: [[1, null, 2], [null, null, 4]] });
});

test("a unit goes by the last part of a metric's name", () => {
  assert.equal(unitOf("policy.kl_per_token"), "nats");
  assert.equal(unitOf("held_out_perplexity"), "per token");
  assert.equal(unitOf("judged.length_controlled"), "share");
  assert.equal(unitOf("end.length"), "tokens");
  assert.equal(unitOf("bananas"), "");
});

test("a curve can be told in words", () => {
  assert.equal(summary("loss", [0, 1, 2], [3, null, 1], String), "loss: 3 at step 0, 1 at step 2; least 1 at 2, most 3 at 0");
  assert.equal(summary("loss", [0], [null], String), "loss: no value yet");
});
