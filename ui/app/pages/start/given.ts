// What the form that starts something begins with.
import { signal } from "@preact/signals";
import { go } from "../../core/router";
import { typed, type Typed } from "./params";
import type { Param } from "../../wire";

/** Given is what is known already of something that is to be started. */
export interface Given {
  recipe?: string; // by its name
  text?: string; // of the script
  params?: Record<string, unknown>; // its settings
  data?: string; // a dataset that it is about
}

const given = signal<Given>({});

/** startWith opens the form with what is given. */
export function startWith(what: "flow" | "run", known: Given): void {
  given.value = known;
  go(`/${what}s?start=${encodeURIComponent(known.recipe ?? "")}`);
}

/** takeGiven is what is given, once. */
export function takeGiven(): Given {
  const known = given.peek();
  given.value = {};
  return known;
}

/** begun are the settings with which a script's form begins; those that it does not name keep their defaults. */
export function begun(params: Param[], known: Given): Typed {
  const values: Typed = {};
  for (const p of params) if (known.params && p.name in known.params) values[p.name] = typed(known.params[p.name]);
  const data = params.find((p) => p.kind === "dataset");
  if (data && known.data) values[data.name] = known.data;
  return values;
}
