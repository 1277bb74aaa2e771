import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { signal } from "@preact/signals";
import { Desk } from "../core/desk";
import { Drafts } from "../core/drafts";
import { Lost, type Line, type Question, dial } from "../core/line";
import { memory, type Shelf } from "../core/shelf";
import type { Link } from "../core/socket";
import type { Failure, Form, Me, Reply, Work } from "../wire";

const form: Form = { title: "Compare", show: [], ask: [{ name: "p", kind: "scale", points: 9 }] };
const task = (n: number, more: Partial<Work> = {}): Work => ({
  lease: `L${n}`, task: `T${n}`, flow: "f", form, version: "v", item: {}, deadline: new Date(Date.now() + 1800_000).toISOString(), can_undo: n > 1, waiting: 1, ...more,
});

/** Server is the other end, with a connection that can be cut before or after it has heard something. */
class Server {
  heard: Question[] = [];
  stored = new Map<string, unknown>(); // answers by the key of their act
  at = 1; // the task that is next
  fail: Failure | undefined;
  up = true;
  deaf = false; // hears, and its replies are lost
  link = signal<Link>({ state: "open", attempts: 0 });
  hear!: Parameters<typeof dial>[0];
  lastMe: Me | undefined;

  dial = (hear: Parameters<typeof dial>[0]): Line => {
    this.hear = hear;
    queueMicrotask(() => this.up && hear.opened());
    return { link: this.link, ask: (q) => this.ask(q), close: () => undefined };
  };

  private async ask(q: Question): Promise<Reply> {
    await Promise.resolve();
    if (!this.up) throw new Lost("cut");
    this.heard.push(structuredClone(q));
    const reply = { id: 1, ...this.reply(q) };
    await Promise.resolve();
    if (this.deaf) throw new Lost("cut");
    return reply;
  }

  private reply(q: Question): Partial<Reply> {
    if (this.fail) return { error: this.fail };
    switch (q.op) {
      case "next":
        return this.given();
      case "submit": {
        const again = this.stored.has(q.key ?? "");
        if (!again) {
          this.stored.set(q.key ?? "", q.values);
          this.at++;
        }
        return { answer: "A", ...this.given() };
      }
      case "skip":
        this.at++;
        return this.given();
      case "undo":
        this.at--;
        return { work: task(this.at, { draft: { p: 9 } }) };
      case "draft":
        return { saved: new Date().toISOString() };
      default:
        return { deadline: new Date(Date.now() + 1800_000).toISOString() };
    }
  }
  given = (): Partial<Reply> => ({ work: task(this.at) });

  cut(): void {
    this.up = false;
    this.link.value = { state: "lost", attempts: 1 };
    this.hear.lost();
  }
  mend(): void {
    this.up = true;
    this.deaf = false;
    this.link.value = { state: "open", attempts: 0 };
    this.hear.opened();
  }
}

async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

/** sit begins to work, with a clock that the test moves. */
async function sit(t: TestContext, server = new Server(), shelf: Shelf = memory()) {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: 1_000_000 });
  const desk = new Desk({
    person: "ada", shelf, dial: server.dial, now: Date.now, serverNow: Date.now, met: (who) => (server.lastMe = who), signedOut: () => undefined, broke: () => undefined,
  });
  await settled();
  return { desk, server, shelf, pass: async (ms: number) => { t.mock.timers.tick(ms); await settled(); } };
}

const ops = (server: Server) => server.heard.map((q) => q.op).filter((op) => op !== "touch");

test("an answer goes out and the next task comes with its reply", async (t) => {
  const { desk, server } = await sit(t);
  assert.equal(desk.work.value?.task, "T1");
  desk.set("p", 7);
  desk.send();
  assert.equal(desk.pending.value?.op, "submit");
  await settled();
  assert.equal(desk.pending.value, undefined);
  assert.equal(desk.work.value?.task, "T2");
  assert.deepEqual(desk.values.value, {});
  assert.deepEqual([...server.stored.values()], [{ p: 7 }]);
  desk.close();
});

test("an answer whose reply was lost is sent again as the same act, and stored once", async (t) => {
  const { desk, server } = await sit(t);
  desk.set("p", 3);
  server.deaf = true;
  desk.send();
  await settled();
  server.cut();
  assert.equal(desk.pending.value?.op, "submit", "it still waits");
  assert.equal(server.stored.size, 1, "the server had it");
  server.mend();
  await settled();
  assert.equal(server.stored.size, 1);
  assert.equal(desk.work.value?.task, "T2");
  assert.equal(desk.pending.value, undefined);
  desk.close();
});

test("an answer survives a browser that was closed while offline", async (t) => {
  const { desk, server, shelf } = await sit(t);
  server.cut();
  desk.set("p", 5);
  desk.send();
  await settled();
  desk.close();
  t.mock.timers.reset();
  const later = new Server();
  const again = await sit(t, later, shelf);
  assert.deepEqual([...later.stored.values()], [{ p: 5 }]);
  assert.deepEqual(ops(later), ["submit"]);
  assert.equal(again.desk.pending.value, undefined);
  again.desk.close();
});

test("an act pressed twice is one act", async (t) => {
  const { desk, server } = await sit(t);
  desk.set("p", 5);
  desk.send();
  desk.send();
  desk.skip("twice");
  await settled();
  assert.deepEqual(ops(server), ["next", "submit"]);
  desk.close();
});

test("what is typed is kept at each stroke, and goes to the server after a pause", async (t) => {
  const { desk, server, shelf, pass } = await sit(t);
  desk.set("p", 1);
  assert.deepEqual(new Drafts(shelf, "ada").get("T1")?.values, { p: 1 });
  assert.equal(desk.draft.value, "saving");
  desk.set("p", 2);
  await pass(700);
  assert.deepEqual(server.heard.filter((q) => q.op === "draft").map((q) => q.values), [{ p: 2 }]);
  assert.equal(desk.draft.value, "saved");
  assert.equal(new Drafts(shelf, "ada").get("T1")?.synced, true);
  desk.close();
});

test("somebody who never pauses is saved every three seconds", async (t) => {
  const { desk, server, pass } = await sit(t);
  for (let i = 0; i < 20; i++) {
    desk.set("p", i);
    await pass(400);
  }
  const drafts = server.heard.filter((q) => q.op === "draft").length;
  assert.ok(drafts >= 2 && drafts <= 4, `${drafts} drafts in eight seconds`);
  desk.close();
});

test("no keystroke is lost when the connection breaks and the page is loaded again", async (t) => {
  const { desk, server, shelf } = await sit(t);
  server.cut();
  desk.set("p", 8);
  assert.equal(desk.draft.value, "here");
  desk.close();
  t.mock.timers.reset();
  const later = new Server();
  const again = await sit(t, later, shelf);
  assert.deepEqual(again.desk.values.value, { p: 8 });
  await again.pass(1);
  assert.deepEqual(later.heard.filter((q) => q.op === "draft").map((q) => q.values), [{ p: 8 }]);
  again.desk.close();
});

test("the server's draft counts where this browser has nothing that is newer", async (t) => {
  const server = new Server();
  server.given = () => ({ work: task(1, { draft: { p: 4 } }) });
  const { desk } = await sit(t, server);
  assert.deepEqual(desk.values.value, { p: 4 });
  assert.equal(desk.draft.value, "saved");
  desk.close();
});

test("an answer with mistakes stays on the desk, with what is wrong", async (t) => {
  const { desk, server } = await sit(t);
  server.fail = { code: "invalid", says: "no", problems: [{ field: "p", says: "an answer is needed" }] };
  desk.send();
  await settled();
  assert.equal(desk.work.value?.task, "T1");
  assert.equal(desk.problems.value[0]?.says, "an answer is needed");
  assert.equal(desk.pending.value, undefined);
  server.fail = undefined;
  desk.set("p", 2);
  assert.deepEqual(desk.problems.value, []);
  desk.send();
  await settled();
  assert.equal(desk.work.value?.task, "T2");
  desk.close();
});

test("a server that has no room is asked again, and says so meanwhile", async (t) => {
  const { desk, server, pass } = await sit(t);
  server.fail = { code: "full", says: "The disk is full.", next: "Nothing is lost." };
  desk.set("p", 2);
  desk.send();
  await settled();
  assert.equal(desk.trouble.value, "The disk is full. Nothing is lost.");
  assert.equal(desk.pending.value?.op, "submit");
  server.fail = undefined;
  await pass(15_000);
  assert.equal(desk.trouble.value, "");
  assert.equal(desk.work.value?.task, "T2");
  assert.equal(server.stored.size, 1);
  desk.close();
});

test("a task that was answered elsewhere makes room for the next, and what was typed is kept", async (t) => {
  const { desk, server, shelf } = await sit(t);
  desk.set("p", 2);
  const reply = server["reply" as never] as (q: Question) => Partial<Reply>;
  (server as unknown as Record<string, unknown>).reply = (q: Question) =>
    q.op === "submit" ? { error: { code: "conflict", says: "This task was answered already." } } : (server.at++, reply.call(server, q));
  desk.send();
  await settled();
  assert.equal(desk.note.value?.says, "This task was answered already.");
  assert.equal(desk.work.value?.task, "T2");
  assert.deepEqual(new Drafts(shelf, "ada").get("T1")?.values, { p: 2 });
  desk.close();
});

test("undo brings the answer back to be changed, and its time goes on", async (t) => {
  const { desk, server, pass } = await sit(t);
  desk.set("p", 9);
  await pass(30_000);
  desk.send();
  await settled();
  desk.undo();
  await settled();
  assert.equal(desk.work.value?.task, "T1");
  assert.deepEqual(desk.values.value, { p: 9 });
  await pass(10_000);
  desk.send();
  await settled();
  const seconds = server.heard.filter((q) => q.op === "submit").map((q) => q.seconds);
  assert.deepEqual(seconds, [30, 40]);
  desk.close();
});

test("what is done while the desk asks for work is done too", async (t) => {
  const server = new Server();
  server.given = () => ({ none: { says: "Nothing.", reasons: [], can_undo: true } });
  const { desk } = await sit(t, server);
  server.hear.said({ id: 0, available: true });
  desk.undo();
  await settled();
  assert.deepEqual(ops(server), ["next", "next", "undo"]);
  assert.equal(desk.pending.value, undefined);
  assert.deepEqual(desk.values.value, { p: 9 });
  desk.close();
});

test("a lease is extended while somebody works, and not when they have left", async (t) => {
  const { desk, server, pass } = await sit(t);
  const touches = () => server.heard.filter((q) => q.op === "touch").length;
  await pass(910_000);
  assert.equal(touches(), 0, "nobody was there");
  desk.alive();
  await settled();
  assert.equal(touches(), 1, "less than half was left");
  desk.alive();
  await settled();
  assert.equal(touches(), 1, "now there is enough");
  desk.close();
});

test("who has no task gets one as soon as there is one", async (t) => {
  const server = new Server();
  server.given = () => ({ none: { says: "Nothing.", reasons: [], can_undo: false } });
  const { desk } = await sit(t, server);
  assert.equal(desk.none.value?.says, "Nothing.");
  server.given = () => ({ work: task(1) });
  server.hear.said({ id: 0, available: true });
  await settled();
  assert.equal(desk.work.value?.task, "T1");
  assert.equal(desk.none.value, undefined);
  desk.close();
});

test("news of work that comes while the desk asks is not older than the answer", async (t) => {
  const server = new Server();
  server.given = () => ({ none: { says: "Nothing.", reasons: [], can_undo: false } });
  const { desk } = await sit(t, server);
  const nothing = server.given;
  server.given = () => {
    server.given = () => ({ work: task(1) });
    server.hear.said({ id: 0, available: true }); // before the reply to the question, which has been answered already
    return nothing();
  };
  server.hear.said({ id: 0, available: true });
  await settled();
  assert.equal(desk.work.value?.task, "T1");
  desk.close();
});

// Random acts over a connection that breaks at random moments, before and after the server has heard: every
// answer that was sent is stored once, in order, and what the person sees in the end is the task after it.
test("whatever the connection does, each answer is stored exactly once", async (t) => {
  let seed = 7;
  const random = () => ((seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648);
  for (let round = 0; round < 30; round++) {
    const { desk, server, pass } = await sit(t);
    const sent: number[] = [];
    for (let step = 0; step < 60; step++) {
      const dice = random();
      if (dice < 0.5 && desk.work.value && !desk.pending.value) {
        desk.set("p", step);
        sent.push(step);
        desk.send();
        if (random() < 0.3) server.deaf = true;
        if (random() < 0.7) await settled();
      } else if (dice < 0.7 && server.up) server.cut();
      else if (!server.up) server.mend();
      await pass(Math.floor(random() * 2000));
    }
    if (server.up) server.cut();
    server.mend();
    await pass(20_000);
    assert.deepEqual([...server.stored.values()].map((v) => (v as { p: number }).p), sent, `round ${round}`);
    assert.equal(desk.pending.value, undefined);
    assert.equal(desk.work.value?.task, `T${sent.length + 1}`);
    desk.close();
    t.mock.timers.reset();
  }
});
