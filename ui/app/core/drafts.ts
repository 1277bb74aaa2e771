import { below, load, store, type Shelf } from "./shelf";

/** Values are what was answered so far, by the names of the form's fields. */
export type Values = Record<string, unknown>;

/** Draft is an answer that was not sent yet. */
export interface Draft {
  values: Values;
  seconds: number; // of active time so far
  at: number; // milliseconds: when it last changed
  synced: boolean; // the server has it
}

const kept = 14 * 24 * 3600 * 1000;

/** Drafts keeps one person's drafts in the browser, at each keystroke, by task. */
export class Drafts {
  private readonly prefix: string;

  constructor(
    private readonly shelf: Shelf,
    person: string,
  ) {
    this.prefix = `workbench.draft.${person}.`;
  }

  get(task: string): Draft | undefined {
    return load<Draft>(this.shelf, this.prefix + task);
  }

  /** put keeps a draft, and says whether it would survive a reload. */
  put(task: string, draft: Draft): boolean {
    return store(this.shelf, this.prefix + task, draft);
  }

  drop(task: string): void {
    this.shelf.removeItem(this.prefix + task);
  }

  /** sweep drops what nobody came back to for two weeks. */
  sweep(now: number): void {
    for (const key of below(this.shelf, this.prefix)) {
      const draft = load<Draft>(this.shelf, key);
      if (!draft || now - draft.at > kept) this.shelf.removeItem(key);
    }
  }
}

/**
 * newest chooses between the draft of this browser and that of the server. What the server has not got
 * yet was typed here and counts; otherwise the server's may come from another device, and counts.
 */
export function newest(here: Draft | undefined, server: Values | undefined): Values {
  if (here && !here.synced) return here.values;
  return server ?? here?.values ?? {};
}
