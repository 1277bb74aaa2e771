import { below, load, store, type Shelf } from "./shelf";

/** Act is something a person did that the server must hear of: once, however often it is sent. */
export interface Act {
  key: string; // of the act: the same key again is the same act
  op: "submit" | "skip" | "undo";
  at: number; // milliseconds, by this browser's clock
  lease?: string;
  task?: string;
  values?: unknown;
  seconds?: number;
  reason?: string;
}

/**
 * Outbox keeps what one person did until the server has said that it is stored. It survives a reload and
 * a crash of the browser. Each act has a place of its own, so that two tabs don't overwrite each other's;
 * sent by both it is still one act.
 */
export class Outbox {
  private readonly acts = new Map<string, Act>(); // also of those for which the shelf had no room
  private readonly prefix: string;

  constructor(
    private readonly shelf: Shelf,
    person: string,
  ) {
    this.prefix = `workbench.out.${person}.`;
    for (const place of below(shelf, this.prefix)) {
      const act = load<Act>(shelf, place);
      if (act) this.acts.set(place, act);
    }
  }

  /** add keeps an act, and says whether it would survive a reload. */
  add(act: Act): boolean {
    this.acts.set(this.place(act), act);
    return store(this.shelf, this.place(act), act);
  }

  /** next is the act that was done first. */
  next(): Act | undefined {
    const first = [...this.acts.keys()].sort()[0];
    return first === undefined ? undefined : this.acts.get(first);
  }

  /** done forgets an act. */
  done(act: Act): void {
    this.acts.delete(this.place(act));
    this.shelf.removeItem(this.place(act));
  }

  get size(): number {
    return this.acts.size;
  }

  private place(act: Act): string {
    return `${this.prefix}${String(act.at).padStart(16, "0")}.${act.key}`;
  }
}

/** newKey is a name for an act that nobody else gives. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16)); // randomUUID is missing without TLS
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}
