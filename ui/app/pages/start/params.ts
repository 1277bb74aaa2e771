// The settings of a script, as somebody types them.
import type { Param } from "../../wire";

/** Typed are settings by their names, as they are typed; what is not in it keeps its default. */
export type Typed = Record<string, string>;

/** typed is a value as one would type it. */
export function typed(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map(typed).join(",");
  return String(value);
}

/** changed are the settings that differ from their defaults, which are all that a start has to say. */
export function changed(params: Param[], values: Typed): Typed {
  const said: Typed = {};
  for (const p of params) {
    const value = values[p.name];
    if (value !== undefined && value !== typed(p.default)) said[p.name] = value;
  }
  return said;
}

/** bounds says which numbers a setting may have. */
export function bounds(p: Pick<Param, "low" | "high">): string {
  if (p.low !== undefined && p.high !== undefined) return `${p.low} to ${p.high}`;
  if (p.low !== undefined) return `at least ${p.low}`;
  return p.high === undefined ? "" : `at most ${p.high}`;
}

/** completions are the names that may follow what is typed: for a list, of its last entry. */
export function completions(value: string, names: string[], several: boolean): string[] {
  if (!several) return names;
  const parts = value.split(",").map((part) => part.trim());
  const before = parts.slice(0, -1).filter((part) => part !== "");
  const free = names.filter((name) => !before.includes(name));
  return before.length === 0 ? free : free.map((name) => [...before, name].join(","));
}

/** toggled is a list with a name put in, or taken out. */
export function toggled(value: string, name: string): string {
  const parts = value.split(",").map((part) => part.trim()).filter((part) => part !== "");
  return (parts.includes(name) ? parts.filter((part) => part !== name) : [...parts, name]).join(",");
}
