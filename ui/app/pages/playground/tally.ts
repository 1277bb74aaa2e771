// Votes between models, counted.
import { load, shelf, store } from "../../core/shelf";

/** Count is how often each of two models was voted for. */
export interface Count {
  a: number;
  b: number;
  tie: number;
}

const none: Count = { a: 0, b: 0, tie: 0 };

// The two are named in the order of the alphabet, so that it does not matter which stands first.
const key = (a: string, b: string): string => `workbench.votes.${[a, b].toSorted().join(" ")}`;
const turned = (c: Count): Count => ({ a: c.b, b: c.a, tie: c.tie });

/** countOf are the votes between two models that were given in this browser. */
export function countOf(a: string, b: string, on = shelf): Count {
  const kept = load<Count>(on, key(a, b)) ?? none;
  return a <= b ? kept : turned(kept);
}

/** counted adds a vote, and gives back the new count. */
export function counted(a: string, b: string, vote: keyof Count, on = shelf): Count {
  const before = countOf(a, b, on);
  const after = { ...before, [vote]: before[vote] + 1 };
  store(on, key(a, b), a <= b ? after : turned(after));
  return after;
}

/** forget begins the count anew. */
export const forget = (a: string, b: string, on = shelf): void => on.removeItem(key(a, b));

/** wilson is the 95 % interval of a share of n cases, of which ties count half (Wilson 1927). */
export function wilson(wins: number, n: number): { share: number; low: number; high: number; n: number } {
  if (n === 0) return { share: 0, low: 0, high: 1, n };
  const z = 1.959964;
  const share = wins / n;
  const middle = (share + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n))) / (1 + (z * z) / n);
  return { share, low: Math.max(0, middle - half), high: Math.min(1, middle + half), n };
}

/** winsOf is how often the first model won, with its interval. */
export const winsOf = (c: Count) => wilson(c.a + c.tie / 2, c.a + c.b + c.tie);

/** verdict says what a count tells. */
export function verdict(c: Count, a: string, b: string): string {
  const { low, high, n } = winsOf(c);
  if (n === 0) return "No vote yet.";
  if (low > 0.5) return `${a} is preferred.`;
  if (high < 0.5) return `${b} is preferred.`;
  return "The interval includes 50 %: these votes do not tell which of the two is better.";
}
