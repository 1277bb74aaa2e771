// The ways of showing an item's fields, by the names of tasks/form/catalog.go. A test holds the two against each other.
import type { PartKind } from "./kind";
import { pair } from "./pair";
import { passage } from "./passage";
import { text } from "./text";

export const parts: Record<string, PartKind> = { pair, passage, text };
