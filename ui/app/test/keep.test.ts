import assert from "node:assert/strict";
import { test } from "node:test";
import { backoff } from "../core/backoff";
import { Drafts, newest } from "../core/drafts";
import { Outbox } from "../core/outbox";
import { Pace } from "../core/pace";
import { memory } from "../core/shelf";

test("an outbox is read in the order in which things were done, by its person only", () => {
  const shelf = memory();
  const box = new Outbox(shelf, "ada");
  box.add({ key: "b", op: "skip", at: 1000 });
  box.add({ key: "a", op: "submit", at: 999 });
  const again = new Outbox(shelf, "ada");
  assert.equal(again.size, 2);
  assert.equal(again.next()?.key, "a");
  again.done({ key: "a", op: "submit", at: 999 });
  assert.equal(new Outbox(shelf, "ada").next()?.key, "b");
  assert.equal(new Outbox(shelf, "bob").size, 0);
});

test("without room on the shelf an outbox holds what it has, and says that it would not last", () => {
  const full = { ...memory(), setItem: () => { throw new Error("quota"); }, length: 0 };
  const box = new Outbox(full, "ada");
  assert.equal(box.add({ key: "a", op: "submit", at: 1 }), false);
  assert.equal(box.next()?.key, "a");
});

test("what is on the shelf and is not ours is passed over", () => {
  const shelf = memory();
  shelf.setItem("workbench.out.ada.1.x", "{broken");
  assert.equal(new Outbox(shelf, "ada").next(), undefined);
});

test("drafts are swept after two weeks", () => {
  const drafts = new Drafts(memory(), "ada");
  const day = 24 * 3600_000;
  drafts.put("old", { values: {}, seconds: 0, at: 0, synced: false });
  drafts.put("new", { values: { a: 1 }, seconds: 0, at: 10 * day, synced: false });
  drafts.sweep(15 * day);
  assert.equal(drafts.get("old"), undefined);
  assert.deepEqual(drafts.get("new")?.values, { a: 1 });
});

test("the newest draft is the one that somebody has not got yet", () => {
  const draft = (synced: boolean) => ({ values: { a: "here" }, seconds: 0, at: 0, synced });
  for (const [here, server, want] of [
    [undefined, undefined, {}],
    [undefined, { a: "there" }, { a: "there" }],
    [draft(false), { a: "there" }, { a: "here" }],
    [draft(true), { a: "there" }, { a: "there" }],
    [draft(true), undefined, { a: "here" }],
  ] as const) {
    assert.deepEqual(newest(here, server), want);
  }
});

test("active time stands still while nobody moves, and while the page is hidden", () => {
  const pace = new Pace(0, 5);
  assert.equal(pace.seconds(10_000), 15);
  pace.alive(10_000);
  assert.equal(pace.seconds(1_000_000), 75, "a minute after the last sign");
  pace.alive(1_000_000);
  pace.hide(1_010_000);
  assert.equal(pace.seconds(5_000_000), 85);
  assert.equal(pace.still(5_000_000), Infinity);
  pace.alive(5_000_000);
  assert.equal(pace.seconds(5_001_000), 86);
  assert.equal(pace.seconds(4_000_000), 85, "a clock that was set back takes nothing away");
});

test("pauses grow, up to fifteen seconds, and are spread by chance", () => {
  for (const [attempts, least, most] of [[1, 250, 500], [2, 500, 1000], [6, 7500, 15_000], [60, 7500, 15_000]] as const) {
    assert.equal(backoff(attempts, 0), least);
    assert.ok(backoff(attempts, 0.999) < most && backoff(attempts, 0.999) > least);
  }
});
