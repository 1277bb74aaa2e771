// An annotator's desk: the task at hand, what was typed into it, and what the server has yet to hear.
import { signal } from "@preact/signals";
import type { Failure, Me, NoWork, Problem, Reply, Work } from "../wire";
import { backoff } from "./backoff";
import { Drafts, newest, type Values } from "./drafts";
import { TooLong, type Line, type dial } from "./line";
import { Outbox, newKey, type Act } from "./outbox";
import { Pace } from "./pace";
import type { Shelf } from "./shelf";

/** Sent is the answer that was stored last. */
export interface Sent {
  answer: string;
  task: string;
  seconds: number;
  at: number; // milliseconds
  late: boolean;
}

/** DraftState says where what was typed is: nowhere yet, on its way, on this device only, on the server, or only in this page. */
export type DraftState = "none" | "saving" | "here" | "saved" | "page";

/** Note is what there is to say about what just happened. */
export interface Note {
  says: string;
  bad?: boolean;
}

interface Options {
  person: string; // id
  shelf: Shelf;
  dial: typeof dial;
  now: () => number; // milliseconds, of this browser
  serverNow: () => number; // milliseconds, of the server
  met: (me: Me) => void; // the server has said how far the person's day has come
  signedOut: () => void;
  broke: () => void; // the connection broke; perhaps because the session has ended
}

const pause = 600; // milliseconds without a keystroke, after which the draft goes to the server
const longest = 3000; // milliseconds that a draft waits at most
const overs = ["conflict", "not_found", "forbidden"]; // codes which say that a task is over
const working = 120; // seconds since the last sign of life, after which a lease is no longer extended

const sentence = (error: Failure): string => (error.next ? `${error.says} ${error.next}` : error.says);

/** Desk holds the state of the Work page, and keeps it in step with the server whatever the connection does. */
export class Desk {
  readonly work = signal<Work | undefined>(undefined);
  readonly none = signal<NoWork | undefined>(undefined); // why there is no task
  readonly values = signal<Values>({});
  readonly problems = signal<Problem[]>([]); // of the answer that was not taken
  readonly draft = signal<DraftState>("none");
  readonly pending = signal<Act | undefined>(undefined); // what the server has not confirmed yet
  readonly trouble = signal(""); // why it does not, in words
  readonly note = signal<Note | undefined>(undefined);
  readonly sent = signal<Sent | undefined>(undefined);
  readonly canUndo = signal(false);
  readonly deadline = signal(0); // milliseconds, by the server's clock
  readonly line: Line;

  private readonly outbox: Outbox;
  private readonly drafts: Drafts;
  private pace: Pace;
  private half = 0; // milliseconds: with less than that left, the lease is extended
  private version = 0; // of what was typed
  private firstUnsaved: number | undefined;
  private saving = false;
  private pumping = false;
  private heard = false; // that there may be work, since work was last asked for
  private failures = 0;
  private drafting: ReturnType<typeof setTimeout> | undefined;
  private retrying: ReturnType<typeof setTimeout> | undefined;
  private readonly beat: ReturnType<typeof setInterval>;

  constructor(private readonly o: Options) {
    this.outbox = new Outbox(o.shelf, o.person);
    this.drafts = new Drafts(o.shelf, o.person);
    this.drafts.sweep(o.now());
    this.pace = new Pace(o.now());
    this.pending.value = this.outbox.next();
    this.line = o.dial({ said: this.said, opened: this.opened, lost: this.lost });
    this.beat = setInterval(() => this.extend(), 10_000);
  }

  /** close ends the connection. What was not sent stays in the outbox. */
  close(): void {
    clearTimeout(this.drafting);
    clearTimeout(this.retrying);
    clearInterval(this.beat);
    this.line.close();
  }

  /** set answers a field; undefined takes the answer back. */
  set(name: string, value: unknown): void {
    const work = this.work.peek();
    if (!work || this.pending.peek()) return;
    const { [name]: _, ...others } = this.values.peek();
    this.values.value = value === undefined ? others : { ...others, [name]: value };
    this.problems.value = this.problems.peek().filter((p) => p.field !== name);
    this.version++;
    this.alive();
    this.keep(work.task, false);
    const now = this.o.now();
    this.firstUnsaved ??= now;
    this.saveIn(Math.min(pause, Math.max(0, this.firstUnsaved + longest - now)));
  }

  /** send hands the answer in. */
  send(): void {
    const work = this.work.peek();
    if (!work) return;
    const seconds = Math.round(this.pace.seconds(this.o.now()) * 10) / 10;
    this.act({ op: "submit", lease: work.lease, task: work.task, values: this.values.peek(), seconds });
  }

  /** skip gives the task back to others, and says why. */
  skip(reason: string): void {
    const work = this.work.peek();
    if (work) this.act({ op: "skip", lease: work.lease, task: work.task, reason });
  }

  /** undo takes back the answer before. */
  undo(): void {
    if (this.canUndo.peek()) this.act({ op: "undo" });
  }

  /** alive is a sign of life: it counts as active time, and keeps the lease. */
  alive(): void {
    this.pace.alive(this.o.now());
    this.extend();
  }

  /** hide says that the page can't be seen. */
  hide(): void {
    this.pace.hide(this.o.now());
  }

  /** dismiss takes the note away. */
  dismiss(): void {
    this.note.value = undefined;
  }

  private act(what: Omit<Act, "key" | "at">): void {
    if (this.pending.peek()) return; // pressed twice
    const act = { ...what, key: newKey(), at: this.o.now() };
    this.problems.value = [];
    this.note.value = undefined;
    this.pending.value = act;
    this.outbox.add(act);
    clearTimeout(this.drafting);
    void this.pump();
  }

  /** pump sends what waits, one act after the other, and then looks for work. */
  private async pump(): Promise<void> {
    if (this.pumping) return;
    this.pumping = true;
    let act: Act | undefined;
    try {
      do {
        for (act = this.outbox.next(); act; act = this.outbox.next()) {
          this.pending.value = act;
          const { key, op, lease, values, seconds, reason } = act;
          const reply = await this.line.ask({ op, key, lease, values, seconds, reason });
          if (!this.settle(act, reply)) return;
        }
        this.pending.value = undefined;
        if (!this.work.peek()) await this.next();
        // Something may have been done, or become available, while we asked for work.
      } while (this.outbox.size > 0 || (this.heard && this.none.peek()));
    } catch (error) {
      // A line that is lost comes back, and opened calls again.
      if (act && error instanceof TooLong) {
        this.outbox.done(act);
        this.pending.value = undefined;
        this.refused(act, { code: "too_large", says: "Not sent: the answer is too long.", next: "Make it shorter." });
      }
    } finally {
      this.pumping = false;
    }
  }

  /** settle takes in what came of an act; false: it has to be sent again, later. */
  private settle(act: Act, reply: Reply): boolean {
    if (reply.error && !this.isFinal(reply.error)) return false;
    this.outbox.done(act);
    this.pending.value = undefined;
    this.clear();
    if (reply.error) {
      this.refused(act, reply.error);
      return true;
    }
    if (act.task) this.drafts.drop(act.task);
    if (act.op === "submit") {
      this.sent.value = { answer: reply.answer ?? "", task: act.task ?? "", seconds: act.seconds ?? 0, at: this.o.now(), late: Boolean(reply.late) };
      if (reply.late) this.note.value = { says: "Kept, and marked as late: the time for this task had ended." };
    } else if (act.op === "undo") {
      this.note.value = { says: "Taken back. Change it and send it again." };
    } else {
      this.sent.value = undefined;
    }
    this.take(reply);
    return true;
  }

  /** refused tells why an act came to nothing. An answer that was not taken is kept; the task stays unless it is over. */
  private refused(act: Act, error: Failure): void {
    const here = this.work.peek()?.lease === act.lease;
    if (act.op === "submit" && act.task) {
      this.drafts.put(act.task, { values: act.values as Values, seconds: act.seconds ?? 0, at: act.at, synced: false });
    }
    const problems = error.problems ?? [];
    if (here) this.problems.value = problems;
    this.note.value = { says: problems.length > 0 ? "Not sent: the answer is not complete yet." : sentence(error), bad: true };
    if (here && overs.includes(error.code)) this.work.value = undefined; // pump asks for the next
  }

  /** isFinal says whether an error is the last word, and if it is not, tries again later. */
  private isFinal(error: Failure): boolean {
    if (error.code === "unauthorized") {
      this.o.signedOut();
      return false;
    }
    if (!["too_many", "full", "internal"].includes(error.code)) return true;
    this.trouble.value = sentence(error);
    clearTimeout(this.retrying);
    this.retrying = setTimeout(() => void this.pump(), backoff(++this.failures, Math.random()));
    return false;
  }

  private clear(): void {
    this.failures = 0;
    this.trouble.value = "";
  }

  private async next(): Promise<void> {
    this.heard = false;
    const reply = await this.line.ask({ op: "next" });
    if (reply.error) {
      if (this.isFinal(reply.error)) this.trouble.value = sentence(reply.error);
      return;
    }
    this.clear();
    this.take(reply);
  }

  private take(reply: Reply): void {
    if (reply.me) this.o.met(reply.me);
    if (reply.work) this.show(reply.work);
    else {
      this.work.value = undefined;
      this.none.value = reply.none;
      this.draft.value = "none";
      this.canUndo.value = reply.none?.can_undo ?? false;
    }
  }

  private show(work: Work): void {
    const same = this.work.peek()?.lease === work.lease;
    this.none.value = undefined;
    this.canUndo.value = work.can_undo;
    this.until(work.deadline);
    if (!same) {
      const here = this.drafts.get(work.task);
      const sent = this.sent.peek();
      const before = here?.seconds ?? (sent?.task === work.task ? sent.seconds : 0);
      this.pace = new Pace(this.o.now(), before);
      this.values.value = newest(here, (work.draft as Values | undefined) ?? undefined);
      this.problems.value = [];
      this.firstUnsaved = undefined;
      this.version++;
      this.draft.value = Object.keys(this.values.peek()).length === 0 ? "none" : here && !here.synced ? "here" : "saved";
      if (this.draft.peek() === "here") this.saveIn(0);
    }
    this.work.value = work;
  }

  private until(deadline: string): void {
    this.deadline.value = Date.parse(deadline);
    this.half = (this.deadline.peek() - this.o.serverNow()) / 2;
  }

  private keep(task: string, synced: boolean): void {
    const now = this.o.now();
    const lasts = this.drafts.put(task, { values: this.values.peek(), seconds: this.pace.seconds(now), at: now, synced });
    if (!synced) this.draft.value = lasts ? (this.line.link.peek().state === "open" ? "saving" : "here") : "page";
  }

  private saveIn(wait: number): void {
    clearTimeout(this.drafting);
    this.drafting = setTimeout(() => void this.save(), wait);
  }

  /** save gives the draft to the server; one at a time. */
  private async save(): Promise<void> {
    const work = this.work.peek();
    if (!work || this.saving || this.pending.peek()) return;
    const version = this.version;
    this.saving = true;
    this.firstUnsaved = undefined;
    try {
      const reply = await this.line.ask({ op: "draft", lease: work.lease, values: this.values.peek() });
      if (this.work.peek() !== work) return;
      if (reply.error) this.draft.value = "here";
      else if (version === this.version) {
        this.keep(work.task, true);
        this.draft.value = "saved";
      } else this.saveIn(pause);
    } catch {
      if (this.work.peek() === work && this.draft.peek() === "saving") this.draft.value = "here";
    } finally {
      this.saving = false;
    }
  }

  /** extend keeps the lease of somebody who is at work. */
  private extend(): void {
    const work = this.work.peek();
    const left = this.deadline.peek() - this.o.serverNow();
    if (!work || left > this.half || this.pace.still(this.o.now()) > working || this.line.link.peek().state !== "open") return;
    const before = this.half;
    this.half = -Infinity; // until the answer is here
    this.line.ask({ op: "touch", lease: work.lease }).then(
      (reply) => {
        if (this.work.peek()?.lease !== work.lease) return;
        if (reply.deadline) this.until(reply.deadline);
        else if (reply.error && overs.includes(reply.error.code)) this.note.value = { says: sentence(reply.error), bad: true };
      },
      () => (this.half = before),
    );
  }

  private readonly said = (reply: Reply): void => {
    if (reply.me) this.o.met(reply.me);
    if (!reply.available) return;
    this.heard = true; // a reply that is on its way may be older than this
    if (this.none.peek()) void this.pump();
  };

  private readonly opened = (): void => {
    const work = this.work.peek();
    void this.pump();
    if (!work) return;
    if (this.draft.peek() === "here" || this.draft.peek() === "saving") this.saveIn(0);
    this.half = Math.max(this.half, this.deadline.peek() - this.o.serverNow()); // ask whether the lease stands
    this.extend();
  };

  private readonly lost = (): void => {
    if (this.draft.peek() === "saving") this.draft.value = "here";
    this.o.broke();
  };
}
